/*
 * What is kept of a response's header block: the few fields the coordinator acts on, each capped and clean
 * (valid UTF-8, no control characters). Fed line by line as curl reads it; nothing else is stored.
 */
#ifndef LEAKTRAWL_FETCH_RESPONSE_H
#define LEAKTRAWL_FETCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "limits/limits.h"

struct response {
	bool whole;     /* the block of the final status has ended: what follows are trailers */
	unsigned state; /* status of the block being read */
	size_t lines, bytes;
	const char *fault; /* static words: why the transfer must end */
	char *content_type, *etag, *last_modified;
	char *codings[LIMIT_CONTENT_CODINGS]; /* Content-Encoding in the order they were applied, lower case */
	size_t coding_count;
	char *set_cookie[LIMIT_SET_COOKIES];
	size_t set_cookie_count;
	bool has_retry_after;
	uint32_t retry_after_s;
};

/* One header line with its line end. False: response->fault says why this answer is not worth reading on. */
bool response_line(struct response *response, const char *line, size_t len);
void response_free(struct response *response);

/* Retry-After by RFC 9110: seconds, or an HTTP date. Capped; false when it is neither. */
bool retry_after_read(const char *text, size_t len, time_t now, uint32_t *seconds);

#endif
