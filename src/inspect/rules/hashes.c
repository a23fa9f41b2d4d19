#include "inspect/rules/hashes.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/rules/expression.h"
#include "shared/mem.h"

enum { HASH_VALUE_BYTES = 2048, HASH_SALT_BYTES = 256 };

struct entry {
	struct hash_shape shape;
	bool stated; /* counts only where the record says it is a hash */
	char *names[HASH_CANDIDATES + 1];
	char *pattern;
	struct expression *expression;
};

struct hashes {
	struct entry *entries;
	size_t count;
	char **empties;
	size_t empties_count;
	struct expression *any[2]; /* all patterns: those that count by themselves; with those that must be stated */
};

struct hashes *hashes_new(void)
{
	return xcalloc(1, sizeof(struct hashes));
}

static void entry_clear(struct entry *entry)
{
	for (size_t i = 0; i < HASH_CANDIDATES + 1; i++)
		free(entry->names[i]);
	free(entry->pattern);
	expression_free(entry->expression);
}

void hashes_free(struct hashes *hashes)
{
	if (hashes == NULL)
		return;
	for (size_t i = 0; i < hashes->count; i++)
		entry_clear(&hashes->entries[i]);
	for (size_t i = 0; i < hashes->empties_count; i++)
		free(hashes->empties[i]);
	free(hashes->entries);
	expression_free(hashes->any[0]);
	expression_free(hashes->any[1]);
	free(hashes->empties);
	free(hashes);
}

/* ---- loading ------------------------------------------------------------------------------------ */

static enum hash_cost cost_of(struct yaml_file *file, const struct yaml *node)
{
	static const char *const names[] = {"", "none", "fast", "slow"};
	const char *text = yaml_text(yaml_get(node, "cost"));

	for (int i = 1; text != NULL && i < 4; i++)
		if (strcmp(text, names[i]) == 0)
			return (enum hash_cost)i;
	yaml_fault(file, node, "cost must be none, fast or slow");
	return HASH_COST_UNKNOWN;
}

static bool entry_load(struct entry *entry, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {
		"format", "candidates", "cost", "salted", "ambiguous", "stated", "pattern", "examples", "near_misses", NULL};
	char error[EXPRESSION_ERROR_BYTES];

	yaml_check_keys(file, node, known);
	const char *format = yaml_need_text(file, node, "format");
	if (format == NULL || yaml_need_text(file, node, "pattern") == NULL)
		return false;
	entry->expression = expression_new(yaml_slice(yaml_get(node, "pattern")), EXPRESSION_WHOLE, error);
	if (entry->expression == NULL) {
		yaml_fault(file, yaml_get(node, "pattern"), "pattern of %s: %s", format, error);
		return false;
	}
	entry->pattern = xstrdup(yaml_text(yaml_get(node, "pattern")));
	entry->names[HASH_CANDIDATES] = xstrdup(format);
	entry->shape.format = entry->names[HASH_CANDIDATES];
	const struct yaml *candidates = yaml_get(node, "candidates");
	for (size_t i = 0; i < yaml_count(candidates) && i < HASH_CANDIDATES; i++) {
		const char *name = yaml_text(yaml_at(candidates, i));
		entry->shape.candidates[i] = entry->names[i] = xstrdup(name != NULL ? name : "");
	}
	entry->shape.salted = yaml_bool(yaml_get(node, "salted"), false);
	entry->shape.ambiguous = yaml_bool(yaml_get(node, "ambiguous"), false);
	entry->stated = yaml_bool(yaml_get(node, "stated"), false);
	entry->shape.cost = cost_of(file, node);
	return true;
}

/* Examples must be read by this entry itself, near misses must not. */
static void entry_check(const struct entry *entry, struct yaml_file *file, const struct yaml *node, const char *key, bool wanted)
{
	const struct yaml *list = yaml_get(node, key);

	if (yaml_count(list) == 0)
		yaml_fault(file, node, "%s has no %s", entry->shape.format, key);
	for (size_t i = 0; i < yaml_count(list); i++) {
		bool found = expression_match(entry->expression, yaml_slice(yaml_at(list, i)), 0, NULL) == EXPRESSION_YES;
		if (found != wanted)
			yaml_fault(file, yaml_at(list, i), "%s: %s", entry->shape.format,
				wanted ? "the pattern does not match this example" : "the pattern matches this near miss");
	}
}

