#include "inspect/unpack/unlock_7zip_header.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/cursor.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { START_BYTES = 32, CODERS_MAX = 8, STREAMS_MAX = 16, NO_STREAM = 0xff };

enum property {
	END = 0x00,
	HEADER = 0x01,
	MAIN_STREAMS = 0x04,
	PACK_INFO = 0x06,
	UNPACK_INFO = 0x07,
	SIZE = 0x09,
	CRC = 0x0a,
	FOLDER = 0x0b,
	UNPACK_SIZES = 0x0c,
	PACKED_HEADER = 0x17,
};

#define CIPHER SLICE_TEXT("\x06\xf1\x07\x01")
#define LZMA SLICE_TEXT("\x03\x01\x01")
#define LZMA2 SLICE_TEXT("\x21")
#define COPY SLICE_TEXT("\0")

struct coder {
	struct slice id, properties;
	unsigned ins, outs; /* streams */
	unsigned first_in, first_out;
	bool left_out;
};

struct bind {
	unsigned in, out;
};

/* Coders of one or more packed streams, and how they are joined. */
struct folder {
	struct coder coders[CODERS_MAX];
	struct bind binds[STREAMS_MAX];
	unsigned packed[STREAMS_MAX]; /* streams in, one for each packed stream */
	unsigned coders_count, binds_count, packed_count, ins, outs;
};

struct packs {
	uint64_t at; /* of the first, as the header has it */
	struct sevenzip_stream *streams;
	size_t count;
};

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static struct slice get_bytes(struct cursor *cursor, uint64_t len)
{
	const uint8_t *bytes = cursor_bytes(cursor, len);
	return bytes != NULL ? (struct slice){(const char *)bytes, (size_t)len} : SLICE_NONE;
}

/* The ones at the top of the first byte say how many bytes follow; its other bits are the highest of the number. */
static uint64_t get_number(struct cursor *cursor)
{
	unsigned first = cursor_byte(cursor), mask = 0x80;
	uint64_t value = 0;
	for (unsigned i = 0; i < 8; i++, mask >>= 1) {
		if ((first & mask) == 0)
			return value | (uint64_t)(first & (mask - 1)) << 8 * i;
		value |= (uint64_t)cursor_byte(cursor) << 8 * i;
	}
	return value;
}

/* Of things that take a byte each, at least. */
static size_t get_count(struct cursor *cursor)
{
	uint64_t count = get_number(cursor);
	if (count > (uint64_t)(cursor->end - cursor->at) || count > LIMIT_7ZIP_STREAMS)
		cursor->bad = true;
	return cursor->bad ? 0 : (size_t)count;
}

static unsigned get_small(struct cursor *cursor, unsigned max)
{
	uint64_t value = get_number(cursor);
	if (value > max)
		cursor->bad = true;
	return cursor->bad ? 0 : (unsigned)value;
}

static void expect(struct cursor *cursor, enum property property)
{
	if (cursor_byte(cursor) != property)
		cursor->bad = true;
}

/* A checksum for each, or a bit for each that says whether it has one. Returns that of the first. */
static bool get_digests(struct cursor *cursor, size_t count, uint32_t *first)
{
	bool all = cursor_byte(cursor) != 0, has_first = all;
	size_t known = count;
	if (!all) {
		struct slice bits = get_bytes(cursor, (count + 7) / 8);
		known = 0;
		for (size_t i = 0; i < count && !cursor->bad; i++)
			known += (size_t)((uint8_t)bits.data[i / 8] >> (7 - i % 8) & 1);
		has_first = !cursor->bad && count > 0 && ((uint8_t)bits.data[0] & 0x80) != 0;
	}
	struct slice digests = get_bytes(cursor, (uint64_t)known * 4);
	*first = 0;
	for (size_t i = 0; i < 4 && has_first && digests.len >= 4; i++)
		*first |= (uint32_t)(uint8_t)digests.data[i] << 8 * i;
	return has_first && digests.len >= 4;
}

static void get_packs(struct cursor *cursor, struct packs *packs)
{
	uint32_t crc;
	expect(cursor, PACK_INFO);
	packs->at = get_number(cursor);
	packs->count = get_count(cursor);
	uint64_t at = packs->at > UINT64_MAX / 4 ? 0 : packs->at + START_BYTES;
	packs->streams = xcalloc(packs->count + 1, sizeof *packs->streams);
	expect(cursor, SIZE);
	for (size_t i = 0; i < packs->count && !cursor->bad; i++) {
		struct sevenzip_stream *stream = &packs->streams[i];
		stream->from = at;
		stream->size = stream->plain_size = get_number(cursor);
		if (stream->size > UINT64_MAX / 4 - at)
			cursor->bad = true;
		at += stream->size;
	}
	uint8_t next = cursor_byte(cursor);
	if (next == CRC) {
		get_digests(cursor, packs->count, &crc);
		next = cursor_byte(cursor);
	}
	cursor->bad |= next != END;
}

