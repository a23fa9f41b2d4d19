#include "inspect/sieve/lane.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/mention.h"
#include "inspect/job.h"
#include "inspect/records/line_memo.h"
#include "inspect/sieve/count.h"
#include "inspect/sieve/ends.h"
#include "inspect/sieve/lane_private.h"
#include "shared/mem.h"

enum {
	SMALL_BYTES = 4096,
	SPARES = 4,
	AHEAD = 16 * 1024, /* of what is due views are told of names and triggers: lines are decoded with those behind them */
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
	lane->told = scan_bounds(scan);
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
	scan_bounds_set(lane->scan, (struct scan_bounds){from > SCAN_SLACK ? from - SCAN_SLACK : 0, UINT64_MAX, true});
}

uint64_t lane_range_end(const struct text *text)
{
	return text->lane != NULL ? text->lane->range_to : UINT64_MAX;
}

bool lane_goes_on(const struct lane *lane)
{
	return views_go_on(lane->views);
}

uint64_t lane_bytes(const struct lane *lane)
{
	return lane->base + lane->len;
}

uint64_t lane_done(const struct lane *lane)
{
	return lane->base + lane->done;
}

/* ---- lines ------------------------------------------------------------------------------------ */

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

/* How many events stand before a place. */
static size_t events_before(const struct lane *lane, size_t at)
{
	size_t count = 0;

	while (count < lane->event_count && lane->events[count].at < at)
		count++;
	return count;
}

static bool names_due(const struct lane *lane, size_t due)
{
	for (size_t i = 0; i < due; i++)
		if (!lane->events[i].literal->is_trigger)
			return true;
	return false;
}

/* Behind the names of a window: what stands on machines of ours, in masked names and in other dress. */
static void look_further(struct lane *lane, struct text *text, size_t limit, const struct for_views *views)
{
	struct span fresh = {lane->done, limit};

	lane_pass_machines(lane, text, limit);
	if (scan_is_bundle(lane->scan))
		rules_everywhere(text, fresh);
	mention_masked(text, fresh);
	views_on_window(text, &lane->views, fresh, views->encoded, views->encoded_count, views->triggers, views->trigger_count);
}

/* Names and triggers up to the limit, each once. */
static void hand_out_all(struct lane *lane, struct text *text, size_t limit)
{
	size_t due = events_before(lane, limit), known = events_before(lane, limit + AHEAD);
	struct for_views views = {.encoded = xcalloc(known, sizeof(struct hit)), .triggers = xcalloc(known, sizeof(struct trigger_hit))};

	if (names_due(lane, due))
		lane_look_for_machines(lane, text);
	for (size_t i = 0; i < known; i++)
		lane_hand_out(lane, text, &lane->events[i], i < due, &views);
	if (lane->rules != NULL)
		rules_flush(lane->rules, text);
	if (!lane->for_tokens)
		look_further(lane, text, limit, &views);
	free(views.encoded);
	free(views.triggers);
	if (due > 0)
		memmove(lane->events, lane->events + due, (lane->event_count - due) * sizeof *lane->events);
	lane->event_count -= due;
}

/* Hands out what has enough text behind it, in order. */
static void work(struct lane *lane, bool ending)
{
	lane_sieve(lane);
	size_t limit = ending ? lane->len : (lane->len > AROUND ? lane->len - AROUND : 0);

	if (limit <= lane->done && !(ending && !lane->begun))
		return;
	struct offset_map map = {lane->marks, lane->mark_count};
	struct text text = window_text(lane, &map, ending);

	line_memo_forget(scan_line_memo(lane->scan));
	/* for who reads lines alone: windows without a name of ours or a sign of one stay as they are */
	if (events_before(lane, limit) > 0 || scan_job(lane->scan)->leak_context)
		line_ends_unify(lane->window, lane->len, ending);
	size_t arena = scan_arena_mark(lane->scan);

	if (!lane->begun)
		shape_begin(lane->shape, &text);
	lane->begun = true;
	hand_out_all(lane, &text, limit);
	scan_arena_release(lane->scan, arena);
	count_lines(lane, limit);
	lane->done = limit;
	lane_drop_elsewhere(lane);
}

/* ---- moving on -------------------------------------------------------------------------------- */

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
	lane_drop_marks(lane);
}

/* Whose the log-ins beside a machine are is told by all of the text in sight, which must not be handed out in two pieces. */
static bool has_machines(const struct lane *lane)
{
	for (size_t i = 0; i < lane->event_count; i++)
		if (lane->events[i].literal->is_trigger && lane->events[i].literal->trigger == TRIGGER_SYSTEM)
			return true;
	return lane->sections != NULL;
}

void lane_settle(struct lane *lane)
{
	lane_sieve(lane);
	if (has_machines(lane))
		return;
	work(lane, false);
	slide(lane);
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

void lane_close(struct lane *lane)
{
	if (lane == NULL)
		return;
	work(lane, true);
	if (lane->depth == 0)
		scan_count_lines(lane->scan, lane->lines);
	if (lane->range_from > 0 || lane->range_to < UINT64_MAX)
		scan_bounds_set(lane->scan, scan_unbounded);
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
