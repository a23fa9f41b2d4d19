/* The frontier, documents and coverage as the run loop uses them. */
#include "config.h"

#include "tests/unit/index_support.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "index/finding_json.h"
#include "index/frontier.h"
#include "index/query.h"
#include "index/store.h"

static const int64_t hour = 3600 * 1000;

static void add(struct index *index, const char *url, const char *host, unsigned priority, int64_t due_ms)
{
	const struct frontier_url what = {
		.source = "paste", .url = url, .host = host, .role = "item", .priority = priority, .due_ms = due_ms};
	bool added = false;

	assert_ok(index_frontier_add(index, &what, &added));
	assert_true(added);
}

/* The next URL's text must be this one; returns its id. */
static int64_t take(struct index *index, const char *wanted, int64_t delay_ms, int64_t now_ms)
{
	struct frontier_url *url = NULL;
	int64_t id;

	assert_ok(index_frontier_take(index, "paste", delay_ms, 60000, now_ms, &url));
	assert_string_equal(url->url, wanted);
	id = url->id;
	frontier_url_free(url);
	return id;
}

static void assert_nothing_due(struct index *index, int64_t now_ms)
{
	struct frontier_url *url = NULL;

	assert_int_equal(index_frontier_take(index, "paste", 0, 60000, now_ms, &url), INDEX_NONE);
	assert_null(url);
}

static struct frontier_counts counts_of(struct index *index)
{
	struct frontier_counts counts;

	assert_ok(index_frontier_counts(index, "paste", &counts));
	return counts;
}

/* ---- frontier ------------------------------------------------------------------------------------------ */

static void a_url_seen_before_is_not_added_again(void **state)
{
	struct ground *ground = *state;
	struct frontier_url post = {
		.source = "paste", .url = "https://a.example/", .host = "a.example", .method = "POST", .body = "x=1", .due_ms = 1};
	bool added = true;

	add(ground->index, "https://a.example/", "a.example", 0, 1);
	post.method = NULL;
	post.body = NULL;
	assert_ok(index_frontier_add(ground->index, &post, &added));
	assert_false(added);
	post.method = "POST";
	post.body = "x=1";
	assert_ok(index_frontier_add(ground->index, &post, &added));
	assert_true(added);
	assert_int_equal(counts_of(ground->index).known, 2);
}

static void only_starts_are_nothing_found(void **state)
{
	struct ground *ground = *state;
	const struct frontier_url page = {.source = "paste", .url = "https://a.example/1", .host = "a.example", .depth = 1, .due_ms = 1};
	bool found = true;

	assert_ok(index_frontier_found(ground->index, "paste", &found));
	assert_false(found);
	add(ground->index, "https://a.example/", "a.example", 0, 1);
	add(ground->index, "https://b.example/", "b.example", 0, 1);
	assert_ok(index_frontier_found(ground->index, "paste", &found));
	assert_false(found);
	assert_ok(index_frontier_add(ground->index, &page, NULL));
	assert_ok(index_frontier_found(ground->index, "paste", &found));
	assert_true(found);
	assert_ok(index_frontier_found(ground->index, "another", &found));
	assert_false(found);
}

static void an_operation_that_is_undone_counts_nothing(void **state)
{
	struct ground *ground = *state;
	struct index *index = ground->index;
	int64_t source = 0;

	assert_ok(index_begin(index));
	add(index, "https://a.example/1", "a.example", 0, 1);
	assert_ok(store_enter(index));
	assert_ok(store_source(index, "paste", &source));
	assert_ok(store_move(index, source, 0, FRONTIER_WAITING));
	assert_int_equal(store_leave(index, store_fail(index, INDEX_REFUSED, "not this")), INDEX_REFUSED);
	add(index, "https://a.example/2", "a.example", 0, 1);
	assert_ok(index_commit(index));
	assert_int_equal(counts_of(index).known, 2);
}

static void the_most_urgent_goes_first_and_nothing_before_its_time(void **state)
{
	struct ground *ground = *state;

	add(ground->index, "https://a.example/old", "a.example", 1, test_now - hour);
	add(ground->index, "https://a.example/urgent", "a.example", 0, test_now - 1);
	add(ground->index, "https://a.example/later", "a.example", 0, test_now + hour);
	take(ground->index, "https://a.example/urgent", 0, test_now);
	take(ground->index, "https://a.example/old", 0, test_now);
	assert_nothing_due(ground->index, test_now);
	take(ground->index, "https://a.example/later", 0, test_now + hour);
}

