#include "config.h"

#include "index/runs.h"

#include "index/store.h"
#include "messages/legal.h"

/* ---- runs ---------------------------------------------------------------------------------------- */

/* Under the run lock nobody else can hold a lease. */
static enum index_result release_leases(struct index *index)
{
	static const enum statement releases[] = {
		STATEMENT_OUTBOX_RELEASE, STATEMENT_FRONTIER_RELEASE_HOSTS, STATEMENT_FRONTIER_RELEASE, STATEMENT_FRONTIER_RELEASE_COUNTS};
	enum index_result result = INDEX_OK;

	for (size_t i = 0; i < sizeof(releases) / sizeof(*releases) && result == INDEX_OK; i++) {
		struct query query = query_new(index, releases[i]);
		result = query_run(&query);
	}
	return result;
}

/* What a run owed a hook beyond its cap is one alert. */
static enum index_result owe_summaries(struct index *index, int64_t run, int64_t now_ms)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_OWE_SUMMARIES);

	put_int(&query, run);
	put_int(&query, now_ms);
	return query_run(&query);
}

static enum index_result close_interrupted(struct index *index, int64_t now_ms, unsigned *interrupted)
{
	enum index_result result;

	for (*interrupted = 0;; ++*interrupted) {
		int64_t run = 0;
		struct query query = query_new(index, STATEMENT_RUN_OPEN);
		result = query_value(&query, &run);
		if (result != INDEX_OK)
			return result == INDEX_NONE ? INDEX_OK : result;
		result = owe_summaries(index, run, now_ms);
		if (result != INDEX_OK)
			return result;
		query = query_new(index, STATEMENT_RUN_INTERRUPTED);
		put_int(&query, run);
		put_int(&query, now_ms);
		result = query_run(&query);
		if (result != INDEX_OK)
			return result;
	}
}

static enum index_result begin_run(struct index *index, const struct run_start *start, int64_t *run)
{
	struct query query = query_new(index, STATEMENT_RUN_BEGIN);
	enum index_result result;

	put_int(&query, start->kind);
	put_int(&query, start->baseline);
	put_int(&query, start->unsandboxed);
	put_text(&query, start->version);
	put_text(&query, start->rules_version);
	put_int(&query, start->now_ms);
	result = query_run(&query);
	*run = store_last_id(index);
	return result;
}

enum index_result index_run_begin(struct index *index, const struct run_start *start, int64_t *run, unsigned *interrupted)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = close_interrupted(index, start->now_ms, interrupted);
	if (result == INDEX_OK)
		result = release_leases(index);
	if (result == INDEX_OK)
		result = begin_run(index, start, run);
	return store_leave(index, result);
}

static enum index_result end_run(
	struct index *index, int64_t run, enum run_outcome outcome, const struct run_counters *counters, const char *error, int64_t now_ms)
{
	struct query query = query_new(index, STATEMENT_RUN_END);
	enum index_result result;

	put_int(&query, run);
	put_int(&query, outcome);
	put_text(&query, error);
	put_int(&query, now_ms);
	put_unsigned(&query, counters->documents);
	put_unsigned(&query, counters->bytes);
	put_unsigned(&query, counters->findings_new);
	put_unsigned(&query, counters->findings_seen);
	put_unsigned(&query, counters->alerts);
	put_unsigned(&query, counters->not_inspected);
	put_unsigned(&query, counters->errors);
	result = query_run(&query);
	return result == INDEX_OK ? owe_summaries(index, run, now_ms) : result;
}

enum index_result index_run_end(
	struct index *index, int64_t run, enum run_outcome outcome, const struct run_counters *counters, const char *error, int64_t now_ms)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = end_run(index, run, outcome, counters, error, now_ms);
	return store_leave(index, result);
}

/* ---- coverage ------------------------------------------------------------------------------------ */

