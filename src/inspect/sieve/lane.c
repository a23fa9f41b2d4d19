#include "inspect/sieve/lane.h"
#include "inspect/records/line_memo.h"
#include "inspect/records/readers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/mention.h"
#include "inspect/job.h"
#include "inspect/records/ldif.h"
#include "inspect/records/section.h"
#include "inspect/records/shape.h"
#include "inspect/rules/rules.h"
#include "inspect/sieve/count.h"
#include "inspect/sieve/ends.h"
#include "inspect/sieve/names.h"
#include "inspect/sieve/sieve.h"
#include "inspect/views/views.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	AROUND = LIMIT_RECORD_BYTES, /* lookback and lookahead */
	WINDOW_BYTES = LIMIT_SIEVE_CORE_BYTES + 2 * AROUND,
	SMALL_BYTES = 4096,
	SPARES = 4,
	STRING_REACH = 256,  /* between a name and the escaped quotes around it */
	PERCENT_REACH = 256, /* between a name and the next escape of what is encoded as a whole */
	MARKS_MAX = WINDOW_BYTES / 16,
};

/* A literal found, waiting until enough text stands behind it. */
struct event {
	uint32_t at; /* in the window */
	const struct literal *literal;
};

/* What another lane reads. */
struct elsewhere {
	uint64_t from, to;
};

struct lane {
	struct scan *scan;
	const struct sieve *sieves[2]; /* our names; in a bundle job the services too, else NULL */
	const struct member *member;
	enum view view;
	unsigned depth;

	char *window;
	size_t cap, len, high; /* high: most bytes ever held, for the wipe */
	uint64_t base;         /* of window[0] */
	size_t sieved;         /* bytes of the window the sieve has seen */
	size_t done;           /* ... whose hits were handed out */
	uint64_t range_from, range_to;
	uint64_t claimed; /* hits before this offset stand in a record that was read ... */
	bool claim_told;  /* ... and gave a finding */
	uint64_t lines;   /* line feeds before window[counted] */
	size_t counted;

	struct event *events;
	size_t event_count, event_cap;
	struct offset_entry *marks;
	size_t mark_count, mark_cap;
	struct elsewhere *elsewhere;
	size_t elsewhere_count, elsewhere_cap;
	enum encoding wide;
	bool for_tokens;
	struct span line; /* of the window: the one last looked at */
	bool mark_due;    /* lane_mark was called and no byte came since */

	struct sections *sections; /* machines within this text; made at the first word of one */
	bool passing;              /* one of them that is ours is looked through */
	struct shape *shape;
	struct views *views;
	struct rules_cursor *rules; /* made at the first name */
	bool begun;
	bool from_begin; /* of the member: lines can be numbered */
};

/* ---- window memory ---------------------------------------------------------------------------- */

/* Full-size windows are kept for the next lane: archives have many small members. */
static char *spares[SPARES];

static char *window_take(size_t cap)
{
	if (cap < WINDOW_BYTES)
		return xmalloc(cap);
	for (size_t i = 0; i < SPARES; i++) {
		char *window = spares[i];

		spares[i] = NULL;
		if (window != NULL)
			return window;
	}
	return xmalloc(WINDOW_BYTES);
}

static void window_give(char *window, size_t cap)
{
	for (size_t i = 0; cap == WINDOW_BYTES && i < SPARES; i++) {
		if (spares[i] == NULL) {
			spares[i] = window;
			return;
		}
	}
	free(window);
}

static void window_grow(struct lane *lane, size_t want)
{
	size_t cap = lane->cap > 0 ? lane->cap : SMALL_BYTES;

	while (cap < want)
		cap *= 2;
	if (cap > WINDOW_BYTES)
		cap = WINDOW_BYTES;
	if (cap <= lane->cap)
		return;
	char *window = window_take(cap);

	if (lane->window != NULL) {
		memcpy(window, lane->window, lane->len);
		mem_wipe(lane->window, lane->len);
		window_give(lane->window, lane->cap);
	}
	lane->window = window;
	lane->cap = cap;
}

/* ---- life ------------------------------------------------------------------------------------- */

struct lane *lane_open(struct scan *scan, const struct member *member, enum view view, unsigned depth)
{
	struct lane *lane = xcalloc(1, sizeof *lane);

