#include "inspect/views/runs.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/sieve/lane.h"
#include "inspect/unpack/charset.h"
#include "inspect/unpack/derived.h"
#include "inspect/views/base64.h"
#include "inspect/views/dense.h"
#include "inspect/views/intake.h"
#include "inspect/views/stage.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum {
	JOIN_BYTES = 64,   /* between two strings of source code */
	HEAD_CHARS = 64,   /* of it are decoded to see whether it is worth it */
	FOLDED_MAX = 2048, /* lines around a name */
	PEM_FOLD = 64,
	MAIL_FOLD = 76,
	FOLD_LEAST = 60,                    /* characters of their lines */
	LIST_CHARS = 256,                   /* of a line that is encoded by itself */
	TEXT_PROBE = 16,                    /* characters of a line that tell text from noise */
	CUT_BYTES = LIMIT_RECORD_BYTES / 2, /* near the end of what is seen of a run */
	QUARTETS = 64,                      /* decoded at a time: offsets are exact to a fourth of it */
};

/* How a run is written. */
struct code {
	enum view view;
	const char *name;
	bool (*part)(char);
	size_t group; /* characters that make whole bytes */
	size_t (*decode)(const char *text, size_t len, uint8_t *out);
};

struct run {
	const struct code *code;
	struct intake *intake; /* text, or ... */
	struct buf container;  /* ... gathered, opened at the end */
	enum base64_look look;
	uint64_t from;          /* offset in the lane */
	uint64_t begin;         /* raw offset */
	uint64_t next;          /* offset in the lane where it goes on */
	uint64_t line;          /* ... where its line began */
	size_t width;           /* of its lines, 0 before the first fold */
	bool overflowed, zeros; /* zero bytes stand in it: text in a wide charset */
	char quartets[QUARTETS];
	size_t gathered;
	uint64_t gathered_raw;
};

static bool deep(const struct text *text)
{
	if (text->depth + 1 <= scan_engine(text->scan)->limits.view_depth)
		return false;
	scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, 0));
	return true;
}

/* ---- codes ------------------------------------------------------------------------------------ */

static bool base64_part(char c)
{
	return base64_byte(c);
}

static bool hex_part(char c)
{
	return isxdigit((unsigned char)c) != 0;
}

static size_t hex_decode(const char *text, size_t len, uint8_t *out)
{
	size_t made = 0;
	sodium_hex2bin(out, len / 2, text, len / 2 * 2, NULL, &made, NULL);
	return made;
}

static const struct code base64_code = {VIEW_BASE64, "base64", base64_part, 4, base64_decode};
static const struct code hex_code = {VIEW_HEX, "hex", hex_part, 2, hex_decode};

/* ---- one run ---------------------------------------------------------------------------------- */

static struct run *run_open(const struct text *text, const struct code *code, size_t at, enum base64_look look)
{
	struct run *run = xcalloc(1, sizeof *run);
	run->code = code;
	run->look = look;
	run->begin = text_raw_offset(text, at);
	run->from = run->next = run->line = text->base + at;
	buf_init(&run->container, LIMIT_DERIVED_BYTES);
	if (look != LOOKS_CONTAINER)
		run->intake = intake_open(text->scan, text->member, code->view, text->depth + 1, NULL);
	return run;
}

static void run_flush(struct run *run)
{
	uint8_t bytes[QUARTETS / 4 * 3 + 3];
	size_t len = run->code->decode(run->quartets, run->gathered, bytes);
	run->zeros = run->zeros || memchr(bytes, 0, len) != NULL;
	if (run->intake != NULL) {
		intake_mark(run->intake, run->gathered_raw);
		intake_push(run->intake, bytes, len);
	} else if (!buf_append(&run->container, bytes, len)) {
		run->overflowed = true;
	}
	mem_wipe(bytes, sizeof bytes);
	run->gathered = 0;
}

