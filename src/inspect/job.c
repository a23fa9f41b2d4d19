#include "inspect/job.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inspect/attribute/attribution.h"
#include "inspect/attribute/seen.h"
#include "inspect/head.h"
#include "inspect/links/page.h"
#include "inspect/range.h"
#include "inspect/records/line_memo.h"
#include "inspect/rules/bench.h"
#include "inspect/rules/rules.h"
#include "inspect/self_test.h"
#include "inspect/sieve/lane.h"
#include "inspect/sieve/sieve.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/worker.h"

enum { PROGRESS_EVERY_MS = 250, ARENA_CHUNK = 64 * 1024 };

struct chunk {
	struct chunk *before;
	size_t used, cap;
	_Alignas(16) char data[];
};

struct scan {
	const struct engine *engine;
	const Lt__Job *job;
	struct attribution *attribution;
	bool muted;
	struct scan_bounds bounds;
	uint64_t cut;
	uint64_t hits, lines, findings, emitted;
	uint64_t credit;     /* work readers may still do; scan_earn */
	int64_t progress_ms; /* when the last one was sent */

	struct chunk *arena;
	size_t arena_used; /* over all chunks */

	struct line_memo *line_memo;
	struct seen *told; /* digests of what scan_not_inspected said */
	bool has_look;     /* of the page: it goes before the first link or verdict, or with the end of the job */
	Lt__PageLook look;
};

const struct engine *scan_engine(const struct scan *scan)
{
	return scan->engine;
}

const Lt__Job *scan_job(const struct scan *scan)
{
	return scan->job;
}

bool scan_is_bundle(const struct scan *scan)
{
	return scan->job->kind == LT__JOB_KIND__JOB_BUNDLE;
}

void scan_sieves(const struct scan *scan, const struct sieve *sieves[2])
{
	sieves[0] = scan->engine->sieve;
	sieves[1] = scan_is_bundle(scan) ? scan->engine->service_sieve : NULL;
	if (sieves[1] != NULL)
		sieve_ready(scan->engine->service_sieve);
}

struct attribution *scan_attribution(const struct scan *scan)
{
	return scan->attribution;
}

struct line_memo *scan_line_memo(const struct scan *scan)
{
	return scan->line_memo;
}

void scan_mute(struct scan *scan, bool muted)
{
	scan->muted = muted;
}

bool scan_muted(const struct scan *scan)
{
	return scan->muted;
}

const struct scan_bounds scan_unbounded = {0, UINT64_MAX, false};

struct scan_bounds scan_bounds(const struct scan *scan)
{
	return scan->bounds;
}

struct scan_bounds scan_bounds_set(struct scan *scan, struct scan_bounds bounds)
{
	struct scan_bounds before = scan->bounds;

	scan->bounds = bounds;
	return before;
}

struct scan_bounds scan_bounds_narrow(struct scan *scan, uint64_t from, uint64_t to)
{
	struct scan_bounds before = scan->bounds, narrow = before;

	narrow.from = narrow.from > from ? narrow.from : from;
	narrow.to = narrow.to < to ? narrow.to : to;
	scan->bounds = narrow;
	return before;
}

void scan_cut_at(struct scan *scan, uint64_t raw)
{
	scan->cut = raw;
}

uint64_t scan_cut(const struct scan *scan)
{
	return scan->cut;
}

void scan_earn(struct scan *scan, size_t bytes)
{
	scan->credit += (uint64_t)bytes * LIMIT_READER_WORK_PER_BYTE;
	if (scan->credit > LIMIT_READER_WORK_BYTES)
		scan->credit = LIMIT_READER_WORK_BYTES;
}

bool scan_afford(const struct scan *scan, size_t cost)
{
	return scan->credit >= cost;
}

void scan_spend(struct scan *scan, size_t cost)
{
	scan->credit -= cost < scan->credit ? cost : scan->credit;
}

void scan_count_hits(struct scan *scan, uint64_t hits)
{
	scan->hits += hits;
}

void scan_count_emitted(struct scan *scan)
{
	scan->emitted++;
}

uint64_t scan_emitted(const struct scan *scan)
{
	return scan->emitted;
}

void scan_count_lines(struct scan *scan, uint64_t lines)
{
	scan->lines += lines;
}

/* ---- arena ------------------------------------------------------------------------------------ */

static struct chunk *chunk_new(size_t size, struct chunk *before)
{
	size_t cap = size > ARENA_CHUNK ? size : ARENA_CHUNK;
	struct chunk *chunk = xmalloc(sizeof *chunk + cap);

	chunk->before = before;
	chunk->used = 0;
	chunk->cap = cap;
	return chunk;
}

