/*
 * What a URL points at, and whether anything may be sent there. The coordinator has judged every URL before;
 * this is the second wall, in the process that holds the sockets. Besides, curl's own parser has to read the
 * same host and port out of it, so that what is judged is what is requested.
 */
#ifndef LEAKTRAWL_FETCH_TARGET_H
#define LEAKTRAWL_FETCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "crawl/url.h"

struct target {
	struct url url;
	bool named; /* its host:port stands among those that the configuration itself names */
};

/*
 * Reads a canonical URL. allowed are the "host:port" that the configuration itself names: those pass whatever
 * their class. Returns NULL and fills target (target_free), or says in static words why it is refused.
 */
const char *target_read(struct target *target, const char *url, char *const *allowed, size_t allowed_count);
void target_free(struct target *target);

#endif
