#include "inspect/views/views.h"

#include <ctype.h>
#include <stdlib.h>

#include "inspect/engine.h"
#include "inspect/sieve/lane.h"
#include "inspect/views/bytes.h"
#include "inspect/views/escapes.h"
#include "inspect/views/hexdump.h"
#include "inspect/views/lines.h"
#include "inspect/views/manifest.h"
#include "inspect/views/percent.h"
#include "inspect/views/runs.h"
#include "shared/mem.h"

struct views {
	struct runs runs;
	struct line_marks marks;
	uint64_t marked; /* names and triggers before this offset in the lane are among them */
	struct percent percent;
	struct hexdumps hexdumps;
	struct bytes bytes;
	struct manifests manifests;
};

void views_free(struct views *views)
{
	if (views == NULL)
		return;
	runs_free(&views->runs);
	hexdumps_free(&views->hexdumps);
	bytes_free(&views->bytes);
	free(views->marks.list);
	free(views);
}

bool views_go_on(const struct views *views)
{
	return views != NULL && (views->runs.open != NULL || views->hexdumps.open != NULL || views->bytes.open != NULL);
}

/* It is this window's, and stands before the end of the range. */
static bool is_due(const struct text *text, struct span fresh, size_t at)
{
	return at >= fresh.from && at < fresh.to && text->base + at < lane_range_end(text);
}

/* Which escape stands before a name that begins at `at`. */
static unsigned escape_before(const struct text *text, size_t at)
{
	const char *data = text->data;
	if (at >= 1 && data[at - 1] == ' ')
		return kind_of(TRIGGER_AT_DOT);
	if (at >= 2 && data[at - 2] == '\\' && !isdigit((unsigned char)data[at - 1]))
		return kind_of(TRIGGER_ESCAPE) | KIND_STRING;
	if (at >= 3 && data[at - 3] == '%')
		return kind_of(TRIGGER_PERCENT);
	if (at >= 3 && data[at - 3] == '=')
		return kind_of(TRIGGER_QUOTED_PRINTABLE);
	return kind_of(TRIGGER_ESCAPE);
}

static void mark_trigger(struct views *views, struct text *text, const struct trigger_hit *hit)
{
	bool listed = hit->trigger >= TRIGGER_HEXDUMP || (hit->trigger == TRIGGER_ESCAPE && bytes_hold(text, hit->at));
	if (!listed && lines_touch(&views->marks, text, hit->at, hit->trigger) &&
		(hit->trigger != TRIGGER_PERCENT || !percent_around(&views->percent, text, hit->at)))
		lines_add(&views->marks, text, hit->at, kind_of(hit->trigger));
}

static void mark_name(struct views *views, struct text *text, const struct hit *hit)
{
	if (hit->encoding == ENCODING_STRING)
		lines_add_string(&views->marks, text, hit->at);
	if ((hit->encoding == ENCODING_PERCENT || hit->encoding == ENCODING_ESCAPED || hit->encoding == ENCODING_NONE) &&
		percent_around(&views->percent, text, hit->at))
		return;
	if (hit->encoding == ENCODING_PERCENT || (hit->encoding == ENCODING_NONE && percent_url_opens(text, hit->at)))
		lines_add(&views->marks, text, hit->at, kind_of(TRIGGER_PERCENT));
	else if (hit->encoding == ENCODING_ESCAPED)
		lines_add(&views->marks, text, hit->at, escape_before(text, hit->at));
}

/* Marks come in ascending order, so that those of one line meet: hits and triggers are merged by place. Each is looked at once. */
static void mark_lines(struct views *views, struct text *text, const struct hit *encoded, size_t encoded_count,
	const struct trigger_hit *triggers, size_t trigger_count)
{
	uint64_t marked = views->marked;
	size_t h = 0, t = 0;
	while (h < encoded_count || t < trigger_count) {
		bool trigger = t < trigger_count && (h == encoded_count || triggers[t].at <= encoded[h].at);
		uint64_t place = text->base + (trigger ? triggers[t].at : encoded[h].at);
		if (place >= marked && trigger)
			mark_trigger(views, text, &triggers[t]);
		else if (place >= marked)
			mark_name(views, text, &encoded[h]);
		views->marked = place >= marked ? place + 1 : marked;
		t += trigger;
		h += !trigger;
	}
}

static void read_runs(struct views *views, struct text *text, struct span fresh, const struct hit *encoded, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_due(text, fresh, encoded[i].at))
			continue;
		switch (encoded[i].encoding) {
		case ENCODING_BASE64:
			run_base64_around(&views->runs, text, &encoded[i]);
			break;
		case ENCODING_HEX:
			run_hex_around(&views->runs, text, &encoded[i]);
			break;
		case ENCODING_UTF16LE:
		case ENCODING_UTF16BE:
			run_wide_around(&views->runs, text, &encoded[i]);
			break;
		default:
			break;
		}
	}
}

static void read_listings(struct views *views, struct text *text, struct span fresh, const struct trigger_hit *triggers, size_t count)
{
	size_t limit = text->ends ? text->len : fresh.to;
	hexdump_continue(&views->hexdumps, text, limit);
	bytes_continue(&views->bytes, text, limit);
	for (size_t i = 0; i < count; i++) {
		if (!is_due(text, fresh, triggers[i].at))
			continue;
		if (triggers[i].trigger == TRIGGER_HEXDUMP)
			hexdump_around(&views->hexdumps, text, triggers[i].at, limit);
		else if (triggers[i].trigger == TRIGGER_BYTES)
			bytes_around(&views->bytes, text, triggers[i].at, limit);
		else if (triggers[i].trigger == TRIGGER_MANIFEST)
			manifest_around(&views->manifests, text, triggers[i].at, triggers[i].len);
	}
}

void views_on_window(struct text *text, struct views **views, struct span fresh, const struct hit *encoded, size_t encoded_count,
	const struct trigger_hit *triggers, size_t trigger_count)
{
	if (*views == NULL)
		*views = xcalloc(1, sizeof **views);
	runs_by_shape(&(*views)->runs, text, fresh);
	read_runs(*views, text, fresh, encoded, encoded_count);
	read_listings(*views, text, fresh, triggers, trigger_count);
	lines_move(&(*views)->marks, text);
	mark_lines(*views, text, encoded, encoded_count, triggers, trigger_count);
	lines_read(&(*views)->marks, text, fresh);
}
