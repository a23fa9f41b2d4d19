#include "inspect/unpack/carried.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "shared/mem.h"

bool carried_may_be(struct slice head)
{
	return head.len > 64 && (memcmp(head.data, "MZ", 2) == 0 || memcmp(head.data,
									    "\x7f"
									    "ELF",
									    4) == 0);
}

static uint32_t little32(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

/* Unpackers hold the marks themselves: a header has to be whole by its checksum, or by what its fields may say. */
static bool is_7zip(struct slice at)
{
	const uint8_t *data = (const uint8_t *)at.data;
	return at.len >= 32 && memcmp(data, "7z\xbc\xaf\x27\x1c\0", 7) == 0 && crc32(0, data + 12, 20) == little32(data + 8);
}

static bool is_rar(struct slice at)
{
	const uint8_t *data = (const uint8_t *)at.data;
	if (at.len < 32 || memcmp(data, "Rar!\x1a\x07", 6) != 0)
		return false;
	if (data[6] == 0)
		return data[9] == 0x73 && data[12] == 13 && data[13] == 0;
	/* RAR 5: a checksum over the length and what it counts */
	return data[6] == 1 && data[7] == 0 && data[12] < 0x80 && 13u + data[12] <= at.len &&
	       crc32(0, data + 12, 1u + data[12]) == little32(data + 8);
}

static bool is_zip(struct slice at)
{
	const uint8_t *data = (const uint8_t *)at.data;
	if (at.len < 34 || memcmp(data, "PK\3\4", 4) != 0 || data[4] < 10 || data[4] > 63 || data[5] > 3 || data[9] != 0)
		return false;
	size_t name = data[26] | (size_t)data[27] << 8;
	if (name == 0 || name > 1024 || at.len < 30 + name)
		return false;
	return memchr(data + 30, 0, name) == NULL;
}

enum content carried_find(struct slice head, size_t *at)
{
	for (*at = 1; *at < head.len; (*at)++) {
		struct slice rest = slice_from(head, *at);
		switch (rest.data[0]) {
		case '7':
			if (is_7zip(rest))
				return CONTENT_7ZIP;
			break;
		case 'R':
			if (is_rar(rest))
				return CONTENT_RAR;
			break;
		case 'P':
			if (is_zip(rest))
				return CONTENT_ZIP;
			break;
		default:
			break;
		}
	}
	return CONTENT_BYTES;
}

/* ---- what stands behind ----------------------------------------------------------------------- */

struct behind_source {
	struct source source;
	struct source *inner;
	uint64_t offset;
};

static ssize_t behind_read(struct source *source, const uint8_t **data)
{
	struct behind_source *self = (struct behind_source *)source;
	ssize_t got = source_read(self->inner, data);
	if (got < 0)
		source_fail(source, self->inner->cause, self->inner->why);
	return got;
}

static void behind_seek(struct source *source, uint64_t offset)
{
	struct behind_source *self = (struct behind_source *)source;
	source_seek(self->inner, self->offset + offset);
}

static uint64_t behind_size(struct source *source)
{
	struct behind_source *self = (struct behind_source *)source;
	uint64_t size = self->inner->size(self->inner);
	return size > self->offset ? size - self->offset : 0;
}

static void behind_close(struct source *source)
{
	free(source);
}

struct source *source_behind(struct source *inner, uint64_t offset)
{
	struct behind_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = behind_read;
	self->source.seek = behind_seek;
	self->source.size = behind_size;
	self->source.close = behind_close;
	self->inner = inner;
	self->offset = offset;
	source_seek(inner, offset);
	return &self->source;
}
