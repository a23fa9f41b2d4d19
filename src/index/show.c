/* Everything about one finding. */
#include "config.h"

#include "index/find.h"
#include "index/finding_detail.h"
#include "index/finding_json.h"
#include "index/finding_row.h"
#include "index/frontier.h"
#include "index/outbox.h"
#include "index/query.h"
#include "index/runs.h"
#include "index/severity.h"
#include "index/store.h"

static json_t *sighting_json(const struct query *query)
{
	json_t *object = json_object();
	const uint8_t *digest;
	size_t len = get_blob(query, 5, &digest);

	set_time(object, "seen", get_int(query, 0));
	set_count(object, "run", get_unsigned(query, 1));
	set_text(object, "source", get_text(query, 2));
	set_text(object, "url", get_text(query, 3));
	set_text(object, "via", get_text(query, 4));
	set_hex(object, "sha256", digest, len);
	set_text(object, "file", get_text(query, 6));
	set_text(object, "path", get_text(query, 7));
	if (!get_null(query, 8))
		set_count(object, "line", get_unsigned(query, 8));
	if (get_int(query, 9) >= 0)
		set_count(object, "offset", get_unsigned(query, 9));
	set_time(object, "fetched_at", get_int(query, 10));
	set_text(object, "circuit", get_text(query, 11));
	return object;
}

static json_t *history_json(const struct query *query)
{
	json_t *object = json_object();

	set_time(object, "at", get_int(query, 0));
	set_text(object, "who", get_text(query, 1));
	set_text(object, "action", get_text(query, 2));
	set_text(object, "detail", get_text(query, 3));
	return object;
}

static json_t *not_inspected_json(const struct query *query)
{
	json_t *object = json_object();

	set_count(object, "run", get_unsigned(query, 0));
	set_text(object, "path", get_text(query, 1));
	set_text(object, "cause", not_inspected_cause_name((Lt__NotInspectedCause)get_int(query, 2)));
	set_text(object, "detail", *get_text(query, 3) ? get_text(query, 3) : NULL);
	if (!get_null(query, 4))
		set_count(object, "offset", get_unsigned(query, 4));
	return object;
}

static json_t *alert_json(const struct query *query)
{
	json_t *object = json_object();

	set_text(object, "hook", get_text(query, 0));
	set_text(object, "state", alert_state_name((enum alert_state)get_int(query, 1)));
	set_count(object, "attempts", get_unsigned(query, 2));
	set_time(object, "created", get_int(query, 3));
	set_time(object, "delivered", get_int(query, 4));
	set_text(object, "error", get_text(query, 5));
	return object;
}

static json_t *alias_json(const struct query *query)
{
	char text[43];
	const uint8_t *id;

	if (get_blob(query, 0, &id) != 20)
		return json_null();
	finding_id_text(id, text);
	return json_string(text);
}

static json_t *neighbour_json(const struct query *query)
{
	json_t *object = json_object();
	char text[43];
	const uint8_t *id;

	if (get_blob(query, 0, &id) == 20) {
		finding_id_text(id, text);
		set_text(object, "id", text);
	}
	set_text(object, "severity", severity_name((enum severity)get_int(query, 1)));
	set_text(object, "kind", finding_kind_name((Lt__FindingKind)get_int(query, 2)));
	set_text(object, "account", get_text(query, 3));
	set_text(object, "service", get_text(query, 4));
	set_text(object, "cookie", get_text(query, 5));
	set_text(object, "state", finding_state_name((enum finding_state)get_int(query, 6)));
	return object;
}

/* Sets name to the array of a statement's rows, unless there are none and it is not wanted then. */
static enum index_result set_rows(json_t *object, const char *name, struct index *index, enum statement statement, int64_t parameter,
	json_t *(*row)(const struct query *query), bool even_empty)
{
	struct query query = query_new(index, statement);
	json_t *array = json_array();
	enum index_result result;

	put_int(&query, parameter);
	while ((result = query_step(&query)) == INDEX_OK)
		json_array_append_new(array, row(&query));
	if (json_array_size(array) > 0 || even_empty)
		json_object_set(object, name, array);
	json_decref(array);
	return result == INDEX_NONE ? INDEX_OK : result;
}

enum index_result index_finding_show(struct index *index, const char *id, int64_t now_ms, json_t **finding)
{
	int64_t number = 0;
	json_t *object = NULL;
	enum index_result result = find_finding(index, id, &number);

	*finding = NULL;
	if (result == INDEX_OK)
		result = finding_json_by_number(index, number, now_ms, &object);
	if (result == INDEX_OK)
		result = set_rows(object, "aliases", index, STATEMENT_FINDING_ALIASES, number, alias_json, false);
	if (result == INDEX_OK)
		result = set_rows(object, "sightings_list", index, STATEMENT_FINDING_SIGHTINGS, number, sighting_json, true);
	if (result == INDEX_OK)
		result = set_rows(object, "same_machine", index, STATEMENT_FINDING_SAME_MACHINE, number, neighbour_json, false);
	if (result == INDEX_OK)
		result = set_rows(object, "not_inspected", index, STATEMENT_FINDING_NOT_INSPECTED, number, not_inspected_json, true);
	if (result == INDEX_OK)
		result = set_rows(object, "alerts", index, STATEMENT_FINDING_ALERTS, number, alert_json, true);
	if (result == INDEX_OK)
		result = set_rows(object, "history", index, STATEMENT_FINDING_HISTORY, number, history_json, true);
	if (result == INDEX_OK)
		*finding = object;
	else
		json_decref(object);
	return result;
}

