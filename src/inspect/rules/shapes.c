#include "inspect/rules/shapes.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/expression.h"
#include "inspect/rules/rules.h"
#include "inspect/sieve/sieve.h"
#include "shared/mem.h"

enum { GATES_AFTER = 500 };

struct shape {
	char *name;
	struct slice pattern; /* owned */
	struct expression *expression;
	/* Of the part that may match anywhere; what matches at the beginning only is in `begins`. */
	bool anywhere, gated;
};

struct shapes {
	struct shape *list;
	size_t count;
	struct expression *begins; /* the alternatives that begin with ^, of all; or all of all */
	struct sieve *gates;       /* NULL: begins tells all */
	bool *marked;
	size_t asked; /* how often gates were wanted: compiling them is for many texts */
};

struct shapes *shapes_new(void)
{
	return xcalloc(1, sizeof(struct shapes));
}

void shapes_free(struct shapes *shapes)
{
	if (shapes == NULL)
		return;
	for (size_t i = 0; i < shapes->count; i++) {
		free(shapes->list[i].name);
		free((char *)(uintptr_t)shapes->list[i].pattern.data);
		expression_free(shapes->list[i].expression);
	}
	free(shapes->list);
	expression_free(shapes->begins);
	sieve_free(shapes->gates);
	free(shapes->marked);
	free(shapes);
}

void shapes_add(struct shapes *shapes, const char *name, struct slice pattern, struct expression *expression)
{
	shapes->list = xreallocarray(shapes->list, shapes->count + 1, sizeof *shapes->list);
	shapes->list[shapes->count++] =
		(struct shape){xstrdup(name), {xstrndup(pattern.data, pattern.len), pattern.len}, expression, true, false};
}

/* ---- alternatives ------------------------------------------------------------------------------- */

/* An alternative is not a pattern of its own where options are set amid the pattern, or groups are named by number; what is not read here.
 */
static bool is_one(struct slice pattern)
{
	static const char *const parts[] = {"(?i)", "(?s)", "(?m)", "(?x", "(?-", "(?#", "(*", "\\Q", "\\g", "\\k", "(?|", "(?P"};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (memmem(pattern.data, pattern.len, parts[i], strlen(parts[i])) != NULL)
			return true;
	for (size_t i = 0; i + 1 < pattern.len; i++)
		if (pattern.data[i] == '\\' && isdigit((unsigned char)pattern.data[i + 1]))
			return true;
	return false;
}

/* Behind the name of a class within a class; where it is none, it is a ':'. */
static size_t named_end(struct slice pattern, size_t at)
{
	size_t end = at;

	while (end < pattern.len && (isalpha((unsigned char)pattern.data[end]) || pattern.data[end] == '^'))
		end++;
	return end + 1 < pattern.len && pattern.data[end] == ':' && pattern.data[end + 1] == ']' ? end + 2 : at;
}

/* Behind the character class that begins at `at`. */
static size_t class_end(struct slice pattern, size_t at)
{
	at++;
	if (at < pattern.len && pattern.data[at] == '^')
		at++;
	if (at < pattern.len && pattern.data[at] == ']')
		at++;
	while (at < pattern.len && pattern.data[at] != ']') {
		if (pattern.data[at] == '[' && at + 1 < pattern.len && pattern.data[at + 1] == ':') /* [:alpha:] */
			at = named_end(pattern, at + 2);
		else
			at += pattern.data[at] == '\\' ? 2 : 1;
	}
	return at + 1;
}

/* Where the alternative that begins at `at` ends, outside of groups. */
static size_t alternative_end(struct slice pattern, size_t at)
{
	size_t depth = 0;

	while (at < pattern.len) {
		char c = pattern.data[at];

		if (c == '|' && depth == 0)
			break;
		if (c == '[') {
			at = class_end(pattern, at);
			continue;
		}
		depth += c == '(';
		depth -= c == ')' && depth > 0;
		at += c == '\\' ? 2 : 1;
	}
	return at < pattern.len ? at : pattern.len;
}

struct sorting {
	struct slice *begins; /* owned */
	size_t begins_count;
	struct literals gates;
};

static void add_begin(struct sorting *sorting, struct slice option, struct slice part)
{
	sorting->begins = xreallocarray(sorting->begins, sorting->begins_count + 1, sizeof *sorting->begins);
	char *text = xasprintf("%.*s%.*s", (int)option.len, option.data, (int)part.len, part.data);

	sorting->begins[sorting->begins_count++] = slice_of(text);
}

