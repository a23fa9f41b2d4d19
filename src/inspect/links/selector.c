#include "inspect/links/selector.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/mem.h"

enum { STEPS_MAX = 16, TESTS_MAX = 16 };

enum test_kind { TEST_TAG, TEST_CLASS, TEST_PRESENT, TEST_EQUAL, TEST_BEGINS, TEST_ENDS, TEST_HOLDS };

struct test {
	enum test_kind kind;
	char *name;  /* of the tag or attribute, in lower case */
	char *value; /* or NULL */
};

/* One element: every test has to hold. */
struct step {
	struct test tests[TESTS_MAX];
	size_t count;
};

/* Steps that stand within one another, the outermost first. */
struct chain {
	struct step steps[STEPS_MAX];
	size_t count;
};

struct selector {
	struct chain *chains; /* any of them */
	size_t count;
};

/* ---- reading ----------------------------------------------------------------------------------- */

struct reading {
	const char *at, *end;
	char *error;
};

static bool wrong(struct reading *reading, const char *what)
{
	if (reading->error[0] == '\0')
		(void)snprintf(reading->error, SELECTOR_ERROR_BYTES, "%s", what);
	return false;
}

static bool name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static char *read_name(struct reading *reading)
{
	const char *from = reading->at;

	while (reading->at < reading->end && name_byte(*reading->at))
		reading->at++;
	return reading->at > from ? xstrndup(from, (size_t)(reading->at - from)) : NULL;
}

static bool accept(struct reading *reading, char c)
{
	if (reading->at == reading->end || *reading->at != c)
		return false;
	reading->at++;
	return true;
}

static void fold(char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* The value in [attr=value], quoted or not. */
static char *read_value(struct reading *reading)
{
	char quote = accept(reading, '"') ? '"' : accept(reading, '\'') ? '\'' : '\0';
	const char *from = reading->at;

	while (reading->at < reading->end && *reading->at != (quote != '\0' ? quote : ']'))
		reading->at++;
	char *value = xstrndup(from, (size_t)(reading->at - from));

	if (quote != '\0' && !accept(reading, quote))
		(void)wrong(reading, "a quote is not closed");
	return value;
}

static bool read_attribute(struct reading *reading, struct test *test)
{
	static const struct {
		char mark;
		enum test_kind kind;
	} marks[] = {{'^', TEST_BEGINS}, {'$', TEST_ENDS}, {'*', TEST_HOLDS}};

	test->name = read_name(reading);
	fold(test->name);
	test->kind = TEST_EQUAL;
	if (test->name == NULL)
		return wrong(reading, "an attribute's name is missing behind [");
	if (accept(reading, ']')) {
		test->kind = TEST_PRESENT;
		return true;
	}
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (accept(reading, marks[i].mark))
			test->kind = marks[i].kind;
	if (!accept(reading, '='))
		return wrong(reading, "behind an attribute's name stand =, ^=, $=, *= or ]");
	test->value = read_value(reading);
	if (test->kind != TEST_EQUAL && test->value[0] == '\0')
		return wrong(reading, "an attribute is compared with nothing");
	return accept(reading, ']') || wrong(reading, "a [ is not closed");
}

static bool read_test(struct reading *reading, struct test *test)
{
	if (accept(reading, '.')) {
		*test = (struct test){TEST_CLASS, NULL, read_name(reading)};
		return test->value != NULL || wrong(reading, "a class is missing behind .");
	}
	if (accept(reading, '#')) {
		*test = (struct test){TEST_EQUAL, xstrdup("id"), read_name(reading)};
		return test->value != NULL || wrong(reading, "an id is missing behind #");
	}
	if (accept(reading, '['))
		return read_attribute(reading, test);
	*test = (struct test){TEST_TAG, read_name(reading), NULL};
	fold(test->name);
	return test->name != NULL || wrong(reading, "only tag, .class, #id, [attr=value], blanks and commas are understood");
}

static bool read_step(struct reading *reading, struct step *step)
{
	bool any = accept(reading, '*');

	while (reading->at < reading->end && !isspace((unsigned char)*reading->at) && *reading->at != ',') {
		if (step->count == TESTS_MAX)
			return wrong(reading, "too many tests of one element");
		if (!read_test(reading, &step->tests[step->count++]))
			return false;
	}
	return step->count > 0 || any || wrong(reading, "an element is missing");
}

static void skip_blanks(struct reading *reading)
{
	while (reading->at < reading->end && isspace((unsigned char)*reading->at))
		reading->at++;
}

static bool read_chain(struct reading *reading, struct chain *chain)
{
	skip_blanks(reading);
	do {
		if (chain->count == STEPS_MAX)
			return wrong(reading, "too many elements within one another");
		if (!read_step(reading, &chain->steps[chain->count++]))
			return false;
		skip_blanks(reading);
	} while (reading->at < reading->end && *reading->at != ',');
	return true;
}

struct selector *selector_new(struct slice text, char error[SELECTOR_ERROR_BYTES])
{
	struct selector *selector = xcalloc(1, sizeof *selector);
	struct reading reading = {text.data, text.data + text.len, error};

	error[0] = '\0';
	do {
		selector->chains = xreallocarray(selector->chains, selector->count + 1, sizeof *selector->chains);
		memset(&selector->chains[selector->count], 0, sizeof *selector->chains);
	} while (read_chain(&reading, &selector->chains[selector->count++]) && accept(&reading, ','));
	if (error[0] == '\0')
		return selector;
	selector_free(selector);
	return NULL;
}

void selector_free(struct selector *selector)
{
	if (selector == NULL)
		return;
	for (size_t i = 0; i < selector->count; i++)
		for (size_t j = 0; j < selector->chains[i].count; j++)
			for (size_t k = 0; k < selector->chains[i].steps[j].count; k++) {
				free(selector->chains[i].steps[j].tests[k].name);
				free(selector->chains[i].steps[j].tests[k].value);
			}
	free(selector->chains);
	free(selector);
}

/* ---- one element ------------------------------------------------------------------------------- */

static const char *attribute(const char *const *attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcasecmp(attributes[0], name) == 0)
			return attributes[1] != NULL ? attributes[1] : "";
	return NULL;
}

