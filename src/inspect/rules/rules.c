#include "inspect/rules/rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/rules/rules_inside.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { TOKEN_LEAST = 16, TOKEN_MOST = 1024 };

struct rules *rules_new(void)
{
	return xcalloc(1, sizeof(struct rules));
}

static void rule_free(struct rule *rule)
{
	free(rule->id);
	free(rule->name);
	free(rule->file);
	expression_free(rule->expression);
	words_free(&rule->gates);
	words_free(&rule->stopwords);
	words_free(&rule->notes);
	for (size_t i = 0; i < rule->allowed_count; i++)
		expression_free(rule->allowed[i]);
	free(rule->allowed);
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->count; i++)
		rule_free(&rules->list[i]);
	for (size_t i = 0; i < rules->file_count; i++)
		yaml_close(rules->files[i]);
	sieve_free(rules->gates);
	free(rules->list);
	free(rules->files);
	free(rules);
}

const struct rule *rules_all(const struct rules *rules, size_t *count)
{
	*count = rules->count;
	return rules->list;
}

bool rule_chosen(const struct rule *rule, char *const *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], rule->id) == 0)
			return true;
	return count == 0;
}

/* ---- reading a rule --------------------------------------------------------------------------- */

/* The index of an entry's text among names, or -1 after a complaint; standard where it is absent. */
static int choice(struct yaml_file *file, const struct yaml *map, const char *key, const char *const *names, int standard)
{
	const struct yaml *node = yaml_get(map, key);
	const char *text = yaml_text(node);

	if (node == NULL)
		return standard;
	for (int i = 0; text != NULL && names[i] != NULL; i++)
		if (strcasecmp(text, names[i]) == 0)
			return i;
	yaml_fault(file, node, "`%s: %s` is none of the values this key takes", key, text != NULL ? text : "...");
	return standard;
}

static enum candidate_kind kind_of(struct yaml_file *file, const struct yaml *map, const char *name)
{
	static const char *const names[] = {"password", "hash", "cookie", "token", "private_key", "mention", "listing", NULL};
	static const enum candidate_kind kinds[] = {CANDIDATE_LOGIN, CANDIDATE_HASH, CANDIDATE_COOKIE, CANDIDATE_TOKEN,
		CANDIDATE_PRIVATE_KEY, CANDIDATE_MENTION, CANDIDATE_LISTING};
	int standard = slice_find_nocase(slice_of(name), "private key") < strlen(name) ? 4 : 3;

	return kinds[choice(file, map, "kind", names, standard)];
}

static void read_words(const struct yaml *list, struct words *words)
{
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct slice word = yaml_slice(yaml_at(list, i));

		if (word.len > 0)
			words_add(words, word.data, word.len);
	}
}

static void read_allowed(struct yaml_file *file, struct rule *rule, const struct yaml *list)
{
	for (size_t i = 0; i < yaml_count(list); i++) {
		char error[EXPRESSION_ERROR_BYTES];
		struct expression *expression = expression_new(yaml_slice(yaml_at(list, i)), 0, error);

		if (expression == NULL) {
			yaml_fault(file, yaml_at(list, i), "%s: %s", rule->id, error);
			continue;
		}
		rule->allowed = xreallocarray(rule->allowed, rule->allowed_count + 1, sizeof(struct expression *));
		rule->allowed[rule->allowed_count++] = expression;
	}
}

/* `allowlist:` is a list of expressions on the secret, or {regexes, stopwords, target}. */
static void read_allowlist(struct yaml_file *file, struct rule *rule, const struct yaml *node)
{
	static const char *const targets[] = {"secret", "match", "line", NULL};

	if (node == NULL)
		return;
	if (node->kind != YAML_MAP) {
		read_allowed(file, rule, node);
		return;
	}
	rule->allow_target = (enum allow_target)choice(file, node, "target", targets, ALLOW_SECRET);
	read_allowed(file, rule, yaml_get(node, "regexes"));
	read_words(yaml_get(node, "stopwords"), &rule->stopwords);
}

static unsigned small_number(const struct yaml *map, const char *key)
{
	double value;

	return yaml_number(yaml_get(map, key), &value) && value > 0 && value < 1000 ? (unsigned)value : 0;
}

