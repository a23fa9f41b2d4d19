/*
 * Several addresses of one site. The frontier knows its pages under the first address alone, so none is fetched twice; on
 * the way out and back the first is exchanged for the one in use. That is the first that answers; when it goes away, or
 * shows another site than the one known, the next takes over. Knows neither processes nor the clock.
 */
#ifndef LEAKTRAWL_MIRRORS_H
#define LEAKTRAWL_MIRRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "crawl/url.h"

struct mirrors;

/* NULL: the source has none. known: pages of it were fetched in earlier runs, so a mirror has to prove itself. */
struct mirrors *mirrors_new(const struct source *source, bool known);
void mirrors_free(struct mirrors *mirrors); /* NULL is fine */

/* The URL under the first address where it is one of a mirror, else as it is. The caller frees. */
char *mirrors_canonical(const struct mirrors *mirrors, const char *url);
/* The URL under the address in use where it is one of the first, else as it is. The caller frees. */
char *mirrors_actual(const struct mirrors *mirrors, const char *url);
/* At one of the addresses. */
bool mirrors_have(const struct mirrors *mirrors, const char *url);
/* A mirror's other than the first. */
bool mirrors_is_other(const struct mirrors *mirrors, const char *url);
/* At the address in use. */
bool mirrors_is_current(const struct mirrors *mirrors, const char *url);
/* "http://b.example:8080" */
const char *mirrors_current(const struct mirrors *mirrors);

/* Nothing but a start may be asked of the one in use, one at a time, until it is proved. */
bool mirrors_unproved(const struct mirrors *mirrors);
/* The one in use shows the site that is known, or is the first to show one. */
void mirrors_prove(struct mirrors *mirrors);

/*
 * A link of the start at the one in use, canonical. True: another mirror has it as well. Two addresses that show the same
 * new pages are the site, which has moved on.
 */
bool mirrors_agree(struct mirrors *mirrors, const char *url);

/* The one in use does not answer: it rests for a while. True: another has taken its place; false: none is left for now. */
bool mirrors_failed(struct mirrors *mirrors, int64_t now_ms);
/* The one in use shows another site: it is left alone for this run. True: another has taken its place. */
bool mirrors_lies(struct mirrors *mirrors, int64_t now_ms);

#endif
