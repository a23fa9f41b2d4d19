/*
 * How a transfer ended, in the words of FetchOutcome: who failed (the proxy, the way behind it, the server)
 * decides whether and when the coordinator tries again.
 */
#ifndef LEAKTRAWL_FETCH_VERDICT_H
#define LEAKTRAWL_FETCH_VERDICT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "fetch/route.h"
#include "messages/messages.pb-c.h"

/* What curl and our callbacks know at the end of a transfer. */
struct ending {
	CURLcode code;
	const char *text;    /* curl's error buffer */
	CURLproxycode proxy; /* CURLINFO_PROXY_ERROR */
	long connect_status; /* what an HTTP proxy said to CONNECT, or 0 */
	long status;         /* of the answer, or 0 */
	bool connected;      /* TCP stood: to the proxy where there is one, else to the server */
	bool tls_begun;      /* the way to the server stood and only TLS was still due */
	bool answered;       /* a whole header block came */
	bool proxied, onion; /* the route has a proxy; the host is an onion service */
	bool http_proxy;     /* ... which speaks HTTP */
	bool tls;            /* https */
	bool refused;        /* the gate did not open a socket */
	bool too_large;      /* our count passed max_bytes */
	int write_error;     /* errno of writing the body, or 0 */
	const char *fault;   /* why our header reader gave up, or NULL */
	bool conditional;    /* a validator was sent */
};

struct verdict {
	Lt__FetchOutcome outcome;
	const char *text; /* static, or the ending's own; NULL for FETCH_OK */
	bool has_socks_code;
	unsigned socks_code; /* the proxy's reply, Tor's extended ones (0xF0 ...) included */
};

struct verdict verdict_of(const struct ending *ending);

/* The number in parentheses that ends curl's text on a failed SOCKS connection, or -1. */
int socks_code_read(const char *text);

#endif
