/* Cases: tests/url/urls.tsv, links.tsv and sessions.tsv. */
#include "crawl/session.h"
#include "crawl/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "limits/limits.h"
#include "shared/mem.h"

enum { LONGEST_LINE = 4096, COLUMNS = 3 };

static const char *const error_names[] = {
	[URL_OK] = "ok",
	[URL_TOO_LONG] = "too long",
	[URL_CONTROL] = "control",
	[URL_NO_SCHEME] = "no scheme",
	[URL_BAD_SCHEME] = "bad scheme",
	[URL_USERINFO] = "userinfo",
	[URL_BAD_HOST] = "bad host",
	[URL_BAD_PORT] = "bad port",
	[URL_NOT_CANONICAL] = "spelling",
};
static const char *const class_names[] = {
	[HOST_NAME] = "name",
	[HOST_ONION] = "onion",
	[HOST_ADDRESS] = "address",
	[HOST_PRIVATE] = "private",
	[HOST_LOOPBACK] = "loopback",
	[HOST_SINGLE_LABEL] = "single label",
	[HOST_LOCAL] = "local",
};

/* Undoes \xNN, \t and \\ in place; returns the length. */
static size_t unescape(char *text)
{
	size_t out = 0;

	for (size_t in = 0; text[in] != '\0'; in++) {
		if (text[in] != '\\') {
			text[out++] = text[in];
		} else if (text[++in] == 'x') {
			const char digits[] = {text[in + 1], text[in + 2], '\0'};

			text[out++] = (char)strtoul(digits, NULL, 16);
			in += 2;
		} else {
			text[out++] = text[in] == 't' ? '\t' : text[in];
		}
	}
	text[out] = '\0';
	return out;
}

/* Calls check for each line of a case file; returns how many there were. */
static unsigned each_case(const char *name, void (*check)(char *columns[COLUMNS]))
{
	char *path = xasprintf("%s/tests/url/%s", getenv("LEAKTRAWL_SOURCE"), name);
	FILE *file = fopen(path, "r");
	char line[LONGEST_LINE];
	unsigned count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		char *rest = line;
		char *columns[COLUMNS];

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		for (unsigned i = 0; i < COLUMNS; i++) {
			columns[i] = strsep(&rest, "\t");
			assert_non_null(columns[i]);
		}
		check(columns);
		count++;
	}
	(void)fclose(file);
	free(path);
	return count;
}

static void expect(enum url_error error, const struct url *url, const char *input, const char *expected)
{
	const char *got = error == URL_OK ? url->text : error_names[error];

	if (strcmp(got, expected) != 0)
		fail_msg("%s: expected %s, got %s", input, expected, got);
}

static void check_url(char *columns[COLUMNS])
{
	struct url url, again;
	char *shown = xstrdup(columns[0]);
	size_t len = unescape(columns[0]);
	enum url_error error = url_read(columns[0], len, &url);

	expect(error, &url, shown, columns[1]);
	if (error == URL_OK) {
		assert_string_equal(class_names[url.host_class], columns[2]);
		assert_int_equal(url_check(url.text, strlen(url.text), &again), URL_OK);
		assert_string_equal(again.text, url.text);
		assert_int_equal(again.host_class, url.host_class);
		assert_int_equal(again.port, url.port);
		assert_int_equal(url.text[url.path], '/');
		url_free(&again);
		error = url_check(columns[0], len, &again);
		assert_int_equal(error, strcmp(columns[0], url.text) == 0 ? URL_OK : URL_NOT_CANONICAL);
		url_free(&again);
	} else {
		assert_null(url.text);
	}
	url_free(&url);
	free(shown);
}

static void check_link(char *columns[COLUMNS])
{
	struct url base, url;

	assert_int_equal(url_read(columns[0], strlen(columns[0]), &base), URL_OK);
	expect(url_resolve(&base, columns[1], unescape(columns[1]), &url), &url, columns[1], columns[2]);
	url_free(&url);
	url_free(&base);
}

static void reads_every_listed_url(void **state)
{
	(void)state;
	assert_true(each_case("urls.tsv", check_url) > 100);
}

static void resolves_every_listed_link(void **state)
{
	(void)state;
	assert_true(each_case("links.tsv", check_link) > 20);
}

static void check_session(char *columns[COLUMNS])
{
	char *stripped = session_strip(columns[0]);
	const char *got = stripped != NULL ? stripped : "same";
	struct url url;

	if (strcmp(got, columns[1]) != 0)
		fail_msg("%s: expected %s, got %s", columns[0], columns[1], got);
	assert_int_equal(url_read(columns[0], strlen(columns[0]), &url), URL_OK);
	assert_string_equal(url.text, columns[0]);
	url_free(&url);
	free(stripped);
}

static void takes_session_ids_out_of_links_and_nothing_else(void **state)
{
	(void)state;
	assert_true(each_case("sessions.tsv", check_session) > 20);
}

static void refuses_what_is_too_long(void **state)
{
	static const char start[] = "http://leaks.example/";
	size_t len = LIMIT_URL_BYTES;
	char *text = xmalloc(len + 1);
	struct url url;

	(void)state;
	memset(text, 'a', len + 1);
	memcpy(text, start, sizeof start - 1);
	assert_int_equal(url_read(text, len, &url), URL_OK);
	url_free(&url);
	assert_int_equal(url_read(text, len + 1, &url), URL_TOO_LONG);
	text[len - 1] = ' '; /* grows when it is encoded */
	assert_int_equal(url_read(text, len, &url), URL_TOO_LONG);
	free(text);
}

static void follows_public_names_and_onions_only(void **state)
{
	static const bool may[] = {[HOST_NAME] = true, [HOST_ONION] = true, [HOST_LOCAL] = false};

	(void)state;
	for (size_t i = 0; i < sizeof may / sizeof may[0]; i++)
		assert_int_equal(url_may_follow(&(struct url){.host_class = (enum host_class)i}), may[i]);
}

static void knows_what_is_below_a_domain(void **state)
{
	(void)state;
	assert_true(host_within("royal-post.example", "royal-post.example"));
	assert_true(host_within("a.b.royal-post.example", "royal-post.example"));
	assert_false(host_within("evil-royal-post.example", "royal-post.example"));
	assert_false(host_within("post.example", "royal-post.example"));
	assert_false(host_within("royal-post.example.evil.example", "royal-post.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_listed_url),
		cmocka_unit_test(resolves_every_listed_link),
		cmocka_unit_test(takes_session_ids_out_of_links_and_nothing_else),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(follows_public_names_and_onions_only),
		cmocka_unit_test(knows_what_is_below_a_domain),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
