/* The libraries of an inspector at work behind its walls: what they need of the kernel stays allowed. */
#include "config.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <hs.h>
#include <jansson.h>
#include <libxml/HTMLparser.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sodium.h>

#include "sandbox/sandbox.h"

enum { CONTENT_BYTES = 256 * 1024, CONTAINER_BYTES = 512 * 1024, NOT_NARROWED = 250, SEEN_BYTES = 256 };

/* Runs work in a child behind an inspector's walls; prepared is what it loaded before. */
static int behind(int (*work)(void *prepared), void *prepared)
{
	static const struct sandbox_plan plan = {.profile = SANDBOX_INSPECT};
	pid_t child = fork();
	int status;

	if (child == 0) {
		const char *failure = sandbox_enter(&plan);

		if (failure != NULL) {
			fprintf(stderr, "# %s\n", failure);
			_exit(NOT_NARROWED);
		}
		_exit(work(prepared));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		fail_msg("killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* ---- containers ------------------------------------------------------------------------------------ */

struct container {
	const char *name;
	int (*format)(struct archive *archive);
	int (*filter)(struct archive *archive);
	const char *options;
};

static int no_filter(struct archive *archive)
{
	(void)archive;
	return ARCHIVE_OK;
}

static const struct container containers[] = {
	{"zip", archive_write_set_format_zip, no_filter, NULL},
	{"zip, encrypted", archive_write_set_format_zip, no_filter, "zip:encryption=aes256"},
	{"7z, lzma2", archive_write_set_format_7zip, no_filter, "7zip:compression=lzma2"},
	{"7z, ppmd", archive_write_set_format_7zip, no_filter, "7zip:compression=ppmd"},
	{"7z, bzip2", archive_write_set_format_7zip, no_filter, "7zip:compression=bzip2"},
	{"tar.gz", archive_write_set_format_pax, archive_write_add_filter_gzip, NULL},
	{"tar.bz2", archive_write_set_format_pax, archive_write_add_filter_bzip2, NULL},
	{"tar.xz", archive_write_set_format_pax, archive_write_add_filter_xz, NULL},
	{"tar.lzma", archive_write_set_format_pax, archive_write_add_filter_lzma, NULL},
	{"tar.zst", archive_write_set_format_pax, archive_write_add_filter_zstd, NULL},
	{"tar.lz4", archive_write_set_format_pax, archive_write_add_filter_lz4, NULL},
};

struct bytes {
	uint8_t *data;
	size_t len;
};

static uint8_t *content(void)
{
	uint8_t *data = malloc(CONTENT_BYTES);
	uint32_t state = 1;

	for (size_t i = 0; i < CONTENT_BYTES; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (uint8_t)('a' + (state >> 28));
	}
	return data;
}

static struct bytes pack(const struct container *container)
{
	struct bytes packed = {malloc(CONTAINER_BYTES), 0};
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	uint8_t *data = content();

	assert_int_equal(container->format(archive), ARCHIVE_OK);
	assert_int_equal(container->filter(archive), ARCHIVE_OK);
	if (container->options != NULL)
		assert_int_equal(archive_write_set_options(archive, container->options), ARCHIVE_OK);
	archive_write_set_passphrase(archive, "infected");
	assert_int_equal(archive_write_open_memory(archive, packed.data, CONTAINER_BYTES, &packed.len), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "PC-7/Passwords.txt");
	archive_entry_set_mtime(entry, 1700000000, 0);
	archive_entry_set_size(entry, CONTENT_BYTES);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, data, CONTENT_BYTES), CONTENT_BYTES);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	free(data);
	return packed;
}

static struct archive *reader(void)
{
	struct archive *archive = archive_read_new();

	archive_read_support_format_zip(archive);
	archive_read_support_format_7zip(archive);
	archive_read_support_format_tar(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_add_passphrase(archive, "infected");
	return archive;
}

static int unpack(void *prepared)
{
	static uint8_t got[CONTENT_BYTES];
	const struct bytes *packed = prepared;
	struct archive *archive = reader();
	struct archive_entry *entry;
	uint8_t *data;
	bool same;

	if (archive_read_open_memory(archive, packed->data, packed->len) != ARCHIVE_OK)
		return 1;
	if (archive_read_next_header(archive, &entry) != ARCHIVE_OK || archive_entry_mtime(entry) == 0)
		return 2;
	if (archive_read_data(archive, got, CONTENT_BYTES) != CONTENT_BYTES)
		return 3;
	data = content();
	same = memcmp(data, got, CONTENT_BYTES) == 0;
	free(data);
	return same ? 0 : 4;
}

static void libarchive_opens_every_container(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
		struct bytes packed = pack(&containers[i]);
		int result = behind(unpack, &packed);

		free(packed.data);
		if (result != 0)
			fail_msg("%s: step %d", containers[i].name, result);
	}
}

/* ---- patterns -------------------------------------------------------------------------------------- */

struct pattern {
	pcre2_code *code;
	hs_database_t *database;
	hs_scratch_t *scratch;
};

static int match_rule(void *prepared)
{
	const struct pattern *pattern = prepared;
	static const char text[] = "jdoe@royal-post.example:Winter2024!";
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_jit_stack *stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, NULL);

	if (match == NULL || context == NULL || stack == NULL)
		return 1;
	pcre2_jit_stack_assign(context, NULL, stack);
	return pcre2_jit_match(pattern->code, (PCRE2_SPTR)text, sizeof text - 1, 0, 0, match, context) == 3 ? 0 : 2;
}

