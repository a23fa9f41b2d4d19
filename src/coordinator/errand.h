/*
 * One page fetched outside a run, by a fetch process of its own through the source's proxy: the same walls, the same scope, the
 * same time-outs as in a crawl, and nothing of it is kept.
 */
#ifndef LEAKTRAWL_ERRAND_H
#define LEAKTRAWL_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/command.h"
#include "crawl/jar.h"

struct errand {
	struct command_context *context;
	const struct source *source;
	struct jar *jar;           /* sent and refreshed; NULL: none */
	const char *url;           /* canonical, judged by the caller */
	const char *method, *body; /* NULL: GET */
	const char *referer;       /* or NULL */
};

struct errand_answer {
	char *url; /* after redirects */
	unsigned status;
	int body; /* sealed memory; -1: none came */
	uint64_t size;
	char *content_type; /* or NULL */
	char **codings;
	size_t codings_count;
	char *error; /* why there is no answer, in words; NULL: there is one */
};

/* Goes, follows redirects, tries each proxy of the pool in turn while they are down. Free the answer in any case. */
void errand_run(const struct errand *errand, struct errand_answer *answer);
void errand_answer_free(struct errand_answer *answer);

#endif
