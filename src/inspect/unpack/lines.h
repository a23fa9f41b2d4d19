/* Lines of a source, and what stands between them, for formats that mix both. */
#ifndef LEAKTRAWL_UNPACK_LINES_H
#define LEAKTRAWL_UNPACK_LINES_H

#include <stdbool.h>

#include "inspect/unpack/source.h"

struct lines {
	struct source *source;
	struct slice chunk; /* what is left of the last read */
};

/*
 * The next line without its CR LF into line (cleared first). False at the end of the source. *cut: it was longer than the
 * buffer's maximum; the rest was passed over.
 */
bool lines_next(struct lines *lines, struct buf *line, bool *cut);

/* At most want bytes of what comes next, valid until the next call; 0 at the end. */
size_t lines_bytes(struct lines *lines, size_t want, const uint8_t **data);

#endif
