/* libarchive over a source. */
#ifndef LEAKTRAWL_ARCHIVE_H
#define LEAKTRAWL_ARCHIVE_H

#include "inspect/unpack/sniff.h"
#include "inspect/unpack/source.h"

/*
 * An archive or compressed stream of this kind, ready for its first header; the caller frees it, and keeps source. Passwords are for
 * zip alone. NULL without memory; whatever else is wrong shows in the first header.
 */
struct archive *archive_open(struct source *source, enum content content, char *const *passwords, size_t count);

#endif
