#include "inspect/rules/notes.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

static bool is_among(const char *key, const char *const *known)
{
	while (*known != NULL && strcmp(*known, key) != 0)
		known++;
	return *known != NULL;
}

/* within: "pattern_requirements.", "" for the rule itself. */
static void note_unknown(struct rule *rule, const struct yaml *map, const char *const *known, const char *within)
{
	for (size_t i = 0; map != NULL && map->kind == YAML_MAP && i < map->count; i++) {
		if (is_among(map->keys[i], known))
			continue;
		char *note = xasprintf("unknown key `%s%s:`, not read", within, map->keys[i]);

		words_add(&rule->notes, note, strlen(note));
		free(note);
	}
}

static void note_keys(struct rule *rule, const struct yaml *map)
{
	static const char *const known[] = {"name", "id", "pattern", "kind", "record", "confidence", "keywords", "min_entropy", "stopwords",
		"allowlist", "allowlists", "entropy", "secretGroup", "tags", "checksum", "decode", "examples", "negative_examples",
		"visible", "min_digits", "min_uppercase", "min_lowercase", "min_special_chars", "special_chars", "pattern_requirements",
		"description", "categories", "references", NULL};
	/* They try a secret out, or serve what does. */
	static const char *const unused[] = {"validation", "revocation", "depends_on_rule", "prevalidated", "tls_mode",
		"rule_syntax_self_documenting", "structural_id", NULL};
	const char *all[sizeof known / sizeof *known + sizeof unused / sizeof *unused];
	size_t count = 0;

	for (size_t i = 0; known[i] != NULL; i++)
		all[count++] = known[i];
	for (size_t i = 0; unused[i] != NULL; i++)
		all[count++] = unused[i];
	all[count] = NULL;
	note_unknown(rule, map, all, "");
	for (size_t i = 0; unused[i] != NULL; i++)
		if (yaml_get(map, unused[i]) != NULL)
			words_add(&rule->unused, unused[i], strlen(unused[i]));
}

static void note_inner_keys(struct rule *rule, const struct yaml *map)
{
	static const char *const requirements[] = {"min_digits", "min_uppercase", "min_lowercase", "min_special_chars", "special_chars",
		"ignore_if_contains", "checksum", NULL};
	static const char *const allowlist[] = {"description", "condition", "regexes", "regexTarget", "target", "paths", "stopwords", NULL};
	static const char *const lists[] = {"allowlist", "allowlists"};

	note_unknown(rule, yaml_get(map, "pattern_requirements"), requirements, "pattern_requirements.");
	for (size_t i = 0; i < 2; i++) {
		const struct yaml *node = yaml_get(map, lists[i]);

		if (node != NULL && node->kind == YAML_MAP)
			note_unknown(rule, node, allowlist, "allowlist.");
		for (size_t j = 0; node != NULL && node->kind == YAML_LIST && j < node->count; j++)
			note_unknown(rule, node->items[j], allowlist, "allowlist.");
	}
}

/* (?x), (?ix) at the beginning: line breaks of the pattern are none of what it matches. */
static bool is_extended(const char *pattern)
{
	return strncmp(pattern, "(?", 2) == 0 && memchr(pattern, 'x', strcspn(pattern, ":)")) != NULL;
}

void rule_take_notes(struct rule *rule, const struct yaml *map)
{
	static const char newline[] =
		"the pattern ends with a line break, which has to stand in the text: write `pattern: |-`, or (?x) in front";
	size_t len = strlen(rule->pattern);

	note_keys(rule, map);
	note_inner_keys(rule, map);
	if (len > 0 && rule->pattern[len - 1] == '\n' && !is_extended(rule->pattern))
		words_add(&rule->notes, newline, sizeof newline - 1);
}
