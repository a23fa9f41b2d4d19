/* Bytes in memory that are read from front to back: what would go past their end gives nothing, and is remembered. */
#ifndef LEAKTRAWL_CURSOR_H
#define LEAKTRAWL_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/slice.h"

struct cursor {
	const uint8_t *at, *end;
	bool bad; /* more was asked for than there is, or the reader found fault: all that is asked for from then on is nothing */
};

struct cursor cursor_of(struct slice bytes);
/* The next len bytes, or NULL. */
const uint8_t *cursor_bytes(struct cursor *cursor, uint64_t len);
/* The next byte, or 0. */
uint8_t cursor_byte(struct cursor *cursor);

#endif
