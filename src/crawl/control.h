/*
 * The control port of a Tor client as a crawl sees it: which circuit carried what came through which local port, and a
 * new identity now and then. Optional in everything: without it pages come all the same, and streams are kept apart by
 * their SOCKS users.
 */
#ifndef LEAKTRAWL_CRAWL_CONTROL_H
#define LEAKTRAWL_CRAWL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/pool.h"

struct control_port;

/* Starts the process; NULL where the proxy has no control port. */
struct control_port *control_start(struct pool *pool, const struct proxy *proxy);
void control_free(struct control_port *control); /* NULL is fine, here and below */

/* Starts it anew where it was given up and its pause is over. */
void control_tend(struct control_port *control);
/* It speaks to Tor, or will not for now: nothing to wait for. */
bool control_settled(const struct control_port *control);
/* The circuit of the stream from that port, or NULL where it is not known. Valid until the next poll. */
const char *control_circuit(const struct control_port *control, uint32_t port);
/* Asks for a new identity, once in LIMIT_IDENTITY_MS: it takes their circuits from all who use this Tor. */
void control_renew(struct control_port *control);

#endif
