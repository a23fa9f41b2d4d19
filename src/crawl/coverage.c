#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/delivery.h"
#include "crawl/crawl_internal.h"
#include "index/runs.h"
#include "shared/log.h"
#include "shared/mem.h"

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

void coverage_failed(struct source_run *source, const char *cause, bool refused)
{
	struct cause_count *row = source->failures;
	struct cause_count *end = row + source->failures_count;

	while (row < end && strcmp(row->cause, cause) != 0)
		row++;
	if (row == end) {
		if (source->failures_count == COVERAGE_CAUSES)
			row = end - 1;
		else
			(void)snprintf(source->failures[source->failures_count++].cause, sizeof row->cause, "%s", cause);
	}
	row->count++;
	source->refused += refused;
	source->blocked += refused;
}

/* Refusals stand among the causes, but count as blocked. */
static uint64_t failures(const struct source_run *source)
{
	uint64_t total = 0;

	for (size_t i = 0; i < source->failures_count; i++)
		total += source->failures[i].count;
	return total - source->refused;
}

/* It gave items once and gives none now, though its listing came and is no block page, or is what it was when that was told. */
static bool dried_up(struct source_run *source)
{
	struct source_state before;

	if (source->source->site == NULL || source->items > 0 ||
		index_source_get(source->crawl->run->index, source->source->name, &before) != INDEX_OK)
		return false;
	return source->listing_seen ? before.last_item_ms > 0 : source->listing_same && before.health == SOURCE_DRIED_UP;
}

static const char dry_text[] = "it used to give items and gave none: has the site changed?";

static enum source_health health_of(const struct source_run *source, bool dry)
{
	if (source->needs_human)
		return SOURCE_NEEDS_HUMAN;
	if (gateway_down(source->gateway) || (source->fetched + source->unchanged == 0 && failures(source) + source->blocked > 0))
		return source->blocked > 0 ? SOURCE_BLOCKED : SOURCE_FAILING;
	if (dry)
		return SOURCE_DRIED_UP;
	return SOURCE_OK;
}

static void failed_at_the_end(const char *cause, bool refused, void *context)
{
	coverage_failed(context, cause, refused);
}

/* What is left when the run ends was not covered: behind a proxy that is down it has failed, else it waits for the next run. */
static void close_account(struct source_run *source)
{
	int64_t now = run_now_ms();
	struct account_rest rest = account_end(source->account, now, failed_at_the_end, source);
	uint64_t due = 0;

	(void)index_frontier_due(source->crawl->run->index, source->source->name, now, UINT32_MAX, &due);
	due -= rest.overdue < due ? rest.overdue : due;
	if (!gateway_down(source->gateway)) {
		source->left = due + rest.untold;
		return;
	}
	due += rest.untold;
	for (uint64_t i = 0; i < (due > 0 ? due : 1); i++)
		coverage_failed(source, gateway_why(source->gateway), false);
}

static uint64_t due(const struct source_run *source)
{
	return source->fetched + source->unchanged + source->gone + failures(source) + source->blocked + source->left;
}

/* Behind what is noted already; takes text over. */
static void add_note(struct source_run *source, char *text)
{
	char *both = source->note != NULL ? xasprintf("%s; %s", source->note, text) : NULL;

	if (both == NULL) {
		source->note = text;
		return;
	}
	free(source->note);
	free(text);
	source->note = both;
}

/* What a budget or a trap left out is not silence. The reason why a source needs a human stands alone. */
static void note_left_out(struct source_run *source)
{
	if (source->note != NULL)
		return;
	if (dried_up(source))
		add_note(source, xstrdup(dry_text));
	if (source->alike > 0)
		add_note(source, xasprintf("%" PRIu64 " pages look like others but for numbers and times; %" PRIu64
					   " of their links were not followed",
					 source->alike, source->alike_left));
	if (source->trapped > 0)
		add_note(
			source, xasprintf("%" PRIu64 " links look endless (calendar, session ids) and were not followed", source->trapped));
	if (source->crowded > 0)
		add_note(source, xasprintf("%" PRIu64 " links were left out: limit links_per_run", source->crowded));
	if (source->mirrors != NULL && !mirrors_is_current(source->mirrors, source->source->start[0]))
		add_note(source, xasprintf("%s stood in for the first address", mirrors_current(source->mirrors)));
	if (source->left > 0)
		add_note(source, xasprintf("%" PRIu64 " URLs wait for the next run: %s", source->left,
					 source->crawl->run->stop ? "this one was stopped"
					 : source->over           ? "the source was left alone"
								  : "the budget of this one is spent"));
}

/* Raw pages that look like walls: one or two may be what an author wrote, but many and few others are the site's. */
static void judge_raw_walls(struct source_run *source)
{
	if (source->needs_human || source->raw_walls < BLOCKED_MAX || source->raw_walls < source->raw_pages)
		return;
	source->needs_human = true;
	free(source->note);
	source->note = xstrdup(source->raw_wall);
}

/* What a person can do about a wall; owned by the caller. */
static char *advice(const struct source_run *source)
{
	static const struct {
		const char *wall, *advice;
	} known[] = {
		{"login", "log in with a browser and hand its cookies over"},
		{"captcha", "solve it in a browser that goes through the same proxy and hand its cookies over"},
		{"ddos-guard", "pass it in a browser that goes through the same proxy and hand its cookies over"},
		{"queue", "the site lets visitors in one by one: crawl it at another time"},
		{"ban", "the site has shut this proxy or account out: give the source another one"},
		{"closed", "something else stands in the site's place: see whether it comes back, or where it went"},
	};

	for (size_t i = 0; source->note != NULL && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(source->note, known[i].wall) == 0)
			return xasprintf("%s page: %s%s%s%s", source->note, known[i].advice, i < 3 ? " (leaktrawl sources cookies " : "",
				i < 3 ? source->source->name : "", i < 3 ? " --import FILE)" : "");
	return xstrdup(source->note != NULL ? source->note : "look at its pages");
}

