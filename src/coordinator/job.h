/* A piece of a document as the Job that an inspector gets. */
#ifndef LEAKTRAWL_COORDINATOR_JOB_H
#define LEAKTRAWL_COORDINATOR_JOB_H

#include "coordinator/document.h"
#include "coordinator/pool.h"

/* Sends it with its parts, which are open. False where the worker takes nothing. */
bool job_send(struct pool_worker *worker, const struct reading_piece *piece, const struct part *parts, size_t count);

#endif
