/* The table of severity.c, row by row. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/severity.h"

enum audience {
	UNKNOWN = LT__AUDIENCE__AUDIENCE_UNKNOWN,
	STAFF = LT__AUDIENCE__AUDIENCE_STAFF,
	CUSTOMER = LT__AUDIENCE__AUDIENCE_CUSTOMER
};
enum expiry { NO_EXPIRY, AHEAD, PAST };
enum trait { ON_STAFF_HOST = 1, SSO = 2, BY_MACHINE = 4, PRIVILEGED = 8, LOW_CONFIDENCE = 16, FABRICATED = 32, OLD = 64 };

static const int64_t now = INT64_C(1790000000000);

struct row {
	int kind;
	enum audience audience;
	int traits;
	const char *cost;
	enum expiry expiry;
	enum severity wanted;
};

static const struct row rows[] = {
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, 0, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, ON_STAFF_HOST, NULL, NO_EXPIRY, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, PRIVILEGED, NULL, NO_EXPIRY, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, ON_STAFF_HOST | PRIVILEGED, NULL, NO_EXPIRY, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_PASSWORD, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_PASSWORD, UNKNOWN, ON_STAFF_HOST, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_PASSWORD, UNKNOWN, BY_MACHINE, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_PASSWORD, CUSTOMER, 0, NULL, NO_EXPIRY, SEVERITY_LOW},
	{LT__FINDING_KIND__KIND_PASSWORD, CUSTOMER, LOW_CONFIDENCE | FABRICATED, NULL, NO_EXPIRY, SEVERITY_INFO},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, FABRICATED, NULL, NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, OLD, NULL, NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_PASSWORD, STAFF, OLD | PRIVILEGED, NULL, NO_EXPIRY, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_HASH, STAFF, 0, "none", NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_HASH, STAFF, 0, "fast", NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_HASH, STAFF, 0, "slow", NO_EXPIRY, SEVERITY_LOW},
	{LT__FINDING_KIND__KIND_HASH, CUSTOMER, 0, "slow", NO_EXPIRY, SEVERITY_INFO},
	{LT__FINDING_KIND__KIND_COOKIE, STAFF, SSO, NULL, AHEAD, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_COOKIE, STAFF, SSO, NULL, NO_EXPIRY, SEVERITY_CRITICAL},
	{LT__FINDING_KIND__KIND_COOKIE, STAFF, SSO, NULL, PAST, SEVERITY_LOW},
	{LT__FINDING_KIND__KIND_COOKIE, UNKNOWN, 0, NULL, AHEAD, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_COOKIE, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_COOKIE, UNKNOWN, ON_STAFF_HOST, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_COOKIE, CUSTOMER, 0, NULL, AHEAD, SEVERITY_LOW},
	{LT__FINDING_KIND__KIND_TOKEN, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_TOKEN, UNKNOWN, 0, NULL, PAST, SEVERITY_LOW},
	{LT__FINDING_KIND__KIND_PRIVATE_KEY, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_LISTING, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_HIGH},
	{LT__FINDING_KIND__KIND_MENTION, UNKNOWN, 0, NULL, NO_EXPIRY, SEVERITY_MEDIUM},
	{LT__FINDING_KIND__KIND_MENTION, UNKNOWN, LOW_CONFIDENCE, NULL, NO_EXPIRY, SEVERITY_LOW},
};

static enum severity judge(const struct row *row)
{
	Lt__Finding finding = LT__FINDING__INIT;
	Lt__Cookie cookie = LT__COOKIE__INIT;
	Lt__Token token = LT__TOKEN__INIT;
	Lt__Machine machine = LT__MACHINE__INIT;
	const struct staff staff = {.privileged = (row->traits & PRIVILEGED) != 0};
	int64_t expires_ms = row->expiry == PAST ? now - 1 : now + 1;

	finding.kind = (Lt__FindingKind)row->kind;
	finding.audience = (Lt__Audience)row->audience;
	finding.confidence = row->traits & LOW_CONFIDENCE ? LT__CONFIDENCE__CONFIDENCE_LOW : LT__CONFIDENCE__CONFIDENCE_HIGH;
	finding.attribution = row->traits & BY_MACHINE ? LT__ATTRIBUTION__ATTR_MACHINE : LT__ATTRIBUTION__ATTR_ACCOUNT;
	finding.host_is_staff = (row->traits & ON_STAFF_HOST) != 0;
	finding.sso_cookie = (row->traits & SSO) != 0;
	finding.fabricated = (row->traits & FABRICATED) != 0;
	finding.hash_cost = (char *)(uintptr_t)row->cost;
	cookie.has_expires_ms = token.has_expires_ms = row->expiry != NO_EXPIRY;
	cookie.expires_ms = token.expires_ms = expires_ms;
	finding.cookie = row->kind == LT__FINDING_KIND__KIND_COOKIE ? &cookie : NULL;
	finding.token = row->kind == LT__FINDING_KIND__KIND_TOKEN ? &token : NULL;
	machine.has_infected_at_ms = true;
	machine.infected_at_ms = now - INT64_C(400) * 24 * 3600 * 1000;
	finding.machine = row->traits & OLD ? &machine : NULL;
	return severity_of(&finding, &staff, now);
}

static void each_row_of_the_table_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (judge(&rows[i]) != rows[i].wanted)
			fail_msg("row %zu: %s, not %s", i, severity_name(judge(&rows[i])), severity_name(rows[i].wanted));
}

static void staff_are_found_whatever_the_case(void **state)
{
	char address[] = "J.Doe@royal-post.example", other[] = "a.roe@royal-post.example";
	struct staff staff[] = {{.address = address, .privileged = true}, {.address = other}};
	const struct watch watch = {.staff = staff, .staff_count = 2};
	struct roster *roster = roster_new(&watch);

	(void)state;
	assert_ptr_equal(roster_find(roster, "j.doe@ROYAL-POST.example"), &staff[0]);
	assert_ptr_equal(roster_find(roster, "a.roe@royal-post.example"), &staff[1]);
	assert_null(roster_find(roster, "j.doe@royal-post.example.evil"));
	assert_null(roster_find(roster, ""));
	roster_free(roster);
}

static void an_empty_roster_knows_nobody(void **state)
{
	const struct watch watch = {.staff_count = 0};
	struct roster *roster = roster_new(&watch);

	(void)state;
	assert_null(roster_find(roster, "j.doe@royal-post.example"));
	roster_free(roster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table_holds),
		cmocka_unit_test(staff_are_found_whatever_the_case),
		cmocka_unit_test(an_empty_roster_knows_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
