#include "shared/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

enum { FIRST_CAPACITY = 256 };

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

/* Moves to new memory by hand: realloc could leave a copy of a secret behind. */
static bool reserve(struct buf *buf, size_t extra)
{
	size_t need;
	size_t cap;
	uint8_t *data;

	if (extra > buf->max || buf->len > buf->max - extra)
		return false;
	need = buf->len + extra + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap > 0 ? buf->cap : FIRST_CAPACITY;
	while (cap < need)
		cap *= 2;
	data = xmalloc(cap);
	if (buf->len > 0)
		memcpy(data, buf->data, buf->len);
	mem_wipe(buf->data, buf->cap);
	free(buf->data);
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool buf_append(struct buf *buf, const void *data, size_t len)
{
	if (!reserve(buf, len))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = 0;
	return true;
}

bool buf_append_text(struct buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

bool buf_append_byte(struct buf *buf, uint8_t byte)
{
	return buf_append(buf, &byte, 1);
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	va_list again;
	int length;
	bool fits;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	fits = length >= 0 && reserve(buf, (size_t)length);
	if (fits) {
		(void)vsnprintf((char *)buf->data + buf->len, (size_t)length + 1, format, again);
		buf->len += (size_t)length;
	}
	va_end(again);
	return fits;
}

void buf_drop(struct buf *buf, size_t count)
{
	if (count >= buf->len) {
		buf_clear(buf);
		return;
	}
	memmove(buf->data, buf->data + count, buf->len - count);
	mem_wipe(buf->data + buf->len - count, count);
	buf->len -= count;
	buf->data[buf->len] = 0;
}

void buf_clear(struct buf *buf)
{
	mem_wipe(buf->data, buf->cap);
	buf->len = 0;
}

void buf_free(struct buf *buf)
{
	mem_wipe(buf->data, buf->cap);
	free(buf->data);
	*buf = (struct buf){.max = buf->max};
}

const char *buf_text(struct buf *buf)
{
	return buf->len > 0 ? (const char *)buf->data : "";
}
