/* One key for both: "Login:Password: jdoe:x", "L:P jdoe:x", "Combo = jdoe|x". */
#ifndef LEAKTRAWL_BLOCK_PAIR_H
#define LEAKTRAWL_BLOCK_PAIR_H

#include "inspect/records/block_lines.h"

/* Reads such a line into its two fields; leaves *out alone where it is none, or where its value is no such pair. */
void block_pair_read(const struct keys *keys, struct slice line, struct block_line *out);

#endif
