#include "crawl/lane.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_REST_MS = 2000, REST_GROWTH = 4, LONGEST_REST_MS = 10 * 60 * 1000 };

bool lane_open(const struct lane *lane, int64_t now_ms)
{
	if (lane->lost || !lane->running || now_ms < lane->rests_until_ms)
		return false;
	return lane->in_flight < (lane->failures > 0 ? 1 : lane->parallel);
}

void lane_failed(struct lane *lane, const char *why, int64_t sent_ms, int64_t now_ms)
{
	int64_t rest = FIRST_REST_MS;

	if (lane->failures > 0 && sent_ms <= lane->failed_ms)
		return;
	for (unsigned i = 0; i < lane->failures && rest < LONGEST_REST_MS; i++)
		rest *= REST_GROWTH;
	lane->failures++;
	lane->failed_ms = now_ms;
	lane->rests_until_ms = now_ms + (rest < LONGEST_REST_MS ? rest : LONGEST_REST_MS);
	(void)snprintf(lane->why, sizeof lane->why, "%s", why);
}

void lane_worked(struct lane *lane)
{
	lane->failures = 0;
	lane->rests_until_ms = 0;
	lane->why[0] = '\0';
}

/* Highest random weight: taking a lane away moves the hosts of that lane alone. */
static uint64_t weight(const char *host, size_t lane)
{
	unsigned char key[crypto_shorthash_KEYBYTES] = {0};
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t value;

	memcpy(key, &lane, sizeof lane);
	crypto_shorthash(hash, (const unsigned char *)host, strlen(host), key);
	memcpy(&value, hash, sizeof value);
	return value;
}

static size_t count_open(const struct lane *lanes, size_t count, int64_t now_ms)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++)
		open += lane_open(&lanes[i], now_ms);
	return open;
}

/* The open lane with the greatest weight below limit. */
static struct lane *heaviest(struct lane *lanes, size_t count, const char *host, int64_t now_ms, uint64_t *limit)
{
	struct lane *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t own = weight(host, i);

		if (lane_open(&lanes[i], now_ms) && own < *limit && (best == NULL || own > most)) {
			best = &lanes[i];
			most = own;
		}
	}
	*limit = most;
	return best;
}

struct lane *lane_choose(struct lane *lanes, size_t count, const char *host, unsigned turn, int64_t now_ms)
{
	size_t open = count_open(lanes, count, now_ms);
	struct lane *lane = NULL;
	uint64_t limit = UINT64_MAX;

	for (size_t i = 0; open > 0 && i <= turn % open; i++)
		lane = heaviest(lanes, count, host, now_ms, &limit);
	return lane;
}

bool lanes_down(const struct lane *lanes, size_t count, unsigned tries)
{
	for (size_t i = 0; i < count; i++)
		if (!lanes[i].lost && lanes[i].failures < tries)
			return false;
	return true;
}

int64_t lanes_open_ms(const struct lane *lanes, size_t count, int64_t now_ms)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		int64_t until = lanes[i].rests_until_ms > now_ms ? lanes[i].rests_until_ms : now_ms;

		if (!lanes[i].lost && until < first)
			first = until;
	}
	return first;
}
