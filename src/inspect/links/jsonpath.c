#include "inspect/links/jsonpath.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

struct step {
	char *key; /* NULL: index, or every value */
	bool every;
	size_t index;
};

struct jsonpath {
	size_t up;
	struct step steps[JSONPATH_DEPTH_MAX];
	size_t count;
};

/* ---- reading ----------------------------------------------------------------------------------- */

static const char *read_quoted(const char *at, const char *end, struct step *step)
{
	char quote = *at++;
	const char *close = memchr(at, quote, (size_t)(end - at));

	if (close == NULL || close + 1 == end || close[1] != ']')
		return NULL;
	step->key = xstrndup(at, (size_t)(close - at));
	return close + 2;
}

static const char *read_index(const char *at, const char *end, struct step *step)
{
	const char *from = at;

	for (; at < end && isdigit((unsigned char)*at) && at - from < 9; at++)
		step->index = step->index * 10 + (size_t)(*at - '0');
	return at > from && at < end && *at == ']' ? at + 1 : NULL;
}

/* What stands behind '['. */
static const char *read_bracket(const char *at, const char *end, struct step *step)
{
	if (end - at >= 2 && at[0] == '*' && at[1] == ']') {
		step->every = true;
		return at + 2;
	}
	if (at < end && (*at == '\'' || *at == '"'))
		return read_quoted(at, end, step);
	return read_index(at, end, step);
}

static const char *read_word(const char *at, const char *end, struct step *step)
{
	const char *from = at;

	while (at < end && *at != '.' && *at != '[')
		at++;
	if (at == from)
		return NULL;
	step->every = at - from == 1 && *from == '*';
	if (!step->every)
		step->key = xstrndup(from, (size_t)(at - from));
	return at;
}

struct jsonpath *jsonpath_new(struct slice text, char error[JSONPATH_ERROR_BYTES])
{
	struct jsonpath *path = xcalloc(1, sizeof *path);
	const char *at = text.data, *end = text.data + text.len;

	while (at < end && *at == '^') {
		path->up++;
		at++;
	}
	if (at < end && *at == '$')
		at++;
	error[0] = '\0';
	while (at != NULL && at < end && path->count < JSONPATH_DEPTH_MAX) {
		struct step *step = &path->steps[path->count++];

		at = *at == '[' ? read_bracket(at + 1, end, step) : read_word(*at == '.' ? at + 1 : at, end, step);
	}
	if (at == end)
		return path;
	(void)snprintf(error, JSONPATH_ERROR_BYTES, "%s",
		at == NULL ? "a path is made of .key, ['key'], [0], [*] and .*, as in $.data[*].id" : "the path is too long");
	jsonpath_free(path);
	return NULL;
}

void jsonpath_free(struct jsonpath *path)
{
	if (path == NULL)
		return;
	for (size_t i = 0; i < path->count; i++)
		free(path->steps[i].key);
	free(path);
}

/* ---- walking ----------------------------------------------------------------------------------- */

struct walking {
	const struct jsonpath *path;
	struct jsonpath_chain chain;
	jsonpath_found *found;
	void *context;
};

static bool descend(struct walking *walking, size_t step);

static bool enter(struct walking *walking, json_t *value, size_t step)
{
	bool more;

	if (value == NULL || walking->chain.count > JSONPATH_DEPTH_MAX)
		return true;
	walking->chain.values[walking->chain.count++] = value;
	more = descend(walking, step);
	walking->chain.count--;
	return more;
}

static bool enter_every(struct walking *walking, json_t *value, size_t step)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, inner)
		{
			if (!enter(walking, inner, step))
				return false;
		}
		return true;
	}
	json_object_foreach(value, key, inner)
	{
		if (!enter(walking, inner, step))
			return false;
	}
	return true;
}

/* No deeper than the path is long, whatever the document. */
static bool descend(struct walking *walking, size_t number)
{
	json_t *value = walking->chain.values[walking->chain.count - 1];
	const struct step *step = &walking->path->steps[number];

	if (number == walking->path->count)
		return walking->found(walking->context, &walking->chain);
	if (step->every)
		return enter_every(walking, value, number + 1);
	return enter(walking, step->key != NULL ? json_object_get(value, step->key) : json_array_get(value, step->index), number + 1);
}

void jsonpath_walk(const struct jsonpath *path, const struct jsonpath_chain *from, jsonpath_found *found, void *context)
{
	struct walking walking = {path, *from, found, context};

	if (path->up >= from->count)
		return;
	walking.chain.count -= path->up;
	(void)descend(&walking, 0);
}
