/*
 * A growable byte buffer with a mandatory maximum, so that no unbounded buffer can be made.
 * Appending past the maximum changes nothing and returns false: the caller records the limit.
 */
#ifndef LEAKTRAWL_BUF_H
#define LEAKTRAWL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data; /* always followed by one 0 byte once anything was appended */
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *buf, size_t max);
bool buf_append(struct buf *buf, const void *data, size_t len) __attribute__((warn_unused_result));
bool buf_append_text(struct buf *buf, const char *text) __attribute__((warn_unused_result));
bool buf_append_byte(struct buf *buf, uint8_t byte) __attribute__((warn_unused_result));
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3), warn_unused_result));

/* Removes the first count bytes. */
void buf_drop(struct buf *buf, size_t count);
void buf_clear(struct buf *buf);       /* keeps the memory, wipes the content */
void buf_free(struct buf *buf);        /* wipes and frees; the buffer can be initialised again */
const char *buf_text(struct buf *buf); /* 0-terminated, "" when empty; owned by the buffer */

#endif
