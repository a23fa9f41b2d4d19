/*
 * Rich Text Format (1.9.1): text without its control words, in the charset of its font; rows of a table as lines with TABs. What
 * links lead to stands on lines of its own.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/sieve/lane.h"
#include "inspect/unpack/charset.h"
#include "inspect/views/rtf_object.h"
#include "inspect/views/stage.h"
#include "inspect/views/track.h"
#include "shared/buf.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { GROUPS = 128, FONTS = 512, WORD_BYTES = 32, PENDING_BYTES = 64, NONE = -1 };

/* Where the text of a group goes. */
enum target { TARGET_TEXT, TARGET_FIELD, TARGET_FONTS, TARGET_OBJECT, TARGET_NOWHERE };

struct group {
	enum target target;
	int font;
	int skip; /* characters that stand for those before readers knew \u */
};

enum state { STATE_TEXT, STATE_ESCAPE, STATE_WORD, STATE_NUMBER, STATE_HEX, STATE_BINARY };

struct rtf_stage {
	struct stage stage;
	struct scan *scan;
	const struct member *member;
	struct lane *text, *aside;
	struct rtf_object object;
	uint64_t object_at;
	struct track track;
	uint64_t at; /* bytes pushed */
	enum state state;
	uint64_t begin; /* of the control word that is read */
	char word[WORD_BYTES + 1];
	size_t word_len;
	long number;
	bool negative, has_number, star;
	char hex[2];
	size_t hex_len;
	uint64_t binary; /* bytes to pass over */
	struct group groups[GROUPS];
	size_t depth, too_deep;
	int charset;                 /* of the document */
	int16_t charsets[FONTS];     /* of each font, or NONE */
	int font;                    /* that the table of fonts tells of */
	int to_skip;                 /* characters */
	unsigned long high;          /* first half of a surrogate pair */
	char pending[PENDING_BYTES]; /* bytes in the charset */
	size_t pending_len;
	uint64_t pending_at;
};

static struct group *now(struct rtf_stage *self)
{
	return &self->groups[self->depth];
}

/* ---- output ----------------------------------------------------------------------------------- */

static void put(struct rtf_stage *self, const char *data, size_t len, uint64_t at)
{
	struct lane *lane = now(self)->target == TARGET_TEXT ? self->text : now(self)->target == TARGET_FIELD ? self->aside : NULL;
	if (lane == NULL || len == 0)
		return;
	lane_mark(lane, track_raw(&self->track, at));
	lane_push(lane, data, len);
}

static int charset_now(const struct rtf_stage *self)
{
	int font = self->groups[self->depth].font;
	return font >= 0 && font < FONTS && self->charsets[font] != NONE ? self->charsets[font] : self->charset;
}

static void flush(struct rtf_stage *self)
{
	struct buf text;
	if (self->pending_len == 0)
		return;
	buf_init(&text, 4 * PENDING_BYTES);
	charset_convert(charset_now(self), (struct slice){self->pending, self->pending_len}, true, &text);
	put(self, buf_text(&text), text.len, self->pending_at);
	buf_free(&text);
	self->pending_len = 0;
}

static void put_byte(struct rtf_stage *self, char byte, uint64_t at)
{
	if (self->to_skip > 0) {
		self->to_skip--;
		return;
	}
	if (self->pending_len == PENDING_BYTES)
		flush(self);
	if (self->pending_len == 0)
		self->pending_at = at;
	self->pending[self->pending_len++] = byte;
}

static void put_text(struct rtf_stage *self, const char *text, uint64_t at)
{
	flush(self);
	put(self, text, strlen(text), at);
}

static void put_unicode(struct rtf_stage *self, unsigned long c, uint64_t at)
{
	char text[5];
	flush(self);
	if (c >= 0xd800 && c < 0xdc00) {
		self->high = c;
		return;
	}
	if (c >= 0xdc00 && c < 0xe000)
		c = self->high != 0 ? 0x10000 + ((self->high - 0xd800) << 10) + (c - 0xdc00) : 0;
	self->high = 0;
	size_t len = c >= 0x20 && c <= 0x10ffff ? utf8_encode((uint32_t)c, text) : 0;
	put(self, text, len, at);
}

/* ---- control words ---------------------------------------------------------------------------- */

static const struct {
	const char *word, *text;
} written[] = {{"par", "\n"}, {"line", "\n"}, {"row", "\n"}, {"nestrow", "\n"}, {"sect", "\n"}, {"page", "\n"}, {"cell", "\t"},
	{"nestcell", "\t"}, {"tab", "\t"}, {"endash", "\xe2\x80\x93"}, {"emdash", "\xe2\x80\x94"}, {"bullet", "\xe2\x80\xa2"},
	{"lquote", "\xe2\x80\x98"}, {"rquote", "\xe2\x80\x99"}, {"ldblquote", "\xe2\x80\x9c"}, {"rdblquote", "\xe2\x80\x9d"},
	{"emspace", " "}, {"enspace", " "}};

