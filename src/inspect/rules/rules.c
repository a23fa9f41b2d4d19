#include "inspect/rules/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/rules/dialect.h"
#include "inspect/rules/notes.h"
#include "inspect/rules/rules_inside.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { TOKEN_LEAST = 16, TOKEN_MOST = 1024 };

struct rules *rules_new(void)
{
	return xcalloc(1, sizeof(struct rules));
}

static void expressions_free(struct expression **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expression_free(list[i]);
	free(list);
}

static void rule_free(struct rule *rule)
{
	free(rule->id);
	free(rule->name);
	free(rule->pattern);
	free(rule->description);
	free(rule->file);
	free(rule->special);
	expression_free(rule->expression);
	words_free(&rule->gates);
	words_free(&rule->stopwords);
	words_free(&rule->notes);
	words_free(&rule->unused);
	for (size_t i = 0; i < rule->allowlists_count; i++) {
		struct allowlist *list = &rule->allowlists[i];

		expressions_free(list->regexes, list->regexes_count);
		expressions_free(list->paths, list->paths_count);
		words_free(&list->stopwords);
	}
	free(rule->allowlists);
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->count; i++)
		rule_free(&rules->list[i]);
	for (size_t i = 0; i < rules->file_count; i++)
		yaml_close(rules->files[i]);
	words_free(&rules->left);
	sieve_free(rules->gates);
	free(rules->tokens);
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
	char takes[128];
	size_t len = 0;

	for (int i = 0; names[i] != NULL && len < sizeof takes; i++)
		if (names[i][0] != '\0')
			len += (size_t)snprintf(takes + len, sizeof takes - len, "%s%s", len > 0 ? ", " : "", names[i]);
	yaml_fault(file, node, "`%s: %s` is none of the values this key takes: %s", key, text != NULL ? text : "...", takes);
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

/* In the words of any tool; *translated is kept for what reads the pattern again. NULL after a complaint. */
static struct expression *read_expression(struct yaml_file *file, const struct yaml *node, const char *id, char **translated)
{
	char error[EXPRESSION_ERROR_BYTES];
	char *pattern = dialect_translate(yaml_slice(node), error);
	struct expression *expression = pattern != NULL ? expression_new(slice_of(pattern), 0, error) : NULL;

	if (expression == NULL)
		yaml_fault(file, node, "%s: %s", id, error);
	if (expression != NULL && translated != NULL)
		*translated = pattern;
	else
		free(pattern);
	return expression;
}

static struct expression **read_expressions(struct yaml_file *file, const struct rule *rule, const struct yaml *list, size_t *count)
{
	struct expression **expressions = NULL;

	*count = 0;
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct expression *expression = read_expression(file, yaml_at(list, i), rule->id, NULL);

		if (expression == NULL)
			continue;
		expressions = xreallocarray(expressions, *count + 1, sizeof(struct expression *));
		expressions[(*count)++] = expression;
	}
	return expressions;
}

/* A list of expressions on the secret, or {regexes, stopwords, paths, condition, regexTarget}. */
static void read_allowlist(struct yaml_file *file, struct rule *rule, const struct yaml *node)
{
	static const char *const targets[] = {"secret", "match", "line", NULL}, *const conditions[] = {"or", "||", "and", "&&", NULL};
	struct allowlist list = {.target = ALLOW_SECRET};

	if (node->kind == YAML_MAP) {
		list.target = (enum allow_target)choice(
			file, node, yaml_get(node, "regexTarget") != NULL ? "regexTarget" : "target", targets, ALLOW_SECRET);
		list.all = choice(file, node, "condition", conditions, 0) >= 2;
		list.regexes = read_expressions(file, rule, yaml_get(node, "regexes"), &list.regexes_count);
		list.paths = read_expressions(file, rule, yaml_get(node, "paths"), &list.paths_count);
		read_words(yaml_get(node, "stopwords"), &list.stopwords);
	} else {
		list.regexes = read_expressions(file, rule, node, &list.regexes_count);
	}
	rule->allowlists = xreallocarray(rule->allowlists, rule->allowlists_count + 1, sizeof list);
	rule->allowlists[rule->allowlists_count++] = list;
}

