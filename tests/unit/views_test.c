/*
 * What views make of bytes does not depend on the pieces they come in, and says where each byte stood. Lanes are played
 * here: they keep what is pushed and marked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/page.h"
#include "inspect/sieve/lane.h"
#include "inspect/unpack/charset.h"
#include "inspect/unpack/derived.h"
#include "inspect/unpack/sniff.h"
#include "inspect/views/base64.h"
#include "inspect/views/dense.h"
#include "inspect/views/escapes.h"
#include "inspect/views/intake.h"
#include "shared/buf.h"
#include "shared/mem.h"

/* ---- played lanes ----------------------------------------------------------------------------- */

enum { LANES = 6, OUTPUT_BYTES = 1024 * 1024 };

struct lane {
	enum view view;
	struct buf bytes;
	char room[64];
	struct offset_entry marks[4096];
	size_t mark_count;
};
static struct lane lanes[LANES];
static size_t lane_count;

struct lane *lane_open(struct scan *scan, const struct member *member, enum view view, unsigned depth)
{
	(void)scan;
	(void)member;
	(void)depth;
	assert_true(lane_count < LANES);
	struct lane *lane = &lanes[lane_count++];
	buf_init(&lane->bytes, OUTPUT_BYTES);
	lane->view = view;
	lane->mark_count = 0;
	return lane;
}

void lane_push(struct lane *lane, const void *data, size_t len)
{
	assert_true(buf_append(&lane->bytes, data, len));
}

char *lane_reserve(struct lane *lane, size_t *room)
{
	*room = sizeof lane->room;
	return lane->room;
}

void lane_commit(struct lane *lane, size_t len)
{
	lane_push(lane, lane->room, len);
}

void lane_mark(struct lane *lane, uint64_t raw)
{
	struct offset_entry mark = {lane->bytes.len, raw};
	if (lane->mark_count > 0 && lane->marks[lane->mark_count - 1].view == mark.view)
		lane->mark_count--;
	assert_true(lane->mark_count < sizeof lane->marks / sizeof lane->marks[0]);
	if (lane->mark_count > 0)
		assert_true(lane->marks[lane->mark_count - 1].raw <= raw);
	lane->marks[lane->mark_count++] = mark;
}

void lane_close(struct lane *lane)
{
	(void)lane;
}

void lane_range(struct lane *lane, uint64_t first_offset, uint64_t from, uint64_t to)
{
	(void)lane;
	(void)first_offset;
	(void)from;
	(void)to;
}

void derived_walk(struct scan *scan, const struct member *member, const char *encoding, uint64_t offset, const void *data, size_t len)
{
	(void)scan;
	(void)member;
	(void)encoding;
	(void)offset;
	(void)data;
	(void)len;
}

void lane_for_tokens(struct lane *lane)
{
	(void)lane;
}

void lane_elsewhere(struct lane *lane, uint64_t from, uint64_t to)
{
	(void)lane;
	assert_true(from <= to);
}

bool lane_is_elsewhere(const struct lane *lane, uint64_t offset)
{
	(void)lane;
	(void)offset;
	return false;
}

void lane_wide(struct lane *lane, enum encoding encoding)
{
	(void)lane;
	(void)encoding;
}

uint64_t lane_bytes(const struct lane *lane)
{
	return lane->bytes.len;
}

uint64_t lane_done(const struct lane *lane)
{
	return lane->bytes.len;
}

static void lanes_forget(void)
{
	while (lane_count > 0)
		buf_free(&lanes[--lane_count].bytes);
}

static uint64_t raw_of(const struct lane *lane, size_t at)
{
	uint64_t raw = at;
	for (size_t i = 0; i < lane->mark_count && lane->marks[i].view <= at; i++)
		raw = lane->marks[i].raw + (at - lane->marks[i].view);
	return raw;
}

/* ---- the rest of an inspector, which these tests do without ------------------------------------ */

void scan_not_inspected(struct scan *scan, const struct member *member, Lt__NotInspectedCause cause, const char *detail, uint64_t offset)
{
	(void)scan;
	(void)member;
	(void)cause;
	(void)offset;
	fail_msg("not inspected: %s", detail);
}

struct page *page_open(struct scan *scan, const struct member *member)
{
	(void)scan;
	(void)member;
	return NULL;
}

void page_push(struct page *page, const void *data, size_t len)
{
	(void)page;
	(void)data;
	(void)len;
}

void page_close(struct page *page)
{
	(void)page;
}

/* ---- documents -------------------------------------------------------------------------------- */

struct document {
	const char *what;
	const char *bytes;
	size_t len;
	const char *wanted; /* in some lane ... */
	const char *probe;  /* ... whose place in the document is where these bytes stand */
	size_t probe_len;
};

