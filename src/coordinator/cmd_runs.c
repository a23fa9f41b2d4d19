#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "coordinator/table.h"
#include "index/query.h"
#include "shared/log.h"
#include "shared/mem.h"

static const char *const runs_formats[] = {"table", "json", "jsonl", NULL};
enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL };

struct runs_values {
	int format;
	uint64_t limit;
};
static const struct option_row runs_options[] = {
	{"limit", 'n', OPTION_NUMBER, offsetof(struct runs_values, limit), "N", "at most so many runs; 0 is all; 20 unless given", NULL},
	{"format", 'f', OPTION_CHOICE, offsetof(struct runs_values, format), NULL, "how to print", runs_formats},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage runs_usage = {
	.operands = "[RUN]",
	.about = "Lists crawls and scans, the newest first. With a run's number (or \"last\"):\n"
		 "what it reached source by source, and every place it did not inspect, with\n"
		 "the reason.\n",
	.options = runs_options,
	.least = 0,
	.most = 1,
};

static const struct table_column run_columns[] = {
	{.title = "RUN", .right = true},
	{.title = "KIND"},
	{.title = "STARTED"},
	{.title = "OUTCOME"},
	{.title = "DOCUMENTS", .right = true},
	{.title = "NEW", .right = true},
	{.title = "ALERTS", .right = true},
	{.title = "MISSED", .right = true},
	{.title = "NOTES", .shrinks = true},
};
static const struct table_column source_columns[] = {
	{.title = "SOURCE", .shrinks = true},
	{.title = "DUE", .right = true},
	{.title = "FETCHED", .right = true},
	{.title = "UNCHANGED", .right = true},
	{.title = "GONE", .right = true},
	{.title = "FAILED", .right = true},
	{.title = "BLOCKED", .right = true},
	{.title = "LEFT", .right = true},
	{.title = "ITEMS", .right = true},
	{.title = "ALIKE", .right = true, .spare = 1},
	{.title = "NOTES", .shrinks = true},
};
static const struct table_column missed_columns[] = {
	{.title = "CAUSE"},
	{.title = "WHERE", .shrinks = true},
	{.title = "OFFSET", .right = true},
	{.title = "DETAIL", .shrinks = true},
};
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

struct number {
	char text[24];
};
static struct number number_in(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	struct number number = {""};

	if (value)
		snprintf(number.text, sizeof(number.text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return number;
}

/* ---- the list ------------------------------------------------------------------------------------------- */

static bool run_row(json_t *run, void *context)
{
	struct number id = number_in(run, "id"), documents = number_in(run, "documents"), found = number_in(run, "findings_new"),
		      alerts = number_in(run, "alerts"), missed = number_in(run, "not_inspected");
	char started[SHORT_TIME_BYTES];
	char *notes = xasprintf("%s%s%s", json_is_true(json_object_get(run, "baseline")) ? "baseline " : "",
		json_is_true(json_object_get(run, "unsandboxed")) ? "UNSANDBOXED " : "", text_in(run, "error"));
	const char *outcome = text_in(run, "outcome");
	const char *cells[COUNT(run_columns)] = {
		id.text, text_in(run, "kind"), started, outcome, documents.text, found.text, alerts.text, missed.text, notes};

	short_time(text_in(run, "started"), started);
	table_row(context, cells, strcmp(outcome, "failed") == 0 ? TONE_BAD : TONE_PLAIN);
	free(notes);
	return true;
}

static bool run_json(json_t *run, void *context)
{
	json_array_append(context, run);
	return true;
}

static void dump(const json_t *object, size_t flags)
{
	json_dumpf(object, stdout, flags | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
	putchar('\n');
}

static bool run_line(json_t *run, void *context)
{
	(void)context;
	dump(run, JSON_COMPACT);
	return true;
}

static enum index_result list(struct index *index, const struct runs_values *values)
{
	struct table *table;
	json_t *array;
	enum index_result result;

	if (values->format == FORMAT_JSONL)
		return index_runs(index, values->limit, run_line, NULL);
	if (values->format == FORMAT_JSON) {
		array = json_array();
		result = index_runs(index, values->limit, run_json, array);
		array = json_pack("{ss,so}", "schema", "leaktrawl.runs/1", "runs", array);
		dump(array, JSON_INDENT(2));
		json_decref(array);
		return result;
	}
	table = table_new(run_columns, COUNT(run_columns));
	result = index_runs(index, values->limit, run_row, table);
	table_print(table, stdout, 0);
	if (result == INDEX_OK && table_rows(table) == 0)
		log_info("nothing was crawled or scanned yet");
	table_free(table);
	return result;
}

/* ---- one run --------------------------------------------------------------------------------------------- */

static char *source_notes(const json_t *source)
{
	const json_t *causes = json_object_get(source, "causes");
	char *dumped = causes ? json_dumps(causes, JSON_COMPACT) : NULL;
	char *notes = xasprintf("%s%s%s%s", json_is_true(json_object_get(source, "dried_up")) ? "dried up " : "", text_in(source, "note"),
		*text_in(source, "note") && dumped ? " " : "", dumped ? dumped : "");

	free(dumped);
	return notes;
}

static void print_sources(const json_t *sources)
{
	struct table *table = table_new(source_columns, COUNT(source_columns));
	const json_t *source;
	size_t i;

	json_array_foreach(sources, i, source)
	{
		struct number due = number_in(source, "due"), fetched = number_in(source, "fetched"),
			      unchanged = number_in(source, "unchanged"), gone = number_in(source, "gone"),
			      failed = number_in(source, "failed"), blocked = number_in(source, "blocked"),
			      left = number_in(source, "left"), items = number_in(source, "items"), alike = number_in(source, "alike");
		char *notes = source_notes(source);
		const char *cells[COUNT(source_columns)] = {text_in(source, "source"), due.text, fetched.text, unchanged.text, gone.text,
			failed.text, blocked.text, left.text, items.text, alike.text, notes};
		table_row(table, cells, json_integer_value(json_object_get(source, "failed")) > 0 ? TONE_WARN : TONE_PLAIN);
		free(notes);
	}
	if (table_rows(table) > 0)
		fputs("\nCoverage\n", stdout);
	table_print(table, stdout, 0);
	table_free(table);
}

/* total: what the run counted; the list has an end. */
static void print_missed(const json_t *places, json_int_t total)
{
	struct table *table = table_new(missed_columns, COUNT(missed_columns));
	const json_t *place;
	size_t i;

	json_array_foreach(places, i, place)
	{
		struct number offset = number_in(place, "offset");
		const char *cells[COUNT(missed_columns)] = {
			text_in(place, "cause"), text_in(place, "path"), offset.text, text_in(place, "detail")};
		table_row(table, cells, TONE_WARN);
	}
	if (table_rows(table) > 0)
		fputs("\nNot inspected\n", stdout);
	table_print(table, stdout, 0);
	if (total > (json_int_t)table_rows(table))
		log_info("%zu of %lld places shown", table_rows(table), (long long)total);
	table_free(table);
}

static enum index_result show(struct index *index, int64_t run, int format)
{
	json_t *object = NULL;
	enum index_result result = index_run_json(index, run, &object);
	struct table *table;

	if (result != INDEX_OK)
		return result;
	if (format != FORMAT_TABLE) {
		dump(object, format == FORMAT_JSON ? JSON_INDENT(2) : JSON_COMPACT);
	} else {
		table = table_new(run_columns, COUNT(run_columns));
		run_row(object, table);
		table_print(table, stdout, 0);
		table_free(table);
		print_sources(json_object_get(object, "coverage"));
		print_missed(json_object_get(object, "not_inspected_list"), json_integer_value(json_object_get(object, "not_inspected")));
	}
	json_decref(object);
	return INDEX_OK;
}

/* A run's number; 0 for "last"; -1: neither. */
static int64_t run_number(const char *text)
{
	char *end;
	long long value;

	if (strcmp(text, "last") == 0)
		return 0;
	value = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
	return value > 0 && *end == 0 ? value : -1;
}

int cmd_runs(struct command_context *context, int argc, char **argv)
{
	struct runs_values values = {.limit = 20};
	struct index *index;
	int64_t run = 0;
	enum index_result result;

	if (!command_begin(context, &runs_usage, &values, &argc, &argv))
		return context->status;
	if (argc > 0)
		run = run_number(argv[0]);
	if (run < 0)
		return command_misused(context, "\"%s\" is no run: give its number, or \"last\"", argv[0]);
	index = open_for_query(context->config->index_path, INDEX_READ);
	if (!index)
		return STATUS_ERROR;
	result = argc > 0 ? show(index, run, values.format) : list(index, &values);
	if (result != INDEX_OK)
		log_error("%s", index_why(index));
	index_close(index);
	return result == INDEX_OK ? STATUS_DONE : STATUS_ERROR;
}