/* Groups that hold no text; those that begin with \* and are not named here hold none either. */
static const struct {
	const char *word;
	enum target target;
} targets[] = {{"fonttbl", TARGET_FONTS}, {"colortbl", TARGET_NOWHERE}, {"stylesheet", TARGET_NOWHERE}, {"pict", TARGET_NOWHERE},
	{"objdata", TARGET_OBJECT}, {"fldinst", TARGET_FIELD}, {"info", TARGET_NOWHERE}, {"listtable", TARGET_NOWHERE},
	{"listoverridetable", TARGET_NOWHERE}, {"themedata", TARGET_NOWHERE}, {"datastore", TARGET_NOWHERE}, {"shptxt", TARGET_TEXT},
	{"footnote", TARGET_TEXT}, {"annotation", TARGET_TEXT}};

static int charset_of_page(long page)
{
	char label[16];
	(void)snprintf(label, sizeof label, "cp%ld", page);
	static const struct {
		long page;
		const char *label;
	} others[] = {{932, "shift_jis"}, {936, "gbk"}, {949, "euc-kr"}, {950, "big5"}, {10000, "macintosh"}};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (others[i].page == page)
			return charset_by_label(slice_of(others[i].label));
	}
	return charset_by_label(slice_of(label));
}

static int charset_of_font(long number)
{
	static const struct {
		long number, page;
	} pages[] = {{77, 10000}, {128, 932}, {129, 949}, {134, 936}, {136, 950}, {161, 1253}, {162, 1254}, {163, 1258}, {177, 1255},
		{178, 1256}, {186, 1257}, {204, 1251}, {238, 1250}};
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		if (pages[i].number == number)
			return charset_of_page(pages[i].page);
	}
	return NONE;
}

static bool is(const struct rtf_stage *self, const char *word)
{
	return strcmp(self->word, word) == 0;
}

/* Those with a number that change how text is read. */
static void set_number(struct rtf_stage *self)
{
	long n = self->number;
	int charset;
	if (is(self, "ansicpg") && (charset = charset_of_page(n)) != NONE)
		self->charset = charset;
	else if (is(self, "f") && now(self)->target == TARGET_FONTS)
		self->font = n >= 0 && n < FONTS ? (int)n : NONE;
	else if (is(self, "f"))
		now(self)->font = (int)n;
	else if (is(self, "fcharset") && self->font != NONE)
		self->charsets[self->font] = (int16_t)charset_of_font(n);
	else if (is(self, "uc"))
		now(self)->skip = n >= 0 && n < 8 ? (int)n : 1;
}

static void end_word(struct rtf_stage *self)
{
	self->state = STATE_TEXT;
	self->word[self->word_len] = '\0';
	if (self->negative)
		self->number = -self->number;
	if (is(self, "bin") && self->has_number && self->number > 0) {
		self->binary = (uint64_t)self->number;
		self->state = STATE_BINARY;
		return;
	}
	if (is(self, "u") && self->has_number) {
		put_unicode(self, (unsigned long)(self->number < 0 ? self->number + 0x10000 : self->number), self->begin);
		self->to_skip = now(self)->skip;
		return;
	}
	flush(self);
	for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
		if (is(self, written[i].word))
			put_text(self, written[i].text, self->begin);
	}
	enum target target = self->star ? TARGET_NOWHERE : now(self)->target;
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		if (is(self, targets[i].word) && now(self)->target != TARGET_NOWHERE)
			target = targets[i].target;
	}
	if (target == TARGET_OBJECT && now(self)->target != TARGET_OBJECT)
		self->object_at = self->begin;
	now(self)->target = target;
	self->star = false;
	if (self->has_number)
		set_number(self);
}

/* ---- bytes ------------------------------------------------------------------------------------ */

static void open_group(struct rtf_stage *self)
{
	flush(self);
	self->to_skip = 0;
	if (self->depth + 1 == GROUPS) {
		self->too_deep++;
		return;
	}
	self->groups[self->depth + 1] = self->groups[self->depth];
	self->depth++;
}

static void close_group(struct rtf_stage *self)
{
	flush(self);
	self->to_skip = 0;
	if (self->too_deep > 0) {
		self->too_deep--;
		return;
	}
	if (self->depth > 0 && now(self)->target == TARGET_FIELD && self->groups[self->depth - 1].target == TARGET_TEXT)
		put_text(self, "\n", self->at);
	bool object = now(self)->target == TARGET_OBJECT && (self->depth == 0 || self->groups[self->depth - 1].target != TARGET_OBJECT);
	self->depth -= self->depth > 0;
	if (object)
		rtf_object_end(&self->object, self->scan, self->member, track_raw(&self->track, self->object_at));
}

