#include <ctype.h>
#include <libxml/parser.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/sniff.h"
#include "inspect/views/margin.h"
#include "inspect/views/markup.h"
#include "inspect/views/stage.h"
#include "inspect/views/strings.h"
#include "inspect/views/track.h"
#include "inspect/views/valid.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { TEXT_BYTES = 256 * 1024, NAME_BYTES = 128, COLUMNS_MAX = 64 };

enum mode { MODE_UNKNOWN, MODE_DATA, MODE_OFFICE };

struct xml_stage {
	struct stage stage;
	struct scan *scan;
	const struct member *member;
	unsigned depth;
	xmlParserCtxtPtr parser; /* NULL once it has given up: the rest passes as it is */
	uint64_t before;         /* bytes that parsers before this one have read, less the tag it was given by us */
	uint64_t begun;          /* where this one began */
	uint64_t seen;           /* where the last event ended */
	bool fragment;           /* it reads one element after the other, in an element of ours */
	bool stopped;            /* ... up to what is none */
	unsigned open;           /* elements, with ours */
	struct buf recent;       /* what was fed since: a parser that halts forgets it */
	uint64_t recent_at;
	struct margin margin;
	struct track track;
	uint64_t fed; /* bytes given to the parsers */
	enum mode mode;
	const struct strings *strings; /* of a spreadsheet, or NULL */
	bool shared;                   /* the text of this cell is the number of one of them */
	struct buf value;              /* of the attribute that is read */
	struct buf text;               /* of the element that is open, as long as it holds nothing else */
	uint64_t text_raw;             /* where it begins */
	bool leaf;                     /* the open element has held text only so far */
	bool base64;                   /* its text is encoded */
	unsigned values;               /* written since the last empty line */
	char label[NAME_BYTES];        /* what names the next value; "" when its element does */
	bool label_waits;              /* label came in an element of its own: <key>user</key><string>jdoe</string> */
};

static uint64_t position(const struct xml_stage *self)
{
	return markup_position(self->parser, self->before);
}

static void label_set(struct xml_stage *self, struct slice text, bool waits)
{
	size_t len = text.len < NAME_BYTES - 1 ? text.len : NAME_BYTES - 1;
	memcpy(self->label, text.data, len);
	self->label[len] = '\0';
	self->label_waits = waits;
}

/* ---- documents of word processors and spreadsheets --------------------------------------------- */

static bool is_office(const xmlChar *root)
{
	static const char *const roots[] = {"document", "document-content", "worksheet", "sst", "sld", "comments", "hdr", "ftr",
		"footnotes", "wordDocument", "Workbook", "package" /* all of a document in one file */, NULL};
	for (size_t i = 0; roots[i] != NULL; i++) {
		if (strcmp(markup_local_name(root), roots[i]) == 0)
			return true;
	}
	return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

static const char *const rows[] = {"tr", "row", "table-row", "tbl", "table", "Row", "Table", NULL};
static const char *const cells[] = {"tc", "c", "table-cell", "Cell", NULL};
static const char *const blocks[] = {"p", "h", "si", "txbxContent", NULL};
static const char *const breaks[] = {"br", "cr", "line-break", NULL};

static const char *attribute(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
		if (strcmp((const char *)attributes[i], name) == 0)
			return (const char *)attributes[i + 1];
	}
	return NULL;
}

/* The column of "AB12", from 1; 0 without a reference. Empty cells are left out of a sheet. */
static unsigned column_of(const char *reference)
{
	unsigned column = 0;
	for (; reference != NULL && *reference >= 'A' && *reference <= 'Z' && column < COLUMNS_MAX; reference++)
		column = column * 26 + (unsigned)(*reference - 'A') + 1;
	return column < COLUMNS_MAX ? column : COLUMNS_MAX;
}

static unsigned column_number(const char *text)
{
	unsigned long number = strtoul(text, NULL, 10);
	return number < COLUMNS_MAX ? (unsigned)number : COLUMNS_MAX;
}