/* Characters [from, to) of the text are of the alphabet and belong to the run. */
static void run_gather(struct run *run, const struct text *text, size_t from, size_t to)
{
	while (from < to) {
		size_t take = to - from < QUARTETS - run->gathered ? to - from : QUARTETS - run->gathered;
		if (run->gathered == 0)
			run->gathered_raw = text_raw_offset(text, from);
		memcpy(run->quartets + run->gathered, text->data + from, take);
		run->gathered += take;
		from += take;
		if (run->gathered == QUARTETS)
			run_flush(run);
	}
}

static void run_close(struct run *run, struct scan *scan, const struct member *member)
{
	run_flush(run);
	if (run->intake != NULL)
		intake_close(run->intake);
	else if (run->overflowed)
		scan_not_inspected(scan, member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "an encoded archive is too large", run->begin);
	else
		derived_walk(scan, member, run->code->name, run->begin, run->container.data, run->container.len);
	buf_free(&run->container);
	mem_wipe(run->quartets, sizeof run->quartets);
	free(run);
}

static size_t code_end(const struct code *code, const struct text *text, size_t at, size_t limit)
{
	while (at < limit && code->part(text->data[at]))
		at++;
	return at;
}

/* "\\/": a slash as some writers of JSON escape it. */
static bool is_escaped_slash(const struct text *text, size_t at)
{
	return text->data[at] == '\\' && at + 1 < text->len && text->data[at + 1] == '/';
}

static size_t alphabet_end(const struct text *text, size_t at, size_t limit)
{
	while (at < limit && (base64_byte(text->data[at]) || is_escaped_slash(text, at)))
		at++;
	return at;
}

static size_t pass(const struct text *text, size_t at, const char *bytes)
{
	while (at < text->len && one_of_text(text->data[at], bytes))
		at++;
	return at;
}

/* A string of source code that goes on in one on the next line: "...\" +\n  "..."; where that begins, else 0. */
static size_t joined_end(const struct text *text, size_t at)
{
	char quote = at < text->len ? text->data[at] : '\0';
	size_t feed = at + 1 < text->len ? pass(text, at + 1, " \t\r+.&,_\\") : text->len;
	if ((quote != '"' && quote != '\'') || feed >= text->len || text->data[feed] != '\n' || feed - at > JOIN_BYTES)
		return 0;
	size_t next = pass(text, feed, " \t\r\n+.&b");
	return next - feed <= JOIN_BYTES && next + 1 < text->len && text->data[next] == quote ? next + 1 : 0;
}

/* Where the next line begins if the run may go on behind a line break at `at`; else 0. */
static size_t fold_end(const struct text *text, size_t at)
{
	size_t joined = joined_end(text, at);
	if (joined > 0)
		return joined;
	while (at < text->len && one_of(text->data[at], " \t"))
		at++;
	struct slice rest = text_slice(text, at, text->len);
	size_t len = 0;
	static const char *const folds[] = {"\r\n", "\n", "\r", "\\r\\n", "\\n"};
	for (size_t i = 0; i < sizeof folds / sizeof folds[0] && len == 0; i++) {
		if (slice_starts_nocase(rest, folds[i]))
			len = strlen(folds[i]);
	}
	while (len > 0 && len < rest.len && one_of(rest.data[len], " \t>"))
		len++;
	return len > 0 && len < rest.len ? at + len : 0;
}

static bool ends_line(const struct text *text, size_t at)
{
	return at >= text->len || memchr("=\r\n\\\"' \t,", text->data[at], 9) != NULL;
}

/* No signs that neither text of any charset has, nor what the run has held so far. Letters may be cut in two. */
static bool is_of_its_kind(const struct run *run, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == 0 ? !run->zeros : bytes[i] == 0x7f || (bytes[i] < 0x20 && !one_of((char)bytes[i], "\t\r\n")))
			return false;
	}
	return true;
}

static size_t width_of(struct span line)
{
	return line.to - line.from;
}

