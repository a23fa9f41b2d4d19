#include "inspect/own_data.h"

#include <stdio.h>
#include <string.h>

#include "inspect/records/keys.h"
#include "inspect/records/machine_data.h"
#include "inspect/rules/cookies.h"

/* ---- which ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	Lt__SetupKind kind;
	const char *lists[8];
} kinds[] = {
	{"cookies", LT__SETUP_KIND__SETUP_COOKIES, {"cookies", "void"}},
	{"keys", LT__SETUP_KIND__SETUP_KEYS, {"roles", "tables", "commands", "qualifiers", "forbidden", "advertising", "prose"}},
	{"machines", LT__SETUP_KIND__SETUP_MACHINES, {"classes", "folders", "families", "fields"}},
	{"hashes", LT__SETUP_KIND__SETUP_HASHES, {"hashes"}},
	{"placeholders", LT__SETUP_KIND__SETUP_PLACEHOLDERS, {"values", "shapes", "lines", "weak"}},
	{"services", LT__SETUP_KIND__SETUP_SERVICES, {"services"}},
};

static bool holds_list(struct slice data, const char *list)
{
	char key[32];
	int len = snprintf(key, sizeof key, "\n%s:", list);

	return (data.len >= (size_t)len - 1 && memcmp(data.data, key + 1, (size_t)len - 1) == 0) ||
	       memmem(data.data, data.len, key, (size_t)len) != NULL;
}

Lt__SetupKind own_data_kind(const char *name, struct slice data)
{
	const char *slash = strrchr(name, '/'), *base = slash != NULL ? slash + 1 : name, *dot = strrchr(base, '.');
	struct slice stem = {base, dot != NULL ? (size_t)(dot - base) : strlen(base)};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!slice_equal(stem, slice_of(kinds[i].name)))
			continue;
		for (const char *const *list = kinds[i].lists; *list != NULL; list++)
			if (holds_list(data, *list))
				return kinds[i].kind;
	}
	return LT__SETUP_KIND__SETUP_RULES;
}

/* ---- what its examples show --------------------------------------------------------------------- */

/* Calls right for each sample and complains of those it is not right for. */
struct samples {
	struct yaml_file *file;
	bool (*is)(const struct engine *engine, const struct yaml *entry, struct slice sample);
	const char *missed, *taken; /* what an example and a near miss show */
};

static void check_samples(const struct engine *engine, const struct samples *samples, const struct yaml *entry)
{
	static const char *const names[] = {"examples", "near_misses"};

	for (size_t wanted = 0; wanted < 2; wanted++) {
		const struct yaml *list = yaml_get(entry, names[wanted]);

		for (size_t i = 0; i < yaml_count(list); i++) {
			struct slice text = yaml_slice(yaml_at(list, i));

			if (samples->is(engine, entry, text) != (wanted == 0))
				yaml_fault(samples->file, yaml_at(list, i), "%s: %.*s", wanted == 0 ? samples->missed : samples->taken,
					(int)text.len, text.data != NULL ? text.data : "");
		}
	}
}

static void check_entries(const struct engine *engine, const struct samples *samples, const char *list)
{
	const struct yaml *entries = yaml_get(samples->file->root, list);

	for (size_t i = 0; i < yaml_count(entries); i++)
		check_samples(engine, samples, yaml_at(entries, i));
}

/* "name=value @ host"; without a host, on one that is nobody's. */
static bool is_session(const struct engine *engine, const struct yaml *entry, struct slice sample)
{
	size_t at = slice_find_nocase(sample, " @ "), equals;
	struct slice domain = at < sample.len ? slice_from(sample, at + 3) : SLICE_TEXT("portal.corp.example");
	struct slice pair = slice_until(sample, at);

	(void)entry;
	equals = slice_find_byte(pair, '=');
	return equals < pair.len &&
	       cookies_judge(engine->cookies, domain, slice_until(pair, equals), slice_from(pair, equals + 1)).verdict == COOKIE_SESSION;
}

static bool is_role(const struct engine *engine, const struct yaml *entry, struct slice sample)
{
	const char *name = yaml_text(yaml_get(entry, "role"));
	enum key_role role = name != NULL ? keys_role_named(name) : KEY_NONE;

	return keys_block_role(engine->keys, sample) == role || keys_identifier_role(engine->keys, sample) == role;
}

static bool is_class(const struct engine *engine, const struct yaml *entry, struct slice sample)
{
	const char *name = yaml_text(yaml_get(entry, "class"));
	struct machine_place place = {.path = sample.data};

	return name != NULL && sample.data != NULL && machines_path_class(engine->machines, &place) == machine_class_named(name);
}

void own_data_check(const struct engine *engine, struct yaml_file *file, Lt__SetupKind kind)
{
	const struct samples cookies = {file, is_session, "an example opens no session", "a near miss is taken for a session"},
			     keys = {file, is_role, "an example has another meaning", "a near miss has this meaning"},
			     paths = {file, is_class, "an example is of another class", "a near miss is of this class"};

	switch (kind) {
	case LT__SETUP_KIND__SETUP_COOKIES:
		check_entries(engine, &cookies, "cookies");
		break;
	case LT__SETUP_KIND__SETUP_KEYS:
		check_entries(engine, &keys, "roles");
		break;
	case LT__SETUP_KIND__SETUP_MACHINES:
		check_entries(engine, &paths, "classes");
		break;
	default: /* hashes and placeholders are checked as they are loaded */
		break;
	}
}
