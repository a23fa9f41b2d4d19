/* Identity, what is remembered of it, and how little of a secret is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/attribute/identity.h"
#include "inspect/attribute/seen.h"
#include "inspect/attribute/show.h"
#include "shared/escape.h"

static const uint8_t key[IDENTITY_KEY_BYTES] = {7};

static void make(const char *a, const char *b, const char *c, uint8_t identity[IDENTITY_BYTES])
{
	struct slice fields[] = {slice_of(a), slice_of(b), slice_of(c)};

	identity_make(key, fields, 3, identity);
}

static void fields_cannot_run_into_each_other(void **state)
{
	static const char *const lists[][3] = {
		{"ab", "c", ""}, {"a", "bc", ""}, {"abc", "", ""}, {"", "abc", ""}, {"", "", "abc"}, {"a", "b", "c"}};
	enum { LISTS = sizeof lists / sizeof lists[0] };
	uint8_t identities[LISTS][IDENTITY_BYTES];

	(void)state;
	for (size_t i = 0; i < LISTS; i++)
		make(lists[i][0], lists[i][1], lists[i][2], identities[i]);
	for (size_t i = 0; i < LISTS; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(identities[i], identities[j], IDENTITY_BYTES);
}

static void identity_is_the_same_for_the_same_fields_and_key_only(void **state)
{
	static const uint8_t other_key[IDENTITY_KEY_BYTES] = {8};
	struct slice field = SLICE_TEXT("secret");
	uint8_t a[IDENTITY_BYTES], b[IDENTITY_BYTES];

	(void)state;
	make("x", NULL, "z", a);
	make("x", "", "z", b);
	assert_memory_equal(a, b, IDENTITY_BYTES);
	identity_make(key, &field, 1, a);
	identity_make(other_key, &field, 1, b);
	assert_memory_not_equal(a, b, IDENTITY_BYTES);
}

static void number(uint8_t identity[IDENTITY_BYTES], uint32_t i)
{
	struct slice field = {(const char *)&i, sizeof i};

	identity_make(key, &field, 1, identity);
}

static void the_last_ones_are_remembered(void **state)
{
	struct seen *seen = seen_new();
	uint8_t identity[IDENTITY_BYTES];

	(void)state;
	for (uint32_t i = 0; i < 3 * SEEN_GENERATION; i++) {
		number(identity, i);
		assert_false(seen_add(seen, identity));
		if (i >= SEEN_GENERATION) {
			number(identity, i - SEEN_GENERATION + 1);
			assert_true(seen_add(seen, identity));
			break;
		}
	}
	number(identity, SEEN_GENERATION);
	assert_true(seen_add(seen, identity));
	seen_free(seen);
}

static void hints_tell_next_to_nothing(void **state)
{
	static const struct {
		const char *secret, *hint, *length;
	} cases[] = {
		{"Winter-Harbour-91", "Wi…", "16-23"},
		{"Winter-Harbo", "Wi…", "12-15"},
		{"Winter-Harb", "…", "8-11"},
		{"abc", "…", "1-7"},
		{"ÅäöÅäöÅäöÅäö", "Åä…", "12-15"},
		{"ÅäöÅäöÅäöÅä", "…", "8-11"},
		{"\x1b[31mWinter-Harbour", "…", "16-23"},
		{"\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "…", "12-15"},
		{"0123456789012345678901234567890123456789012345678", "01…", "48+"},
		{"012345678901234567890123", "01…", "24-47"},
	};
	char hint[HINT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		show_hint(slice_of(cases[i].secret), hint);
		assert_string_equal(hint, cases[i].hint);
		assert_true(utf8_valid(hint, strlen(hint)));
		assert_string_equal(show_length(slice_of(cases[i].secret)), cases[i].length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_cannot_run_into_each_other),
		cmocka_unit_test(identity_is_the_same_for_the_same_fields_and_key_only),
		cmocka_unit_test(the_last_ones_are_remembered),
		cmocka_unit_test(hints_tell_next_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