/* Decoded by itself it is a line of a list: a name, a separator, no more. */
static bool is_list_line(const struct code *code, const struct text *text, struct span line)
{
	uint8_t bytes[LIST_CHARS];
	size_t len = width_of(line);
	bool padded = line.to < text->len && text->data[line.to] == '=';
	if (len > LIST_CHARS || (len % code->group != 0 && !padded))
		return false;
	len = code->decode(text->data + line.from, len, bytes);
	struct slice decoded = {(const char *)bytes, len};
	bool plain = base64_text(bytes, len), named = slice_find_byte(decoded, '@') < len || slice_find_nocase(decoded, "://") < len;
	bool parted = false;
	plain = plain && len > 0 && isalnum((unsigned char)decoded.data[0]);
	for (size_t i = 0; i < len; i++) {
		plain = plain && !one_of(decoded.data[i], " \t\r\n\"'\\{}<>");
		parted = parted || one_of(decoded.data[i], ":;|");
	}
	mem_wipe(bytes, sizeof bytes);
	return plain && named && parted;
}

/* A list of which each line was encoded by itself; a fold of one line seldom has a whole one on either side. Mail folds at 76, PEM at 64.
 */
static bool is_list(const struct code *code, const struct text *text, struct span line, struct span next)
{
	bool as_fold = width_of(line) == PEM_FOLD || width_of(line) == MAIL_FOLD ||
		       (width_of(line) >= FOLD_LEAST && width_of(next) == width_of(line));
	return !as_fold && is_list_line(code, text, line) && is_list_line(code, text, next);
}

/* Whether the line at `next` is the run's: as wide as the others; or the last, shorter, and no other kind of text. */
static bool goes_on(struct run *run, const struct text *text, size_t line_len, size_t next)
{
	size_t end = code_end(run->code, text, next, text->len), len = end - next;
	uint8_t bytes[HEAD_CHARS];
	if (run->width == 0)
		run->width = len > line_len ? len : line_len;
	if (len == 0 || len > run->width || line_len > run->width || !ends_line(text, end) ||
		(line_len < run->width && run->line != run->next))
		return false;
	bool first = run->line == run->from;
	if (first && run->look == LOOKS_TEXT && run->line >= text->base &&
		is_list(run->code, text, (struct span){(size_t)(run->line - text->base), (size_t)(run->line - text->base) + line_len},
			(struct span){next, end}))
		return false;
	if (run->look != LOOKS_TEXT || len < TEXT_PROBE || (len == run->width && len >= DENSE_LEAST))
		return true;
	size_t phase = run->gathered % run->code->group;
	size_t skip = phase == 0 ? 0 : run->code->group - phase;
	size_t got = run->code->decode(text->data + next + skip, len - skip < HEAD_CHARS ? len - skip : HEAD_CHARS, bytes);
	bool same = is_of_its_kind(run, bytes, got);
	mem_wipe(bytes, sizeof bytes);
	return same;
}

/* Reads on up to limit. True when the run has ended; *at is where it stopped. */
static bool run_continue(struct run *run, const struct text *text, size_t limit, size_t *at)
{
	size_t here = (size_t)(run->next - text->base);
	while (here < limit) {
		size_t end = code_end(run->code, text, here, limit);
		run_gather(run, text, here, end);
		here = end;
		if (here == limit)
			break;
		if (run->code == &base64_code && is_escaped_slash(text, here)) {
			here++;
			continue;
		}
		size_t next = fold_end(text, here);
		size_t line_len = (size_t)(text->base + here - run->line);
		if (next == 0 || !goes_on(run, text, line_len, next)) {
			*at = here;
			return true;
		}
		here = next;
		run->line = text->base + next;
	}
	run->next = text->base + here;
	*at = here;
	return text->ends && here >= text->len;
}

/* ---- by shape --------------------------------------------------------------------------------- */

