#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/source.h"
#include "inspect/unpack/walk.h"
#include "shared/mem.h"

enum { OUT_BYTES = 256 * 1024, PROBE_BYTES = 64 * 1024 };

struct brotli_source {
	struct source source;
	struct walk *walk;
	const char *path;
	struct source *inner;
	BrotliDecoderState *decoder;
	const uint8_t *in;
	size_t in_len;
	bool over;
	uint8_t *out;
};

/* A window of more than 16 MiB is not of RFC 7932, and the decoder refuses it by itself. */
bool brotli_begins(struct slice head)
{
	BrotliDecoderState *decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	const uint8_t *in = (const uint8_t *)head.data;
	uint8_t *out = xmalloc(PROBE_BYTES), *next = out;
	size_t in_len = head.len, room = PROBE_BYTES;
	BrotliDecoderResult result = BROTLI_DECODER_RESULT_ERROR;
	if (decoder != NULL && head.len > 0)
		result = BrotliDecoderDecompressStream(decoder, &in_len, &in, &room, &next, NULL);
	BrotliDecoderDestroyInstance(decoder);
	mem_wipe(out, PROBE_BYTES);
	free(out);
	return result != BROTLI_DECODER_RESULT_ERROR;
}

/* False at the end of the inner source or its fault. */
static bool feed(struct brotli_source *self)
{
	ssize_t got = source_read(self->inner, &self->in);
	if (got < 0)
		source_fail(&self->source, self->inner->cause, self->inner->why);
	else if (got == 0)
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "compressed data ends early");
	self->in_len = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static ssize_t brotli_read(struct source *source, const uint8_t **data)
{
	struct brotli_source *self = (struct brotli_source *)source;
	size_t room = OUT_BYTES;
	uint8_t *next = self->out;
	while (!self->over && room > 0) {
		BrotliDecoderResult result = BrotliDecoderDecompressStream(self->decoder, &self->in_len, &self->in, &room, &next, NULL);
		self->over = result == BROTLI_DECODER_RESULT_SUCCESS;
		if (self->over)
			walk_behind(self->walk, self->path, (struct slice){(const char *)self->in, self->in_len}, self->inner);
		if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT && !feed(self))
			break;
		if (result == BROTLI_DECODER_RESULT_ERROR) {
			source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
				BrotliDecoderErrorString(BrotliDecoderGetErrorCode(self->decoder)));
			break;
		}
	}
	*data = self->out;
	size_t made = OUT_BYTES - room;
	if (made == 0 && source->failed)
		return -1;
	return walk_produced(self->walk, self->path, made) ? (ssize_t)made : 0;
}

static void brotli_close(struct source *source)
{
	struct brotli_source *self = (struct brotli_source *)source;
	BrotliDecoderDestroyInstance(self->decoder);
	mem_wipe(self->out, OUT_BYTES);
	free(self->out);
	free(self);
}

struct source *source_unbrotli(struct walk *walk, const char *path, struct source *inner)
{
	struct brotli_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = brotli_read;
	self->source.close = brotli_close;
	self->walk = walk;
	self->path = path;
	self->inner = inner;
	self->decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	self->over = self->decoder == NULL;
	if (self->over)
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "no memory for brotli");
	self->out = xmalloc(OUT_BYTES);
	return &self->source;
}
