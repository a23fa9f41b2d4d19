#include "coordinator/document.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/mem.h"

struct document *document_new(void)
{
	return xcalloc(1, sizeof(struct document));
}

void part_drop(struct part *part)
{
	if (part->fd >= 0)
		close(part->fd);
	free(part->label);
	free(part->file);
}

static void free_parts(struct part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		part_drop(&parts[i]);
	free(parts);
}

void piece_drop_parts(struct reading_piece *piece)
{
	free_parts(piece->parts, piece->parts_count);
	piece->parts = NULL;
	piece->parts_count = 0;
}

static void free_piece(struct reading_piece *piece)
{
	free_parts(piece->parts, piece->parts_count);
	free(piece->machine_dir);
	free(piece->machine_key);
	free(piece);
}

void document_free(struct document *document)
{
	if (document == NULL)
		return;
	while (document->pieces != NULL) {
		struct reading_piece *piece = document->pieces;

		document->pieces = piece->next;
		free_piece(piece);
	}
	free_parts(document->parts, document->parts_count);
	if (document->head != NULL)
		lt__head__free_unpacked(document->head, NULL);
	for (size_t i = 0; i < document->content_encoding_count; i++)
		free(document->content_encoding[i]);
	free(document->content_encoding);
	for (size_t i = 0; i < document->captured_count; i++)
		lt__field__free_unpacked(document->captured[i], NULL);
	free(document->captured);
	free(document->source);
	free(document->url);
	free(document->via);
	free(document->circuit);
	free(document->content_type);
	free(document->site);
	free(document->page_role);
	free(document->posting_text);
	free(document->name);
	free(document->missing);
	free(document);
}

char *label_of_file(const char *path, size_t len)
{
	return utf8_valid(path, len) ? xstrndup(path, len) : escape_dup(path, len, (LIMIT_PATH_LABEL_BYTES - 8) / 4);
}

size_t label_outer(const char *path, size_t outer)
{
	char *label = label_of_file(path, outer);
	size_t len = strlen(label);

	free(label);
	return len;
}

struct part *document_add_part(struct document *document, const char *label, const char *file, int fd, uint64_t size)
{
	struct part *part;

	document->parts = xreallocarray(document->parts, document->parts_count + 1, sizeof *document->parts);
	part = &document->parts[document->parts_count++];
	*part = (struct part){
		.label = label_of_file(label, strlen(label)), .file = file != NULL ? xstrdup(file) : NULL, .fd = fd, .size = size};
	return part;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && S_ISREG(b->st_mode);
}

bool part_open(struct part *part)
{
	struct stat now;

	if (part->fd >= 0)
		return true;
	part->fd = open(part->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (part->fd < 0)
		return false;
	if (fstat(part->fd, &now) != 0 || !same_file(&part->found, &now)) {
		close(part->fd);
		part->fd = -1;
		errno = ESTALE;
		return false;
	}
	return true;
}

void part_close(struct part *part)
{
	if (part->file == NULL || part->fd < 0)
		return;
	close(part->fd);
	part->fd = -1;
}

struct reading_piece *document_add_piece(struct document *document, Lt__JobKind kind)
{
	struct reading_piece *piece = xcalloc(1, sizeof *piece);
	struct reading_piece **end = &document->pieces;

	while (*end != NULL)
		end = &(*end)->next;
	*end = piece;
	piece->document = document;
	piece->kind = kind;
	document->open_pieces++;
	return piece;
}

void document_split(struct document *document, uint64_t range_bytes)
{
	uint64_t size = document->parts[0].size;

	for (uint64_t start = 0; start < size; start += range_bytes) {
		struct reading_piece *piece = document_add_piece(document, LT__JOB_KIND__JOB_RANGE);

		piece->range_start = start;
		piece->range_end = size - start > range_bytes ? start + range_bytes : size;
	}
}

char *document_file_name(const struct stat *status)
{
	return xasprintf("file:%ju,%ju,%jd,%jd", (uintmax_t)status->st_dev, (uintmax_t)status->st_ino, (intmax_t)status->st_size,
		(intmax_t)status->st_mtim.tv_sec * 1000000000 + (intmax_t)status->st_mtim.tv_nsec);
}