static void a_host_is_left_in_peace_for_its_delay_while_others_go_on(void **state)
{
	struct ground *ground = *state;
	int64_t due = 0;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now - 2);
	add(ground->index, "https://a.example/2", "a.example", 0, test_now - 2);
	add(ground->index, "https://b.example/1", "b.example", 0, test_now - 1);
	take(ground->index, "https://a.example/1", 5000, test_now);
	take(ground->index, "https://b.example/1", 5000, test_now);
	assert_nothing_due(ground->index, test_now + 4999);
	assert_ok(index_frontier_next_due(ground->index, "paste", &due));
	assert_int_equal(due, test_now + 5000);
	take(ground->index, "https://a.example/2", 5000, test_now + 5000);
}

static void a_host_that_asked_for_quiet_gets_it(void **state)
{
	struct ground *ground = *state;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now);
	assert_ok(index_frontier_quiet(ground->index, "paste", "a.example", test_now + hour));
	assert_nothing_due(ground->index, test_now + hour - 1);
	take(ground->index, "https://a.example/1", 0, test_now + hour);
}

static void what_a_fetch_left_is_there_next_time(void **state)
{
	struct ground *ground = *state;
	static const uint8_t digest[32] = {7};
	const struct frontier_result fetched = {.outcome = FRONTIER_FETCHED,
		.next_due_ms = test_now + hour,
		.etag = "\"v1\"",
		.last_modified = "yesterday",
		.digest = digest,
		.every_ms = hour,
		.look = UINT64_MAX,
		.now_ms = test_now};
	const struct frontier_result unchanged = {
		.outcome = FRONTIER_UNCHANGED, .next_due_ms = test_now + 2 * hour, .now_ms = test_now + hour};
	struct frontier_url *url;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now);
	assert_ok(index_frontier_result(ground->index, take(ground->index, "https://a.example/1", 0, test_now), &fetched));
	assert_nothing_due(ground->index, test_now);
	assert_ok(index_frontier_result(ground->index, take(ground->index, "https://a.example/1", 0, test_now + hour), &unchanged));
	assert_ok(index_frontier_take(ground->index, "paste", 0, 1, test_now + 2 * hour, &url));
	assert_string_equal(url->etag, "\"v1\"");
	assert_string_equal(url->last_modified, "yesterday");
	assert_true(url->has_digest);
	assert_memory_equal(url->digest, digest, 32);
	assert_int_equal(url->every_ms, hour);
	assert_true(url->look == UINT64_MAX);
	assert_int_equal(url->fetched_ms, test_now + hour);
	frontier_url_free(url);
}

static void a_url_put_first_goes_before_all_others_whatever_its_state(void **state)
{
	struct ground *ground = *state;
	const struct frontier_result rest = {.outcome = FRONTIER_FETCHED, .now_ms = test_now};
	const struct frontier_result gone = {.outcome = FRONTIER_IS_GONE, .now_ms = test_now};
	int64_t id;

	add(ground->index, "https://a.example/", "a.example", 3, test_now);
	add(ground->index, "https://a.example/1", "a.example", 0, 1);
	assert_int_equal(index_frontier_known(ground->index, "paste", "https://a.example/"), INDEX_OK);
	assert_int_equal(index_frontier_known(ground->index, "paste", "https://a.example/2"), INDEX_NONE);
	assert_int_equal(index_frontier_known(ground->index, "other", "https://a.example/"), INDEX_NONE);
	for (int i = 0; i < 2; i++) {
		assert_ok(index_frontier_first(ground->index, "paste", "https://a.example/", "a.example"));
		id = take(ground->index, "https://a.example/", 0, test_now);
		/* Under way already: it is left alone. */
		assert_ok(index_frontier_first(ground->index, "paste", "https://a.example/", "a.example"));
		assert_int_equal(counts_of(ground->index).leased, 1);
		assert_ok(index_frontier_result(ground->index, id, i == 0 ? &rest : &gone));
		assert_int_equal(counts_of(ground->index).waiting, 1);
	}
	assert_ok(index_frontier_first(ground->index, "paste", "https://a.example/", "a.example"));
	assert_int_equal(counts_of(ground->index).waiting, 2);
	assert_int_equal(counts_of(ground->index).gone, 0);
	(void)take(ground->index, "https://a.example/", 0, test_now);
	/* One that is not there is no error, and is not added. */
	assert_ok(index_frontier_first(ground->index, "paste", "https://a.example/3", "a.example"));
	assert_int_equal(counts_of(ground->index).known, 2);
}