static void tell(struct source_run *source, const char *about, const char *text)
{
	delivery_operator_notice(source->crawl->run, about, source->source->name, text);
	log_warning("%s %s: %s", source->source->name, strcmp(about, "needs_human") == 0 ? "needs a human" : "tells nothing", text);
}

/* A site that is away for a night is no alarm; one that stays away is, once: with the first visit so long after the last good one. */
static bool silent_for_long(const struct source_run *source, const struct source_state *before)
{
	int64_t long_ms = 2 * source->source->every_ms > DAY_MS ? 2 * source->source->every_ms : DAY_MS;

	return before->last_good_ms > 0 && run_now_ms() - before->last_good_ms >= long_ms &&
	       before->last_try_ms - before->last_good_ms < long_ms;
}

/* Told when it begins, not every night. */
static void tell_change(struct source_run *source, const struct source_state *before, const struct source_state *state)
{
	const char *reason = state->reason != NULL ? state->reason : "look at its pages";
	bool anew = before->health != state->health || before->reason == NULL || strcmp(before->reason, reason) != 0;
	char *text;

	if (state->health == SOURCE_NEEDS_HUMAN && anew) {
		text = advice(source);
		tell(source, "needs_human", text);
		free(text);
	} else if (state->health == SOURCE_DRIED_UP && before->health != SOURCE_DRIED_UP) {
		tell(source, "dried_up", dry_text);
	} else if (state->health == SOURCE_FAILING || state->health == SOURCE_BLOCKED) {
		if (silent_for_long(source, before))
			tell(source, "silent", reason);
		else if (before->health != state->health)
			log_warning("%s: nothing could be had of it: %s", source->source->name, reason);
	}
}

void coverage_put(struct source_run *source)
{
	struct run *run = source->crawl->run;
	struct coverage_failure rows[COVERAGE_CAUSES];
	bool dry = dried_up(source);
	char *reason;
	struct source_state before = {SOURCE_UNKNOWN, NULL, 0, 0, 0};
	struct source_state state = {.health = health_of(source, dry), .reason = source->note, .last_try_ms = run_now_ms()};
	struct coverage coverage = {
		.source = source->source->name,
		.due = due(source),
		.fetched = source->fetched,
		.unchanged = source->unchanged,
		.failed = failures(source),
		.blocked = source->blocked,
		.gone = source->gone,
		.left = source->left,
		.items = source->items,
		.bytes = source->bytes,
		.alike = source->alike,
		.dried_up = dry,
		.note = source->note,
		.failures = rows,
		.failures_count = source->failures_count,
	};

	if (run->broken)
		return;
	for (size_t i = 0; i < source->failures_count; i++)
		rows[i] = (struct coverage_failure){source->failures[i].cause, source->failures[i].count};
	if (state.reason == NULL && source->failures_count > 0)
		state.reason = source->failures[0].cause;
	if (source->fetched + source->unchanged > 0)
		state.last_good_ms = run_now_ms();
	if (source->items > 0)
		state.last_item_ms = run_now_ms();
	run->incomplete |= coverage.failed > 0 || coverage.blocked > 0 || dry || source->needs_human || source->crowded > 0;
	(void)index_source_get(run->index, source->source->name, &before);
	before.reason = reason = before.reason != NULL ? xstrdup(before.reason) : NULL;
	run_write(run);
	(void)run_checked(run, index_coverage_put(run->index, run->id, &coverage));
	(void)run_checked(run, index_source_put(run->index, source->source->name, &state));
	tell_change(source, &before, &state);
	free(reason);
}

static void print_row(const struct source_run *source)
{
	fprintf(stderr,
		"  %-24.24s %7" PRIu64 " %8" PRIu64 " %9" PRIu64 " %6" PRIu64 " %7" PRIu64 " %8" PRIu64 " %6" PRIu64 " %7" PRIu64
		" %6" PRIu64 " ",
		source->source->name, due(source), source->fetched, source->unchanged, source->gone, failures(source), source->blocked,
		source->left, source->items, source->alike);
	for (size_t i = 0; i < source->failures_count; i++)
		fprintf(stderr, " %s x%" PRIu64, source->failures[i].cause, source->failures[i].count);
	fputc('\n', stderr);
	if (source->note != NULL)
		fprintf(stderr, "    %s\n", source->note);
}

void coverage_print(const struct crawl *crawl)
{
	for (size_t i = 0; i < crawl->sources_count; i++)
		close_account(&crawl->sources[i]);
	for (size_t i = 0; i < crawl->sources_count; i++) {
		judge_raw_walls(&crawl->sources[i]);
		note_left_out(&crawl->sources[i]);
	}
	if (crawl->run->options.quiet || crawl->sources_count == 0)
		return;
	fprintf(stderr, "  %-24s %7s %8s %9s %6s %7s %8s %6s %7s %6s  %s\n", "source", "due", "fetched", "unchanged", "gone", "failed",
		"blocked", "left", "items", "alike", "causes");
	for (size_t i = 0; i < crawl->sources_count; i++)
		print_row(&crawl->sources[i]);
}