static void cell_start(struct xml_stage *self, const xmlChar **attributes)
{
	const char *type = attribute(attributes, "t");
	const char *number = attribute(attributes, "ss:Index");
	unsigned column = number != NULL ? column_number(number) : column_of(attribute(attributes, "r"));
	self->shared = self->strings != NULL && type != NULL && strcmp(type, "s") == 0;
	do
		margin_cell(&self->margin);
	while (self->margin.cells < column);
}

static void office_start(struct xml_stage *self, const char *name, const xmlChar **attributes)
{
	if (is_one_of(name, rows))
		margin_row(&self->margin);
	else if (is_one_of(name, cells))
		cell_start(self, attributes);
	else if (is_one_of(name, blocks))
		margin_block(&self->margin);
	else if (is_one_of(name, breaks))
		margin_break(&self->margin);
	else if (strcmp(name, "tab") == 0)
		margin_text(&self->margin, SLICE_TEXT("\t"), 0, false);
}

static void office_end(struct xml_stage *self, const char *name)
{
	if (self->shared && strcmp(name, "v") == 0) {
		struct slice text = strings_get(self->strings, strtoul(buf_text(&self->text), NULL, 10));
		margin_text(&self->margin, text, self->text_raw, false);
		self->shared = false;
	}
	if (is_one_of(name, rows))
		margin_row(&self->margin);
	else if (is_one_of(name, cells))
		margin_cell_end(&self->margin);
	else if (is_one_of(name, blocks))
		margin_block(&self->margin);
}

/* ---- data ------------------------------------------------------------------------------------- */

static void write_value(struct xml_stage *self, const char *name, struct slice value, uint64_t raw)
{
	char line[NAME_BYTES + 2];
	const char *label = self->label[0] != '\0' ? self->label : name;
	size_t len = strnlen(label, NAME_BYTES);
	value = slice_trim(value);
	if (value.len == 0)
		return;
	memcpy(line, label, len);
	memcpy(line + len, ": ", 2);
	lane_mark(self->margin.lane, raw);
	lane_push(self->margin.lane, line, len + 2);
	margin_line(&self->margin, value, raw);
	self->values++;
	self->label[0] = '\0';
}

/* Markup in the text of an element: the entries of a feed. */
static void write_markup(struct xml_stage *self, struct slice text, uint64_t raw)
{
	struct stage *html = stage_html(self->scan, self->member, self->depth + 1);
	html->mark(html, raw);
	html->push(html, text.data, text.len);
	html->close(html);
}

static void write_leaf(struct xml_stage *self, const char *name)
{
	struct slice text = {buf_text(&self->text), self->text.len};
	uint8_t decoded[NAME_BYTES];
	size_t len;
	if (strcasecmp(name, "key") == 0) {
		label_set(self, slice_trim(text), true);
	} else if (self->base64 && sodium_base642bin(decoded, sizeof decoded, text.data, text.len, " \r\n\t", &len, NULL,
					   sodium_base64_VARIANT_ORIGINAL) == 0) {
		write_value(self, name, (struct slice){(char *)decoded, len}, self->text_raw);
	} else if (text.len > 0 && sniff((const uint8_t *)text.data, text.len) == CONTENT_HTML) {
		write_markup(self, text, self->text_raw);
	} else {
		write_value(self, name, text, self->text_raw);
	}
	mem_wipe(decoded, sizeof decoded);
}

static void end_record(struct xml_stage *self)
{
	if (self->values > 0)
		lane_push(self->margin.lane, "\n", 1);
	self->values = 0;
	self->label[0] = '\0';
	self->label_waits = false;
}

