/* The envelope of secrets: what opens it, and what must not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "shared/seal.h"

struct pair {
	uint8_t public[SEAL_PUBLIC_BYTES], private[SEAL_PRIVATE_BYTES];
};
static struct pair pairs[2];
static uint8_t id[SEAL_FINDING_ID_BYTES];
static const char secret[] = "correct horse";
static struct seal_job job;
static uint8_t nonce[SEAL_NONCE_BYTES];
static uint8_t box[sizeof secret + SEAL_OVERHEAD_BYTES];
static uint8_t opened[sizeof secret];

static int sealed(void **state)
{
	uint8_t keys[2][SEAL_PUBLIC_BYTES];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		crypto_box_keypair(pairs[i].public, pairs[i].private);
		memcpy(keys[i], pairs[i].public, sizeof keys[i]);
	}
	memset(id, 7, sizeof id);
	assert_true(seal_job_start(&job, (const uint8_t(*)[SEAL_PUBLIC_BYTES])keys, 2));
	seal_value(&job, id, secret, sizeof secret, nonce, box);
	return 0;
}

static int wiped(void **state)
{
	static const uint8_t nothing[sizeof job.data_key];

	(void)state;
	seal_job_wipe(&job);
	assert_memory_equal(job.data_key, nothing, sizeof nothing);
	return 0;
}

static bool open_with(const struct pair *pair, size_t copy)
{
	return seal_open(pair->public, pair->private, job.copies[copy].box, id, nonce, box, sizeof box, opened);
}

static void every_team_key_opens_its_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t key_id[SEAL_KEY_ID_BYTES];
		seal_key_id(pairs[i].public, key_id);
		assert_memory_equal(key_id, job.copies[i].key_id, sizeof key_id);
		memset(opened, 0, sizeof opened);
		assert_true(open_with(&pairs[i], i));
		assert_memory_equal(opened, secret, sizeof secret);
	}
}

static void a_key_does_not_open_another_teams_copy(void **state)
{
	(void)state;
	assert_false(open_with(&pairs[0], 1));
}

static void a_box_belongs_to_its_finding(void **state)
{
	(void)state;
	id[3] ^= 1;
	assert_false(open_with(&pairs[0], 0));
}

static void a_changed_or_cut_box_does_not_open(void **state)
{
	(void)state;
	box[0] ^= 1;
	assert_false(open_with(&pairs[0], 0));
	box[0] ^= 1;
	assert_false(seal_open(pairs[0].public, pairs[0].private, job.copies[0].box, id, nonce, box, sizeof box - 1, opened));
	assert_false(seal_open(pairs[0].public, pairs[0].private, job.copies[0].box, id, nonce, box, SEAL_OVERHEAD_BYTES - 1, opened));
}

static void a_box_does_not_hold_the_secret_in_the_clear(void **state)
{
	(void)state;
	assert_null(memmem(box, sizeof box, "correct", 7));
}

static void no_key_is_made_of_a_weak_point(void **state)
{
	static const uint8_t zero[1][SEAL_PUBLIC_BYTES];
	struct seal_job refused;

	(void)state;
	assert_false(seal_job_start(&refused, zero, 1));
	assert_null(refused.copies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_team_key_opens_its_copy, sealed, wiped),
		cmocka_unit_test_setup_teardown(a_key_does_not_open_another_teams_copy, sealed, wiped),
		cmocka_unit_test_setup_teardown(a_box_belongs_to_its_finding, sealed, wiped),
		cmocka_unit_test_setup_teardown(a_changed_or_cut_box_does_not_open, sealed, wiped),
		cmocka_unit_test_setup_teardown(a_box_does_not_hold_the_secret_in_the_clear, sealed, wiped),
		cmocka_unit_test(no_key_is_made_of_a_weak_point),
	};

	if (sodium_init() < 0)
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