/* Kingfisher's pattern_requirements; the same keys may stand in the rule itself. */
static void read_requirements(struct rule *rule, const struct yaml *map)
{
	if (map == NULL)
		return;
	rule->min_digits += small_number(map, "min_digits");
	rule->min_upper += small_number(map, "min_uppercase");
	rule->min_lower += small_number(map, "min_lowercase");
	rule->min_special += small_number(map, "min_special_chars");
	read_words(yaml_get(map, "ignore_if_contains"), &rule->stopwords);
}

static unsigned first_group(const struct expression *expression, const char *const *names)
{
	unsigned group = 0;

	for (size_t i = 0; names[i] != NULL && group == 0; i++)
		group = expression_group(expression, names[i]);
	return group;
}

/* The secret is what a group names; else the first group; else the whole match. */
static void find_groups(struct rule *rule)
{
	static const char *const secrets[] = {"secret", "SECRET", "token", "TOKEN", NULL};
	static const char *const accounts[] = {"account", "user", "username", NULL};
	static const char *const services[] = {"service", "url", "host", NULL};
	struct expression *expression = rule->expression;

	rule->account = first_group(expression, accounts);
	rule->logon = expression_group(expression, "logon");
	rule->service = first_group(expression, services);
	rule->secret = first_group(expression, secrets);
	rule->title = expression_group(expression, "title");
	rule->link = expression_group(expression, "link");
	rule->deadline = expression_group(expression, "deadline");
	rule->price = expression_group(expression, "price");
	bool named = rule->account + rule->service + rule->title + rule->link + rule->deadline + rule->price > 0;

	if (rule->secret == 0 && !named)
		rule->secret = 1;
}

static void find_gates(struct rule *rule, const struct yaml *map, struct slice pattern)
{
	static const char none[] = "no gate: no literal of 3 bytes is required, so it reads only the lines our names stand on";

	read_words(yaml_get(map, "keywords"), &rule->gates);
	rule->gates_are_keywords = rule->gates.count > 0;
	if (rule->gates.count == 0 && !literals_of_pattern(pattern, &rule->gates))
		words_add(&rule->notes, none, sizeof none - 1);
}

static void note_unknown_keys(struct rule *rule, const struct yaml *map)
{
	/* Those behind description belong to the shapes of other tools and mean nothing here. */
	static const char *const known[] = {"name", "id", "pattern", "kind", "record", "confidence", "keywords", "min_entropy", "stopwords",
		"allowlist", "checksum", "decode", "examples", "negative_examples", "visible", "min_digits", "min_uppercase",
		"min_lowercase", "min_special_chars", "pattern_requirements", "description", "categories", "references", "validation",
		"revocation", "depends_on_rule", "prevalidated", "tls_mode", "rule_syntax_self_documenting", "structural_id", NULL};

	for (size_t i = 0; i < map->count; i++) {
		const char *const *key = known;

		while (*key != NULL && strcmp(*key, map->keys[i]) != 0)
			key++;
		if (*key != NULL)
			continue;
		char *note = xasprintf("unknown key `%s:`, not read", map->keys[i]);

		words_add(&rule->notes, note, strlen(note));
		free(note);
	}
}

static const struct yaml *pattern_node(struct yaml_file *file, const struct yaml *map)
{
	const struct yaml *pattern = yaml_get(map, "pattern");

	return yaml_need_text(file, map, "pattern") != NULL ? pattern : NULL;
}

static bool compile(struct yaml_file *file, const struct yaml *pattern, struct rule *rule)
{
	char error[EXPRESSION_ERROR_BYTES];

	rule->expression = expression_new(yaml_slice(pattern), 0, error);
	if (rule->expression == NULL)
		yaml_fault(file, pattern, "%s: %s", rule->id, error);
	return rule->expression != NULL;
}

static bool known_id(const struct rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->count; i++)
		if (strcmp(rules->list[i].id, id) == 0)
			return true;
	return false;
}

