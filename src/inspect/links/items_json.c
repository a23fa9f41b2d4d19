/* Items of a JSON document, or of one that stands in a script: behind an expression. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { NUMBER_BYTES = 40, TEXT_DEPTH = 32 };

struct reading {
	struct page *page;
	const struct item_rule *rule;
	size_t at;
	struct item item;
	struct buf texts[FIELDS_MAX]; /* of numbers */
	size_t field;                 /* looked for */
};

/* Text as it is, numbers and truth as JSON writes them. */
static struct slice scalar(const json_t *value, char number[NUMBER_BYTES])
{
	if (json_is_string(value))
		return (struct slice){json_string_value(value), json_string_length(value)};
	if (json_is_integer(value))
		(void)snprintf(number, NUMBER_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		(void)snprintf(number, NUMBER_BYTES, "%.17g", json_real_value(value));
	else
		return SLICE_NONE;
	return slice_of(number);
}

static bool on_value(void *context, const struct jsonpath_chain *chain)
{
	struct reading *reading = context;
	const struct field *field = &reading->rule->fields[reading->field];
	struct buf *text = &reading->texts[reading->field];
	char number[NUMBER_BYTES];
	struct slice value = scalar(chain->values[chain->count - 1], number);
	struct slice accepted;

	if (value.data == NULL || !field_accept(reading->page, field, value, &accepted))
		return true;
	buf_clear(text);
	if (!buf_append(text, accepted.data, accepted.len))
		return true;
	reading->item.values[reading->field] = (struct slice){buf_text(text), text->len};
	return false;
}

/* All text below a value, one a line. */
static void add_text(const json_t *value, struct buf *body, unsigned depth)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (depth > TEXT_DEPTH)
		return;
	if (json_is_string(value) && body->len + json_string_length(value) < body->max &&
		!(buf_append(body, json_string_value(value), json_string_length(value)) && buf_append_byte(body, '\n')))
		return;
	json_array_foreach(value, i, inner)
	{
		add_text(inner, body, depth + 1);
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, inner)
	{
		add_text(inner, body, depth + 1);
	}
}

static bool on_item(void *context, const struct jsonpath_chain *chain)
{
	struct reading *reading = context;
	size_t count = reading->rule->field_count;
	struct buf body;

	reading->item = (struct item){.rule = reading->rule, .at = reading->at};
	buf_init(&body, BODY_BYTES);
	for (reading->field = 0; reading->field < count; reading->field++)
		if (reading->rule->fields[reading->field].path != NULL)
			jsonpath_walk(reading->rule->fields[reading->field].path, chain, on_value, reading);
	add_text(chain->values[chain->count - 1], &body, 0);
	reading->item.body = (struct slice){buf_text(&body), body.len};
	item_take(reading->page, &reading->item);
	buf_free(&body);
	return !reading->page->links_cut;
}

static void say_malformed(const struct page *page, const json_error_t *error, size_t at)
{
	char detail[LIMIT_LOG_LINE_BYTES / 4];

	(void)snprintf(detail, sizeof detail, "items: the JSON is broken: line %d: %.120s", error->line, error->text);
	for (char *c = detail; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, detail, at);
}

void items_json(struct page *page, const struct item_rule *rule)
{
	struct reading reading = {.page = page, .rule = rule};
	struct slice text = page->text, groups[EXPRESSION_GROUPS];
	json_error_t error;
	json_t *root;

	if (rule->after != NULL) {
		if (!page_match(page, rule->after, text, 0, groups))
			return;
		reading.at = (size_t)(groups[0].data - text.data) + groups[0].len;
		text = slice_from(text, reading.at);
	}
	root = json_loadb(text.data, text.len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
	if (root == NULL) {
		say_malformed(page, &error, reading.at);
		return;
	}
	for (size_t i = 0; i < rule->field_count; i++)
		buf_init(&reading.texts[i], FIELD_BYTES);
	struct jsonpath_chain chain = {{root}, 1};

	jsonpath_walk(rule->path, &chain, on_item, &reading);
	for (size_t i = 0; i < rule->field_count; i++)
		buf_free(&reading.texts[i]);
	json_decref(root);
}
