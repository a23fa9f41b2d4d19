/* Items of RSS and Atom feeds, and the pages of a sitemap. Entities of a document's own are not expanded. */
#include <ctype.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/links/items.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { FEED_BYTES = 32 * 1024, PARTS_MAX = 64, DEPTH_MAX = 256, NAME_BYTES = 64 };

/* One element of an entry. */
struct part {
	char name[NAME_BYTES];
	struct buf text;
};

struct reading {
	struct page *page;
	const struct item_rule *rule;
	xmlParserCtxtPtr parser;
	size_t depth, item_depth; /* item_depth 0: outside of entries */
	size_t at;
	struct part parts[PARTS_MAX];
	size_t part_count;
	struct part *open; /* that text goes to */
	size_t open_depth;
	bool leads; /* an entry of a sitemap index: another sitemap */
};

static const char *local(const xmlChar *name)
{
	const char *colon = strrchr((const char *)name, ':');

	return colon != NULL ? colon + 1 : (const char *)name;
}

static bool either(const char *name, const char *a, const char *b)
{
	return strcmp(name, a) == 0 || strcmp(name, b) == 0;
}

static struct part *part_open(struct reading *reading, const char *name)
{
	struct part *part;

	if (reading->part_count == PARTS_MAX || strlen(name) >= NAME_BYTES)
		return NULL;
	part = &reading->parts[reading->part_count++];
	memcpy(part->name, name, strlen(name) + 1);
	buf_init(&part->text, FIELD_BYTES);
	return part;
}

static void part_add(struct part *part, const char *data, size_t len)
{
	size_t room = part->text.max - part->text.len;

	if (!buf_append(&part->text, data, len < room ? len : room))
		return;
}

/* ---- an entry ---------------------------------------------------------------------------------- */

/* Atom writes <link href="..." rel="...">: the address of the entry has no rel, or says alternate. */
static void atom_link(struct reading *reading, const xmlChar **attributes)
{
	const char *href = NULL, *rel = NULL;
	struct part *part;

	for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
		if (strcmp((const char *)attributes[0], "href") == 0)
			href = (const char *)attributes[1];
		if (strcmp((const char *)attributes[0], "rel") == 0)
			rel = (const char *)attributes[1];
	}
	if (href == NULL || (rel != NULL && strcmp(rel, "alternate") != 0))
		return;
	part = part_open(reading, "link");
	if (part != NULL)
		part_add(part, href, strlen(href));
}

/* Feeds call one thing by several names. */
static bool means(const char *wanted, const char *name)
{
	static const struct {
		const char *wanted, *name;
	} others[] = {{"published", "pubDate"}, {"published", "updated"}, {"published", "date"}, {"published", "lastmod"}, {"guid", "id"},
		{"description", "summary"}, {"description", "content"}, {"description", "encoded"}, {"author", "creator"}, {"url", "loc"}};

	if (strcmp(wanted, name) == 0)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(others[i].wanted, wanted) == 0 && strcmp(others[i].name, name) == 0)
			return true;
	return false;
}

static void fill(const struct reading *reading, const struct field *field, struct slice *value)
{
	const char *wanted = field->element != NULL ? field->element : field->name;

	for (size_t i = 0; i < reading->part_count && value->data == NULL; i++) {
		const struct part *part = &reading->parts[i];

		if (means(wanted, part->name))
			(void)field_accept(reading->page, field, (struct slice){(const char *)part->text.data, part->text.len}, value);
	}
}

/* An entry without a link may have an identity that is one. */
static struct slice permalink(const struct reading *reading)
{
	for (size_t i = 0; i < reading->part_count; i++) {
		struct slice text = slice_trim((struct slice){(const char *)reading->parts[i].text.data, reading->parts[i].text.len});

		if (means("guid", reading->parts[i].name) &&
			(slice_starts_nocase(text, "http://") || slice_starts_nocase(text, "https://")))
			return text;
	}
	return SLICE_NONE;
}

static void entry_end(struct reading *reading)
{
	struct item item = {.rule = reading->rule, .at = reading->at};
	struct item_rule listing;
	struct buf body;

	buf_init(&body, BODY_BYTES);
	for (size_t i = 0; i < reading->part_count; i++) {
		struct part *part = &reading->parts[i];

		if (part->text.len > 0)
			part->text.len = squeeze((char *)part->text.data, part->text.len);
		if (body.len + part->text.len < body.max &&
			!(buf_append(&body, buf_text(&part->text), part->text.len) && buf_append_byte(&body, '\n')))
			break;
	}
	item.body = (struct slice){buf_text(&body), body.len};
	for (size_t i = 0; i < reading->rule->field_count; i++) {
		fill(reading, &reading->rule->fields[i], &item.values[i]);
		if (item.values[i].data == NULL && strcmp(reading->rule->fields[i].name, "url") == 0)
			item.values[i] = permalink(reading);
	}
	if (reading->leads) {
		listing = *reading->rule;
		listing.role = ROLE_LISTING;
		listing.url = NULL;
		listing.fill_gaps = 0;
		item.rule = &listing;
	}
	item_take(reading->page, &item);
	buf_free(&body);
	for (size_t i = 0; i < reading->part_count; i++)
		buf_free(&reading->parts[i].text);
	reading->part_count = 0;
	reading->item_depth = 0;
	reading->open = NULL;
}

