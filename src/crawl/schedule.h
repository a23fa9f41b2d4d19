/* When a URL is fetched again: intervals with jitter, back-off with jitter. Times in milliseconds. */
#ifndef LEAKTRAWL_SCHEDULE_H
#define LEAKTRAWL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* every, give or take a tenth: sources do not come due together. */
int64_t schedule_next(int64_t every_ms);

/*
 * The next interval of a page whose last was last_ms (0: none yet): twice as long where nothing changed, at most most_ms; half
 * as long where something did, at least every_ms.
 */
int64_t schedule_adapt(int64_t last_ms, int64_t every_ms, int64_t most_ms, bool changed);

/* Wait after the attempts-th failure in a row (1 ..): exponential from 2 s, between half and one and a half of it, at most a day. */
int64_t schedule_backoff(unsigned attempts);

/* Wait for what is gone, after the attempts-th time: half a day at least, twice as long each time, at most five days. */
int64_t schedule_gone(unsigned attempts);

#endif
