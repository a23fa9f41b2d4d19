/*
 * Documents inside JSON: what paste sites' interfaces and chat exports put into a string with its line ends escaped. Strings
 * with escaped line ends or quotes, or with markup, are unescaped and read as documents; all others are left to
 * the readers of JSON. A string ends with its line: JSON has no others, and text that only begins like JSON is not taken for one string.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/sniff.h"
#include "inspect/views/escapes.h"
#include "inspect/views/stage.h"
#include "inspect/views/track.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

/* Longest escape: a character outside the basic plane, \ud83d\ude00. A string longer than CLAIM_BYTES must be one. */
enum { ESCAPE_BYTES = 12, CLAIM_BYTES = 32 * 1024 };

struct json_stage {
	struct stage stage;
	struct scan *scan;
	const struct member *member;
	unsigned depth;
	struct lane *plain; /* of the JSON itself, or NULL */
	struct lane *lane;  /* of all such strings; NULL before the first */
	struct stage *into; /* where the string that is open goes to, once that is known */
	bool into_lane, inside, document, last_was_escape, claimed, judged;
	bool numbered;   /* a character stands as its number in it, \u003c */
	struct buf raw;  /* what is left of it, as it stands */
	uint64_t raw_at; /* where that begins, in what was pushed */
	uint64_t opened; /* where the string begins, in what was pushed */
	uint64_t at;     /* pushed */
	struct track track;
};

/* ---- one string ------------------------------------------------------------------------------- */

/* A run of text at a time, marked where it stands; of a string that goes on, all but what may be half an escape. */
static void pass(struct json_stage *self, bool whole)
{
	struct slice text = {buf_text(&self->raw), self->raw.len};
	struct stage *into = self->into;
	struct decoded decoded;
	size_t plain = 0, i = 0;
	while (i < text.len && (whole || text.data[i] != '\\' || i + ESCAPE_BYTES <= text.len)) {
		size_t len = text.data[i] == '\\' ? escape_string(text, i, &decoded) : 0;
		if (len == 0) {
			i++;
			continue;
		}
		into->mark(into, track_raw(&self->track, self->raw_at + plain));
		into->push(into, text.data + plain, i - plain);
		into->mark(into, track_raw(&self->track, self->raw_at + i));
		into->push(into, decoded.bytes, decoded.len);
		plain = i += len;
	}
	into->mark(into, track_raw(&self->track, self->raw_at + plain));
	into->push(into, text.data + plain, i - plain);
	buf_drop(&self->raw, i);
	self->raw_at += i;
	mem_wipe(&decoded, sizeof decoded);
}

static bool holds(const struct json_stage *self, const char *escape)
{
	struct slice text = {(const char *)self->raw.data, self->raw.len};
	return text.len > 0 && slice_find_nocase(text, escape) < text.len;
}

/* The beginning of the string without its escapes: "<\/p>" is markup, too. */
static enum content look(struct json_stage *self)
{
	struct slice text = {(const char *)self->raw.data, self->raw.len};
	struct buf head;
	struct decoded decoded;
	if (slice_find_byte(text, '<') == text.len && !(self->numbered && holds(self, "\\u003c")))
		return CONTENT_BYTES;
	buf_init(&head, SNIFF_BYTES + sizeof decoded.bytes);
	for (size_t i = 0; i < text.len && head.len < SNIFF_BYTES;) {
		size_t len = text.data[i] == '\\' ? escape_string(text, i, &decoded) : 0;
		if (!(len > 0 ? buf_append(&head, decoded.bytes, decoded.len) : buf_append_byte(&head, (uint8_t)text.data[i])))
			break;
		i += len > 0 ? len : 1;
	}
	bool cell = sniff_within_tags((struct slice){buf_text(&head), head.len}).len > 0; /* the object it stands in reads it */
	enum content content = cell ? CONTENT_BYTES : sniff(head.data, head.len);
	if (cell)
		self->document = false;
	else if (content != CONTENT_XML && content != CONTENT_HTML)
		content = sniff_has_markup(head.data, head.len) ? CONTENT_HTML : CONTENT_BYTES;
	buf_free(&head);
	mem_wipe(&decoded, sizeof decoded);
	return content;
}

static bool has_escaped_feed(const struct json_stage *self)
{
	return self->numbered && (holds(self, "\\u000a") || holds(self, "\\u000d") || holds(self, "\\u0022"));
}

/* Opens where the string goes to, if it is a document. */
static void open_document(struct json_stage *self)
{
	self->into_lane = false;
	self->document |= has_escaped_feed(self);
	enum content content = look(self);
	if (content == CONTENT_HTML) {
		self->into = stage_html(self->scan, self->member, self->depth + 1);
	} else if (content == CONTENT_XML) {
		self->into = stage_xml(self->scan, self->member, self->depth + 1, NULL);
	} else if (self->document) {
		if (self->lane == NULL)
			self->lane = lane_open(self->scan, self->member, VIEW_ESCAPES, self->depth + 1);
		self->into = stage_lane(self->lane);
		self->into_lane = true;
	}
}

/* In a true string nothing is read twice; one that its line has ended is none, and its readers are those of any text. */
static void end_string(struct json_stage *self, bool quoted)
{
	static const char between[] = "\n\n\n\n\n"; /* no record goes on from one string to the next */
	if (self->into == NULL)
		open_document(self);
	if (self->into != NULL) {
		pass(self, true);
		if (self->into_lane) {
			self->into->push(self->into, between, strlen(between));
			free(self->into);
		} else {
			self->into->close(self->into);
		}
		if (self->plain != NULL && (quoted || self->claimed))
			lane_elsewhere(self->plain, self->opened, self->at);
	}
	self->into = NULL;
	buf_clear(&self->raw);
	self->inside = false;
}

