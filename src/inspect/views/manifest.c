#include "inspect/views/manifest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/views/base64.h"
#include "inspect/views/intake.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	VALUE_LEAST = 4,
	KEY_MOST = 253, /* as Kubernetes has it */
	SHORT = 16
};

/* A manifest as it is written anew. The intake is opened at the first value that decodes. */
struct reading {
	struct text *text;
	struct intake *intake;
	size_t from;   /* of the manifest */
	size_t passed; /* of the text: all before is written */
};

/* ---- keys and values ---------------------------------------------------------------------------- */

static bool key_byte(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static size_t skip_blanks(struct slice text, size_t at)
{
	while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
		at++;
	return at;
}

/* `key:` at `at`, quoted or not: the place behind its colon and blanks, 0 where none stands. */
static size_t key_at(struct slice text, size_t at, struct slice *key)
{
	size_t begin = at < text.len && is_quote(text.data[at]) ? at + 1 : at, end = begin;

	while (end < text.len && key_byte(text.data[end]) && end - begin < KEY_MOST)
		end++;
	*key = (struct slice){text.data + begin, end - begin};
	if (begin > at && (end >= text.len || text.data[end++] != text.data[at]))
		return 0;
	if (key->len == 0)
		return 0;
	end = skip_blanks(text, end);
	if (end >= text.len || text.data[end] != ':')
		return 0;
	return skip_blanks(text, end + 1);
}

/* The base64 of a value at `at`, quoted or not; empty where it is none. Padding is part of it. */
static struct slice encoded_at(struct slice text, size_t at)
{
	size_t begin = at < text.len && is_quote(text.data[at]) ? at + 1 : at, end = begin;

	while (end < text.len && base64_byte(text.data[end]))
		end++;
	while (end < text.len && text.data[end] == '=')
		end++;
	bool closed = end == text.len || one_of_text(text.data[end], begin > at ? "\"'" : " \t\r\n,}#");
	return closed && end - begin >= VALUE_LEAST && (end - begin) % 4 == 0 ? (struct slice){text.data + begin, end - begin} : SLICE_NONE;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void open_intake(struct reading *reading)
{
	const struct intake_hints hints = {.text = true};

	if (reading->intake == NULL)
		reading->intake = intake_open(reading->text->scan, reading->text->member, VIEW_BASE64, reading->text->depth + 1, &hints);
}

static void pass(struct reading *reading, size_t to)
{
	if (reading->intake == NULL || to <= reading->passed)
		return;
	intake_mark(reading->intake, text_raw_offset(reading->text, reading->passed));
	intake_push(reading->intake, reading->text->data + reading->passed, to - reading->passed);
	reading->passed = to;
}

/* Nothing but blanks stands before it. */
static bool begins_line(const struct text *text, size_t at)
{
	while (at > 0 && (text->data[at - 1] == ' ' || text->data[at - 1] == '-'))
		at--;
	return at == 0 || text->data[at - 1] == '\n';
}

/* A name of few letters is text, too: here it is known to be base64. */
static bool is_text(const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && i < SHORT && bytes[i] >= 0x20 && bytes[i] < 0x7f)
		i++;
	return (len > 0 && i == len) || base64_look(bytes, len) == LOOKS_TEXT;
}

/* A line of its own, or several behind the key's: what stands in them is a file. */
static void write_value(struct reading *reading, struct slice key, struct slice encoded)
{
	size_t at = (size_t)(encoded.data - reading->text->data), cap = encoded.len / 4 * 3 + 3, bare = encoded.len;
	uint8_t *bytes = xmalloc(cap);

	while (bare > 0 && encoded.data[bare - 1] == '=')
		bare--;
	size_t len = base64_decode(encoded.data, bare, bytes);

	if (is_text(bytes, len)) {
		bool lines = memchr(bytes, '\n', len) != NULL;
		size_t begin = (size_t)(key.data - reading->text->data);

		open_intake(reading);
		pass(reading, begin);
		if (!begins_line(reading->text, begin))
			intake_push(reading->intake, "\n", 1);
		intake_push(reading->intake, key.data, key.len);
		intake_push(reading->intake, lines ? ":\n" : ": ", 2);
		intake_mark(reading->intake, text_raw_offset(reading->text, at));
		intake_push(reading->intake, bytes, len);
		reading->passed = at + encoded.len;
		if (reading->passed < reading->text->len && is_quote(reading->text->data[reading->passed]))
			reading->passed++;
		if (reading->passed < reading->text->len && !one_of(reading->text->data[reading->passed], "\r\n"))
			intake_push(reading->intake, "\n", 1); /* in JSON the next key stands on the same line */
	}
	mem_wipe(bytes, cap);
	free(bytes);
}

static size_t read_value(struct reading *reading, struct slice text, size_t at, struct slice key)
{
	struct slice encoded = encoded_at(text, at);

	if (encoded.len == 0)
		return at;
	write_value(reading, key, encoded);
	return (size_t)(encoded.data - text.data) + encoded.len;
}

/* ---- `data` ------------------------------------------------------------------------------------- */

/* {a: eA==, "b": "eA=="} up to its bracket. */
static size_t read_flow(struct reading *reading, struct slice text, size_t at)
{
	while (at < text.len && text.data[at] != '}') {
		struct slice key;
		size_t value = key_at(text, at, &key);

		at = value > 0 ? read_value(reading, text, value, key) : at + 1;
	}
	return at;
}

static size_t indentation(struct slice text, size_t line)
{
	size_t at = line;

	while (at < text.len && (text.data[at] == ' ' || text.data[at] == '-'))
		at++;
	return at - line;
}

static size_t next_line(struct slice text, size_t at)
{
	return at + slice_find_byte(slice_from(text, at), '\n') + 1;
}

/* Lines that stand further in than `data` itself. */
static size_t read_block(struct reading *reading, struct slice text, size_t at, size_t indent)
{
	for (; at < text.len; at = next_line(text, at)) {
		size_t inner = indentation(text, at);
		struct slice key;

		if (at + inner >= text.len || text.data[at + inner] == '\n' || text.data[at + inner] == '\r')
			continue;
		if (inner <= indent)
			return at;
		size_t value = key_at(text, at + inner, &key);
		if (value > 0)
			read_value(reading, text, value, key);
	}
	return at;
}

static size_t line_begin(struct slice text, size_t at)
{
	const char *feed = memrchr(text.data, '\n', at);

	return feed != NULL ? (size_t)(feed - text.data) + 1 : 0;
}

static void read_manifest(struct reading *reading, struct slice text)
{
	for (size_t at = reading->from; at < text.len; at++) {
		struct slice key;

		if (at > 0 && !one_of(text.data[at - 1], " \t\n{,-"))
			continue;
		size_t value = key_at(text, at, &key);
		if (value == 0 || !slice_equal_nocase(key, SLICE_TEXT("data")))
			continue;
		size_t line = line_begin(text, at), behind = next_line(text, value) - 1;

		if (value < text.len && text.data[value] == '{')
			at = read_flow(reading, text, value + 1);
		else if (slice_trim((struct slice){text.data + value, behind - value}).len == 0)
			at = read_block(reading, text, next_line(text, value), indentation(text, line)) - 1;
	}
	pass(reading, text.len);
	if (reading->intake != NULL)
		intake_close(reading->intake);
}

static size_t document_begin(const struct text *text, size_t at)
{
	size_t least = at > LIMIT_RECORD_BYTES ? at - LIMIT_RECORD_BYTES : 0;

	for (size_t place = at; place > least;) {
		const char *feed = memrchr(text->data + least, '\n', place - least);

		if (feed == NULL)
			break;
		place = (size_t)(feed - text->data);
		if (slice_starts_nocase(text_slice(text, place + 1, text->len), "---"))
			return place + 1;
	}
	return least;
}

static size_t document_end(const struct text *text, size_t at)
{
	size_t most = text->len - at > LIMIT_RECORD_BYTES ? at + LIMIT_RECORD_BYTES : text->len;
	size_t end = slice_find_nocase(text_slice(text, at, most), "\n---");

	return at + end;
}

void manifest_around(struct manifests *manifests, struct text *text, size_t at, size_t len)
{
	uint64_t place = text->base + at;
	struct reading reading = {.text = text};

	/* SecretStore, secretKeyRef are others */
	if (place < manifests->done || (at + len < text->len && key_byte(text->data[at + len])))
		return;
	if (text->depth + 1 > scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
		return;
	}
	reading.from = document_begin(text, at);
	if (manifests->done > text->base + reading.from)
		reading.from = (size_t)(manifests->done - text->base);
	reading.passed = reading.from;
	size_t to = document_end(text, at);
	manifests->done = text->base + to;
	read_manifest(&reading, text_slice(text, 0, to));
}
