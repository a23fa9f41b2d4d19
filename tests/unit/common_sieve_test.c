/* Names compiled once for all inspectors: who compiles, who waits, what is taken over and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "coordinator/common_sieve.h"
#include "inspect/sieve/sieve.h"
#include "shared/mem.h"

enum { MANY = 1000, FEW = 3, FILE_BYTES = 1 << 20, FOUND_BYTES = 200 };

/* ---- the coordinator's side -------------------------------------------------------------------- */

static struct pool_worker workers[3];
static char told[512]; /* what was sent */
static int file = -1;  /* last sent */

static void tell(const char *what, const struct pool_worker *worker)
{
	size_t len = strlen(told);

	(void)snprintf(told + len, sizeof told - len, "%s %d;", what, (int)(worker - workers));
}

bool pool_send(struct pool_worker *worker, Lt__Envelope *message, int fd)
{
	assert_int_equal(message->body_case, LT__ENVELOPE__BODY_SETUP_SIEVE);
	tell(message->setup_sieve->compiled ? "compiled" : "compile", worker);
	file = fd;
	return true;
}

void pool_touch(struct pool_worker *worker)
{
	(void)worker;
}

static void on_end(struct pool_worker *worker)
{
	tell("end", worker);
}

static void expect(const char *wanted)
{
	assert_string_equal(told, wanted);
	told[0] = '\0';
}

