/* What Tor's control port says, and what somebody else might say in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/circuits.h"
#include "control/replies.h"
#include "limits/limits.h"

#define RELAY "$6A2CEFDE0D4F4B9D0C8C11D5C9D3F0E47C1D5A11~"

static char heard[4096];

static void hear(const char *kind, const char *text)
{
	size_t len = strlen(heard);

	snprintf(heard + len, sizeof heard - len, "%s<%.40s>", kind, text);
}

static void on_answer(unsigned code, bool last, const char *text, void *context)
{
	char kind[16];

	(void)context;
	snprintf(kind, sizeof kind, "%u%c", code, last ? '.' : '-');
	hear(kind, text);
}

static void on_data(const char *text, void *context)
{
	(void)context;
	hear("data", text);
}

static void on_event(const char *text, void *context)
{
	(void)context;
	hear("event", text);
}

static void on_seen(uint16_t port, const char *circuit, void *context)
{
	char kind[16];

	(void)context;
	snprintf(kind, sizeof kind, "%u", port);
	hear(kind, circuit);
}

/* Fed whole, and byte by byte: the same. */
static bool feed(const char *bytes, size_t len)
{
	struct replies replies = {.answer = on_answer, .data = on_data, .event = on_event};
	char whole[sizeof heard];
	bool good, small = true;

	heard[0] = '\0';
	replies_init(&replies);
	good = replies_feed(&replies, bytes, len);
	replies_free(&replies);
	memcpy(whole, heard, sizeof heard);
	heard[0] = '\0';
	replies_init(&replies);
	for (size_t i = 0; i < len && small; i++)
		small = replies_feed(&replies, bytes + i, 1);
	replies_free(&replies);
	assert_int_equal(good, small);
	assert_string_equal(whole, heard);
	return good;
}

static void test_replies(void **state)
{
	static const struct {
		const char *bytes, *heard; /* NULL: refused */
	} rows[] = {
		{"250 OK\r\n", "250.<OK>"},
		{"250-a=b\r\n250 OK\r\n", "250-<a=b>250.<OK>"},
		{"250+a=\r\none\r\n..two\r\n.\r\n250 OK\r\n", "250-<a=>data<one>data<.two>250.<OK>"},
		{"515 Bad authentication\r\n", "515.<Bad authentication>"},
		{"650 CIRC 1 BUILT\r\n250 OK\r\n", "event<CIRC 1 BUILT>250.<OK>"},
		{"650+NS\r\n250 OK\r\n.\r\n250 OK\r\n", "250.<OK>"},
		{"250 OK\n", "250.<OK>"},
		{"250 OK", ""},
		{"", ""},
		{"HTTP/1.1 400 Bad Request\r\n", NULL},
		{"SSH-2.0-OpenSSH_9.2\r\n", NULL},
		{"\r\n", NULL},
		{"25\r\n", NULL},
		{"250\r\n", NULL},
		{"250OK\r\n", NULL},
		{"25x OK\r\n", NULL},
		{"250 OK\r\nhello\r\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool good = feed(rows[i].bytes, strlen(rows[i].bytes));

		if (good != (rows[i].heard != NULL) || (good && strcmp(heard, rows[i].heard) != 0))
			fail_msg("%s: %s", rows[i].bytes, heard);
	}
	assert_false(feed("250 O\0K\r\n", 9));
}

static void test_a_line_without_end_is_cut(void **state)
{
	size_t len = 2 * LIMIT_CONTROL_LINE_BYTES;
	char *bytes = malloc(len + 16);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', len);
	memcpy(bytes, "250 ", 4);
	memcpy(bytes + len, "\r\n250 OK\r\n", 10);
	assert_true(feed(bytes, len + 10));
	assert_non_null(strstr(heard, "250.<OK>"));
	free(bytes);
}

static void test_circuits(void **state)
{
	static const struct {
		const char *events; /* ended by | */
		const char *heard;
	} rows[] = {
		{"CIRC 7 BUILT " RELAY "a," RELAY "b BUILD_FLAGS=NEED_CAPACITY PURPOSE=GENERAL|"
		 "STREAM 5 NEW 0 leaks.example:80 SOURCE_ADDR=127.0.0.1:48924 PURPOSE=USER|"
		 "STREAM 5 SENTCONNECT 7 leaks.example:80|",
			"48924<7 " RELAY "b"},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=[::1]:9 PURPOSE=USER|STREAM 5 SUCCEEDED 8 a.example:80|", "9<8>"},
		/* another stream's end, no circuit yet, a stream that is over */
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM 6 SUCCEEDED 8 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM 5 SENTRESOLVE 0 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM 5 SUCCEEDED 0 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM 5 CLOSED 8 a.example:80 REASON=END|", ""},
		/* numbers that are none, ports that are none */
		{"STREAM x NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM x SUCCEEDED 8 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:99999|STREAM 5 SUCCEEDED 8 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 PURPOSE=USER|STREAM 5 SUCCEEDED 8 a.example:80|", ""},
		{"STREAM 5 NEW 0 a.example:80 SOURCE_ADDR=127.0.0.1:9|STREAM 5 SUCCEEDED 99999999999999999999 a:80|", ""},
		/* the number of a circuit whose place another took, or whose path is no relay's */
		{"CIRC 7 BUILT " RELAY "a|CIRC 1031 BUILT " RELAY "b|STREAM 5 NEW 0 a:80 SOURCE_ADDR=127.0.0.1:9|"
		 "STREAM 5 SUCCEEDED 7 a:80|",
			"9<7>"},
		{"CIRC 7 BUILT $\x1b[31m~a|STREAM 5 NEW 0 a:80 SOURCE_ADDR=127.0.0.1:9|STREAM 5 SUCCEEDED 7 a:80|", "9<7>"},
		{"CIRC|CIRC 7|CIRC 7 BUILT|STREAM|STREAM 5|STREAM 5 NEW||BW 1 2|", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct circuits *circuits = calloc(1, sizeof *circuits);
		char *events = strdup(rows[i].events);

		assert_non_null(circuits);
		circuits->seen = on_seen;
		heard[0] = '\0';
		for (char *event = events, *end; (end = strchr(event, '|')) != NULL; event = end + 1) {
			*end = '\0';
			circuits_event(circuits, event);
		}
		if (strncmp(heard, rows[i].heard, strlen(rows[i].heard) < 40 ? strlen(rows[i].heard) : 40) != 0 ||
			(rows[i].heard[0] == '\0' && heard[0] != '\0'))
			fail_msg("%s: %s", rows[i].events, heard);
		free(events);
		free(circuits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_a_line_without_end_is_cut),
		cmocka_unit_test(test_circuits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
