#include "config.h"

#include "coordinator/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/csv.h"
#include "coordinator/open_index.h"
#include "coordinator/table.h"
#include "index/query.h"
#include "index/severity.h"
#include "shared/log.h"
#include "shared/mem.h"

const char *const output_format_names[] = {"table", "json", "jsonl", "csv", NULL};

static const struct table_column columns[] = {
	{.title = "SEVERITY"},
	{.title = "KIND"},
	{.title = "ACCOUNT", .shrinks = true},
	{.title = "SERVICE", .shrinks = true},
	{.title = "WHAT", .shrinks = true},
	{.title = "SEEN IN", .shrinks = true, .spare = 4},
	{.title = "FIRST SEEN", .spare = 3},
	{.title = "STATE", .spare = 2},
	{.title = "ID"},
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns), SHORT_ID = 12 };

struct output {
	enum output_format format;
	struct table *table;
	uint64_t count;
	size_t flags; /* of jansson */
};

struct output *output_new(enum output_format format)
{
	struct output *output = xcalloc(1, sizeof(*output));

	output->format = format;
	/* On a terminal nothing but ASCII: what attackers wrote must not steer it. */
	output->flags = JSON_COMPACT | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0);
	if (format == OUTPUT_TABLE)
		output->table = table_new(columns, COLUMNS);
	if (format == OUTPUT_JSON)
		fputs("{\"schema\":\"leaktrawl.findings/1\",\"findings\":[", stdout);
	if (format == OUTPUT_CSV)
		csv_finding_titles(stdout);
	return output;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

static const char *text_in(const json_t *object, const char *name, const char *member)
{
	return json_string_value(json_object_get(name ? json_object_get(object, name) : object, member));
}

static const char *cookie_state(const json_t *cookie)
{
	const json_t *live = json_object_get(cookie, "live");

	if (!live)
		return "";
	return json_is_true(live) ? " (live)" : " (expired)";
}

/* What tells this finding from others of its kind. */
static char *what(const json_t *finding)
{
	static const char *const names[][2] = {
		{"secret", "value"}, {"hash", "format"}, {"token", "type"}, {"post", "title"}, {"secret", "hint"}};
	const json_t *cookie = json_object_get(finding, "cookie");

	if (cookie && !text_in(finding, "secret", "value"))
		return xasprintf("%s%s", json_string_value(json_object_get(cookie, "name")), cookie_state(cookie));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *text = text_in(finding, names[i][0], names[i][1]);
		if (text)
			return xstrdup(text);
	}
	return xstrdup("");
}

static char *who(const json_t *finding)
{
	const char *account = text_in(finding, NULL, "account");
	bool privileged = json_is_true(json_object_get(json_object_get(finding, "staff"), "privileged"));

	if (!account)
		return xstrdup("-");
	return xasprintf("%s%s", account, privileged ? " (privileged)" : "");
}

static const char *where(const json_t *finding)
{
	const char *source = text_in(finding, "evidence", "source");

	return source ? source : text_in(finding, "evidence", "path");
}

static enum tone tone_of(const char *severity)
{
	enum severity value;

	if (!severity || !severity_parse(severity, &value))
		return TONE_PLAIN;
	switch (value) {
	case SEVERITY_CRITICAL:
		return TONE_ALARM;
	case SEVERITY_HIGH:
		return TONE_BAD;
	case SEVERITY_MEDIUM:
		return TONE_WARN;
	case SEVERITY_LOW:
	case SEVERITY_INFO:
		break;
	}
	return TONE_FAINT;
}

static void add_row(struct output *output, const json_t *finding)
{
	char *what_text = what(finding), *account = who(finding);
	char seen[SHORT_TIME_BYTES];
	const char *id = text_in(finding, NULL, "id"), *severity = text_in(finding, NULL, "severity");
	char *short_id = xstrndup(id ? id : "", SHORT_ID);
	const char *cells[COLUMNS] = {severity, text_in(finding, NULL, "kind"), account, text_in(finding, NULL, "service"), what_text,
		where(finding), seen, text_in(finding, NULL, "state"), short_id};

	short_time(text_in(finding, NULL, "first_seen"), seen);
	table_row(output->table, cells, tone_of(severity));
	mem_wipe(what_text, strlen(what_text)); /* under --reveal it is the secret */
	free(what_text);
	free(account);
	free(short_id);
}

/* ---- all formats --------------------------------------------------------------------------------------- */

void output_finding(struct output *output, json_t *finding)
{
	switch (output->format) {
	case OUTPUT_TABLE:
		add_row(output, finding);
		break;
	case OUTPUT_JSON:
		fputs(output->count ? ",\n" : "\n", stdout);
		json_dumpf(finding, stdout, output->flags);
		break;
	case OUTPUT_JSONL:
		json_dumpf(finding, stdout, output->flags);
		putchar('\n');
		break;
	case OUTPUT_CSV:
		csv_finding(stdout, finding);
		break;
	}
	output->count++;
	json_decref(finding);
}

bool output_end(struct output *output, json_t *coverage)
{
	bool ok;

	if (output->format == OUTPUT_TABLE)
		table_print(output->table, stdout, 0);
	if (output->format == OUTPUT_JSON) {
		fputs("]", stdout);
		if (coverage) {
			fputs(",\n\"coverage\":", stdout);
			json_dumpf(coverage, stdout, output->flags);
		}
		fputs("}\n", stdout);
	}
	json_decref(coverage);
	table_free(output->table);
	free(output);
	ok = fflush(stdout) == 0 && !ferror(stdout);
	if (!ok)
		log_error("standard output cannot be written");
	return ok;
}

static bool take(json_t *finding, void *output)
{
	output_finding(output, json_incref(finding));
	return true;
}

bool output_run_findings(const struct config *config, int64_t run, enum output_format format)
{
	const struct finding_filter filter = {.run = run, .order_by_severity = true};
	struct index *index = open_for_query(config->index_path, INDEX_READ);
	struct output *output;
	json_t *coverage = NULL;
	enum index_result result;

	if (!index)
		return false;
	output = output_new(format);
	result = index_findings(index, &filter, wall_ms(), take, output, NULL);
	if (result == INDEX_OK)
		result = index_coverage_json(index, &coverage);
	if (result != INDEX_OK)
		log_error("%s", index_why(index));
	index_close(index);
	return output_end(output, coverage) && result == INDEX_OK;
}
