/*
 * Items of an HTML page, told by selectors in one pass of the SAX parser: no tree is built, so that neither size nor
 * nesting of a page can hurt. The selectors of block pages are looked at on the way.
 */
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/links/items.h"
#include "inspect/links/sites.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { FEED_BYTES = 32 * 1024, STUCK_BYTES = 4 * 1024 * 1024, RULES_MAX = ITEMS_MAX + 1, NOWHERE = 0 };

/* A value whose element is open. */
struct capture {
	struct buf text;
	size_t depth; /* of its element; NOWHERE: not collecting */
	char *value;  /* accepted already; owned */
	size_t value_len;
};

/* One way of telling items, and the item that is open. */
struct html_items {
	const struct item_rule *rule;
	size_t selector, ignore, fields[FIELDS_MAX]; /* in the walk; SIZE_MAX: none */
	bool open;
	size_t depth, ignored; /* of the item; of what gives no text */
	size_t at;
	struct buf body;
	struct capture captures[FIELDS_MAX];
};

struct reading {
	struct page *page;
	htmlParserCtxtPtr parser;
	struct walk *walk;
	struct html_items readers[RULES_MAX];
	size_t reader_count;
	const struct markers *markers[2];
	size_t marker_selectors[2 * MARKERS_MAX];
	bool marker_seen[2 * MARKERS_MAX];
	bool silent; /* inside <script> or <style> */
};

/* ---- setting up -------------------------------------------------------------------------------- */

static size_t add_selector(struct reading *reading, const struct selector *selector)
{
	return selector != NULL ? walk_add(reading->walk, selector) : SIZE_MAX;
}

static void add_reader(struct reading *reading, const struct item_rule *rule)
{
	struct html_items *reader = &reading->readers[reading->reader_count];

	if (rule->kind != ITEMS_HTML || rule->selector == NULL)
		return;
	reading->reader_count++;
	reader->rule = rule;
	reader->selector = add_selector(reading, rule->selector);
	reader->ignore = add_selector(reading, rule->ignore);
	buf_init(&reader->body, BODY_BYTES);
	for (size_t i = 0; i < rule->field_count; i++) {
		reader->fields[i] = add_selector(reading, rule->fields[i].selector);
		buf_init(&reader->captures[i].text, FIELD_BYTES);
	}
}

static void add_markers(struct reading *reading)
{
	for (size_t set = 0; set < 2; set++)
		for (size_t i = 0; reading->markers[set] != NULL && i < reading->markers[set]->count; i++)
			reading->marker_selectors[set * MARKERS_MAX + i] = add_selector(reading, reading->markers[set]->list[i].selector);
}

/* ---- values ------------------------------------------------------------------------------------ */

/* The first text in quotes: of onclick="location.href='/post/1'". */
static struct slice quoted(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '\'' && text.data[i] != '"')
			continue;
		struct slice rest = slice_from(text, i + 1);

		return slice_until(rest, slice_find_byte(rest, text.data[i]));
	}
	return SLICE_NONE;
}

/* An item often links to its victim as well: that is not where the item is. */
static bool leads_away(const struct reading *reading, const struct item_rule *rule, const struct field *field, struct slice value)
{
	struct url url;
	bool away = false;

	if (rule->url == NULL && strcmp(field->name, "url") == 0 &&
		url_resolve(&reading->page->base, value.data, value.len, &url) == URL_OK) {
		away = !item_may_lead(reading->page, rule, &url);
		url_free(&url);
	}
	return away;
}

static void offer(const struct reading *reading, struct html_items *reader, size_t number, struct slice value)
{
	const struct field *field = &reader->rule->fields[number];
	struct capture *capture = &reader->captures[number];
	struct slice accepted;

	if (field->quoted)
		value = quoted(value);
	if (capture->value != NULL || !field_accept(reading->page, field, value, &accepted) ||
		leads_away(reading, reader->rule, field, accepted))
		return;
	capture->value = xstrndup(accepted.data, accepted.len);
	capture->value_len = strlen(capture->value);
}

