/*
 * WARC (ISO 28500): records of named header lines, a blank line, and Content-Length bytes. What was fetched is a
 * document named by its URI; an HTTP response in it is taken apart into header and body (RFC 9112).
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/codings.h"
#include "inspect/unpack/lines.h"
#include "inspect/unpack/walk.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { LINE_BYTES = 16 * 1024, HEADER_LINES = 300, CODINGS_BYTES = 128 };

struct record {
	uint64_t left; /* bytes of the block still to come */
	char *uri;
	bool http;
	bool chunked;
	char codings[CODINGS_BYTES]; /* as the server named them */
	bool cut;                    /* the archive ends in its header */
};

/* The body of a record: what is left of its block, without chunk lines where it has them (RFC 9112, 7.1). */
struct body {
	struct source source;
	struct lines *lines;
	struct record *record;
	uint64_t chunk;
	bool in_chunk;
};

/* The value of "Name: value", or SLICE_NONE. */
static struct slice value_of(const struct buf *line, const char *name)
{
	struct slice text = {(const char *)line->data, line->len};

	if (!slice_starts_nocase(text, name) || text.len <= strlen(name) || text.data[strlen(name)] != ':')
		return SLICE_NONE;
	return slice_trim(slice_from(text, strlen(name) + 1));
}

static uint64_t number(struct slice text, unsigned base)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.len && value < UINT64_MAX / 32; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = memchr(digits, text.data[i] | (base == 16 && text.data[i] >= 'A' ? 0x20 : 0), base);

		if (digit == NULL)
			break;
		value = value * base + (uint64_t)(digit - digits);
	}
	return value;
}

static void read_stray(struct walk *walk, struct buf *stray, const char *path, unsigned depth)
{
	struct source *source = source_of_memory(stray->data, stray->len);

	if (stray->len > 0 && !walk->stopped)
		walk_content(walk, source, path, depth + 1);
	source_close(source);
	buf_clear(stray);
}

/* Up to the line that begins a record. Where a length was wrong something else stands before it: it is told, and read for what it says. */
static bool find_record(struct walk *walk, struct lines *lines, struct buf *line, const char *path, unsigned depth, bool first)
{
	struct buf stray;
	bool cut, found = false, told = false;

	buf_init(&stray, LIMIT_RECORD_BYTES);
	while (!found && lines_next(lines, line, &cut)) {
		found = slice_starts_nocase((struct slice){(const char *)line->data, line->len}, "WARC/");
		if (found || line->len == 0)
			continue;
		if (first)
			break;
		if (!told)
			walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
				"a record of the web archive has a wrong length: what stands behind it is read as text", lines->source->at);
		told = true;
		if (line->len + 1 > stray.max - stray.len)
			read_stray(walk, &stray, path, depth);
		if (!buf_append(&stray, line->data, line->len) || !buf_append_byte(&stray, '\n'))
			break;
	}
	read_stray(walk, &stray, path, depth);
	buf_free(&stray);
	return found;
}

/* What follows its first line. */
static void read_header(struct lines *lines, struct buf *line, struct record *record)
{
	bool cut;

	*record = (struct record){0};
	for (unsigned i = 0; i < HEADER_LINES; i++) {
		record->cut = !lines_next(lines, line, &cut);
		if (record->cut || line->len == 0)
			break;

		struct slice uri = value_of(line, "WARC-Target-URI");
		struct slice type = value_of(line, "Content-Type");
		struct slice length = value_of(line, "Content-Length");

		if (uri.data != NULL && record->uri == NULL)
			record->uri = xstrndup(uri.data, uri.len);
		if (type.data != NULL)
			record->http = slice_starts_nocase(type, "application/http");
		if (length.data != NULL)
			record->left = number(length, 10);
	}
}

static size_t block_bytes(struct body *body, size_t want, const uint8_t **data)
{
	size_t len = lines_bytes(body->lines, want < body->record->left ? want : (size_t)body->record->left, data);

	body->record->left -= len;
	return len;
}

static bool next_chunk(struct body *body)
{
	const uint8_t *byte;
	char text[32];
	size_t len = 0;

	while (block_bytes(body, 1, &byte) == 1) {
		if (*byte == '\n' && len > 0)
			break;
		if (*byte != '\r' && *byte != '\n' && len < sizeof text)
			text[len++] = (char)*byte;
	}
	body->chunk = number((struct slice){text, len}, 16);
	return body->chunk > 0;
}

