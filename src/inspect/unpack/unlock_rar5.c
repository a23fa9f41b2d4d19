/* RAR 5: "RAR 5.0 archive format", rarlab.com/technote.htm. */
#include <nettle/sha2.h>
#include <string.h>
#include <zlib.h>

#include "inspect/unpack/cursor.h"
#include "inspect/unpack/unlock_rar.h"
#include "shared/mem.h"

enum header_type { TYPE_FILE = 2, TYPE_SERVICE = 3, TYPE_ENCRYPTION = 4, TYPE_END = 5 };

#define SIGNATURE "Rar!\x1a\x07\x01"
enum {
	HAS_EXTRA = 1,
	HAS_DATA = 2,
	GOES_ON = 8, /* from the volume before */
	IS_TO_GO_ON = 16,
	FILE_HAS_TIME = 2,
	FILE_HAS_CRC = 4,
	FILE_SIZE_UNKNOWN = 8,
	METHOD_BITS = 7 << 7, /* none: stored */
	EXTRA_ENCRYPTION = 1,
	EXTRA_HASH = 2,
	HAS_CHECK = 1,
	TWEAKED_CHECKSUMS = 2,
	LEAST_BYTES = 7,
	CRC_BYTES = 4,
	SIZE_BYTES_MAX = 3,
	SIGNATURE_BYTES = 8,
	CHECK_SUM_BYTES = 4,
};

struct encryption {
	bool known; /* and whole */
	unsigned cycles;
	uint64_t flags;
	const uint8_t *salt, *iv, *check; /* check: NULL where there is none to trust */
};

struct file {
	uint64_t type, flags, extra_size, data_size;
	uint64_t file_flags, size, method;
	const uint8_t *attributes, *attributes_end; /* with the time */
	const uint8_t *crc;                         /* or NULL */
	const uint8_t *rest, *rest_end;             /* method, system and name */
	struct encryption encryption;
};

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static uint64_t get_number(struct cursor *cursor)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_byte(cursor);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return cursor->bad ? 0 : value;
	}
	cursor->bad = true;
	return 0;
}