/* One, or a list of them. */
static void read_allowlists(struct yaml_file *file, struct rule *rule, const struct yaml *node)
{
	if (node == NULL)
		return;
	if (node->kind != YAML_LIST || node->count == 0 || node->items[0]->kind != YAML_MAP) {
		read_allowlist(file, rule, node);
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read_allowlist(file, rule, node->items[i]);
}

static bool read_flag(struct yaml_file *file, const struct yaml *map, const char *key, bool standard)
{
	const struct yaml *node = yaml_get(map, key);
	bool value = yaml_bool(node, standard);

	if (node != NULL && value != yaml_bool(node, !standard)) /* neither */
		yaml_fault(file, node, "`%s:` is true or false", key);
	return value;
}

/* What a key says, 0 where it is absent; a complaint where it is no number from 0 to most. */
static double number_of(struct yaml_file *file, const struct yaml *map, const char *key, double most)
{
	const struct yaml *node = yaml_get(map, key);
	double value;

	if (node == NULL)
		return 0;
	if (yaml_number(node, &value) && value >= 0 && value <= most)
		return value;
	yaml_fault(file, node, "`%s: %s` is no number from 0 to %.0f", key, yaml_text(node) != NULL ? yaml_text(node) : "...", most);
	return 0;
}

static unsigned small_number(struct yaml_file *file, const struct yaml *map, const char *key)
{
	return (unsigned)number_of(file, map, key, 1000);
}

/* Of the checksums that Kingfisher writes as templates, the one of GitHub's and npm's tokens is known here. */
static void read_template_checksum(struct rule *rule, const struct yaml *node)
{
	static const char unknown[] = "a checksum that is not known here: it is not looked at";
	struct slice expected = yaml_slice(yaml_get(node, "expected"));

	if (node == NULL || node->kind != YAML_MAP)
		return;
	if (slice_find_nocase(expected, "crc32") < expected.len && slice_find_nocase(expected, "base62") < expected.len)
		rule->checksum = CHECKSUM_CRC32_BASE62;
	else
		words_add(&rule->notes, unknown, sizeof unknown - 1);
}

/* Kingfisher's pattern_requirements; the same keys may stand in the rule itself. */
static void read_requirements(struct yaml_file *file, struct rule *rule, const struct yaml *map)
{
	if (map == NULL)
		return;
	rule->min_digits += small_number(file, map, "min_digits");
	rule->min_upper += small_number(file, map, "min_uppercase");
	rule->min_lower += small_number(file, map, "min_lowercase");
	rule->min_special += small_number(file, map, "min_special_chars");
	if (rule->special == NULL && yaml_text(yaml_get(map, "special_chars")) != NULL)
		rule->special = xstrdup(yaml_text(yaml_get(map, "special_chars")));
	read_words(yaml_get(map, "ignore_if_contains"), &rule->stopwords);
	read_template_checksum(rule, yaml_get(map, "checksum"));
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
	static const char *const secrets[] = {"secret", "SECRET", "value", "VALUE", "token", "TOKEN", "password", "PASSWORD", "key", "KEY",
		"credential", "CREDENTIAL", NULL};
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
	if (rule->kind == CANDIDATE_COOKIE) {
		rule->cookie_name = expression_group(expression, "name");
		rule->cookie_domain = expression_group(expression, "domain");
		rule->cookie_path = expression_group(expression, "path");
	}
	rule->body = expression_group(expression, "body") + expression_group(expression, "BODY");
	rule->check = expression_group(expression, "checksum") + expression_group(expression, "CHECKSUM");
	bool named = rule->account + rule->service + rule->title + rule->link + rule->deadline + rule->price > 0;

	if (rule->secret == 0 && !named)
		rule->secret = 1;
}

/* Which group is the secret, by its number. */
static void read_secret_group(struct yaml_file *file, struct rule *rule, const struct yaml *map)
{
	const struct yaml *node = yaml_get(map, "secretGroup");
	double number;

	if (node == NULL)
		return;
	if (yaml_number(node, &number) && number >= 0 && number < EXPRESSION_GROUPS)
		rule->secret = (unsigned)number;
	else
		yaml_fault(file, node, "secretGroup is the number of a group, 0 to %d", EXPRESSION_GROUPS - 1);
}

static void find_gates(struct rule *rule, const struct yaml *map, struct slice pattern)
{
	static const char none[] = "no gate: no literal of 3 bytes is required, so it reads only the lines our names stand on";

	read_words(yaml_get(map, "keywords"), &rule->gates);
	rule->gates_are_keywords = rule->gates.count > 0;
	if (rule->gates.count == 0 && !literals_of_pattern(pattern, &rule->gates))
		words_add(&rule->notes, none, sizeof none - 1);
}

static const struct yaml *pattern_node(struct yaml_file *file, const struct yaml *map)
{
	const struct yaml *pattern = yaml_get(map, "pattern");

	return yaml_need_text(file, map, "pattern") != NULL ? pattern : NULL;
}

static const struct rule *find_rule(const struct rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->count; i++)
		if (strcmp(rules->list[i].id, id) == 0)
			return &rules->list[i];
	return NULL;
}