static ssize_t body_read(struct source *source, const uint8_t **data)
{
	struct body *body = (struct body *)source;
	size_t len;

	if (!body->record->chunked)
		return (ssize_t)block_bytes(body, SIZE_MAX, data);
	if (body->chunk == 0 && !next_chunk(body))
		return 0;
	len = block_bytes(body, (size_t)body->chunk, data);
	body->chunk -= len;
	return (ssize_t)len;
}

static void body_close(struct source *source)
{
	free(source);
}

static struct source *body_of(struct lines *lines, struct record *record)
{
	struct body *body = xcalloc(1, sizeof *body);

	source_init(&body->source);
	body->source.read = body_read;
	body->source.close = body_close;
	body->lines = lines;
	body->record = record;
	return &body->source;
}

/* Cookies and credentials stand in header lines too. */
static void walk_http_header(struct walk *walk, struct lines *lines, struct record *record, const char *label, unsigned depth)
{
	struct buf header;
	struct buf line;
	struct source *source;
	bool cut;

	buf_init(&header, LIMIT_RECORD_BYTES);
	buf_init(&line, LINE_BYTES);
	for (unsigned i = 0; i < HEADER_LINES && record->left > 0; i++) {
		uint64_t before = lines->source->at - lines->chunk.len;

		if (!lines_next(lines, &line, &cut))
			break;
		before = lines->source->at - lines->chunk.len - before;
		record->left -= before < record->left ? before : record->left;
		if (line.len == 0)
			break;
		record->chunked |=
			slice_find_nocase(value_of(&line, "Transfer-Encoding"), "chunked") < value_of(&line, "Transfer-Encoding").len;
		struct slice coding = value_of(&line, "Content-Encoding");
		if (coding.len > 0 && coding.len < CODINGS_BYTES) {
			memcpy(record->codings, coding.data, coding.len);
			record->codings[coding.len] = '\0';
		}
		if (!buf_append(&header, line.data, line.len) || !buf_append_byte(&header, '\n'))
			walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "HTTP header longer than one can be", 0);
	}
	source = source_of_memory(header.data, header.len);
	walk_text(walk, source, label, depth + 1);
	source_close(source);
	buf_free(&line);
	buf_free(&header);
}

static void walk_body(struct walk *walk, const struct record *record, struct source *body, const char *label, unsigned depth)
{
	struct codings codings;
	struct slice names[CODINGS_MAX], rest = slice_of(record->codings);
	size_t count = 0;

	while (rest.len > 0 && count < CODINGS_MAX) {
		size_t comma = slice_find_byte(rest, ',');

		names[count++] = slice_trim(slice_until(rest, comma));
		rest = slice_from(rest, comma + 1);
	}
	walk_content(walk, codings_undo(walk, &codings, body, label, names, count), label, depth);
	codings_close(&codings);
}

static void walk_record(struct walk *walk, struct lines *lines, struct record *record, const char *path, uint64_t number, unsigned depth)
{
	char *label = walk_label(path, record->uri, number);
	struct source *body;

	if (record->http)
		walk_http_header(walk, lines, record, label, depth);
	body = body_of(lines, record);
	if (record->left > 0 && walk_wants(walk, label))
		walk_body(walk, record, body, label, depth + 1);
	source_close(body);
	free(label);
}

/* What nobody wanted of the block. */
static void pass_over(struct lines *lines, struct record *record)
{
	const uint8_t *data;
	size_t len;

	while (record->left > 0 && (len = lines_bytes(lines, (size_t)(record->left < SIZE_MAX ? record->left : SIZE_MAX), &data)) > 0)
		record->left -= len;
}

bool warc_walk(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct lines lines = {.source = source};
	struct record record;
	struct buf line;
	uint64_t count = 0;

	buf_init(&line, LINE_BYTES);
	while (!walk->stopped && find_record(walk, &lines, &line, path, depth, count == 0)) {
		read_header(&lines, &line, &record);
		walk_record(walk, &lines, &record, path, count++, depth);
		pass_over(&lines, &record);
		free(record.uri);
		if (record.left > 0 || record.cut)
			walk_fault(
				walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "a record of the web archive ends early", source->at);
	}
	if (source->failed)
		walk_fault(walk, path, source->cause, source->why, source->at);
	buf_free(&line);
	return count > 0;
}
