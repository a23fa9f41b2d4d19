/* A set of texts, for what a page has said already. */
#ifndef LEAKTRAWL_TEXTS_H
#define LEAKTRAWL_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

struct texts {
	char **slots; /* open addressing, at most half full */
	size_t cap, count;
};

/* Whether it was not there before; adds it. A zeroed struct is an empty set. */
bool texts_add(struct texts *texts, const char *text);
void texts_free(struct texts *texts);

#endif
