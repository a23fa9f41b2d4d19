/*
 * The ways out of a crawl. For each name under `via` there is a gateway with one lane and one fetch process for each
 * proxy of its pool; a lane that fails rests and comes back (lane.h). Nothing here ever goes around a proxy: without an
 * open lane there is no way.
 */
#ifndef LEAKTRAWL_GATEWAY_H
#define LEAKTRAWL_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/pool.h"
#include "crawl/control.h"
#include "crawl/lane.h"

struct crawl;
struct gateway;

/* One proxy's fetch process. */
struct way {
	struct gateway *gateway;
	size_t lane;
	struct pool_worker *worker;
	struct control_port *control; /* of the Tor client it leads to, or NULL */
	bool ran;                     /* it was ready once */
};

struct gateway {
	struct crawl *crawl;
	const struct proxy *proxies; /* of the configuration; lane i leads through proxies[i] */
	struct lane *lanes;
	struct way *ways;
	size_t count;
};

/* Starts the processes. Their messages and deaths go to fetch_answer and fetch_lost (crawl_internal.h). */
void gateway_start(struct gateway *gateway, struct crawl *crawl, const struct proxy *proxy);
void gateway_free(struct gateway *gateway);

/* Whether some lane takes a request now. Not before all have started or failed to: a host should not change its lane for that. */
bool gateway_open(struct gateway *gateway);
/* The lane for a host's request (lane_choose), or NULL. */
struct lane *gateway_lane(struct gateway *gateway, const char *host, unsigned turn);
const struct proxy *gateway_proxy(const struct gateway *gateway, const struct lane *lane);
/* The control port of the lane's proxy, or NULL. */
struct control_port *gateway_control(const struct gateway *gateway, const struct lane *lane);
/* Hands a request to the lane's process; fd stays the caller's. False: there is none now. */
bool gateway_send(struct gateway *gateway, const struct lane *lane, Lt__Envelope *message, int fd);

/* The proxy itself failed a request that was sent at sent_ms. cause is a word of coverage, error for the log or NULL. */
void gateway_failed(struct gateway *gateway, struct lane *lane, const char *cause, const char *error, int64_t sent_ms);
void gateway_worked(struct gateway *gateway, struct lane *lane);

/* Nothing that a run should wait for: all lanes are lost or keep failing. A lane may still come back. */
bool gateway_down(const struct gateway *gateway);
/* When the first lane ends its rest; now where one does not rest. */
int64_t gateway_open_ms(const struct gateway *gateway);
/* Why nothing goes through, in the words of coverage. */
const char *gateway_why(const struct gateway *gateway);

#endif
