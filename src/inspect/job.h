/*
 * One job in progress: its parts, what it may send, its counters. struct scan is opaque to the stages; what they need of
 * it stands in scan.h and here.
 */
#ifndef LEAKTRAWL_JOB_H
#define LEAKTRAWL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/engine.h"
#include "inspect/scan.h"
#include "inspect/unpack/unpack.h"
#include "messages/messages.pb-c.h"

/*
 * The checkpoint: everything before it is done and its findings are sent. Sends Progress at most every few hundred
 * milliseconds; call it as often as you like. offset counts in the part, or in the member where member is not 0.
 */
void scan_progress(struct scan *scan, uint32_t part, uint64_t member, uint64_t offset);
/* Sends a message of this job; fills in the job number. Message stays the caller's. */
void scan_send_link(struct scan *scan, Lt__FoundLink *link);
void scan_send_verdict(struct scan *scan, Lt__PageVerdict *verdict);
/* Goes before the first of those two, or with the end of the job: most pages that are fetched lead nowhere. */
void scan_send_look(struct scan *scan, const Lt__PageLook *look);
void scan_send_head(struct scan *scan, Lt__Head *head);
void scan_send_report(struct scan *scan, Lt__RuleReport *report);

/*
 * JOB_RULES_TEST: why a candidate or a place was not made a finding, or which reader read it. Cheap no-op in
 * every other job, so readers may call it freely. rule: id of reader or rule; at: in the text.
 */
void scan_explain(const struct text *text, const char *rule, size_t at, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool scan_explains(const struct scan *scan);

/*
 * Runs one job: parts are its descriptors (closed by the caller), as many as job->parts. Every message of the job but
 * JobDone is sent from here; done is filled in (texts live until the next job).
 */
void job_run(const struct engine *engine, const Lt__Job *job, const struct unpack_part *parts, size_t count, Lt__JobDone *done);

/* ---- for the sieve and attribution ------------------------------------------------------------- */

struct sieve;
void scan_sieves(const struct scan *scan, const struct sieve *sieves[2]); /* of this job's pass; the second may be NULL */
void scan_count_hits(struct scan *scan, uint64_t hits);
/* How many candidates have become findings, or were ones already; counted by who emits them. */
void scan_count_emitted(struct scan *scan);
uint64_t scan_emitted(const struct scan *scan);
void scan_count_lines(struct scan *scan, uint64_t lines);
/* What its readers know of the lines of the window at hand. */
struct line_memo *scan_line_memo(const struct scan *scan);
struct attribution;
struct attribution *scan_attribution(const struct scan *scan);
void scan_send_finding(struct scan *scan, Lt__FoundFinding *finding);
void scan_send_machine(struct scan *scan, Lt__FoundMachine *machine);
/* As scan_explain, with an outcome of RuleReport: "matched", "rejected". */
void scan_tell(const struct text *text, const char *outcome, const char *rule, size_t at, const char *detail);
/*
 * Work that hostile text can ask of readers, in bytes looked at: each byte read earns some, a name on a long line that no reader
 * claims costs the line's length. False: there is no credit left, the name is not to be read.
 */
void scan_earn(struct scan *scan, size_t bytes);
bool scan_afford(const struct scan *scan, size_t cost);
void scan_spend(struct scan *scan, size_t cost);
/*
 * Where a name must stand in the member to be told by the lanes that views open from here on. A piece that a view decodes may be
 * cut where a range or a window ends: each tells of it what it sees whole. Places in a view are near enough, so what is told begins
 * SCAN_SLACK earlier: a finding told twice is one. of_range: they are a range's, and what cuts that cuts these.
 */
enum { SCAN_SLACK = 1024 };
struct scan_bounds {
	uint64_t from, to;
	bool of_range;
};
extern const struct scan_bounds scan_unbounded; /* of other members, and of what belongs to one record */
struct scan_bounds scan_bounds(const struct scan *scan);
/* Returns those that held until now, to be set again. */
struct scan_bounds scan_bounds_set(struct scan *scan, struct scan_bounds bounds);
/* The same, further narrowed. */
struct scan_bounds scan_bounds_narrow(struct scan *scan, uint64_t from, uint64_t to);
/* The range's bytes end amid something: from there on nothing is told, whatever the bounds were when it was opened. */
void scan_cut_at(struct scan *scan, uint64_t raw);
uint64_t scan_cut(const struct scan *scan);
/* While muted nothing is emitted: readers run only for what they claim. */
void scan_mute(struct scan *scan, bool muted);
bool scan_muted(const struct scan *scan);
/* Arena memory is given back in the order it was taken: whoever marks releases. Windows nest (a view within a text). */
size_t scan_arena_mark(const struct scan *scan);
void scan_arena_release(struct scan *scan, size_t mark);

#endif