/* An attribute's value as its text: the parser leaves "&" written so. */
static struct slice attribute_text(struct xml_stage *self, const char *value)
{
	static const char ampersand[] = "&#38;";
	buf_clear(&self->value);
	for (const char *at = value, *next; *at != '\0'; at = next) {
		next = strstr(at, ampersand);
		size_t len = next != NULL ? (size_t)(next + 1 - at) : strlen(at);
		if (!buf_append(&self->value, at, len))
			break;
		next = next != NULL ? next + strlen(ampersand) : at + len;
	}
	return (struct slice){buf_text(&self->value), self->value.len};
}

static const char *const naming[] = {"name", "key", NULL}, *const holding[] = {"value", "val", "content", "text", "string", NULL};

/* <add key="user" value="jdoe"/>: one attribute names what another holds, or what the element does. */
static void data_attributes(struct xml_stage *self, const xmlChar **attributes, struct markup_values *values)
{
	const char *label = NULL;
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
		if (attributes[i + 1] != NULL && is_one_of(markup_local_name(attributes[i]), naming))
			label = (const char *)attributes[i + 1];
	}
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
		const char *name = markup_local_name(attributes[i]), *value = (const char *)attributes[i + 1];
		if (value == NULL || strncmp((const char *)attributes[i], "xmlns", 5) == 0 || is_one_of(name, naming))
			continue;
		if (strcmp(name, "encoding") == 0 && strcmp(value, "base64") == 0) {
			self->base64 = true;
		} else if (!self->label_waits) { /* <Key>Password</Key><Value Protected="True">: the label is the text's */
			if (label != NULL && is_one_of(name, holding))
				label_set(self, slice_of(label), false);
			uint64_t place = markup_value_place(values, attributes[i]);
			write_value(self, name, attribute_text(self, value), track_raw(&self->track, place));
		}
	}
	if (label != NULL && !self->label_waits)
		label_set(self, slice_of(label), false);
}

/* Text before, between and behind the elements that an element holds. */
static void write_mixed_text(struct xml_stage *self)
{
	margin_line(&self->margin, slice_trim((struct slice){buf_text(&self->text), self->text.len}), self->text_raw);
}

static void data_start(struct xml_stage *self, const char *name, const xmlChar **attributes, struct markup_values *values)
{
	write_mixed_text(self);
	if (!self->label_waits && !is_one_of(name, holding)) /* <setting name="user"><value>jdoe</value> */
		self->label[0] = '\0';
	self->base64 = false;
	data_attributes(self, attributes, values);
}

static void data_end(struct xml_stage *self, const char *name)
{
	if (self->leaf) {
		write_leaf(self, name);
	} else {
		write_mixed_text(self);
		end_record(self);
	}
	if (strcasecmp(name, "key") != 0 && self->leaf)
		self->label_waits = false;
}

/* ---- events ----------------------------------------------------------------------------------- */

/* Among the elements of a fragment: what is none of them begins a document of its own, or is no XML. */
static bool is_between(const struct xml_stage *self)
{
	return self->fragment && self->open == 1;
}

static void stop(struct xml_stage *self)
{
	self->stopped = true;
	xmlStopParser(self->parser);
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct xml_stage *self = context;
	if (self->open++ == 0 && self->fragment)
		return;
	struct markup_values values = markup_values(self->parser, self->before, self->seen);
	self->seen = position(self);
	if (self->mode == MODE_UNKNOWN)
		self->mode = is_office(name) ? MODE_OFFICE : MODE_DATA;
	if (self->mode == MODE_OFFICE)
		office_start(self, markup_local_name(name), attributes);
	else
		data_start(self, markup_local_name(name), attributes, &values);
	buf_clear(&self->text);
	self->leaf = true;
}

static void on_end(void *context, const xmlChar *name)
{
	struct xml_stage *self = context;
	if (is_between(self)) { /* an end without a beginning */
		stop(self);
		return;
	}
	self->open--;
	self->seen = position(self);
	if (self->mode == MODE_OFFICE)
		office_end(self, markup_local_name(name));
	else
		data_end(self, markup_local_name(name));
	buf_clear(&self->text);
	self->leaf = false;
}

