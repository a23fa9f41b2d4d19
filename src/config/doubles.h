/* Finds what stands in a list twice, compared without ASCII case. */
#ifndef LEAKTRAWL_DOUBLES_H
#define LEAKTRAWL_DOUBLES_H

#include <stddef.h>

struct doubles;

struct doubles *doubles_new(size_t most);
/* Returns 0 for a text that is new, else the line it was first given with. text stays the caller's and must last. */
unsigned doubles_add(struct doubles *doubles, const char *text, unsigned line);
void doubles_free(struct doubles *doubles);

#endif