	lane->scan = scan;
	scan_sieves(scan, lane->sieves);
	lane->member = member;
	lane->view = view;
	lane->depth = depth;
	lane->range_to = UINT64_MAX;
	lane->from_begin = true;
	lane->shape = shape_new(scan, member, view);
	return lane;
}

void lane_range(struct lane *lane, uint64_t first_offset, uint64_t from, uint64_t to)
{
	lane->base = first_offset;
	lane->from_begin = from == 0;
	lane->range_from = from;
	lane->range_to = to;
}

uint64_t lane_bytes(const struct lane *lane)
{
	return lane->base + lane->len;
}

uint64_t lane_done(const struct lane *lane)
{
	return lane->base + lane->done;
}

/* ---- the sieve -------------------------------------------------------------------------------- */

struct sieving {
	struct lane *lane;
	size_t from; /* of the piece in the window */
};

static void on_literal(void *context, const struct literal *literal, size_t at)
{
	struct sieving *sieving = context;
	struct lane *lane = sieving->lane;
	size_t where = sieving->from + at;

	if (where + literal->len <= lane->sieved)
		return; /* seen when the bytes before were sieved */
	if (lane->event_count == lane->event_cap) {
		lane->event_cap = lane->event_cap == 0 ? 16 : lane->event_cap * 2;
		lane->events = xreallocarray(lane->events, lane->event_cap, sizeof *lane->events);
	}
	lane->events[lane->event_count++] = (struct event){(uint32_t)where, literal};
}

/* By place, and always in the same order at one place: triggers, then the longer name. */
static int by_place(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	const struct literal *m = x->literal, *n = y->literal;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (m->is_trigger != n->is_trigger)
		return m->is_trigger ? -1 : 1;
	if (m->len != n->len)
		return m->len > n->len ? -1 : 1;
	if (m->kind != n->kind)
		return m->kind < n->kind ? -1 : 1;
	return (m->name > n->name) - (m->name < n->name);
}

/* They come in the order of their ends, which nearly always is the same. */
static void sort_events(struct lane *lane, size_t sorted)
{
	size_t i = sorted > 0 ? sorted : 1;

	while (i < lane->event_count && by_place(&lane->events[i - 1], &lane->events[i]) <= 0)
		i++;
	if (i < lane->event_count)
		qsort(lane->events, lane->event_count, sizeof *lane->events, by_place);
}

static void sieve_new_bytes(struct lane *lane)
{
	size_t before = lane->event_count;

	for (size_t i = 0; i < 2 && lane->sieves[i] != NULL; i++) {
		size_t overlap = sieve_overlap(lane->sieves[i]);
		struct sieving sieving = {lane, lane->sieved > overlap ? lane->sieved - overlap : 0};

		sieve_scan(lane->sieves[i], lane->window + sieving.from, lane->len - sieving.from, on_literal, &sieving);
	}
	lane->sieved = lane->len;
	if (!lane->for_tokens)
		scan_count_hits(lane->scan, lane->event_count - before);
	sort_events(lane, before);
}

/* ---- hits ------------------------------------------------------------------------------------- */

/* Moves the line counter to at; only the range's own lines count. */
static void count_lines(struct lane *lane, size_t at)
{
	uint64_t from = lane->base + lane->counted, to = lane->base + at;

	if (at <= lane->counted)
		return;
	lane->counted = at;
	if (from < lane->range_from)
		from = lane->range_from;
	if (to > lane->range_to)
		to = lane->range_to;
	if (from < to)
		lane->lines += count_byte(lane->window + (from - lane->base), to - from, '\n');
}

uint64_t text_line_number(const struct text *text, size_t at)
{
	struct lane *lane = text->lane;

	if (lane == NULL || !lane->from_begin || (lane->view != VIEW_RAW && lane->view != VIEW_CHARSET))
		return 0;
	size_t place = (size_t)(text->base + at - lane->base); /* the text may be a part of the window */
	count_lines(lane, place);
	return 1 + lane->lines - count_byte(lane->window + place, lane->counted - place, '\n');
}

static bool in_range(const struct lane *lane, size_t at)
{
	return lane->base + at >= lane->range_from && lane->base + at < lane->range_to;
}

