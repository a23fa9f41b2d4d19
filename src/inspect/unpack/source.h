/*
 * A stream of bytes, pulled: a job's descriptors, a piece of memory, or a decoder over another source.
 * Sources stack as containers do. A source that fails says why in cause and why; whoever reads it records that.
 */
#ifndef LEAKTRAWL_SOURCE_H
#define LEAKTRAWL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inspect/unpack/unpack.h"
#include "messages/messages.pb-c.h"
#include "shared/buf.h"
#include "shared/slice.h"

struct source {
	/* The next bytes, valid until the next call: their count, 0 at the end, -1 after a fault. Never called again after either. */
	ssize_t (*read)(struct source *source, const uint8_t **data);
	/* The same into memory of the caller, where a source can do so without a copy; else NULL. */
	ssize_t (*fill)(struct source *source, uint8_t *data, size_t len);
	/* Goes to an absolute offset, which may lie behind the end. NULL where the source only goes forward. */
	void (*seek)(struct source *source, uint64_t offset);
	uint64_t (*size)(struct source *source); /* NULL with seek */
	void (*close)(struct source *source);    /* frees the source */

	struct buf head; /* looked at already, handed out first ... */
	size_t head_given;
	struct slice rest; /* ... then what the last read gave beyond */
	bool ended, failed;
	uint64_t at; /* offset of the next byte source_read gives */
	Lt__NotInspectedCause cause;
	char why[160];
};

void source_init(struct source *source);
void source_close(struct source *source); /* NULL is fine */

ssize_t source_read(struct source *source, const uint8_t **data);
/* Reads into data; only of a source that has fill. */
ssize_t source_fill(struct source *source, void *data, size_t len);
/* The first want bytes (fewer at the end) without consuming them; only at the beginning of a source. */
struct slice source_peek(struct source *source, size_t want);
void source_seek(struct source *source, uint64_t offset);

void source_fail(struct source *source, Lt__NotInspectedCause cause, const char *why);

/* The rest of the source up to the buffer's maximum. False where there is more, which is still to be read; a fault or the
 * end both end it. */
bool source_slurp(struct source *source, struct buf *into);

struct walk;
/* Volumes of one document, read one behind the other. Parts stay the caller's. Counts what it reads in the walk. */
struct source *source_of_parts(struct walk *walk, const struct unpack_part *parts, size_t count);
/* data stays the caller's. */
struct source *source_of_memory(const void *data, size_t len);
/* head, then what is left of tail; both stay the caller's. Forward only. */
struct source *source_joined(struct slice head, struct source *tail);
/* zlib, gzip and raw deflate ("deflate" as servers send it), also several streams in a row. inner and path stay the caller's. */
struct source *source_inflated(struct walk *walk, const char *path, struct source *inner);
/* xz and LZMA_alone; a dictionary past limits.dictionary_bytes is refused. inner and path stay the caller's. */
struct source *source_unlzma(struct walk *walk, const char *path, struct source *inner);
/* A brotli stream. inner and path stay the caller's. */
struct source *source_unbrotli(struct walk *walk, const char *path, struct source *inner);
/* Whether a brotli stream may begin so: it has no mark of its own. */
bool brotli_begins(struct slice head);

#endif