static void read_rule(struct rules *rules, struct yaml_file *file, const struct yaml *map, bool shipped)
{
	static const char *const records[] = {"window", "line", "post", NULL};
	static const char *const confidences[] = {"", "low", "medium", "high", NULL};
	static const char *const checksums[] = {"none", "crc32-base62", "bech32", "crc32-hex", NULL};
	static const char *const decodes[] = {"none", "base64", NULL};
	const char *id = yaml_need_text(file, map, "id"), *name = yaml_need_text(file, map, "name");
	const struct yaml *pattern = pattern_node(file, map);
	struct rule rule = {.file = NULL};
	char *translated = NULL;

	if (id == NULL || name == NULL || pattern == NULL)
		return;
	if (find_rule(rules, id) != NULL) {
		const struct rule *first = find_rule(rules, id);

		yaml_fault(file, yaml_get(map, "id"),
			"a rule with the id %s was read before, from %s:%u: give one of them another id, or name one of the folders only",
			id, first->file, first->line);
		return;
	}
	rule.id = xstrdup(id);
	rule.name = xstrdup(name);
	rule.pattern = xstrdup(yaml_text(pattern));
	if (yaml_text(yaml_get(map, "description")) != NULL)
		rule.description = xstrdup(yaml_text(yaml_get(map, "description")));
	rule.file = xstrdup(file->name);
	rule.line = map->line;
	rule.column = map->column;
	rule.shipped = shipped;
	rule.kind = kind_of(file, map, name);
	rule.record = (enum rule_record)choice(file, map, "record", records, RULE_WINDOW);
	rule.confidence = (Lt__Confidence)choice(file, map, "confidence", confidences, LT__CONFIDENCE__CONFIDENCE_MEDIUM);
	rule.checksum = (enum checksum)choice(file, map, "checksum", checksums, CHECKSUM_NONE);
	rule.decode = (enum decode)choice(file, map, "decode", decodes, DECODE_NONE);
	rule.hidden = !read_flag(file, map, "visible", true);
	rule.min_entropy = number_of(file, map, yaml_get(map, "min_entropy") != NULL ? "min_entropy" : "entropy", 8);
	read_words(yaml_get(map, "stopwords"), &rule.stopwords);
	read_allowlists(file, &rule, yaml_get(map, "allowlist"));
	read_allowlists(file, &rule, yaml_get(map, "allowlists"));
	read_requirements(file, &rule, map);
	read_requirements(file, &rule, yaml_get(map, "pattern_requirements"));
	rule_take_notes(&rule, map);
	rule.examples = yaml_get(map, "examples");
	rule.negative_examples = yaml_get(map, "negative_examples");
	rule.expression = read_expression(file, pattern, id, &translated);
	if (rule.expression == NULL) {
		rule_free(&rule);
		return;
	}
	find_groups(&rule);
	if (rule.kind == CANDIDATE_COOKIE && rule.cookie_name == 0)
		yaml_fault(file, pattern, "a rule for cookies needs a group that is their name: (?<name>...)");
	read_secret_group(file, &rule, map);
	find_gates(&rule, map, slice_of(translated));
	free(translated);
	rules->list = xreallocarray(rules->list, rules->count + 1, sizeof *rules->list);
	rules->list[rules->count++] = rule;
	rules->own_count += !shipped;
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

void rules_left(struct rules *rules, const char *file)
{
	words_add(&rules->left, file, strlen(file));
}

/* ---- shapes ----------------------------------------------------------------------------------- */

static void mark_rule(void *context, const struct literal *literal, size_t at)
{
	bool *marked = context;

	(void)at;
	marked[literal->name] = true;
}

static struct slice group_of(const struct slice *groups, unsigned group)
{
	return group > 0 ? groups[group] : SLICE_NONE;
}

struct rule_match rule_match_of(
	const struct rule *rule, const struct slice *groups, struct slice secret, struct slice line, struct slice path)
{
	return (struct rule_match){secret, groups[0], line, path, group_of(groups, rule->body), group_of(groups, rule->check)};
}

static bool token_refused(const struct rule *rule, struct slice value, const struct slice *groups)
{
	struct rule_match match = rule_match_of(rule, groups, value, value, SLICE_NONE);

	return rule_refuses(rule, &match) != NULL;
}

static bool tells_tokens(const struct rule *rule)
{
	return rule->kind == CANDIDATE_TOKEN && rule->confidence == LT__CONFIDENCE__CONFIDENCE_HIGH && !rule->hidden &&
	       rule->decode == DECODE_NONE && rule->account + rule->service == 0;
}

static bool is_whole_token(const struct rule *rule, struct slice value)
{
	struct slice groups[EXPRESSION_GROUPS];

	return expression_match(rule->expression, value, 0, groups) == EXPRESSION_YES && groups[rule->secret].data == value.data &&
	       groups[rule->secret].len == value.len && !token_refused(rule, value, groups);
}

const struct rule *rules_token(const struct rules *rules, struct slice value)
{
	const struct rule *found = NULL;
	bool *marked;

	if (value.len < TOKEN_LEAST || value.len > TOKEN_MOST)
		return NULL;
	marked = xcalloc(rules->count, sizeof *marked);
	sieve_ready(rules->gates);
	sieve_scan(rules->gates, value.data, value.len, mark_rule, marked);
	for (size_t i = 0; i < rules->token_count && found == NULL; i++) {
		const struct rule *rule = &rules->list[rules->tokens[i]];

		if ((marked[rules->tokens[i]] || rule->gates.count == 0 || rule->gates_are_keywords) && is_whole_token(rule, value))
			found = rule;
	}
	free(marked);
	return found;
}

/* ---- gates ------------------------------------------------------------------------------------ */

bool rules_finish(struct rules *rules, char **why)
{
	struct literals literals = {.words = true};

	for (size_t i = 0; i < rules->count; i++) {
		const struct words *gates = &rules->list[i].gates;

		for (size_t j = 0; j < gates->count; j++) {
			struct literal like = {.caseless = true, .kind = NAME_RULE, .name = (uint32_t)i};

			literals_add(&literals, gates->list[j], strlen(gates->list[j]), like);
		}
	}
	rules->tokens = xcalloc(rules->count, sizeof *rules->tokens);
	for (size_t i = 0; i < rules->count; i++)
		if (tells_tokens(&rules->list[i]))
			rules->tokens[rules->token_count++] = i;
	/* Compiling takes a quarter of an inspector's start, and most never see a name of ours. What is shipped is known to compile. */
	rules->gates = rules->own_count > 0 ? sieve_new(&literals, why) : sieve_unready(&literals);
	return rules->gates != NULL;
}
