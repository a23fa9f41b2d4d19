#include <lzma.h>
#include <nettle/cbc.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/unpack/unlock.h"
#include "inspect/unpack/unlock_7zip_header.h"
#include "shared/mem.h"

enum { START_BYTES = 32, CHUNK_BYTES = 256 * 1024, HEADER_BYTES_MAX = 64 * 1024 * 1024, ENCODINGS_MAX = 4 };

struct cipher {
	uint8_t key[KEY_BYTES_MAX], iv[IV_BYTES];
};

/* A packed stream, or what stands before the first. */
struct piece {
	uint64_t from, to;    /* in what is given */
	uint64_t source_from; /* in the archive */
	bool is_shut;
	struct cipher cipher;
};

enum { SALT_BYTES_MAX = 16 };

/* The key made last, and of what: it is most often wanted again. */
struct last_key {
	bool made;
	unsigned cycles;
	size_t salt_len;
	char salt[SALT_BYTES_MAX];
	uint8_t key[KEY_BYTES_MAX];
};

struct shut_7zip {
	struct source source;
	struct walk *walk;
	struct source *archive;
	const char *password;
	enum unlock result;
	struct last_key last;
	struct piece *pieces; /* one behind the other */
	size_t pieces_count, pieces_cap;
	bool was_shut;
	struct buf header;    /* of the archive, decoded; in the end the new one */
	uint64_t header_from; /* where it stands */
	uint64_t offset;      /* of the next byte */
	uint64_t chained;     /* the bytes before this offset are those whose last block is in chain */
	uint8_t chain[IV_BYTES];
	uint8_t start[START_BYTES];
	uint8_t *chunk;
};

/* ---- bytes of the archive ---------------------------------------------------------------------------------------------- */

/* Up to len bytes from there; fewer at the end. */
static size_t read_at(struct shut_7zip *self, uint64_t at, uint8_t *into, size_t len)
{
	const uint8_t *data;
	size_t have = 0;
	if (self->archive->at != at)
		source_seek(self->archive, at);
	while (have < len) {
		ssize_t got = source_read(self->archive, &data);
		if (got <= 0)
			break;
		size_t take = (size_t)got < len - have ? (size_t)got : len - have;
		memcpy(into + have, data, take);
		have += take;
		if (take < (size_t)got)
			source_seek(self->archive, at + have);
	}
	return have;
}

static bool load(struct shut_7zip *self, uint64_t at, uint64_t len, struct buf *into)
{
	uint8_t *data;
	size_t got;
	if (len > HEADER_BYTES_MAX)
		return false;
	data = xmalloc((size_t)len);
	got = read_at(self, at, data, (size_t)len);
	bool whole = got == len && buf_append(into, data, got);
	mem_wipe(data, (size_t)len);
	free(data);
	return whole;
}

static void decrypt(const struct cipher *cipher, uint8_t iv[static IV_BYTES], uint8_t *data, size_t len)
{
	struct aes256_ctx aes;
	aes256_set_decrypt_key(&aes, cipher->key);
	cbc_decrypt(&aes, (nettle_cipher_func *)aes256_decrypt, IV_BYTES, iv, len, data, data);
	mem_wipe(&aes, sizeof aes);
}

/* ---- keys -------------------------------------------------------------------------------------------------------------- */

static bool key_of(struct shut_7zip *self, struct slice salt, unsigned cycles, uint8_t key[static KEY_BYTES_MAX])
{
	struct last_key *last = &self->last;
	bool again = last->made && last->cycles == cycles && slice_equal((struct slice){last->salt, last->salt_len}, salt);
	if (!again && !key_of_7zip(self->walk, self->password, salt, cycles, last->key)) {
		self->result = UNLOCK_SPENT;
		return false;
	}
	last->made = true;
	last->cycles = cycles;
	last->salt_len = salt.len;
	memcpy(last->salt, salt.data, salt.len);
	memcpy(key, last->key, KEY_BYTES_MAX);
	return true;
}

