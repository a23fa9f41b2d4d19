#include "inspect/unpack/lines.h"

static bool fill(struct lines *lines)
{
	const uint8_t *data;
	ssize_t got;

	if (lines->chunk.len > 0)
		return true;
	got = source_read(lines->source, &data);
	if (got <= 0)
		return false;
	lines->chunk = (struct slice){(const char *)data, (size_t)got};
	return true;
}

bool lines_next(struct lines *lines, struct buf *line, bool *cut)
{
	bool any = false;

	buf_clear(line);
	*cut = false;
	while (fill(lines)) {
		size_t end = slice_find_byte(lines->chunk, '\n');
		bool whole = end < lines->chunk.len;
		size_t room = line->max - line->len;

		any = true;
		*cut |= end > room;
		if (!buf_append(line, lines->chunk.data, end < room ? end : room))
			*cut = true;
		lines->chunk = slice_from(lines->chunk, end + whole);
		if (whole)
			break;
	}
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->data[--line->len] = 0;
	return any;
}

size_t lines_bytes(struct lines *lines, size_t want, const uint8_t **data)
{
	size_t len;

	if (want == 0 || !fill(lines))
		return 0;
	len = want < lines->chunk.len ? want : lines->chunk.len;
	*data = (const uint8_t *)lines->chunk.data;
	lines->chunk = slice_from(lines->chunk, len);
	return len;
}
