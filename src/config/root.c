/* The top of leaktrawl.yml. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/tables.h"
#include "config/trust.h"
#include "config/units.h"
#include "shared/mem.h"
#include "shared/nearest.h"

/* A limit whose name tells its unit may be written with one: fetch_bytes: 64MiB, progress_ms: 60s. */
static bool limit_value(const char *name, const char *text, uint64_t *value)
{
	struct slice unit = slice_of(name);
	int64_t duration;

	if (units_number(text, value))
		return true;
	if (slice_ends_nocase(unit, "_bytes"))
		return units_size(text, value);
	if (!slice_ends_nocase(unit, "_ms") || !units_duration(text, &duration))
		return false;
	*value = (uint64_t)duration;
	return true;
}

static const char *limit_kind(const char *name)
{
	if (slice_ends_nocase(slice_of(name), "_bytes"))
		return "a size such as 64MiB";
	return slice_ends_nocase(slice_of(name), "_ms") ? "a duration such as 90s" : "a whole number";
}

/* Past this a limit limits nothing, and what computes with it could overflow. */
static uint64_t largest_limit(const char *name)
{
	if (slice_ends_nocase(slice_of(name), "_bytes"))
		return UINT64_C(1) << 50;
	return slice_ends_nocase(slice_of(name), "_ms") ? UINT64_C(24) * 60 * 60 * 1000 : UINT64_C(1000000000);
}

static void read_limit(struct reader *reader, const char *name, const struct yaml *value)
{
	const struct yaml place = {.line = value->key_line, .column = value->key_column};
	const char *text = yaml_text(value);
	struct nearest nearest;
	uint64_t number;

	nearest_start(&nearest, name);
	for (size_t i = 0; i < limit_row_count; i++) {
		nearest_offer(&nearest, limit_rows[i].name);
		if (strcmp(limit_rows[i].name, name) != 0)
			continue;
		if (text == NULL || !limit_value(name, text, &number))
			yaml_fault(reader->file, value, "%s must be %s (%s); it is %llu unless set", name, limit_kind(name),
				limit_rows[i].reason, (unsigned long long)limit_rows[i].standard);
		else if (number == 0)
			yaml_fault(reader->file, value, "%s cannot be 0: %s", name, limit_rows[i].reason);
		else if (number > largest_limit(name))
			yaml_fault(reader->file, value, "%s is at most %llu", name, (unsigned long long)largest_limit(name));
		else
			(void)limits_set(&reader->config->limits, name, number);
		return;
	}
	if (nearest.best != NULL)
		yaml_fault(reader->file, &place, "there is no limit \"%s\"; did you mean \"%s\"?", name, nearest.best);
	else
		yaml_fault(reader->file, &place, "there is no limit \"%s\"", name);
}

static void read_limits(struct reader *reader, const struct yaml *value, void *object)
{
	(void)object;
	if (value->kind != YAML_MAP) {
		yaml_fault(reader->file, value, "limits must be a mapping: {fetch_bytes: 64MiB}");
		return;
	}
	for (size_t i = 0; i < value->count; i++)
		read_limit(reader, value->keys[i], value->items[i]);
}

static void check_rules(struct reader *reader, const struct yaml *list, const struct config *config)
{
	for (size_t i = 0; i < config->rules_count; i++) {
		char *why = config->rules[i][0] != '\0' ? trust_check(config->rules[i], TRUST_WRITERS) : NULL;

		if (why != NULL)
			yaml_fault(reader->file, list->items[i], "rules: %s %s", config->rules[i], why);
		free(why);
	}
}

/* Names of the entries of a list of mappings are compared where they stand. */
static void check_names(struct reader *reader, const struct yaml *list, char **names, size_t count)
{
	struct yaml **items = xcalloc(count, sizeof(struct yaml *));
	struct yaml places = {.kind = YAML_LIST, .items = items, .count = count};
	char none[] = "";

	for (size_t i = 0; i < count; i++) {
		items[i] = list->items[i];
		names[i] = names[i] != NULL ? names[i] : none;
	}
	if (count > 0)
		reader_check_doubles(reader, &places, names, count);
	free(items);
}