static void take_text(struct rtf_stage *self, char byte)
{
	switch (byte) {
	case '{':
		open_group(self);
		break;
	case '}':
		close_group(self);
		break;
	case '\\':
		self->state = STATE_ESCAPE;
		self->begin = self->at;
		break;
	case '\n':
		if (self->depth == 0) /* behind the document: text that is none of it */
			put_text(self, "\n", self->at);
		break;
	case '\r':
	case '\0':
		break;
	default:
		if (now(self)->target == TARGET_OBJECT)
			rtf_object_digit(&self->object, byte);
		else
			put_byte(self, byte, self->at);
	}
}

static void take_escape(struct rtf_stage *self, char byte)
{
	self->state = STATE_TEXT;
	if (isalpha((unsigned char)byte)) {
		self->state = STATE_WORD;
		self->word[0] = byte;
		self->word_len = 1;
		self->number = 0;
		self->negative = self->has_number = false;
	} else if (byte == '\'') {
		self->state = STATE_HEX;
		self->hex_len = 0;
	} else if (byte == '*') {
		self->star = true;
	} else if (byte == '~') {
		put_byte(self, ' ', self->begin);
	} else if (byte == '_') {
		put_byte(self, '-', self->begin);
	} else if (byte == '\r' || byte == '\n') {
		put_text(self, "\n", self->begin);
	} else if (byte != '-' && byte != '|' && byte != ':') {
		put_byte(self, byte, self->begin);
	}
}

/* A byte behind the letters or digits of a word; a blank belongs to it. */
static void leave_word(struct rtf_stage *self, char byte)
{
	end_word(self);
	if (self->state == STATE_TEXT && byte != ' ')
		take_text(self, byte);
}

static void take_word(struct rtf_stage *self, char byte)
{
	if (isalpha((unsigned char)byte) && self->word_len < WORD_BYTES) {
		self->word[self->word_len++] = byte;
	} else if (isdigit((unsigned char)byte) || byte == '-') {
		self->state = STATE_NUMBER;
		self->negative = byte == '-';
		self->has_number = !self->negative;
		self->number = self->negative ? 0 : byte - '0';
	} else {
		leave_word(self, byte);
	}
}

static void take_number(struct rtf_stage *self, char byte)
{
	if (!isdigit((unsigned char)byte)) {
		leave_word(self, byte);
		return;
	}
	self->has_number = true;
	if (self->number < 100000000)
		self->number = self->number * 10 + byte - '0';
}

static void take_hex(struct rtf_stage *self, char byte)
{
	char text[3] = {self->hex[0], byte, '\0'};
	self->hex[self->hex_len++] = byte;
	if (self->hex_len < 2)
		return;
	self->state = STATE_TEXT;
	if (isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]))
		put_byte(self, (char)strtoul(text, NULL, 16), self->begin);
}

static void take(struct rtf_stage *self, char byte)
{
	switch (self->state) {
	case STATE_TEXT:
		take_text(self, byte);
		break;
	case STATE_ESCAPE:
		take_escape(self, byte);
		break;
	case STATE_WORD:
		take_word(self, byte);
		break;
	case STATE_NUMBER:
		take_number(self, byte);
		break;
	case STATE_HEX:
		take_hex(self, byte);
		break;
	case STATE_BINARY:
		if (now(self)->target == TARGET_OBJECT)
			rtf_object_byte(&self->object, byte);
		if (--self->binary == 0)
			self->state = STATE_TEXT;
		break;
	}
}

/* ---- the stage -------------------------------------------------------------------------------- */

static void rtf_push(struct stage *stage, const char *data, size_t len)
{
	struct rtf_stage *self = (struct rtf_stage *)stage;
	for (size_t i = 0; i < len; i++) {
		take(self, data[i]);
		self->at++;
	}
}

static void rtf_mark(struct stage *stage, uint64_t raw)
{
	struct rtf_stage *self = (struct rtf_stage *)stage;
	track_mark(&self->track, self->at, raw);
}

static void rtf_close(struct stage *stage)
{
	struct rtf_stage *self = (struct rtf_stage *)stage;
	flush(self);
	lane_close(self->text);
	lane_close(self->aside);
	if (self->object.bytes.len > 0) /* the document ends within it */
		rtf_object_end(&self->object, self->scan, self->member, track_raw(&self->track, self->object_at));
	track_free(&self->track);
	rtf_object_free(&self->object);
	mem_wipe(self, sizeof *self);
	free(self);
}

struct stage *stage_rtf(struct scan *scan, const struct member *member, unsigned depth)
{
	struct rtf_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){rtf_push, rtf_mark, rtf_close};
	self->scan = scan;
	self->member = member;
	rtf_object_init(&self->object);
	self->text = lane_open(scan, member, VIEW_HTML, depth);
	self->aside = lane_open(scan, member, VIEW_HTML, depth);
	self->charset = charset_by_label(SLICE_TEXT("windows-1252"));
	self->font = NONE;
	self->groups[0] = (struct group){TARGET_TEXT, NONE, 1};
	for (size_t i = 0; i < FONTS; i++)
		self->charsets[i] = NONE;
	return &self->stage;
}