static void a_few_names_are_not_shared(void **state)
{
	struct common_sieve *common = common_sieve_new(FEW, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	common_sieve_offer(common, &workers[1]);
	expect("end 0;end 1;");
	common_sieve_free(common);
}

static void the_first_compiles_and_the_others_wait(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	common_sieve_offer(common, &workers[1]);
	expect("compile 0;end 0;");
	assert_int_equal(write(file, "x", 1), 1);
	common_sieve_ready(common, &workers[0]);
	expect("compiled 1;end 1;");
	common_sieve_ready(common, &workers[1]);
	common_sieve_offer(common, &workers[2]);
	expect("compiled 2;end 2;");
	common_sieve_free(common);
}

static void the_first_cannot_change_it_once_it_reads(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	assert_int_equal(write(file, "x", 1), 1);
	int kept = dup(file); /* as a process would that means harm */

	common_sieve_ready(common, &workers[0]);
	assert_int_equal(pwrite(kept, "y", 1, 0), -1);
	assert_int_equal(ftruncate(kept, 0), -1);
	assert_int_equal(ftruncate(kept, 2), -1);
	close(kept);
	common_sieve_free(common);
	told[0] = '\0';
}

static void a_file_that_is_mapped_for_writing_is_not_handed_on(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	assert_int_equal(write(file, "x", 1), 1);
	char *mapped = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	assert_true(mapped != MAP_FAILED);
	common_sieve_offer(common, &workers[1]);
	common_sieve_ready(common, &workers[0]);
	expect("compile 0;end 0;end 1;");
	munmap(mapped, 1);
	common_sieve_free(common);
}

static void each_compiles_where_nothing_was_written(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	common_sieve_offer(common, &workers[1]);
	common_sieve_ready(common, &workers[0]);
	common_sieve_offer(common, &workers[2]);
	expect("compile 0;end 0;end 1;end 2;");
	common_sieve_free(common);
}

static void each_compiles_where_the_first_died(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	common_sieve_offer(common, &workers[1]);
	assert_int_equal(write(file, "half", 4), 4);
	common_sieve_dead(common, &workers[0]);
	common_sieve_offer(common, &workers[0]);
	expect("compile 0;end 0;end 1;end 0;");
	common_sieve_free(common);
}

static void who_died_waiting_is_not_spoken_to(void **state)
{
	struct common_sieve *common = common_sieve_new(MANY, on_end);

	(void)state;
	common_sieve_offer(common, &workers[0]);
	common_sieve_offer(common, &workers[1]);
	common_sieve_offer(common, &workers[2]);
	common_sieve_dead(common, &workers[1]);
	assert_int_equal(write(file, "x", 1), 1);
	common_sieve_ready(common, &workers[0]);
	expect("compile 0;end 0;compiled 2;end 2;");
	common_sieve_dead(common, &workers[0]);
	common_sieve_offer(common, &workers[0]);
	expect("compiled 0;end 0;");
	common_sieve_free(common);
}

/* ---- the inspector's side ---------------------------------------------------------------------- */

static struct literals names(bool caseless, const char *last)
{
	struct literals literals = {.list = NULL};

	literals_add(&literals, "royal-post.example", 18, (struct literal){.caseless = true, .name = 7});
	literals_add(&literals, last, strlen(last), (struct literal){.caseless = caseless, .name = 8});
	return literals;
}

static char *saved_by(struct literals *literals, size_t *len)
{
	char *why = NULL, *saved = xmalloc(FILE_BYTES);
	struct sieve *sieve = sieve_new(literals, &why);
	int fd = memfd_create("saved", MFD_CLOEXEC);

	assert_non_null(sieve);
	assert_true(sieve_save(sieve, fd));
	*len = (size_t)pread(fd, saved, FILE_BYTES, 0);
	close(fd);
	sieve_free(sieve);
	return saved;
}

static void note(void *context, const struct literal *literal, size_t at)
{
	char *found = context;
	size_t len = strlen(found);

	(void)snprintf(found + len, FOUND_BYTES - len, "%u at %zu;", literal->name, at);
}

static void a_loaded_sieve_finds_what_the_compiled_one_finds(void **state)
{
	struct literals literals = names(false, "cGFyY2Vs"), same = names(false, "cGFyY2Vs");
	size_t len;
	char *saved = saved_by(&literals, &len), found[FOUND_BYTES] = "";
	struct sieve *sieve = sieve_load(&same, saved, len);
	const char text[] = "jdoe@ROYAL-post.example cGFyY2Vs CGFYY2VS royal-post.exampl";

	(void)state;
	assert_non_null(sieve);
	assert_int_equal(same.count, 0);
	assert_int_equal(sieve_overlap(sieve), 17);
	sieve_scan(sieve, text, strlen(text), note, found);
	assert_string_equal(found, "7 at 5;8 at 24;");
	sieve_free(sieve);
	free(saved);
}

static void of_other_literals_nothing_is_taken_over(void **state)
{
	struct literals literals = names(false, "cGFyY2Vs"), other = names(false, "cGFyY2Vt"), cased = names(true, "cGFyY2Vs");
	size_t len;
	char *saved = saved_by(&literals, &len);

	(void)state;
	assert_null(sieve_load(&other, saved, len));
	assert_null(sieve_load(&cased, saved, len));
	assert_int_equal(other.count, 2);
	literals_free(&other);
	literals_free(&cased);
	free(saved);
}

static void what_was_cut_or_changed_is_not_taken_over(void **state)
{
	struct literals literals = names(false, "cGFyY2Vs"), same = names(false, "cGFyY2Vs");
	size_t len;
	char *saved = saved_by(&literals, &len);

	(void)state;
	for (size_t cut = 0; cut < len; cut += 61)
		assert_null(sieve_load(&same, saved, cut));
	saved[len - 100] ^= 1;
	assert_null(sieve_load(&same, saved, len));
	literals_free(&same);
	free(saved);
}

/* ---- words --------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void count(void *context, const struct literal *literal, size_t at)
{
	unsigned *seen = context;

	(void)at;
	seen[literal->name]++;
}

static unsigned naive_count(const char *text, const struct literal *literal)
{
	unsigned found = 0;

	for (size_t at = 0; at + literal->len <= strlen(text); at++)
		found += strncasecmp(text + at, (const char *)literal->bytes, literal->len) == 0;
	return found;
}

static void words_are_found_wherever_they_stand(void **state)
{
	enum { WORDS = 300, TEXT = 5000 };
	struct literals literals = {.words = true};
	unsigned seen[WORDS] = {0}, wanted[WORDS];
	uint32_t random = 7;
	char text[TEXT + 1], *why = NULL;

	(void)state;
	for (size_t i = 0; i < TEXT; i++)
		text[i] = "abABc"[next_random(&random) % 5];
	text[TEXT] = '\0';
	for (size_t i = 0; i < WORDS; i++) {
		char word[12];
		size_t len = 3 + next_random(&random) % 9;

		for (size_t j = 0; j < len; j++)
			word[j] = "abc"[next_random(&random) % 3];
		literals_add(&literals, word, len, (struct literal){.caseless = true, .name = (uint32_t)i});
		wanted[i] = naive_count(text, &literals.list[i]);
	}
	struct sieve *sieve = sieve_new(&literals, &why);

	assert_non_null(sieve);
	sieve_scan(sieve, text, TEXT, count, seen);
	for (size_t i = 0; i < WORDS; i++)
		assert_int_equal(seen[i], wanted[i]);
	sieve_free(sieve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_names_are_not_shared),
		cmocka_unit_test(the_first_compiles_and_the_others_wait),
		cmocka_unit_test(the_first_cannot_change_it_once_it_reads),
		cmocka_unit_test(a_file_that_is_mapped_for_writing_is_not_handed_on),
		cmocka_unit_test(each_compiles_where_nothing_was_written),
		cmocka_unit_test(each_compiles_where_the_first_died),
		cmocka_unit_test(who_died_waiting_is_not_spoken_to),
		cmocka_unit_test(a_loaded_sieve_finds_what_the_compiled_one_finds),
		cmocka_unit_test(of_other_literals_nothing_is_taken_over),
		cmocka_unit_test(what_was_cut_or_changed_is_not_taken_over),
		cmocka_unit_test(words_are_found_wherever_they_stand),
	};

	return sodium_init() < 0 ? 99 : cmocka_run_group_tests(tests, NULL, NULL);
}
