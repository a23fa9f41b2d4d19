#include "crawl/schedule.h"

#include <sodium.h>

enum { FIRST_WAIT_MS = 2000, GROWTH = 4, JITTER_STEPS = 1000 };
static const int64_t longest_wait_ms = INT64_C(24) * 3600 * 1000;
static const int64_t first_gone_ms = INT64_C(12) * 3600 * 1000;
static const int64_t longest_gone_ms = INT64_C(96) * 3600 * 1000;

int64_t schedule_next(int64_t every_ms)
{
	int64_t steps = (int64_t)randombytes_uniform(JITTER_STEPS * 2) - JITTER_STEPS;

	return every_ms + every_ms / 10 * steps / JITTER_STEPS;
}

int64_t schedule_adapt(int64_t last_ms, int64_t every_ms, int64_t most_ms, bool changed)
{
	int64_t next = last_ms == 0 ? every_ms : changed ? last_ms / 2 : last_ms * 2;

	if (next > most_ms)
		next = most_ms;
	return next < every_ms ? every_ms : next;
}

int64_t schedule_backoff(unsigned attempts)
{
	int64_t wait = FIRST_WAIT_MS;

	while (attempts-- > 1 && wait < longest_wait_ms)
		wait *= GROWTH;
	if (wait > longest_wait_ms)
		wait = longest_wait_ms;
	return wait / 2 + wait * (int64_t)randombytes_uniform(JITTER_STEPS) / JITTER_STEPS;
}

int64_t schedule_gone(unsigned attempts)
{
	int64_t wait = first_gone_ms;

	while (attempts-- > 1 && wait < longest_gone_ms)
		wait *= 2;
	return wait + wait / 4 * (int64_t)randombytes_uniform(JITTER_STEPS) / JITTER_STEPS;
}