/* Properties of the coder: cycles, sizes of salt and vector, both. */
static bool make_cipher(struct shut_7zip *self, struct slice properties, struct cipher *cipher)
{
	const uint8_t *at = (const uint8_t *)properties.data;
	if (properties.len < 2)
		return false;
	size_t salt_len = (size_t)(at[0] >> 7 & 1) + (at[1] >> 4), iv_len = (size_t)(at[0] >> 6 & 1) + (at[1] & 15);
	if (properties.len < 2 + salt_len + iv_len)
		return false;
	memset(cipher->iv, 0, IV_BYTES);
	memcpy(cipher->iv, at + 2 + salt_len, iv_len);
	return key_of(self, (struct slice){properties.data + 2, salt_len}, at[0] & 0x3f, cipher->key);
}

static uint64_t pieces_end(const struct shut_7zip *self)
{
	return self->pieces_count > 0 ? self->pieces[self->pieces_count - 1].to : START_BYTES;
}

static struct piece *add_piece(struct shut_7zip *self, uint64_t source_from, uint64_t size)
{
	if (self->pieces_count == self->pieces_cap) {
		self->pieces_cap = self->pieces_cap == 0 ? 4 : self->pieces_cap * 2;
		self->pieces = xreallocarray(self->pieces, self->pieces_cap, sizeof *self->pieces);
	}
	struct piece *piece = &self->pieces[self->pieces_count];
	*piece = (struct piece){.from = pieces_end(self), .source_from = source_from};
	piece->to = piece->from + size;
	self->pieces_count++;
	return piece;
}

static bool on_stream(void *context, const struct sevenzip_stream *stream)
{
	struct shut_7zip *self = context;
	if (self->pieces_count == 0 && stream->from > START_BYTES)
		add_piece(self, START_BYTES, stream->from - START_BYTES);
	struct piece *piece = add_piece(self, stream->from, stream->plain_size);
	piece->is_shut = stream->cipher_properties.data != NULL;
	self->was_shut |= piece->is_shut;
	return !piece->is_shut || make_cipher(self, stream->cipher_properties, &piece->cipher);
}

/* ---- the header -------------------------------------------------------------------------------------------------------- */

/* LZMA in a 7z has no end mark: it is over with the last byte. */
static bool unpack_lzma(struct shut_7zip *self, const struct sevenzip_packed *packed, struct slice in, struct buf *out)
{
	lzma_filter filters[] = {{.id = packed->is_lzma2 ? LZMA_FILTER_LZMA2 : LZMA_FILTER_LZMA1}, {.id = LZMA_VLI_UNKNOWN}};
	lzma_stream stream = LZMA_STREAM_INIT;
	uint8_t *made = xmalloc((size_t)packed->size + 1);
	bool good = lzma_properties_decode(&filters[0], NULL, (const uint8_t *)packed->properties.data, packed->properties.len) == LZMA_OK;
	good = good && lzma_raw_decoder_memusage(filters) <= self->walk->engine->limits.dictionary_bytes;
	if (good && lzma_raw_decoder(&stream, filters) == LZMA_OK) {
		stream.next_in = (const uint8_t *)in.data;
		stream.avail_in = in.len;
		stream.next_out = made;
		stream.avail_out = (size_t)packed->size;
		lzma_ret result = lzma_code(&stream, LZMA_RUN);
		good = (result == LZMA_OK || result == LZMA_STREAM_END) && stream.avail_out == 0;
		good = good && buf_append(out, made, (size_t)packed->size);
	} else {
		good = false;
	}
	lzma_end(&stream);
	free(filters[0].options);
	mem_wipe(made, (size_t)packed->size);
	free(made);
	return good;
}

