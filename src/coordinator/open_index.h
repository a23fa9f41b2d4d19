/* What the query commands share: the index of the configuration, the time, who asks, and the coverage line. */
#ifndef LEAKTRAWL_OPEN_INDEX_H
#define LEAKTRAWL_OPEN_INDEX_H

#include <stdint.h>

#include "index/index.h"

/* Opens the index without its fingerprint key. NULL, having said why. */
struct index *open_for_query(const char *path, enum index_mode mode);

int64_t wall_ms(void);

/* The person at the keyboard, for the audit log: the account's name, and whom sudo stood in for. The caller's. */
char *who_asks(void);

/* On standard error: what the last run reached and could not see, and that alerts were given up. */
void print_coverage(struct index *index);

#endif
