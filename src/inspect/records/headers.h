/* What HTTP carries log-ins in: header values, form bodies, URLs with userinfo. Shared by dumps, commands and exports. */
#ifndef LEAKTRAWL_HEADERS_H
#define LEAKTRAWL_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/scan.h"
#include "shared/slice.h"

/*
 * A header by its name: Authorization and Proxy-Authorization (Basic, Bearer), Cookie, Set-Cookie, X-Auth-Token and the like.
 * url: what the request went to, or a host. Returns whether it was one of them.
 */
bool header_emit(struct text *text, struct slice name, struct slice value, struct slice url, size_t at);

/* Whether header_emit reads a header of this name. */
bool header_carries(struct slice name);

/* username=..&password=.. as a body or a query. Returns whether it held a log-in. */
bool form_emit(struct text *text, struct slice body, struct slice url, size_t at);

/* A form in parts whose first boundary begins at `at`, the body of a request to url. Returns whether it held a log-in; *end is behind it.
 */
bool multipart_emit(struct text *text, size_t at, struct slice url, size_t *end);

/* A URL with user:password@, of any scheme; percent-encoding is undone. Returns whether it had a password. */
bool userinfo_emit(struct text *text, struct slice url, size_t at);

/* The JSON document that begins at `at`, the body of a request to url. Returns whether there was one; *end is behind it. */
bool json_emit(struct text *text, size_t at, struct slice url, size_t *end);

/* The URL (scheme and all) that begins or goes on at `at`; empty when there is none. */
struct slice url_around(struct slice text, size_t at);

/* Decoded copy in the scan's arena, with or without padding, either alphabet; empty where it is no base64. */
struct slice base64_decoded(struct scan *scan, struct slice text);

/* Percent-decoded copy in the scan's arena; plus: '+' is a blank. */
struct slice percent_decoded(struct scan *scan, struct slice text, bool plus);

#endif