/* The alignment at which the run's beginning decodes to something worth reading; 4 if none does. */
static size_t alignment(const struct text *text, size_t at, size_t end, enum base64_look *look)
{
	uint8_t bytes[HEAD_CHARS];
	char head[HEAD_CHARS + 4];
	size_t count = 0, found = 4;
	for (; at < end && count < sizeof head; at++) {
		if (text->data[at] != '\\')
			head[count++] = text->data[at];
	}
	for (size_t shift = 0; shift < 4 && shift < count; shift++) {
		size_t chars = count - shift < HEAD_CHARS ? count - shift : HEAD_CHARS;
		size_t len = base64_decode(head + shift, chars / 4 * 4, bytes);
		if (shift > 0 && base64_noise(bytes, len))
			continue;
		*look = base64_look(bytes, len);
		if (*look == LOOKS_TEXT || (*look == LOOKS_CONTAINER && shift == 0)) {
			found = shift;
			break;
		}
	}
	mem_wipe(bytes, sizeof bytes);
	mem_wipe(head, sizeof head);
	return found;
}

static void remember(struct runs *runs, uint64_t from, uint64_t to)
{
	if (runs->decoded_count == runs->decoded_cap) {
		runs->decoded_cap = runs->decoded_cap > 0 ? 2 * runs->decoded_cap : 8;
		runs->decoded = xreallocarray(runs->decoded, runs->decoded_cap, sizeof *runs->decoded);
	}
	runs->decoded[runs->decoded_count++] = (struct decoded_run){from, to};
}

static bool is_decoded(const struct runs *runs, uint64_t at)
{
	if ((runs->open != NULL && at >= runs->open->from))
		return true;
	for (size_t i = 0; i < runs->decoded_count; i++) {
		if (at >= runs->decoded[i].from && at < runs->decoded[i].to)
			return true;
	}
	return false;
}

/* Those that have left the window. */
static void forget(struct runs *runs, uint64_t before)
{
	size_t kept = 0;
	for (size_t i = 0; i < runs->decoded_count; i++) {
		if (runs->decoded[i].to > before)
			runs->decoded[kept++] = runs->decoded[i];
	}
	runs->decoded_count = kept;
}

/* Reads on as far as the window allows; returns where to look for the next run. */
static size_t read_run(struct runs *runs, struct text *text, struct run *run, size_t limit)
{
	size_t at;
	if (!run_continue(run, text, limit, &at)) {
		runs->open = run;
		return at;
	}
	runs->open = NULL;
	remember(runs, run->from, text->base + at);
	run_close(run, text->scan, text->member);
	return at;
}

/* Hex digits are of the other alphabet too: a run of nothing else is tried as such first. 0x may stand before it. */
static bool try_hex(const struct text *text, size_t *at, size_t end, enum base64_look *look)
{
	uint8_t bytes[HEAD_CHARS];
	size_t from = *at + (end - *at > 2 && text->data[*at] == '0' && (text->data[*at + 1] | 0x20) == 'x' ? 2 : 0);
	size_t chars = end - from < HEAD_CHARS ? end - from : HEAD_CHARS;
	if (code_end(&hex_code, text, from, from + chars) < from + chars)
		return false;
	*look = base64_look(bytes, hex_decode(text->data + from, chars, bytes));
	mem_wipe(bytes, sizeof bytes);
	*at = from;
	return *look != LOOKS_BINARY;
}

/* A run begins at `at` (no character of the alphabet before it) and goes on for DENSE_LEAST at least. */
static size_t try_run(struct runs *runs, struct text *text, size_t at, size_t limit)
{
	enum base64_look look;
	size_t end = alphabet_end(text, at, text->len < at + 2 * HEAD_CHARS ? text->len : at + 2 * HEAD_CHARS);
	size_t place = at;
	if (text->base + at >= lane_range_end(text) || (text->lane != NULL && lane_is_elsewhere(text->lane, text->base + at)))
		return alphabet_end(text, end, text->len);
	if (try_hex(text, &place, end, &look) && !deep(text))
		return read_run(runs, text, run_open(text, &hex_code, place, look), limit);
	size_t shift = alignment(text, at, end, &look);
	if (shift == 4 || deep(text))
		return alphabet_end(text, end, text->len);
	for (; shift > 0; at++)
		shift -= text->data[at] != '\\';
	return read_run(runs, text, run_open(text, &base64_code, at, look), limit);
}

