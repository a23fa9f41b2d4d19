/*
 * A lane is one stream of bytes on its way through the sieve: a member's own bytes, or a decoded view of
 * them. Whoever makes the bytes (unpack, views) pushes them in pieces of any size; the lane keeps a window
 * [lookback | core | lookahead] of constant size, sieves every byte once and hands hits to the readers as soon as
 * LIMIT_RECORD_BYTES stand behind them or the lane ends. Memory does not depend on line or file length.
 */
#ifndef LEAKTRAWL_LANE_H
#define LEAKTRAWL_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

struct lane;

/*
 * depth: views around this one (0 for VIEW_RAW). member must live until lane_close. A lane takes its
 * buffers from a pool of the scan, so opening many short ones is cheap.
 */
struct lane *lane_open(struct scan *scan, const struct member *member, enum view view, unsigned depth);
/* Flushes, hands out the last hits, wipes and frees. */
void lane_close(struct lane *lane);

void lane_push(struct lane *lane, const void *data, size_t len);
/* Room to read into without a copy: at least one byte; commit what was read (0 is fine). */
char *lane_reserve(struct lane *lane, size_t *room);
void lane_commit(struct lane *lane, size_t len);

/*
 * The next byte pushed stands at this offset of the innermost member; the bytes behind it follow one for one until the
 * next mark. A lane without marks is the raw bytes, from 0 on. Marks ascend. Only the window's are kept;
 * when a view marks more often than every few bytes, marks between are thinned (offsets stay within a record).
 */
void lane_mark(struct lane *lane, uint64_t raw);

/* JOB_RANGE: hits in [from, to) of the lane are its own; those before and behind belong to other ranges. first_offset is where
 * the first byte pushed stands in the member. What views make of it is told from there on, too (struct scan_bounds). */
void lane_range(struct lane *lane, uint64_t first_offset, uint64_t from, uint64_t to);
/* Where the range of a text's lane ends: what a view finds behind it is another range's. */
uint64_t lane_range_end(const struct text *text);
/* Hands out all that has enough behind it by now, without waiting for a full window; where machines are in sight it waits. */
void lane_settle(struct lane *lane);
/* Something that began in the lane and is decoded as one does not end with the bytes pushed so far. */
bool lane_goes_on(const struct lane *lane);

/*
 * Hits in [from, to) of this lane stand in what a view reads as a document of its own (a string of JSON): its readers see them,
 * those of this lane do not. Spans ascend; to is UINT64_MAX until it is known, and is then told by another call with the same from.
 * What was handed out before stays so.
 */
void lane_elsewhere(struct lane *lane, uint64_t from, uint64_t to);
bool lane_is_elsewhere(const struct lane *lane, uint64_t offset);
/* Names in this encoding on its own places (UTF-16 from the first byte on) are another lane's, which reads the whole as such. */
void lane_wide(struct lane *lane, enum encoding encoding);

/*
 * A lane that shows what other lanes read in another order: only tokens and private keys are looked for in it, by rules of some
 * confidence.
 */
void lane_for_tokens(struct lane *lane);
bool lane_is_for_tokens(const struct text *text);

struct section;
/* The machine whose system information stands above a place of the window (records/section.h); NULL where none does. */
struct section *lane_section(const struct text *text, size_t at);
/* What is read at the moment is a machine of ours within a text, looked through once more for services and tokens. */
bool lane_passing(const struct text *text);

uint64_t lane_bytes(const struct lane *lane); /* pushed so far */
uint64_t lane_done(const struct lane *lane);  /* everything before this offset was handed out: a checkpoint */

#endif
