/* The links of a page that has to prove itself before they count, kept as they came. */
#ifndef LEAKTRAWL_PROBE_H
#define LEAKTRAWL_PROBE_H

#include <stdbool.h>

#include "messages/messages.pb-c.h"

struct probe;

struct probe *probe_new(void);
void probe_free(struct probe *probe); /* NULL is fine */

/* Keeps a copy. False: there is no more room (LIMIT_HELD_LINKS_BYTES). */
bool probe_hold(struct probe *probe, const Lt__FoundLink *link);
/* Hands them on in their order. */
void probe_release(const struct probe *probe, void (*each)(const Lt__FoundLink *link, void *context), void *context);

#endif
