/* A drop folder: a source whose documents are files somebody puts there. What was read is not read again. */
#ifndef LEAKTRAWL_DROP_H
#define LEAKTRAWL_DROP_H

#include "coordinator/run.h"

/* Reads what is new in the folders of the enabled drop sources (only: one of that name) and records their coverage. */
void drop_read_all(struct run *run, const char *only);

#endif
