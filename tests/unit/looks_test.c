/* Pages that are alike but for numbers and times, pages that are not, and how often each is visited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crawl/looks.h"
#include "crawl/schedule.h"
#include "inspect/links/look.h"
#include "limits/limits.h"
#include "shared/mem.h"

#define WORDS "the quick brown fox jumps over a lazy dog while seven wise owls watch from their old oak tree in silence "
#define LONG_WORDS WORDS "and another family of badgers digs " WORDS "nobody asked them why " WORDS "so they went on until morning came"

enum same { SAME_TEXT, ALIKE, OTHER };

static const char *const same_names[] = {"the same text", "alike", "another page"};

static struct look look_of(const char *text)
{
	struct look look;

	assert_true(look_at(slice_of(text), true, &look));
	return look;
}

static void test_pairs(void **state)
{
	static const struct {
		const char *a, *b;
		enum same same;
	} rows[] = {
		{WORDS "views 1017", WORDS "views 1018", SAME_TEXT},
		{WORDS "posted 3 minutes ago", WORDS "posted 2 hours ago", SAME_TEXT},
		{WORDS "on Mon 12 Jan 2026 10:22:01 UTC", WORDS "on Tuesday, 3 February 2026 9 pm", SAME_TEXT},
		{WORDS "<a href=/cal?month=2026-01>next</a>", WORDS "<a href=/cal?month=2031-12>next</a>", SAME_TEXT},
		{WORDS "<a href='/t?sid=0f31c2aa97b1e5d4'>x</a>", WORDS "<a href='/t?sid=aa11bb22cc33dd44'>x</a>", SAME_TEXT},
		{"<p>" WORDS "</p>", "<div class=x1>" WORDS "</div>", SAME_TEXT},
		{WORDS "<script>var a = 'one'</script>", WORDS "<script>var b = 'two words'</script>", SAME_TEXT},
		{WORDS "<!-- made by one -->", WORDS "<!-- made by another -->", SAME_TEXT},
		{"THE Quick brown fox " WORDS, "the quick BROWN fox " WORDS, SAME_TEXT},
		/* one word of many */
		{LONG_WORDS " said anna", LONG_WORDS " said bert", ALIKE},
		/* a credential more is another text, however long the page */
		{LONG_WORDS, LONG_WORDS " jdoe@royal-post.example:Heron-Weir", ALIKE},
		/* links that lead elsewhere, whatever they are called */
		{WORDS "<a href=/Ab3dEf7h>Untitled</a><a href=/Zk3lPq9m>Untitled</a><a href=/Tr5wXy2v>Untitled</a>",
			WORDS "<a href=/Qm8nBv4c>Untitled</a><a href=/Hj6gFd1s>Untitled</a><a href=/Uu7iOp0a>Untitled</a>", OTHER},
		{WORDS, "acme corp was attacked and all its files are for sale to whoever pays first, contact us in the usual place",
			OTHER},
		{WORDS WORDS, "one two three four five six " WORDS "ten eleven twelve thirteen fourteen fifteen sixteen", OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct look a = look_of(rows[i].a), b = look_of(rows[i].b);
		int apart = __builtin_popcountll(a.bits ^ b.bits);
		enum same same = a.text == b.text ? SAME_TEXT : apart <= LIMIT_LOOK_BITS ? ALIKE : OTHER;

		if (rows[i].same == ALIKE && same == OTHER && apart <= 2 * LIMIT_LOOK_BITS)
			continue; /* a short page may be past the border; never the same text */
		if (same != rows[i].same)
			fail_msg("%s | %s: %s (%d bits), not %s", rows[i].a, rows[i].b, same_names[same], apart, same_names[rows[i].same]);
	}
}

static void test_what_has_no_look(void **state)
{
	static const char *const texts[] = {"", "hello", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "<script>" WORDS,
		"<!-- " WORDS, "<<<<<<<<<<<<<<<<<<<<<<<<<<", "<a href=", "<a href='", "<script",
		"jan feb mar apr may jun jul aug sep oct nov dec"};
	struct look look;
	char *large = xmalloc(LIMIT_LOOK_BYTES + 2);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (look_at(slice_of(texts[i]), true, &look))
			fail_msg("%s has a look", texts[i]);
	memset(large, 'x', LIMIT_LOOK_BYTES + 1);
	large[LIMIT_LOOK_BYTES + 1] = '\0';
	for (size_t i = 0; i < LIMIT_LOOK_BYTES; i += 5)
		large[i] = ' ';
	assert_false(look_at(slice_of(large), false, &look));
	large[LIMIT_LOOK_BYTES] = '\0';
	assert_true(look_at(slice_of(large), false, &look));
	free(large);
}

static void test_looks_are_counted(void **state)
{
	struct looks *looks = looks_new();
	uint64_t far = UINT64_C(0xffff0000ffff0000);

	(void)state;
	assert_int_equal(looks_meet(looks, 0), 0);
	assert_int_equal(looks_meet(looks, 7), 1);
	assert_int_equal(looks_meet(looks, 15), 0);
	assert_int_equal(looks_meet(looks, far), 0);
	assert_int_equal(looks_meet(looks, far ^ 1), 1);
	assert_int_equal(looks_meet(looks, 0), 2);
	looks_free(looks);
	looks_free(NULL);
}

static void test_no_flood_of_looks_grows(void **state)
{
	struct looks *looks = looks_new();
	uint64_t value = 1;

	(void)state;
	for (unsigned i = 0; i < 3 * LIMIT_LOOKS; i++) {
		value = value * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		(void)looks_meet(looks, value);
	}
	assert_true(looks_meet(looks, value) > 0);
	looks_free(looks);
}

static void test_intervals(void **state)
{
	static const struct {
		int64_t last, every, most;
		bool changed;
		int64_t next;
	} rows[] = {
		{0, 60, 960, false, 60}, /* the first time nothing is known */
		{0, 60, 960, true, 60},
		{60, 60, 960, false, 120},
		{120, 60, 960, false, 240},
		{600, 60, 960, false, 960}, /* no longer than that */
		{960, 60, 960, false, 960},
		{960, 60, 960, true, 480},
		{100, 60, 960, true, 60}, /* no shorter than that */
		{60, 60, 960, true, 60},
		{60, 60, 60, false, 60},    /* every_most: every: never slower */
		{960, 60, 120, false, 120}, /* the configuration changed */
		{5, 60, 960, false, 60},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(schedule_adapt(rows[i].last, rows[i].every, rows[i].most, rows[i].changed), rows[i].next);
	for (unsigned i = 0; i < 1000; i++) {
		int64_t next = schedule_next(1000);

		assert_true(next >= 900 && next <= 1100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_what_has_no_look),
		cmocka_unit_test(test_looks_are_counted),
		cmocka_unit_test(test_no_flood_of_looks_grows),
		cmocka_unit_test(test_intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
