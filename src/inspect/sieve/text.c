/* What readers ask of a window. */
#include <string.h>

#include "inspect/scan.h"
#include "limits/limits.h"

#define MARK "\xef\xbb\xbf"

struct slice text_slice(const struct text *text, size_t from, size_t to)
{
	return (struct slice){text->data + from, to - from};
}

uint64_t text_raw_offset(const struct text *text, size_t at)
{
	uint64_t view = text->base + at;
	const struct offset_map *map = text->map;

	if (map == NULL || map->count == 0)
		return view;
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].view <= view)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return map->entries[0].raw;
	const struct offset_entry *entry = &map->entries[low - 1];
	uint64_t raw = entry->raw + (view - entry->view);

	return low < map->count && raw > entry[1].raw ? entry[1].raw : raw;
}

void text_line(const struct text *text, size_t at, size_t *from, size_t *to)
{
	size_t start = at > LIMIT_RECORD_BYTES ? at - LIMIT_RECORD_BYTES : 0;
	size_t end = text->len - at > LIMIT_RECORD_BYTES ? at + LIMIT_RECORD_BYTES : text->len;
	const char *before = memrchr(text->data + start, '\n', at - start);
	const char *behind = memchr(text->data + at, '\n', end - at);

	*from = before != NULL ? (size_t)(before - text->data) + 1 : start;
	*to = behind != NULL ? (size_t)(behind - text->data) : end;
	if (*to > *from && text->data[*to - 1] == '\r')
		(*to)--;
	/* A file joined to another one leaves its byte order mark in the middle. */
	if (at >= *from + strlen(MARK) && memcmp(text->data + *from, MARK, strlen(MARK)) == 0)
		*from += strlen(MARK);
}

size_t text_next_line(const struct text *text, size_t to)
{
	if (to < text->len && text->data[to] == '\r')
		to++;
	return to < text->len ? to + 1 : text->len;
}
