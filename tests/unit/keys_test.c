#include "config/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/log.h"
#include "shared/mem.h"

static const char GOOD_LINE[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

static char *folder;
static char *path;
static char said[1024];

static void hear(enum log_level level, const char *text, void *context)
{
	(void)level;
	(void)context;
	(void)snprintf(said, sizeof said, "%s", text);
}

static int make_folder(void **state)
{
	(void)state;
	folder = xstrdup("/tmp/leaktrawl-keys-XXXXXX");
	assert_non_null(mkdtemp(folder));
	path = xasprintf("%s/key", folder);
	log_redirect(hear, NULL);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)rmdir(folder);
	free(folder);
	free(path);
	return 0;
}

static int start(void **state)
{
	(void)state;
	(void)unlink(path);
	said[0] = '\0';
	return 0;
}

static void put(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void expect_refused(enum key_kind kind, const char *reason)
{
	uint8_t key[KEY_BYTES];

	said[0] = '\0';
	assert_false(key_read(path, kind, key));
	if (strstr(said, reason) == NULL || strstr(said, path) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", said, reason);
	assert_null(strstr(said, GOOD_LINE));
}

static void reads_what_it_wrote(void **state)
{
	static const mode_t modes[] = {[KEY_FINGERPRINT] = 0600, [KEY_TEAM_PUBLIC] = 0644, [KEY_TEAM_PRIVATE] = 0600};
	uint8_t key[KEY_BYTES], again[KEY_BYTES];

	(void)state;
	for (int kind = KEY_FINGERPRINT; kind <= KEY_TEAM_PRIVATE; kind++) {
		struct stat status;

		memset(key, 7 + kind, sizeof key);
		assert_true(key_write(path, (enum key_kind)kind, key));
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_mode & 0777, modes[kind]);
		assert_true(key_read(path, (enum key_kind)kind, again));
		assert_memory_equal(key, again, sizeof key);
		assert_int_equal(key_is_private(path), kind == KEY_TEAM_PRIVATE);
		assert_int_equal(unlink(path), 0);
	}
}

static void overwrites_nothing(void **state)
{
	uint8_t key[KEY_BYTES] = {1}, again[KEY_BYTES];

	(void)state;
	assert_true(key_write(path, KEY_FINGERPRINT, key));
	key[0] = 2;
	assert_false(key_write(path, KEY_FINGERPRINT, key));
	assert_true(key_read(path, KEY_FINGERPRINT, again));
	assert_int_equal(again[0], 1);
}

static void refuses_one_kind_for_another(void **state)
{
	const uint8_t key[KEY_BYTES] = {1};

	(void)state;
	for (int written = KEY_FINGERPRINT; written <= KEY_TEAM_PRIVATE; written++) {
		assert_true(key_write(path, (enum key_kind)written, key));
		for (int wanted = KEY_FINGERPRINT; wanted <= KEY_TEAM_PRIVATE; wanted++)
			if (wanted != written)
				expect_refused((enum key_kind)wanted,
					written == KEY_TEAM_PUBLIC && wanted != KEY_TEAM_PUBLIC ? "chmod 600" : "belongs here");
		assert_int_equal(unlink(path), 0);
	}
}

static void refuses_what_is_no_key(void **state)
{
	static const char *const cases[][2] = {
		{"", "no key file"},
		{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "no key file"},
		{"-----BEGIN PRIVATE KEY-----\n", "no key file"},
		{"leaktrawl fingerprint key", "damaged"},
		{"leaktrawl fingerprint key\n", "damaged"},
		{"leaktrawl fingerprint key\n\n", "damaged"},
		{"leaktrawl fingerprint key\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", "damaged"},
		{"leaktrawl fingerprint key\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n", "damaged"},
		{"leaktrawl fingerprint key\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=trailing\n", "damaged"},
		{"leaktrawl fingerprint key \nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "no key file"},
		{"leaktrawl fingerprint keys\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", "no key file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put(cases[i][0], 0600);
		expect_refused(KEY_FINGERPRINT, cases[i][1]);
	}
}

static void reads_a_key_that_an_editor_touched(void **state)
{
	uint8_t key[KEY_BYTES];

	(void)state;
	put("leaktrawl fingerprint key\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n\n", 0600);
	assert_true(key_read(path, KEY_FINGERPRINT, key));
	assert_int_equal(key[31], 31);
}

static void refuses_a_secret_key_that_others_can_read(void **state)
{
	char *text = xasprintf("leaktrawl team private key\n%s\n", GOOD_LINE);
	static const mode_t modes[] = {0640, 0604, 0660, 0644};

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		put(text, modes[i]);
		expect_refused(KEY_TEAM_PRIVATE, "by others: chmod");
	}
	free(text);
}

static void refuses_a_public_key_that_others_can_change(void **state)
{
	char *text = xasprintf("leaktrawl team public key\n%s\n", GOOD_LINE);
	uint8_t key[KEY_BYTES];

	(void)state;
	put(text, 0664);
	expect_refused(KEY_TEAM_PUBLIC, "can be written by others: chmod go-w");
	put(text, 0644);
	assert_true(key_read(path, KEY_TEAM_PUBLIC, key));
	free(text);
}

static void refuses_a_missing_or_strange_file(void **state)
{
	(void)state;
	expect_refused(KEY_FINGERPRINT, "No such file");
	assert_int_equal(mkdir(path, 0700), 0);
	expect_refused(KEY_FINGERPRINT, "is not a regular file");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused(KEY_FINGERPRINT, "is not a regular file");
}

static void refuses_an_index_without_keys(void **state)
{
	struct config config = {.path = path};
	uint8_t fingerprint[KEY_BYTES], team[1][KEY_BYTES];

	(void)state;
	assert_false(keys_for_index(&config, fingerprint, team));
	assert_non_null(strstr(said, "needs keys"));
}

static void reads_a_hooks_secret_without_its_line_feed(void **state)
{
	uint8_t *secret;
	size_t len;

	(void)state;
	put("s3cret with blanks \r\n", 0600);
	assert_true(keys_hook_secret(path, &secret, &len));
	assert_int_equal(len, strlen("s3cret with blanks "));
	assert_memory_equal(secret, "s3cret with blanks ", len);
	free(secret);
	put("\n", 0600);
	assert_false(keys_hook_secret(path, &secret, &len));
	assert_non_null(strstr(said, "is empty"));
	put("s3cret", 0644);
	assert_false(keys_hook_secret(path, &secret, &len));
	assert_null(strstr(said, "s3cret"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_what_it_wrote, start),
		cmocka_unit_test_setup(overwrites_nothing, start),
		cmocka_unit_test_setup(refuses_one_kind_for_another, start),
		cmocka_unit_test_setup(refuses_what_is_no_key, start),
		cmocka_unit_test_setup(reads_a_key_that_an_editor_touched, start),
		cmocka_unit_test_setup(refuses_a_secret_key_that_others_can_read, start),
		cmocka_unit_test_setup(refuses_a_public_key_that_others_can_change, start),
		cmocka_unit_test_setup_teardown(refuses_a_missing_or_strange_file, start, start),
		cmocka_unit_test_setup(refuses_an_index_without_keys, start),
		cmocka_unit_test_setup_teardown(reads_a_hooks_secret_without_its_line_feed, start, start),
	};

	return cmocka_run_group_tests_name("keys", tests, make_folder, remove_folder);
}