/* What looking at a name costs at worst: the length of its line, where that is long. */
static size_t cost_of(struct lane *lane, const struct text *text, size_t at)
{
	if (lane->line.to <= at || lane->line.from > at)
		text_line(text, at, &lane->line.from, &lane->line.to);
	size_t length = lane->line.to - lane->line.from;

	return length > LIMIT_READER_LINE_BYTES ? length : 0;
}

static bool parts_records(char c)
{
	return one_of(c, " \t,|;<>\r\n");
}

/* What is near a hit, from one separator to another. */
static void narrow(struct text *text, struct hit *hit)
{
	size_t from = hit->at > LIMIT_READER_NEAR_BYTES ? hit->at - LIMIT_READER_NEAR_BYTES : 0, behind = hit->at + hit->len;
	size_t to = text->len - behind > LIMIT_READER_NEAR_BYTES ? behind + LIMIT_READER_NEAR_BYTES : text->len;

	while (from > 0 && from < hit->at && !parts_records(text->data[from - 1]))
		from++;
	while (to < text->len && to > behind && !parts_records(text->data[to]))
		to--;
	text->begins = text->begins && from == 0;
	text->ends = text->ends && to == text->len;
	text->data += from;
	text->base += from;
	text->len = to - from;
	hit->at -= from;
}

/* The first reader that claims the hit, or the end of the list; claimed as offsets in the lane. */
static const struct reader *find_reader(
	struct text *whole, const struct hit *hit, struct text *near, const struct hit *near_hit, uint64_t *claimed)
{
	const struct reader *reader = readers;

	for (; reader->name != NULL; reader++) {
		struct text *text = reader->whole ? whole : near;
		const struct hit *here = reader->whole ? hit : near_hit;
		struct span span = {here->at, here->at + here->len};

		if (reader->read(text, here, &span)) {
			*claimed = text->base + span.to;
			break;
		}
	}
	return reader;
}

/* On endless lines every reader would go over all of it for each name: past what that may cost they see what is near. */
static void read_hit(struct lane *lane, struct text *text, struct hit *hit)
{
	struct text near = *text;
	struct hit near_hit = *hit;
	uint64_t claimed = 0, emitted = scan_emitted(lane->scan);

	if (text->base + hit->at < lane->claimed) {
		hit->told = lane->claim_told;
		return;
	}
	size_t cost = cost_of(lane, text, hit->at);

	if (!scan_afford(lane->scan, cost)) {
		scan_not_inspected(lane->scan, lane->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
			"many names on an endless line: each was read with 512 bytes around it", text_raw_offset(text, hit->at));
		narrow(&near, &near_hit);
	}
	scan_mute(lane->scan, !in_range(lane, hit->at));
	size_t arena = scan_arena_mark(lane->scan);
	const struct reader *reader = find_reader(text, hit, &near, &near_hit, &claimed);

	if (!reader->whole)
		scan_spend(lane->scan, cost);
	if (reader->name == NULL) {
		scan_explain(text, "readers", hit->at, "a name of ours that stands in no record");
		mention_consider(&near, &near_hit);
	} else {
		scan_explain(text, reader->name, hit->at, "read by this reader");
		hit->told = scan_emitted(lane->scan) > emitted;
		if (claimed > lane->claimed) {
			lane->claimed = claimed;
			lane->claim_told = hit->told;
		}
	}
	scan_arena_release(lane->scan, arena);
	scan_mute(lane->scan, false);
}

static void look_for_rules(struct lane *lane, struct text *text, const struct hit *hit)
{
	if (!in_range(lane, hit->at))
		return;
	if (lane->rules == NULL)
		lane->rules = xcalloc(1, sizeof *lane->rules);
	rules_near(lane->rules, text, hit);
}

/* What views are to decode, gathered over one window. */
struct for_views {
	struct hit *encoded;
	size_t encoded_count;
	struct trigger_hit *triggers;
	size_t trigger_count;
};

void lane_elsewhere(struct lane *lane, uint64_t from, uint64_t to)
{
	if (lane->elsewhere_count > 0 && lane->elsewhere[lane->elsewhere_count - 1].from == from) {
		lane->elsewhere[lane->elsewhere_count - 1].to = to;
		return;
	}
	if (lane->elsewhere_count == lane->elsewhere_cap) {
		lane->elsewhere_cap = lane->elsewhere_cap == 0 ? 16 : lane->elsewhere_cap * 2;
		lane->elsewhere = xreallocarray(lane->elsewhere, lane->elsewhere_cap, sizeof *lane->elsewhere);
	}
	lane->elsewhere[lane->elsewhere_count++] = (struct elsewhere){from, to};
}

