/* The outbox: what is handed out, what failure and success lead to, what a payload holds. */
#include "config.h"

#include "tests/unit/index_support.h"

#include <jansson.h>
#include <string.h>

#include "index/outbox.h"
#include "index/query.h"
#include "limits/limits.h"

static struct hook hook = {.name = (char *)(uintptr_t) "soc", .min_severity = SEVERITY_INFO};
static const struct record_rules rules = {.hooks = &hook, .hooks_count = 1, .alerts_per_run = 100};
static const char *const soc[] = {"soc"};
static const int64_t hour = 3600 * 1000;

static int owed_setup(void **state)
{
	struct sample sample;

	ground_setup(state);
	record(*state, sample_login(&sample, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025"), &rules);
	return 0;
}

static struct alert take(struct ground *ground, int64_t now_ms)
{
	struct alert alert;

	assert_ok(index_alert_take(ground->index, soc, 1, now_ms, 60000, &alert));
	return alert;
}

static void assert_nothing_due(struct ground *ground, int64_t now_ms)
{
	struct alert alert;

	assert_int_equal(index_alert_take(ground->index, soc, 1, now_ms, 60000, &alert), INDEX_NONE);
	assert_null(alert.payload);
}

static void what_is_handed_out_is_not_handed_out_twice_until_the_lease_ends(void **state)
{
	struct ground *ground = *state;
	struct alert first = take(ground, test_now), again;

	assert_nothing_due(ground, test_now + 59999);
	again = take(ground, test_now + 60000);
	assert_int_equal(first.id, again.id);
	assert_string_equal(first.idempotency_key, again.idempotency_key);
	alert_clear(&first);
	alert_clear(&again);
}

static void delivered_it_is_never_due_again(void **state)
{
	struct ground *ground = *state;
	struct alert alert = take(ground, test_now);
	struct alert_counts counts;
	int64_t due;

	assert_ok(index_alert_delivered(ground->index, alert.id, test_now));
	assert_nothing_due(ground, test_now + 1000 * hour);
	assert_int_equal(index_alert_next_due(ground->index, &due), INDEX_NONE);
	assert_ok(index_alert_counts(ground->index, &counts));
	assert_int_equal(counts.delivered, 1);
	alert_clear(&alert);
}

static void a_killed_run_gives_its_leases_back(void **state)
{
	struct ground *ground = *state;
	struct alert alert = take(ground, test_now);

	alert_clear(&alert);
	begin_run(ground->index, false);
	alert = take(ground, test_now);
	alert_clear(&alert);
}

static void a_failure_waits_longer_each_time_and_ends_in_plain_sight(void **state)
{
	struct ground *ground = *state;
	int64_t now = test_now, before = 0;
	bool dead = false;
	struct alert_counts counts;
	struct alert retried;
	uint64_t changed;

	for (int tries = 1; tries <= 4; tries++) {
		struct alert alert = take(ground, now);
		int64_t due = 0;
		assert_int_equal(alert.attempts, tries - 1);
		assert_ok(index_alert_failed(ground->index, alert.id, "exit status 1", 0, 4, now, &dead));
		assert_int_equal(dead, tries == 4);
		if (!dead) {
			assert_ok(index_alert_next_due(ground->index, &due));
			assert_true(due - now >= before / 2);
			before = due - now;
			assert_true(before >= 15000);
			now = due;
		}
		alert_clear(&alert);
	}
	assert_nothing_due(ground, now + 1000 * hour);
	assert_ok(index_alert_counts(ground->index, &counts));
	assert_int_equal(counts.dead, 1);
	assert_ok(index_alert_retry(ground->index, 0, now, &changed));
	assert_int_equal(changed, 1);
	retried = take(ground, now);
	assert_int_equal(retried.attempts, 0);
	alert_clear(&retried);
}

static void a_hook_may_say_when_to_come_back_but_not_in_a_year(void **state)
{
	struct ground *ground = *state;
	struct alert alert = take(ground, test_now);
	bool dead;
	int64_t due = 0;

	assert_ok(index_alert_failed(ground->index, alert.id, "429", 90000, 10, test_now, &dead));
	assert_ok(index_alert_next_due(ground->index, &due));
	assert_int_equal(due, test_now + 90000);
	alert_clear(&alert);
	alert = take(ground, test_now + 90000);
	assert_ok(index_alert_failed(ground->index, alert.id, "429", 8760 * hour, 10, test_now + 90000, &dead));
	assert_ok(index_alert_next_due(ground->index, &due));
	assert_true(due <= test_now + 7 * hour);
	alert_clear(&alert);
}

static void a_hook_nobody_serves_keeps_its_alerts_and_holds_up_no_other(void **state)
{
	struct ground *ground = *state;
	const char *const others[] = {"siem", "mail"};
	struct alert alert;

	assert_int_equal(index_alert_take(ground->index, others, 2, test_now, 1000, &alert), INDEX_NONE);
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 1);
}

static void the_payload_is_the_finding_as_it_stands_now_without_its_secret(void **state)
{
	struct ground *ground = *state;
	struct alert alert;
	json_t *payload;
	const json_t *secret;

	alert = take(ground, test_now);
	payload = json_loads(alert.payload, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(payload, "schema")), "leaktrawl.finding/1");
	assert_string_equal(json_string_value(json_object_get(payload, "account")), "j.doe@royal-post.example");
	secret = json_object_get(payload, "secret");
	assert_non_null(json_object_get(secret, "fingerprint"));
	assert_null(json_object_get(secret, "value"));
	assert_null(strstr(alert.payload, "Winter2025"));
	assert_int_equal(strlen(alert.payload), alert.payload_len);
	json_decref(payload);
	alert_clear(&alert);
}