/* ---- runs and coverage -------------------------------------------------------------------------------- */

static const char *run_kind_name(int64_t kind)
{
	return kind == RUN_CRAWL ? "crawl" : "scan";
}

static const char *run_outcome_name(int64_t outcome)
{
	static const char *const names[] = {"running", "done", "incomplete", "failed", "interrupted"};

	return outcome >= 0 && outcome < (int64_t)(sizeof(names) / sizeof(*names)) ? names[outcome] : "unknown";
}

static json_t *run_json(const struct query *query)
{
	static const char *const counters[] = {"documents", "bytes", "findings_new", "findings_seen", "alerts", "not_inspected", "errors"};
	json_t *object = json_object();

	set_text(object, "schema", "leaktrawl.run/1");
	set_count(object, "id", get_unsigned(query, 0));
	set_text(object, "kind", run_kind_name(get_int(query, 1)));
	set_text(object, "outcome", run_outcome_name(get_int(query, 2)));
	set_time(object, "started", get_int(query, 3));
	set_time(object, "ended", get_int(query, 4));
	json_object_set_new(object, "baseline", json_boolean(get_int(query, 5)));
	json_object_set_new(object, "unsandboxed", json_boolean(get_int(query, 6)));
	set_text(object, "version", get_text(query, 7));
	set_text(object, "error", get_text(query, 8));
	for (int i = 0; i < (int)(sizeof(counters) / sizeof(*counters)); i++)
		set_count(object, counters[i], get_unsigned(query, 9 + i));
	return object;
}

static json_t *coverage_row_json(const struct query *query)
{
	static const char *const counters[] = {"due", "fetched", "unchanged", "gone", "failed", "blocked", "left", "items", "bytes"};
	json_t *object = json_object(), *causes = NULL;

	set_text(object, "source", get_text(query, 0));
	set_count(object, "run", get_unsigned(query, 1));
	for (int i = 0; i < (int)(sizeof(counters) / sizeof(*counters)); i++)
		set_count(object, counters[i], get_unsigned(query, 2 + i));
	set_count(object, "alike", get_unsigned(query, 16));
	json_object_set_new(object, "dried_up", json_boolean(get_int(query, 11)));
	set_text(object, "note", get_text(query, 12));
	if (get_text(query, 13))
		causes = json_loads(get_text(query, 13), 0, NULL);
	if (json_object_size(causes) > 0)
		json_object_set(object, "causes", causes);
	json_decref(causes);
	if (!get_null(query, 14)) {
		set_text(object, "health", source_health_name((enum source_health)get_int(query, 14)));
		set_time(object, "last_good", get_int(query, 15));
	}
	return object;
}

enum index_result index_runs(struct index *index, uint64_t limit, bool (*each)(json_t *run, void *context), void *context)
{
	struct query query = query_new(index, STATEMENT_RUNS);
	enum index_result result;
	bool more = true;

	put_int(&query, limit == 0 || limit > INT64_MAX ? -1 : (int64_t)limit);
	while (more && (result = query_step(&query)) == INDEX_OK) {
		json_t *run = run_json(&query);
		more = each(run, context);
		json_decref(run);
	}
	if (!more)
		query_end(&query);
	return !more || result == INDEX_NONE ? INDEX_OK : result;
}

static enum index_result read_run(struct index *index, int64_t run, json_t **object)
{
	struct query query = query_new(index, STATEMENT_RUN_READ);
	enum index_result result;

	put_int(&query, run);
	result = query_step(&query);
	if (result == INDEX_NONE)
		return store_fail(index, INDEX_NONE, run ? "there is no run %lld" : "there was no run yet", (long long)run);
	if (result != INDEX_OK)
		return result;
	*object = run_json(&query);
	query_end(&query);
	return INDEX_OK;
}

enum index_result index_run_json(struct index *index, int64_t run, json_t **out)
{
	json_t *object = NULL;
	enum index_result result = read_run(index, run, &object);

	*out = NULL;
	if (result == INDEX_OK) {
		run = json_integer_value(json_object_get(object, "id"));
		result = set_rows(object, "coverage", index, STATEMENT_RUN_COVERAGE, run, coverage_row_json, true);
	}
	if (result == INDEX_OK)
		result = set_rows(object, "not_inspected_list", index, STATEMENT_RUN_NOT_INSPECTED, run, not_inspected_json, true);
	if (result == INDEX_OK)
		*out = object;
	else
		json_decref(object);
	return result;
}

enum index_result index_coverage_json(struct index *index, json_t **out)
{
	json_t *object = json_object(), *run = NULL;
	enum index_result result = read_run(index, 0, &run);

	*out = NULL;
	if (result == INDEX_OK)
		json_object_set_new(object, "last_run", run);
	if (result == INDEX_OK || result == INDEX_NONE)
		result = set_rows(object, "sources", index, STATEMENT_COVERAGE_LATEST, 0, coverage_row_json, true);
	if (result == INDEX_OK)
		*out = object;
	else
		json_decref(object);
	return result;
}
