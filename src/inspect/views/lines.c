#include "inspect/views/lines.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/sieve/lane.h"
#include "inspect/views/escapes.h"
#include "inspect/views/percent.h"
#include "shared/mem.h"

enum {
	NEAR_BYTES = 320,         /* an escaped address fits */
	STRETCH_BYTES = 960,      /* of a line full of escapes, looked through at once */
	LINE_BYTES = 4096,        /* of a longer line only so much around the escape is decoded */
	CONTEXT_BYTES = 2048,     /* neighbouring lines: the record may be a block */
	BEFORE_BYTES = 16 * 1024, /* of what the window before this one marked */
	SOFT_LINES = 64,          /* of one quoted-printable line */
	ESCAPE_BYTES = 3,         /* %40 */
};

/* ---- does it touch a name --------------------------------------------------------------------- */

_Static_assert(STRETCH_BYTES + sizeof((struct decoded){.len = 0}.bytes) <= 4 * NEAR_BYTES, "a stretch must fit");

struct near {
	char data[4 * NEAR_BYTES];
	size_t len;
	size_t from, to; /* what the escape at the centre stands for */
};

/* Decodes what stands around at; false where no escape stands there after all. */
static bool decode_near(const struct text *text, size_t at, unsigned kinds, size_t from, size_t to, struct near *near)
{
	struct slice slice = text_slice(text, from, to);
	struct decoded decoded;
	bool met = false;
	near->len = 0;
	for (size_t i = 0; i < slice.len && near->len < sizeof near->data - sizeof decoded.bytes;) {
		size_t len = escape_decode(kinds, slice, i, &decoded);
		if (len > 0 && from + i <= at && at < from + i + len) {
			met = true;
			near->from = near->len;
			near->to = near->len + decoded.len;
		}
		if (len > 0)
			memcpy(near->data + near->len, decoded.bytes, decoded.len);
		else
			near->data[near->len] = slice.data[i];
		near->len += len > 0 ? decoded.len : 1;
		i += len > 0 ? len : 1;
	}
	return met;
}

static bool host_byte(char c)
{
	uint8_t byte = (uint8_t)c;
	return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || c == '-' || c == '.' || byte >= 0x80;
}

static bool local_byte(char c)
{
	return host_byte(c) || c == '_' || c == '+' || c == '%' || c == '\'';
}

static struct slice token(const struct near *near, size_t at, bool (*part)(char))
{
	size_t from = at, to = at;
	while (from > 0 && part(near->data[from - 1]))
		from--;
	while (to < near->len && part(near->data[to]))
		to++;
	return (struct slice){near->data + from, to - from};
}

/* What parts a name from what stands behind it may be of bytes that names have too: ---- and ->, arrows and other signs from U+2000 on. */
static size_t host_end(struct slice host)
{
	size_t end = slice_find_nocase(host, "---"), sign = slice_find_byte(host, '\xe2');
	end = end < sign ? end : sign;
	while (end > 0 && one_of(host.data[end - 1], "-."))
		end--;
	return end;
}

static bool host_is_ours(const struct engine *engine, struct slice host)
{
	struct watched watched;
	while (host.len > 0 && (host.data[0] == '.' || host.data[0] == '-'))
		host = slice_from(host, 1);
	host = slice_until(host, host_end(host));
	return host.len > 0 && watch_host(engine, host, &watched);
}

/* An address or a logon name around a separator at `at`. */
static bool account_is_ours(const struct engine *engine, const struct near *near, size_t at)
{
	struct watched watched;
	if (at >= near->len || !one_of(near->data[at], "@\\/"))
		return false;
	struct slice left = token(near, at, local_byte), right = token(near, at + 1, local_byte);
	if (left.data + left.len != near->data + at || right.data != near->data + at + 1)
		return false;
	right = slice_until(right, host_end(right));
	return left.len > 0 && right.len > 0 && watch_account(engine, (struct slice){left.data, left.len + 1 + right.len}, &watched);
}

