#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "coordinator/table.h"
#include "index/query.h"
#include "index/severity.h"
#include "shared/log.h"

static const char *const show_formats[] = {"text", "json", NULL};

struct show_values {
	int format;
};
static const struct option_row show_options[] = {
	{"format", 'f', OPTION_CHOICE, offsetof(struct show_values, format), NULL, "how to print", show_formats},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage show_usage = {
	.operands = "ID...",
	.about = "Shows everything known of a finding: account, machine and what else was taken\n"
		 "from it, every sighting, what was not inspected in the same documents, alerts,\n"
		 "and who did what to it. The first digits of an id are enough.\n",
	.options = show_options,
	.least = 1,
	.most = -1,
};

/* ---- text --------------------------------------------------------------------------------------------- */

static const char *text_in(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void print_line(const char *name, const char *text)
{
	if (!text || !*text)
		return;
	printf("  %-13s ", name);
	print_escaped(stdout, text);
	putchar('\n');
}

static void print_plain(const json_t *value)
{
	if (json_is_string(value))
		print_escaped(stdout, json_string_value(value));
	else if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", stdout);
}

static void print_array(const json_t *array)
{
	size_t i;
	const json_t *value;

	json_array_foreach(array, i, value)
	{
		fputs(i ? " " : "", stdout);
		print_plain(value);
	}
}

static void print_pairs(const json_t *object)
{
	const char *name, *separator = "";
	json_t *value;

	/* jansson's iterator wants an object it may change; this one does not. */
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		printf("%s%s ", separator, name);
		if (json_is_object(value))
			print_pairs(value);
		else if (json_is_array(value))
			print_array(value);
		else
			print_plain(value);
		separator = ", ";
	}
}

static void print_object(const json_t *finding, const char *name)
{
	const json_t *object = json_object_get(finding, name);

	if (json_object_size(object) == 0)
		return;
	printf("  %-13s ", name);
	print_pairs(object);
	putchar('\n');
}

static void print_head(const json_t *finding)
{
	const char *severity = text_in(finding, "severity");
	enum severity value = SEVERITY_INFO;
	bool colour = stream_has_colour(stdout);
	enum tone tone;

	if (severity)
		(void)severity_parse(severity, &value);
	tone = value == SEVERITY_CRITICAL ? TONE_ALARM : value == SEVERITY_HIGH ? TONE_BAD : TONE_PLAIN;
	printf("%s  %s  %s%s%s  %s\n", text_in(finding, "id"), text_in(finding, "kind"), tone_on(tone, colour), severity ? severity : "",
		tone_off(tone, colour), text_in(finding, "state"));
}

static void print_known(const json_t *finding)
{
	static const char *const texts[] = {"account", "audience", "service", "url"};
	static const char *const objects[] = {"staff", "secret", "cookie", "hash", "token", "post", "machine"};
	static const char *const judgements[] = {"rule", "confidence", "attribution"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		print_line(texts[i], text_in(finding, texts[i]));
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		print_object(finding, objects[i]);
	for (size_t i = 0; i < sizeof(judgements) / sizeof(*judgements); i++)
		print_line(judgements[i], text_in(finding, judgements[i]));
	print_line("first seen", text_in(finding, "first_seen"));
	print_line("last seen", text_in(finding, "last_seen"));
	if (json_is_true(json_object_get(finding, "first_for_account")))
		print_line("newness", "the first finding of this account");
}

static void print_list(const json_t *finding, const char *name, const char *title)
{
	const json_t *array = json_object_get(finding, name), *entry;
	size_t i;

	if (json_array_size(array) == 0)
		return;
	printf("\n%s\n", title);
	json_array_foreach(array, i, entry)
	{
		fputs("  ", stdout);
		if (json_is_object(entry))
			print_pairs(entry);
		else
			print_plain(entry);
		putchar('\n');
	}
}

/* Where it stood: the path within the document, else the address. */
static void print_place(const json_t *sighting)
{
	const char *path = text_in(sighting, "path"), *place = path ? path : text_in(sighting, "url");
	const json_t *line = json_object_get(sighting, "line"), *offset = json_object_get(sighting, "offset");
	char seen[SHORT_TIME_BYTES];

	short_time(text_in(sighting, "seen"), seen);
	printf("  %s  ", seen);
	print_escaped(stdout, place ? place : "");
	if (line)
		printf(":%" JSON_INTEGER_FORMAT, json_integer_value(line));
	if (offset)
		printf(" (byte %" JSON_INTEGER_FORMAT ")", json_integer_value(offset));
	putchar('\n');
}

static void print_sighting(const json_t *sighting)
{
	static const char *const names[] = {"url", "file", "source", "via", "fetched_at", "run", "sha256"};
	const char *path = text_in(sighting, "path"), *place = path ? path : text_in(sighting, "url"), *separator = "";

	print_place(sighting);
	fputs("    ", stdout);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const json_t *value = json_object_get(sighting, names[i]);
		const char *text = json_string_value(value);

		if (!value || (text && place && strcmp(text, place) == 0))
			continue;
		printf("%s%s ", separator, names[i]);
		print_plain(value);
		separator = ", ";
	}
	putchar('\n');
}

static void print_sightings(const json_t *finding)
{
	const json_t *array = json_object_get(finding, "sightings_list"), *entry;
	size_t i;

	fputs("\nSeen\n", stdout);
	json_array_foreach(array, i, entry)
	{
		print_sighting(entry);
	}
}

/* What else was taken from the same computer: whoever cleans it up changes all of it. */
static void print_same_machine(const json_t *finding)
{
	static const char *const names[] = {"account", "service", "cookie"};
	const json_t *array = json_object_get(finding, "same_machine"), *entry;
	const char *machine = text_in(json_object_get(finding, "machine"), "id");
	size_t i;

	if (json_array_size(array) == 0)
		return;
	fputs("\nFrom the same machine\n", stdout);
	json_array_foreach(array, i, entry)
	{
		printf("  %-8s  %-8s  %.12s", text_in(entry, "severity"), text_in(entry, "kind"), text_in(entry, "id"));
		for (size_t name = 0; name < sizeof(names) / sizeof(*names); name++) {
			if (!json_object_get(entry, names[name]))
				continue;
			fputs("  ", stdout);
			print_plain(json_object_get(entry, names[name]));
		}
		printf("  %s\n", text_in(entry, "state"));
	}
	if (machine)
		printf("  all of it: leaktrawl findings --machine %s\n", machine);
}

static void print_text(const json_t *finding)
{
	print_head(finding);
	print_known(finding);
	print_list(finding, "aliases", "Also known as");
	print_same_machine(finding);
	print_sightings(finding);
	print_list(finding, "not_inspected", "Not inspected in the same documents");
	print_list(finding, "alerts", "Alerts");
	print_list(finding, "history", "History");
}

/* ---- the command ---------------------------------------------------------------------------------------- */

static bool show(struct index *index, const char *id, bool json)
{
	json_t *finding = NULL;

	if (index_finding_show(index, id, wall_ms(), &finding) != INDEX_OK) {
		log_error("%s", index_why(index));
		return false;
	}
	if (json) {
		json_dumpf(finding, stdout, JSON_INDENT(2) | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
		putchar('\n');
	} else {
		print_text(finding);
	}
	json_decref(finding);
	return true;
}

int cmd_show(struct command_context *context, int argc, char **argv)
{
	struct show_values values = {.format = 0};
	struct index *index;
	int status = STATUS_DONE;

	if (!command_begin(context, &show_usage, &values, &argc, &argv))
		return context->status;
	index = open_for_query(context->config->index_path, INDEX_READ);
	if (!index)
		return STATUS_ERROR;
	for (int i = 0; i < argc; i++) {
		if (i > 0 && values.format == 0)
			putchar('\n');
		if (!show(index, argv[i], values.format == 1))
			status = STATUS_ERROR;
	}
	index_close(index);
	return status;
}
