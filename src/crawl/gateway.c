#include "crawl/gateway.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/proxy_setup.h"
#include "crawl/crawl_internal.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { TRIES = 3, ADDRESS_BYTES = 300 };

/* "tor (127.0.0.1:9050)": which of a pool. */
static const char *describe(const struct proxy *proxy, char text[ADDRESS_BYTES])
{
	if (proxy->scheme == PROXY_DIRECT)
		(void)snprintf(text, ADDRESS_BYTES, "direct");
	else
		(void)snprintf(text, ADDRESS_BYTES, "%s (%s:%u)", proxy->name, proxy->host, (unsigned)proxy->port);
	return text;
}

/* ---- processes --------------------------------------------------------------------------------- */

static struct lane *lane_of(const struct way *way)
{
	return &way->gateway->lanes[way->lane];
}

static void lose(const struct way *way, const char *why)
{
	struct lane *lane = lane_of(way);

	lane->lost = true;
	(void)snprintf(lane->why, sizeof lane->why, "%s", why);
}

/* After gateway_free a process may still be on its way out: it has no way any more. */
static void on_setup(struct pool_worker *worker)
{
	struct way *way = worker->data;
	const struct proxy *proxy = way != NULL ? &way->gateway->proxies[way->lane] : NULL;

	if (proxy != NULL && !proxy_setup_fetch(worker, way->gateway->crawl->run->config, proxy, proxy->parallel))
		lose(way, "proxy_setup");
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct way *way = worker->data;

	if (way != NULL)
		fetch_answer(worker, lane_of(way), message);
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct way *way = worker->data;
	char text[ADDRESS_BYTES];

	if (way == NULL)
		return;
	log_warning("leaktrawl-fetch for %s ended: %s", describe(&way->gateway->proxies[way->lane], text), death->text);
	if (death->given_up) {
		lose(way, "fetch_does_not_start");
		log_error("leaktrawl-fetch does not start: %s: %s", death->text, death->last_log);
	}
	fetch_lost(way->gateway->crawl, lane_of(way), death->text);
}

static const struct pool_events fetch_events = {.setup = on_setup, .message = on_message, .death = on_death};

void gateway_start(struct gateway *gateway, struct crawl *crawl, const struct proxy *proxy)
{
	size_t count = config_proxy_pool(crawl->run->config, proxy);

	*gateway = (struct gateway){.crawl = crawl, .proxies = proxy, .count = count};
	gateway->lanes = xcalloc(count, sizeof *gateway->lanes);
	gateway->ways = xcalloc(count, sizeof *gateway->ways);
	for (size_t i = 0; i < count; i++) {
		gateway->lanes[i].parallel = proxy[i].parallel;
		gateway->ways[i] = (struct way){.gateway = gateway, .lane = i};
		gateway->ways[i].worker = pool_add(crawl->run->pool, LT__ROLE__ROLE_FETCH, &fetch_events, &gateway->ways[i]);
		gateway->ways[i].control = control_start(crawl->run->pool, &proxy[i]);
	}
}

void gateway_free(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->count; i++) {
		gateway->ways[i].worker->data = NULL;
		pool_remove(gateway->ways[i].worker);
		control_free(gateway->ways[i].control);
	}
	free(gateway->lanes);
	free(gateway->ways);
	*gateway = (struct gateway){0};
}

/* ---- requests ---------------------------------------------------------------------------------- */

static void look(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->count; i++) {
		gateway->lanes[i].running = gateway->ways[i].worker->state == WORKER_READY;
		gateway->ways[i].ran |= gateway->lanes[i].running;
	}
}

bool gateway_open(struct gateway *gateway)
{
	int64_t now = run_now_ms();

	look(gateway);
	for (size_t i = 0; i < gateway->count; i++)
		control_tend(gateway->ways[i].control);
	for (size_t i = 0; i < gateway->count; i++)
		if ((!gateway->ways[i].ran && !gateway->lanes[i].lost) || !control_settled(gateway->ways[i].control))
			return false;
	for (size_t i = 0; i < gateway->count; i++)
		if (lane_open(&gateway->lanes[i], now))
			return true;
	return false;
}

struct lane *gateway_lane(struct gateway *gateway, const char *host, unsigned turn)
{
	look(gateway);
	return lane_choose(gateway->lanes, gateway->count, host, turn, run_now_ms());
}

const struct proxy *gateway_proxy(const struct gateway *gateway, const struct lane *lane)
{
	return &gateway->proxies[lane - gateway->lanes];
}

struct control_port *gateway_control(const struct gateway *gateway, const struct lane *lane)
{
	return gateway->ways[lane - gateway->lanes].control;
}

bool gateway_send(struct gateway *gateway, const struct lane *lane, Lt__Envelope *message, int fd)
{
	return pool_send(gateway->ways[lane - gateway->lanes].worker, message, fd);
}

/* ---- health ------------------------------------------------------------------------------------ */

void gateway_failed(struct gateway *gateway, struct lane *lane, const char *cause, const char *error, int64_t sent_ms)
{
	int64_t now = run_now_ms();
	unsigned before = lane->failures;
	char text[ADDRESS_BYTES];

	lane_failed(lane, cause, sent_ms, now);
	if (lane->failures > before)
		log_warning("proxy %s cannot be used and is left alone for %" PRId64 " s: %s", describe(gateway_proxy(gateway, lane), text),
			(lane->rests_until_ms - now) / 1000, error != NULL ? error : cause);
}

void gateway_worked(struct gateway *gateway, struct lane *lane)
{
	char text[ADDRESS_BYTES];

	if (lane->failures > 0)
		log_info("proxy %s works again", describe(gateway_proxy(gateway, lane), text));
	lane_worked(lane);
}

bool gateway_down(const struct gateway *gateway)
{
	return lanes_down(gateway->lanes, gateway->count, gateway->crawl->options.once ? 1 : TRIES);
}

int64_t gateway_open_ms(const struct gateway *gateway)
{
	return lanes_open_ms(gateway->lanes, gateway->count, run_now_ms());
}

const char *gateway_why(const struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->count; i++)
		if (gateway->lanes[i].why[0] != '\0')
			return gateway->lanes[i].why;
	return "proxy_down";
}
