/* What a child prints, as lines for the log: split, cut at LIMIT_LOG_LINE_BYTES, silenced after LIMIT_STDERR_LINES. */
#ifndef LEAKTRAWL_LINES_H
#define LEAKTRAWL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "limits/limits.h"

struct lines {
	char data[LIMIT_LOG_LINE_BYTES];
	size_t len;
	unsigned count;
	void (*line)(const char *text, size_t len, void *context);
	void *context;
};

/* Reads what there is from a nonblocking descriptor, a bounded piece at a time. Returns false at its end. */
bool lines_read(struct lines *lines, int fd);
/* Hands on what stands without a line feed. */
void lines_end(struct lines *lines);

#endif
