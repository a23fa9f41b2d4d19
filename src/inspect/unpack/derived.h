/* Containers that a view decoded: an archive in base64. */
#ifndef LEAKTRAWL_DERIVED_H
#define LEAKTRAWL_DERIVED_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

/* Opens data, which stood at offset of the member in this encoding, like a member within it: "a.txt!/base64-1234". */
void derived_walk(struct scan *scan, const struct member *member, const char *encoding, uint64_t offset, const void *data, size_t len);

#endif