static bool unpack_header(struct shut_7zip *self, const struct sevenzip_packed *packed, struct buf *out)
{
	struct buf in;
	bool good;
	buf_init(&in, HEADER_BYTES_MAX + 1);
	good = packed->size <= HEADER_BYTES_MAX && load(self, packed->from, packed->packed_size, &in);
	if (good && packed->is_shut) {
		struct cipher cipher;
		good = in.len % IV_BYTES == 0 && packed->plain_size <= in.len && make_cipher(self, packed->cipher_properties, &cipher);
		if (good)
			decrypt(&cipher, cipher.iv, in.data, in.len);
		mem_wipe(&cipher, sizeof cipher);
	}
	struct slice plain = {(const char *)in.data, packed->is_shut ? (size_t)packed->plain_size : in.len};
	if (good && packed->is_stored)
		good = plain.len >= packed->size && buf_append(out, plain.data, (size_t)packed->size);
	else if (good)
		good = unpack_lzma(self, packed, plain, out);
	buf_free(&in);
	return good && (!packed->has_crc || crc32(0, out->data, (uInt)out->len) == packed->crc);
}

/* What a wrong password gives is garbage, which the checksum or the decoder tells. */
static bool decode_header(struct shut_7zip *self)
{
	struct sevenzip_packed packed;
	struct buf out;
	if (!sevenzip_packed_header((struct slice){buf_text(&self->header), self->header.len}, &packed))
		return false;
	buf_init(&out, HEADER_BYTES_MAX + 1);
	self->was_shut |= packed.is_shut;
	bool good = unpack_header(self, &packed, &out);
	if (!good && packed.is_shut && self->result == UNLOCK_NONE)
		self->result = UNLOCK_WRONG;
	buf_free(&self->header);
	self->header = out;
	return good;
}

static bool rewrite_header(struct shut_7zip *self)
{
	struct buf out;
	buf_init(&out, HEADER_BYTES_MAX + 1);
	bool good = sevenzip_without_ciphers((struct slice){buf_text(&self->header), self->header.len}, &out, on_stream, self);
	buf_free(&self->header);
	self->header = out;
	return good && self->was_shut;
}

