/* Items told by a regular expression over the page as it stands, or one a line. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "shared/mem.h"

/* The few references that stand in attributes and titles; what else there is stays as it is. */
static struct slice without_entities(struct scan *scan, struct slice text)
{
	static const struct {
		const char *name;
		char byte;
	} names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&#039;", '\''}, {"&#x27;", '\''},
		{"&#x2F;", '/'}, {"&#47;", '/'}, {"&nbsp;", ' '}};
	size_t used = 0;
	char *out;

	if (text.data == NULL || slice_find_byte(text, '&') == text.len || text.len > FIELD_BYTES)
		return text;
	out = scan_arena(scan, text.len + 1);
	if (out == NULL)
		return text;
	for (size_t i = 0; i < text.len;) {
		size_t step = 1;
		char byte = text.data[i];

		for (size_t j = 0; byte == '&' && j < sizeof names / sizeof names[0]; j++) {
			if (slice_starts_nocase(slice_from(text, i), names[j].name)) {
				byte = names[j].byte;
				step = strlen(names[j].name);
			}
		}
		out[used++] = byte;
		i += step;
	}
	return (struct slice){out, used};
}

static void take(struct page *page, const struct item_rule *rule, const struct slice *groups)
{
	struct item item = {.rule = rule, .body = slice_until(groups[0], BODY_BYTES), .at = (size_t)(groups[0].data - page->text.data)};

	for (size_t i = 0; i < rule->field_count; i++) {
		const struct field *field = &rule->fields[i];
		struct slice value = groups[field->group].data != NULL || field->group > 1 ? groups[field->group] : groups[0];
		struct slice accepted;

		if (page->markup)
			value = without_entities(page->scan, value);
		if (value.data != NULL && field_accept(page, field, value, &accepted))
			item.values[i] = accepted;
		else if (field->exclude != NULL)
			return; /* an item that is not meant */
	}
	item_take(page, &item);
}

void items_regex(struct page *page, const struct item_rule *rule)
{
	struct slice groups[EXPRESSION_GROUPS];
	size_t at = 0;

	while (at <= page->text.len && !page->links_cut && page_match(page, rule->pattern, page->text, at, groups)) {
		size_t end = (size_t)(groups[0].data - page->text.data) + groups[0].len;
		size_t arena = scan_arena_mark(page->scan);

		take(page, rule, groups);
		scan_arena_release(page->scan, arena);
		at = end > at ? end : at + 1;
	}
}

void items_lines(struct page *page, const struct item_rule *rule)
{
	struct slice rest = page->text;

	while (rest.len > 0 && !page->links_cut) {
		size_t len = slice_find_byte(rest, '\n');
		struct slice groups[EXPRESSION_GROUPS] = {slice_trim(slice_until(rest, len))};

		if (groups[0].len > 0 && groups[0].data[0] != '#')
			take(page, rule, groups);
		rest = slice_from(rest, len < rest.len ? len + 1 : len);
	}
}
