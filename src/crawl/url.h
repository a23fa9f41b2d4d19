/*
 * URLs of configuration, pages and workers: one canonical ASCII spelling (RFC 3986), http and https only.
 * The coordinator trusts no URL that has not passed url_check.
 */
#ifndef LEAKTRAWL_URL_H
#define LEAKTRAWL_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crawl/host.h"

enum url_error {
	URL_OK,
	URL_TOO_LONG,      /* past LIMIT_URL_BYTES */
	URL_CONTROL,       /* a control character: nothing honest writes one */
	URL_NO_SCHEME,     /* no "scheme://" */
	URL_BAD_SCHEME,    /* not http or https */
	URL_USERINFO,      /* user@host or user:password@host */
	URL_BAD_HOST,      /* see url.host_error */
	URL_BAD_PORT,      /* not 1 .. 65535 */
	URL_NOT_CANONICAL, /* url_check: a valid URL in another spelling */
};

struct url {
	char *text; /* "https://host[:port]/path[?query]"; owned, NULL after an error */
	char host[HOST_BYTES];
	enum host_class host_class;
	enum host_error host_error; /* with URL_BAD_HOST */
	uint16_t port;
	bool https;
	size_t path; /* offset of the path in text */
};

/*
 * Makes a URL canonical: lower-case scheme and A-label host, default port, fragment and dot segments
 * dropped, what needs it percent-encoded in capitals, nothing else. Userinfo is refused, not dropped.
 * url is filled only with URL_OK (and host_error); free it with url_free.
 */
enum url_error url_read(const char *text, size_t len, struct url *url);

/* The re-check of what a worker sends: a URL that url_read would change in any byte is refused. */
enum url_error url_check(const char *text, size_t len, struct url *url);

/* A link as it stands in a page at base: absolute, "//host/x", "/x", "x", "?x", "#x" (RFC 3986, 5.2). Blanks around it count for nothing.
 */
enum url_error url_resolve(const struct url *base, const char *reference, size_t len, struct url *url);

void url_free(struct url *url); /* may be called again, and after an error */

/* Whether a link or redirect may lead there: a public name or an onion service. All else only where a source's own start names it. */
bool url_may_follow(const struct url *url);

/* What is wrong, for a person; with the host's error where that is the cause. */
const char *url_error_text(enum url_error error, const struct url *url);

#endif
