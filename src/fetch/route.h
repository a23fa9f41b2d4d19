/*
 * The one way out of this process: a proxy by its literal address, or (the documented weaker case) direct. A
 * route is applied to every curl handle; whatever the handle then tries, the open-socket callback lets only
 * the route's own addresses through. Proxy settings of the environment are never read.
 */
#ifndef LEAKTRAWL_FETCH_ROUTE_H
#define LEAKTRAWL_FETCH_ROUTE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "fetch/address.h"
#include "fetch/target.h"
#include "messages/messages.pb-c.h"

enum route_kind {
	ROUTE_SOCKS,      /* SOCKS5; names are always resolved by the proxy, also when it is called socks5 */
	ROUTE_HTTP_PROXY, /* CONNECT for https; for http it answers in the server's name, also when it failed */
	ROUTE_DIRECT,     /* any public address, resolved here; never an onion service */
	ROUTE_PINNED,     /* only the addresses that one host had when the process started */
};

struct route {
	enum route_kind kind;
	union address proxy; /* of the two proxy kinds */
	char *proxy_url;     /* "socks5h://127.0.0.1:9050" */
	char *user, *password;
	union address *pins; /* ROUTE_PINNED */
	size_t pin_count;
	struct curl_slist *resolve; /* the pins as CURLOPT_RESOLVE wants them */
};

/* Fills route (route_free) from a set-up message. Returns NULL, or in static words why it is unusable. */
const char *route_from_setup(struct route *route, const Lt__FetchSetup *setup);
/*
 * Resolves the target's host now and makes a ROUTE_PINNED of what came. Needs the C library's resolver, so it
 * has to happen before the process narrows itself. Returns NULL, or why (static) there is no route.
 */
const char *route_pin(struct route *route, const struct target *target);
void route_free(struct route *route);

/* Why this route must not carry this target though target_read let it pass, or NULL. */
const char *route_objects(const struct route *route, const struct target *target);

/* What one transfer may open; lives as long as its curl handle. */
struct gate {
	const struct route *route;
	bool named;   /* the configuration names the target: private addresses may be its */
	bool refused; /* set by the callback: an address was not let through */
};

/*
 * Sets everything about the way out on a handle. isolation (NULL: none) becomes the SOCKS user, which keeps
 * streams apart on Tor; a proxy with a user of its own keeps that one. gate is filled in.
 */
void route_apply(const struct route *route, CURL *curl, const char *isolation, bool named, struct gate *gate);

#endif
