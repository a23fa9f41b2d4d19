/*
 * Values of JSON documents as texts: what they say, and where they stand.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/json_walk.h"
#include "inspect/unpack/sniff.h"
#include "limits/limits.h"

struct slice json_text(const json_t *value)
{
	struct slice text = json_is_string(value) ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE_NONE;
	struct slice shown = sniff_within_tags(text);

	return shown.len > 0 ? shown : text;
}

/* A string, or a number as it is written: passwords of digits are legal. */
struct slice json_scalar(struct json_walk *walk, const json_t *value)
{
	char *copy;
	int len;

	if (!json_is_integer(value))
		return json_text(value);
	copy = scan_arena(walk->text->scan, NUMBER_TEXT);
	if (copy == NULL)
		return SLICE_NONE;
	len = snprintf(copy, NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return (struct slice){copy, (size_t)len};
}

/* {"$numberLong": "12"} and its like stand for their one value. */
const json_t *json_unwrapped(const json_t *value)
{
	const char *key;
	json_t *inner;
	void *member = json_is_object(value) && json_object_size(value) == 1 ? json_object_iter((json_t *)(uintptr_t)value) : NULL;

	if (member == NULL)
		return value;
	key = json_object_iter_key(member);
	inner = json_object_iter_value(member);
	/* how DynamoDB, Firestore and Avro say what type a value is of */
	bool type = strcmp(key, "S") == 0 || strcmp(key, "N") == 0 || strcmp(key, "stringValue") == 0 || strcmp(key, "integerValue") == 0 ||
		    strcmp(key, "string") == 0;
	return (key[0] == '$' || type) && !json_is_object(inner) && !json_is_array(inner) ? inner : value;
}

bool json_names_host(struct slice key)
{
	size_t dots = 0;

	if (key.len < 4 || key.len > LIMIT_URL_BYTES || slice_find_byte(key, ' ') < key.len || slice_find_byte(key, '@') < key.len)
		return false;
	if (slice_find_nocase(key, "://") < key.len)
		return true;
	for (size_t i = 0; i < key.len; i++)
		dots += key.data[i] == '.';
	return dots > 0 && key.data[0] != '$';
}

/* Where a value stands in the text, as far as it stands there unescaped. */
size_t json_place(const struct json_walk *walk, struct slice value)
{
	struct slice whole = {walk->text->data + walk->span.from, walk->span.to - walk->span.from};
	const char *found = value.len > 0 && whole.len > 0 ? memmem(whole.data, whole.len, value.data, value.len) : NULL;

	return found != NULL ? (size_t)(found - walk->text->data) : walk->span.from;
}
