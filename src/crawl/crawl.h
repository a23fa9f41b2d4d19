/*
 * A crawl: what is due at each source is fetched through the source's proxy, handed to the inspectors, and the
 * links they find go back into the frontier, until nothing is due.
 */
#ifndef LEAKTRAWL_CRAWL_H
#define LEAKTRAWL_CRAWL_H

#include <stdbool.h>

#include "coordinator/run.h"

struct crawl_options {
	const char *source; /* only this one, or NULL */
	bool once;          /* do not wait for retries */
	bool force;         /* everything is due */
};

/* Crawls until nothing is due or the run is told to stop. Puts each source's coverage and health into the index. */
void crawl(struct run *run, const struct crawl_options *options);

/* When the next URL of an enabled source (NULL: of any) or the next alert falls due, by the index; far in the future where nothing does. */
int64_t crawl_next_due(const struct config *config, const char *source);

#endif