static bool add_gates(struct sorting *sorting, size_t shape, struct slice part)
{
	struct words gates = {NULL, 0};
	bool known = literals_of_pattern(part, &gates);
	struct literal like = {.caseless = true, .kind = NAME_RULE, .name = (uint32_t)shape};

	for (size_t i = 0; known && i < gates.count; i++)
		literals_add(&sorting->gates, gates.list[i], strlen(gates.list[i]), like);
	words_free(&gates);
	return known;
}

static void sort_alternatives(struct sorting *sorting, struct shapes *shapes, size_t number)
{
	struct shape *shape = &shapes->list[number];
	size_t option = slice_starts_nocase(shape->pattern, "(?i)") && shape->pattern.data[2] == 'i' ? strlen("(?i)") : 0;
	struct slice pattern = slice_from(shape->pattern, option);

	if (is_one(pattern))
		return;
	shape->anywhere = false;
	shape->gated = true;
	for (size_t at = 0, end; at <= pattern.len; at = end + 1) {
		end = alternative_end(pattern, at);
		struct slice part = {pattern.data + at, end - at};

		if (part.len > 0 && part.data[0] == '^') {
			add_begin(sorting, slice_until(shape->pattern, option), part);
			continue;
		}
		shape->anywhere = true;
		shape->gated = add_gates(sorting, number, part) && shape->gated;
	}
}

static void finish_whole(struct shapes *shapes, unsigned flags)
{
	struct slice *patterns = xcalloc(shapes->count, sizeof *patterns);

	for (size_t i = 0; i < shapes->count; i++)
		patterns[i] = shapes->list[i].pattern;
	shapes->begins = expression_any(patterns, shapes->count, flags);
	free(patterns);
}

void shapes_finish(struct shapes *shapes, unsigned flags)
{
	struct sorting sorting = {.gates = {.words = true}};

	expression_free(shapes->begins);
	shapes->begins = NULL;
	if ((flags & EXPRESSION_WHOLE) != 0) {
		finish_whole(shapes, flags);
		return;
	}
	for (size_t i = 0; i < shapes->count; i++)
		sort_alternatives(&sorting, shapes, i);
	shapes->begins = expression_any(sorting.begins, sorting.begins_count, flags);
	sieve_free(shapes->gates);
	shapes->gates = sieve_unready(&sorting.gates);
	free(shapes->marked);
	shapes->marked = xcalloc(shapes->count, sizeof *shapes->marked);
	for (size_t i = 0; i < sorting.begins_count; i++)
		free((char *)(uintptr_t)sorting.begins[i].data);
	free(sorting.begins);
}

/* ---- asking ------------------------------------------------------------------------------------- */

static void mark(void *context, const struct literal *literal, size_t at)
{
	bool *marked = context;

	(void)at;
	marked[literal->name] = true;
}

/* False: they were not looked for. */
static bool look_for_gates(struct shapes *shapes, struct slice text)
{
	if (shapes->asked < GATES_AFTER) {
		shapes->asked++;
		return false;
	}
	sieve_ready(shapes->gates);
	memset(shapes->marked, 0, shapes->count * sizeof *shapes->marked);
	sieve_scan(shapes->gates, text.data, text.len, mark, shapes->marked);
	return true;
}

static bool may_match(struct shapes *shapes, struct slice text)
{
	if (shapes->begins == NULL || expression_match(shapes->begins, text, 0, NULL) != EXPRESSION_NO)
		return true;
	if (shapes->gates == NULL)
		return false;
	bool known = look_for_gates(shapes, text);

	for (size_t i = 0; i < shapes->count; i++) {
		const struct shape *shape = &shapes->list[i];

		if (shape->anywhere && (!known || !shape->gated || shapes->marked[i]) &&
			expression_match(shape->expression, text, 0, NULL) != EXPRESSION_NO)
			return true;
	}
	return false;
}

const char *shapes_find(struct shapes *shapes, struct slice text)
{
	if (shapes->count > 0 && !may_match(shapes, text))
		return NULL;
	for (size_t i = 0; i < shapes->count; i++)
		if (expression_match(shapes->list[i].expression, text, 0, NULL) == EXPRESSION_YES)
			return shapes->list[i].name;
	return NULL;
}