static void pcre2_matches_with_code_compiled_before(void **state)
{
	struct pattern pattern = {0};
	size_t size = 0;
	size_t offset;
	int error;

	(void)state;
	pattern.code =
		pcre2_compile((PCRE2_SPTR) "([a-z]{1,64}@[a-z.-]{1,253}):(\\S{1,256})", PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);
	assert_non_null(pattern.code);
	assert_int_equal(pcre2_jit_compile(pattern.code, PCRE2_JIT_COMPLETE), 0);
	assert_int_equal(pcre2_pattern_info(pattern.code, PCRE2_INFO_JITSIZE, &size), 0);
	assert_true(size > 0);
	assert_int_equal(behind(match_rule, &pattern), 0);
	pcre2_code_free(pattern.code);
}

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(int *)context;
	return 0;
}

static int sieve(void *prepared)
{
	const struct pattern *pattern = prepared;
	uint8_t *data = content();
	int hits = 0;

	memcpy(data + CONTENT_BYTES / 2, "royal-post.example", 18);
	if (hs_scan(pattern->database, (const char *)data, CONTENT_BYTES, 0, pattern->scratch, count_hit, &hits) != HS_SUCCESS)
		return 1;
	return hits == 1 ? 0 : 2;
}

static void libhs_scans_with_a_database_compiled_before(void **state)
{
	static const char *const names[] = {"royal-post.example", "royal-mail.example"};
	static const unsigned flags[] = {HS_FLAG_CASELESS, HS_FLAG_CASELESS};
	static const unsigned ids[] = {1, 2};
	static const size_t lengths[] = {18, 18};
	struct pattern pattern = {0};
	hs_compile_error_t *error;

	(void)state;
	assert_int_equal(hs_compile_lit_multi(names, flags, ids, lengths, 2, HS_MODE_BLOCK, NULL, &pattern.database, &error), HS_SUCCESS);
	assert_int_equal(hs_alloc_scratch(pattern.database, &pattern.scratch), HS_SUCCESS);
	assert_int_equal(behind(sieve, &pattern), 0);
	hs_free_scratch(pattern.scratch);
	hs_free_database(pattern.database);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

static void take_text(void *context, const xmlChar *text, int len)
{
	char *seen = context;
	size_t had = strlen(seen);

	snprintf(seen + had, SEEN_BYTES - had, "%.*s", len, (const char *)text);
}

static int parse_page(void *unused)
{
	static const char page[] =
		"<html><meta charset=windows-1251><body><p>jdoe&#64;royal-post.example:<b>\xcf\xe0\xf0\xee\xeb\xfc</b></body>";
	char seen[SEEN_BYTES] = "";
	htmlSAXHandler handler = {.characters = take_text};
	htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, seen, NULL, 0, NULL, XML_CHAR_ENCODING_NONE);

	(void)unused;
	if (parser == NULL)
		return 1;
	htmlParseChunk(parser, page, sizeof page - 1, 0);
	htmlParseChunk(parser, page, 0, 1);
	return strcmp(seen, "jdoe@royal-post.example:\xd0\x9f\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c") == 0 ? 0 : 2;
}

static void libxml2_reads_a_page_in_an_old_charset(void **state)
{
	(void)state;
	xmlInitParser();
	assert_int_equal(behind(parse_page, NULL), 0);
}

static int parse_json(void *unused)
{
	json_t *root = json_loads("[{\"name\":\"sid\",\"value\":\"s\\u00e9\",\"expirationDate\":1767225600.5}]", 0, NULL);

	(void)unused;
	return root != NULL && json_array_size(root) == 1 ? 0 : 1;
}

static void jansson_parses(void **state)
{
	(void)state;
	assert_int_equal(behind(parse_json, NULL), 0);
}

static int convert(void *prepared)
{
	iconv_t *charset = prepared;
	char in[] = {'\x82', '\xa0'};
	char out[8] = {0};
	char *from = in;
	char *to = out;
	size_t from_left = sizeof in;
	size_t to_left = sizeof out;

	return iconv(*charset, &from, &from_left, &to, &to_left) == 0 && strcmp(out, "\xe3\x81\x82") == 0 ? 0 : 1;
}

static void a_charset_opened_before_goes_on_converting(void **state)
{
	iconv_t charset = iconv_open("UTF-8", "SHIFT_JIS");

	(void)state;
	assert_int_not_equal((intptr_t)charset, -1);
	assert_int_equal(behind(convert, &charset), 0);
	iconv_close(charset);
}

/* ---- sealing --------------------------------------------------------------------------------------- */

static int seal(void *unused)
{
	unsigned char public_key[crypto_box_PUBLICKEYBYTES], secret_key[crypto_box_SECRETKEYBYTES];
	unsigned char key[32], box[32 + crypto_box_SEALBYTES], opened[32], hash[20];

	(void)unused;
	crypto_box_keypair(public_key, secret_key);
	randombytes_buf(key, sizeof key);
	if (crypto_generichash(hash, sizeof hash, key, sizeof key, key, sizeof key) != 0)
		return 1;
	if (crypto_box_seal(box, key, sizeof key, public_key) != 0)
		return 2;
	if (crypto_box_seal_open(opened, box, sizeof box, public_key, secret_key) != 0 || memcmp(opened, key, sizeof key) != 0)
		return 3;
	return 0;
}

static void libsodium_seals(void **state)
{
	(void)state;
	assert_true(sodium_init() >= 0);
	assert_int_equal(behind(seal, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libarchive_opens_every_container),
		cmocka_unit_test(pcre2_matches_with_code_compiled_before),
		cmocka_unit_test(libhs_scans_with_a_database_compiled_before),
		cmocka_unit_test(libxml2_reads_a_page_in_an_old_charset),
		cmocka_unit_test(jansson_parses),
		cmocka_unit_test(a_charset_opened_before_goes_on_converting),
		cmocka_unit_test(libsodium_seals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