/* Whether a name of ours could begin anywhere: cheaper to see than to look up. */
static bool may_touch(const struct engine *engine, const struct near *near)
{
	bool inside = false;
	for (size_t i = 0; i < near->len; i++) {
		uint8_t c = (uint8_t)near->data[i];
		bool part = (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10;
		if (c >= 0x80 || (part && !inside && watch_may_begin(engine, (struct slice){near->data + i, near->len - i})))
			return true;
		inside = part;
	}
	return false;
}

static bool touches(const struct engine *engine, const struct near *near)
{
	if (!may_touch(engine, near))
		return false;
	struct slice before = token(near, near->from, local_byte), after = token(near, near->to, local_byte);
	return host_is_ours(engine, token(near, near->from, host_byte)) || host_is_ours(engine, token(near, near->to, host_byte)) ||
	       account_is_ours(engine, near, (size_t)(before.data + before.len - near->data)) ||
	       account_is_ours(engine, near, (size_t)(after.data + after.len - near->data)) ||
	       (before.data > near->data && account_is_ours(engine, near, (size_t)(before.data - near->data) - 1));
}

/* ---- which lines ------------------------------------------------------------------------------ */

static bool soft_break_before(const struct text *text, size_t at)
{
	return (at >= 2 && memcmp(text->data + at - 2, "=\n", 2) == 0) || (at >= 3 && memcmp(text->data + at - 3, "=\r\n", 3) == 0);
}

static bool soft_break_after(const struct text *text, size_t to)
{
	return to > 0 && text->data[to - 1] == '=' && to < text->len;
}

/* A string of JSON may hold a document: its lines end in \\n. */
static void clip_at_escaped_feeds(const struct text *text, size_t at, size_t *from, size_t *to)
{
	for (size_t i = at; i > *from + 1; i--) {
		if (text->data[i - 1] == 'n' && text->data[i - 2] == '\\') {
			*from = i;
			break;
		}
	}
	const char *feed = memmem(text->data + at, *to - at, "\\n", 2);
	if (feed != NULL)
		*to = (size_t)(feed - text->data);
}

static void clip_to_reach(size_t at, size_t *from, size_t *to)
{
	if (at > *from + LINE_BYTES)
		*from = at - LINE_BYTES;
	if (*to > at + LINE_BYTES)
		*to = at + LINE_BYTES;
}

static void line_around(const struct text *text, size_t at, unsigned kinds, size_t *from, size_t *to)
{
	text_line(text, at, from, to);
	for (unsigned i = 0; (kinds & kind_of(TRIGGER_QUOTED_PRINTABLE)) && i < SOFT_LINES && soft_break_before(text, *from); i++) {
		size_t end;
		text_line(text, *from - 1, from, &end);
	}
	for (unsigned i = 0; (kinds & kind_of(TRIGGER_QUOTED_PRINTABLE)) && i < SOFT_LINES && soft_break_after(text, *to); i++) {
		size_t begin, feed = *to + (text->data[*to] == '\r' ? 2 : 1);
		if (feed >= text->len)
			break;
		text_line(text, feed, &begin, to);
	}
	clip_to_reach(at, from, to);
	clip_at_escaped_feeds(text, at, from, to);
}

static void remember(struct line_marks *marks, size_t from, size_t to, unsigned kinds)
{
	if (marks->count > 0 && from < marks->list[marks->count - 1].to) {
		struct line_mark *last = &marks->list[marks->count - 1];
		last->kinds |= kinds;
		last->from = from < last->from ? from : last->from;
		last->to = to > last->to ? to : last->to;
		return;
	}
	if (marks->count == marks->cap) {
		marks->cap = marks->cap > 0 ? 2 * marks->cap : 16;
		marks->list = xreallocarray(marks->list, marks->cap, sizeof *marks->list);
	}
	marks->list[marks->count++] = (struct line_mark){from, to, kinds};
}

void lines_add(struct line_marks *marks, const struct text *text, size_t at, unsigned kinds)
{
	size_t from, to;
	line_around(text, at, kinds, &from, &to);
	remember(marks, from, to, kinds);
}

void lines_add_string(struct line_marks *marks, const struct text *text, size_t at)
{
	size_t from, to;
	text_line(text, at, &from, &to);
	clip_to_reach(at, &from, &to);
	remember(marks, from, to, kind_of(TRIGGER_ESCAPE) | KIND_STRING);
}

/* "======" before a line break is a rule between records or padding of base64: quoted-printable writes '=' as =3D. */
static bool is_rule(const struct text *text, size_t at)
{
	return at > 0 && text->data[at] == '=' && text->data[at - 1] == '=' && at + 1 < text->len &&
	       (text->data[at + 1] == '\n' || text->data[at + 1] == '\r');
}

/* What stands in no name and no account, and in no escape of these kinds: nothing behind it can touch what is before it. */
static bool parts(const struct text *text, size_t at, unsigned kinds)
{
	switch (text->data[at]) {
	case '\n':
		return (kinds & kind_of(TRIGGER_QUOTED_PRINTABLE)) == 0 || !soft_break_before(text, at + 1);
	case ' ':
	case '\t':
	case '(':
	case ')':
	case '<':
	case '>':
		return (kinds & kind_of(TRIGGER_AT_DOT)) == 0;
	case '=':
		return (kinds & kind_of(TRIGGER_QUOTED_PRINTABLE)) == 0;
	case '&':
	case ';':
		return (kinds & kind_of(TRIGGER_ENTITY)) == 0;
	case ':':
	case ',':
	case '|':
	case '"':
	case '?':
	case '!':
	case '*':
	case '$':
		return true;
	case '\xc2': /* U+00A0 */
		return at + 1 < text->len && text->data[at + 1] == '\xa0';
	case '\xa0':
		return at > 0 && text->data[at - 1] == '\xc2';
	default:
		return false;
	}
}

/* How far a name or an account around `at` may reach. Triggers are many in some dumps, names are few: it looks no further than it must. */
static void near_around(const struct text *text, size_t at, unsigned kinds, size_t *from, size_t *to)
{
	size_t least = at > NEAR_BYTES ? at - NEAR_BYTES : 0;
	size_t most = text->len - at > NEAR_BYTES ? at + NEAR_BYTES : text->len;
	if (kinds & kind_of(TRIGGER_CFEMAIL)) {
		line_around(text, at, kinds, from, to);
		*from = *from > least ? *from : least;
		*to = *to < most ? *to : most;
		return;
	}
	for (*from = at; *from > least && !parts(text, *from - 1, kinds); --*from)
		;
	for (*to = at; *to < most && !parts(text, *to, kinds); ++*to)
		;
	clip_at_escaped_feeds(text, at, from, to);
}

/* On a line of nothing but escapes each would be looked at with all around it: where no name begins in a stretch, none is there. */
static void look_ahead(struct line_marks *marks, const struct text *text, size_t at, enum trigger trigger, struct near *near)
{
	size_t from = at > NEAR_BYTES ? at - NEAR_BYTES : 0;
	size_t to = text->len - from > STRETCH_BYTES ? from + STRETCH_BYTES : text->len;
	if (text->base + at < marks->tried[trigger] || to < at + NEAR_BYTES)
		return;
	marks->tried[trigger] = text->base + at + NEAR_BYTES;
	(void)decode_near(text, at, kind_of(trigger), from, to, near);
	if (!may_touch(scan_engine(text->scan), near))
		marks->clear[trigger] = text->base + to - NEAR_BYTES;
	mem_wipe(near->data, near->len);
}

bool lines_touch(struct line_marks *marks, const struct text *text, size_t at, enum trigger trigger)
{
	size_t from, to;
	struct near near UNSET;
	if (is_rule(text, at) || text->base + at < marks->clear[trigger])
		return false;
	near_around(text, at, kind_of(trigger), &from, &to);
	bool touched = decode_near(text, at, kind_of(trigger), from, to, &near) && touches(scan_engine(text->scan), &near);
	mem_wipe(near.data, near.len);
	if (!touched && to - from >= NEAR_BYTES)
		look_ahead(marks, text, at, trigger, &near);
	return touched;
}

/* ---- reading them ----------------------------------------------------------------------------- */

static enum view view_of(unsigned kinds)
{
	if (kinds & kind_of(TRIGGER_QUOTED_PRINTABLE))
		return VIEW_QUOTED_PRINTABLE;
	return kinds & (kind_of(TRIGGER_AT_DOT) | kind_of(TRIGGER_ZERO_WIDTH) | kind_of(TRIGGER_FULL_WIDTH)) ? VIEW_FOLDED : VIEW_ESCAPES;
}

static void push_raw(struct lane *lane, const struct text *text, size_t from, size_t to)
{
	if (from >= to)
		return;
	lane_mark(lane, text_raw_offset(text, from));
	lane_push(lane, text->data + from, to - from);
}

/* user=jdoe%40...&pass=a%26b: whoever reads the form undoes what stands for its signs, once they have parted it. */
static bool is_form(struct slice line)
{
	size_t equals = slice_find_byte(line, '='), both = slice_find_byte(slice_from(line, equals), '&');
	return equals + both < line.len && slice_find_byte(slice_from(line, equals + both), '=') < line.len - equals - both;
}

static bool is_form_sign(struct slice line, size_t at, size_t len, const struct decoded *decoded)
{
	return line.data[at] == '%' && (len > 3 || (decoded->len == 1 && one_of(decoded->bytes[0], "&=+%;#")));
}

/* ftp://jdoe%40...:a%23b@host/: whoever reads the URL undoes what stands in the password, once it knows its end. */
static bool is_in_userinfo(struct slice line, size_t at)
{
	size_t from = at, to = at, sign = at, least = at > NEAR_BYTES ? at - NEAR_BYTES : 0;
	size_t most = line.len - at > NEAR_BYTES ? at + NEAR_BYTES : line.len;
	while (from > least && !one_of(line.data[from - 1], "/?# \t\"'<>"))
		from--;
	for (; to < most && !one_of(line.data[to], "/?# \t\"'<>"); to++)
		sign = line.data[to] == '@' ? to : sign;
	return sign > at && line.data[at] == '%' && from >= 3 && memcmp(line.data + from - 3, "://", 3) == 0 &&
	       memchr(line.data + from, ':', at - from) != NULL;
}

static void push_decoded(struct lane *lane, const struct text *text, const struct line_mark *mark)
{
	struct slice line = text_slice(text, mark->from, mark->to);
	struct decoded decoded;
	size_t plain = 0;
	bool percent = mark->kinds & kind_of(TRIGGER_PERCENT), form = percent && is_form(line), twice = percent && percent_twice(line);
	for (size_t i = 0; i < line.len;) {
		size_t len = escape_decode(mark->kinds, line, i, &decoded);
		bool left = len > 0 && ((form && is_form_sign(line, i, len, &decoded)) || (percent && is_in_userinfo(line, i)));
		if (left && twice && len > ESCAPE_BYTES) { /* one layer is ours */
			decoded = (struct decoded){.bytes = "%", .len = 1};
			len = ESCAPE_BYTES;
		} else if (len == 0 || left) {
			i++;
			continue;
		}
		push_raw(lane, text, mark->from + plain, mark->from + i);
		lane_mark(lane, text_raw_offset(text, mark->from + i));
		lane_push(lane, decoded.bytes, decoded.len);
		i += len;
		plain = i;
	}
	push_raw(lane, text, mark->from + plain, mark->to);
	mem_wipe(&decoded, sizeof decoded);
}

static size_t context_before(const struct text *text, size_t from)
{
	size_t at = from > CONTEXT_BYTES ? from - CONTEXT_BYTES : 0;
	const char *feed = at > 0 ? memchr(text->data + at, '\n', from - at) : NULL;
	return feed != NULL ? (size_t)(feed + 1 - text->data) : at > 0 ? from : 0;
}

static size_t context_after(const struct text *text, size_t to)
{
	size_t at = text->len - to > CONTEXT_BYTES ? to + CONTEXT_BYTES : text->len;
	const char *feed = at < text->len ? memrchr(text->data + to, '\n', at - to) : NULL;
	return feed != NULL ? (size_t)(feed + 1 - text->data) : at < text->len ? to : at;
}

/*
 * Lines around those with a name of ours. What turned signs into entities, \\u or =40 did so to all of a text: left as they are, other
 * people's lines of a list would look like nothing of it. A lone %40 may be a password's own.
 */
static void push_context(struct lane *lane, const struct text *text, size_t from, size_t to, unsigned kinds)
{
	kinds &= kind_of(TRIGGER_ENTITY) | kind_of(TRIGGER_ESCAPE) | kind_of(TRIGGER_QUOTED_PRINTABLE);
	if (kinds == 0)
		push_raw(lane, text, from, to);
	else if (from < to)
		push_decoded(lane, text, &(struct line_mark){from, to, kinds});
}

/* Marks [first, last) lie near each other: one region, one lane. It may reach into the windows before and behind, which tell of it what is
 * theirs. */
static void read_region(const struct text *text, const struct line_mark *first, const struct line_mark *last, struct span fresh)
{
	size_t at = context_before(text, first->from), end = context_after(text, last[-1].to);
	if (end < fresh.from || at >= fresh.to)
		return;
	struct lane *lane = lane_open(text->scan, text->member, view_of(first->kinds), text->depth + 1);
	for (const struct line_mark *mark = first; mark < last; mark++) {
		push_context(lane, text, at, mark->from, mark->kinds);
		push_decoded(lane, text, mark);
		at = mark->to;
	}
	push_context(lane, text, at, end, last[-1].kinds);
	lane_close(lane);
}

static void narrow_to(const struct text *text, struct span fresh)
{
	uint64_t from = fresh.from > 0 ? text_raw_offset(text, fresh.from) : 0, end = lane_range_end(text);
	uint64_t to = text->ends ? UINT64_MAX : text->base + fresh.to;
	to = to < end ? to : end;
	if (to < UINT64_MAX)
		to = to > text->base ? text_raw_offset(text, (size_t)(to - text->base)) : 0;
	scan_bounds_narrow(text->scan, from > SCAN_SLACK ? from - SCAN_SLACK : 0, to);
}

void lines_move(struct line_marks *marks, const struct text *text)
{
	size_t moved = (size_t)(text->base - marks->base), kept = 0;
	for (size_t i = 0; i < marks->count; i++) {
		struct line_mark mark = marks->list[i];
		if (mark.from >= moved)
			marks->list[kept++] = (struct line_mark){mark.from - moved, mark.to - moved, mark.kinds};
	}
	marks->count = kept;
	marks->base = text->base;
}

static void keep_last(struct line_marks *marks, size_t from)
{
	size_t gone = 0;
	while (gone < marks->count && marks->list[gone].to < from)
		gone++;
	memmove(marks->list, marks->list + gone, (marks->count - gone) * sizeof *marks->list);
	marks->count -= gone;
}

void lines_read(struct line_marks *marks, const struct text *text, struct span fresh)
{
	if (marks->count == 0)
		return;
	if (text->depth + 1 > scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth",
			text_raw_offset(text, marks->list[0].from));
		marks->count = 0;
		return;
	}
	struct scan_bounds bounds = scan_bounds(text->scan);
	narrow_to(text, fresh);
	for (size_t i = 0, n; i < marks->count; i += n) {
		for (n = 1; i + n < marks->count && marks->list[i + n].from < marks->list[i + n - 1].to + 2 * CONTEXT_BYTES; n++)
			;
		read_region(text, marks->list + i, marks->list + i + n, fresh);
	}
	scan_bounds_set(text->scan, bounds);
	keep_last(marks, fresh.to > BEFORE_BYTES ? fresh.to - BEFORE_BYTES : 0);
}
