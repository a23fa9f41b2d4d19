/*
 * Endless places: calendars, session ids in links, paths that repeat themselves. What looks like one is not
 * followed beyond a bound, per source and run, and counted.
 */
#ifndef LEAKTRAWL_TRAP_H
#define LEAKTRAWL_TRAP_H

#include <stdbool.h>

struct trap;

struct trap *trap_new(void);
void trap_free(struct trap *trap); /* NULL is fine */

/* Whether a canonical URL is one more of too many: a path with a part three times or too deep, or too many queries on one path. */
bool trap_caught(struct trap *trap, const char *url);

#endif