static const char *attribute(const char *const *attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcasecmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void capture_close(const struct reading *reading, struct html_items *reader, size_t field)
{
	struct capture *capture = &reader->captures[field];

	if (capture->text.len > 0) {
		size_t len = squeeze((char *)capture->text.data, capture->text.len);

		offer(reading, reader, field, (struct slice){buf_text(&capture->text), len});
	}
	buf_clear(&capture->text);
	capture->depth = NOWHERE;
}

static void capture_open(
	const struct reading *reading, struct html_items *reader, size_t number, size_t depth, const char *const *attributes)
{
	const struct field *field = &reader->rule->fields[number];
	struct capture *capture = &reader->captures[number];

	if (capture->value != NULL || capture->depth != NOWHERE)
		return;
	if (field->attribute == NULL)
		capture->depth = depth;
	else if (attribute(attributes, field->attribute) != NULL)
		offer(reading, reader, number, slice_of(attribute(attributes, field->attribute)));
}

/* ---- items ------------------------------------------------------------------------------------- */

static void item_close(struct reading *reading, struct html_items *reader)
{
	struct item item = {.rule = reader->rule, .at = reader->at};

	if (!reader->open)
		return;
	reader->open = false;
	for (size_t i = 0; i < reader->rule->field_count; i++) {
		struct capture *capture = &reader->captures[i];

		capture_close(reading, reader, i);
		if (capture->value != NULL)
			item.values[i] = (struct slice){capture->value, capture->value_len};
	}
	item.body =
		(struct slice){buf_text(&reader->body), reader->body.len > 0 ? squeeze((char *)reader->body.data, reader->body.len) : 0};
	item_take(reading->page, &item);
	for (size_t i = 0; i < reader->rule->field_count; i++) {
		free(reader->captures[i].value);
		reader->captures[i].value = NULL;
	}
	buf_clear(&reader->body);
}

static size_t position(const struct reading *reading)
{
	const xmlParserInput *input = reading->parser->input;

	return input != NULL ? (size_t)input->consumed + (size_t)(input->cur - input->base) : 0;
}

static void item_open(struct reading *reading, struct html_items *reader, size_t depth)
{
	reader->open = true;
	reader->depth = depth;
	reader->at = position(reading);
}

static void reader_element(struct reading *reading, struct html_items *reader, size_t depth, const char *const *attributes)
{
	bool begins;

	if (reader->ignore != SIZE_MAX && reader->ignored == NOWHERE && walk_matches(reading->walk, reader->ignore))
		reader->ignored = depth;
	begins = reader->ignored == NOWHERE && walk_matches(reading->walk, reader->selector);
	if (begins && reader->rule->section)
		item_close(reading, reader);
	begins = begins && !reader->open;
	if (begins)
		item_open(reading, reader, depth);
	if (!reader->open || reader->ignored != NOWHERE)
		return;
	for (size_t i = 0; i < reader->rule->field_count; i++)
		if (reader->fields[i] == SIZE_MAX ? begins : walk_matches(reading->walk, reader->fields[i]))
			capture_open(reading, reader, i, depth, attributes);
}

/* As much of it as there is room for. */
static void append_some(struct buf *buf, const char *data, size_t len)
{
	size_t room = buf->max - buf->len;

	if (!buf_append(buf, data, len < room ? len : room))
		log_fatal("the text of an item outgrew its buffer");
}

static void reader_text(struct html_items *reader, const char *data, size_t len)
{
	if (!reader->open || reader->ignored != NOWHERE)
		return;
	append_some(&reader->body, data, len);
	for (size_t i = 0; i < reader->rule->field_count; i++)
		if (reader->captures[i].depth != NOWHERE)
			append_some(&reader->captures[i].text, data, len);
}

static void reader_end(struct reading *reading, struct html_items *reader, size_t depth)
{
	for (size_t i = 0; reader->open && i < reader->rule->field_count; i++)
		if (reader->captures[i].depth == depth)
			capture_close(reading, reader, i);
	if (reader->ignored == depth)
		reader->ignored = NOWHERE;
	if (reader->open && reader->depth == depth && !reader->rule->section)
		item_close(reading, reader);
}

/* ---- events ------------------------------------------------------------------------------------ */

/* Elements that do not part words. */
static bool is_inline(const char *tag)
{
	static const char *const names[] = {
		"a", "abbr", "b", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr", NULL};

	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], tag) == 0)
			return true;
	return false;
}

