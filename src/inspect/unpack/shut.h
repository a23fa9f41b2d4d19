/*
 * Encrypted containers of one document whose password may stand in a text further on. Until the document is read they are not told.
 */
#ifndef LEAKTRAWL_SHUT_H
#define LEAKTRAWL_SHUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shut;
struct walk;

struct shut *shut_new(void);
void shut_free(struct shut *shut); /* NULL is fine */

/*
 * The container at path, or the member of it at member_path, cannot be read, for the reason detail gives; learned counts what was known
 * then. False where it is to be told at once: shut is NULL, the document itself is the container, or there are too many.
 */
bool shut_add(struct shut *shut, const char *path, const char *member_path, const char *detail, size_t learned);

size_t shut_count(const struct shut *shut);
/* The container's path, shut's own; returns how much was known when it was tried. */
size_t shut_path(const struct shut *shut, size_t i, const char **path);
/* Says what of it could not be read. */
void shut_tell(const struct shut *shut, size_t i, struct walk *walk);

#endif