/* Tries the run around `at`, which none of those before holds; returns where to look for the next. */
static size_t try_around(struct runs *runs, struct text *text, size_t at, size_t done, size_t limit)
{
	size_t from = at;
	while (from > done && (base64_byte(text->data[from - 1]) || (from > done + 1 && is_escaped_slash(text, from - 1))))
		from--;
	if (from + DENSE_LEAST > text->len || alphabet_end(text, from, from + DENSE_LEAST) < from + DENSE_LEAST)
		return alphabet_end(text, at, limit);
	return try_run(runs, text, from, limit);
}

void runs_by_shape(struct runs *runs, struct text *text, struct span fresh)
{
	size_t limit = text->ends ? text->len : fresh.to, at = fresh.from, done;
	forget(runs, text->base);
	if (runs->open != NULL)
		at = read_run(runs, text, runs->open, limit);
	else if (at > 0 && base64_byte(text->data[at - 1]))
		at = alphabet_end(text, at, limit);
	done = at;
	while ((at = dense_next(text->data, text->len, at, fresh.to)) < fresh.to)
		done = at = try_around(runs, text, at, done, limit);
	/* one that begins here and has its probe behind the border */
	if (done < fresh.to && runs->open == NULL && base64_byte(text->data[fresh.to - 1]))
		(void)try_around(runs, text, fresh.to - 1, done, limit);
}

/* ---- around a hit ----------------------------------------------------------------------------- */

static size_t run_begin(const struct text *text, size_t at, bool (*part)(char))
{
	while (at > 0 && part(text->data[at - 1]))
		at--;
	return at;
}

static size_t run_end(const struct text *text, size_t at, bool (*part)(char))
{
	while (at < text->len && part(text->data[at]))
		at++;
	return at;
}

struct scan_bounds run_narrow(const struct text *text, struct span *run, bool before, bool behind)
{
	size_t from = run->from, to = run->to, cut = to - from < CUT_BYTES ? to - from : CUT_BYTES;
	if (behind)
		run->to = to - cut;
	return scan_bounds_narrow(
		text->scan, before ? text_raw_offset(text, from + cut) : 0, behind ? text_raw_offset(text, run->to) : UINT64_MAX);
}

static bool begins_before(const struct text *text, struct span run)
{
	return run.from < 2 && !text->begins;
}

static bool ends_behind(const struct text *text, struct span run)
{
	return run.to + 2 > text->len && !text->ends;
}

static struct scan_bounds narrow_to_window(const struct text *text, struct span *run)
{
	return run_narrow(text, run, begins_before(text, *run), ends_behind(text, *run));
}

/* What is decoded at the name is text, whatever stands around it. */
static bool name_shows(const struct text *text, size_t from, const struct hit *hit)
{
	uint8_t bytes[1024];
	size_t first = hit->at > from ? from + (hit->at - from) / 4 * 4 : from, chars = (hit->at + hit->len - first) / 4 * 4;
	size_t len = base64_decode(text->data + first, chars < sizeof bytes ? chars : sizeof bytes, bytes), printable = 0;
	for (size_t i = 2; i < len; i++)
		printable += (bytes[i] >= 0x20 && bytes[i] < 0x7f) || bytes[i] == 0;
	mem_wipe(bytes, sizeof bytes);
	return len > 2 && printable == len - 2;
}

/* The lines of a folded run around the one of a hit, first to last. */
struct folded {
	struct span lines[FOLDED_MAX];
	size_t count, own;
	size_t before; /* characters in the lines before the hit's */
};

