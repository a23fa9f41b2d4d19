/* What the system information files of a bundle say of its machine, gathered over all of them. */
#ifndef LEAKTRAWL_SYSTEM_H
#define LEAKTRAWL_SYSTEM_H

#include "inspect/unpack/walk.h"

/* Reads one such file into walk->machine: what an earlier file said stands. */
void system_read(struct walk *walk, struct source *source, const struct member *member);
/* Whether a file of passwords begins with keyed blocks, or is an export, and no list of lines. */
bool system_holds_blocks(struct walk *walk, struct source *source);
/* Tells the scan of walk->machine, or of what the directory's name alone says. */
void system_tell(struct walk *walk);

#endif
