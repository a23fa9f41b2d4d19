#include "config/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "config/address.h"
#include "shared/nearest.h"
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void reads_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"500ms", 500},
		{"90s", 90000},
		{"30m", 1800000},
		{"12h", 43200000},
		{"1d", 86400000},
		{"2W", 1209600000},
		{"0s", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms;

		assert_true(units_duration(cases[i].text, &ms));
		assert_int_equal(ms, cases[i].ms);
	}
}

static void refuses_what_is_no_duration(void **state)
{
	static const char *const cases[] = {
		"", "30", "m", "-1d", "+1d", "1.5h", "1h30m", "1 d", " 1d", "1y", "1d ", "99999w", "18446744073709551616s", "0x10s"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms;

		assert_false(units_duration(cases[i], &ms));
	}
}

static void reads_sizes_and_numbers(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(units_size("64MiB", &value));
	assert_int_equal(value, 64 << 20);
	assert_true(units_size("1g", &value));
	assert_int_equal(value, 1 << 30);
	assert_true(units_size("512", &value));
	assert_int_equal(value, 512);
	assert_true(units_number("9223372036854775799", &value));
	assert_int_equal(value, INT64_C(9223372036854775799));
}

static void refuses_what_is_no_size_or_number(void **state)
{
	static const char *const cases[] = {
		"", "MiB", "64 MiB", "64MB", "-1", "1e3", "0x40", "99999999999999999999", "9223372036854775807TiB"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value;

		assert_false(units_size(cases[i], &value));
		assert_false(units_number(cases[i], &value));
	}
}

static void reads_moments_in_utc(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1970-01-01", 0},
		{"2024-02-29", INT64_C(1709164800000)},
		{"2024-02-29T12:30:05Z", INT64_C(1709209805000)},
		{"2024-02-29 12:30", INT64_C(1709209800000)},
		{"1d", INT64_C(1000000000000) - 86400000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms;

		assert_true(units_moment(cases[i].text, INT64_C(1000000000000), &ms));
		assert_int_equal(ms, cases[i].ms);
	}
}

static void refuses_days_that_do_not_exist(void **state)
{
	static const char *const cases[] = {
		"", "yesterday", "2023-02-29", "2024-04-31", "2024-13-01", "2024-01-01T25:00:00Z", "2024-01-01x", "01.02.2024"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms;

		assert_false(units_moment(cases[i], 0, &ms));
	}
}

static void prints_durations_and_ages(void **state)
{
	static const struct {
		int64_t ms;
		const char *exact, *about;
	} cases[] = {
		{0, "0d", "0s"},
		{500, "500ms", "0s"},
		{90000, "90s", "1m"},
		{1800000, "30m", "30m"},
		{129600000, "36h", "1d"},
		{INT64_C(1209600000), "14d", "14d"},
		{3660000, "61m", "1h"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[UNITS_TEXT_BYTES];

		units_print_duration(cases[i].ms, text);
		assert_string_equal(text, cases[i].exact);
		units_print_age(cases[i].ms, text);
		assert_string_equal(text, cases[i].about);
	}
}

static void gives_addresses_one_spelling(void **state)
{
	char *address;

	(void)state;
	assert_null(address_read("J.Doe+x@Royal-Post.EXAMPLE", &address));
	assert_string_equal(address, "j.doe+x@royal-post.example");
	assert_string_equal(address_domain(address), "royal-post.example");
	free(address);
	assert_null(address_read("jürgen@bücher.example", &address));
	assert_string_equal(address, "jürgen@xn--bcher-kva.example");
	free(address);
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const cases[] = {"", "@", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@[127.0.0.1]", "a@b..example",
		"<a@b.example>", "a;b@c.example", "\xff@b.example",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *address = NULL;

		assert_non_null(address_read(cases[i], &address));
		assert_null(address);
	}
}

static const char *nearest_of(const char *word)
{
	static const char *const words[] = {"crawl", "scan", "findings", "sources", "doctor", "show"};
	struct nearest nearest;

	nearest_start(&nearest, word);
	for (size_t i = 0; i < COUNT(words); i++)
		nearest_offer(&nearest, words[i]);
	return nearest.best;
}

static void suggests_the_word_that_was_meant(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("finding"), "findings");
	assert_string_equal(nearest_of("fidnings"), "findings");
	assert_string_equal(nearest_of("SOURCES"), "sources");
	assert_string_equal(nearest_of("soruces"), "sources");
	assert_string_equal(nearest_of("craw"), "crawl");
	assert_string_equal(nearest_of("scna"), "scan");
}

static void suggests_nothing_for_a_word_of_its_own(void **state)
{
	(void)state;
	assert_null(nearest_of("purge"));
	assert_null(nearest_of(""));
	assert_null(nearest_of("x"));
	assert_null(nearest_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(refuses_what_is_no_duration),
		cmocka_unit_test(reads_sizes_and_numbers),
		cmocka_unit_test(refuses_what_is_no_size_or_number),
		cmocka_unit_test(reads_moments_in_utc),
		cmocka_unit_test(refuses_days_that_do_not_exist),
		cmocka_unit_test(prints_durations_and_ages),
		cmocka_unit_test(gives_addresses_one_spelling),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(suggests_the_word_that_was_meant),
		cmocka_unit_test(suggests_nothing_for_a_word_of_its_own),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