#define DOCUMENT(what, bytes, wanted, probe)                                     \
	{                                                                        \
		what, bytes, sizeof(bytes) - 1, wanted, probe, sizeof(probe) - 1 \
	}

static const struct document documents[] = {
	DOCUMENT("plain", "one\ntwo jdoe:x\n", "one\ntwo jdoe:x\n", "jdoe"),
	DOCUMENT("byte order mark", "\xef\xbb\xbfURL: a\njdoe\n", "URL: a\njdoe\n", "jdoe"),
	DOCUMENT("UTF-16LE", "\xff\xfej\0d\0o\0e\0:\0\xe4\0\n\0s\0a\0m\0\n\0", "jdoe:\xc3\xa4\nsam\n", "s\0a\0m\0"),
	DOCUMENT("UTF-16BE with a character of two units", "\xfe\xff\0a\xd8\x3d\xde\0\0b\0\n\0s\0a\0m",
		"a\xf0\x9f\x98\x80"
		"b\nsam",
		"\0s\0a\0m"),
	DOCUMENT("paragraphs", "<!DOCTYPE html><html><body><p>one</p><p>two <b>jd</b>oe&#64;x:y</p></body></html>", "one\ntwo jdoe@x:y",
		"two"),
	DOCUMENT("rows", "<table><tr><td>a</td><td> <p>b</p>\n</td><td></td><td>c</td></tr><tr><td>jdoe</td></tr></table>",
		"a\tb\t\tc\njdoe", "jdoe"),
	DOCUMENT("kept blanks", "<html><pre>\n a  b\n\n  jdoe\n</pre></html>", " a  b\n\n  jdoe\n", " a  b"),
	DOCUMENT("foreign bytes", "<html><p>caf\xe9 jdoe:\xff\xfe</p></html>", "caf\xe9 jdoe:\xff\xfe", "jdoe"),
	DOCUMENT("private characters", "<html><p>\xf4\x8f\xbd\x81 jdoe</p></html>", "\xf4\x8f\xbd\x81 jdoe", "jdoe"),
	DOCUMENT("a comment", "<html><!-- jdoe:x --><p>y</p></html>", " jdoe:x \n", "<!--"),
	DOCUMENT("a script", "<html><script>var a = 'jdoe<b>';\n</script></html>", "var a = 'jdoe<b>';\n", "var a"),
	DOCUMENT("hidden style", "<html><style>no</style><p>yes</p></html>", "yes", "yes"),
	DOCUMENT("XML", "<?xml version='1.0'?><a><b>jdoe</b><c>x</c></a>", "b: jdoe\nc: x\n\n", "jdoe"),
};

static void read_in_pieces(const struct document *document, size_t piece)
{
	struct member member = {.path = "test"};
	struct intake *intake = intake_open(NULL, &member, VIEW_RAW, 0, NULL);
	for (size_t at = 0; at < document->len; at += piece)
		intake_push(intake, document->bytes + at, document->len - at < piece ? document->len - at : piece);
	intake_close(intake);
}

static const struct lane *lane_with(const char *text, size_t *at)
{
	for (size_t i = 0; i < lane_count; i++) {
		const char *found = lanes[i].bytes.len > 0 ? memmem(lanes[i].bytes.data, lanes[i].bytes.len, text, strlen(text)) : NULL;
		if (found == NULL)
			continue;
		*at = (size_t)(found - (const char *)lanes[i].bytes.data);
		return &lanes[i];
	}
	return NULL;
}

static void text_does_not_depend_on_the_pieces(void **state)
{
	(void)state;
	for (size_t d = 0; d < sizeof documents / sizeof documents[0]; d++) {
		for (size_t piece = 1; piece <= documents[d].len; piece++) {
			size_t at;
			read_in_pieces(&documents[d], piece);
			if (lane_with(documents[d].wanted, &at) == NULL)
				fail_msg("%s, in pieces of %zu: \"%s\"", documents[d].what, piece, buf_text(&lanes[0].bytes));
			lanes_forget();
		}
	}
}

/* The first line of what is wanted that the probe stands for is where the document has the probe. */
static void offsets_lead_to_the_original(void **state)
{
	static const char *const shown[] = {
		"jdoe", "jdoe", "sam", "sam", "two", "jdoe", " a  b", "jdoe", "jdoe", " jdoe:x", "var a", "yes", "jdoe"};
	(void)state;
	for (size_t d = 0; d < sizeof documents / sizeof documents[0]; d++) {
		const char *probe = memmem(documents[d].bytes, documents[d].len, documents[d].probe, documents[d].probe_len);
		size_t place = (size_t)(probe - documents[d].bytes), at;
		read_in_pieces(&documents[d], 5);
		const struct lane *lane = lane_with(shown[d], &at);
		assert_non_null(lane);
		uint64_t raw = raw_of(lane, at);
		if (raw < place || raw > place + strlen("<!--"))
			fail_msg("%s: %zu is told as %llu", documents[d].what, place, (unsigned long long)raw);
		lanes_forget();
	}
}