void lane_for_tokens(struct lane *lane)
{
	lane->for_tokens = true;
}

bool lane_is_for_tokens(const struct text *text)
{
	return text->lane != NULL && text->lane->for_tokens;
}

void lane_wide(struct lane *lane, enum encoding encoding)
{
	lane->wide = encoding;
}

bool lane_is_elsewhere(const struct lane *lane, uint64_t place)
{
	size_t low = 0, high = lane->elsewhere_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lane->elsewhere[middle].to <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lane->elsewhere_count && lane->elsewhere[low].from <= place;
}

/* Drops spans that were handed out; the last stays, its end may yet be told. */
static void elsewhere_drop(struct lane *lane)
{
	size_t gone = 0;

	while (gone + 1 < lane->elsewhere_count && lane->elsewhere[gone].to <= lane->base + lane->done)
		gone++;
	if (gone == 0)
		return;
	memmove(lane->elsewhere, lane->elsewhere + gone, (lane->elsewhere_count - gone) * sizeof *lane->elsewhere);
	lane->elsewhere_count -= gone;
}

static bool component_byte(char c)
{
	return isalnum((unsigned char)c) || one_of(c, "-._~+*!'()");
}

/* A plain name in what may be percent-encoded all around: https%3A%2F%2Faccess.royal-post.example%2F. */
static bool is_amid_escapes(const struct text *text, const struct hit *hit)
{
	size_t to = hit->at + hit->len, from = hit->at;
	size_t least = from > PERCENT_REACH ? from - PERCENT_REACH : 0,
	       most = text->len - to > PERCENT_REACH ? to + PERCENT_REACH : text->len;

	while (to < most && component_byte(text->data[to]))
		to++;
	while (from > least && component_byte(text->data[from - 1]))
		from--;
	return (to < text->len && text->data[to] == '%') || (from > 0 && text->data[from - 1] == '%');
}

static const char *const escaped_quotes[] = {"\\\"", "\\u0022", "\\x22"};

/* The length of a quote that is escaped, and ends before `at`; 0 where none is. */
static size_t escaped_quote_before(const struct text *text, size_t at)
{
	for (size_t i = 0; i < sizeof escaped_quotes / sizeof escaped_quotes[0]; i++) {
		size_t len = strlen(escaped_quotes[i]);

		if (at >= len && memcmp(text->data + at - len, escaped_quotes[i], len) == 0)
			return len;
	}
	return 0;
}

/* Whether one begins at `at`. */
static bool is_escaped_quote(const struct text *text, size_t at, size_t most)
{
	for (size_t i = 0; i < sizeof escaped_quotes / sizeof escaped_quotes[0]; i++)
		if (slice_starts_nocase(text_slice(text, at, most), escaped_quotes[i]))
			return true;
	return false;
}

/* "{\"user\":\"jdoe@...\"}": a string of a program or a log that no reader of JSON has unescaped. */
static bool is_in_string(const struct text *text, const struct hit *hit)
{
	size_t to = hit->at + hit->len, from = hit->at;
	size_t least = from > STRING_REACH ? from - STRING_REACH : 0, most = text->len - to > STRING_REACH ? to + STRING_REACH : text->len;

	while (to < most && !one_of(text->data[to], "\"\\\n"))
		to++;
	if (to == most || text->data[to] != '\\')
		return false;
	while (to + 1 < most && text->data[to + 1] == '\\') /* the last of them is the quote's */
		to++;
	if (!is_escaped_quote(text, to, most))
		return false;
	while (from > least && text->data[from - 1] != '\n' && escaped_quote_before(text, from) == 0)
		from--;
	return from > least && text->data[from - 1] != '\n' && memchr(text->data + from, '"', hit->at - from) == NULL;
}

static void look_for_machine(struct lane *lane, struct text *text, size_t at)
{
	if (lane->member->class == MEMBER_SYSTEM)
		return;
	if (lane->sections == NULL)
		lane->sections = sections_new();
	sections_look(lane->sections, text, at);
}