static uint32_t get_crc(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Eight bytes and the beginning of their own digest: damaged ones say nothing of the password. */
static const uint8_t *get_check(struct cursor *cursor)
{
	const uint8_t *check = cursor_bytes(cursor, RAR5_CHECK_BYTES + CHECK_SUM_BYTES);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	if (check == NULL)
		return NULL;
	sha256_init(&hash);
	sha256_update(&hash, RAR5_CHECK_BYTES, check);
	sha256_digest(&hash, sizeof digest, digest);
	return memcmp(digest, check + RAR5_CHECK_BYTES, CHECK_SUM_BYTES) == 0 ? check : NULL;
}

static struct encryption get_encryption(struct cursor *cursor, bool with_iv)
{
	struct encryption encryption = {0};
	cursor->bad |= get_number(cursor) != 0; /* version: AES-256 */
	encryption.flags = get_number(cursor);
	encryption.cycles = cursor_byte(cursor);
	encryption.salt = cursor_bytes(cursor, RAR5_SALT_BYTES);
	encryption.iv = with_iv ? cursor_bytes(cursor, IV_BYTES) : NULL;
	encryption.check = (encryption.flags & HAS_CHECK) != 0 ? get_check(cursor) : NULL;
	return encryption;
}

static bool key_fits(struct shut_rar *self, const struct encryption *encryption, struct rar_key *key)
{
	bool fits;
	if (rar_key_known(self, key, KEY_BYTES_MAX, encryption->salt, encryption->cycles))
		return true;
	if (!key_of_rar5(self->walk, self->password, encryption->salt, encryption->cycles, encryption->check, &fits, key->key))
		return rar_spent(self);
	if (!fits)
		return rar_wrong(self);
	key->bytes = KEY_BYTES_MAX;
	key->cycles = encryption->cycles;
	memcpy(key->salt, encryption->salt, RAR5_SALT_BYTES);
	return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

static bool put_number(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		if (!buf_append_byte(out, (uint8_t)(value | 0x80)))
			return false;
	return buf_append_byte(out, (uint8_t)value);
}

/* Checksum and size before it. */
static bool put_header(struct buf *out, const struct buf *body)
{
	bool good = buf_append(out, "\0\0\0\0", CRC_BYTES) && put_number(out, body->len) && buf_append(out, body->data, body->len);
	uint32_t crc = good ? (uint32_t)crc32(0, out->data + CRC_BYTES, (uInt)(out->len - CRC_BYTES)) : 0;
	for (size_t i = 0; good && i < CRC_BYTES; i++)
		out->data[i] = (uint8_t)(crc >> 8 * i);
	return good;
}

/* Extra records but for the encryption; checksums made with the key are none any more. */
static bool put_extra(struct buf *out, const struct shut_rar *self, const struct file *file)
{
	const uint8_t *end = self->raw + self->raw_len;
	struct cursor cursor = {file->rest_end, end, false};
	bool tweaked = (file->encryption.flags & TWEAKED_CHECKSUMS) != 0, good = true;
	while (good && cursor.at < cursor.end) {
		const uint8_t *from = cursor.at;
		uint64_t size = get_number(&cursor);
		struct cursor record = {cursor.at, cursor.end, cursor.bad};
		uint64_t type = get_number(&record);
		if (cursor_bytes(&cursor, size) == NULL)
			return false;
		if (type != EXTRA_ENCRYPTION && !(tweaked && type == EXTRA_HASH))
			good = buf_append(out, from, (size_t)(cursor.at - from));
	}
	return good;
}

static bool put_file(struct shut_rar *self, const struct file *file)
{
	struct buf body, extra;
	/* A part that goes on has the checksum of its encrypted bytes. */
	bool with_crc = file->crc != NULL && (file->encryption.flags & TWEAKED_CHECKSUMS) == 0 && (file->flags & IS_TO_GO_ON) == 0;
	buf_init(&body, RAR_HEADER_BYTES);
	buf_init(&extra, RAR_HEADER_BYTES);
	bool good = put_extra(&extra, self, file);
	good = good && put_number(&body, file->type) && put_number(&body, extra.len > 0 ? file->flags : file->flags & ~(uint64_t)HAS_EXTRA);
	good = good && (extra.len == 0 || put_number(&body, extra.len)) && put_number(&body, self->data_wanted);
	good = good && put_number(&body, with_crc ? file->file_flags : file->file_flags & ~(uint64_t)FILE_HAS_CRC);
	good = good && put_number(&body, file->size) &&
	       buf_append(&body, file->attributes, (size_t)(file->attributes_end - file->attributes));
	good = good && (!with_crc || buf_append(&body, file->crc, CRC_BYTES));
	good = good && buf_append(&body, file->rest, (size_t)(file->rest_end - file->rest));
	good = good && buf_append(&body, extra.data, extra.len) && put_header(&self->header, &body);
	buf_free(&body);
	buf_free(&extra);
	return good;
}

/* ---- headers ----------------------------------------------------------------------------------------------------------- */

/* Whether the extra records hold an encryption, and which. */
static bool find_encryption(struct cursor extra, struct encryption *encryption)
{
	while (!extra.bad && extra.at < extra.end) {
		uint64_t size = get_number(&extra);
		struct cursor record = {extra.at, extra.at, extra.bad};
		if (cursor_bytes(&extra, size) == NULL)
			return false;
		record.end = extra.at;
		if (get_number(&record) == EXTRA_ENCRYPTION) {
			*encryption = get_encryption(&record, true);
			encryption->known = !record.bad;
			return true;
		}
	}
	return false;
}

static void get_file(struct cursor *cursor, struct file *file)
{
	file->file_flags = get_number(cursor);
	file->size = get_number(cursor);
	file->attributes = cursor->at;
	get_number(cursor);
	if ((file->file_flags & FILE_HAS_TIME) != 0)
		cursor_bytes(cursor, 4);
	file->attributes_end = cursor->at;
	file->crc = (file->file_flags & FILE_HAS_CRC) != 0 ? cursor_bytes(cursor, CRC_BYTES) : NULL;
	file->rest = cursor->at;
	file->method = get_number(cursor);
	cursor->bad |= file->extra_size > (uint64_t)(cursor->end - cursor->at);
	file->rest_end = cursor->bad ? cursor->at : cursor->end - file->extra_size;
}

static void begin_data(struct shut_rar *self, const struct file *file)
{
	if ((file->flags & GOES_ON) == 0) {
		memcpy(self->data_iv, file->encryption.iv, IV_BYTES);
		self->carried = 0;
		self->given = 0;
	}
	self->data_is_shut = true;
	self->part_open = (file->flags & IS_TO_GO_ON) != 0;
}

/* Whole blocks of what there is; of a member's end no more than the member has. */
static void plan_data(struct shut_rar *self, const struct file *file)
{
	bool is_stored = (file->method & METHOD_BITS) == 0 && (file->file_flags & FILE_SIZE_UNKNOWN) == 0;
	uint64_t bytes = self->carried + file->data_size;
	self->data_wanted = bytes - bytes % IV_BYTES;
	if (!self->part_open && is_stored && file->size >= self->given && file->size - self->given < self->data_wanted)
		self->data_wanted = file->size - self->given;
	self->given += self->data_wanted;
}

/* A member that is encrypted in a known way. Others are given as they are, and told of as shut. */
static bool on_file(struct shut_rar *self, struct cursor *cursor, struct file *file)
{
	get_file(cursor, file);
	struct cursor extra = {file->rest_end, cursor->end, cursor->bad};
	bool is_file = file->type == TYPE_FILE, goes_on = (file->flags & GOES_ON) != 0,
	     is_entry = is_file && !(goes_on && self->file_split);
	bool is_shut = !cursor->bad && find_encryption(extra, &file->encryption);
	/* A first pass without a password opens no part, and counts only where a member begins. */
	bool known = (file->flags & HAS_DATA) != 0 && file->encryption.known && (!goes_on || self->part_open);
	enum member_cipher cipher = !is_shut ? CIPHER_NONE : known ? CIPHER_KNOWN : CIPHER_UNKNOWN;
	if (is_file)
		self->file_split = (file->flags & IS_TO_GO_ON) != 0;
	if (!rar_entry(self, is_entry, cipher) || !known)
		return buf_append(&self->header, self->raw, self->raw_len);
	if (!key_fits(self, &file->encryption, &self->keys.data))
		return false;
	begin_data(self, file);
	plan_data(self, file);
	if (!self->proof.known && is_entry && !self->part_open && file->size > 0 && file->crc != NULL &&
		(file->encryption.flags & TWEAKED_CHECKSUMS) == 0)
		self->proof = (struct unlock_proof){true, self->entries - 1, get_crc(file->crc)};
	return put_file(self, file);
}

static bool on_encryption(struct shut_rar *self, struct cursor *cursor)
{
	struct encryption encryption = get_encryption(cursor, false);
	self->was_shut = true;
	if (cursor->bad || self->password == NULL || !key_fits(self, &encryption, &self->keys.headers))
		return false;
	self->headers_are_shut = true;
	return true;
}

/* The whole header, its checksum seen to. Returns where its type stands, or NULL. */
static const uint8_t *take_header(struct shut_rar *self)
{
	self->raw_len = 0;
	self->header_is_shut = self->headers_are_shut;
	if (self->header_is_shut && !rar_take_clear(self, self->header_iv, IV_BYTES))
		return NULL;
	if (!rar_take_header(self, LEAST_BYTES))
		return NULL;
	struct cursor cursor = {self->raw + CRC_BYTES, self->raw + CRC_BYTES + SIZE_BYTES_MAX, false};
	uint64_t size = get_number(&cursor);
	size_t before = (size_t)(cursor.at - self->raw);
	if (cursor.bad || size > RAR_HEADER_BYTES || !rar_take_header(self, before + (size_t)size))
		return NULL;
	self->raw_len = before + (size_t)size;
	if (self->raw_len >= LEAST_BYTES && crc32(0, self->raw + CRC_BYTES, (uInt)(self->raw_len - CRC_BYTES)) == get_crc(self->raw))
		return cursor.at;
	if (self->header_is_shut)
		(void)rar_wrong(self);
	return NULL;
}

/* Behind the end of one volume the next may begin. */
static bool next_volume(struct shut_rar *self)
{
	self->volume_ended = self->headers_are_shut = false;
	return rar_take_clear(self, self->raw, SIGNATURE_BYTES) && memcmp(self->raw, SIGNATURE, SIGNATURE_BYTES) == 0 &&
	       buf_append(&self->header, self->raw, SIGNATURE_BYTES);
}

bool rar5_header(struct shut_rar *self)
{
	if (self->volume_ended)
		return next_volume(self);
	const uint8_t *from = take_header(self);
	struct file file = {0};
	if (from == NULL)
		return false;
	struct cursor cursor = {from, self->raw + self->raw_len, false};
	file.type = get_number(&cursor);
	file.flags = get_number(&cursor);
	file.extra_size = (file.flags & HAS_EXTRA) != 0 ? get_number(&cursor) : 0;
	file.data_size = (file.flags & HAS_DATA) != 0 ? get_number(&cursor) : 0;
	self->data_left = self->data_wanted = file.data_size;
	if (cursor.bad || file.data_size > INT64_MAX)
		return false;
	self->volume_ended = file.type == TYPE_END;
	if (file.type == TYPE_ENCRYPTION)
		return on_encryption(self, &cursor);
	if (file.type == TYPE_FILE || file.type == TYPE_SERVICE)
		return on_file(self, &cursor, &file);
	return buf_append(&self->header, self->raw, self->raw_len);
}
