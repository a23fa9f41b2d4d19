/* Whether a link or redirect may be fetched for a source. Everything a page says passes here. */
#ifndef LEAKTRAWL_SCOPE_H
#define LEAKTRAWL_SCOPE_H

#include <stdbool.h>

#include "config/config.h"
#include "crawl/url.h"
#include "messages/messages.pb-c.h"

enum scope_verdict {
	SCOPE_IN,
	SCOPE_NOT_A_URL,      /* no canonical http or https URL */
	SCOPE_REFUSED,        /* address literal, private, loopback or single-label host the source's start does not name */
	SCOPE_OTHER_HOST,     /* not the start's host and port */
	SCOPE_DIRECT_ONION,   /* an onion service without a proxy */
	SCOPE_ONION_TO_CLEAR, /* from an onion service to the clear web */
};

/*
 * Reads text (canonical, as a worker must send it) into url on SCOPE_IN; free it with url_free. own_hosts: only
 * hosts that a start names (links that were followed, redirects); else any public host, as a site description
 * decided.
 */
enum scope_verdict scope_check(const struct source *source, const char *text, bool own_hosts, struct url *url);
/*
 * The same for a redirect of from, in any spelling: to a host that a start names, to the other standard port of
 * from's own host, and from an onion service to the clear web where the source allows that.
 */
enum scope_verdict scope_check_redirect(const struct source *source, const char *from, const char *text, struct url *url);
const char *scope_text(enum scope_verdict verdict);

#endif