/* The parser hands out its own buffer, or a copy of what it has just passed. */
static uint64_t text_place(const struct xml_stage *self, const xmlChar *data, size_t len)
{
	const xmlParserInput *input = self->parser->input;
	uint64_t end = position(self);
	if (data >= input->base && data < input->end)
		return self->before + input->consumed + (uint64_t)(data - input->base);
	return end > len ? end - len : 0;
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct xml_stage *self = context;
	struct slice text = {(const char *)data, (size_t)len};
	if (is_between(self)) {
		if (slice_trim(text).len > 0)
			stop(self);
		return;
	}
	uint64_t place = text_place(self, data, text.len), raw = track_raw(&self->track, place);
	self->seen = place + text.len;
	if (self->mode == MODE_OFFICE && !self->shared) {
		margin_text(&self->margin, text, raw, false);
		return;
	}
	if (self->text.len == 0)
		self->text_raw = raw;
	if (buf_append(&self->text, data, text.len))
		return;
	/* More than a value: a document within. */
	margin_line(&self->margin, (struct slice){buf_text(&self->text), self->text.len}, self->text_raw);
	margin_line(&self->margin, text, raw);
	buf_clear(&self->text);
}

static void on_comment(void *context, const xmlChar *data)
{
	struct xml_stage *self = context;
	struct slice text = slice_of((const char *)data);
	uint64_t end = position(self), len = text.len + strlen("-->");
	margin_line(&self->margin, text, track_raw(&self->track, end > len ? end - len : 0));
}

static void on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
	struct xml_stage *self = context;
	(void)data;
	if (is_between(self) && strcmp((const char *)target, "xml") == 0)
		stop(self);
}

static xmlSAXHandler handler = {
	.startElement = on_start,
	.endElement = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.comment = on_comment,
	.processingInstruction = on_instruction,
};

/* ---- the stage -------------------------------------------------------------------------------- */

static void start_parser(struct xml_stage *self, uint64_t at)
{
	self->parser = xmlCreatePushParserCtxt(&handler, self, NULL, 0, NULL);
	if (self->parser == NULL)
		log_fatal("out of memory");
	xmlCtxtUseOptions(self->parser,
		XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC);
	self->before = self->begun = self->seen = at;
	self->open = 0;
	self->fragment = self->stopped = false;
}

/* A parser for each element of a fragment would cost more than reading them: one for all, that never comes to its root's end. */
static void start_fragment(struct xml_stage *self, uint64_t at)
{
	static const char root[] = "<fragment>";
	start_parser(self, at);
	self->fragment = true;
	self->before -= sizeof root - 1;
	xmlParseChunk(self->parser, root, sizeof root - 1, 0);
}

/* Declared entities live in a document that the parser makes beside our handlers, and forgets. */
static void free_parser(struct xml_stage *self)
{
	xmlFreeDoc(self->parser->myDoc);
	xmlFreeParserCtxt(self->parser);
	self->parser = NULL;
}

static void write_rest(struct xml_stage *self, const char *data, size_t len, uint64_t place)
{
	if (len == 0)
		return;
	lane_mark(self->margin.lane, track_raw(&self->track, place));
	lane_push(self->margin.lane, data, len);
}

/* The text of an element that never ended. */
static void write_open_text(struct xml_stage *self)
{
	margin_line(&self->margin, (struct slice){buf_text(&self->text), self->text.len}, self->text_raw);
	buf_clear(&self->text);
}

static void give_up(struct xml_stage *self)
{
	scan_not_inspected(self->scan, self->member, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
		"XML is not well-formed from here on: searched as it stands", track_raw(&self->track, self->seen));
	free_parser(self);
	write_open_text(self);
	write_rest(self, buf_text(&self->recent), self->recent.len, self->recent_at);
	buf_clear(&self->recent);
}

