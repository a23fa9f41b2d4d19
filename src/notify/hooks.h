/* The webhooks this process may call: each its own URL, secret and route, and no other host is reachable. */
#ifndef LEAKTRAWL_NOTIFY_HOOKS_H
#define LEAKTRAWL_NOTIFY_HOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "fetch/route.h"
#include "limits/limits.h"
#include "messages/messages.pb-c.h"

struct hook {
	char *name;
	char *url;
	char *allowed; /* its own "host:port", which may well be private */
	unsigned char *secret;
	size_t secret_len; /* 0: calls are not signed */
	struct route route;
	uint16_t port;       /* it connects to: the proxy's, or its own */
	const char *problem; /* static words: why it cannot be called, or NULL */
};

struct hooks {
	struct hook list[LIMIT_HOOKS];
	size_t count;
};

/*
 * Takes the hooks of a set-up. Hosts that are called directly are resolved here and pinned, so that the process
 * needs no names later: it happens before the sandbox. A hook that cannot be used keeps its problem; a set-up
 * that cannot be meant ends the worker.
 */
void hooks_take(struct hooks *hooks, const Lt__NotifySetup *setup);
struct hook *hooks_find(struct hooks *hooks, const char *name); /* or NULL */

#endif