static void any_bytes_are_legal(void **state)
{
	uint32_t seed = 7;
	char noise[3000];
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		static const char *const heads[] = {"", "<html><table><tr><td>", "\xff\xfe", "\xfe\xff", "<html><p>\xe9", "\xef\xbb\xbf"};
		const char *head = heads[round % (sizeof heads / sizeof heads[0])];
		size_t len = strlen(head);
		memcpy(noise, head, len);
		for (size_t i = len; i < sizeof noise; i++) {
			seed = seed * 1103515245 + 12345;
			noise[i] = (seed >> 16) % 3 == 0 ? "<>&;/ \n\t\xc3\xe2"[(seed >> 20) % 10] : (char)(seed >> 24);
		}
		struct document document = {"noise", noise, sizeof noise, "", "", 0};
		read_in_pieces(&document, 1 + round * 7);
		lanes_forget();
	}
}

/* Room is given once it is known that the bytes need no view of their own. */
static void bytes_are_read_in_place_where_they_are_searched_as_they_stand(void **state)
{
	static const struct {
		const char *head;
		bool in_place;
	} rows[] = {{"anna@shop.test:x\n", true}, {"URL: https://a.test/\n", true}, {"\xef\xbb\xbfjdoe\n", true},
		{"<html><p>a</p>\n", false}, {"{\"a\": \"b\"}\n", false}};
	struct member member = {.path = "test"};
	char head[SNIFF_BYTES];
	size_t room;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct intake *intake = intake_open(NULL, &member, VIEW_RAW, 0, NULL);
		assert_null(intake_reserve(intake, &room));
		memset(head, '.', sizeof head);
		memcpy(head, rows[i].head, strlen(rows[i].head));
		intake_push(intake, head, sizeof head);
		char *place = intake_reserve(intake, &room);
		if ((place != NULL) != rows[i].in_place)
			fail_msg("%s", rows[i].head);
		if (place != NULL) {
			memcpy(place, "in place", strlen("in place"));
			intake_commit(intake, strlen("in place"));
			intake_push(intake, " and pushed", strlen(" and pushed"));
			assert_non_null(lane_with("in place and pushed", &room));
		}
		intake_close(intake);
		lanes_forget();
	}
}

/* ---- pieces of their own ---------------------------------------------------------------------- */

static void escapes_stand_for_one_thing(void **state)
{
	static const struct {
		enum trigger kind;
		const char *text;
		size_t used;
		const char *wanted;
	} rows[] = {
		{TRIGGER_PERCENT, "%40x", 3, "@"},
		{TRIGGER_PERCENT, "%2540x", 5, "@"},
		{TRIGGER_PERCENT, "%4", 0, ""},
		{TRIGGER_PERCENT, "%00", 0, ""},
		{TRIGGER_PERCENT, "%g0", 0, ""},
		{TRIGGER_ENTITY, "&#64;", 5, "@"},
		{TRIGGER_ENTITY, "&#X40;", 6, "@"},
		{TRIGGER_ENTITY, "&eacute;", 8, "\xc3\xa9"},
		{TRIGGER_ENTITY, "&#xd800;", 0, ""},
		{TRIGGER_ENTITY, "&#99999999999999999999;", 0, ""},
		{TRIGGER_ENTITY, "&;", 0, ""},
		{TRIGGER_ENTITY, "&nosuchthing;", 0, ""},
		{TRIGGER_ENTITY, "&amp", 0, ""},
		{TRIGGER_ESCAPE, "\\u0040", 6, "@"},
		{TRIGGER_ESCAPE, "\\\\u0040", 7, "@"},
		{TRIGGER_ESCAPE, "\\ud83d\\ude00", 12, "\xf0\x9f\x98\x80"},
		{TRIGGER_ESCAPE, "\\ud83d", 0, ""},
		{TRIGGER_ESCAPE, "\\u{40}", 6, "@"},
		{TRIGGER_ESCAPE, "\\u{}", 0, ""},
		{TRIGGER_ESCAPE, "\\u0022", 0, ""},
		{TRIGGER_ESCAPE, "\\n", 0, ""},
		{TRIGGER_ESCAPE, "\\", 0, ""},
		{TRIGGER_QUOTED_PRINTABLE, "=40", 3, "@"},
		{TRIGGER_QUOTED_PRINTABLE, "=\r\nx", 3, ""},
		{TRIGGER_QUOTED_PRINTABLE, "==", 0, ""},
		{TRIGGER_ZERO_WIDTH, "\xe2\x80\x8b", 3, ""},
		{TRIGGER_ZERO_WIDTH, "\xe2\x80\x8e", 3, ""},
		{TRIGGER_ZERO_WIDTH, "\xe2\x80\x94", 0, ""},
		{TRIGGER_FULL_WIDTH, "\xef\xbc\xa0", 3, "@"},
		{TRIGGER_FULL_WIDTH, "\xef\xbc\xa1", 3, "A"},
		{TRIGGER_FULL_WIDTH, "\xef\xbc\xbd", 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct decoded decoded;
		size_t used = escape_decode(kind_of(rows[i].kind), slice_of(rows[i].text), 0, &decoded);
		if (used != rows[i].used || decoded.len != strlen(rows[i].wanted) ||
			memcmp(decoded.bytes, rows[i].wanted, decoded.len) != 0)
			fail_msg("%s: %zu bytes used, %zu made", rows[i].text, used, decoded.len);
	}
}

static void base64_of_any_length_decodes(void **state)
{
	static const char text[] = "amRvZUByb3lhbC1wb3N0LmV4YW1wbGU6R2FubmV0";
	static const char wanted[] = "jdoe@royal-post.example:Gannet";
	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		uint8_t out[64];
		size_t made = base64_decode(text, len, out);
		assert_int_equal(made, len * 3 / 4);
		assert_memory_equal(out, wanted, made);
	}
}