static void failures_are_counted_until_one_fetch_works(void **state)
{
	struct ground *ground = *state;
	struct frontier_result result = {.outcome = FRONTIER_FAILED, .next_due_ms = test_now, .error = "timeout", .now_ms = test_now};
	struct frontier_url *url;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now);
	for (unsigned attempts = 0; attempts < 3; attempts++) {
		assert_ok(index_frontier_take(ground->index, "paste", 0, 1, test_now, &url));
		assert_int_equal(url->attempts, attempts);
		assert_ok(index_frontier_result(ground->index, url->id, &result));
		frontier_url_free(url);
	}
	result.outcome = FRONTIER_RELEASED;
	assert_ok(index_frontier_result(ground->index, take(ground->index, "https://a.example/1", 0, test_now), &result));
	assert_ok(index_frontier_take(ground->index, "paste", 0, 1, test_now, &url));
	assert_int_equal(url->attempts, 3);
	frontier_url_free(url);
}

static void done_and_gone_rest_until_they_are_forced(void **state)
{
	struct ground *ground = *state;
	const struct frontier_result rest = {.outcome = FRONTIER_FETCHED, .now_ms = test_now},
				     gone = {.outcome = FRONTIER_IS_GONE, .now_ms = test_now};
	struct frontier_counts counts;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now - 1);
	add(ground->index, "https://a.example/2", "a.example", 0, test_now);
	assert_ok(index_frontier_result(ground->index, take(ground->index, "https://a.example/1", 0, test_now), &rest));
	assert_ok(index_frontier_result(ground->index, take(ground->index, "https://a.example/2", 0, test_now), &gone));
	counts = counts_of(ground->index);
	assert_int_equal(counts.resting, 1);
	assert_int_equal(counts.gone, 1);
	assert_int_equal(counts.waiting, 0);
	assert_nothing_due(ground->index, test_now + 1000 * hour);
	assert_ok(index_frontier_force(ground->index, "paste", test_now));
	assert_int_equal(counts_of(ground->index).waiting, 2);
	take(ground->index, "https://a.example/1", 0, test_now);
}

static void rest(struct index *index, const char *wanted, int64_t now_ms)
{
	struct frontier_result done = {.outcome = FRONTIER_FETCHED, .now_ms = now_ms};

	assert_ok(index_frontier_result(index, take(index, wanted, 0, now_ms), &done));
	assert_nothing_due(index, now_ms + 1000);
}

static void a_page_that_rests_is_due_again_when_it_is_named_anew(void **state)
{
	struct ground *ground = *state;
	struct frontier_url page = {
		.source = "paste", .url = "https://a.example/?page=2", .host = "a.example", .due_ms = 500, .wake_before_ms = 300};

	add(ground->index, page.url, "a.example", 0, 100);
	rest(ground->index, page.url, 200);
	assert_ok(index_frontier_add(ground->index, &page, NULL));
	rest(ground->index, page.url, 600);
	assert_int_equal(counts_of(ground->index).resting, 1);
	assert_ok(index_frontier_add(ground->index, &page, NULL));
	assert_nothing_due(ground->index, 1000); /* fetched since: a circle of pages ends here */
	page.wake_before_ms = 0;
	assert_ok(index_frontier_add(ground->index, &page, NULL));
	assert_nothing_due(ground->index, 1000);
	assert_int_equal(counts_of(ground->index).waiting, 0);
}

static void an_item_is_due_again_when_its_listing_tells_another_version(void **state)
{
	struct ground *ground = *state;
	struct frontier_url item = {.source = "paste",
		.url = "https://a.example/t/7",
		.host = "a.example",
		.item = "7@12",
		.due_ms = 100,
		.wake_before_ms = 300,
		.wake_if_changed = true};
	bool added = false;

	assert_ok(index_frontier_add(ground->index, &item, &added));
	assert_true(added);
	rest(ground->index, item.url, 200);
	assert_ok(index_frontier_add(ground->index, &item, &added));
	assert_false(added);
	assert_nothing_due(ground->index, 1000);
	item.item = "7@13";
	assert_ok(index_frontier_add(ground->index, &item, &added));
	assert_false(added);
	rest(ground->index, item.url, 250);
	assert_ok(index_frontier_add(ground->index, &item, &added));
	assert_nothing_due(ground->index, 1000);
}

