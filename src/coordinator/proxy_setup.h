/* What fetch and notify are told at start: their proxy as a literal address, keys of hooks, certificates. */
#ifndef LEAKTRAWL_PROXY_SETUP_H
#define LEAKTRAWL_PROXY_SETUP_H

#include <stdbool.h>

#include "config/config.h"
#include "coordinator/pool.h"

/*
 * Queues FetchSetup for a worker that serves one proxy ("direct" included). False, having said why, when the
 * proxy's name does not resolve or there are no CA certificates.
 */
bool proxy_setup_fetch(struct pool_worker *worker, const struct config *config, const struct proxy *proxy, unsigned parallel);

/*
 * Queues ControlSetup for the control port of a proxy that has one, with its password or cookie as it is now. False,
 * having said why, where that cannot be read or the name does not resolve.
 */
bool proxy_setup_control(struct pool_worker *worker, const struct proxy *proxy);

/* Queues NotifySetup with all webhooks of the configuration. False, having said why, when a key cannot be read. */
bool proxy_setup_notify(struct pool_worker *worker, const struct config *config);

#endif
