/* Machines whose log-ins stand within one text, below or above what tells of the machine. */
#include <stdlib.h>

#include "inspect/job.h"
#include "inspect/sieve/lane_private.h"
#include "inspect/sieve/names.h"
#include "shared/mem.h"

void lane_look_for_machine(struct lane *lane, struct text *text, size_t at)
{
	if (lane->member->class == MEMBER_SYSTEM)
		return;
	if (lane->sections == NULL)
		lane->sections = sections_new();
	sections_look(lane->sections, text, at);
}

void lane_look_for_machines(struct lane *lane, struct text *text)
{
	for (size_t i = 0; i < lane->event_count; i++) {
		const struct event *event = &lane->events[i];

		if (!text->ends && lane->len - event->at < AROUND / 2) /* may go on behind the window */
			break;
		if (event->literal->is_trigger && event->literal->trigger == TRIGGER_SYSTEM &&
			!lane_is_elsewhere(lane, lane->base + event->at))
			lane_look_for_machine(lane, text, event->at);
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
		qsort(found.list, found.count, sizeof *found.list, event_by_place);
	lane->claimed = 0;
	lane->passing = true;
	for (size_t i = 0; i < found.count; i++) {
		const struct literal *literal = found.list[i].literal;
		struct hit hit = {span.from + found.list[i].at, literal->len, literal->kind, literal->name, false, ENCODING_NONE, false};

		if (name_bounds(hit.kind, text->data, text->len, hit.at, hit.len) == BOUNDS_WHOLE)
			lane_read_hit(lane, text, &hit);
	}
	rules_everywhere(text, span);
	lane->passing = false;
	lane->claimed = claimed;
	free(found.list);
}

void lane_pass_machines(struct lane *lane, struct text *text, size_t limit)
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