static bool line_above(const struct text *text, struct span line, bool (*part)(char), struct span *above)
{
	size_t at = line.from;
	while (at > 0 && memchr(" \t>", text->data[at - 1], 3) != NULL)
		at--;
	if (at == 0 || text->data[at - 1] != '\n')
		return false;
	at -= at > 1 && text->data[at - 2] == '\r' ? 2 : 1;
	while (at > 0 && one_of(text->data[at - 1], " \t"))
		at--;
	*above = (struct span){run_begin(text, at, part), at};
	return above->to > above->from;
}

static bool line_below(const struct text *text, struct span line, bool (*part)(char), struct span *below)
{
	size_t next = fold_end(text, line.to);
	*below = (struct span){next, next > 0 ? run_end(text, next, part) : 0};
	return below->to > below->from && ends_line(text, below->to);
}

/* Lines of one width, as encoders fold them, and a shorter last one. Several encoded lines of a list are seldom so wide and all alike. */
static void unfold(const struct text *text, struct span own, const struct code *code, struct folded *folded)
{
	bool (*part)(char) = code->part;
	struct span line = own, other, above[FOLDED_MAX / 2];
	size_t count = 0, width = width_of(own);
	while (count < FOLDED_MAX / 2 && line_above(text, line, part, &other) && width_of(other) >= FOLD_LEAST &&
		(count == 0 ? width_of(other) >= width && !is_list(code, text, other, own) : width_of(other) == width)) {
		width = width_of(other);
		line = above[count++] = other;
	}
	*folded = (struct folded){.own = count};
	for (size_t i = count; i > 0; i--) {
		folded->lines[folded->count++] = above[i - 1];
		folded->before += width_of(above[i - 1]);
	}
	folded->lines[folded->count++] = line = own;
	while (folded->count < FOLDED_MAX && width_of(line) == width && width >= FOLD_LEAST && line_below(text, line, part, &other) &&
		width_of(other) <= width && !(folded->count == 1 && is_list(code, text, own, other)))
		folded->lines[folded->count++] = line = other;
}

/* skip: characters of the first line that belong to no whole group. Returns where what was told of it ends. */
static size_t read_folded(struct text *text, const struct code *code, const struct folded *folded, size_t skip)
{
	struct span told = {folded->lines[0].from, folded->lines[folded->count - 1].to};
	bool before = folded->own == FOLDED_MAX / 2 || begins_before(text, told);
	bool behind = folded->count == FOLDED_MAX || ends_behind(text, told);
	struct scan_bounds bounds = run_narrow(text, &told, before, behind);
	struct run *run = run_open(text, code, folded->lines[0].from + skip, LOOKS_TEXT);
	for (size_t i = 0; i < folded->count; i++)
		run_gather(run, text, folded->lines[i].from + (i == 0 ? skip : 0), folded->lines[i].to);
	run_close(run, text->scan, text->member);
	scan_bounds_set(text->scan, bounds);
	return told.to;
}

void run_base64_around(struct runs *runs, struct text *text, const struct hit *hit)
{
	if (text->base + hit->at < runs->base64_done || is_decoded(runs, text->base + hit->at) || deep(text))
		return;
	struct span own = {run_begin(text, hit->at, base64_byte), run_end(text, hit->at, base64_byte)};
	struct folded folded;
	size_t shift = 0;
	while (shift < 3 && !name_shows(text, own.from + shift, hit))
		shift++;
	unfold(text, own, &base64_code, &folded);
	runs->base64_done = text->base + read_folded(text, &base64_code, &folded, (folded.before + shift) % 4);
}

static bool hex_or_separator(char c)
{
	return c == ' ' || c == ':' || c == '-' || hex_part(c);
}