static void get_coder(struct cursor *cursor, struct folder *folder)
{
	struct coder *coder = &folder->coders[folder->coders_count++];
	unsigned flags = cursor_byte(cursor);
	coder->id = get_bytes(cursor, flags & 15);
	coder->ins = (flags & 0x10) != 0 ? get_small(cursor, STREAMS_MAX) : 1;
	coder->outs = (flags & 0x10) != 0 ? get_small(cursor, STREAMS_MAX) : 1;
	coder->properties = (flags & 0x20) != 0 ? get_bytes(cursor, get_number(cursor)) : SLICE_NONE;
	coder->first_in = folder->ins;
	coder->first_out = folder->outs;
	folder->ins += coder->ins;
	folder->outs += coder->outs;
	cursor->bad |= (flags & 0xc0) != 0 || folder->ins > STREAMS_MAX || folder->outs > STREAMS_MAX;
}

static bool is_bound_in(const struct folder *folder, unsigned in)
{
	for (unsigned i = 0; i < folder->binds_count; i++)
		if (folder->binds[i].in == in)
			return true;
	return false;
}

static void get_folder(struct cursor *cursor, struct folder *folder)
{
	*folder = (struct folder){0};
	unsigned coders = get_small(cursor, CODERS_MAX);
	for (unsigned i = 0; i < coders && !cursor->bad; i++)
		get_coder(cursor, folder);
	cursor->bad |= folder->outs == 0 || folder->ins + 1 < folder->outs;
	for (unsigned i = 0; !cursor->bad && i + 1 < folder->outs; i++) {
		unsigned in = get_small(cursor, folder->ins - 1);
		folder->binds[folder->binds_count++] = (struct bind){in, get_small(cursor, folder->outs - 1)};
	}
	folder->packed_count = cursor->bad ? 0 : folder->ins - folder->binds_count;
	for (unsigned i = 0; folder->packed_count > 1 && i < folder->packed_count; i++)
		folder->packed[i] = get_small(cursor, folder->ins - 1);
	for (unsigned in = 0; folder->packed_count == 1 && in < folder->ins; in++)
		if (!is_bound_in(folder, in))
			folder->packed[0] = in;
}

/* ---- leaving ciphers out ----------------------------------------------------------------------------------------------- */

static unsigned find_packed(const struct folder *folder, unsigned in)
{
	for (unsigned i = 0; i < folder->packed_count; i++)
		if (folder->packed[i] == in)
			return i;
	return NO_STREAM;
}

/* A cipher between a packed stream and the next coder goes; one that stands alone becomes a copy. */
static bool leave_out(struct folder *folder, struct coder *coder)
{
	unsigned packed = find_packed(folder, coder->first_in);
	for (unsigned i = 0; i < folder->binds_count; i++) {
		if (folder->binds[i].out != coder->first_out)
			continue;
		folder->packed[packed] = folder->binds[i].in;
		folder->binds[i] = folder->binds[--folder->binds_count];
		coder->left_out = true;
		return true;
	}
	coder->id = COPY;
	coder->properties = SLICE_NONE;
	return folder->coders_count == 1;
}

struct rewriting {
	struct cursor cursor;
	struct packs packs;
	struct buf *out;
};

/* What the sizes, which come later, must know of a folder. */
struct folder_outs {
	uint16_t count, left_out;        /* streams out; a bit for each that is gone */
	size_t cipher_pack[STREAMS_MAX]; /* the packed stream whose cipher gives this one, + 1; 0: none */
};

