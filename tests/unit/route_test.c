/* What a route lets through, and what its verdicts call the proxy's replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/address.h"
#include "fetch/route.h"
#include "fetch/target.h"
#include "fetch/verdict.h"

static void public_and_other_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *literal;
		bool public;
	} cases[] = {
		{"198.17.255.255", true},
		{"8.8.8.8", true},
		{"2606:4700::1111", true},
		{"0.0.0.0", false},
		{"10.1.2.3", false},
		{"100.64.0.1", false},
		{"127.0.0.1", false},
		{"169.254.169.254", false},
		{"172.31.255.255", false},
		{"192.168.0.1", false},
		{"224.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"64:ff9b::10.0.0.1", false},
		{"2002:7f00:1::", false},
		{"fc00::1", false},
		{"fe80::1", false},
		{"ff02::1", false},
		{"2001:db8::1", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union address address;
		assert_true(address_parse(&address, cases[i].literal, 80));
		if (address_public(&address) != cases[i].public)
			fail_msg("%s is%s public", cases[i].literal, cases[i].public ? " not" : "");
	}
}

static void only_literals_are_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "localhost", "127.1", "0x7f.0.0.1", "[::1]", "127.0.0.1:80", "fe80::1%lo", "1.2.3.4 "};
	union address address;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (address_parse(&address, bad[i], 80))
			fail_msg("\"%s\" was read as an address", bad[i]);
}

static void targets_nobody_may_name(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"leaks.example",
		"ftp://leaks.example/",
		"file:///etc/passwd",
		"gopher://leaks.example/",
		"http://user@leaks.example/",
		"http://127.0.0.1/",
		"http://2130706433/",
		"http://[::1]/",
		"http://[::ffff:7f00:1]/",
		"http://93.184.216.34/",
		"http://localhost/",
		"http://www.localhost/",
		"http://intranet/",
		"http://printer.local/",
		"http://leaks.example:0/",
		"http://leaks.example:65536/",
		"http://leaks.example/a b",
		"http://leaks.example/\r\nX: y",
		"http://LEAKS.example/",
		"http://leaks.example#@127.0.0.1/",
		"http://leaks.example\\@127.0.0.1/",
	};
	char loopback[] = "127.0.0.1:8080", *allowed[] = {loopback};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct target target;
		const char *why = target_read(&target, bad[i], allowed, 1);
		if (why == NULL)
			fail_msg("\"%s\" was let through", bad[i]);
		assert_null(target.url.text);
	}
}

static void a_start_names_its_own_host_and_port(void **state)
{
	(void)state;
	char four[] = "127.0.0.1:8080", six[] = "[::1]:443", single[] = "intranet:80", *allowed[] = {four, six, single};
	static const char *const good[] = {"http://127.0.0.1:8080/a", "https://[::1]/", "http://intranet/", "http://leaks.example/"};
	static const char *const bad[] = {"http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "https://intranet/", "http://[::1]/"};
	struct target target;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_null(target_read(&target, good[i], allowed, 3));
		assert_int_equal(target.named, i < 3);
		target_free(&target);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(target_read(&target, bad[i], allowed, 3));
}

static Lt__FetchSetup setup_of(Lt__ProxyScheme scheme, char *address, uint32_t port)
{
	Lt__FetchSetup setup = LT__FETCH_SETUP__INIT;
	setup.scheme = scheme;
	setup.proxy_address = address;
	setup.has_proxy_port = true;
	setup.proxy_port = port;
	return setup;
}

static void a_proxy_is_a_literal(void **state)
{
	(void)state;
	char six[] = "::1", four[] = "127.0.0.1", name[] = "localhost";
	struct route route;
	Lt__FetchSetup good = setup_of(LT__PROXY_SCHEME__PROXY_SOCKS5, six, 9050);
	assert_null(route_from_setup(&route, &good));
	assert_string_equal(route.proxy_url, "socks5h://[::1]:9050");
	route_free(&route);
	Lt__FetchSetup bad[] = {
		setup_of(LT__PROXY_SCHEME__PROXY_SOCKS5H, name, 9050),
		setup_of(LT__PROXY_SCHEME__PROXY_SOCKS5H, NULL, 9050),
		setup_of(LT__PROXY_SCHEME__PROXY_HTTP, four, 0),
		setup_of(LT__PROXY_SCHEME__PROXY_HTTP, four, 65536),
		setup_of(LT__PROXY_SCHEME__PROXY_NONE, four, 9050),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(route_from_setup(&route, &bad[i]));
		route_free(&route);
	}
}

static void an_onion_service_never_goes_direct(void **state)
{
	(void)state;
	struct target onion;
	assert_null(target_read(&onion, "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/", NULL, 0));
	struct route direct = {.kind = ROUTE_DIRECT}, pinned = {.kind = ROUTE_PINNED}, tor = {.kind = ROUTE_SOCKS};
	assert_non_null(route_objects(&direct, &onion));
	assert_non_null(route_objects(&pinned, &onion));
	assert_null(route_objects(&tor, &onion));
	target_free(&onion);
}

static void the_reply_of_socks_is_read_from_the_end(void **state)
{
	(void)state;
	assert_int_equal(socks_code_read("Can't complete SOCKS5 connection to leaks.example. (4)"), 4);
	assert_int_equal(socks_code_read("cannot complete SOCKS5 connection to a(9).example. (240)"), 240);
	static const char *const none[] = {"", "(", "()", "( 4)", "(-1)", "(4", "(4).", "(256)", "(99999999999999999999)", "4)", "(0x4)"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (socks_code_read(none[i]) != -1)
			fail_msg("\"%s\" was read as a reply", none[i]);
}

static Lt__FetchOutcome outcome_of(const char *text, bool onion)
{
	struct ending ending = {.code = CURLE_PROXY, .text = text, .proxied = true, .onion = onion};
	return verdict_of(&ending).outcome;
}

static void replies_of_tor_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		Lt__FetchOutcome onion, other;
	} cases[] = {
		{"x (240)", LT__FETCH_OUTCOME__FETCH_ONION_GONE, LT__FETCH_OUTCOME__FETCH_ONION_GONE},
		{"x (241)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE},
		{"x (242)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE},
		{"x (243)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE},
		{"x (244)", LT__FETCH_OUTCOME__FETCH_ONION_AUTH, LT__FETCH_OUTCOME__FETCH_ONION_AUTH},
		{"x (245)", LT__FETCH_OUTCOME__FETCH_ONION_AUTH, LT__FETCH_OUTCOME__FETCH_ONION_AUTH},
		{"x (246)", LT__FETCH_OUTCOME__FETCH_ONION_BAD, LT__FETCH_OUTCOME__FETCH_ONION_BAD},
		{"x (247)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE},
		{"x (1)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_CONNECT},
		{"x (2)", LT__FETCH_OUTCOME__FETCH_PROXY_REFUSED, LT__FETCH_OUTCOME__FETCH_PROXY_REFUSED},
		{"x (3)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_CONNECT},
		{"x (4)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_DNS},
		{"x (5)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_CONNECT},
		{"x (6)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_TIMEOUT},
		{"x (7)", LT__FETCH_OUTCOME__FETCH_PROXY_REFUSED, LT__FETCH_OUTCOME__FETCH_PROXY_REFUSED},
		{"x (200)", LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE, LT__FETCH_OUTCOME__FETCH_CONNECT},
		{"connection to proxy closed", LT__FETCH_OUTCOME__FETCH_PROXY_DOWN, LT__FETCH_OUTCOME__FETCH_PROXY_DOWN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (outcome_of(cases[i].text, true) != cases[i].onion || outcome_of(cases[i].text, false) != cases[i].other)
			fail_msg("\"%s\": %d, %d", cases[i].text, outcome_of(cases[i].text, true), outcome_of(cases[i].text, false));
}

static void a_304_nobody_asked_for_is_no_answer(void **state)
{
	(void)state;
	struct ending ending = {.code = CURLE_OK, .text = "", .status = 304, .answered = true};
	assert_int_equal(verdict_of(&ending).outcome, LT__FETCH_OUTCOME__FETCH_PROTOCOL);
	ending.conditional = true;
	assert_int_equal(verdict_of(&ending).outcome, LT__FETCH_OUTCOME__FETCH_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_and_other_addresses),
		cmocka_unit_test(only_literals_are_addresses),
		cmocka_unit_test(targets_nobody_may_name),
		cmocka_unit_test(a_start_names_its_own_host_and_port),
		cmocka_unit_test(a_proxy_is_a_literal),
		cmocka_unit_test(an_onion_service_never_goes_direct),
		cmocka_unit_test(the_reply_of_socks_is_read_from_the_end),
		cmocka_unit_test(replies_of_tor_are_told_apart),
		cmocka_unit_test(a_304_nobody_asked_for_is_no_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
