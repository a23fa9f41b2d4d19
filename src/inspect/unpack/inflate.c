#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/unpack/source.h"
#include "inspect/unpack/walk.h"
#include "shared/mem.h"

enum { OUT_BYTES = 256 * 1024, ANY_WRAPPER = 15 + 32, NO_WRAPPER = -15 };

/* Which wrapper a "deflate" body has is known only by trying: RFC 9110 says zlib, many servers send none. */
enum inflate_state { INFLATE_FIRST, INFLATE_RUNNING, INFLATE_BETWEEN, INFLATE_OVER };

struct inflate_source {
	struct source source;
	struct walk *walk;
	const char *path;
	struct source *inner;
	z_stream stream;
	enum inflate_state state;
	uint8_t *out;
};

static bool looks_wrapped(struct slice head)
{
	const uint8_t *data = (const uint8_t *)head.data;
	return head.len >= 2 && ((data[0] == 0x1f && data[1] == 0x8b) || ((data[0] & 0x0f) == 8 && (data[0] * 256u + data[1]) % 31 == 0));
}

static bool begin(struct inflate_source *self)
{
	if (inflateInit2(&self->stream, looks_wrapped(source_peek(self->inner, 2)) ? ANY_WRAPPER : NO_WRAPPER) != Z_OK) {
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "no memory for inflate");
		return false;
	}
	self->state = INFLATE_RUNNING;
	return true;
}

/* False at the end of the inner source or its fault. */
static bool feed(struct inflate_source *self)
{
	const uint8_t *data;
	ssize_t got = source_read(self->inner, &data);
	if (got < 0)
		source_fail(&self->source, self->inner->cause, self->inner->why);
	if (got <= 0)
		return false;
	self->stream.next_in = (uint8_t *)(uintptr_t)data;
	self->stream.avail_in = (uInt)got;
	return true;
}

/* Another gzip stream may follow (RFC 1952 2.2), or zeros, which are padding. */
static bool begin_next(struct inflate_source *self)
{
	if (self->stream.avail_in == 0 && !feed(self))
		return false;
	if (*self->stream.next_in != 0x1f || inflateReset2(&self->stream, ANY_WRAPPER) != Z_OK) {
		walk_behind(self->walk, self->path, (struct slice){(const char *)self->stream.next_in, self->stream.avail_in}, self->inner);
		return false;
	}
	self->state = INFLATE_RUNNING;
	return true;
}

static ssize_t inflate_read(struct source *source, const uint8_t **data)
{
	struct inflate_source *self = (struct inflate_source *)source;
	if (self->state == INFLATE_FIRST && !begin(self))
		return -1;
	self->stream.next_out = self->out;
	self->stream.avail_out = OUT_BYTES;
	while (self->state != INFLATE_OVER && self->stream.avail_out > 0) {
		if (self->state == INFLATE_BETWEEN && !begin_next(self)) {
			self->state = INFLATE_OVER;
			break;
		}
		if (self->stream.avail_in == 0 && !feed(self)) {
			if (!source->failed)
				source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "compressed data ends early");
			break;
		}
		int result = inflate(&self->stream, Z_NO_FLUSH);
		if (result == Z_STREAM_END) {
			self->state = INFLATE_BETWEEN;
		} else if (result != Z_OK && result != Z_BUF_ERROR) {
			source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
				self->stream.msg != NULL ? self->stream.msg : "not compressed data");
			break;
		}
	}
	*data = self->out;
	ssize_t made = (ssize_t)(OUT_BYTES - self->stream.avail_out);
	if (made == 0 && source->failed)
		return -1;
	return walk_produced(self->walk, self->path, (size_t)made) ? made : 0;
}

static void inflate_close(struct source *source)
{
	struct inflate_source *self = (struct inflate_source *)source;
	if (self->state != INFLATE_FIRST)
		inflateEnd(&self->stream);
	mem_wipe(self->out, OUT_BYTES);
	free(self->out);
	free(self);
}

struct source *source_inflated(struct walk *walk, const char *path, struct source *inner)
{
	struct inflate_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = inflate_read;
	self->source.close = inflate_close;
	self->walk = walk;
	self->path = path;
	self->inner = inner;
	self->out = xmalloc(OUT_BYTES);
	return &self->source;
}