/* Against a look at each byte: no run is missed, and where nothing is met there is none. */
static void runs_of_the_alphabet_are_met_wherever_they_begin(void **state)
{
	char text[600];

	(void)state;
	for (size_t from = 0; from + DENSE_LEAST <= sizeof text; from++) {
		memset(text, from % 2 == 0 ? '=' : ')', sizeof text);
		memset(text + from, "aZ09+/-_"[from % 8], DENSE_LEAST);
		size_t at = dense_next(text, sizeof text, from % DENSE_STEP / 2, sizeof text);
		if (from < from % DENSE_STEP / 2)
			continue;
		assert_true(at >= from && at + 16 <= from + DENSE_LEAST);
		assert_int_equal(dense_next(text, from + DENSE_LEAST, from, from + DENSE_LEAST), from);
		assert_int_equal(dense_next(text, sizeof text, 0, from), from);
		assert_int_equal(dense_next(text, sizeof text, from + DENSE_LEAST - 15, sizeof text), sizeof text);
		text[from + 15] = text[from + 31] = '.';
		assert_int_equal(dense_next(text, sizeof text, 0, sizeof text), sizeof text);
	}
}

static void labels_of_charsets_are_those_of_browsers(void **state)
{
	(void)state;
	assert_string_equal(charset_name(charset_by_label(SLICE_TEXT(" ISO-8859-1 "))), "windows-1252");
	assert_string_equal(charset_name(charset_by_label(SLICE_TEXT("gb2312"))), "gb18030");
	assert_int_equal(charset_by_label(SLICE_TEXT("utf-8")), CHARSET_NONE);
	assert_int_equal(charset_by_label(SLICE_TEXT("no such")), CHARSET_NONE);
	assert_int_equal(charset_by_label(SLICE_TEXT("")), CHARSET_NONE);
	assert_true(slice_equal(charset_declared(SLICE_TEXT("text/html; Charset=\"koi8-r\"; x")), SLICE_TEXT("koi8-r")));
	assert_true(slice_equal(charset_declared(SLICE_TEXT("<?xml version='1.0' encoding='utf-8'?>")), SLICE_TEXT("utf-8")));
	assert_int_equal(charset_declared(SLICE_TEXT("text/html; charset")).len, 0);
}

static int open_charsets(void **state)
{
	const char *why;
	(void)state;
	return charsets_open(&why) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_does_not_depend_on_the_pieces),
		cmocka_unit_test(offsets_lead_to_the_original),
		cmocka_unit_test(any_bytes_are_legal),
		cmocka_unit_test(bytes_are_read_in_place_where_they_are_searched_as_they_stand),
		cmocka_unit_test(runs_of_the_alphabet_are_met_wherever_they_begin),
		cmocka_unit_test(escapes_stand_for_one_thing),
		cmocka_unit_test(base64_of_any_length_decodes),
		cmocka_unit_test(labels_of_charsets_are_those_of_browsers),
	};
	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