/* The machines in sight, ahead of what is handed out: they may stand below their log-ins. */
static void look_for_machines(struct lane *lane, struct text *text)
{
	for (size_t i = 0; i < lane->event_count; i++) {
		const struct event *event = &lane->events[i];

		if (!text->ends && lane->len - event->at < AROUND / 2) /* may go on behind the window */
			break;
		if (event->literal->is_trigger && event->literal->trigger == TRIGGER_SYSTEM &&
			!lane_is_elsewhere(lane, lane->base + event->at))
			look_for_machine(lane, text, event->at);
	}
	sections_settle(lane->sections, text);
}

struct section *lane_section(const struct text *text, size_t at)
{
	return text->lane != NULL ? sections_at(text->lane->sections, text->base + at) : NULL;
}

bool lane_passing(const struct text *text)
{
	return text->lane != NULL && text->lane->passing;
}

static void look_for_entry(struct lane *lane, struct text *text, size_t at)
{
	if (!in_range(lane, at))
		return;
	size_t arena = scan_arena_mark(lane->scan);

	ldif_entry(text, at);
	scan_arena_release(lane->scan, arena);
}

static void hand_out(struct lane *lane, struct text *text, const struct event *event, struct for_views *views)
{
	const struct literal *literal = event->literal;

	if (lane_is_elsewhere(lane, lane->base + event->at) || (lane->for_tokens && literal->is_trigger))
		return;
	if (literal->is_trigger) {
		if (literal->trigger == TRIGGER_SYSTEM)
			look_for_machine(lane, text, event->at);
		else if (literal->trigger == TRIGGER_STATEMENT)
			shape_statement(lane->shape, text, event->at);
		else if (literal->trigger == TRIGGER_ENTRY)
			look_for_entry(lane, text, event->at);
		else if (in_range(lane, event->at))
			views->triggers[views->trigger_count++] = (struct trigger_hit){event->at, literal->len, literal->trigger};
		return;
	}
	struct hit hit = {
		event->at, literal->len, literal->kind, literal->name, literal->encoding != ENCODING_NONE, literal->encoding, false};

	if (hit.encoding == ENCODING_UTF16LE && (lane->base + hit.at) % 2 == 1)
		hit.encoding = ENCODING_UTF16BE;
	if (hit.encoding != ENCODING_NONE && hit.encoding == lane->wide)
		return;
	if (hit.encoding == ENCODING_NONE) {
		switch (name_bounds(hit.kind, text->data, text->len, hit.at, hit.len)) {
		case BOUNDS_PART:
			scan_explain(text, "names", hit.at, "a name of ours, but as a part of another one");
			return;
		case BOUNDS_ESCAPED:
			hit.encoded = true;
			hit.encoding = ENCODING_ESCAPED;
			break;
		case BOUNDS_WHOLE:
			if (!lane->for_tokens)
				read_hit(lane, text, &hit);
			look_for_rules(lane, text, &hit);
			if (is_in_string(text, &hit))
				hit.encoding = ENCODING_STRING;
			else if (hit.at >= 3 && memcmp(text->data + hit.at - 3, " @ ", 3) == 0) /* jdoe @ royal-post.example */
				hit.encoding = ENCODING_ESCAPED;
			else if (!is_amid_escapes(text, &hit))
				return;
			break;
		}
	}
	if (lane->for_tokens)
		return;
	if ((hit.encoding == ENCODING_BASE64 || hit.encoding == ENCODING_HEX) && reads_encoded(text, &hit))
		read_hit(lane, text, &hit);
	if (hit.encoding == ENCODING_BASE64) /* what stands around it may be no base64; in a key, its comment is */
		look_for_rules(lane, text, &hit);
	if (in_range(lane, event->at))
		views->encoded[views->encoded_count++] = hit;
}

static struct text window_text(struct lane *lane, const struct offset_map *map, bool ending)
{
	return (struct text){.scan = lane->scan,
		.lane = lane,
		.member = lane->member,
		.shape = lane->shape,
		.view = lane->view,
		.data = lane->window,
		.len = lane->len,
		.base = lane->base,
		.begins = lane->base == 0,
		.ends = ending,
		.map = map->count > 0 ? map : NULL,
		.depth = lane->depth};
}

static bool names_due(const struct lane *lane, size_t due)
{
	for (size_t i = 0; i < due; i++)
		if (!lane->events[i].literal->is_trigger)
			return true;
	return false;
}

