#include <lzma.h>
#include <stdlib.h>

#include "inspect/unpack/source.h"
#include "inspect/unpack/walk.h"
#include "shared/mem.h"

enum { OUT_BYTES = 256 * 1024 };

struct lzma_source {
	struct source source;
	struct walk *walk;
	const char *path;
	struct source *inner;
	lzma_stream stream;
	bool begun, over;
	uint8_t *out;
};

static void fail(struct lzma_source *self, lzma_ret result)
{
	switch (result) {
	case LZMA_MEMLIMIT_ERROR:
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "dictionary_bytes");
		break;
	case LZMA_MEM_ERROR:
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "no memory for its dictionary");
		break;
	case LZMA_BUF_ERROR:
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "compressed data ends early");
		break;
	case LZMA_OPTIONS_ERROR:
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED, "xz options this decoder does not know");
		break;
	default:
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "damaged xz data");
	}
}

/* Compressed bytes for the decoder; at the end of the inner source it is told to finish. */
static lzma_action feed(struct lzma_source *self)
{
	const uint8_t *data;
	ssize_t got;
	if (self->stream.avail_in > 0)
		return LZMA_RUN;
	got = source_read(self->inner, &data);
	if (got <= 0)
		return LZMA_FINISH;
	self->stream.next_in = data;
	self->stream.avail_in = (size_t)got;
	return LZMA_RUN;
}

static bool begin(struct lzma_source *self)
{
	/* Memory for a decoder is its dictionary and little more. */
	uint64_t most = self->walk->engine->limits.dictionary_bytes + 1024 * 1024;
	lzma_ret result = lzma_auto_decoder(&self->stream, most, LZMA_CONCATENATED);
	self->begun = true;
	if (result != LZMA_OK)
		fail(self, result);
	return result == LZMA_OK;
}

static ssize_t lzma_read(struct source *source, const uint8_t **data)
{
	struct lzma_source *self = (struct lzma_source *)source;
	if (!self->begun && !begin(self))
		return -1;
	self->stream.next_out = self->out;
	self->stream.avail_out = OUT_BYTES;
	while (!self->over && !source->failed && self->stream.avail_out > 0) {
		lzma_ret result = lzma_code(&self->stream, feed(self));
		self->over = result == LZMA_STREAM_END;
		if (self->inner->failed)
			source_fail(source, self->inner->cause, self->inner->why);
		else if (result != LZMA_OK && result != LZMA_STREAM_END)
			fail(self, result);
	}
	*data = self->out;
	size_t made = OUT_BYTES - self->stream.avail_out;
	if (made == 0 && source->failed)
		return -1;
	return walk_produced(self->walk, self->path, made) ? (ssize_t)made : 0;
}

static void lzma_close(struct source *source)
{
	struct lzma_source *self = (struct lzma_source *)source;
	lzma_end(&self->stream);
	mem_wipe(self->out, OUT_BYTES);
	free(self->out);
	free(self);
}

struct source *source_unlzma(struct walk *walk, const char *path, struct source *inner)
{
	struct lzma_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = lzma_read;
	self->source.close = lzma_close;
	self->walk = walk;
	self->path = path;
	self->inner = inner;
	self->stream = (lzma_stream)LZMA_STREAM_INIT;
	self->out = xmalloc(OUT_BYTES);
	return &self->source;
}