static void forget_seen(struct xml_stage *self)
{
	size_t done = self->seen > self->recent_at ? (size_t)(self->seen - self->recent_at) : 0;
	buf_drop(&self->recent, done < self->recent.len ? done : self->recent.len);
	self->recent_at += done;
}

static bool begins_element(struct slice text)
{
	return text.len > 1 && text.data[0] == '<' && isalpha((unsigned char)text.data[1]);
}

/* Behind the end of a document there may be another, or just the next element of a fragment: a fresh parser goes on there. */
static void go_on(struct xml_stage *self)
{
	while (self->parser != NULL && (self->stopped || self->parser->instate == XML_PARSER_EOF)) {
		forget_seen(self);
		size_t blanks = 0;
		while (blanks < self->recent.len && memchr(" \t\r\n", self->recent.data[blanks], 4) != NULL)
			blanks++;
		if (self->seen <= self->begun || self->recent.len == 0) {
			give_up(self);
			return;
		}
		write_open_text(self);
		free_parser(self);
		struct slice rest = {buf_text(&self->recent) + blanks, self->recent.len - blanks};
		if (begins_element(rest))
			start_fragment(self, self->recent_at + blanks);
		else
			start_parser(self, self->recent_at + blanks);
		xmlParseChunk(self->parser, rest.data, (int)rest.len, 0);
	}
}

/* A declaration is one at the very beginning only; what pastes put before it is forgiven. */
static void skip_blanks(struct xml_stage *self, const char **data, size_t *len)
{
	while (*len > 0 && self->fed == self->before && self->recent.len == 0 && memchr(" \t\r\n", **data, 4) != NULL) {
		self->before = self->begun = self->seen = self->recent_at = ++self->fed;
		++*data;
		--*len;
	}
}

static void xml_push(struct stage *stage, const char *data, size_t len)
{
	struct xml_stage *self = (struct xml_stage *)stage;
	skip_blanks(self, &data, &len);
	while (len > 0 && self->parser != NULL) {
		size_t piece = len < MARKUP_FEED_BYTES ? len : MARKUP_FEED_BYTES;
		forget_seen(self);
		if (!buf_append(&self->recent, data, piece)) { /* an element's tag without end */
			give_up(self);
			break;
		}
		xmlParseChunk(self->parser, data, (int)piece, 0);
		self->fed += piece;
		data += piece;
		len -= piece;
		go_on(self);
	}
	write_rest(self, data, len, self->fed);
	self->fed += len;
}

static void xml_mark(struct stage *stage, uint64_t raw)
{
	struct xml_stage *self = (struct xml_stage *)stage;
	track_mark(&self->track, self->fed, raw);
}

static void xml_close(struct stage *stage)
{
	struct xml_stage *self = (struct xml_stage *)stage;
	if (self->parser != NULL) {
		xmlParseChunk(self->parser, NULL, 0, 1);
		forget_seen(self);
		write_open_text(self);
		write_rest(self, buf_text(&self->recent), self->recent.len, self->recent_at);
		free_parser(self);
	}
	lane_close(self->margin.lane);
	track_free(&self->track);
	buf_free(&self->value);
	buf_free(&self->text);
	buf_free(&self->recent);
	free(self);
}

static struct stage *xml_new(struct scan *scan, const struct member *member, unsigned depth, const struct strings *strings)
{
	struct xml_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){xml_push, xml_mark, xml_close};
	self->scan = scan;
	self->member = member;
	self->depth = depth;
	self->strings = strings;
	self->margin.lane = lane_open(scan, member, VIEW_HTML, depth);
	buf_init(&self->value, TEXT_BYTES);
	buf_init(&self->text, TEXT_BYTES);
	buf_init(&self->recent, MARKUP_STUCK_BYTES);
	start_parser(self, 0);
	return &self->stage;
}

struct stage *stage_xml(struct scan *scan, const struct member *member, unsigned depth, const struct strings *strings)
{
	return stage_valid(xml_new(scan, member, depth, strings));
}
