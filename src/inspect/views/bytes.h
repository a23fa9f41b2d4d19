/*
 * Lists of bytes in source code: 0x6a, 0x64, ... as xxd -i and PowerShell write them, and strings of nothing but \x6a\x64.
 * The bytes are read as a document of their own. A list may be longer than the window.
 */
#ifndef LEAKTRAWL_BYTES_H
#define LEAKTRAWL_BYTES_H

#include "inspect/views/views.h"

struct byte_list;

struct bytes {
	struct byte_list *open; /* goes on behind the window */
	uint64_t done;          /* offset in the lane: all up to here was looked at */
};

void bytes_free(struct bytes *bytes);
/* What looks like the begin of a list stands at `at`. limit: bytes that begin behind it come with a later window. */
void bytes_around(struct bytes *bytes, struct text *text, size_t at, size_t limit);
/* Whether the escape at `at` is one of such a string: it's no escape within other text. */
bool bytes_hold(const struct text *text, size_t at);
/* Reads the open one on. */
void bytes_continue(struct bytes *bytes, struct text *text, size_t limit);

#endif
