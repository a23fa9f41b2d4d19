#include <libxml/HTMLparser.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/views/escapes.h"
#include "inspect/views/margin.h"
#include "inspect/views/markup.h"
#include "inspect/views/stage.h"
#include "inspect/views/track.h"
#include "inspect/views/valid.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { HELD_BYTES = 256 * 1024, ADDRESS_BYTES = 512, ENTITY_BYTES = 32, NOWHERE = -1 };

struct html_stage {
	struct stage stage;
	struct scan *scan;
	const struct member *member;
	htmlParserCtxtPtr parser; /* NULL once it has given up: the rest passes as it is */
	struct margin text, aside;
	struct margin both; /* all of it but scripts, for tokens whose name stands in the other */
	struct track track;
	uint64_t before;    /* bytes that parsers before this one have read */
	uint64_t fed;       /* bytes given to the parsers */
	uint64_t event_end; /* where the parser stood after the event before */
	int depth;          /* open elements */
	int kept_depth;     /* outermost open element that keeps blanks, or NOWHERE */
	int hidden_depth;   /* open element whose text stands elsewhere (cfemail, style), or NOWHERE */
	bool script;
	bool ours;                   /* the comment that comes is draw_out's */
	bool ampersand;              /* one was read that the parser takes for no entity's */
	bool semicolon;              /* ends an entity that was read */
	char address[ADDRESS_BYTES]; /* what a link of Cloudflare's stands for, until its text is met */
	size_t address_len;
};

/* ---- where ------------------------------------------------------------------------------------ */

static uint64_t position(const struct html_stage *self)
{
	return markup_position(self->parser, self->before);
}

/* Where text of this length begins that ends at the parser's position; an entity is longer than its text. */
static uint64_t place_of(struct html_stage *self, size_t len)
{
	uint64_t end = position(self), begin = end > len ? end - len : 0;
	struct slice since = markup_since(self->parser, self->before, self->event_end);
	if (begin < self->event_end || (since.len > 0 && since.data[0] == '&'))
		begin = self->event_end;
	self->event_end = end;
	return begin;
}

static void structure(struct html_stage *self, void (*mark)(struct margin *margin))
{
	mark(&self->text);
	mark(&self->both);
}

static void page_text(struct html_stage *self, struct slice text, uint64_t place, bool kept)
{
	margin_text(&self->text, text, place, kept);
	margin_text(&self->both, text, place, kept);
}

/* ---- elements --------------------------------------------------------------------------------- */

enum element {
	ELEMENT_INLINE,
	ELEMENT_BLOCK,
	ELEMENT_BREAK,
	ELEMENT_KEPT,
	ELEMENT_ROW,
	ELEMENT_CELL,
	ELEMENT_SCRIPT,
	ELEMENT_STYLE,
	ELEMENT_RULE
};

static const struct element_row {
	const char *name;
	enum element element;
} elements[] = {
	{"address", ELEMENT_BLOCK},
	{"article", ELEMENT_BLOCK},
	{"aside", ELEMENT_BLOCK},
	{"blockquote", ELEMENT_BLOCK},
	{"body", ELEMENT_BLOCK},
	{"br", ELEMENT_BREAK},
	{"button", ELEMENT_BLOCK},
	{"caption", ELEMENT_BLOCK},
	{"center", ELEMENT_BLOCK},
	{"dd", ELEMENT_BLOCK},
	{"details", ELEMENT_BLOCK},
	{"div", ELEMENT_BLOCK},
	{"dl", ELEMENT_BLOCK},
	{"dt", ELEMENT_BLOCK},
	{"fieldset", ELEMENT_BLOCK},
	{"figcaption", ELEMENT_BLOCK},
	{"figure", ELEMENT_BLOCK},
	{"footer", ELEMENT_BLOCK},
	{"form", ELEMENT_BLOCK},
	{"h1", ELEMENT_BLOCK},
	{"h2", ELEMENT_BLOCK},
	{"h3", ELEMENT_BLOCK},
	{"h4", ELEMENT_BLOCK},
	{"h5", ELEMENT_BLOCK},
	{"h6", ELEMENT_BLOCK},
	{"head", ELEMENT_BLOCK},
	{"header", ELEMENT_BLOCK},
	{"hr", ELEMENT_RULE},
	{"html", ELEMENT_BLOCK},
	{"legend", ELEMENT_BLOCK},
	{"li", ELEMENT_BLOCK},
	{"listing", ELEMENT_KEPT},
	{"main", ELEMENT_BLOCK},
	{"nav", ELEMENT_BLOCK},
	{"ol", ELEMENT_BLOCK},
	{"option", ELEMENT_BLOCK},
	{"p", ELEMENT_BLOCK},
	{"plaintext", ELEMENT_KEPT},
	{"pre", ELEMENT_KEPT},
	{"script", ELEMENT_SCRIPT},
	{"section", ELEMENT_BLOCK},
	{"select", ELEMENT_BLOCK},
	{"style", ELEMENT_STYLE},
	{"summary", ELEMENT_BLOCK},
	{"table", ELEMENT_ROW},
	{"tbody", ELEMENT_ROW},
	{"td", ELEMENT_CELL},
	{"textarea", ELEMENT_KEPT},
	{"tfoot", ELEMENT_ROW},
	{"th", ELEMENT_CELL},
	{"thead", ELEMENT_ROW},
	{"title", ELEMENT_BLOCK},
	{"tr", ELEMENT_ROW},
	{"ul", ELEMENT_BLOCK},
	{"xmp", ELEMENT_KEPT},
};

