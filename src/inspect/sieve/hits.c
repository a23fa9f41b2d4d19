/* What the sieve found in a lane's window, and who reads it. */
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/mention.h"
#include "inspect/job.h"
#include "inspect/records/ldif.h"
#include "inspect/records/readers.h"
#include "inspect/sieve/escaped.h"
#include "inspect/sieve/lane_private.h"
#include "inspect/sieve/names.h"
#include "shared/mem.h"

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
int event_by_place(const void *a, const void *b)
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

	while (i < lane->event_count && event_by_place(&lane->events[i - 1], &lane->events[i]) <= 0)
		i++;
	if (i < lane->event_count)
		qsort(lane->events, lane->event_count, sizeof *lane->events, event_by_place);
}

void lane_sieve(struct lane *lane)
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

/* ---- readers ---------------------------------------------------------------------------------- */

bool lane_has(const struct lane *lane, size_t at)
{
	const struct scan_bounds *told = &lane->told;

	if (lane->base + at < lane->range_from || lane->base + at >= lane->range_to)
		return false;
	if (lane->depth == 0 || lane->mark_count == 0 || (told->from == 0 && told->to == UINT64_MAX && !told->of_range))
		return true;
	struct offset_map map = {lane->marks, lane->mark_count};
	struct text text = {.base = lane->base, .map = &map};
	uint64_t raw = text_raw_offset(&text, at);

	return raw >= told->from && raw < told->to && !(told->of_range && raw >= scan_cut(lane->scan));
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
void lane_read_hit(struct lane *lane, struct text *text, struct hit *hit)
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
	bool muted = scan_muted(lane->scan);

	scan_mute(lane->scan, muted || !lane_has(lane, hit->at));
	size_t arena = scan_arena_mark(lane->scan);
	struct scan_bounds bounds = scan_bounds_set(lane->scan, scan_unbounded); /* what a reader decodes belongs to its record */
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
	scan_bounds_set(lane->scan, bounds);
	scan_arena_release(lane->scan, arena);
	scan_mute(lane->scan, muted);
}

static void look_for_rules(struct lane *lane, struct text *text, const struct hit *hit)
{
	if (!lane_has(lane, hit->at))
		return;
	if (lane->rules == NULL)
		lane->rules = xcalloc(1, sizeof *lane->rules);
	rules_near(lane->rules, text, hit);
}

static void look_for_entry(struct lane *lane, struct text *text, size_t at)
{
	if (!lane_has(lane, at))
		return;
	size_t arena = scan_arena_mark(lane->scan);
	struct scan_bounds bounds = scan_bounds_set(lane->scan, scan_unbounded);

	ldif_entry(text, at);
	scan_bounds_set(lane->scan, bounds);
	scan_arena_release(lane->scan, arena);
}

/* What stands around a name as written is escaped: whether a view is to look at it, and by hit->encoding as what, if that shows. */
static bool is_dressed(const struct text *text, struct hit *hit)
{
	if (is_in_string(text, hit))
		hit->encoding = ENCODING_STRING;
	else if (hit->at >= 3 && memcmp(text->data + hit->at - 3, " @ ", 3) == 0) /* jdoe @ royal-post.example */
		hit->encoding = ENCODING_ESCAPED;
	else
		return is_amid_escapes(text, hit);
	return true;
}

/* A name written as it is, read where it is due. True where a view is to look at it (too). */
static bool look_at_plain(struct lane *lane, struct text *text, struct hit *hit, bool due)
{
	switch (name_bounds(hit->kind, text->data, text->len, hit->at, hit->len)) {
	case BOUNDS_PART:
		if (due)
			scan_explain(text, "names", hit->at, "a name of ours, but as a part of another one");
		return false;
	case BOUNDS_ESCAPED:
		hit->encoded = true;
		hit->encoding = ENCODING_ESCAPED;
		return true;
	case BOUNDS_WHOLE:
		break;
	}
	if (due && !lane->for_tokens)
		lane_read_hit(lane, text, hit);
	if (due)
		look_for_rules(lane, text, hit);
	return is_dressed(text, hit);
}

static void hand_out_name(struct lane *lane, struct text *text, const struct event *event, bool due, struct for_views *views)
{
	const struct literal *literal = event->literal;
	struct hit hit = {
		event->at, literal->len, literal->kind, literal->name, literal->encoding != ENCODING_NONE, literal->encoding, false};

	if (hit.encoding == ENCODING_UTF16LE && (lane->base + hit.at) % 2 == 1)
		hit.encoding = ENCODING_UTF16BE;
	if (hit.encoding != ENCODING_NONE && hit.encoding == lane->wide)
		return;
	if ((hit.encoding == ENCODING_NONE && !look_at_plain(lane, text, &hit, due)) || lane->for_tokens)
		return;
	if (due && (hit.encoding == ENCODING_BASE64 || hit.encoding == ENCODING_HEX) && reads_encoded(text, &hit))
		lane_read_hit(lane, text, &hit);
	if (due && hit.encoding == ENCODING_BASE64) /* what stands around it may be no base64; in a key, its comment is */
		look_for_rules(lane, text, &hit);
	views->encoded[views->encoded_count++] = hit;
}

static void hand_out_trigger(struct lane *lane, struct text *text, const struct event *event, bool due, struct for_views *views)
{
	const struct literal *literal = event->literal;

	if (lane->for_tokens)
		return;
	if (literal->trigger > TRIGGER_SYSTEM)
		views->triggers[views->trigger_count++] = (struct trigger_hit){event->at, literal->len, literal->trigger};
	else if (due && literal->trigger == TRIGGER_SYSTEM)
		lane_look_for_machine(lane, text, event->at);
	else if (due && literal->trigger == TRIGGER_STATEMENT)
		shape_statement(lane->shape, text, event->at);
	else if (due && literal->trigger == TRIGGER_ENTRY)
		look_for_entry(lane, text, event->at);
}

void lane_hand_out(struct lane *lane, struct text *text, const struct event *event, bool due, struct for_views *views)
{
	if (lane_is_elsewhere(lane, lane->base + event->at))
		return;
	if (event->literal->is_trigger)
		hand_out_trigger(lane, text, event, due, views);
	else
		hand_out_name(lane, text, event, due, views);
}