void *scan_arena(struct scan *scan, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	if (size > LIMIT_DERIVED_BYTES || scan->arena_used + size > LIMIT_DERIVED_BYTES)
		return NULL;
	if (scan->arena == NULL || scan->arena->cap - scan->arena->used < size)
		scan->arena = chunk_new(size, scan->arena);
	void *memory = scan->arena->data + scan->arena->used;

	scan->arena->used += size;
	scan->arena_used += size;
	return memory;
}

size_t scan_arena_mark(const struct scan *scan)
{
	return scan->arena_used;
}

void scan_arena_release(struct scan *scan, size_t mark)
{
	while (scan->arena_used > mark) {
		struct chunk *chunk = scan->arena;
		size_t drop = scan->arena_used - mark < chunk->used ? scan->arena_used - mark : chunk->used;

		chunk->used -= drop;
		scan->arena_used -= drop;
		mem_wipe(chunk->data + chunk->used, drop);
		if (chunk->used > 0)
			return;
		scan->arena = chunk->before;
		free(chunk);
	}
}

/* ---- messages --------------------------------------------------------------------------------- */

static void send_body(Lt__Envelope__BodyCase which, ProtobufCMessage *body)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	envelope.body_case = which;
	envelope.finding = (Lt__FoundFinding *)body; /* one union: every member is a pointer to its message */
	worker_send(&envelope, -1);
}

void scan_send_finding(struct scan *scan, Lt__FoundFinding *finding)
{
	finding->job = scan->job->id;
	scan->findings++;
	send_body(LT__ENVELOPE__BODY_FINDING, &finding->base);
}

void scan_send_machine(struct scan *scan, Lt__FoundMachine *machine)
{
	machine->job = scan->job->id;
	send_body(LT__ENVELOPE__BODY_MACHINE, &machine->base);
}

static void send_look(struct scan *scan)
{
	if (scan->has_look)
		send_body(LT__ENVELOPE__BODY_PAGE_LOOK, &scan->look.base);
	scan->has_look = false;
}

void scan_send_link(struct scan *scan, Lt__FoundLink *link)
{
	send_look(scan);
	link->job = scan->job->id;
	send_body(LT__ENVELOPE__BODY_LINK, &link->base);
}

void scan_send_verdict(struct scan *scan, Lt__PageVerdict *verdict)
{
	send_look(scan);
	verdict->job = scan->job->id;
	send_body(LT__ENVELOPE__BODY_PAGE_VERDICT, &verdict->base);
}

void scan_send_look(struct scan *scan, const Lt__PageLook *look)
{
	scan->look = *look;
	scan->look.job = scan->job->id;
	scan->has_look = true;
}

void scan_send_head(struct scan *scan, Lt__Head *head)
{
	head->job = scan->job->id;
	send_body(LT__ENVELOPE__BODY_HEAD, &head->base);
}

void scan_send_report(struct scan *scan, Lt__RuleReport *report)
{
	report->job = scan->job->id;
	send_body(LT__ENVELOPE__BODY_RULE_REPORT, &report->base);
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void scan_progress(struct scan *scan, uint32_t part, uint64_t member, uint64_t offset)
{
	int64_t now = monotonic_ms();
	Lt__Checkpoint at = LT__CHECKPOINT__INIT;
	Lt__Progress progress = LT__PROGRESS__INIT;

	if (now - scan->progress_ms < PROGRESS_EVERY_MS)
		return;
	scan->progress_ms = now;
	at.part = part;
	at.has_member = true;
	at.member = member;
	at.has_offset = true;
	at.offset = offset;
	progress.job = scan->job->id;
	progress.at = &at;
	send_body(LT__ENVELOPE__BODY_PROGRESS, &progress.base);
}

static bool told_before(struct scan *scan, const char *path, Lt__NotInspectedCause cause, const char *detail)
{
	uint8_t digest[IDENTITY_BYTES];
	char *text = xasprintf("%d %s\n%s", (int)cause, detail != NULL ? detail : "", path);

	crypto_generichash(digest, sizeof digest, (const uint8_t *)text, strlen(text), NULL, 0);
	free(text);
	return seen_add(scan->told, digest);
}

void scan_not_inspected(struct scan *scan, const struct member *member, Lt__NotInspectedCause cause, const char *detail, uint64_t offset)
{
	Lt__NotInspected message = LT__NOT_INSPECTED__INIT;

	if (told_before(scan, member->path, cause, detail))
		return;
	message.job = scan->job->id;
	message.part = member->part;
	message.path = (char *)(uintptr_t)member->path;
	message.cause = cause;
	message.detail = (char *)(uintptr_t)detail;
	message.has_offset = true;
	message.offset = offset;
	send_body(LT__ENVELOPE__BODY_NOT_INSPECTED, &message.base);
}

void text_cut(const struct text *text, size_t at, const char *detail)
{
	if (!text->scan->muted)
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, detail, text_raw_offset(text, at));
}