static int by_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct element_row *)row)->name);
}

static enum element element_of(const xmlChar *name)
{
	const struct element_row *row = bsearch(name, elements, sizeof elements / sizeof elements[0], sizeof elements[0], by_name);
	return row != NULL ? row->element : ELEMENT_INLINE;
}

/* Cloudflare's address obfuscation: the first byte is the key of the others. */
static size_t decode_cfemail(const char *hex, char address[ADDRESS_BYTES])
{
	uint8_t bytes[ADDRESS_BYTES];
	size_t len;
	if (sodium_hex2bin(bytes, sizeof bytes, hex, strspn(hex, "0123456789abcdefABCDEF"), NULL, &len, NULL) != 0 || len < 2)
		return 0;
	for (size_t i = 1; i < len; i++)
		address[i - 1] = (char)(bytes[i] ^ bytes[0]);
	return len - 1;
}

static void read_attribute(struct html_stage *self, const char *name, const char *value, uint64_t place)
{
	static const char protection[] = "/cdn-cgi/l/email-protection#";
	char address[ADDRESS_BYTES];
	size_t len = 0;
	const char *link = strstr(value, protection);
	if (strcmp(name, "data-cfemail") == 0 && (len = decode_cfemail(value, address)) > 0) {
		page_text(self, (struct slice){address, len}, place, true);
		self->hidden_depth = self->depth;
	} else if (link != NULL && (len = decode_cfemail(link + strlen(protection), self->address)) > 0) {
		self->address_len = len;
		margin_line(&self->aside, (struct slice){self->address, len}, place);
	} else if (strcmp(name, "class") != 0 && strcmp(name, "style") != 0 && strcmp(name, "id") != 0) {
		margin_line(&self->aside, slice_of(value), place);
		margin_line(&self->both, slice_of(value), place);
	}
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct html_stage *self = context;
	struct markup_values values = markup_values(self->parser, self->before, self->event_end);
	uint64_t place = place_of(self, SIZE_MAX);
	self->address_len = 0;
	self->depth++;
	switch (element_of(name)) {
	case ELEMENT_BLOCK:
		structure(self, margin_block);
		break;
	case ELEMENT_BREAK:
		structure(self, margin_break);
		break;
	case ELEMENT_RULE: /* drawn, since it parts records */
		structure(self, margin_block);
		margin_text(&self->text, SLICE_TEXT("----------"), place, true);
		structure(self, margin_block);
		break;
	case ELEMENT_KEPT:
		structure(self, margin_block);
		if (self->kept_depth == NOWHERE)
			self->kept_depth = self->depth;
		break;
	case ELEMENT_ROW:
		structure(self, margin_row);
		break;
	case ELEMENT_CELL:
		structure(self, margin_cell);
		break;
	case ELEMENT_SCRIPT:
		self->script = true;
		break;
	case ELEMENT_STYLE:
		if (self->hidden_depth == NOWHERE)
			self->hidden_depth = self->depth;
		break;
	case ELEMENT_INLINE:
		break;
	}
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
		if (attributes[i + 1] != NULL)
			read_attribute(self, (const char *)attributes[i], (const char *)attributes[i + 1],
				markup_value_place(&values, attributes[i]));
	}
}

