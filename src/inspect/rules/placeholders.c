#include "inspect/rules/placeholders.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/rules/expression.h"
#include "inspect/rules/shapes.h"
#include "shared/mem.h"

/* Longer values are keys or text, and no placeholder; longer lines are judged by their beginning. */
enum { PLACEHOLDER_BYTES = 200, LINE_BYTES = 1024 };

struct words {
	char **list;
	size_t count;
};

struct placeholders {
	struct words values, weak, weak_apart, example_accounts, example_secrets, twice;
	struct shapes *shapes, *lines;
};

struct placeholders *placeholders_new(void)
{
	struct placeholders *placeholders = xcalloc(1, sizeof *placeholders);

	placeholders->shapes = shapes_new();
	placeholders->lines = shapes_new();
	return placeholders;
}

static void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
}

void placeholders_free(struct placeholders *placeholders)
{
	if (placeholders == NULL)
		return;
	words_free(&placeholders->values);
	words_free(&placeholders->weak);
	words_free(&placeholders->weak_apart);
	words_free(&placeholders->example_accounts);
	words_free(&placeholders->example_secrets);
	words_free(&placeholders->twice);
	shapes_free(placeholders->shapes);
	shapes_free(placeholders->lines);
	free(placeholders);
}

/* ---- loading ------------------------------------------------------------------------------------ */

static int word_compare(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static void words_load(struct words *words, const struct yaml *list)
{
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct slice text = yaml_slice(yaml_at(list, i));
		if (text.len == 0)
			continue;
		words->list = xreallocarray(words->list, words->count + 1, sizeof *words->list);
		words->list[words->count++] = xstrndup(text.data, text.len);
	}
	if (words->count > 0)
		qsort(words->list, words->count, sizeof *words->list, word_compare);
}

static void samples_check(
	const struct expression *expression, struct yaml_file *file, const struct yaml *node, const char *key, bool wanted)
{
	const struct yaml *list = yaml_get(node, key);
	const char *name = yaml_text(yaml_get(node, "name"));

	if (yaml_count(list) == 0)
		yaml_fault(file, node, "%s has no %s", name, key);
	for (size_t i = 0; i < yaml_count(list); i++) {
		bool found = expression_match(expression, yaml_slice(yaml_at(list, i)), 0, NULL) == EXPRESSION_YES;
		if (found != wanted)
			yaml_fault(file, yaml_at(list, i), "%s: %s", name,
				wanted ? "the pattern does not match this example" : "the pattern matches this near miss");
	}
}

static void shapes_load(struct shapes *shapes, struct yaml_file *file, const struct yaml *list, unsigned flags)
{
	static const char *const known[] = {"name", "pattern", "examples", "near_misses", NULL};

	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml *node = yaml_at(list, i);
		char error[EXPRESSION_ERROR_BYTES];
		yaml_check_keys(file, node, known);
		const char *name = yaml_need_text(file, node, "name");
		if (name == NULL || yaml_need_text(file, node, "pattern") == NULL)
			continue;
		struct slice pattern = yaml_slice(yaml_get(node, "pattern"));
		struct expression *expression = expression_new(pattern, flags, error);
		if (expression == NULL) {
			yaml_fault(file, yaml_get(node, "pattern"), "pattern of %s: %s", name, error);
			continue;
		}
		samples_check(expression, file, node, "examples", true);
		samples_check(expression, file, node, "near_misses", false);
		shapes_add(shapes, name, pattern, expression);
	}
	shapes_finish(shapes, flags);
}

void placeholders_load(struct placeholders *placeholders, struct yaml_file *file)
{
	static const char *const known[] = {
		"values", "shapes", "lines", "weak", "weak_apart", "example_accounts", "example_secrets", "twice", NULL};

	yaml_check_keys(file, file->root, known);
	words_load(&placeholders->values, yaml_get(file->root, "values"));
	words_load(&placeholders->weak, yaml_get(file->root, "weak"));
	words_load(&placeholders->weak_apart, yaml_get(file->root, "weak_apart"));
	words_load(&placeholders->example_accounts, yaml_get(file->root, "example_accounts"));
	words_load(&placeholders->example_secrets, yaml_get(file->root, "example_secrets"));
	words_load(&placeholders->twice, yaml_get(file->root, "twice"));
	shapes_load(placeholders->shapes, file, yaml_get(file->root, "shapes"), EXPRESSION_WHOLE | EXPRESSION_CASELESS);
	shapes_load(placeholders->lines, file, yaml_get(file->root, "lines"), 0);
}

/* ---- asking ------------------------------------------------------------------------------------- */

static bool words_hold(const struct words *words, struct slice value)
{
	size_t low = 0, high = words->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *word = words->list[middle];
		size_t len = strlen(word);
		int order = strncasecmp(value.data, word, value.len < len ? value.len : len);
		if (order == 0)
			order = value.len < len ? -1 : value.len > len;
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool placeholders_hold(const struct placeholders *placeholders, struct slice value)
{
	value = slice_trim(value);
	if (value.len == 0)
		return true;
	if (value.len > PLACEHOLDER_BYTES)
		return false;
	return words_hold(&placeholders->values, value) || shapes_find(placeholders->shapes, value) != NULL;
}

bool placeholders_weak(const struct placeholders *placeholders, struct slice value, bool behind_colon)
{
	return words_hold(&placeholders->weak, value) || (!behind_colon && words_hold(&placeholders->weak_apart, value));
}

/* $U, ${USER}: short ones are passwords by themselves. */
static bool is_variable(struct slice value)
{
	if (value.len < 2 || value.data[0] != '$')
		return false;
	for (size_t i = 1; i < value.len; i++)
		if (!isalnum((unsigned char)value.data[i]) && strchr("_{}", value.data[i]) == NULL)
			return false;
	return !isdigit((unsigned char)value.data[1]);
}

bool placeholders_variables(struct slice account, struct slice secret)
{
	return is_variable(account) && is_variable(secret);
}

bool placeholders_example(const struct placeholders *placeholders, struct slice account, struct slice secret)
{
	return words_hold(&placeholders->example_accounts, account) && words_hold(&placeholders->example_secrets, secret);
}

bool placeholders_twice(const struct placeholders *placeholders, struct slice account, struct slice secret)
{
	return slice_equal_nocase(account, secret) && words_hold(&placeholders->twice, secret);
}

bool placeholder_is(const struct engine *engine, struct slice value)
{
	return placeholders_hold(engine->placeholders, value);
}

const char *placeholders_line(const struct placeholders *placeholders, struct slice line)
{
	return shapes_find(placeholders->lines, slice_until(line, LINE_BYTES));
}