static void what_was_under_way_in_a_killed_run_is_due_in_the_next(void **state)
{
	struct ground *ground = *state;

	add(ground->index, "https://a.example/1", "a.example", 0, test_now - hour);
	take(ground->index, "https://a.example/1", 0, test_now);
	assert_int_equal(counts_of(ground->index).leased, 1);
	begin_run(ground->index, false);
	assert_int_equal(counts_of(ground->index).leased, 0);
	take(ground->index, "https://a.example/1", 0, test_now);
}

static void captured_fields_come_back_in_order(void **state)
{
	struct ground *ground = *state;
	Lt__Field one = LT__FIELD__INIT, two = LT__FIELD__INIT;
	const Lt__Field *fields[] = {&one, &two};
	const struct frontier_url what = {.source = "paste",
		.url = "https://a.example/raw",
		.host = "a.example",
		.captured = fields,
		.captured_count = 2,
		.title = "a \"post\"",
		.due_ms = test_now};
	struct frontier_url *url;
	char name[] = "id", first[] = "7", second[] = "\xe2\x82\xac";

	one.name = two.name = name;
	one.value = first;
	two.value = second;
	assert_ok(index_frontier_add(ground->index, &what, NULL));
	assert_ok(index_frontier_take(ground->index, "paste", 0, 1, test_now, &url));
	assert_int_equal(url->captured_count, 2);
	assert_string_equal(url->captured[0]->value, "7");
	assert_string_equal(url->captured[1]->value, second);
	assert_string_equal(url->title, "a \"post\"");
	frontier_url_free(url);
}

static void a_url_that_cannot_be_kept_is_refused(void **state)
{
	struct ground *ground = *state;
	struct frontier_url what = {.source = "paste", .url = "https://a.example/\xff", .host = "a.example", .due_ms = 1};
	static char long_url[5000];

	assert_int_equal(index_frontier_add(ground->index, &what, NULL), INDEX_REFUSED);
	memset(long_url, 'a', sizeof(long_url) - 1);
	what.url = long_url;
	assert_int_equal(index_frontier_add(ground->index, &what, NULL), INDEX_REFUSED);
	what.url = "https://a.example/";
	what.source = NULL;
	assert_int_equal(index_frontier_add(ground->index, &what, NULL), INDEX_REFUSED);
	what.source = "paste";
	what.priority = FRONTIER_PRIORITIES;
	assert_int_equal(index_frontier_add(ground->index, &what, NULL), INDEX_REFUSED);
}

static void explain(struct index *index, const char *sql, char *plan, size_t size)
{
	sqlite3_stmt *statement;
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);

	*plan = 0;
	assert_int_equal(sqlite3_prepare_v2(index->db, text, -1, &statement, NULL), SQLITE_OK);
	sqlite3_free(text);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		size_t len = strlen(plan);
		snprintf(plan + len, size - len, "%s\n", (const char *)sqlite3_column_text(statement, 3));
	}
	sqlite3_finalize(statement);
}

static void no_step_of_the_frontier_or_outbox_reads_a_whole_table(void **state)
{
	struct ground *ground = *state;
	static const struct {
		enum statement statement;
		const char *sql;
	} rows[] = {
#define ROW(name, sql) {STATEMENT_##name, sql},
		STATEMENTS(ROW)
#undef ROW
	};
	static const enum statement bounded[] = {STATEMENT_FRONTIER_KNOWN, STATEMENT_FRONTIER_HOST_READY, STATEMENT_FRONTIER_FIRST,
		STATEMENT_FRONTIER_HOST_SETTLE, STATEMENT_FRONTIER_NEXT_DUE, STATEMENT_FRONTIER_READ, STATEMENT_FRONTIER_DUE_COUNT,
		STATEMENT_OUTBOX_FIRST, STATEMENT_FINDING_BY_FOLD, STATEMENT_FINDING_BY_FOLD_WITHOUT_SERVICE,
		STATEMENT_FINDINGS_ACCOUNT_COUNT, STATEMENT_ALERT_TOLD, STATEMENT_ACCOUNT_KNOWN, STATEMENT_DOCUMENT_FIND};
	char plan[2000];

	for (size_t i = 0; i < sizeof(bounded) / sizeof(*bounded); i++) {
		assert_int_equal(rows[bounded[i]].statement, bounded[i]);
		explain(ground->index, rows[bounded[i]].sql, plan, sizeof(plan));
		if (strstr(plan, "SCAN frontier") || strstr(plan, "SCAN outbox\n") || strstr(plan, "SCAN findings") ||
			strstr(plan, "SCAN f\n") || strstr(plan, "TEMP B-TREE"))
			fail_msg("%s:\n%s", rows[bounded[i]].sql, plan);
	}
}

