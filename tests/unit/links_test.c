/* Selectors, JSON paths and templates of site descriptions; the cases are the lines of tests/links/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/links/jsonpath.h"
#include "inspect/links/selector.h"
#include "inspect/links/template.h"
#include "inspect/links/texts.h"
#include "shared/mem.h"

enum { LINE_BYTES = 4096, ATTRIBUTES_MAX = 8 };

/* Calls check for every line of tabs; it returns what it got, to be compared with the last column. */
static void each_line(const char *name, const char *(*check)(char **columns), size_t columns)
{
	char *path = xasprintf("%s/tests/links/%s", SOURCE_FOLDER, name);
	FILE *file = fopen(path, "r");
	char line[LINE_BYTES], *cells[4];
	unsigned failed = 0, count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		char *rest = line;

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		for (size_t i = 0; i < columns; i++)
			cells[i] = strsep(&rest, "\t");
		assert_non_null(cells[columns - 1]);
		const char *got = check(cells);

		count++;
		if (strcmp(got, cells[columns - 1]) == 0)
			continue;
		failed++;
		print_error("%s: \"%s\" gives \"%s\" instead of \"%s\"\n", name, cells[0], got, cells[columns - 1]);
	}
	fclose(file);
	free(path);
	assert_true(count > 0);
	assert_int_equal(failed, 0);
}

/* ---- selectors --------------------------------------------------------------------------------- */

/* "div.card#x[href=/y]" as a parser tells it. */
static void open_element(struct walk *walk, char *text)
{
	char *attributes[2 * ATTRIBUTES_MAX + 1] = {NULL}, classes[200] = "", tag[100];
	size_t count = 0, len = strcspn(text, ".#[");

	(void)snprintf(tag, sizeof tag, "%.*s", (int)len, len > 0 ? text : "div");
	for (char *at = text + len; *at != '\0';) {
		char mark = *at++;
		size_t end = strcspn(at, mark == '[' ? "]" : ".#[");
		char *value = xstrndup(at, end);

		at += end + (mark == '[');
		if (mark == '.') {
			size_t used = strlen(classes);

			(void)snprintf(classes + used, sizeof classes - used, "%s ", value);
			free(value);
		} else if (mark == '#') {
			attributes[count++] = xstrdup("id");
			attributes[count++] = value;
		} else {
			char *equals = strchr(value, '=');

			*equals = '\0';
			attributes[count++] = xstrdup(value);
			attributes[count++] = xstrdup(equals + 1);
			free(value);
		}
	}
	attributes[count++] = xstrdup("class");
	attributes[count++] = xstrdup(classes);
	(void)walk_open(walk, tag, (const char *const *)attributes);
	while (count > 0)
		free(attributes[--count]);
}

static const char *check_selector(char **cells)
{
	char error[SELECTOR_ERROR_BYTES];
	struct selector *selector = selector_new(slice_of(cells[0]), error);
	struct walk *walk;
	bool matches;

	if (selector == NULL)
		return error[0] != '\0' ? "bad" : "refused without a word";
	walk = walk_new();
	size_t number = walk_add(walk, selector);

	for (char *word = strsep(&cells[1], " "); word != NULL; word = strsep(&cells[1], " "))
		open_element(walk, word);
	matches = walk_matches(walk, number);
	walk_free(walk);
	selector_free(selector);
	return matches ? "yes" : "no";
}

static void selectors_choose_what_they_say(void **state)
{
	(void)state;
	each_line("selectors.tsv", check_selector, 3);
}

static void what_was_closed_is_no_ancestor(void **state)
{
	char error[SELECTOR_ERROR_BYTES];
	struct selector *selector = selector_new(SLICE_TEXT("div a"), error);
	struct walk *walk = walk_new();
	size_t number = walk_add(walk, selector);

	(void)state;
	assert_int_equal(walk_open(walk, "div", NULL), 1);
	assert_int_equal(walk_close(walk), 1);
	assert_int_equal(walk_open(walk, "a", NULL), 1);
	assert_false(walk_matches(walk, number));
	assert_int_equal(walk_close(walk), 1);
	assert_int_equal(walk_close(walk), 0); /* an end without a beginning */
	assert_int_equal(walk_open(walk, "div", NULL), 1);
	assert_int_equal(walk_open(walk, "a", NULL), 2);
	assert_true(walk_matches(walk, number));
	walk_free(walk);
	selector_free(selector);
}

static void depth_without_end_is_counted_and_chooses_nothing(void **state)
{
	char error[SELECTOR_ERROR_BYTES];
	struct selector *selector = selector_new(SLICE_TEXT("a"), error);
	struct walk *walk = walk_new();
	size_t number = walk_add(walk, selector);
	size_t depth = 0;

	(void)state;
	while (depth < WALK_DEPTH_MAX)
		depth = walk_open(walk, "a", NULL);
	assert_true(walk_matches(walk, number));
	while (depth < 10 * WALK_DEPTH_MAX)
		depth = walk_open(walk, "a", NULL);
	assert_false(walk_matches(walk, number));
	while (depth > 0)
		depth = walk_close(walk) - 1;
	assert_int_equal(walk_open(walk, "a", NULL), 1);
	assert_true(walk_matches(walk, number));
	walk_free(walk);
	selector_free(selector);
}

