#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alert/handing.h"
#include "coordinator/commands.h"
#include "coordinator/csv.h"
#include "coordinator/open_index.h"
#include "coordinator/output.h"
#include "coordinator/table.h"
#include "index/finding_json.h"
#include "index/outbox.h"
#include "shared/log.h"

/* ---- list ------------------------------------------------------------------------------------------------ */

static const char *const state_words[] = {"any", "owed", "delivered", "dead", "summarised", NULL}; /* by enum alert_state */

struct list_values {
	int state, format;
	const char *hook;
	uint64_t limit;
};
static const struct option_row list_options[] = {
	{"state", 's', OPTION_CHOICE, offsetof(struct list_values, state), NULL, "in this state", state_words},
	{"hook", 0, OPTION_TEXT, offsetof(struct list_values, hook), "NAME", "of this hook", NULL},
	{"limit", 'n', OPTION_NUMBER, offsetof(struct list_values, limit), "N", "at most so many; 0 is all; 50 unless given", NULL},
	{"format", 'f', OPTION_CHOICE, offsetof(struct list_values, format), NULL, "how to print", output_format_names},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage list_usage = {
	.about = "Lists the outbox, the newest first: what is owed, was delivered, or was given up.\n",
	.options = list_options,
};
static const struct table_column list_columns[] = {
	{.title = "ALERT", .right = true},
	{.title = "STATE"},
	{.title = "HOOK", .shrinks = true},
	{.title = "KIND", .spare = 4},
	{.title = "FINDING"},
	{.title = "CREATED", .spare = 3},
	{.title = "NEXT TRY"},
	{.title = "TRIES", .right = true, .spare = 2},
	{.title = "ERROR", .shrinks = true},
};
enum { LIST_COLUMNS = sizeof(list_columns) / sizeof(*list_columns), SHORT_ID = 12 };

struct listing {
	enum output_format format;
	struct table *table;
	json_t *array;
};

/* A row's texts, whole; "" where there is none. */
struct row_texts {
	char number[24], finding[43], created[32], due[32], delivered[32], attempts[24];
};

static struct row_texts texts_of(const struct alert_row *row)
{
	struct row_texts texts = {"", "", "", "", "", ""};

	snprintf(texts.number, sizeof(texts.number), "%lld", (long long)row->id);
	snprintf(texts.attempts, sizeof(texts.attempts), "%u", row->attempts);
	if (row->finding)
		finding_id_text(row->finding, texts.finding);
	time_text(row->created_ms, texts.created);
	if (row->state == ALERT_OWED)
		time_text(row->due_ms, texts.due);
	if (row->delivered_ms)
		time_text(row->delivered_ms, texts.delivered);
	return texts;
}

static void add_to_table(struct table *table, const struct alert_row *row, struct row_texts *texts)
{
	char created[SHORT_TIME_BYTES], due[SHORT_TIME_BYTES];
	const char *cells[LIST_COLUMNS] = {texts->number, alert_state_name(row->state), row->hook, alert_kind_name(row->kind),
		texts->finding, created, due, texts->attempts, row->error};

	texts->finding[SHORT_ID] = 0;
	short_time(texts->created, created);
	short_time(texts->due, due);
	table_row(table, cells, row->state == ALERT_DEAD ? TONE_BAD : TONE_PLAIN);
}

static json_t *row_json(const struct alert_row *row, const struct row_texts *texts)
{
	json_t *object = json_pack("{ss,sI,ss,ss,ss,sI,ss}", "schema", "leaktrawl.alert/1", "alert", (json_int_t)row->id, "hook", row->hook,
		"kind", alert_kind_name(row->kind), "state", alert_state_name(row->state), "attempts", (json_int_t)row->attempts, "created",
		texts->created);

	if (row->finding)
		json_object_set_new(object, "finding", json_string(texts->finding));
	if (*texts->due)
		json_object_set_new(object, "due", json_string(texts->due));
	if (*texts->delivered)
		json_object_set_new(object, "delivered", json_string(texts->delivered));
	if (row->error)
		json_object_set_new(object, "error", json_string(row->error));
	if (row->count)
		json_object_set_new(object, "count", json_integer((json_int_t)row->count));
	return object;
}

static void print_csv(const struct alert_row *row, const struct row_texts *texts)
{
	const char *fields[] = {texts->number, alert_state_name(row->state), row->hook, alert_kind_name(row->kind), texts->finding,
		texts->created, texts->due, texts->delivered, texts->attempts, row->error};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		fputs(i ? "," : "", stdout);
		csv_field(stdout, fields[i]);
	}
	fputs("\r\n", stdout);
}

static void take(const struct alert_row *row, void *context)
{
	struct listing *listing = context;
	struct row_texts texts = texts_of(row);

	if (listing->format == OUTPUT_TABLE)
		add_to_table(listing->table, row, &texts);
	else if (listing->format == OUTPUT_CSV)
		print_csv(row, &texts);
	else
		json_array_append_new(listing->array, row_json(row, &texts));
}

