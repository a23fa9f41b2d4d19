/* HTTP content codings (RFC 9110, 8.4.1): gzip, deflate, br (RFC 7932); zstd and compress are known by what they begin with. */
#ifndef LEAKTRAWL_CODINGS_H
#define LEAKTRAWL_CODINGS_H

#include "inspect/unpack/walk.h"

enum { CODINGS_MAX = 4 };

struct codings {
	struct source *layers[CODINGS_MAX];
	size_t count;
};

/*
 * The body without its codings, which are named in the order they were applied. A body that is not what is said of it is taken
 * as it is; a coding nobody knows is recorded. source stays the caller's, what comes back lives until codings_close.
 */
struct source *codings_undo(
	struct walk *walk, struct codings *codings, struct source *source, const char *path, const struct slice *names, size_t count);
void codings_close(struct codings *codings);

#endif
