/* data/keys.yml, data/cookies.yml and data/services.yml: every example and near miss, and the readers of times and tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/keys.h"
#include "inspect/records/times.h"
#include "inspect/rules/cookies.h"
#include "inspect/rules/services.h"
#include "tests/unit/data_support.h"

static struct keys *keys;
static struct cookies *cookies;
static struct services *services;
static struct faults faults;

/* ---- keys ------------------------------------------------------------------------------------- */

static enum key_role role_named(const struct yaml *node)
{
	static const char *const names[KEY_ROLES] = {"none", "software", "profile", "host", "port", "user", "email", "password", "hash",
		"salt", "cookies", "cookie_name", "cookie_value", "cookie_domain", "cookie_path", "cookie_expires", "cookie_http_only",
		"cookie_secure", "token", "pair", "skip", "system"};

	for (int role = 1; role < KEY_ROLES; role++)
		if (strcmp(names[role], yaml_text(node)) == 0)
			return (enum key_role)role;
	return KEY_NONE;
}

static void every_example_of_a_key_has_its_role_and_no_near_miss_has(void **state)
{
	(void)state;
	struct yaml_file *file = data_file("keys.yml", &faults);
	const struct yaml *roles = yaml_get(file->root, "roles");
	unsigned wrong = 0;

	keys_load(keys, file);
	faults_none(&faults);
	for (size_t i = 0; i < yaml_count(roles); i++) {
		const struct yaml *node = yaml_at(roles, i), *list = yaml_get(node, "examples");
		enum key_role role = role_named(yaml_get(node, "role"));

		for (size_t e = 0; e < yaml_count(list); e++) {
			struct slice text = yaml_slice(yaml_at(list, e));

			if (keys_block_role(keys, text) != role && keys_identifier_role(keys, text) != role) {
				print_message("# not %s: %.*s\n", yaml_text(yaml_get(node, "role")), (int)text.len, text.data);
				wrong++;
			}
		}
		list = yaml_get(node, "near_misses");
		for (size_t e = 0; e < yaml_count(list); e++) {
			struct slice text = yaml_slice(yaml_at(list, e));

			if (keys_block_role(keys, text) == role || keys_identifier_role(keys, text) == role) {
				print_message("# taken for %s: %.*s\n", yaml_text(yaml_get(node, "role")), (int)text.len, text.data);
				wrong++;
			}
		}
	}
	yaml_close(file);
	assert_int_equal(wrong, 0);
}

static void an_identifier_counts_by_its_last_words_unless_another_forbids_it(void **state)
{
	(void)state;
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("shop_user_email")), KEY_EMAIL);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("portalAdminPassword")), KEY_PASSWORD);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("SPRING_DATASOURCE_PASSWORD")), KEY_PASSWORD);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("XMLParserUser")), KEY_USER);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("lastPasswordChange")), KEY_NONE);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("profile_url")), KEY_NONE);
	assert_int_equal(keys_identifier_role(keys, SLICE_TEXT("")), KEY_NONE);
	assert_int_equal(keys_block_role(keys, SLICE_TEXT("Reset your password")), KEY_NONE);
	assert_int_equal(keys_block_role(keys, SLICE_TEXT("My VPN password")), KEY_PASSWORD);
	assert_int_equal(keys_block_role(keys, SLICE_TEXT("Password (decrypted)")), KEY_PASSWORD);
}

/* ---- cookies ---------------------------------------------------------------------------------- */

/* "name=value @ host"; looks are judged on a host that is nobody's. */
static bool opens_session(struct slice text)
{
	size_t at = slice_find_nocase(text, " @ "), equals;
	struct slice domain = at < text.len ? slice_from(text, at + 3) : SLICE_TEXT("portal.corp.example"), pair = slice_until(text, at);

	equals = slice_find_byte(pair, '=');
	assert_true(equals < pair.len);
	return cookies_judge(cookies, domain, slice_until(pair, equals), slice_from(pair, equals + 1)).verdict == COOKIE_SESSION;
}

static unsigned check_cookies(const struct yaml *list, bool wanted)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < yaml_count(list); i++) {
		struct slice text = yaml_slice(yaml_at(list, i));

		if (opens_session(text) == wanted)
			continue;
		print_message("# %s a session: %.*s\n", wanted ? "not" : "taken for", (int)text.len, text.data);
		wrong++;
	}
	return wrong;
}

