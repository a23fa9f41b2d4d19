/* Tables and CSV with text that attackers wrote. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/csv.h"
#include "coordinator/table.h"
#include "index/finding_json.h"
#include "index/severity.h"

/* What a function prints to a stream. */
struct printed {
	char *text;
	size_t len;
	FILE *stream;
};
static void start(struct printed *printed)
{
	printed->stream = open_memstream(&printed->text, &printed->len);
	assert_non_null(printed->stream);
}

static void assert_printed(struct printed *printed, const char *wanted)
{
	fclose(printed->stream);
	assert_string_equal(printed->text, wanted);
	free(printed->text);
}

/* ---- CSV ----------------------------------------------------------------------------------------------- */

static void csv_fields_are_quoted_and_never_formulas(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{"plain", "plain"},
		{"", ""},
		{NULL, ""},
		{"a,b", "\"a,b\""},
		{"say \"hi\"", "\"say \"\"hi\"\"\""},
		{"two\nlines", "\"two\nlines\""},
		{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1,B1)", "\"'@SUM(A1,B1)\""},
		{"\tx", "'\tx"},
		{"\rx", "\"'\rx\""},
		{"=\"a\"", "\"'=\"\"a\"\"\""},
		{"a=b", "a=b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct printed printed;
		start(&printed);
		csv_field(printed.stream, cases[i].text);
		assert_printed(&printed, cases[i].field);
	}
}

static size_t count_fields(const char *line)
{
	size_t count = 1;
	bool quoted = false;

	for (; *line; line++) {
		quoted ^= *line == '"';
		count += *line == ',' && !quoted;
	}
	return count;
}

static void every_finding_has_as_many_fields_as_there_are_titles(void **state)
{
	struct printed printed;
	json_t *finding = json_pack(
		"{ss,ss,s{ss},si,sb}", "id", "f_1", "account", "a,\"b\"", "secret", "hint", "=1", "sightings", 2, "first_for_account", 1);
	char *second;

	(void)state;
	start(&printed);
	csv_finding_titles(printed.stream);
	csv_finding(printed.stream, finding);
	fclose(printed.stream);
	second = strstr(printed.text, "\r\n");
	assert_non_null(second);
	*second = 0;
	second += 2;
	assert_int_equal(count_fields(printed.text), count_fields(second));
	assert_non_null(strstr(second, "\"a,\"\"b\"\"\""));
	assert_non_null(strstr(second, ",'=1,"));
	assert_string_equal(second + strlen(second) - 2, "\r\n");
	free(printed.text);
	json_decref(finding);
}

/* ---- tables --------------------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
	{.title = "KIND", .spare = 1},
	{.title = "WHO", .shrinks = true},
	{.title = "N", .right = true, .spare = 2},
};

static void print_rows(struct printed *printed, const char *const rows[][3], size_t count, unsigned width)
{
	struct table *table = table_new(columns, 3);

	for (size_t i = 0; i < count; i++)
		table_row(table, rows[i], TONE_ALARM);
	start(printed);
	table_print(table, printed->stream, width);
	table_free(table);
}

static void columns_are_aligned_by_characters_not_bytes(void **state)
{
	static const char *const rows[][3] = {{"hash", "j\u00f6rg", "7"}, {"token", "a", "1000"}};
	struct printed printed;

	(void)state;
	print_rows(&printed, rows, 2, 80);
	assert_printed(&printed, "KIND   WHO      N\n"
				 "hash   j\u00f6rg     7\n"
				 "token  a     1000\n");
}

static void a_narrow_terminal_cuts_what_gives_way_and_nothing_else(void **state)
{
	static const char *const rows[][3] = {{"password", "someone.with.a.long.name@royal-post.example", "1"}};
	struct printed printed;

	(void)state;
	print_rows(&printed, rows, 1, 30);
	assert_printed(&printed, "KIND      WHO                N\n"
				 "password  someone.with.a.l\u2026  1\n");
}

static void a_narrower_one_leaves_out_what_can_be_spared_first(void **state)
{
	static const char *const rows[][3] = {{"password", "someone.with.a.long.name@royal-post.example", "1"}};
	struct printed printed;

	(void)state;
	print_rows(&printed, rows, 1, 28);
	assert_printed(&printed, "KIND      WHO\n"
				 "password  someone.with.a.lo\u2026\n");
	print_rows(&printed, rows, 1, 20);
	assert_printed(&printed, "WHO\n"
				 "someone.with.a.long\u2026\n");
}

static void the_narrowest_cuts_what_cannot_be_spared_down_to_a_few_characters(void **state)
{
	static const char *const rows[][3] = {{"password", "someone.with.a.long.name@royal-post.example", "1"}};
	struct printed printed;

	(void)state;
	print_rows(&printed, rows, 1, 3);
	assert_printed(&printed, "WHO\n"
				 "someone\u2026\n");
}

static void what_attackers_wrote_cannot_steer_the_terminal(void **state)
{
	static const char *const rows[][3] = {{"hash", "\033[2Jx\r\n\u202egnp.exe\x7f\xff", NULL}};
	struct printed printed;

	(void)state;
	print_rows(&printed, rows, 1, 200);
	fclose(printed.stream);
	for (const char *c = printed.text; *c; c++)
		assert_true(((unsigned char)*c >= 0x20 && *c != 0x7f) || *c == '\n');
	assert_null(strstr(printed.text, "\u202e"));
	assert_null(strstr(printed.text, "\xff"));
	assert_non_null(strstr(printed.text, "\\x1b[2Jx"));
	assert_int_equal(strchr(strchr(printed.text, '\n') + 1, '\n')[1], 0); /* still one line */
	free(printed.text);
}

