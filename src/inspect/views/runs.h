/*
 * Runs of base64 (found by their shape, or around a name of ours in base64), of hex digits and of UTF-16 (around a
 * name), decoded and read as documents of their own. A folded base64 run may be longer than the window.
 */
#ifndef LEAKTRAWL_RUNS_H
#define LEAKTRAWL_RUNS_H

#include "inspect/job.h"
#include "inspect/views/views.h"

struct run; /* a base64 run that goes on behind the window */

struct runs {
	struct run *open;
	struct decoded_run { /* found by shape: names in them need nothing more; offsets in the lane */
		uint64_t from, to;
	} * decoded;
	size_t decoded_count, decoded_cap;
	uint64_t base64_done, wide_done, hex_done; /* around hits all up to here was decoded */
};

/*
 * A run decoded around a name may go on before or behind what is seen of it. What stands near such an end is cut, and left to those
 * who see more; returns the bounds that held. run.to becomes the end of what is told.
 */
struct scan_bounds run_narrow(const struct text *text, struct span *run, bool before, bool behind);
void runs_free(struct runs *runs);
/* Finds base64 runs that begin in fresh, and continues the open one. */
void runs_by_shape(struct runs *runs, struct text *text, struct span fresh);
void run_base64_around(struct runs *runs, struct text *text, const struct hit *hit);
void run_hex_around(struct runs *runs, struct text *text, const struct hit *hit);
void run_wide_around(struct runs *runs, struct text *text, const struct hit *hit);

#endif
