/* What each rule is (`rules list`, `rules show`) and what it costs (`rules bench`). */
#ifndef LEAKTRAWL_RULES_BENCH_H
#define LEAKTRAWL_RULES_BENCH_H

#include <stddef.h>

#include "inspect/scan.h"
#include "inspect/unpack/unpack.h"
#include "messages/messages.pb-c.h"

/* Reports every chosen rule. */
void rules_list(struct scan *scan);
/* Runs every chosen rule over the parts, as they stand, or over all examples and near misses where there are none; reports each. */
void rules_bench(struct scan *scan, const struct unpack_part *parts, size_t count, Lt__JobDone *done);

#endif
