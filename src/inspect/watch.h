/* The watch-list compiled for lookups; the questions others ask of it stand in engine.h. */
#ifndef LEAKTRAWL_WATCH_H
#define LEAKTRAWL_WATCH_H

#include "inspect/engine.h"

/* config must outlive the result. Entries arrive as lower-case A-labels, checked by the coordinator. */
struct watch *watch_new(const Lt__InspectConfig *config);
void watch_free(struct watch *watch);

/* A set of names that answers suffix questions on label borders. */
struct host_set;
struct host_set *host_set_new(void);
void host_set_free(struct host_set *set);
/* value is returned by the lookup of this name; the first one added counts. name is copied. */
void host_set_add(struct host_set *set, const char *name, uint32_t value);
/* The entry that is host or the nearest parent of it. host: lower-case A-labels. */
bool host_set_find(const struct host_set *set, const char *host, bool *exact, uint32_t *value);

/* Lower-case A-labels without trailing dots; false when host is no host name (or an IP literal stays as it is). */
bool host_canonical(struct slice host, char out[HOST_TEXT_BYTES]);

#endif