/* ---- documents ------------------------------------------------------------------------------------------ */

static enum document_state reopen(struct ground *ground, const char *name, const char *rules_version, int64_t *document)
{
	const struct document_start start = {.name = name, .rules_version = rules_version, .now_ms = test_now};
	enum document_state state;

	assert_ok(index_document_open(ground->index, &start, document, &state));
	return state;
}

static void a_file_read_before_is_known_until_the_rules_change(void **state)
{
	struct ground *ground = *state;
	const struct piece piece = {.kind = PIECE_WHOLE, .state = PIECE_DONE};
	int64_t document;

	assert_int_equal(reopen(ground, "file:1,2,3,4", "r1", &document), DOCUMENT_READING);
	assert_ok(index_piece_put(ground->index, document, &piece));
	assert_ok(index_document_done(ground->index, document, test_now));
	assert_int_equal(reopen(ground, "file:1,2,3,4", "r1", &document), DOCUMENT_DONE);
	assert_int_equal(reopen(ground, "file:1,2,3,5", "r1", &document), DOCUMENT_READING);
	assert_int_equal(reopen(ground, "file:1,2,3,4", "r2", &document), DOCUMENT_READING);
}

struct seen_pieces {
	size_t count;
	struct piece pieces[4];
};

static void collect(const struct piece *piece, void *context)
{
	struct seen_pieces *seen = context;

	assert_true(seen->count < 4);
	seen->pieces[seen->count++] = *piece;
}

static void pieces_come_back_as_they_were_put_and_are_forgotten_with_the_rules(void **state)
{
	struct ground *ground = *state;
	struct piece range = {.kind = PIECE_RANGE,
		.start = 64,
		.end = 128,
		.state = PIECE_OWED,
		.has_checkpoint = true,
		.checkpoint_member = 3,
		.checkpoint_offset = 99,
		.attempts = 1};
	const struct piece bundle = {.kind = PIECE_BUNDLE, .machine_dir = "PC-7/", .state = PIECE_QUARANTINED, .cause = "killed twice"};
	struct seen_pieces seen = {0};
	int64_t document;

	assert_ok(index_piece_put(ground->index, ground->document, &bundle));
	assert_ok(index_piece_put(ground->index, ground->document, &range));
	range.checkpoint_offset = 120;
	assert_ok(index_piece_put(ground->index, ground->document, &range));
	assert_ok(index_pieces(ground->index, ground->document, collect, &seen));
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.pieces[0].checkpoint_offset, 120);
	assert_int_equal(seen.pieces[0].checkpoint_member, 3);
	assert_int_equal(seen.pieces[1].state, PIECE_QUARANTINED);
	assert_false(seen.pieces[1].has_checkpoint);
	reopen(ground, "file:1,2,3,4", "r2", &document);
	seen.count = 0;
	assert_ok(index_pieces(ground->index, document, collect, &seen));
	assert_int_equal(seen.count, 0);
}

static void the_same_bytes_under_another_name_are_one_document(void **state)
{
	struct ground *ground = *state;
	static const struct record_rules rules = {.alerts_per_run = 1};
	static const uint8_t sha256[32] = {1, 2, 3};
	struct sample sample;
	struct index_counts counts;
	int64_t first = ground->document, second;
	bool known = false;
	json_t *finding = NULL;
	char id[43];

	record(ground, sample_login(&sample, "j.doe@royal-post.example", NULL, "Winter2025"), &rules);
	assert_ok(index_document_digest(ground->index, &first, sha256));
	assert_int_equal(first, ground->document);
	assert_ok(index_document_done(ground->index, first, test_now));
	second = ground->document = open_document(ground->index, "file:7,7,7,7");
	record(ground, &sample, &rules);
	sample.found.offset = 5000;
	record(ground, &sample, &rules);
	assert_ok(index_document_digest(ground->index, &second, sha256));
	assert_int_equal(second, first);
	assert_ok(index_document_done(ground->index, second, test_now));
	assert_ok(index_counts(ground->index, &counts));
	assert_int_equal(counts.documents, 1);
	assert_int_equal(counts.sightings, 2);
	assert_int_equal(reopen(ground, "file:7,7,7,7", "r1", &second), DOCUMENT_DONE);
	assert_ok(index_document_known(ground->index, sha256, "r1", &known));
	assert_true(known);
	assert_ok(index_document_known(ground->index, sha256, "r2", &known));
	assert_false(known);
	finding_id_text(sample.id, id);
	assert_ok(index_finding_show(ground->index, id, test_now, &finding));
	assert_int_equal(json_integer_value(json_object_get(finding, "sightings")), 2);
	json_decref(finding);
}

