#include "inspect/unpack/volumes.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/wal.h"
#include "shared/mem.h"
#include "shared/volume.h"

enum { VOLUMES_MAX = 4096, GAP_MOST = 8, HEAD_BYTES = 32 };

struct volume {
	char *path;
	struct buf bytes;
	bool used;
};

/* ---- which members ---------------------------------------------------------------------------- */

/* A rar names itself a volume: in its main header, RAR 4 (type 0x73, flag 1) and RAR 5 (type 1, archive flag 1). */
static bool is_rar_volume(struct slice head)
{
	const uint8_t *data = (const uint8_t *)head.data;
	if (head.len < 20 || memcmp(data, "Rar!\x1a\x07", 6) != 0)
		return false;
	if (data[6] == 0)
		return data[9] == 0x73 && (data[10] & 1) != 0;
	size_t at = 12; /* behind the mark and the checksum */
	uint8_t fields[4] = {0};
	for (size_t i = 0; i < sizeof fields; i++) { /* size, type, flags, and what the flags ask for or the archive's own */
		if (i == 3 && (fields[2] & 1) != 0) {
			while (at < head.len && (data[at] & 0x80) != 0)
				at++;
			at++;
		}
		if (at >= head.len)
			return false;
		fields[i] = data[at];
		while (at < head.len && (data[at] & 0x80) != 0)
			at++;
		at++;
	}
	return fields[1] == 1 && (fields[3] & 1) != 0;
}

static bool is_volume(struct source *source, const char *path)
{
	struct volume_series series;
	if (!volume_series_of(&series, path))
		return false;
	if (series.named_so)
		return true;
	struct slice head = source_peek(source, HEAD_BYTES);
	if (series.kind == VOLUME_OLD_RAR)
		return is_rar_volume(head);
	return series.kind == VOLUME_SPLIT_ZIP && head.len > 0 && sniff((const uint8_t *)head.data, head.len) != CONTENT_ZIP;
}

/* A database and its write-ahead log, which stands behind it. */
static bool is_of_pair(struct source *source, const char *path)
{
	struct slice head = source_peek(source, HEAD_BYTES);
	return wal_is_wanted(head) || (wal_is_log(head) && slice_ends_nocase(slice_of(path), "-wal"));
}

bool volumes_want(const struct walk *walk, const char *path)
{
	struct volume_series series;
	if (walk_wants(walk, path))
		return true;
	if (walk->below == NULL || !volume_series_of(&series, path))
		return false;
	char *first = volume_nth(&series, path, 0);
	bool wanted = walk_wants(walk, first);
	free(first);
	return wanted;
}

bool volumes_take(struct volumes *volumes, struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	if (!is_volume(source, path) && !is_of_pair(source, path))
		return false;
	if (volumes->count == VOLUMES_MAX) {
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "more volumes than are joined", 0);
		return false;
	}
	if (volumes->count == volumes->cap) {
		volumes->cap = volumes->cap > 0 ? 2 * volumes->cap : 8;
		volumes->list = xreallocarray(volumes->list, volumes->cap, sizeof *volumes->list);
	}
	struct volume *volume = &volumes->list[volumes->count];
	*volume = (struct volume){.path = xstrdup(path)};
	buf_init(&volume->bytes, walk->engine->limits.held_bytes - volumes->held);
	if (!source_slurp(source, &volume->bytes)) {
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: a volume in an archive is read by itself", 0);
		struct source *all = source_joined((struct slice){buf_text(&volume->bytes), volume->bytes.len}, source);
		walk_content(walk, all, path, depth);
		source_close(all);
		buf_free(&volume->bytes);
		free(volume->path);
		return true;
	}
	if (source->failed)
		walk_fault(walk, path, source->cause, source->why, source->at);
	volumes->held += volume->bytes.len;
	volumes->count++;
	return true;
}

/* ---- reading ---------------------------------------------------------------------------------- */

