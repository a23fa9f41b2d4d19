/*
 * One proxy of a pool as a crawl sees it: whether it may be asked now, or rests because it failed, and which of its
 * pool a host's requests go through. Knows neither processes nor the clock: times are given, in milliseconds.
 */
#ifndef LEAKTRAWL_LANE_H
#define LEAKTRAWL_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane {
	/* the owner's */
	unsigned parallel;  /* requests at a time */
	unsigned in_flight; /* now */
	bool running;       /* its fetch process takes requests */
	bool lost;          /* has none and gets none in this run */
	/* kept here */
	unsigned failures; /* of the proxy itself, in a row */
	int64_t failed_ms; /* when the last of them was heard of */
	int64_t rests_until_ms;
	char why[32]; /* cause of the last, in the words of coverage */
};

/* Whether it takes a request now. After a rest it gets one at a time until one comes through. */
bool lane_open(const struct lane *lane, int64_t now_ms);

/*
 * The proxy did not do its part for a request sent at sent_ms: the lane rests, 2 s at first, four times that with every
 * failure in a row, ten minutes at most. What was sent before the last failure tells nothing new.
 */
void lane_failed(struct lane *lane, const char *why, int64_t sent_ms, int64_t now_ms);
/* It carried a request, however that ended behind it. */
void lane_worked(struct lane *lane);

/*
 * The open lane for a host's requests, or NULL. The same host gets the same lane as long as that one is open, hosts
 * spread over all, and what a closed lane had goes to the others. turn counts what failed so far: each goes another way.
 */
struct lane *lane_choose(struct lane *lanes, size_t count, const char *host, unsigned turn, int64_t now_ms);

/* Every lane has failed tries times in a row, or is lost: nothing to wait for. */
bool lanes_down(const struct lane *lanes, size_t count, unsigned tries);
/* When the first lane that is not lost ends its rest (now_ms where one does not rest); INT64_MAX: all are lost. */
int64_t lanes_open_ms(const struct lane *lanes, size_t count, int64_t now_ms);

#endif
