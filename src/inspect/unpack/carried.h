/* Archives behind a program that unpacks them: self-extracting ones. */
#ifndef LEAKTRAWL_CARRIED_H
#define LEAKTRAWL_CARRIED_H

#include <stdbool.h>

#include "inspect/unpack/sniff.h"
#include "inspect/unpack/source.h"

/* Whether content begins as programs do. */
bool carried_may_be(struct slice head);
/* Where in the first bytes of a program an archive begins, whose header is whole; its kind, or CONTENT_BYTES. */
enum content carried_find(struct slice head, size_t *at);
/* What stands behind the first so many bytes; inner stays the caller's, and can seek. */
struct source *source_behind(struct source *inner, uint64_t offset);

#endif