static void on_end(void *context, const xmlChar *name)
{
	struct html_stage *self = context;
	switch (element_of(name)) {
	case ELEMENT_BLOCK:
	case ELEMENT_KEPT:
		structure(self, margin_block);
		break;
	case ELEMENT_ROW:
		structure(self, margin_row);
		break;
	case ELEMENT_CELL:
		structure(self, margin_cell_end);
		break;
	case ELEMENT_SCRIPT:
		self->script = false;
		break;
	default:
		break;
	}
	if (self->depth == self->kept_depth)
		self->kept_depth = NOWHERE;
	if (self->depth == self->hidden_depth)
		self->hidden_depth = NOWHERE;
	self->depth--;
	self->event_end = position(self);
}

/* ---- text ------------------------------------------------------------------------------------- */

static void write_text(struct html_stage *self, struct slice text, uint64_t place)
{
	page_text(self, text, place, self->kept_depth != NOWHERE);
}

/* An '&' that the parser has handed out without its name. */
static void write_ampersand(struct html_stage *self)
{
	if (self->ampersand)
		write_text(self, SLICE_TEXT("&"), self->event_end);
	self->ampersand = false;
}

/* Names that need no semicolon, if text follows: as browsers read them. */
static size_t bare_entity(struct slice text, char *c)
{
	static const struct {
		const char *name;
		char c;
	} bare[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}};
	for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
		size_t len = strlen(bare[i].name);
		*c = bare[i].c;
		if (text.len >= len && memcmp(text.data, bare[i].name, len) == 0)
			return len;
	}
	return 0;
}

/* The parser knows the names of HTML 4; what else it hands out as '&' and what it takes for a name. Returns how much of that is one. */
static size_t read_entity(struct html_stage *self, struct slice text, uint64_t place)
{
	char name[ENTITY_BYTES], character[4];
	bool ends = markup_rest(self->parser).len > 0 && markup_rest(self->parser).data[0] == ';';
	unsigned long c = 0;
	if (ends && text.len < sizeof name) {
		memcpy(name, text.data, text.len);
		name[text.len] = '\0';
		c = escape_entity(name);
	}
	size_t len = c != 0 ? text.len : bare_entity(text, character);
	if (len == 0)
		return 0;
	self->ampersand = false;
	self->semicolon = c != 0;
	write_text(self, (struct slice){character, c != 0 ? utf8_encode((uint32_t)c, character) : 1}, place);
	return len;
}

/* Cloudflare's link without the attribute that holds the address: the link has it, its text is "[email protected]". */
static bool read_protected(struct html_stage *self, struct slice text, uint64_t place)
{
	if (self->address_len == 0 || !slice_starts_nocase(slice_trim(text), "[email"))
		return false;
	page_text(self, (struct slice){self->address, self->address_len}, place, true);
	self->address_len = 0;
	self->hidden_depth = self->depth;
	return true;
}

/* Whether what the parser hands out now is the '&' of a name that it does not know, which it hands out next. */
static bool is_unknown_entity(const struct html_stage *self, struct slice text)
{
	struct slice raw = markup_since(self->parser, self->before, self->event_end);
	return text.len == 1 && text.data[0] == '&' && raw.len > 1 && raw.data[0] == '&' && raw.data[1] != '#' &&
	       raw.data[raw.len - 1] != ';';
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct html_stage *self = context;
	struct slice text = {(const char *)data, (size_t)len};
	bool unknown = is_unknown_entity(self, text);
	uint64_t place = place_of(self, text.len);
	if (self->script) {
		margin_line(&self->aside, text, place);
		return;
	}
	if (self->hidden_depth != NOWHERE || read_protected(self, text, place))
		return;
	if (self->semicolon && text.len > 0 && text.data[0] == ';')
		text = slice_from(text, 1);
	self->semicolon = false;
	if (self->ampersand)
		text = slice_from(text, read_entity(self, text, place));
	write_ampersand(self);
	if (unknown)
		self->ampersand = true;
	else
		write_text(self, text, place);
}

static void on_comment(void *context, const xmlChar *data)
{
	struct html_stage *self = context;
	struct slice text = slice_of((const char *)data);
	if (self->ours)
		return;
	uint64_t place = place_of(self, text.len + strlen("-->"));
	margin_line(&self->aside, text, place);
	margin_line(&self->both, text, place);
}

static htmlSAXHandler handler = {
	.startElement = on_start,
	.endElement = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.comment = on_comment,
};

/* ---- the stage -------------------------------------------------------------------------------- */

/* What the parser holds back passes as it is. */
static void give_up(struct html_stage *self)
{
	structure(self, margin_block);
	page_text(self, markup_rest(self->parser), position(self), true);
	htmlFreeParserCtxt(self->parser);
	self->parser = NULL;
}