/* ---- events ------------------------------------------------------------------------------------ */

static void on_start(void *context, const xmlChar *full, const xmlChar **attributes)
{
	struct reading *reading = context;
	const char *name = local(full);
	bool sitemap = reading->rule->kind == ITEMS_SITEMAP;

	bool begins = sitemap ? either(name, "url", "sitemap") : either(name, "item", "entry");

	reading->depth++;
	if (begins && reading->item_depth != 0 &&
		reading->open_depth != reading->depth - 1) /* no entry holds another: its end is missing */
		entry_end(reading);
	if (reading->item_depth == 0) {
		if (!begins)
			return;
		reading->item_depth = reading->depth;
		reading->leads = strcmp(name, "sitemap") == 0;
		reading->at = (size_t)xmlByteConsumed(reading->parser);
	} else if (reading->open == NULL) {
		if (strcmp(name, "link") == 0)
			atom_link(reading, attributes);
		reading->open = part_open(reading, name);
		reading->open_depth = reading->depth;
	} else {
		part_add(reading->open, " ", 1); /* <author><name>x</name></author>, XHTML in Atom */
	}
}

static void on_end(void *context, const xmlChar *name)
{
	struct reading *reading = context;

	(void)name;
	if (reading->open != NULL && reading->depth == reading->open_depth)
		reading->open = NULL;
	if (reading->item_depth != 0 && reading->depth == reading->item_depth)
		entry_end(reading);
	if (reading->depth > 0)
		reading->depth--;
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct reading *reading = context;

	if (reading->open != NULL)
		part_add(reading->open, (const char *)data, (size_t)len);
}

static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
	(void)context;
	return xmlGetPredefinedEntity(name);
}

/* Whether text, which begins with '&', begins with a reference. */
static bool is_reference(struct slice text)
{
	size_t len = text.len > 1 && text.data[1] == '#' ? 2 : 1;

	while (len < text.len && len < NAME_BYTES && isalnum((unsigned char)text.data[len]))
		len++;
	return len > 1 && len < text.len && text.data[len] == ';';
}

/* Many feeds write the ampersands of their links as they are; the parser would drop the name behind one. */
static void mend_ampersands(struct slice text, struct buf *out)
{
	static const char cdata[] = "<![CDATA[";
	size_t at = 0, from = 0;

	while (at < text.len) {
		struct slice rest = slice_from(text, at);

		if (text.data[at] == '<' && slice_starts_nocase(rest, cdata)) {
			at += slice_find_nocase(rest, "]]>");
		} else if (text.data[at++] == '&' && !is_reference(rest)) {
			if (!buf_append(out, text.data + from, at - from) || !buf_append(out, "amp;", 4))
				return;
			from = at;
		}
	}
	if (!buf_append(out, text.data + from, text.len - from))
		return;
}

void items_feed(struct page *page, const struct item_rule *rule)
{
	xmlSAXHandler handler = {
		.startElement = on_start, .endElement = on_end, .characters = on_text, .cdataBlock = on_text, .getEntity = on_entity};
	struct reading *reading = xcalloc(1, sizeof *reading);
	struct buf text;
	bool ended = false;

	reading->page = page;
	reading->rule = rule;
	reading->parser = xmlCreatePushParserCtxt(&handler, reading, NULL, 0, NULL);
	if (reading->parser == NULL) {
		free(reading);
		return;
	}
	xmlCtxtUseOptions(
		reading->parser, XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	buf_init(&text, 5 * (size_t)LIMIT_PAGE_BYTES);
	mend_ampersands(page->text, &text);
	for (size_t at = 0; at < text.len && !ended; at += FEED_BYTES) {
		size_t len = text.len - at < FEED_BYTES ? text.len - at : FEED_BYTES;

		xmlParseChunk(reading->parser, (const char *)text.data + at, (int)len, 0);
		ended = reading->parser->disableSAX || reading->parser->instate == XML_PARSER_EOF || reading->depth > DEPTH_MAX;
	}
	xmlParseChunk(reading->parser, "", 0, 1);
	if (!reading->parser->wellFormed)
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "items: the XML is broken", 0);
	if (reading->item_depth != 0)
		entry_end(reading);
	xmlFreeParserCtxt(reading->parser);
	buf_free(&text);
	free(reading);
}