static enum index_result put_failure(struct index *index, int64_t run, int64_t source, const struct coverage_failure *failure)
{
	struct query query = query_new(index, STATEMENT_COVERAGE_FAILURE_PUT);

	put_int(&query, run);
	put_int(&query, source);
	put_text(&query, failure->cause);
	put_unsigned(&query, failure->count);
	return query_run(&query);
}

static enum index_result put_row(struct index *index, int64_t run, int64_t source, const struct coverage *coverage)
{
	struct query query = query_new(index, STATEMENT_COVERAGE_PUT);

	put_int(&query, run);
	put_int(&query, source);
	put_unsigned(&query, coverage->due);
	put_unsigned(&query, coverage->fetched);
	put_unsigned(&query, coverage->unchanged);
	put_unsigned(&query, coverage->gone);
	put_unsigned(&query, coverage->failed);
	put_unsigned(&query, coverage->blocked);
	put_unsigned(&query, coverage->left);
	put_unsigned(&query, coverage->items);
	put_unsigned(&query, coverage->bytes);
	put_int(&query, coverage->dried_up);
	put_text(&query, coverage->note);
	put_unsigned(&query, coverage->alike);
	return query_run(&query);
}

static enum index_result forget_failures(struct index *index, int64_t run, int64_t source)
{
	struct query query = query_new(index, STATEMENT_COVERAGE_FAILURES_FORGET);

	put_int(&query, run);
	put_int(&query, source);
	return query_run(&query);
}

static enum index_result put_coverage(struct index *index, int64_t run, const struct coverage *coverage)
{
	int64_t source = 0;
	enum index_result result = store_source(index, coverage->source, &source);

	if (result == INDEX_OK && source == 0)
		return store_fail(index, INDEX_REFUSED, "coverage needs the name of a source");
	if (result == INDEX_OK)
		result = put_row(index, run, source, coverage);
	if (result == INDEX_OK)
		result = forget_failures(index, run, source);
	for (size_t i = 0; i < coverage->failures_count && result == INDEX_OK; i++)
		result = put_failure(index, run, source, &coverage->failures[i]);
	return result;
}

enum index_result index_coverage_put(struct index *index, int64_t run, const struct coverage *coverage)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = put_coverage(index, run, coverage);
	return store_leave(index, result);
}

static enum index_result put_not_inspected(struct index *index, int64_t run, int64_t document, const Lt__NotInspected *what)
{
	struct query query = query_new(index, STATEMENT_NOT_INSPECTED_PUT);

	put_int(&query, run);
	put_int_or_null(&query, document != 0, document);
	put_text(&query, what->path);
	put_int(&query, what->cause);
	put_text(&query, what->detail ? what->detail : "");
	if (what->has_offset)
		put_unsigned(&query, what->offset);
	else
		put_null(&query);
	return query_run(&query);
}

enum index_result index_not_inspected(struct index *index, int64_t run, int64_t document, const Lt__NotInspected *what)
{
	char why[200];
	enum index_result result;

	if (!legal_content(&what->base, why, sizeof(why)))
		return store_fail(index, INDEX_REFUSED, "a place that was not inspected: %s", why);
	result = store_enter(index);
	if (result == INDEX_OK)
		result = put_not_inspected(index, run, document, what);
	return store_leave(index, result);
}

/* ---- canaries ------------------------------------------------------------------------------------ */

enum index_result index_canary_seen(struct index *index, int64_t run, const char *account, int64_t now_ms)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_CANARY_PUT);
		put_text(&query, account);
		put_int(&query, now_ms);
		put_int(&query, run);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

enum index_result index_canary_last_ms(struct index *index, const char *account, int64_t *last_ms)
{
	struct query query = query_new(index, STATEMENT_CANARY_GET);
	enum index_result result;

	*last_ms = 0;
	put_text(&query, account);
	result = query_value(&query, last_ms);
	return result == INDEX_NONE ? INDEX_OK : result;
}
