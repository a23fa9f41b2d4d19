#include "inspect/views/strings.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/views/markup.h"
#include "shared/buf.h"
#include "shared/mem.h"

struct strings {
	xmlParserCtxtPtr parser;
	struct buf bytes;
	size_t *ends; /* of each string in bytes */
	size_t count, cap;
	bool in_text, in_phonetic, overflowed;
};

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct strings *self = context;
	(void)attributes;
	self->in_text = strcmp(markup_local_name(name), "t") == 0;
	self->in_phonetic |= strcmp(markup_local_name(name), "rPh") == 0; /* how it is pronounced */
}

static void on_end(void *context, const xmlChar *name)
{
	struct strings *self = context;
	self->in_text = false;
	if (strcmp(markup_local_name(name), "rPh") == 0)
		self->in_phonetic = false;
	if (strcmp(markup_local_name(name), "si") != 0 || self->overflowed)
		return;
	if (self->count == self->cap) {
		self->cap = self->cap > 0 ? 2 * self->cap : 256;
		self->ends = xreallocarray(self->ends, self->cap, sizeof *self->ends);
	}
	self->ends[self->count++] = self->bytes.len;
}

static void on_text(void *context, const xmlChar *data, int len)
{
	struct strings *self = context;
	if (self->in_text && !self->in_phonetic && !self->overflowed)
		self->overflowed = !buf_append(&self->bytes, data, (size_t)len);
}

static xmlSAXHandler handler = {.startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text};

struct strings *strings_new(size_t max_bytes)
{
	struct strings *self = xcalloc(1, sizeof *self);
	buf_init(&self->bytes, max_bytes);
	self->parser = xmlCreatePushParserCtxt(&handler, self, NULL, 0, NULL);
	if (self->parser != NULL)
		xmlCtxtUseOptions(
			self->parser, XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET | XML_PARSE_HUGE);
	return self;
}

void strings_push(struct strings *strings, const char *data, size_t len)
{
	enum { PIECE = 32 * 1024 };
	for (size_t at = 0; strings->parser != NULL && at < len; at += PIECE)
		xmlParseChunk(strings->parser, data + at, (int)(len - at < PIECE ? len - at : PIECE), 0);
}

bool strings_end(struct strings *strings)
{
	if (strings->parser != NULL) {
		xmlParseChunk(strings->parser, NULL, 0, 1);
		xmlFreeParserCtxt(strings->parser);
		strings->parser = NULL;
	}
	return !strings->overflowed;
}

struct slice strings_get(const struct strings *strings, size_t n)
{
	if (n >= strings->count)
		return SLICE_NONE;
	size_t from = n > 0 ? strings->ends[n - 1] : 0;
	return (struct slice){(const char *)strings->bytes.data + from, strings->ends[n] - from};
}

void strings_free(struct strings *strings)
{
	if (strings == NULL)
		return;
	xmlFreeParserCtxt(strings->parser);
	buf_free(&strings->bytes);
	free(strings->ends);
	free(strings);
}
