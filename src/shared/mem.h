/* Memory that cannot fail: no memory is our own fatal condition, never hostile data's. */
#ifndef LEAKTRAWL_MEM_H
#define LEAKTRAWL_MEM_H

#include <stddef.h>

/* All exit the process with a message when there is no memory; size 0 gives a unique pointer. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t max) __attribute__((malloc, returns_nonnull));
void *xmemdup(const void *data, size_t size) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Behind a large variable that is filled before it is read: the compiler, which zeroes the others, need not zero it first. */
#define UNSET __attribute__((uninitialized))

/* Overwrites data that may hold a secret; not removed by the compiler. NULL is fine. */
void mem_wipe(void *data, size_t size);

#endif