static void read_rule(struct rules *rules, struct yaml_file *file, const struct yaml *map, bool shipped)
{
	static const char *const records[] = {"window", "line", NULL};
	static const char *const confidences[] = {"", "low", "medium", "high", NULL};
	static const char *const checksums[] = {"none", "crc32-base62", "bech32", NULL};
	static const char *const decodes[] = {"none", "base64", NULL};
	const char *id = yaml_need_text(file, map, "id"), *name = yaml_need_text(file, map, "name");
	const struct yaml *pattern = pattern_node(file, map);
	struct rule rule = {.file = NULL};

	if (id == NULL || name == NULL || pattern == NULL)
		return;
	if (known_id(rules, id)) {
		yaml_fault(file, yaml_get(map, "id"), "a rule with the id %s was read before", id);
		return;
	}
	rule.id = xstrdup(id);
	rule.name = xstrdup(name);
	rule.file = xstrdup(file->name);
	rule.line = map->line;
	rule.column = map->column;
	rule.shipped = shipped;
	rule.kind = kind_of(file, map, name);
	rule.record = (enum rule_record)choice(file, map, "record", records, RULE_WINDOW);
	rule.confidence = (Lt__Confidence)choice(file, map, "confidence", confidences, LT__CONFIDENCE__CONFIDENCE_MEDIUM);
	rule.checksum = (enum checksum)choice(file, map, "checksum", checksums, CHECKSUM_NONE);
	rule.decode = (enum decode)choice(file, map, "decode", decodes, DECODE_NONE);
	rule.hidden = !yaml_bool(yaml_get(map, "visible"), true);
	if (!yaml_number(yaml_get(map, "min_entropy"), &rule.min_entropy))
		rule.min_entropy = 0;
	read_words(yaml_get(map, "stopwords"), &rule.stopwords);
	read_allowlist(file, &rule, yaml_get(map, "allowlist"));
	read_requirements(&rule, map);
	read_requirements(&rule, yaml_get(map, "pattern_requirements"));
	note_unknown_keys(&rule, map);
	rule.examples = yaml_get(map, "examples");
	rule.negative_examples = yaml_get(map, "negative_examples");
	if (!compile(file, pattern, &rule)) {
		rule_free(&rule);
		return;
	}
	find_groups(&rule);
	find_gates(&rule, map, yaml_slice(pattern));
	rules->list = xreallocarray(rules->list, rules->count + 1, sizeof *rules->list);
	rules->list[rules->count++] = rule;
}

void rules_load(struct rules *rules, struct yaml_file *file, bool shipped)
{
	const struct yaml *list = yaml_get(file->root, "rules");

	rules->files = xreallocarray(rules->files, rules->file_count + 1, sizeof(struct yaml_file *));
	rules->files[rules->file_count++] = file;
	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml *map = yaml_at(list, i);

		if (map->kind != YAML_MAP)
			yaml_fault(file, map, "a rule is a mapping with name, id and pattern");
		else if (rules->count == LIMIT_RULES)
			yaml_fault(file, map, "more than %d rules", LIMIT_RULES);
		else
			read_rule(rules, file, map, shipped);
	}
}

/* ---- shapes ----------------------------------------------------------------------------------- */

static void mark_rule(void *context, const struct literal *literal, size_t at)
{
	bool *marked = context;

	(void)at;
	marked[literal->name] = true;
}

static bool is_whole_token(const struct rule *rule, struct slice value)
{
	struct slice groups[EXPRESSION_GROUPS];

	return rule->kind == CANDIDATE_TOKEN && rule->confidence == LT__CONFIDENCE__CONFIDENCE_HIGH && !rule->hidden &&
	       rule->decode == DECODE_NONE && rule->account + rule->service == 0 &&
	       expression_match(rule->expression, value, 0, groups) == EXPRESSION_YES && groups[rule->secret].data == value.data &&
	       groups[rule->secret].len == value.len && rule_refuses(rule, value, groups[0], value) == NULL;
}

const struct rule *rules_token(const struct rules *rules, struct slice value)
{
	const struct rule *found = NULL;
	bool *marked;

	if (value.len < TOKEN_LEAST || value.len > TOKEN_MOST)
		return NULL;
	marked = xcalloc(rules->count, sizeof *marked);
	sieve_scan(rules->gates, value.data, value.len, mark_rule, marked);
	for (size_t i = 0; i < rules->count && found == NULL; i++)
		if ((marked[i] || rules->list[i].gates.count == 0 || rules->list[i].gates_are_keywords) &&
			is_whole_token(&rules->list[i], value))
			found = &rules->list[i];
	free(marked);
	return found;
}

/* ---- gates ------------------------------------------------------------------------------------ */

bool rules_finish(struct rules *rules, char **why)
{
	struct literals literals = {NULL, 0, 0};

	for (size_t i = 0; i < rules->count; i++) {
		const struct words *gates = &rules->list[i].gates;

		for (size_t j = 0; j < gates->count; j++) {
			struct literal like = {.caseless = true, .kind = NAME_RULE, .name = (uint32_t)i};

			literals_add(&literals, gates->list[j], strlen(gates->list[j]), like);
		}
	}
	rules->gates = sieve_new(&literals, why);
	return rules->gates != NULL;
}
