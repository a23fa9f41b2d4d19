/* When a URL is fetched again: intervals with jitter, back-off with jitter. Times in milliseconds. */
#ifndef LEAKTRAWL_SCHEDULE_H
#define LEAKTRAWL_SCHEDULE_H

#include <stdint.h>

/* every, give or take a tenth: sources do not come due together. */
int64_t schedule_next(int64_t every_ms);

/* Wait after the attempts-th failure in a row (1 ..): exponential from 2 s, between half and one and a half of it, at most a day. */
int64_t schedule_backoff(unsigned attempts);

/* Wait for what is gone, after the attempts-th time: half a day at least, twice as long each time, at most five days. */
int64_t schedule_gone(unsigned attempts);

#endif
