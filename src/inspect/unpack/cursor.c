#include "inspect/unpack/cursor.h"

#include <stddef.h>

struct cursor cursor_of(struct slice bytes)
{
	const uint8_t *data = (const uint8_t *)bytes.data;
	return (struct cursor){data, data + bytes.len, false};
}

const uint8_t *cursor_bytes(struct cursor *cursor, uint64_t len)
{
	const uint8_t *bytes = cursor->at;
	if (cursor->bad || len > (uint64_t)(cursor->end - cursor->at)) {
		cursor->bad = true;
		return NULL;
	}
	cursor->at += len;
	return bytes;
}

uint8_t cursor_byte(struct cursor *cursor)
{
	const uint8_t *byte = cursor_bytes(cursor, 1);
	return byte != NULL ? *byte : 0;
}