static void any_make(struct hashes *hashes, bool stated)
{
	struct slice *patterns = xcalloc(hashes->count, sizeof *patterns);
	size_t count = 0;

	for (size_t i = 0; i < hashes->count; i++)
		if (stated || !hashes->entries[i].stated)
			patterns[count++] = slice_of(hashes->entries[i].pattern);
	expression_free(hashes->any[stated]);
	hashes->any[stated] = expression_any(patterns, count, EXPRESSION_WHOLE);
	free(patterns);
}

void hashes_load(struct hashes *hashes, struct yaml_file *file)
{
	static const char *const known[] = {"empty", "hashes", NULL};
	const struct yaml *empties = yaml_get(file->root, "empty"), *list = yaml_get(file->root, "hashes");

	yaml_check_keys(file, file->root, known);
	for (size_t i = 0; i < yaml_count(empties); i++) {
		const char *text = yaml_text(yaml_at(empties, i));
		if (text == NULL)
			continue;
		hashes->empties = xreallocarray(hashes->empties, hashes->empties_count + 1, sizeof *hashes->empties);
		hashes->empties[hashes->empties_count++] = xstrdup(text);
	}
	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml *node = yaml_at(list, i);
		struct entry entry = {0};
		if (!entry_load(&entry, file, node)) {
			entry_clear(&entry);
			continue;
		}
		entry_check(&entry, file, node, "examples", true);
		entry_check(&entry, file, node, "near_misses", false);
		hashes->entries = xreallocarray(hashes->entries, hashes->count + 1, sizeof *hashes->entries);
		hashes->entries[hashes->count++] = entry;
	}
	any_make(hashes, false);
	any_make(hashes, true);
}

/* ---- asking ------------------------------------------------------------------------------------- */

static bool is_empty_password(const struct hashes *hashes, struct slice value)
{
	for (size_t i = 0; i < hashes->empties_count; i++)
		if (slice_equal_nocase(value, slice_of(hashes->empties[i])))
			return true;
	return false;
}

static const struct entry *entry_of(const struct hashes *hashes, struct slice value, bool stated)
{
	if (hashes->any[stated] != NULL && expression_match(hashes->any[stated], value, 0, NULL) == EXPRESSION_NO)
		return NULL;
	for (size_t i = 0; i < hashes->count; i++) {
		const struct entry *entry = &hashes->entries[i];
		if ((stated || !entry->stated) && expression_match(entry->expression, value, 0, NULL) == EXPRESSION_YES)
			return entry;
	}
	return NULL;
}

/* The salt beside a hash tells formats apart that the bare hash does not: 32 hex digits with a salt are no NTLM. */
static const struct entry *entry_with_salt(const struct hashes *hashes, struct slice value, struct slice salt)
{
	char joined[HASH_VALUE_BYTES];
	struct slice both = {joined, value.len + 1 + salt.len};

	if (salt.len == 0 || salt.len > HASH_SALT_BYTES || both.len > sizeof joined)
		return NULL;
	memcpy(joined, value.data, value.len);
	joined[value.len] = ':';
	memcpy(joined + value.len + 1, salt.data, salt.len);
	const struct entry *entry = entry_of(hashes, both, true);
	mem_wipe(joined, both.len);
	return entry;
}

bool hashes_identify(const struct hashes *hashes, struct slice value, struct slice salt, bool stated, struct hash_shape *shape)
{
	if (value.len < 11 || value.len > HASH_VALUE_BYTES)
		return false;
	const struct entry *entry = entry_of(hashes, value, stated);
	if (entry == NULL)
		return false;
	if (salt.len > 0 && !entry->shape.salted) {
		const struct entry *salted = entry_with_salt(hashes, value, salt);
		entry = salted != NULL ? salted : entry;
	}
	*shape = entry->shape;
	shape->salted |= salt.len > 0;
	shape->empty = is_empty_password(hashes, value);
	return true;
}

bool hashes_named(const struct hashes *hashes, const char *format, struct hash_shape *shape)
{
	for (size_t i = 0; i < hashes->count; i++) {
		if (strcmp(hashes->entries[i].shape.format, format) != 0)
			continue;
		*shape = hashes->entries[i].shape;
		return true;
	}
	return false;
}

bool hash_identify(const struct engine *engine, struct slice value, struct slice salt, bool stated, struct hash_shape *shape)
{
	return hashes_identify(engine->hashes, value, salt, stated, shape);
}
