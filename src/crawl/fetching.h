/* A request's life between what sends it (fetching.c) and what its answers mean (answers.c). */
#ifndef LEAKTRAWL_FETCHING_H
#define LEAKTRAWL_FETCHING_H

#include "crawl/crawl_internal.h"

/* What a failure asks for. */
enum retry {
	RETRY_SOON,  /* as the way may be better in a moment */
	RETRY_LATER, /* gone, if not for ever */
	RETRY_HUMAN, /* nothing changes by itself */
};

struct request *request_find(struct crawl *crawl, uint64_t id); /* NULL: nobody made it */
void request_point_at(struct request *request, const struct url *target);
void request_leave_lane(struct request *request);
void request_put_result(struct request *request, const struct frontier_result *result);

/* Sends it, or leaves it waiting for its host; where there is no way now it is released. */
void request_send(struct request *request);

/* This run does not try it again should it fail. */
bool request_last_try(const struct request *request);

/* Each of these three ends the request. */
void request_end(struct request *request);
void request_release(struct request *request); /* puts it back untried: not its fault */
/* wait_ms: what the server asked for, or 0. wall: the marker of the wall that the page was, or NULL. */
void request_fail(struct request *request, enum retry retry, const char *cause, const char *error, int64_t wait_ms, const char *wall);

/* The start shows whether a source can be had at all. */
void request_ask_human(struct request *request, const char *note);

#endif
