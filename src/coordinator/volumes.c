#include "coordinator/volumes.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "limits/limits.h"
#include "shared/mem.h"
#include "shared/volume.h"

enum { GAP_MOST = 8 };

static bool is_there(const struct volume_series *series, const char *path, unsigned n, struct stat *status)
{
	char *name = volume_nth(series, path, n);
	bool there = lstat(name, status) == 0 && S_ISREG(status->st_mode) && status->st_size > 0;

	free(name);
	return there;
}

char *volumes_first(const char *path, bool *further)
{
	struct volume_series series;
	struct stat status;

	*further = false;
	if (!volume_series_of(&series, path) || series.place == 0)
		return NULL;
	bool first = is_there(&series, path, 0, &status);
	bool second = series.kind == VOLUME_SPLIT_ZIP && is_there(&series, path, 1, &status);

	*further = first || series.named_so || second;
	return first ? volume_nth(&series, path, 0) : NULL;
}

static void add(struct document *document, const struct volume_series *series, const char *path, unsigned n, const struct stat *status)
{
	char *name = volume_nth(series, path, n);
	struct part *part = document_add_part(document, name, name, -1, (uint64_t)status->st_size);

	part->found = *status;
	part->outer = document->parts[0].outer;
	part->named = document->parts[0].named;
	part->continues = true;
	free(name);
}

/* Another volume stands behind those missing from n on. */
static bool is_gap(const struct volume_series *series, const char *path, unsigned n)
{
	struct stat status;

	for (unsigned i = n + 1; i <= n + GAP_MOST; i++)
		if (is_there(series, path, i, &status))
			return true;
	return false;
}

static void name_by_all(struct document *document)
{
	uint64_t size = 0;
	char *first = document->name;

	for (size_t i = 0; i < document->parts_count; i++)
		size += document->parts[i].size;
	document->name = xasprintf("%s+%zu,%ju", first, document->parts_count, (uintmax_t)size);
	free(first);
}

char *volumes_join(struct document *document, const char *path)
{
	struct volume_series series;
	struct stat status;
	unsigned n = 1;
	char *missing = NULL;

	if (!volume_series_of(&series, path) || series.place != 0)
		return NULL;
	while (document->parts_count < LIMIT_BUNDLE_PARTS - 1 && is_there(&series, path, n, &status))
		add(document, &series, path, n++, &status);
	if (document->parts_count == LIMIT_BUNDLE_PARTS - 1)
		missing = xasprintf("volumes behind the first %zu", document->parts_count);
	else if (is_gap(&series, path, n))
		missing = volume_nth(&series, path, n);
	if (series.kind == VOLUME_SPLIT_ZIP && missing == NULL) {
		if (is_there(&series, path, VOLUME_LAST, &status))
			add(document, &series, path, VOLUME_LAST, &status);
		else
			missing = volume_nth(&series, path, VOLUME_LAST);
	}
	if (document->parts_count > 1)
		name_by_all(document);
	return missing;
}
