#include "coordinator/bundle.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

static bool known(const struct document *document, const char *machine_dir)
{
	for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
		if (piece->machine_key != NULL && strcmp(piece->machine_key, machine_dir) == 0)
			return true;
	return false;
}

bool bundle_is_folder(const struct document *document, const char *machine_dir)
{
	const struct part *part = &document->parts[0];

	return machine_dir[0] != '\0' && document->parts_count == 1 && part->file != NULL &&
	       strncmp(part->label, machine_dir, strlen(machine_dir)) == 0 && strcmp(part->label, part->file) == 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void add_file(struct reading_piece *piece, const FTSENT *entry)
{
	struct part *part;

	piece->parts = xreallocarray(piece->parts, piece->parts_count + 1, sizeof *piece->parts);
	part = &piece->parts[piece->parts_count++];
	*part = (struct part){
		.label = xstrdup(entry->fts_path),
		.file = xstrdup(entry->fts_path),
		.fd = -1,
		.found = *entry->fts_statp,
		.size = (uint64_t)entry->fts_statp->st_size,
	};
}

static void collect_files(struct reading_piece *piece, const char *folder)
{
	char *root = xstrndup(folder, strlen(folder) - 1);
	char *roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;

	while (walk != NULL && (entry = fts_read(walk)) != NULL)
		if (entry->fts_info == FTS_F && entry->fts_statp->st_size > 0) {
			if (piece->parts_count < LIMIT_BUNDLE_PARTS)
				add_file(piece, entry);
			else
				piece->left_out++;
		}
	if (walk != NULL)
		fts_close(walk);
	free(root);
}

struct reading_piece *bundle_add(struct document *document, const char *machine_dir)
{
	struct reading_piece *piece;

	if (machine_dir == NULL || known(document, machine_dir))
		return NULL;
	piece = document_add_piece(document, LT__JOB_KIND__JOB_BUNDLE);
	piece->machine_key = xstrdup(machine_dir);
	piece->machine_dir = xstrdup(machine_dir);
	if (bundle_is_folder(document, machine_dir))
		collect_files(piece, machine_dir);
	return piece;
}