static void check_all_names(struct reader *reader, const struct yaml *map, const struct config *config)
{
	char **names = xcalloc(config->sources_count + config->hooks_count, sizeof *names);

	for (size_t i = 0; i < config->sources_count; i++)
		names[i] = config->sources[i].name;
	check_names(reader, yaml_get(map, "sources"), names, config->sources_count);
	for (size_t i = 0; i < config->hooks_count; i++)
		names[i] = config->hooks[i].name;
	check_names(reader, yaml_get(map, "hooks"), names, config->hooks_count);
	free(names);
}

/* A password in the file makes the file itself a secret. */
static void check_passwords(struct reader *reader, const struct yaml *map, const struct config *config)
{
	struct stat status;

	for (size_t i = 0; i < config->proxies_count; i++)
		if (config->proxies[i].password != NULL && stat(config->path, &status) == 0 && !trust_private(&status))
			yaml_fault(reader->file, yaml_get(yaml_get(map, "proxies"), config->proxies[i].name),
				"the proxy's password can be read by others: chmod 600 %s", config->path);
}

static void start_config(void *object)
{
	struct config *config = object;

	limits_defaults(&config->limits);
}

static void check_config(struct reader *reader, const struct yaml *map, void *object)
{
	struct config *config = object;

	check_rules(reader, yaml_get(map, "rules"), config);
	check_all_names(reader, map, config);
	check_passwords(reader, map, config);
	if (config->index_path == NULL)
		config->index_path = reader_path(reader, "index.db");
}

#define FIELD(kind_, field) .kind = kind_, .offset = offsetof(struct config, field)
#define COUNTED(kind_, field) FIELD(kind_, field), .count_offset = offsetof(struct config, field##_count)

static const struct schema_key keys_keys[] = {
	{.name = "public", COUNTED(VALUE_PATHS, public_keys), .required = true, .help = "[team.pub]"},
	{.name = "fingerprint", FIELD(VALUE_PATH, fingerprint_path), .required = true, .help = "fingerprint.key"},
	{0},
};
/* Its fields stand in struct config itself. */
static const struct schema keys_schema = {.what = "keys", .size = sizeof(struct config), .keys = keys_keys};

/* In the order they are read: sources and hooks look up proxies. */
static const struct schema_key config_keys[] = {
	{.name = "organisation", FIELD(VALUE_TEXT, organisation), .required = true, .help = "your organisation's name"},
	{.name = "index", FIELD(VALUE_PATH, index_path), .help = "index.db"},
	{.name = "keys", .kind = VALUE_SECTION, .schema = &keys_schema, .help = "{public: [team.pub], fingerprint: fingerprint.key}"},
	{.name = "watch",
		FIELD(VALUE_SECTION, watch),
		.required = true,
		.schema = &watch_schema,
		.help = "what is yours: domains, hosts, staff ..."},
	{.name = "rules", COUNTED(VALUE_PATHS, rules), .help = "[extra-rules/]"},
	{.name = "archive_passwords", COUNTED(VALUE_TEXTS, archive_passwords), .help = "[infected]"},
	{.name = "proxies", COUNTED(VALUE_NAMED, proxies), .schema = &proxy_schema, .help = "{tor: {url: \"socks5h://127.0.0.1:9050\"}}"},
	{.name = "sources", COUNTED(VALUE_LIST, sources), .schema = &source_schema, .help = "each {name: .., start: [..], via: ..}"},
	{.name = "hooks", COUNTED(VALUE_LIST, hooks), .schema = &hook_schema, .help = "each {name: .., exec: [..]}"},
	{.name = "limits", .kind = VALUE_CUSTOM, .help = "{fetch_bytes: 64MiB}", .read = read_limits},
	{.name = "retention", .kind = VALUE_RESERVED, .help = ""},
	{0},
};

const struct schema config_schema = {
	.what = "the configuration", .size = sizeof(struct config), .keys = config_keys, .start = start_config, .check = check_config};