static struct volume *find(struct volumes *volumes, const struct volume_series *series, const char *path, uint32_t place)
{
	char *wanted = volume_nth(series, path, place);
	struct volume *found = NULL;
	for (size_t i = 0; i < volumes->count && found == NULL; i++) {
		if (!volumes->list[i].used && strcmp(volumes->list[i].path, wanted) == 0)
			found = &volumes->list[i];
	}
	free(wanted);
	return found;
}

static void tell_missing(struct walk *walk, const struct volume_series *series, const char *path, uint32_t place)
{
	char *name = volume_nth(series, path, place);
	char *detail = xasprintf("a multi-part archive is not whole: %s is not there", name);
	walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, detail, 0);
	free(detail);
	free(name);
}

static void append(struct buf *all, struct volume *volume)
{
	if (buf_append(all, volume->bytes.data, volume->bytes.len))
		volume->used = true;
	buf_free(&volume->bytes);
}

/* What stands behind the first, one behind the other. */
static void join(struct volumes *volumes, struct walk *walk, const struct volume_series *series, const char *path, struct buf *all)
{
	struct volume *next;
	uint32_t place = 1;
	while ((next = find(volumes, series, path, place)) != NULL) {
		append(all, next);
		place++;
	}
	for (uint32_t i = place + 1; i <= place + GAP_MOST; i++) {
		if (find(volumes, series, path, i) != NULL) {
			tell_missing(walk, series, path, place);
			return;
		}
	}
	if (series->kind != VOLUME_SPLIT_ZIP)
		return;
	if ((next = find(volumes, series, path, VOLUME_LAST)) != NULL)
		append(all, next);
	else
		tell_missing(walk, series, path, VOLUME_LAST);
}

static void read_bytes(struct walk *walk, const struct buf *bytes, const char *path, unsigned depth)
{
	struct source *source = source_of_memory(bytes->data, bytes->len);
	if (bytes->len > 0 && !walk->stopped)
		walk_content(walk, source, path, depth);
	source_close(source);
}

static void read_from_first(struct volumes *volumes, struct walk *walk, struct volume *first, unsigned depth)
{
	struct volume_series series;
	struct buf all;
	if (!volume_series_of(&series, first->path) || series.place != 0)
		return;
	buf_init(&all, walk->engine->limits.held_bytes);
	append(&all, first);
	join(volumes, walk, &series, first->path, &all);
	read_bytes(walk, &all, first->path, depth);
	buf_free(&all);
}

static void read_database(struct volumes *volumes, struct walk *walk, struct volume *database, unsigned depth)
{
	char *wanted = xasprintf("%s-wal", database->path);
	for (size_t i = 0; i < volumes->count; i++) {
		if (strcmp(volumes->list[i].path, wanted) == 0)
			walk->wal = &volumes->list[i].bytes;
	}
	read_bytes(walk, &database->bytes, database->path, depth);
	walk->wal = NULL;
	database->used = true;
	free(wanted);
}

void volumes_read(struct volumes *volumes, struct walk *walk, unsigned depth)
{
	for (size_t i = 0; i < volumes->count; i++) {
		struct volume *volume = &volumes->list[i];
		if (wal_is_wanted((struct slice){(const char *)volume->bytes.data, volume->bytes.len}))
			read_database(volumes, walk, volume, depth);
	}
	for (size_t i = 0; i < volumes->count; i++) {
		if (!volumes->list[i].used)
			read_from_first(volumes, walk, &volumes->list[i], depth);
	}
	for (size_t i = 0; i < volumes->count; i++) {
		struct volume *volume = &volumes->list[i];
		if (!volume->used) {
			struct volume_series series;
			if (volume_series_of(&series, volume->path))
				tell_missing(walk, &series, volume->path, 0);
			read_bytes(walk, &volume->bytes, volume->path, depth);
		}
		buf_free(&volume->bytes);
		free(volume->path);
	}
	free(volumes->list);
	*volumes = (struct volumes){.list = NULL};
}
