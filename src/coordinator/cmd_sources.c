#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/units.h"
#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "coordinator/sources_check.h"
#include "coordinator/sources_cookies.h"
#include "coordinator/table.h"
#include "index/frontier.h"
#include "shared/log.h"
#include "shared/mem.h"

/* ---- list --------------------------------------------------------------------------------------- */

enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL };

struct sources_values {
	int format;
};

static const char *const formats[] = {"table", "json", "jsonl", NULL};
static const struct option_row sources_options[] = {
	{"format", 'f', OPTION_CHOICE, offsetof(struct sources_values, format), NULL, "how to print", formats},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
	{.title = "SOURCE"},
	{.title = "STATE"},
	{.title = "SITE", .shrinks = true, .spare = 3},
	{.title = "VIA"},
	{.title = "EVERY", .right = true, .spare = 4},
	{.title = "STARTS", .right = true, .spare = 5},
	{.title = "LAST GOOD", .right = true},
	{.title = "WAITING", .right = true, .spare = 2},
	{.title = "REASON", .shrinks = true},
};

/* A source of the configuration and what the index knows of it; zeroes where there is no index yet. */
struct source_view {
	const struct source *source;
	struct source_state state;
	struct frontier_counts counts;
	int64_t now_ms;
};

static const char *state_name(const struct source_view *view)
{
	return view->source->enabled ? source_health_name(view->state.health) : "disabled";
}

static void add_row(struct table *table, const struct source_view *view)
{
	char every[UNITS_TEXT_BYTES], starts[24], waiting[24], age[UNITS_TEXT_BYTES];
	char last_good[UNITS_TEXT_BYTES + 8] = "never";

	units_print_duration(view->source->every_ms, every);
	(void)snprintf(starts, sizeof starts, "%zu", view->source->start_count);
	(void)snprintf(waiting, sizeof waiting, "%llu", (unsigned long long)view->counts.waiting);
	units_print_age(view->now_ms - view->state.last_good_ms, age);
	if (view->state.last_good_ms > 0)
		(void)snprintf(last_good, sizeof last_good, "%s ago", age);
	table_row(table,
		(const char *const[]){view->source->name, state_name(view), view->source->site, view->source->via, every, starts, last_good,
			waiting, view->state.reason},
		view->state.health > SOURCE_OK ? TONE_WARN
		: view->source->enabled        ? TONE_PLAIN
					       : TONE_FAINT);
}

static void put_moment(json_t *object, const char *name, int64_t ms)
{
	char text[UNITS_TEXT_BYTES];

	if (ms <= 0)
		return;
	units_print_moment(ms, text);
	json_object_set_new(object, name, json_string(text));
}

static json_t *source_json(const struct source_view *view)
{
	const struct source *source = view->source;
	json_t *start = json_array();
	json_t *object = json_pack("{s:s, s:s, s:b, s:s, s:I, s:s, s:I}", "schema", "leaktrawl.source/1", "name", source->name, "enabled",
		(int)source->enabled, "via", source->via, "every_seconds", (json_int_t)(source->every_ms / 1000), "state", state_name(view),
		"waiting", (json_int_t)view->counts.waiting);

	for (size_t i = 0; i < source->start_count; i++)
		json_array_append_new(start, json_string(source->start[i]));
	json_object_set_new(object, "start", start);
	if (source->site != NULL)
		json_object_set_new(object, "site", json_string(source->site));
	if (view->state.reason != NULL)
		json_object_set_new(object, "reason", json_string(view->state.reason));
	put_moment(object, "last_try", view->state.last_try_ms);
	put_moment(object, "last_good", view->state.last_good_ms);
	put_moment(object, "last_item", view->state.last_item_ms);
	return object;
}

static void print_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(value);
}

static void print_sources(struct index *index, const struct config *config, int format)
{
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
	json_t *list = json_array();

	for (size_t i = 0; i < config->sources_count; i++) {
		struct source_view view = {.source = &config->sources[i], .now_ms = wall_ms()};

		if (index != NULL) {
			(void)index_frontier_counts(index, view.source->name, &view.counts);
			(void)index_source_get(index, view.source->name, &view.state);
		}
		if (format == FORMAT_TABLE)
			add_row(table, &view);
		else if (format == FORMAT_JSONL)
			print_json(source_json(&view));
		else
			json_array_append_new(list, source_json(&view));
	}
	if (format == FORMAT_JSON)
		print_json(json_pack("{s:s, s:O}", "schema", "leaktrawl.sources/1", "sources", list));
	table_print(table, stdout, 0);
	table_free(table);
	json_decref(list);
}

static int list_sources(struct command_context *context, int format)
{
	const char *path = context->config->index_path;
	struct index *index = NULL;
	struct stat status;

	if (stat(path, &status) == 0) {
		index = open_for_query(path, INDEX_READ);
		if (index == NULL)
			return STATUS_ERROR;
	}
	print_sources(index, context->config, format);
	if (context->config->sources_count == 0)
		log_info("no sources are configured: see sources in leaktrawl.yml(5)");
	index_close(index);
	return STATUS_DONE;
}

/* ---- the command ------------------------------------------------------------------------------- */

static const struct command_row sources_commands[] = {
	{"check", "try what describes sites, also on a saved page", sources_check, NEEDS_CONFIG | NEEDS_WORKERS},
	{"cookies", "the cookies of your own log-in at a source", sources_cookies, NEEDS_CONFIG},
	{NULL, NULL, NULL, 0},
};

static const struct command_usage sources_usage = {
	.operands = "[check | cookies]",
	.about = "Lists the sources of the configuration and, once there is an index, how they\n"
		 "fare: their state, when they last answered, how many URLs wait.\n",
	.options = sources_options,
	.subcommands = sources_commands,
};

int cmd_sources(struct command_context *context, int argc, char **argv)
{
	struct sources_values values = {FORMAT_TABLE};

	if (argc > 1 && argv[1][0] != '-')
		return command_dispatch(context, sources_commands, argc, argv);
	if (!command_begin(context, &sources_usage, &values, &argc, &argv))
		return context->status;
	return list_sources(context, values.format);
}
