#include "shared/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"

static void *checked(void *pointer)
{
	if (pointer == NULL)
		log_fatal("out of memory");
	return pointer;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	return checked(reallocarray(old, count, size));
}

char *xstrdup(const char *text)
{
	return checked(strdup(text));
}

char *xstrndup(const char *text, size_t max)
{
	return checked(strndup(text, max));
}

void *xmemdup(const void *data, size_t size)
{
	void *copy = xmalloc(size);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		log_fatal("out of memory");
	return text;
}

void mem_wipe(void *data, size_t size)
{
	if (data != NULL && size > 0)
		explicit_bzero(data, size);
}