static void finish(struct listing *listing)
{
	size_t flags = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0, i;
	const json_t *row;
	json_t *whole;

	table_print(listing->table, stdout, 0);
	if (listing->format == OUTPUT_JSON) {
		whole = json_pack("{ss,sO}", "schema", "leaktrawl.alerts/1", "alerts", listing->array);
		json_dumpf(whole, stdout, flags | JSON_INDENT(2));
		putchar('\n');
		json_decref(whole);
	} else if (listing->format == OUTPUT_JSONL) {
		json_array_foreach(listing->array, i, row)
		{
			json_dumpf(row, stdout, flags | JSON_COMPACT);
			putchar('\n');
		}
	}
	table_free(listing->table);
	json_decref(listing->array);
}

static enum index_result list(struct index *index, const struct list_values *values)
{
	struct listing listing = {(enum output_format)values->format, table_new(list_columns, LIST_COLUMNS), json_array()};
	struct alert_counts counts;
	enum index_result result;

	if (listing.format == OUTPUT_CSV)
		fputs("alert,state,hook,kind,finding,created,due,delivered,attempts,error\r\n", stdout);
	result = index_alerts(index, (enum alert_state)values->state, values->hook, values->limit, take, &listing);
	finish(&listing);
	if (result == INDEX_OK)
		result = index_alert_counts(index, &counts);
	if (result == INDEX_OK)
		log_info("%llu owed, %llu delivered, %llu given up%s", (unsigned long long)counts.owed,
			(unsigned long long)counts.delivered, (unsigned long long)counts.dead,
			counts.dead ? " (leaktrawl alerts retry owes them again)" : "");
	return result;
}

static int alerts_list(struct command_context *context, int argc, char **argv)
{
	struct list_values values = {.limit = 50};
	struct index *index;
	enum index_result result;

	if (!command_begin(context, &list_usage, &values, &argc, &argv))
		return context->status;
	index = open_for_query(context->config->index_path, INDEX_READ);
	if (!index)
		return STATUS_ERROR;
	result = list(index, &values);
	if (result != INDEX_OK)
		log_error("%s", index_why(index));
	index_close(index);
	return result == INDEX_OK ? STATUS_DONE : STATUS_ERROR;
}

/* ---- retry ----------------------------------------------------------------------------------------------- */

static const struct command_usage retry_usage = {
	.operands = "[ALERT...]",
	.about = "Owes alerts again, now and with fresh tries: those given, or all that were given\n"
		 "up. The next crawl or scan delivers them.\n",
	.least = 0,
	.most = -1,
};

static bool retry(struct index *index, int64_t alert, uint64_t *total)
{
	uint64_t changed = 0;

	if (index_alert_retry(index, alert, wall_ms(), &changed) != INDEX_OK) {
		log_error("%s", index_why(index));
		return false;
	}
	if (alert != 0 && changed == 0) {
		log_error("alert %lld: there is none that waits or was given up", (long long)alert);
		return false;
	}
	*total += changed;
	return true;
}

static int64_t alert_number(const char *text)
{
	char *end;
	long long value = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0;

	return value > 0 && *end == 0 ? value : 0;
}

static int alerts_retry(struct command_context *context, int argc, char **argv)
{
	struct index *index;
	uint64_t total = 0;
	bool ok = true;

	if (!command_begin(context, &retry_usage, NULL, &argc, &argv))
		return context->status;
	for (int i = 0; i < argc; i++)
		if (alert_number(argv[i]) == 0)
			return command_misused(context, "\"%s\" is no alert: give a number of `leaktrawl alerts list`", argv[i]);
	index = open_for_query(context->config->index_path, INDEX_WRITE);
	if (!index)
		return STATUS_ERROR;
	if (argc == 0)
		ok = retry(index, 0, &total);
	for (int i = 0; i < argc; i++)
		ok = retry(index, alert_number(argv[i]), &total) && ok;
	index_close(index);
	log_info("%llu %s owed again", (unsigned long long)total, total == 1 ? "alert is" : "alerts are");
	return ok ? STATUS_DONE : STATUS_ERROR;
}

/* ---- test ------------------------------------------------------------------------------------------------ */

static const struct command_usage test_usage = {
	.operands = "[HOOK]",
	.about = "Sends an invented finding to one hook, or to all, and says how each went. Nothing\n"
		 "is written to the index.\n",
	.least = 0,
	.most = 1,
};

static int alerts_test(struct command_context *context, int argc, char **argv)
{
	if (!command_begin(context, &test_usage, NULL, &argc, &argv))
		return context->status;
	return hand_test(context, argc > 0 ? argv[0] : NULL);
}

static const struct command_row alerts_commands[] = {
	{"list", "what is owed, was delivered, or was given up", alerts_list, NEEDS_CONFIG},
	{"retry", "owe alerts again that were given up", alerts_retry, NEEDS_CONFIG},
	{"test", "send an invented finding to a hook", alerts_test, NEEDS_CONFIG | NEEDS_WORKERS},
	{NULL, NULL, NULL, 0},
};

int cmd_alerts(struct command_context *context, int argc, char **argv)
{
	static const struct command_usage usage = {
		.about = "The alerts owed to hooks.\n",
		.subcommands = alerts_commands,
		.least = 0,
		.most = -1,
	};

	if (argc > 1 && argv[1][0] != '-')
		return command_dispatch(context, alerts_commands, argc, argv);
	if (!command_begin(context, &usage, NULL, &argc, &argv))
		return context->status;
	return command_misused(context, "a word is missing: list, retry or test");
}
