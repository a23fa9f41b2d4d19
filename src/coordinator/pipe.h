/*
 * Standard input that is a pipe. It cannot be read twice, so what it holds decides how: lists of lines and blocks are cut into ranges while
 * they come, each kept in memory until an inspector is done with it; other text goes on to one inspector as it comes; a container is kept
 * to its end, beside the index, or without one in memory up to limits.input_memory_bytes. What is shorter than a file that is split is
 * kept.
 */
#ifndef LEAKTRAWL_PIPE_H
#define LEAKTRAWL_PIPE_H

#include <stdbool.h>

#include "coordinator/run.h"

struct pipe;

/* Begins to read standard input with each turn of the run. */
struct pipe *pipe_new(struct run *run);
/* Whether it is still read by the coordinator; once not, its document tells when it is done. */
bool pipe_is_open(const struct pipe *pipe);
void pipe_free(struct pipe *pipe); /* NULL is fine; before the run ends */

#endif