static bool has_class(const char *classes, const char *class)
{
	size_t len = strlen(class);

	while (classes != NULL && *classes != '\0') {
		size_t word = strcspn(classes, " \t\r\n\f");

		if (word == len && memcmp(classes, class, len) == 0)
			return true;
		classes += word;
		classes += strspn(classes, " \t\r\n\f");
	}
	return false;
}

static bool compare(const struct test *test, const char *value)
{
	size_t len = strlen(value), want = strlen(test->value);

	switch (test->kind) {
	case TEST_EQUAL:
		return strcmp(value, test->value) == 0;
	case TEST_BEGINS:
		return strncmp(value, test->value, want) == 0;
	case TEST_ENDS:
		return len >= want && strcmp(value + len - want, test->value) == 0;
	default:
		return strstr(value, test->value) != NULL;
	}
}

static bool test_holds(const struct test *test, const char *tag, const char *const *attributes)
{
	const char *value;

	switch (test->kind) {
	case TEST_TAG:
		return strcasecmp(tag, test->name) == 0;
	case TEST_CLASS:
		return has_class(attribute(attributes, "class"), test->value);
	case TEST_PRESENT:
		return attribute(attributes, test->name) != NULL;
	default:
		value = attribute(attributes, test->name);
		return value != NULL && compare(test, value);
	}
}

static bool step_holds(const struct step *step, const char *tag, const char *const *attributes)
{
	for (size_t i = 0; i < step->count; i++)
		if (!test_holds(&step->tests[i], tag, attributes))
			return false;
	return true;
}

/* ---- the walk ---------------------------------------------------------------------------------- */

/*
 * For every open element and chain: how many of its steps the elements down to it fulfil. As only descendants count, the
 * longest beginning found so far is as good as any other, so that one number is all there is to remember.
 */
struct walk {
	const struct chain **chains;
	size_t *owners; /* selector of the chain */
	size_t chain_count;
	bool *matched; /* per selector */
	size_t selector_count;
	uint8_t *progress; /* depth x chain_count; row 0 is outside of everything */
	size_t rows, depth;
};

struct walk *walk_new(void)
{
	return xcalloc(1, sizeof(struct walk));
}

void walk_free(struct walk *walk)
{
	free(walk->chains);
	free(walk->owners);
	free(walk->matched);
	free(walk->progress);
	free(walk);
}

size_t walk_add(struct walk *walk, const struct selector *selector)
{
	size_t count = walk->chain_count + selector->count;

	walk->chains = xreallocarray(walk->chains, count, sizeof *walk->chains);
	walk->owners = xreallocarray(walk->owners, count, sizeof *walk->owners);
	for (size_t i = 0; i < selector->count; i++) {
		walk->chains[walk->chain_count] = &selector->chains[i];
		walk->owners[walk->chain_count++] = walk->selector_count;
	}
	walk->matched = xreallocarray(walk->matched, walk->selector_count + 1, sizeof *walk->matched);
	walk->matched[walk->selector_count] = false;
	return walk->selector_count++;
}

static void grow(struct walk *walk)
{
	size_t rows = walk->rows > 0 ? walk->rows * 2 : 64;

	if (walk->depth + 1 < walk->rows)
		return;
	walk->progress = xreallocarray(walk->progress, rows, walk->chain_count + 1);
	memset(walk->progress + walk->rows * walk->chain_count, 0, (rows - walk->rows) * walk->chain_count);
	walk->rows = rows;
}

size_t walk_open(struct walk *walk, const char *tag, const char *const *attributes)
{
	if (walk->selector_count > 0)
		memset(walk->matched, 0, walk->selector_count * sizeof *walk->matched);
	if (walk->depth >= WALK_DEPTH_MAX)
		return ++walk->depth;
	grow(walk);
	const uint8_t *above = walk->progress + walk->depth * walk->chain_count;
	uint8_t *here = walk->progress + (walk->depth + 1) * walk->chain_count;

	for (size_t i = 0; i < walk->chain_count; i++) {
		const struct chain *chain = walk->chains[i];
		bool holds = step_holds(&chain->steps[above[i]], tag, attributes);
		bool last = (size_t)above[i] + 1 == chain->count;

		here[i] = (uint8_t)(above[i] + (holds && !last));
		if (holds && last)
			walk->matched[walk->owners[i]] = true;
	}
	return ++walk->depth;
}

size_t walk_close(struct walk *walk)
{
	return walk->depth > 0 ? walk->depth-- : 0;
}

bool walk_matches(const struct walk *walk, size_t selector)
{
	return walk->matched[selector];
}
