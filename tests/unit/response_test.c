/* What fetch keeps of header blocks, honest and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/response.h"

/* Feeds the lines of text, each with its line end, as curl does. */
static bool feed(struct response *response, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		len += text[len] == '\n';
		if (!response_line(response, text, len))
			return false;
		text += len;
	}
	return true;
}

static void fields_are_kept(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(&response,
		"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: W/\"a b\"\r\n"
		"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCONTENT-ENCODING: GZip , deflate\r\ncontent-encoding: br\r\n"
		"Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\nRetry-After: 120\r\n\r\n"));
	assert_true(response.whole);
	assert_string_equal(response.content_type, "text/html; charset=utf-8");
	assert_string_equal(response.etag, "W/\"a b\"");
	assert_string_equal(response.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(response.coding_count, 3);
	assert_string_equal(response.codings[0], "gzip");
	assert_string_equal(response.codings[1], "deflate");
	assert_string_equal(response.codings[2], "br");
	assert_int_equal(response.set_cookie_count, 2);
	assert_string_equal(response.set_cookie[1], "b=2; Path=/");
	assert_true(response.has_retry_after);
	assert_int_equal(response.retry_after_s, 120);
	response_free(&response);
}

static void an_interim_answer_leaves_nothing(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(&response, "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\nSet-Cookie: early=1\r\nRetry-After: 5\r\n\r\n"));
	assert_false(response.whole);
	assert_true(feed(&response, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"));
	assert_true(response.whole);
	assert_null(response.etag);
	assert_int_equal(response.set_cookie_count, 0);
	assert_false(response.has_retry_after);
	response_free(&response);
}

static void trailers_change_nothing(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(&response,
		"HTTP/1.1 200 OK\r\nTrailer: ETag\r\n\r\nETag: \"late\"\r\nContent-Encoding: gzip\r\nTransfer-Encoding: gzip\r\n"));
	assert_null(response.etag);
	assert_int_equal(response.coding_count, 0);
	response_free(&response);
}

static void the_first_of_two_counts(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(&response, "HTTP/1.1 200 OK\r\nETag: \"one\"\r\nETag: \"two\"\r\n\r\n"));
	assert_string_equal(response.etag, "\"one\"");
	response_free(&response);
}

static void unclean_and_overlong_values_are_absent(void **state)
{
	(void)state;
	static char line[LIMIT_SET_COOKIE_BYTES + 64];
	struct response response = {0};
	assert_true(feed(&response, "HTTP/1.1 200 OK\r\nETag: \"a\x01z\"\r\nContent-Type: text/\xff\r\nSet-Cookie: a=\x1b[31m\r\n"
				    "Last-Modified:\r\nNo colon here\r\n: no name\r\n"));
	int len = snprintf(line, sizeof(line), "ETag: \"%0*d\"\r\n", LIMIT_VALIDATOR_BYTES, 0);
	assert_true(response_line(&response, line, (size_t)len));
	len = snprintf(line, sizeof(line), "Set-Cookie: a=%0*d\r\n", LIMIT_SET_COOKIE_BYTES, 0);
	assert_true(response_line(&response, line, (size_t)len));
	assert_null(response.etag);
	assert_null(response.content_type);
	assert_null(response.last_modified);
	assert_int_equal(response.set_cookie_count, 0);
	response_free(&response);
}

static void more_cookies_than_the_limit_are_dropped(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(&response, "HTTP/1.1 200 OK\r\n"));
	for (int i = 0; i < LIMIT_SET_COOKIES + 3; i++)
		assert_true(feed(&response, "Set-Cookie: a=1\r\n"));
	assert_int_equal(response.set_cookie_count, LIMIT_SET_COOKIES);
	response_free(&response);
}

static void codings_that_cannot_be_meant_end_it(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\n",
		"Content-Encoding: gzip; q=1\r\n",
		"Content-Encoding: a name far too long to be one coding of the registry\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"transfer-encoding: chunked, deflate\r\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct response response = {0};
		assert_true(feed(&response, "HTTP/1.1 200 OK\r\n"));
		assert_false(feed(&response, bad[i]));
		assert_non_null(response.fault);
		response_free(&response);
	}
}

static void plain_codings_pass(void **state)
{
	(void)state;
	struct response response = {0};
	assert_true(feed(
		&response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: identity\r\nContent-Encoding: ,, \r\n\r\n"));
	assert_int_equal(response.coding_count, 0);
	response_free(&response);
}

static void endless_headers_end_it(void **state)
{
	(void)state;
	struct response response = {0};
	int lines = 0;
	while (lines <= 2 * LIMIT_RESPONSE_LINES && feed(&response, "X-More: yes\r\n"))
		lines++;
	assert_int_equal(lines, LIMIT_RESPONSE_LINES);
	assert_non_null(response.fault);
	response_free(&response);
}

static void endless_interim_answers_end_it(void **state)
{
	(void)state;
	struct response response = {0};
	int answers = 0;
	while (answers <= LIMIT_RESPONSE_LINES && feed(&response, "HTTP/1.1 100 Continue\r\n\r\n"))
		answers++;
	assert_in_range(answers, 1, LIMIT_RESPONSE_LINES);
	response_free(&response);
}

static void huge_lines_end_it(void **state)
{
	(void)state;
	static char line[LIMIT_RESPONSE_HEADER_BYTES / 2];
	struct response response = {0};
	memset(line, 'a', sizeof(line));
	assert_true(response_line(&response, line, sizeof(line)));
	assert_true(response_line(&response, line, sizeof(line)));
	assert_false(response_line(&response, line, sizeof(line)));
	response_free(&response);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	enum { NOW = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT */
	static const struct {
		const char *text;
		int64_t seconds; /* -1: unreadable */
	} cases[] = {
		{"0", 0},
		{"120", 120},
		{" 7 ", 7},
		{"Sun, 06 Nov 1994 08:50:37 GMT", 60},
		{"Sunday, 06-Nov-94 08:50:37 GMT", 60},
		{"Sun Nov  6 08:50:37 1994", 60},
		{"Sun, 06 Nov 1994 08:49:00 GMT", 0},
		{"99999999999999999999999999", LIMIT_RETRY_AFTER_S},
		{"Fri, 31 Dec 9999 23:59:59 GMT", LIMIT_RETRY_AFTER_S},
		{"", -1},
		{"-1", -1},
		{"soon", -1},
		{"1.5", -1},
		{"12 apples and a very long tail that no date of any of the three forms could ever have", -1},
		{"Sun, 06 Nov 1994 08:50:37 GMT\x01", -1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t seconds = 0;
		bool read = retry_after_read(cases[i].text, strlen(cases[i].text), NOW, &seconds);
		if (read != (cases[i].seconds >= 0) || (read && seconds != cases[i].seconds))
			fail_msg("Retry-After \"%s\": %d, %u", cases[i].text, read, seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_kept),
		cmocka_unit_test(an_interim_answer_leaves_nothing),
		cmocka_unit_test(trailers_change_nothing),
		cmocka_unit_test(the_first_of_two_counts),
		cmocka_unit_test(unclean_and_overlong_values_are_absent),
		cmocka_unit_test(more_cookies_than_the_limit_are_dropped),
		cmocka_unit_test(codings_that_cannot_be_meant_end_it),
		cmocka_unit_test(plain_codings_pass),
		cmocka_unit_test(endless_headers_end_it),
		cmocka_unit_test(endless_interim_answers_end_it),
		cmocka_unit_test(huge_lines_end_it),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