static void start_parser(struct html_stage *self)
{
	self->parser = htmlCreatePushParserCtxt(&handler, self, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (self->parser == NULL)
		log_fatal("out of memory");
	htmlCtxtUseOptions(
		self->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	self->depth = 0;
	self->kept_depth = self->hidden_depth = NOWHERE;
	self->script = false;
}

/* libxml2 stops at what stands behind </html>; browsers do not. A fresh parser goes on there. */
static void go_on_behind_end(struct html_stage *self)
{
	uint64_t at = position(self);
	struct slice left = markup_rest(self->parser);
	char *rest;

	if (at == self->before) { /* nothing read: it would stop here again */
		give_up(self);
		return;
	}
	rest = xmemdup(left.data, left.len);
	htmlFreeParserCtxt(self->parser);
	structure(self, margin_block);
	self->before = at;
	start_parser(self);
	htmlParseChunk(self->parser, rest, (int)left.len, 0);
	mem_wipe(rest, left.len);
	free(rest);
}

static bool ends_in_entity(struct slice text)
{
	for (size_t i = 1; i <= text.len && i < ENTITY_BYTES && !one_of(text.data[text.len - i], "; \t\r\n"); i++) {
		if (text.data[text.len - i] == '&')
			return true;
	}
	return false;
}

/*
 * The push parser keeps text to itself until markup follows it, which in a list of some megabytes between <pre> and
 * </pre> is too late. An empty comment of ours makes it hand out what it has.
 */
static void draw_out(struct html_stage *self, char last)
{
	static const char comment[] = "<!---->";
	struct slice left = markup_rest(self->parser);
	bool waiting = self->parser->instate == XML_PARSER_CONTENT && left.len > 0 && left.data[0] != '<';
	if (!waiting || (unsigned char)last >= 0x80 || ends_in_entity(left) || self->fed - position(self) < HELD_BYTES)
		return;
	self->ours = true;
	htmlParseChunk(self->parser, comment, sizeof comment - 1, 0);
	self->ours = false;
	self->before -= sizeof comment - 1;
	if (self->event_end > position(self))
		self->event_end = position(self);
}

static void html_push(struct stage *stage, const char *data, size_t len)
{
	struct html_stage *self = (struct html_stage *)stage;
	while (len > 0 && self->parser != NULL) {
		size_t piece = len < MARKUP_FEED_BYTES ? len : MARKUP_FEED_BYTES;
		htmlParseChunk(self->parser, data, (int)piece, 0);
		self->fed += piece;
		data += piece;
		len -= piece;
		draw_out(self, data[-1]);
		while (self->parser != NULL && self->parser->instate == XML_PARSER_EOF)
			go_on_behind_end(self);
		if (self->parser != NULL && self->fed - position(self) > MARKUP_STUCK_BYTES) {
			scan_not_inspected(self->scan, self->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "markup without end",
				track_raw(&self->track, self->event_end));
			give_up(self);
		}
	}
	if (len > 0) {
		page_text(self, (struct slice){data, len}, self->fed, true);
		self->fed += len;
	}
}

static void html_mark(struct stage *stage, uint64_t raw)
{
	struct html_stage *self = (struct html_stage *)stage;
	track_mark(&self->track, self->fed, raw);
}

static void html_close(struct stage *stage)
{
	struct html_stage *self = (struct html_stage *)stage;
	if (self->parser != NULL)
		htmlParseChunk(self->parser, NULL, 0, 1);
	while (self->parser != NULL && markup_rest(self->parser).len > 0) {
		go_on_behind_end(self);
		if (self->parser != NULL)
			htmlParseChunk(self->parser, NULL, 0, 1);
	}
	htmlFreeParserCtxt(self->parser);
	lane_close(self->text.lane);
	lane_close(self->aside.lane);
	lane_close(self->both.lane);
	track_free(&self->track);
	free(self);
}

static struct stage *html_new(struct scan *scan, const struct member *member, unsigned depth)
{
	struct html_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){html_push, html_mark, html_close};
	self->scan = scan;
	self->member = member;
	self->text.lane = lane_open(scan, member, VIEW_HTML, depth);
	self->aside.lane = lane_open(scan, member, VIEW_HTML, depth);
	self->both.lane = lane_open(scan, member, VIEW_HTML, depth);
	lane_for_tokens(self->both.lane);
	self->text.track = self->aside.track = self->both.track = &self->track;
	start_parser(self);
	return &self->stage;
}

struct stage *stage_html(struct scan *scan, const struct member *member, unsigned depth)
{
	return stage_valid(html_new(scan, member, depth));
}