/* ---- coverage -------------------------------------------------------------------------------------------- */

static void coverage_is_told_by_run_and_by_latest_visit(void **state)
{
	struct ground *ground = *state;
	const struct coverage_failure failures[] = {{"timeout", 2}, {"http_404", 1}};
	const struct coverage coverage = {
		.source = "paste", .due = 9, .fetched = 6, .failed = 3, .items = 4, .failures = failures, .failures_count = 2};
	Lt__NotInspected missed = LT__NOT_INSPECTED__INIT;
	json_t *run = NULL, *latest = NULL;
	const json_t *row;
	char path[] = "logs.zip!/secret.7z", detail[] = "no password fits";

	missed.path = path;
	missed.cause = LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED;
	missed.detail = detail;
	assert_ok(index_coverage_put(ground->index, ground->run, &coverage));
	assert_ok(index_coverage_put(ground->index, ground->run, &coverage));
	assert_ok(index_not_inspected(ground->index, ground->run, ground->document, &missed));
	assert_ok(index_not_inspected(ground->index, ground->run, ground->document, &missed));
	assert_ok(index_run_json(ground->index, 0, &run));
	row = json_array_get(json_object_get(run, "coverage"), 0);
	assert_int_equal(json_integer_value(json_object_get(row, "failed")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "causes"), "timeout")), 2);
	assert_int_equal(json_array_size(json_object_get(run, "not_inspected_list")), 1);
	assert_ok(index_coverage_json(ground->index, &latest));
	assert_int_equal(json_array_size(json_object_get(latest, "sources")), 1);
	json_decref(run);
	json_decref(latest);
}

static void a_source_remembers_its_last_good_contact(void **state)
{
	struct ground *ground = *state;
	const struct source_state good = {.health = SOURCE_OK, .last_try_ms = 10, .last_good_ms = 10},
				  bad = {.health = SOURCE_BLOCKED, .reason = "captcha", .last_try_ms = 20};
	struct source_state read;

	assert_int_equal(index_source_get(ground->index, "paste", &read), INDEX_NONE);
	assert_ok(index_source_put(ground->index, "paste", &good));
	assert_ok(index_source_put(ground->index, "paste", &bad));
	assert_ok(index_source_get(ground->index, "paste", &read));
	assert_int_equal(read.health, SOURCE_BLOCKED);
	assert_string_equal(read.reason, "captcha");
	assert_int_equal(read.last_good_ms, 10);
	assert_int_equal(read.last_try_ms, 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ground_setup, ground_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_url_seen_before_is_not_added_again),
		TEST(only_starts_are_nothing_found),
		TEST(an_operation_that_is_undone_counts_nothing),
		TEST(the_most_urgent_goes_first_and_nothing_before_its_time),
		TEST(a_host_is_left_in_peace_for_its_delay_while_others_go_on),
		TEST(a_host_that_asked_for_quiet_gets_it),
		TEST(what_a_fetch_left_is_there_next_time),
		TEST(a_url_put_first_goes_before_all_others_whatever_its_state),
		TEST(failures_are_counted_until_one_fetch_works),
		TEST(done_and_gone_rest_until_they_are_forced),
		TEST(a_page_that_rests_is_due_again_when_it_is_named_anew),
		TEST(an_item_is_due_again_when_its_listing_tells_another_version),
		TEST(what_was_under_way_in_a_killed_run_is_due_in_the_next),
		TEST(captured_fields_come_back_in_order),
		TEST(a_url_that_cannot_be_kept_is_refused),
		TEST(no_step_of_the_frontier_or_outbox_reads_a_whole_table),
		TEST(a_file_read_before_is_known_until_the_rules_change),
		TEST(pieces_come_back_as_they_were_put_and_are_forgotten_with_the_rules),
		TEST(the_same_bytes_under_another_name_are_one_document),
		TEST(coverage_is_told_by_run_and_by_latest_visit),
		TEST(a_source_remembers_its_last_good_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
