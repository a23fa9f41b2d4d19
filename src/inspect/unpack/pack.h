/*
 * A folder that holds machines is none itself: resellers lay the log-ins of hundreds beside the folders of their machines. Which folders
 * below a bundle's are machines of their own is learned from their names, or from system information with secrets beside it.
 */
#ifndef LEAKTRAWL_PACK_H
#define LEAKTRAWL_PACK_H

#include <stdbool.h>

#include "inspect/engine.h"
#include "inspect/scan.h"

struct pack;

/* below: the bundle's folder, which outlives the pack. */
struct pack *pack_new(const struct engine *engine, const char *below);
void pack_free(struct pack *pack);

/* Takes note of a member of the bundle. */
void pack_member(struct pack *pack, const struct member *member);
/* Takes note of what a member's text says of its machine, NULL for nothing. */
void pack_machine(struct pack *pack, const struct member *member, const Lt__Machine *machine);
/* Whether several machines stand below the folder, and nothing says that it is one. */
bool pack_is_several(const struct pack *pack);

#endif