static bool leave_ciphers_out(struct packs *packs, struct folder *folder, size_t first_pack, struct folder_outs *outs)
{
	for (unsigned i = 0; i < folder->coders_count; i++) {
		struct coder *coder = &folder->coders[i];
		unsigned packed = find_packed(folder, coder->first_in);
		if (!slice_equal(coder->id, CIPHER))
			continue;
		if (coder->ins != 1 || coder->outs != 1 || packed == NO_STREAM || first_pack + packed >= packs->count)
			return false;
		packs->streams[first_pack + packed].cipher_properties = coder->properties;
		outs->cipher_pack[coder->first_out] = first_pack + packed + 1;
		if (!leave_out(folder, coder))
			return false;
		if (coder->left_out)
			outs->left_out = (uint16_t)(outs->left_out | 1U << coder->first_out);
	}
	return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

static bool put_bytes(struct buf *out, struct slice bytes)
{
	return buf_append(out, bytes.data, bytes.len);
}

static bool put_number(struct buf *out, uint64_t value)
{
	unsigned follow = 0;
	while (follow < 8 && value >> (8 * follow + 7 - follow) != 0)
		follow++;
	unsigned ones = 0xff00U >> follow & 0xff, high = follow < 8 ? (unsigned)(value >> 8 * follow) : 0;
	bool good = buf_append_byte(out, (uint8_t)(ones | high));
	for (unsigned i = 0; good && i < follow; i++)
		good = buf_append_byte(out, (uint8_t)(value >> 8 * i));
	return good;
}

/* Streams are numbered anew without those of coders left out. */
static unsigned renumbered(const struct folder *folder, unsigned stream, bool in)
{
	unsigned gone = 0;
	for (unsigned i = 0; i < folder->coders_count; i++) {
		const struct coder *coder = &folder->coders[i];
		gone += coder->left_out && (in ? coder->first_in : coder->first_out) < stream;
	}
	return stream - gone;
}

static bool put_coder(struct buf *out, const struct coder *coder)
{
	bool simple = coder->ins == 1 && coder->outs == 1, has_properties = coder->properties.len > 0;
	bool good = buf_append_byte(out, (uint8_t)(coder->id.len | (simple ? 0 : 0x10) | (has_properties ? 0x20 : 0)));
	good = good && put_bytes(out, coder->id);
	if (!simple)
		good = good && put_number(out, coder->ins) && put_number(out, coder->outs);
	if (has_properties)
		good = good && put_number(out, coder->properties.len) && put_bytes(out, coder->properties);
	return good;
}

static bool put_folder(struct buf *out, const struct folder *folder)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < folder->coders_count; i++)
		kept += !folder->coders[i].left_out;
	bool good = put_number(out, kept);
	for (unsigned i = 0; good && i < folder->coders_count; i++)
		good = folder->coders[i].left_out || put_coder(out, &folder->coders[i]);
	for (unsigned i = 0; good && i < folder->binds_count; i++)
		good = put_number(out, renumbered(folder, folder->binds[i].in, true)) &&
		       put_number(out, renumbered(folder, folder->binds[i].out, false));
	for (unsigned i = 0; good && folder->packed_count > 1 && i < folder->packed_count; i++)
		good = put_number(out, renumbered(folder, folder->packed[i], true));
	return good;
}

static bool rewrite_folders(struct rewriting *rewriting, struct buf *info, struct folder_outs *outs, size_t count)
{
	size_t first_pack = 0;
	for (size_t i = 0; i < count; i++) {
		struct folder folder;
		get_folder(&rewriting->cursor, &folder);
		outs[i].count = (uint16_t)folder.outs;
		if (rewriting->cursor.bad || !leave_ciphers_out(&rewriting->packs, &folder, first_pack, &outs[i]) ||
			!put_folder(info, &folder))
			return false;
		first_pack += folder.packed_count;
	}
	return true;
}

/* What a cipher gives is what the packed stream has now. */
static bool rewrite_sizes(struct rewriting *rewriting, struct buf *info, const struct folder_outs *outs, size_t count)
{
	expect(&rewriting->cursor, UNPACK_SIZES);
	bool good = buf_append_byte(info, UNPACK_SIZES);
	for (size_t i = 0; good && i < count && !rewriting->cursor.bad; i++) {
		for (unsigned out = 0; good && out < outs[i].count; out++) {
			uint64_t size = get_number(&rewriting->cursor);
			if (outs[i].cipher_pack[out] > 0) {
				struct sevenzip_stream *stream = &rewriting->packs.streams[outs[i].cipher_pack[out] - 1];
				good = size <= stream->size;
				stream->plain_size = size;
			}
			if (good && (outs[i].left_out >> out & 1) == 0)
				good = put_number(info, size);
		}
	}
	return good && !rewriting->cursor.bad;
}

static bool rewrite_unpack_info(struct rewriting *rewriting, struct buf *info)
{
	struct cursor *cursor = &rewriting->cursor;
	expect(cursor, UNPACK_INFO);
	expect(cursor, FOLDER);
	size_t count = get_count(cursor);
	cursor->bad |= cursor_byte(cursor) != 0; /* folders kept elsewhere: nobody does */
	if (cursor->bad || !buf_append(info, "\x07\x0b", 2) || !put_number(info, count) || !buf_append_byte(info, 0))
		return false;
	struct folder_outs *outs = xcalloc(count + 1, sizeof *outs);
	bool good = rewrite_folders(rewriting, info, outs, count) && rewrite_sizes(rewriting, info, outs, count);
	free(outs);
	return good;
}