static void every_example_of_a_cookie_opens_a_session_and_no_near_miss_does(void **state)
{
	(void)state;
	struct yaml_file *file = data_file("cookies.yml", &faults);
	const struct yaml *list = yaml_get(file->root, "cookies");
	unsigned wrong = 0;

	cookies_load(cookies, file);
	faults_none(&faults);
	for (size_t i = 0; i < yaml_count(list); i++) {
		wrong += check_cookies(yaml_get(yaml_at(list, i), "examples"), true);
		wrong += check_cookies(yaml_get(yaml_at(list, i), "near_misses"), false);
	}
	wrong += check_cookies(yaml_get(yaml_get(file->root, "looks"), "examples"), true);
	wrong += check_cookies(yaml_get(yaml_get(file->root, "looks"), "near_misses"), false);
	yaml_close(file);
	assert_int_equal(wrong, 0);
}

static struct cookie_entry judged(const char *domain, const char *name, const char *value)
{
	return cookies_judge(cookies, slice_of(domain), slice_of(name), slice_of(value));
}

static void a_cookie_of_a_sign_on_service_says_so_on_its_own_domain_only(void **state)
{
	(void)state;
	assert_true(judged(".login.microsoftonline.com", "ESTSAUTHPERSISTENT", "0.AXoA-invented").sso);
	assert_true(judged("corp.okta.com", "sid", "102inventedAbC").sso);
	assert_false(judged("portal.corp.example", "sid", "102inventedAbC").sso);
	assert_true(judged("portal.corp.example", "sid", "102inventedAbC9").by_look);
	assert_int_equal(judged("notokta.com", "DT", "DI1-invented").verdict, COOKIE_UNKNOWN);
	assert_non_null(judged("vpn.corp.example", "DSID", "7f3c9a51d0").grants);
}

static void a_void_value_opens_nothing_whatever_its_name(void **state)
{
	(void)state;
	assert_int_equal(judged("corp.example", "JSESSIONID", "").verdict, COOKIE_NO_SESSION);
	assert_int_equal(judged("corp.example", "JSESSIONID", "deleted").verdict, COOKIE_NO_SESSION);
	assert_int_equal(judged("corp.example", "MRHSession", "\"\"").verdict, COOKIE_NO_SESSION);
	assert_int_equal(judged("corp.example", "SMSESSION", "LOGGEDOFF").verdict, COOKIE_NO_SESSION);
}

/* ---- tokens ----------------------------------------------------------------------------------- */

/* {"alg":"HS256"}.{"iss":"https://sso.corp.example","email":"a@corp.example","exp":1893456000}.x */
#define TOKEN                                                                                                                          \
	"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL3Nzby5jb3JwLmV4YW1wbGUiLCJlbWFpbCI6ImFAY29ycC5leGFtcGxlIiwiZXhwIjoxODkzNDU2MDAwfQ." \
	"aW52ZW50ZWQ"

static void a_token_says_whose_it_is_and_until_when(void **state)
{
	(void)state;
	struct jwt_claims claims;

	assert_true(jwt_read(SLICE_TEXT(TOKEN), &claims));
	assert_string_equal(claims.account, "a@corp.example");
	assert_string_equal(claims.issuer, "https://sso.corp.example");
	assert_int_equal(claims.expires_ms, 1893456000000);
	assert_true(jwt_read(SLICE_TEXT("Bearer " TOKEN), &claims));
	assert_false(jwt_read(SLICE_TEXT("eyJhbGciOiJIUzI1NiJ9"), &claims));
	assert_false(jwt_read(SLICE_TEXT("eyJhbGciOiJIUzI1NiJ9.bm8gSlNPTiBoZXJl.x"), &claims));
	assert_false(jwt_read(SLICE_TEXT("eyJhbGciOiJkaXIifQ..aW52.ZW50.ZWQ"), &claims));
	assert_false(jwt_read(SLICE_TEXT("a.b.c"), &claims));
	assert_false(jwt_read(SLICE_NONE, &claims));
}

/* ---- services --------------------------------------------------------------------------------- */