/* ---- machines of ours within a text ------------------------------------------------------------- */

struct services_found {
	struct event *list;
	size_t count, cap;
};

static void on_service(void *context, const struct literal *literal, size_t at)
{
	struct services_found *found = context;

	if (literal->is_trigger || literal->encoding != ENCODING_NONE)
		return;
	if (found->count == found->cap) {
		found->cap = found->cap == 0 ? 16 : found->cap * 2;
		found->list = xreallocarray(found->list, found->cap, sizeof *found->list);
	}
	found->list[found->count++] = (struct event){(uint32_t)at, literal};
}

/* Services and tokens in a span of the window, as the second pass over a machine's folder looks for them. */
static void pass_services(struct lane *lane, struct text *text, struct span span)
{
	struct sieve *sieve = scan_engine(lane->scan)->service_sieve;
	struct services_found found = {.count = 0};
	uint64_t claimed = lane->claimed;

	sieve_ready(sieve);
	sieve_scan(sieve, lane->window + span.from, span.to - span.from, on_service, &found);
	if (found.count > 0)
		qsort(found.list, found.count, sizeof *found.list, by_place);
	lane->claimed = 0;
	lane->passing = true;
	for (size_t i = 0; i < found.count; i++) {
		const struct literal *literal = found.list[i].literal;
		struct hit hit = {span.from + found.list[i].at, literal->len, literal->kind, literal->name, false, ENCODING_NONE, false};

		if (name_bounds(hit.kind, text->data, text->len, hit.at, hit.len) == BOUNDS_WHOLE)
			read_hit(lane, text, &hit);
	}
	rules_everywhere(text, span);
	lane->passing = false;
	lane->claimed = claimed;
	free(found.list);
}

static void pass_machines(struct lane *lane, struct text *text, size_t limit)
{
	struct section *section;
	uint64_t begin, end, to = lane->base + limit;

	for (size_t i = 0; (section = sections_each(lane->sections, i, &begin, &end)) != NULL; i++) {
		uint64_t from = section->passed > begin ? section->passed : begin, until = end < to ? end : to;

		if (!section->ours || until <= from)
			continue;
		if (from < lane->base) {
			if (section->passed < lane->base)
				scan_not_inspected(lane->scan, lane->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
					"the beginning of a machine's part of a text was out of reach when it proved to be ours", from);
			from = lane->base;
		}
		section->passed = until;
		if (from < until)
			pass_services(lane, text, (struct span){(size_t)(from - lane->base), (size_t)(until - lane->base)});
	}
	sections_drop(lane->sections, lane->base);
}

/* Behind the names of a window: what stands on machines of ours, in masked names and in other dress. */
static void look_further(struct lane *lane, struct text *text, size_t limit, const struct for_views *views)
{
	struct span fresh = {lane->done, limit};

	pass_machines(lane, text, limit);
	if (scan_is_bundle(lane->scan))
		rules_everywhere(text, fresh);
	mention_masked(text, fresh);
	views_on_window(text, &lane->views, fresh, views->encoded, views->encoded_count, views->triggers, views->trigger_count);
}

/* Hands out what has enough text behind it, in order. */
static void work(struct lane *lane, bool ending)
{
	sieve_new_bytes(lane);
	size_t limit = ending ? lane->len : (lane->len > AROUND ? lane->len - AROUND : 0);

	if (limit <= lane->done && !(ending && !lane->begun))
		return;
	struct offset_map map = {lane->marks, lane->mark_count};
	struct text text = window_text(lane, &map, ending);
	size_t due = 0;

	while (due < lane->event_count && lane->events[due].at < limit)
		due++;
	line_memo_forget(scan_line_memo(lane->scan));
	if (names_due(lane, due)) /* for readers alone: windows without our names stay as they are */
		line_ends_unify(lane->window, lane->len, ending);
	struct for_views views = {.encoded = xcalloc(due, sizeof(struct hit)), .triggers = xcalloc(due, sizeof(struct trigger_hit))};
	size_t arena = scan_arena_mark(lane->scan);

	if (!lane->begun)
		shape_begin(lane->shape, &text);
	lane->begun = true;
	if (names_due(lane, due))
		look_for_machines(lane, &text);
	for (size_t i = 0; i < due; i++)
		hand_out(lane, &text, &lane->events[i], &views);
	if (lane->rules != NULL)
		rules_flush(lane->rules, &text);
	if (!lane->for_tokens)
		look_further(lane, &text, limit, &views);
	scan_arena_release(lane->scan, arena);
	free(views.encoded);
	free(views.triggers);
	count_lines(lane, limit);
	if (due > 0)
		memmove(lane->events, lane->events + due, (lane->event_count - due) * sizeof *lane->events);
	lane->event_count -= due;
	lane->done = limit;
	elsewhere_drop(lane);
}

