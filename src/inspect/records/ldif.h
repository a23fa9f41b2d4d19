/* Entries of a directory in which our name stands in a form that no literal of it finds. */
#ifndef LEAKTRAWL_LDIF_H
#define LEAKTRAWL_LDIF_H

#include <stddef.h>

#include "inspect/scan.h"

/*
 * An entry begins at `at` (TRIGGER_ENTRY). Where a line of it is folded amid a name of ours (RFC 2849: a line break and a blank), it is
 * read once more unfolded; where its own name says DC=corp,DC=example, its secrets are those of a log-in there.
 */
void ldif_entry(struct text *text, size_t at);

#endif