static void a_payload_of_any_length_gets_through_shortened(void **state)
{
	struct ground *ground = *state;
	static char title[LIMIT_TEXT_FIELD_BYTES + 1];
	Lt__Post post = LT__POST__INIT;
	struct sample sample;
	struct alert alert = take(ground, test_now);
	json_t *payload;

	assert_ok(index_alert_delivered(ground->index, alert.id, test_now));
	alert_clear(&alert);
	memset(title, '\x01', sizeof(title) - 1); /* six bytes each in JSON */
	post.title = title;
	sample_login(&sample, "a.roe@royal-post.example", NULL, "Winter2025");
	sample.finding.post = &post;
	record(ground, &sample, &rules);
	alert = take(ground, test_now);
	assert_true(alert.payload_len <= LIMIT_HOOK_PAYLOAD_BYTES);
	payload = json_loads(alert.payload, 0, NULL);
	assert_true(json_is_true(json_object_get(payload, "shortened")));
	assert_string_equal(json_string_value(json_object_get(payload, "account")), "a.roe@royal-post.example");
	json_decref(payload);
	alert_clear(&alert);
}

static void the_end_of_a_run_is_told_once_to_whom_it_concerns(void **state)
{
	struct ground *ground = *state;
	struct hook hooks[] = {{.name = (char *)(uintptr_t) "soc", .every_run = true}, {.name = (char *)(uintptr_t) "siem"}};
	const struct run_counters counters = {.documents = 3};
	struct alert alert = take(ground, test_now);
	json_t *payload;

	assert_ok(index_alert_delivered(ground->index, alert.id, test_now));
	alert_clear(&alert);
	assert_ok(index_run_end(ground->index, ground->run, RUN_INCOMPLETE, &counters, NULL, test_now));
	for (int i = 0; i < 2; i++)
		assert_ok(index_alert_run_ended(ground->index, ground->run, hooks, 2, test_now));
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 1);
	alert = take(ground, test_now);
	assert_int_equal(alert.kind, ALERT_RUN);
	payload = json_loads(alert.payload, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(payload, "schema")), "leaktrawl.run/1");
	assert_string_equal(json_string_value(json_object_get(payload, "outcome")), "incomplete");
	json_decref(payload);
	alert_clear(&alert);
}

static void a_notice_is_owed_once_per_key(void **state)
{
	struct ground *ground = *state;

	for (int i = 0; i < 3; i++)
		assert_ok(index_alert_notice(ground->index, "soc", ALERT_OPERATOR, i < 2 ? "a" : "b", "{}", ground->run, test_now));
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, owed_setup, ground_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_handed_out_is_not_handed_out_twice_until_the_lease_ends),
		TEST(delivered_it_is_never_due_again),
		TEST(a_killed_run_gives_its_leases_back),
		TEST(a_failure_waits_longer_each_time_and_ends_in_plain_sight),
		TEST(a_hook_may_say_when_to_come_back_but_not_in_a_year),
		TEST(a_hook_nobody_serves_keeps_its_alerts_and_holds_up_no_other),
		TEST(the_payload_is_the_finding_as_it_stands_now_without_its_secret),
		TEST(a_payload_of_any_length_gets_through_shortened),
		TEST(the_end_of_a_run_is_told_once_to_whom_it_concerns),
		TEST(a_notice_is_owed_once_per_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