/* ---- JSON paths -------------------------------------------------------------------------------- */

static char found[LINE_BYTES];

static bool on_value(void *context, const struct jsonpath_chain *chain)
{
	char *text = json_dumps(chain->values[chain->count - 1], JSON_ENCODE_ANY | JSON_COMPACT);
	size_t used = strlen(found);

	(void)context;
	(void)snprintf(found + used, sizeof found - used, "%s%s", used > 0 ? " " : "", text);
	free(text);
	return true;
}

static const char *check_path(char **cells)
{
	char error[JSONPATH_ERROR_BYTES];
	struct jsonpath *path = jsonpath_new(slice_of(cells[0]), error);
	struct jsonpath_chain chain = {.count = 1};

	if (path == NULL)
		return error[0] != '\0' ? "bad" : "refused without a word";
	found[0] = '\0';
	chain.values[0] = json_loads(cells[1], 0, NULL);
	assert_non_null(chain.values[0]);
	jsonpath_walk(path, &chain, on_value, NULL);
	json_decref(chain.values[0]);
	jsonpath_free(path);
	return found;
}

static void paths_lead_to_values_in_order(void **state)
{
	(void)state;
	each_line("jsonpaths.tsv", check_path, 3);
}

static bool climb(void *context, const struct jsonpath_chain *chain)
{
	jsonpath_walk(context, chain, on_value, NULL);
	return true;
}

static void a_path_climbs_to_what_is_around(void **state)
{
	char error[JSONPATH_ERROR_BYTES];
	struct jsonpath *down = jsonpath_new(SLICE_TEXT("$[*].files.*"), error), *up = jsonpath_new(SLICE_TEXT("^^id"), error);
	struct jsonpath_chain chain = {.count = 1};

	(void)state;
	found[0] = '\0';
	chain.values[0] = json_loads("[{\"id\":7,\"files\":{\"a\":1,\"b\":2}},{\"id\":8,\"files\":{\"c\":3}}]", 0, NULL);
	jsonpath_walk(down, &chain, climb, up);
	assert_string_equal(found, "7 7 8");
	json_decref(chain.values[0]);
	jsonpath_free(down);
	jsonpath_free(up);
}

/* ---- templates and texts ----------------------------------------------------------------------- */

static struct slice value_of(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "id") == 0)
		return SLICE_TEXT("a/b c");
	if (strcmp(name, "name") == 0)
		return SLICE_TEXT("\xc3\xa9&=");
	return strcmp(name, "empty") == 0 ? SLICE_TEXT("") : SLICE_NONE;
}

static const char *check_template(char **cells)
{
	char error[TEMPLATE_ERROR_BYTES];
	struct template *template = template_new(slice_of(cells[0]), error);
	struct buf out;
	bool filled;

	if (template == NULL)
		return "bad";
	buf_init(&out, sizeof found - 1);
	filled = template_fill(template, value_of, NULL, &out);
	(void)snprintf(found, sizeof found, "%s", filled ? buf_text(&out) : "absent");
	buf_free(&out);
	template_free(template);
	return found;
}

static void templates_encode_what_they_fill_in(void **state)
{
	(void)state;
	each_line("templates.tsv", check_template, 2);
}

static void a_template_does_not_outgrow_its_buffer(void **state)
{
	char error[TEMPLATE_ERROR_BYTES];
	struct template *template = template_new(SLICE_TEXT("/{id}/{id}"), error);
	struct buf out;

	(void)state;
	buf_init(&out, 12);
	assert_false(template_fill(template, value_of, NULL, &out));
	assert_true(out.len <= 12);
	buf_free(&out);
	template_free(template);
}

static void a_set_of_texts_knows_what_it_holds(void **state)
{
	struct texts texts = {NULL, 0, 0};
	char text[16];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1000; i++) {
			(void)snprintf(text, sizeof text, "%d", i);
			assert_int_equal(texts_add(&texts, text), round == 0);
		}
	}
	assert_true(texts_add(&texts, ""));
	assert_false(texts_add(&texts, ""));
	assert_int_equal(texts.count, 1001);
	texts_free(&texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_choose_what_they_say),
		cmocka_unit_test(what_was_closed_is_no_ancestor),
		cmocka_unit_test(depth_without_end_is_counted_and_chooses_nothing),
		cmocka_unit_test(paths_lead_to_values_in_order),
		cmocka_unit_test(a_path_climbs_to_what_is_around),
		cmocka_unit_test(templates_encode_what_they_fill_in),
		cmocka_unit_test(a_template_does_not_outgrow_its_buffer),
		cmocka_unit_test(a_set_of_texts_knows_what_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