void run_hex_around(struct runs *runs, struct text *text, const struct hit *hit)
{
	if (text->base + hit->at < runs->hex_done || is_decoded(runs, text->base + hit->at) || deep(text))
		return;
	bool spaced = hit->len > 2 && !hex_part(text->data[hit->at + 2]);
	size_t from = run_begin(text, hit->at, spaced ? hex_or_separator : hex_part),
	       to = run_end(text, hit->at, spaced ? hex_or_separator : hex_part);
	if (!spaced) {
		struct folded folded;
		unfold(text, (struct span){from, to}, &hex_code, &folded);
		runs->hex_done = text->base + read_folded(text, &hex_code, &folded, (folded.before + hit->at - from) % 2);
		return;
	}
	from += (hit->at - from) % 3;
	struct span told = {from, to};
	struct scan_bounds bounds = narrow_to_window(text, &told);
	runs->hex_done = text->base + told.to;
	struct intake *intake = intake_open(text->scan, text->member, VIEW_HEX, text->depth + 1, NULL);
	for (uint8_t byte; from + 2 <= to; from += 3) {
		size_t len;
		if (sodium_hex2bin(&byte, 1, text->data + from, 2, NULL, &len, NULL) != 0 || len != 1)
			break;
		intake_mark(intake, text_raw_offset(text, from));
		intake_push(intake, &byte, 1);
	}
	intake_close(intake);
	scan_bounds_set(text->scan, bounds);
}

/* A character of a text in two bytes: none of the control or private characters, and not two of 8-bit text side by side. */
static bool wide_character(const char *data, bool big)
{
	uint8_t low = (uint8_t)data[big ? 1 : 0], high = (uint8_t)data[big ? 0 : 1];
	if (high == 0)
		return low >= 0x20 || low == '\t' || low == '\r' || low == '\n';
	return !((high >= 0x20 && high < 0x7f && low >= 0x20 && low < 0x7f) || high >= 0xe0 || high == '\n' || low == '\n');
}

static bool is_wide_ascii(const struct text *text, size_t at)
{
	uint8_t c = (uint8_t)text->data[at];
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Which byte of each character of a name's stands first. Between letters both orders read alike: the ends of the run tell, and in the
 * midst of other wide text, where it stands does.
 */
static bool is_big(const struct text *text, const struct hit *hit)
{
	size_t from = hit->at, to = hit->at + hit->len - 1; /* a letter each */
	while (from >= 2 && text->data[from - 1] == '\0' && is_wide_ascii(text, from - 2))
		from -= 2;
	while (to + 2 < text->len && text->data[to + 1] == '\0' && is_wide_ascii(text, to + 2))
		to += 2;
	if (from == 0 || text->data[from - 1] != '\0')
		return false;
	if (to + 1 >= text->len || text->data[to + 1] != '\0')
		return true;
	return hit->encoding == ENCODING_UTF16BE;
}

void run_wide_around(struct runs *runs, struct text *text, const struct hit *hit)
{
	if (text->base + hit->at < runs->wide_done || deep(text))
		return;
	bool big = is_big(text, hit);
	size_t from = big ? hit->at - 1 : hit->at, to = from;
	while (from >= 2 && wide_character(text->data + from - 2, big))
		from -= 2;
	while (to + 2 <= text->len && wide_character(text->data + to, big))
		to += 2;
	struct span told = {from, to};
	struct scan_bounds bounds = narrow_to_window(text, &told);
	runs->wide_done = text->base + told.to;
	struct stage *stage = stage_charset(charset_of_content(big ? CONTENT_UTF16BE : CONTENT_UTF16LE),
		stage_lane(lane_open(text->scan, text->member, VIEW_CHARSET, text->depth + 1)));
	stage->mark(stage, text_raw_offset(text, from));
	stage->push(stage, text->data + from, to - from);
	stage->close(stage);
	scan_bounds_set(text->scan, bounds);
}

void runs_free(struct runs *runs)
{
	free(runs->decoded);
	if (runs->open == NULL)
		return;
	if (runs->open->intake != NULL)
		intake_close(runs->open->intake);
	buf_free(&runs->open->container);
	mem_wipe(runs->open->quartets, sizeof runs->open->quartets);
	free(runs->open);
}