/* ---- the stage -------------------------------------------------------------------------------- */

static size_t string_end(const struct json_stage *self, const char *data, size_t len)
{
	size_t i = 0;

	while (i < len && !self->last_was_escape && data[i] != '"' && data[i] != '\\' && data[i] != '\n')
		i++;
	return i;
}

/* A string without escapes and markup is no document: nearly all are such. Its length with the quote that ends it, 0 for any other. */
static size_t plain_string(const char *data, size_t len)
{
	size_t i = 0;

	while (i < len && data[i] != '"' && data[i] != '\\' && data[i] != '\n' && data[i] != '<')
		i++;
	return i < len && data[i] == '"' ? i + 1 : 0;
}

/* Text without line ends so far is left to the readers of JSON. */
static void forget(struct json_stage *self)
{
	size_t gone = self->raw.len - ESCAPE_BYTES;
	buf_drop(&self->raw, gone);
	self->raw_at += gone;
	self->opened = self->raw_at;
}

/* A string that is longer than what may be held goes on its way before its end is seen. */
static void keep(struct json_stage *self, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = self->raw.max - self->raw.len, piece = len < room ? len : room;
		if (piece > 0 && !buf_append(&self->raw, data, piece))
			log_fatal("a string outgrew its buffer");
		data += piece;
		len -= piece;
		if (len == 0)
			break;
		if (self->into == NULL)
			open_document(self);
		if (self->into != NULL)
			pass(self, false);
		else
			forget(self);
	}
	if (!self->judged && self->raw.len > CLAIM_BYTES) {
		self->judged = true;
		self->document |= has_escaped_feed(self);
	}
	if (self->plain != NULL && self->document && !self->claimed && self->raw.len > CLAIM_BYTES) {
		self->claimed = true;
		lane_elsewhere(self->plain, self->opened, UINT64_MAX);
	}
}

/* One step inside a string: plain characters, or one that counts. Returns how many bytes. */
static size_t step_inside(struct json_stage *self, const char *data, size_t len)
{
	size_t plain = string_end(self, data, len);
	keep(self, data, plain);
	if (plain == len || plain > 0)
		return plain;
	if (data[0] == '\n') {
		end_string(self, false);
	} else if (self->last_was_escape) {
		self->document |= one_of(data[0], "nr\"");
		self->numbered |= one_of(data[0], "uU");
		self->last_was_escape = false;
		keep(self, data, 1);
	} else if (data[0] == '\\') {
		self->last_was_escape = true;
		keep(self, data, 1);
	} else {
		end_string(self, true);
	}
	return 1;
}

static size_t step_outside(struct json_stage *self, const char *data, size_t len)
{
	const char *quote = memchr(data, '"', len);
	if (quote == NULL)
		return len;
	size_t taken = (size_t)(quote - data) + 1, plain = plain_string(data + taken, len - taken);
	if (plain > 0)
		return taken + plain;
	self->inside = true;
	self->document = self->last_was_escape = self->claimed = self->judged = self->numbered = false;
	self->raw_at = self->opened = self->at + taken;
	return taken;
}

static void json_push(struct stage *stage, const char *data, size_t len)
{
	struct json_stage *self = (struct json_stage *)stage;
	while (len > 0) {
		size_t taken = self->inside ? step_inside(self, data, len) : step_outside(self, data, len);
		self->at += taken;
		data += taken;
		len -= taken;
	}
}

static void json_mark(struct stage *stage, uint64_t raw)
{
	struct json_stage *self = (struct json_stage *)stage;
	track_mark(&self->track, self->at, raw);
}

static void json_close(struct stage *stage)
{
	struct json_stage *self = (struct json_stage *)stage;
	if (self->inside)
		end_string(self, false); /* cut off */
	if (self->lane != NULL)
		lane_close(self->lane);
	track_free(&self->track);
	buf_free(&self->raw);
	free(self);
}

struct stage *stage_json(struct scan *scan, const struct member *member, unsigned depth, struct lane *plain)
{
	struct json_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){json_push, json_mark, json_close};
	self->scan = scan;
	self->member = member;
	self->depth = depth;
	self->plain = plain;
	buf_init(&self->raw, LIMIT_DERIVED_BYTES);
	return &self->stage;
}

/* ---- two ways at once ------------------------------------------------------------------------- */

struct fork_stage {
	struct stage stage;
	struct stage *one, *other;
};

static void fork_push(struct stage *stage, const char *data, size_t len)
{
	struct fork_stage *self = (struct fork_stage *)stage;
	self->one->push(self->one, data, len);
	self->other->push(self->other, data, len);
}

static void fork_mark(struct stage *stage, uint64_t raw)
{
	struct fork_stage *self = (struct fork_stage *)stage;
	self->one->mark(self->one, raw);
	self->other->mark(self->other, raw);
}

static void fork_close(struct stage *stage)
{
	struct fork_stage *self = (struct fork_stage *)stage;
	self->one->close(self->one);
	self->other->close(self->other);
	free(self);
}

struct stage *stage_fork(struct stage *one, struct stage *other)
{
	struct fork_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){fork_push, fork_mark, fork_close};
	self->one = one;
	self->other = other;
	return &self->stage;
}
