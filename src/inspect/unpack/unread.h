/* Kinds of content that hold others and cannot be opened here. */
#ifndef LEAKTRAWL_UNREAD_H
#define LEAKTRAWL_UNREAD_H

#include <stdbool.h>

#include "shared/slice.h"

struct unread {
	const char *name;
	bool encrypted;
};

/* What begins so; NULL: nothing that is known. */
const struct unread *unread_of(struct slice head);

#endif