/* ---- moving on -------------------------------------------------------------------------------- */

/* Drops marks that lie before the window, save the one its first byte counts from. */
static void marks_drop(struct lane *lane)
{
	size_t keep = 0;

	while (keep + 1 < lane->mark_count && lane->marks[keep + 1].view <= lane->base)
		keep++;
	if (keep == 0)
		return;
	memmove(lane->marks, lane->marks + keep, (lane->mark_count - keep) * sizeof *lane->marks);
	lane->mark_count -= keep;
}

static void slide(struct lane *lane)
{
	size_t drop = lane->done > AROUND ? lane->done - AROUND : 0;

	if (drop == 0)
		return;
	memmove(lane->window, lane->window + drop, lane->len - drop);
	lane->base += drop;
	lane->len -= drop;
	lane->done -= drop;
	lane->sieved -= drop;
	lane->counted -= drop;
	for (size_t i = 0; i < lane->event_count; i++)
		lane->events[i].at -= (uint32_t)drop;
	lane->line = (struct span){0, 0};
	marks_drop(lane);
}

char *lane_reserve(struct lane *lane, size_t *room)
{
	window_grow(lane, WINDOW_BYTES);
	*room = lane->cap - lane->len;
	return lane->window + lane->len;
}

void lane_commit(struct lane *lane, size_t len)
{
	lane->len += len;
	if (lane->len > lane->high)
		lane->high = lane->len;
	lane->mark_due = lane->mark_due && len == 0;
	scan_earn(lane->scan, len);
	if (lane->len < WINDOW_BYTES)
		return;
	work(lane, false);
	slide(lane);
}

void lane_push(struct lane *lane, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		size_t piece = len < WINDOW_BYTES - lane->len ? len : WINDOW_BYTES - lane->len;

		window_grow(lane, lane->len + piece);
		memcpy(lane->window + lane->len, at, piece);
		lane_commit(lane, piece);
		at += piece;
		len -= piece;
	}
}

/* Every other mark goes when there are too many: between two of them offsets are off by less than their distance. */
static void marks_thin(struct lane *lane)
{
	size_t kept = 0;

	for (size_t i = 0; i < lane->mark_count; i += 2)
		lane->marks[kept++] = lane->marks[i];
	lane->mark_count = kept;
}

void lane_mark(struct lane *lane, uint64_t raw)
{
	uint64_t view = lane_bytes(lane);

	if (lane->mark_due) {
		lane->marks[lane->mark_count - 1].raw = raw;
		return;
	}
	if (lane->mark_count > 0) {
		const struct offset_entry *last = &lane->marks[lane->mark_count - 1];

		if (last->raw + (view - last->view) == raw)
			return;
	}
	if (lane->mark_count >= MARKS_MAX)
		marks_thin(lane);
	if (lane->mark_count == lane->mark_cap) {
		lane->mark_cap = lane->mark_cap == 0 ? 16 : lane->mark_cap * 2;
		lane->marks = xreallocarray(lane->marks, lane->mark_cap, sizeof *lane->marks);
	}
	lane->marks[lane->mark_count++] = (struct offset_entry){view, raw};
	lane->mark_due = true;
}

void lane_close(struct lane *lane)
{
	if (lane == NULL)
		return;
	work(lane, true);
	if (lane->depth == 0)
		scan_count_lines(lane->scan, lane->lines);
	if (lane->window != NULL) {
		mem_wipe(lane->window, lane->high);
		window_give(lane->window, lane->cap);
	}
	sections_free(lane->sections);
	shape_free(lane->shape);
	views_free(lane->views);
	free(lane->rules);
	free(lane->events);
	free(lane->marks);
	free(lane->elsewhere);
	free(lane);
}
