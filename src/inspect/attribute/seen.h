/*
 * Which identities a job has reported: at least the last SEEN_GENERATION of them, in constant memory. An older one may be
 * reported again; the index folds it.
 */
#ifndef LEAKTRAWL_SEEN_H
#define LEAKTRAWL_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/attribute/identity.h"

enum { SEEN_GENERATION = 65536 };

struct seen;

struct seen *seen_new(void);
void seen_free(struct seen *seen);
/* Whether it was added before; adds it. */
bool seen_add(struct seen *seen, const uint8_t identity[IDENTITY_BYTES]);

#endif
