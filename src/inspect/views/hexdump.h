/*
 * Dumps of bytes as xxd, hexdump, od, Wireshark and their like print them: an offset, then the bytes of a line in groups. The bytes
 * are read as a document of their own. A dump may be longer than the window.
 */
#ifndef LEAKTRAWL_HEXDUMP_H
#define LEAKTRAWL_HEXDUMP_H

#include "inspect/views/views.h"

struct hexdump;

struct hexdumps {
	struct hexdump *open; /* goes on behind the window */
	uint64_t done;        /* offset in the lane: all up to here was looked at */
};

void hexdumps_free(struct hexdumps *dumps);
/* What looks like the offset of a dump's line stands at `at`. limit: lines that begin behind it come with a later window. */
void hexdump_around(struct hexdumps *dumps, struct text *text, size_t at, size_t limit);
/* Reads the open one on. */
void hexdump_continue(struct hexdumps *dumps, struct text *text, size_t limit);

#endif