bool scan_explains(const struct scan *scan)
{
	return scan->job->kind == LT__JOB_KIND__JOB_RULES_TEST && !scan->muted;
}

void scan_tell(const struct text *text, const char *outcome, const char *rule, size_t at, const char *detail)
{
	Lt__RuleReport report = LT__RULE_REPORT__INIT;

	if (!scan_explains(text->scan))
		return;
	report.rule = (char *)(uintptr_t)rule;
	report.outcome = (char *)(uintptr_t)outcome;
	report.detail = (char *)(uintptr_t)detail;
	report.file = (char *)(uintptr_t)text->member->path;
	report.line = (uint32_t)text_line_number(text, at);
	report.has_line = report.line > 0;
	report.has_offset = true;
	report.offset = text_raw_offset(text, at);
	scan_send_report(text->scan, &report);
}

void scan_explain(const struct text *text, const char *rule, size_t at, const char *format, ...)
{
	char detail[LIMIT_LOG_LINE_BYTES];
	va_list args;

	if (!scan_explains(text->scan))
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	scan_tell(text, "note", rule, at, detail);
}

/* ---- kinds of jobs ---------------------------------------------------------------------------- */

static void run_document(struct scan *scan, const struct unpack_part *parts, size_t count, Lt__JobDone *done)
{
	struct unpack_totals totals = {0};
	const char *error = NULL;
	static uint8_t sha256[32];

	done->ok = unpack_job(scan, parts, count, &totals, &error);
	done->error = done->ok ? NULL : (char *)(uintptr_t)error;
	done->has_bytes = true;
	done->bytes = totals.bytes;
	done->has_members = true;
	done->members = totals.members;
	if (totals.sha256_known) {
		memcpy(sha256, totals.sha256, sizeof sha256);
		done->has_sha256 = true;
		done->sha256 = (ProtobufCBinaryData){sizeof sha256, sha256};
	}
}

static void run_kind(struct scan *scan, const struct unpack_part *parts, size_t count, Lt__JobDone *done)
{
	bool one = count == 1;

	switch (scan->job->kind) {
	case LT__JOB_KIND__JOB_DOCUMENT:
	case LT__JOB_KIND__JOB_BUNDLE:
		run_document(scan, parts, count, done);
		return;
	case LT__JOB_KIND__JOB_RULES_TEST:
		rules_unknown(scan);
		run_document(scan, parts, count, done);
		return;
	case LT__JOB_KIND__JOB_RANGE:
		if (one)
			range_run(scan, &parts[0], done);
		break;
	case LT__JOB_KIND__JOB_HEAD:
		if (one)
			head_run(scan, &parts[0], done);
		break;
	case LT__JOB_KIND__JOB_RULES_CHECK:
		rules_check(scan);
		return;
	case LT__JOB_KIND__JOB_RULES_LIST:
		rules_list(scan);
		return;
	case LT__JOB_KIND__JOB_RULES_BENCH:
		rules_bench(scan, parts, count, done);
		return;
	case LT__JOB_KIND__JOB_SITE_TEST:
		page_test(scan, one ? &parts[0] : NULL, done);
		return;
	case LT__JOB_KIND__JOB_SELF_TEST:
		self_test_run(scan, done);
		return;
	default:
		one = false;
	}
	if (!one) {
		done->ok = false;
		done->error = (char *)(uintptr_t) "this job has the wrong number of parts, or a kind this inspector does not know";
	}
}

void job_run(const struct engine *engine, const Lt__Job *job, const struct unpack_part *parts, size_t count, Lt__JobDone *done)
{
	static Lt__PageLook look;
	struct scan scan = {.engine = engine,
		.job = job,
		.progress_ms = monotonic_ms(),
		.credit = LIMIT_READER_WORK_BYTES,
		.bounds = scan_unbounded,
		.cut = UINT64_MAX};

	scan.attribution = attribution_new(engine, job);
	scan.told = seen_new();
	scan.line_memo = line_memo_new();
	done->job = job->id;
	done->ok = true;
	run_kind(&scan, parts, count, done);
	done->has_findings = true;
	done->findings = scan.findings;
	done->has_hits = true;
	done->hits = scan.hits;
	done->has_lines = true;
	done->lines = scan.lines;
	look = scan.look;
	done->look = scan.has_look ? &look : NULL;
	scan_arena_release(&scan, 0);
	attribution_free(scan.attribution);
	seen_free(scan.told);
	line_memo_free(scan.line_memo);
}
