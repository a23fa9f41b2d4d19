/*
 * Who else could change or read a file we rely on. The owner must be root or the caller; so for every
 * folder above it, where others may write only if the folder is sticky (as /tmp), since then they cannot
 * replace what is not theirs.
 */
#ifndef LEAKTRAWL_TRUST_H
#define LEAKTRAWL_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trust_demand {
	TRUST_NOTHING = 0, /* a file that came with leaktrawl: whoever installed it is trusted */
	TRUST_WRITERS = 1, /* nobody but root and the caller can change it */
	TRUST_READERS = 2, /* ... nor read it */
	TRUST_PROGRAM = 4, /* it can be executed */
	TRUST_OWNER = 8,   /* as TRUST_READERS, and no service reads it by its group */
};

struct stat;
/*
 * Whether others than the owner are kept from reading it. A service's account may read by its group what is root's: then
 * it cannot change it.
 */
bool trust_private(const struct stat *status);

/*
 * Opens a regular file for reading if it meets the demands (of enum trust_demand, or-ed). Returns a
 * descriptor, or -1 with the reason and the fix in *why (the caller frees): "others can write it: chmod go-w".
 */
int trust_open(const char *path, int demands, char **why);

/* The same without opening: NULL, or why not (the caller frees). A folder passes with TRUST_WRITERS alone. */
char *trust_check(const char *path, int demands);

/*
 * trust_open and its content, at most max bytes, followed by a 0 byte. The caller wipes where it is secret,
 * and frees. NULL with *why where it cannot be.
 */
uint8_t *trust_read(const char *path, int demands, size_t max, size_t *len, char **why);

#endif
