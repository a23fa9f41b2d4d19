/* Which calls a plan's seccomp filter answers how. */
#ifndef LEAKTRAWL_CALLS_H
#define LEAKTRAWL_CALLS_H

#include "sandbox/sandbox.h"

/* Loads the filter of the plan for good. Returns 0, or a negative errno. */
int calls_filter(const struct sandbox_plan *plan);

#endif
