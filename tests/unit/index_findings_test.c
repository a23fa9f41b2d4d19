/* Identity, folding, newness, and what is owed: the promises of the index about findings. */
#include "config.h"

#include "tests/unit/index_support.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "index/finding_json.h"
#include "index/outbox.h"
#include "index/query.h"
#include "index/severity.h"

static struct hook hooks[] = {
	{.name = (char *)(uintptr_t) "soc", .min_severity = SEVERITY_HIGH},
	{.name = (char *)(uintptr_t) "archive", .min_severity = SEVERITY_INFO, .customers = true},
};
static const struct record_rules both_hooks = {.hooks = hooks, .hooks_count = 2, .alerts_per_run = 100};
static const struct record_rules no_hooks = {.alerts_per_run = 100};
static const struct record_rules baseline = {.hooks = hooks, .hooks_count = 2, .alerts_per_run = 100, .baseline = true};

static json_t *show(struct index *index, const uint8_t id[20])
{
	char text[43];
	json_t *object = NULL;

	finding_id_text(id, text);
	assert_ok(index_finding_show(index, text, test_now, &object));
	return object;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void new_run_and_document(struct ground *ground, const char *name)
{
	ground->run = begin_run(ground->index, false);
	ground->document = open_document(ground->index, name);
}

/* ---- identity ---------------------------------------------------------------------------------------- */

static void seen_twice_it_is_one_finding_with_two_sightings(void **state)
{
	struct ground *ground = *state;
	struct sample sample;
	struct recorded first, second;
	json_t *object;

	sample_login(&sample, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	first = record(ground, &sample, &no_hooks);
	sample.found.offset = 900;
	second = record(ground, &sample, &no_hooks);
	assert_true(first.is_new);
	assert_true(first.first_for_account);
	assert_false(second.is_new);
	assert_true(second.sighting_is_new);
	object = show(ground->index, sample.id);
	assert_int_equal(json_integer_value(json_object_get(object, "sightings")), 2);
	assert_int_equal(json_array_size(json_object_get(object, "sightings_list")), 2);
	json_decref(object);
}

static void the_same_place_read_again_is_no_sighting(void **state)
{
	struct ground *ground = *state;
	struct sample sample;
	struct recorded again;

	sample_login(&sample, "j.doe@royal-post.example", NULL, "Winter2025");
	record(ground, &sample, &both_hooks);
	again = record(ground, &sample, &both_hooks);
	assert_false(again.sighting_is_new);
	assert_int_equal(again.alerts, 0);
}

static void only_the_first_of_an_account_is_its_first(void **state)
{
	struct ground *ground = *state;
	struct sample one, other;

	sample_login(&one, "j.doe@royal-post.example", NULL, "Winter2025");
	sample_login(&other, "J.Doe@Royal-Post.example", NULL, "Summer2026");
	assert_true(record(ground, &one, &no_hooks).first_for_account);
	assert_false(record(ground, &other, &no_hooks).first_for_account);
}

static void what_was_recorded_is_told_as_the_contract_says(void **state)
{
	struct ground *ground = *state;
	struct sample sample;
	json_t *object;
	const json_t *evidence;

	sample_login(&sample, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample.finding.host_is_staff = true;
	record(ground, &sample, &no_hooks);
	object = show(ground->index, sample.id);
	assert_string_equal(member(object, "schema"), "leaktrawl.finding/1");
	assert_string_equal(member(object, "kind"), "password");
	assert_string_equal(member(object, "severity"), "critical");
	assert_string_equal(member(object, "state"), "new");
	assert_string_equal(member(json_object_get(object, "secret"), "length"), "12-15");
	assert_null(json_object_get(json_object_get(object, "secret"), "value"));
	assert_null(json_object_get(object, "machine"));
	evidence = json_object_get(object, "evidence");
	assert_string_equal(member(evidence, "source"), "paste");
	assert_string_equal(member(evidence, "document"), "file:1,2,3,4");
	assert_string_equal(member(evidence, "via"), "tor");
	assert_int_equal(json_integer_value(json_object_get(evidence, "offset")), 42);
	json_decref(object);
}

static void a_finding_that_is_no_utf8_or_has_no_id_is_refused_and_stores_nothing(void **state)
{
	struct ground *ground = *state;
	const struct evidence evidence = {.run = ground->run, .document = ground->document, .now_ms = test_now};
	struct recorded recorded;
	struct sample sample;
	struct index_counts counts;

	sample_login(&sample, "j\xff@royal-post.example", NULL, "Winter2025");
	assert_int_equal(index_record_finding(ground->index, &sample.found, &evidence, &no_hooks, &recorded), INDEX_REFUSED);
	sample_login(&sample, "j@royal-post.example", NULL, "Winter2025");
	sample.finding.id.len = 7;
	assert_int_equal(index_record_finding(ground->index, &sample.found, &evidence, &no_hooks, &recorded), INDEX_REFUSED);
	sample_login(&sample, "j@royal-post.example", NULL, "Winter2025");
	sample.found.offset = UINT64_MAX;
	assert_int_equal(index_record_finding(ground->index, &sample.found, &evidence, &no_hooks, &recorded), INDEX_REFUSED);
	assert_ok(index_counts(ground->index, &counts));
	assert_int_equal(counts.findings, 0);
}

/* What no proper inspector says; each makes one thing of a finding wrong. */
static void spoil(struct sample *sample, unsigned way)
{
	static Lt__SealedKey key;
	static Lt__SealedKey *keys[] = {&key};
	static Lt__Sealed sealed;
	static uint8_t bytes[4];

	lt__sealed_key__init(&key);
	lt__sealed__init(&sealed);
	key.key_id = key.box = sealed.nonce = sealed.box = (ProtobufCBinaryData){sizeof bytes, bytes};
	sealed.n_keys = 1;
	sealed.keys = keys;
	sample->secret.sealed = &sealed;
	switch (way) {
	case 0:
		sample->finding.kind = (Lt__FindingKind)99;
		return;
	case 1:
		sample->finding.audience = (Lt__Audience)7;
		return;
	case 2:
		sample->finding.confidence = (Lt__Confidence)0;
		return;
	case 3:
		sample->finding.attribution = (Lt__Attribution)-1;
		return;
	case 4:
		sample->finding.rule = NULL;
		return;
	case 5:
		sample->found.path = NULL;
		return;
	case 6:
		key.key_id = (ProtobufCBinaryData){0, NULL};
		return;
	case 7:
		key.box = (ProtobufCBinaryData){0, NULL};
		return;
	case 8:
		sample->secret.fingerprint = (ProtobufCBinaryData){0, NULL};
		return;
	case 9:
		sample->finding.fold_id.len = 3;
		return;
	default:
		sample->secret.hint = (char *)(uintptr_t) "\xc3";
	}
}

static void a_finding_that_is_refused_costs_no_other_of_its_transaction(void **state)
{
	enum { WAYS = 11 };
	struct ground *ground = *state;
	const struct evidence evidence = {.run = ground->run, .document = ground->document, .now_ms = test_now};
	struct recorded recorded;
	struct sample sample;
	struct index_counts counts;

	assert_ok(index_begin(ground->index));
	for (unsigned way = 0; way < WAYS; way++) {
		char name[40];

		(void)snprintf(name, sizeof name, "j%u@royal-post.example", way);
		sample_login(&sample, name, NULL, "Winter2025");
		record(ground, &sample, &no_hooks);
		sample_login(&sample, "wrong@royal-post.example", NULL, name);
		spoil(&sample, way);
		assert_int_equal(index_record_finding(ground->index, &sample.found, &evidence, &no_hooks, &recorded), INDEX_REFUSED);
	}
	assert_ok(index_commit(ground->index));
	assert_ok(index_counts(ground->index, &counts));
	assert_int_equal(counts.findings, WAYS);
}

static void a_canary_is_no_finding(void **state)
{
	struct ground *ground = *state;
	const struct evidence evidence = {.run = ground->run, .document = ground->document, .now_ms = test_now};
	struct recorded recorded;
	struct sample sample;

	sample_login(&sample, "canary@royal-post.example", NULL, "x");
	sample.finding.has_canary = sample.finding.canary = true;
	assert_int_equal(index_record_finding(ground->index, &sample.found, &evidence, &no_hooks, &recorded), INDEX_REFUSED);
}

/* ---- folding ----------------------------------------------------------------------------------------- */

static void a_combo_of_a_known_login_folds_into_it(void **state)
{
	struct ground *ground = *state;
	struct sample with, without;
	struct recorded folded;

	sample_login(&with, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample_login(&without, "j.doe@royal-post.example", NULL, "Winter2025");
	without.found.offset = 7;
	record(ground, &with, &both_hooks);
	folded = record(ground, &without, &both_hooks);
	assert_false(folded.is_new);
	assert_memory_equal(folded.id, with.id, 20);
	assert_int_equal(folded.alerts, 0);
}

static void a_combo_that_turns_out_to_have_a_service_keeps_its_id(void **state)
{
	struct ground *ground = *state;
	struct sample without, with, elsewhere;
	struct recorded taken;
	json_t *object;

	sample_login(&without, "j.doe@royal-post.example", NULL, "Winter2025");
	sample_login(&with, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample_login(&elsewhere, "j.doe@royal-post.example", "shop.royal-post.example", "Winter2025");
	with.found.offset = 7;
	record(ground, &without, &no_hooks);
	taken = record(ground, &with, &no_hooks);
	assert_false(taken.is_new);
	assert_memory_equal(taken.id, without.id, 20);
	object = show(ground->index, with.id); /* by its alias */
	assert_string_equal(member(object, "service"), "access.royal-post.example");
	assert_int_equal(json_array_size(json_object_get(object, "aliases")), 1);
	json_decref(object);
	assert_false(record(ground, &with, &no_hooks).is_new);
	assert_true(record(ground, &elsewhere, &no_hooks).is_new);
}

static void another_secret_does_not_fold(void **state)
{
	struct ground *ground = *state;
	struct sample with, without;

	sample_login(&with, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample_login(&without, "j.doe@royal-post.example", NULL, "Winter2026");
	record(ground, &with, &no_hooks);
	assert_true(record(ground, &without, &no_hooks).is_new);
}

/* ---- what is owed ------------------------------------------------------------------------------------- */

static void one_alert_per_hook_for_account_and_secret(void **state)
{
	struct ground *ground = *state;
	struct sample here, there, other_secret;

	sample_login(&here, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample_login(&there, "j.doe@royal-post.example", "mail.royal-post.example", "Winter2025");
	sample_login(&other_secret, "j.doe@royal-post.example", "mail.royal-post.example", "Summer2026");
	assert_int_equal(record(ground, &here, &both_hooks).alerts, 2);
	assert_int_equal(record(ground, &there, &both_hooks).alerts, 0);
	assert_int_equal(record(ground, &other_secret, &both_hooks).alerts, 2);
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 4);
}

static void a_hook_hears_only_what_passes_its_filter(void **state)
{
	struct ground *ground = *state;
	struct sample customer;

	sample_login(&customer, "stranger@mail.example", "shop.royal-post.example", "pw");
	customer.finding.audience = LT__AUDIENCE__AUDIENCE_CUSTOMER;
	assert_int_equal(record(ground, &customer, &both_hooks).alerts, 1); /* archive alone asked for customers */
}

static void a_finding_that_gets_worse_is_alerted_then(void **state)
{
	struct ground *ground = *state;
	struct sample without, with;

	sample_login(&without, "j.doe", NULL, "Winter2025");
	sample_login(&with, "j.doe", "access.royal-post.example", "Winter2025");
	without.finding.audience = with.finding.audience = LT__AUDIENCE__AUDIENCE_UNKNOWN;
	with.finding.host_is_staff = true;
	with.found.offset = 7;
	assert_int_equal(record(ground, &without, &both_hooks).alerts, 1); /* medium: archive only */
	assert_int_equal(record(ground, &with, &both_hooks).alerts, 1);    /* high: now soc too */
}

static void a_baseline_owes_nothing_then_or_later(void **state)
{
	struct ground *ground = *state;
	struct sample sample, elsewhere;

	sample_login(&sample, "j.doe@royal-post.example", "access.royal-post.example", "Winter2025");
	sample_login(&elsewhere, "j.doe@royal-post.example", "mail.royal-post.example", "Winter2025");
	assert_true(record(ground, &sample, &baseline).is_new);
	new_run_and_document(ground, "file:9,9,9,9");
	assert_int_equal(record(ground, &sample, &both_hooks).alerts, 0);
	assert_int_equal(record(ground, &elsewhere, &both_hooks).alerts, 0);
	assert_int_equal(count_alerts(ground->index, 0), 0);
}

static void a_new_hook_owes_only_what_comes_after_it(void **state)
{
	struct ground *ground = *state;
	const struct record_rules one_hook = {.hooks = hooks, .hooks_count = 1, .alerts_per_run = 100};
	struct sample before, after;

	sample_login(&before, "j.doe@royal-post.example", NULL, "Winter2025");
	sample_login(&after, "a.roe@royal-post.example", NULL, "Winter2025");
	assert_int_equal(record(ground, &before, &one_hook).alerts, 1);
	before.found.offset = 8;
	assert_int_equal(record(ground, &before, &both_hooks).alerts, 0);
	assert_int_equal(record(ground, &after, &both_hooks).alerts, 2);
}

static void a_false_positive_stays_quiet(void **state)
{
	struct ground *ground = *state;
	struct sample without, with;
	char id[43];

	sample_login(&without, "j.doe", NULL, "Winter2025");
	sample_login(&with, "j.doe", "access.royal-post.example", "Winter2025");
	without.finding.audience = LT__AUDIENCE__AUDIENCE_UNKNOWN;
	with.finding.host_is_staff = true;
	record(ground, &without, &no_hooks);
	finding_id_text(without.id, id);
	assert_ok(index_triage(ground->index, id, FINDING_FALSE_POSITIVE, "a test account", "alice", test_now));
	assert_int_equal(record(ground, &with, &both_hooks).alerts, 0);
}

static void past_the_cap_the_rest_is_one_summary(void **state)
{
	struct ground *ground = *state;
	const struct record_rules capped = {.hooks = hooks, .hooks_count = 1, .alerts_per_run = 2};
	const struct run_counters counters = {.findings_new = 5};
	static const char *const accounts[] = {"a@r.example", "b@r.example", "c@r.example", "d@r.example", "e@r.example"};
	const char *const names[] = {"soc"};
	struct alert alert;
	struct sample sample;
	json_t *payload;

	for (size_t i = 0; i < 5; i++)
		record(ground, sample_login(&sample, accounts[i], NULL, "Winter2025"), &capped);
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 2);
	assert_int_equal(count_alerts(ground->index, ALERT_SUMMARISED), 3);
	assert_ok(index_run_end(ground->index, ground->run, RUN_DONE, &counters, NULL, test_now + 1));
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 3);
	for (int i = 0; i < 3; i++) {
		assert_ok(index_alert_take(ground->index, names, 1, test_now + 10, 1000, &alert));
		if (i < 2)
			alert_clear(&alert);
	}
	assert_int_equal(alert.kind, ALERT_SUMMARY);
	payload = json_loads(alert.payload, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(payload, "findings")), 3);
	json_decref(payload);
	alert_clear(&alert);
}

static void an_interrupted_run_still_owes_its_summary(void **state)
{
	struct ground *ground = *state;
	const struct record_rules capped = {.hooks = hooks, .hooks_count = 1, .alerts_per_run = 0};
	const struct run_start start = {.kind = RUN_CRAWL, .now_ms = test_now};
	struct sample sample;
	int64_t run;
	unsigned interrupted = 0;

	record(ground, sample_login(&sample, "a@r.example", NULL, "Winter2025"), &capped);
	assert_ok(index_run_begin(ground->index, &start, &run, &interrupted));
	assert_int_equal(interrupted, 1);
	assert_int_equal(count_alerts(ground->index, ALERT_OWED), 1);
}

/* ---- machines ---------------------------------------------------------------------------------------- */

static void what_a_second_pass_learns_of_a_machine_reaches_its_findings(void **state)
{
	struct ground *ground = *state;
	struct sample sample;
	json_t *object;

	sample_login(&sample, "j.doe@royal-post.example", NULL, "Winter2025");
	sample.found.machine_dir = (char *)(uintptr_t) "PC-7/";
	record(ground, &sample, &no_hooks);
	sample.machine.id = (char *)(uintptr_t) "HWID-1";
	sample.machine.name = (char *)(uintptr_t) "DESKTOP-7";
	assert_ok(index_record_machine(ground->index, ground->document, "PC-7/", &sample.machine, test_now));
	object = show(ground->index, sample.id);
	assert_string_equal(member(json_object_get(object, "machine"), "name"), "DESKTOP-7");
	assert_string_equal(member(json_object_get(object, "machine"), "id"), "HWID-1");
	json_decref(object);
}

static void one_computer_in_two_dumps_is_one_machine(void **state)
{
	struct ground *ground = *state;
	struct sample sample;
	struct index_counts counts;

	sample_login(&sample, "j.doe@royal-post.example", NULL, "Winter2025");
	sample.found.machine_dir = (char *)(uintptr_t) "PC-7/";
	record(ground, &sample, &no_hooks);
	sample.machine.id = (char *)(uintptr_t) "HWID-1";
	sample.finding.machine = &sample.machine;
	ground->document = open_document(ground->index, "file:5,5,5,5");
	sample.found.machine_dir = (char *)(uintptr_t) "other/";
	record(ground, &sample, &no_hooks);
	assert_ok(index_record_machine(ground->index, open_document(ground->index, "file:1,2,3,4"), "PC-7/", &sample.machine, test_now));
	assert_ok(index_counts(ground->index, &counts));
	assert_int_equal(counts.machines, 1);
}

/* ---- sealed values ------------------------------------------------------------------------------------ */

static void a_jobs_key_is_kept_once_and_a_rotated_one_replaces_it(void **state)
{
	struct ground *ground = *state;
	uint8_t nonce[24] = {1}, box[40] = {2}, old_id[16] = {3}, new_id[16] = {4}, copy[80] = {5};
	Lt__SealedKey key = LT__SEALED_KEY__INIT;
	Lt__SealedKey *keys[] = {&key};
	Lt__Sealed sealed = LT__SEALED__INIT;
	struct sealed_finding read;
	struct sample sample;
	char id[43];

	key.key_id = (ProtobufCBinaryData){sizeof(old_id), old_id};
	key.box = (ProtobufCBinaryData){sizeof(copy), copy};
	sealed.nonce = (ProtobufCBinaryData){sizeof(nonce), nonce};
	sealed.box = (ProtobufCBinaryData){sizeof(box), box};
	sealed.n_keys = 1;
	sealed.keys = keys;
	sample_login(&sample, "j.doe@royal-post.example", NULL, "Winter2025");
	sample.secret.sealed = &sealed;
	record(ground, &sample, &no_hooks);
	finding_id_text(sample.id, id);
	box[0] = 99; /* the same keys: the first one stays */
	record(ground, &sample, &no_hooks);
	assert_ok(index_sealed(ground->index, id, &read));
	assert_int_equal(read.box[0], 2);
	assert_memory_equal(read.sealed_id, sample.id, 20);
	sealed_finding_free(&read);
	key.key_id.data = new_id;
	record(ground, &sample, &no_hooks);
	assert_ok(index_sealed(ground->index, id, &read));
	assert_int_equal(read.box[0], 99);
	assert_int_equal(read.copies_count, 1);
	assert_int_equal(read.copies[0].key_id[0], 4);
	sealed_finding_free(&read);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ground_setup, ground_teardown)
	const struct CMUnitTest tests[] = {
		TEST(seen_twice_it_is_one_finding_with_two_sightings),
		TEST(the_same_place_read_again_is_no_sighting),
		TEST(only_the_first_of_an_account_is_its_first),
		TEST(what_was_recorded_is_told_as_the_contract_says),
		TEST(a_finding_that_is_no_utf8_or_has_no_id_is_refused_and_stores_nothing),
		TEST(a_finding_that_is_refused_costs_no_other_of_its_transaction),
		TEST(a_canary_is_no_finding),
		TEST(a_combo_of_a_known_login_folds_into_it),
		TEST(a_combo_that_turns_out_to_have_a_service_keeps_its_id),
		TEST(another_secret_does_not_fold),
		TEST(one_alert_per_hook_for_account_and_secret),
		TEST(a_hook_hears_only_what_passes_its_filter),
		TEST(a_finding_that_gets_worse_is_alerted_then),
		TEST(a_baseline_owes_nothing_then_or_later),
		TEST(a_new_hook_owes_only_what_comes_after_it),
		TEST(a_false_positive_stays_quiet),
		TEST(past_the_cap_the_rest_is_one_summary),
		TEST(an_interrupted_run_still_owes_its_summary),
		TEST(what_a_second_pass_learns_of_a_machine_reaches_its_findings),
		TEST(one_computer_in_two_dumps_is_one_machine),
		TEST(a_jobs_key_is_kept_once_and_a_rotated_one_replaces_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