static void a_service_is_known_by_its_suffix_on_a_label_border(void **state)
{
	(void)state;
	struct yaml_file *file = data_file("services.yml", &faults);

	services_load(services, file);
	yaml_close(file);
	faults_none(&faults);
	assert_string_equal(services_find(services, SLICE_TEXT("corp.okta.com"))->category, "sso");
	assert_string_equal(services_find(services, SLICE_TEXT(".Slack.com"))->category, "chat");
	assert_null(services_find(services, SLICE_TEXT("notokta.com")));
	assert_null(services_find(services, SLICE_TEXT("okta.com.evil.test")));
	assert_null(services_find(services, SLICE_TEXT("mail.google.com.evil.test")));
	assert_null(services_find(services, SLICE_NONE));
}

/* ---- times ------------------------------------------------------------------------------------ */

static void dates_are_read_in_the_order_their_writer_uses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum date_order order;
		int64_t seconds;
	} cases[] = {
		{"7/4/2024 5:43:07 PM", MONTH_FIRST, 1720114987},
		{"7/4/2024 5:43:07 PM", DAY_FIRST, 1712511787},
		{"25/12/2024 00:00:01", MONTH_FIRST, 1735084801},
		{"26.10.2024 18:00:17 (sig:1729954817.ab)", DAY_FIRST, 1729965617},
		{"Sat Jul 06 3:43:57 2024", MONTH_FIRST, 1720237437},
		{"03-12-2024, 23:45:57", DAY_FIRST, 1733269557},
		{"2021.03.03 - 09:59:08 GMT", MONTH_FIRST, 1614765548},
		{"Thu Oct 10 2024 17:21:27 GMT+0200 (CEST)", MONTH_FIRST, 1728573687},
		{"2024/6/22 15:49:7", MONTH_FIRST, 1719071347},
		{"2024-12-29T05:37:17Z", MONTH_FIRST, 1735450637},
		{"2024-12-29T05:37:17.250+01:00", MONTH_FIRST, 1735447037},
		{"Thu, 01-Jan-2026 00:00:00 GMT", MONTH_FIRST, 1767225600},
		{"20240706", MONTH_FIRST, 1720224000},
		{"05.09.2026 21:05:01", MONTH_FIRST, 1788642301},
		{"05 Sep 2026 23:05:01 CEST", MONTH_FIRST, 1788642301},
		{"9/5/2026 21:05:01", MONTH_FIRST, 1788642301},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 0;

		if (!time_read(slice_of(cases[i].text), cases[i].order, &ms) || ms != cases[i].seconds * 1000)
			print_message("# %s gives %lld\n", cases[i].text, (long long)ms / 1000);
		assert_int_equal(ms, cases[i].seconds * 1000);
	}
}

static void what_is_no_date_gives_none(void **state)
{
	(void)state;
	static const char *const cases[] = {"", "never", "12:30", "2024", "40/40/2024", "1/2", "192.0.2.1", "99999999999999999999"};
	int64_t ms;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_false(time_read(slice_of(cases[i]), DAY_FIRST, &ms));
}

static void a_number_of_any_unit_is_the_same_time(void **state)
{
	(void)state;
	static const double numbers[] = {
		1893456000.0, 1893456000.5, 1893456000000.0, 1893456000000000.0, 13537929600000000.0, 135379296000000000.0};
	int64_t ms;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_true(time_from_number(numbers[i], &ms));
		assert_int_equal(ms / 1000, 1893456000);
	}
	assert_false(time_from_number(0, &ms));
	assert_false(time_from_number(-1, &ms));
	assert_false(time_from_number(42, &ms));
}

static int set_up(void **state)
{
	(void)state;
	keys = keys_new();
	cookies = cookies_new();
	services = services_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	keys_free(keys);
	cookies_free(cookies);
	services_free(services);
	faults_free(&faults);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_of_a_key_has_its_role_and_no_near_miss_has),
		cmocka_unit_test(an_identifier_counts_by_its_last_words_unless_another_forbids_it),
		cmocka_unit_test(every_example_of_a_cookie_opens_a_session_and_no_near_miss_does),
		cmocka_unit_test(a_cookie_of_a_sign_on_service_says_so_on_its_own_domain_only),
		cmocka_unit_test(a_void_value_opens_nothing_whatever_its_name),
		cmocka_unit_test(a_token_says_whose_it_is_and_until_when),
		cmocka_unit_test(a_service_is_known_by_its_suffix_on_a_label_border),
		cmocka_unit_test(dates_are_read_in_the_order_their_writer_uses),
		cmocka_unit_test(what_is_no_date_gives_none),
		cmocka_unit_test(a_number_of_any_unit_is_the_same_time),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