static void part_words(struct reading *reading, const char *tag)
{
	for (size_t i = 0; i < reading->reader_count && !is_inline(tag); i++)
		reader_text(&reading->readers[i], " ", 1);
}

static void on_start(void *context, const xmlChar *name, const xmlChar **list)
{
	struct reading *reading = context;
	const char *tag = (const char *)name;
	const char *const *attributes = (const char *const *)list;
	size_t depth = walk_open(reading->walk, tag, attributes);

	part_words(reading, tag);
	if (strcmp(tag, "base") == 0 && attribute(attributes, "href") != NULL)
		page_new_base(reading->page, attribute(attributes, "href"));
	reading->silent = strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0;
	if (depth > WALK_DEPTH_MAX)
		return;
	for (size_t i = 0; i < reading->reader_count; i++)
		reader_element(reading, &reading->readers[i], depth, attributes);
	for (size_t i = 0; i < 2 * MARKERS_MAX; i++)
		if (reading->marker_selectors[i] != SIZE_MAX && walk_matches(reading->walk, reading->marker_selectors[i]))
			reading->marker_seen[i] = true;
}

static void on_end(void *context, const xmlChar *name)
{
	struct reading *reading = context;
	size_t depth = walk_close(reading->walk);

	reading->silent = false;
	for (size_t i = 0; i < reading->reader_count && depth > 0; i++)
		reader_end(reading, &reading->readers[i], depth);
	part_words(reading, (const char *)name);
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct reading *reading = context;

	for (size_t i = 0; i < reading->reader_count && !reading->silent; i++)
		reader_text(&reading->readers[i], (const char *)data, (size_t)len);
}

/* ---- the page ---------------------------------------------------------------------------------- */

static void feed(struct reading *reading)
{
	struct slice text = reading->page->text;

	for (size_t at = 0; at < text.len; at += FEED_BYTES) {
		size_t len = text.len - at < FEED_BYTES ? text.len - at : FEED_BYTES;

		htmlParseChunk(reading->parser, text.data + at, (int)len, 0);
		if (reading->parser->instate == XML_PARSER_EOF || at + len - position(reading) > STUCK_BYTES) {
			scan_not_inspected(reading->page->scan, reading->page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
				"items behind markup without end", position(reading));
			return;
		}
	}
	htmlParseChunk(reading->parser, "", 0, 1);
}

static void run(struct reading *reading)
{
	static xmlSAXHandler handler = {.startElement = on_start,
		.endElement = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text};

	reading->parser = htmlCreatePushParserCtxt(&handler, reading, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (reading->parser == NULL)
		return;
	htmlCtxtUseOptions(
		reading->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	feed(reading);
	for (size_t i = 0; i < reading->reader_count; i++)
		item_close(reading, &reading->readers[i]);
	htmlFreeParserCtxt(reading->parser);
}

void items_html(struct page *page)
{
	struct reading *reading = xcalloc(1, sizeof *reading);

	reading->page = page;
	reading->walk = walk_new();
	memset(reading->marker_selectors, 0xff, sizeof reading->marker_selectors);
	for (size_t i = 0; page->rule != NULL && i < page->rule->item_count; i++)
		add_reader(reading, &page->rule->items[i]);
	if (page->rule != NULL && page->rule->next.read)
		add_reader(reading, &page->rule->next.rule);
	page_markers(page, reading->markers);
	add_markers(reading);
	run(reading);
	for (size_t set = 0; set < 2; set++)
		if (reading->markers[set] != NULL)
			blocked_look(page, reading->markers[set], reading->marker_seen + set * MARKERS_MAX);
	for (size_t i = 0; i < reading->reader_count; i++) {
		buf_free(&reading->readers[i].body);
		for (size_t j = 0; j < reading->readers[i].rule->field_count; j++)
			buf_free(&reading->readers[i].captures[j].text);
	}
	walk_free(reading->walk);
	free(reading);
}
