/* Tokens of a line, rows of CSV: what begins and ends where, by shape alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/records/csv.h"
#include "inspect/records/line.h"
#include "inspect/records/line_token.h"

static void address_is(const char *line, size_t at, const char *expected)
{
	size_t from = 0, to = 0;
	bool found = token_email(slice_of(line), at, &from, &to);

	assert_int_equal(found, expected != NULL);
	if (found)
		assert_true(slice_equal((struct slice){line + from, to - from}, slice_of(expected)));
}

static void addresses_end_where_a_name_ends(void **state)
{
	(void)state;
	address_is("jdoe@royal-post.example:x", 10, "jdoe@royal-post.example");
	address_is("x;j.o'doe+a@royal-post.example.", 20, "j.o'doe+a@royal-post.example");
	address_is("jdoe@royal-post.example\xe2\x86\x92x", 10, "jdoe@royal-post.example");
}

static void userinfo_and_half_addresses_are_no_address(void **state)
{
	(void)state;
	address_is("https://jdoe@royal-post.example/", 20, NULL);
	address_is("https://jdoe:secret@royal-post.example/", 30, NULL);
	address_is("@royal-post.example:x", 5, NULL);
	address_is("jdoe@localhost:x", 8, NULL);
	address_is("royal-post.example:x", 5, NULL);
}

static void the_log_in_of_a_list_is_no_userinfo(void **state)
{
	(void)state;
	address_is("https://access.royal-post.example:jdoe@royal-post.example:x", 45, "jdoe@royal-post.example");
}

static size_t authority(const char *line)
{
	struct token_url url;

	return token_url(slice_of(line), 0, &url) ? url.authority_end : 0;
}

static void urls_take_their_port_and_leave_the_fields(void **state)
{
	(void)state;
	assert_int_equal(authority("https://a.test:8443/x:jdoe:pw"), strlen("https://a.test:8443"));
	assert_int_equal(authority("https://a.test:8443:jdoe:pw"), strlen("https://a.test:8443"));
	assert_int_equal(authority("a.test:12345:secret"), strlen("a.test"));
	assert_int_equal(authority("https://[2001:db8::7]:443/x"), strlen("https://[2001:db8::7]:443"));
	assert_int_equal(authority("android://Zm9v+Ym/Fy==@com.example.app/:jdoe:pw"), strlen("android://Zm9v+Ym/Fy==@com.example.app"));
	assert_int_equal(authority("192.0.2.7:3389@jdoe;pw"), strlen("192.0.2.7:3389"));
}

static void words_and_addresses_are_no_url(void **state)
{
	(void)state;
	assert_int_equal(authority("jdoe:secret"), 0);
	assert_int_equal(authority("jdoe@a.test:secret"), 0);
	assert_int_equal(authority("1.2.3:secret"), 0);
	assert_int_equal(authority("://a.test"), 0);
}

static void values_are_told_by_their_look(void **state)
{
	(void)state;
	assert_int_equal(token_look(slice_of("Winter-Harbour-91")), LOOK_STRONG);
	assert_int_equal(token_look(slice_of("hunter2")), LOOK_FAIR);
	assert_int_equal(token_look(slice_of("sunshine")), LOOK_WORD);
	assert_int_equal(token_look(slice_of("Berlin")), LOOK_NAME);
	assert_int_equal(token_look(slice_of("5060")), LOOK_PORT);
}

static void dates_numbers_and_paths_look_like_no_secret(void **state)
{
	(void)state;
	static const char *const others[] = {"2026-05-04", "04.05.2026", "10:22:33", "+49 30 1234567", "555-0100", "192.0.2.1", "v1.2.3",
		"report.pdf", "https://a.test/", "x@a.test", "50%", "team/app", "CN=John"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_true(token_look(slice_of(others[i])) <= LOOK_OTHER);
	assert_int_equal(token_look(slice_of("/srv/www/")), LOOK_NEVER);
	assert_int_equal(token_look(slice_of("")), LOOK_NEVER);
}

static void decoration_comes_off(void **state)
{
	(void)state;
	static const char *const lines[] = {"- a@b.test:x", "12) a@b.test:x", "[HIT] a@b.test:x", "<li>a@b.test:x</li>", "\"a@b.test:x\",",
		"\t a@b.test:x \r",
		"\xef\xbb\xbf"
		"a@b.test:x",
		"(a@b.test:x)"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t start;
		struct slice clean = line_clean(slice_of(lines[i]), &start);
		assert_true(slice_equal(clean, SLICE_TEXT("a@b.test:x")));
		assert_ptr_equal(clean.data, lines[i] + start);
	}
}

static void what_belongs_to_a_field_stays(void **state)
{
	(void)state;
	static const char *const lines[] = {"\"a@b.test\",\"x\"", "[2001:db8::7]:a:x", "a@b.test:x)", "1a@b.test:x", "a@b.test:\"x"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t start;
		assert_true(slice_equal(line_clean(slice_of(lines[i]), &start), slice_of(lines[i])));
	}
}

static unsigned cells(const char *line, char delimiter, struct row *row)
{
	return csv_split(NULL, slice_of(line), 0, strlen(line), delimiter, row) ? row->count : 0;
}

static void quotes_hold_delimiters_and_line_breaks(void **state)
{
	(void)state;
	struct row row;
	assert_int_equal(cells("\"a,b\",\"c\nd\",e", ',', &row), 3);
	assert_true(slice_equal(row.cells[1].value, SLICE_TEXT("c\nd")));
	assert_int_equal(cells("| a | b |", '|', &row), 2);
	assert_int_equal(cells("a  b c   d", CSV_BLANKS, &row), 3);
}

static void a_quote_that_does_not_close_is_a_character(void **state)
{
	(void)state;
	struct row row;
	assert_int_equal(cells("a,\"b,c", ',', &row), 3);
	assert_true(slice_equal(row.cells[1].value, SLICE_TEXT("\"b")));
	assert_int_equal(cells("", ',', &row), 1);
	assert_false(csv_is_border(SLICE_TEXT("| a | b |")));
	assert_true(csv_is_border(SLICE_TEXT("+----+----+")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_end_where_a_name_ends),
		cmocka_unit_test(userinfo_and_half_addresses_are_no_address),
		cmocka_unit_test(the_log_in_of_a_list_is_no_userinfo),
		cmocka_unit_test(urls_take_their_port_and_leave_the_fields),
		cmocka_unit_test(words_and_addresses_are_no_url),
		cmocka_unit_test(values_are_told_by_their_look),
		cmocka_unit_test(dates_numbers_and_paths_look_like_no_secret),
		cmocka_unit_test(decoration_comes_off),
		cmocka_unit_test(what_belongs_to_a_field_stays),
		cmocka_unit_test(quotes_hold_delimiters_and_line_breaks),
		cmocka_unit_test(a_quote_that_does_not_close_is_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