/* Checksums of packed streams, if there were any, are not theirs any more. */
static bool put_packs(struct buf *out, const struct packs *packs)
{
	bool good = buf_append_byte(out, PACK_INFO) && put_number(out, packs->at) && put_number(out, packs->count);
	good = good && buf_append_byte(out, SIZE);
	for (size_t i = 0; good && i < packs->count; i++)
		good = put_number(out, packs->streams[i].plain_size);
	return good && buf_append_byte(out, END);
}

static bool rewrite(struct rewriting *rewriting, struct buf *info)
{
	struct cursor *cursor = &rewriting->cursor;
	expect(cursor, HEADER);
	expect(cursor, MAIN_STREAMS);
	get_packs(cursor, &rewriting->packs);
	bool good = !cursor->bad && rewrite_unpack_info(rewriting, info);
	good = good && buf_append(rewriting->out, "\x01\x04", 2) && put_packs(rewriting->out, &rewriting->packs);
	good = good && buf_append(rewriting->out, info->data, info->len);
	return good && buf_append(rewriting->out, cursor->at, (size_t)(cursor->end - cursor->at));
}

bool sevenzip_without_ciphers(
	struct slice header, struct buf *out, bool (*on_stream)(void *context, const struct sevenzip_stream *stream), void *context)
{
	struct rewriting rewriting = {
		.cursor = cursor_of(header),
		.out = out,
	};
	struct buf info;
	buf_init(&info, out->max);
	bool good = rewrite(&rewriting, &info);
	for (size_t i = 0; good && i < rewriting.packs.count; i++)
		good = on_stream(context, &rewriting.packs.streams[i]);
	buf_free(&info);
	free(rewriting.packs.streams);
	return good;
}

/* ---- packed headers ---------------------------------------------------------------------------------------------------- */

bool sevenzip_is_packed(struct slice header)
{
	return header.len > 0 && header.data[0] == PACKED_HEADER;
}

/* One cipher at most, then one decoder at most. */
static bool describe(const struct folder *folder, const uint64_t *sizes, struct sevenzip_packed *packed)
{
	packed->is_stored = true;
	for (unsigned i = 0; i < folder->coders_count; i++) {
		const struct coder *coder = &folder->coders[i];
		if (coder->ins != 1 || coder->outs != 1)
			return false;
		if (slice_equal(coder->id, CIPHER) && !packed->is_shut && find_packed(folder, coder->first_in) != NO_STREAM) {
			packed->is_shut = true;
			packed->cipher_properties = coder->properties;
			packed->plain_size = sizes[coder->first_out];
		} else if ((slice_equal(coder->id, LZMA) || slice_equal(coder->id, LZMA2)) && packed->is_stored) {
			packed->is_stored = false;
			packed->is_lzma2 = slice_equal(coder->id, LZMA2);
			packed->properties = coder->properties;
		} else if (!slice_equal(coder->id, COPY)) {
			return false;
		}
	}
	for (unsigned out = 0; out < folder->outs; out++) {
		bool bound = false;
		for (unsigned i = 0; i < folder->binds_count; i++)
			bound |= folder->binds[i].out == out;
		if (!bound)
			packed->size = sizes[out];
	}
	return folder->packed_count == 1;
}

bool sevenzip_packed_header(struct slice header, struct sevenzip_packed *packed)
{
	struct cursor cursor = cursor_of(header);
	struct packs packs = {0};
	struct folder folder;
	uint64_t sizes[STREAMS_MAX] = {0};
	*packed = (struct sevenzip_packed){0};
	expect(&cursor, PACKED_HEADER);
	get_packs(&cursor, &packs);
	expect(&cursor, UNPACK_INFO);
	expect(&cursor, FOLDER);
	cursor.bad |= get_number(&cursor) != 1 || cursor_byte(&cursor) != 0 || packs.count != 1;
	get_folder(&cursor, &folder);
	expect(&cursor, UNPACK_SIZES);
	for (unsigned i = 0; i < folder.outs && !cursor.bad; i++)
		sizes[i] = get_number(&cursor);
	if (!cursor.bad && cursor_byte(&cursor) == CRC)
		packed->has_crc = get_digests(&cursor, 1, &packed->crc);
	if (!cursor.bad) {
		packed->from = packs.streams[0].from;
		packed->packed_size = packs.streams[0].size;
	}
	free(packs.streams);
	return !cursor.bad && describe(&folder, sizes, packed);
}