static void no_rows_print_nothing_and_a_file_gets_no_colour(void **state)
{
	struct printed printed;

	(void)state;
	print_rows(&printed, NULL, 0, 80);
	assert_false(stream_has_colour(stdin));
	assert_printed(&printed, "");
}

static void a_short_time_has_no_seconds(void **state)
{
	char text[SHORT_TIME_BYTES];

	(void)state;
	short_time("2026-11-23T18:40:41.764Z", text);
	assert_string_equal(text, "2026-11-23 18:40");
	short_time(NULL, text);
	assert_string_equal(text, "");
}

/* ---- JSON without an index -------------------------------------------------------------------------------- */

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void a_bare_message_is_told_like_an_indexed_finding(void **state)
{
	uint8_t id[20] = {0xab}, fingerprint[20] = {1};
	char account[] = "j.doe@royal-post.example", rule[] = "lt.cookie.1", hint[] = "a\u2026", bucket[] = "24-47", path[] = "c.txt",
	     name[] = "SSID";
	uint8_t value[] = {'a', 0xff};
	Lt__FoundFinding found = LT__FOUND_FINDING__INIT;
	Lt__Finding finding = LT__FINDING__INIT;
	Lt__Secret secret = LT__SECRET__INIT;
	Lt__Cookie cookie = LT__COOKIE__INIT;
	const struct finding_json_options options = {.now_ms = 1000, .ephemeral = true};
	json_t *object;

	(void)state;
	finding.id = (ProtobufCBinaryData){sizeof(id), id};
	finding.kind = LT__FINDING_KIND__KIND_COOKIE;
	finding.account = account;
	finding.rule = rule;
	finding.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH;
	finding.attribution = LT__ATTRIBUTION__ATTR_HOST;
	finding.secret = &secret;
	finding.cookie = &cookie;
	secret.hint = hint;
	secret.length_bucket = bucket;
	secret.fingerprint = (ProtobufCBinaryData){sizeof(fingerprint), fingerprint};
	secret.has_value = true;
	secret.value = (ProtobufCBinaryData){sizeof(value), value};
	cookie.name = name;
	cookie.has_expires_ms = true;
	cookie.expires_ms = 2000;
	found.finding = &finding;
	found.path = path;
	object = finding_json_of_message(&found, NULL, NULL, &options);
	assert_true(json_is_true(json_object_get(object, "ephemeral")));
	assert_string_equal(member(object, "id"), "f_ab00000000000000000000000000000000000000");
	assert_string_equal(member(object, "kind"), "cookie");
	assert_true(json_is_true(json_object_get(json_object_get(object, "cookie"), "live")));
	assert_string_equal(member(json_object_get(object, "cookie"), "expires"), "1970-01-01T00:00:02Z");
	assert_string_equal(member(json_object_get(object, "secret"), "value"), "a\xc3\xbf");
	assert_string_equal(member(json_object_get(object, "secret"), "value_b64"), "Yf8=");
	assert_string_equal(member(json_object_get(object, "evidence"), "path"), "c.txt");
	assert_null(json_object_get(json_object_get(object, "evidence"), "line"));
	json_decref(object);
}

static void times_outside_the_calendar_stay_within_it(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{1, "1970-01-01T00:00:00.001Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{INT64_MAX, "9999-12-31T23:59:59Z"},
		{INT64_MIN, "0001-01-01T00:00:00Z"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		time_text(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_fields_are_quoted_and_never_formulas),
		cmocka_unit_test(every_finding_has_as_many_fields_as_there_are_titles),
		cmocka_unit_test(columns_are_aligned_by_characters_not_bytes),
		cmocka_unit_test(a_narrow_terminal_cuts_what_gives_way_and_nothing_else),
		cmocka_unit_test(a_narrower_one_leaves_out_what_can_be_spared_first),
		cmocka_unit_test(the_narrowest_cuts_what_cannot_be_spared_down_to_a_few_characters),
		cmocka_unit_test(what_attackers_wrote_cannot_steer_the_terminal),
		cmocka_unit_test(no_rows_print_nothing_and_a_file_gets_no_colour),
		cmocka_unit_test(a_short_time_has_no_seconds),
		cmocka_unit_test(a_bare_message_is_told_like_an_indexed_finding),
		cmocka_unit_test(times_outside_the_calendar_stay_within_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