static uint64_t little_endian(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;
	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static void put_little_endian(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

/* Signature and version; checksum of what follows; offset, size and checksum of the header. */
static void write_start(struct shut_7zip *self)
{
	put_little_endian(self->start + 12, 8, self->header_from - START_BYTES);
	put_little_endian(self->start + 20, 8, self->header.len);
	put_little_endian(self->start + 28, 4, crc32(0, self->header.data, (uInt)self->header.len));
	put_little_endian(self->start + 8, 4, crc32(0, self->start + 12, START_BYTES - 12));
}

static bool unlock(struct shut_7zip *self)
{
	if (read_at(self, 0, self->start, START_BYTES) < START_BYTES)
		return false;
	uint64_t offset = little_endian(self->start + 12, 8), size = little_endian(self->start + 20, 8);
	if (offset > self->archive->size(self->archive) || !load(self, START_BYTES + offset, size, &self->header))
		return false;
	for (int i = 0; i < ENCODINGS_MAX && sevenzip_is_packed((struct slice){buf_text(&self->header), self->header.len}); i++)
		if (!decode_header(self))
			return false;
	if (!rewrite_header(self))
		return false;
	self->header_from = pieces_end(self);
	write_start(self);
	return true;
}

/* ---- the source -------------------------------------------------------------------------------------------------------- */

/* There is one at every offset between start and header. */
static const struct piece *piece_at(const struct shut_7zip *self, uint64_t offset)
{
	size_t from = 0, to = self->pieces_count;
	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;
		if (self->pieces[middle].from <= offset)
			from = middle;
		else
			to = middle;
	}
	return &self->pieces[from];
}

/* What stands before the block at this offset of the archive: it is what decrypts that one. */
static bool chain(struct shut_7zip *self, const struct piece *piece, uint64_t at, uint8_t iv[static IV_BYTES])
{
	if (at == piece->source_from)
		memcpy(iv, piece->cipher.iv, IV_BYTES);
	else if (at == self->chained)
		memcpy(iv, self->chain, IV_BYTES);
	else
		return read_at(self, at - IV_BYTES, iv, IV_BYTES) == IV_BYTES;
	return true;
}

static ssize_t read_shut(struct shut_7zip *self, const struct piece *piece, const uint8_t **data)
{
	uint64_t given = self->offset - piece->from, left = piece->to - self->offset;
	size_t skip = (size_t)(given % IV_BYTES), want = CHUNK_BYTES;
	uint64_t at = piece->source_from + given - skip;
	uint8_t iv[IV_BYTES];
	if (left + skip < want)
		want = ((size_t)left + skip + IV_BYTES - 1) / IV_BYTES * IV_BYTES;
	if (!chain(self, piece, at, iv))
		return 0;
	size_t got = read_at(self, at, self->chunk, want), whole = got - got % IV_BYTES;
	if (whole <= skip)
		return 0;
	memcpy(self->chain, self->chunk + whole - IV_BYTES, IV_BYTES);
	self->chained = at + whole;
	decrypt(&piece->cipher, iv, self->chunk, whole);
	self->walk->unlock_used = true;
	*data = self->chunk + skip;
	return (ssize_t)(whole - skip < left ? whole - skip : left);
}

static ssize_t read_plain(struct shut_7zip *self, const struct piece *piece, const uint8_t **data)
{
	uint64_t left = piece->to - self->offset;
	*data = self->chunk;
	return (ssize_t)read_at(
		self, piece->source_from + self->offset - piece->from, self->chunk, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES);
}

static ssize_t shut_read(struct source *source, const uint8_t **data)
{
	struct shut_7zip *self = (struct shut_7zip *)source;
	ssize_t got;
	if (self->offset < START_BYTES) {
		*data = self->start + self->offset;
		got = (ssize_t)(START_BYTES - self->offset);
	} else if (self->offset >= self->header_from) {
		uint64_t given = self->offset - self->header_from;
		*data = self->header.data + (given < self->header.len ? given : self->header.len);
		got = given < self->header.len ? (ssize_t)(self->header.len - given) : 0;
	} else {
		const struct piece *piece = piece_at(self, self->offset);
		got = piece->is_shut ? read_shut(self, piece, data) : read_plain(self, piece, data);
	}
	if (self->archive->failed)
		source_fail(source, self->archive->cause, self->archive->why);
	self->offset += got > 0 ? (uint64_t)got : 0;
	return self->archive->failed ? -1 : got;
}

static void shut_seek(struct source *source, uint64_t offset)
{
	((struct shut_7zip *)source)->offset = offset;
}

static uint64_t shut_size(struct source *source)
{
	struct shut_7zip *self = (struct shut_7zip *)source;
	return self->header_from + self->header.len;
}

static void shut_close(struct source *source)
{
	struct shut_7zip *self = (struct shut_7zip *)source;
	mem_wipe(self->pieces, self->pieces_count * sizeof *self->pieces);
	free(self->pieces);
	mem_wipe(&self->last, sizeof self->last);
	buf_free(&self->header);
	mem_wipe(self->chunk, CHUNK_BYTES);
	free(self->chunk);
	free(self);
}

struct source *unlock_7zip(struct walk *walk, struct source *archive, const char *password, enum unlock *result)
{
	struct shut_7zip *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = shut_read;
	self->source.seek = shut_seek;
	self->source.size = shut_size;
	self->source.close = shut_close;
	self->walk = walk;
	self->archive = archive;
	self->password = password;
	self->chunk = xmalloc(CHUNK_BYTES);
	buf_init(&self->header, HEADER_BYTES_MAX + 1);
	if (unlock(self)) {
		*result = UNLOCK_OPEN;
		return &self->source;
	}
	*result = self->result;
	source_close(&self->source);
	return NULL;
}
