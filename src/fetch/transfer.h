/*
 * One HTTP request over its route: the curl handle with everything that must be said to it, the body counted
 * and written to a descriptor as it comes, and the ending put into a FetchDone. transfers.h runs many.
 */
#ifndef LEAKTRAWL_FETCH_TRANSFER_H
#define LEAKTRAWL_FETCH_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/route.h"
#include "fetch/trust.h"
#include "messages/messages.pb-c.h"

/* Nothing in it is kept beyond transfer_new but route, allowed and out_fd. */
struct transfer_request {
	uint64_t id;
	const struct route *route;
	char *const *allowed; /* "host:port" of hosts that pass whatever their class (target.h) */
	size_t allowed_count;
	const char *url;
	const char *method; /* GET, HEAD or POST */
	const void *body;   /* POST */
	size_t body_len;
	char *const *headers; /* "Name: value", sent in this order; at most LIMIT_REQUEST_HEADERS */
	size_t header_count;
	char *const *cookies; /* Netscape lines: what the source's log-in left; none: no cookie is sent or kept */
	size_t cookie_count;
	const char *user_agent, *referer, *isolation; /* NULL: none */
	bool conditional;                             /* a header is a validator: 304 is an answer */
	int out_fd;                                   /* where the body goes, closed in the end; -1: counted and dropped */
	uint64_t max_bytes;                           /* the body is cut there, and too large */
	uint32_t connect_timeout_ms, total_timeout_ms;
	uint32_t low_speed_bytes, low_speed_s;
};

struct transfer;

/*
 * Checks the request and readies its handle; out_fd is taken over in any case. On refusal returns NULL and
 * *why says it in static words. trust has to outlive the transfer.
 */
struct transfer *transfer_new(const struct transfer_request *request, struct trust *trust, const char **why);
void transfer_free(struct transfer *transfer); /* the handle must have left its multi handle */

uint64_t transfer_id(const struct transfer *transfer);
uint64_t transfer_bytes(const struct transfer *transfer); /* of the body, so far */
CURL *transfer_handle(const struct transfer *transfer);
struct transfer *transfer_of(CURL *handle);

/* What became of it once curl is done with it. The message belongs to the transfer. */
const Lt__FetchDone *transfer_end(struct transfer *transfer, CURLcode code);

#endif
