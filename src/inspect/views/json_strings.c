/*
 * Documents inside JSON: what paste sites' interfaces and chat exports put into a string with its line ends escaped. Strings
 * with escaped line ends or quotes, or with markup, are unescaped and read as documents; all others are left to
 * the readers of JSON.
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
#include "shared/mem.h"

/* Longest escape: a character outside the basic plane, \ud83d\ude00. */
enum { ESCAPE_BYTES = 12 };

enum place { OUTSIDE, INSIDE, SKIPPING /* inside a string that is too long */ };

struct json_stage {
	struct stage stage;
	struct scan *scan;
	const struct member *member;
	unsigned depth;
	struct lane *lane; /* of all such strings; NULL before the first */
	enum place place;
	bool document, last_was_escape;
	struct buf raw;  /* the string that is open, as it stands */
	uint64_t raw_at; /* where it begins, in what was pushed */
	uint64_t at;     /* pushed */
	struct track track;
};

/* ---- one string ------------------------------------------------------------------------------- */

static size_t unescape(struct slice text, size_t at, struct decoded *decoded)
{
	unsigned kinds = kind_of(TRIGGER_ESCAPE) | KIND_STRING;
	size_t len = text.data[at] == '\\' ? escape_decode(kinds, slice_until(text, at + ESCAPE_BYTES), at, decoded) : 0;
	if (len == 0 && text.data[at] == '\\' && at + 1 < text.len && strchr("bf", text.data[at + 1]) != NULL) {
		decoded->len = 0;
		len = 2;
	}
	return len;
}

/* A run of text at a time, marked where it stands. */
static void pass(struct json_stage *self, struct stage *into)
{
	struct slice text = {buf_text(&self->raw), self->raw.len};
	struct decoded decoded;
	size_t plain = 0;
	for (size_t i = 0; i <= text.len;) {
		size_t len = i < text.len ? unescape(text, i, &decoded) : 0;
		if (len == 0 && i < text.len) {
			i++;
			continue;
		}
		into->mark(into, track_raw(&self->track, self->raw_at + plain));
		into->push(into, text.data + plain, i - plain);
		if (len > 0) {
			into->mark(into, track_raw(&self->track, self->raw_at + i));
			into->push(into, decoded.bytes, decoded.len);
		}
		plain = i += len > 0 ? len : 1;
	}
	mem_wipe(&decoded, sizeof decoded);
}

/* A stage for the string's markup, NULL if it is none. */
static struct stage *markup_stage(const struct json_stage *self)
{
	if (self->raw.len == 0 || memchr(self->raw.data, '<', self->raw.len) == NULL)
		return NULL;
	switch (sniff(self->raw.data, self->raw.len)) {
	case CONTENT_HTML:
		return stage_html(self->scan, self->member, self->depth + 1);
	case CONTENT_XML:
		return stage_xml(self->scan, self->member, self->depth + 1, NULL);
	default:
		return sniff_has_markup(self->raw.data, self->raw.len) ? stage_html(self->scan, self->member, self->depth + 1) : NULL;
	}
}

static void end_string(struct json_stage *self)
{
	static const char between[] = "\n\n===============\n\n"; /* no record goes on from one string to the next */
	struct stage *markup = self->place == INSIDE ? markup_stage(self) : NULL;
	if (markup != NULL) {
		pass(self, markup);
		markup->close(markup);
	} else if (self->place == INSIDE && self->document) {
		if (self->lane == NULL)
			self->lane = lane_open(self->scan, self->member, VIEW_ESCAPES, self->depth + 1);
		struct stage *lines = stage_lane(self->lane);
		pass(self, lines);
		lines->push(lines, between, strlen(between));
		free(lines);
	}
	buf_clear(&self->raw);
	self->place = OUTSIDE;
}

/* ---- the stage -------------------------------------------------------------------------------- */

static size_t string_end(const struct json_stage *self, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' || data[i] == '\\' || (i == 0 && self->last_was_escape))
			return i;
	}
	return len;
}

static void keep(struct json_stage *self, const char *data, size_t len)
{
	if (self->place == INSIDE && len > 0 && !buf_append(&self->raw, data, len)) {
		scan_not_inspected(self->scan, self->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
			"a document in a JSON string is too long", track_raw(&self->track, self->raw_at));
		self->place = SKIPPING;
	}
}

/* One step inside a string: plain characters, or one that counts. Returns how many bytes. */
static size_t step_inside(struct json_stage *self, const char *data, size_t len)
{
	size_t plain = string_end(self, data, len);
	keep(self, data, plain);
	if (plain == len || plain > 0)
		return plain;
	if (self->last_was_escape) {
		self->document |= strchr("nr\"", data[0]) != NULL && data[0] != '\0';
		self->last_was_escape = false;
		keep(self, data, 1);
	} else if (data[0] == '\\') {
		self->last_was_escape = true;
		keep(self, data, 1);
	} else {
		end_string(self);
	}
	return 1;
}

static size_t step_outside(struct json_stage *self, const char *data, size_t len, uint64_t at)
{
	const char *quote = memchr(data, '"', len);
	if (quote == NULL)
		return len;
	self->place = INSIDE;
	self->document = self->last_was_escape = false;
	self->raw_at = at + (size_t)(quote - data) + 1;
	return (size_t)(quote - data) + 1;
}

static void json_push(struct stage *stage, const char *data, size_t len)
{
	struct json_stage *self = (struct json_stage *)stage;
	for (size_t done = 0; done < len;) {
		if (self->place == OUTSIDE)
			done += step_outside(self, data + done, len - done, self->at + done);
		else
			done += step_inside(self, data + done, len - done);
	}
	self->at += len;
}

static void json_mark(struct stage *stage, uint64_t raw)
{
	struct json_stage *self = (struct json_stage *)stage;
	track_mark(&self->track, self->at, raw);
}

static void json_close(struct stage *stage)
{
	struct json_stage *self = (struct json_stage *)stage;
	if (self->place == INSIDE)
		end_string(self); /* cut off */
	if (self->lane != NULL)
		lane_close(self->lane);
	track_free(&self->track);
	buf_free(&self->raw);
	free(self);
}

struct stage *stage_json(struct scan *scan, const struct member *member, unsigned depth)
{
	struct json_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){json_push, json_mark, json_close};
	self->scan = scan;
	self->member = member;
	self->depth = depth;
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
