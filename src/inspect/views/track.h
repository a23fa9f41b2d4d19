/*
 * Where the bytes of a stream stand in the original: marks in ascending order, asked for in ascending order.
 * Memory is bounded by what lies between the question and the last mark.
 */
#ifndef LEAKTRAWL_TRACK_H
#define LEAKTRAWL_TRACK_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

struct track {
	struct offset_entry *marks;
	size_t first, count, cap;
};

void track_free(struct track *track);
/* The byte at view stands at raw, and those behind it one for one. view ascends. */
void track_mark(struct track *track, uint64_t view, uint64_t raw);
/* Where the byte at view stands; view may not be less than in the call before. Without marks: where it is. */
uint64_t track_raw(struct track *track, uint64_t view);

#endif
