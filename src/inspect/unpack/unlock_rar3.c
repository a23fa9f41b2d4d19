/* RAR 2.9 to 4: technote.txt of those versions. */
#include <string.h>
#include <zlib.h>

#include "inspect/unpack/unlock_rar.h"
#include "shared/mem.h"

enum header_type { TYPE_MAIN = 0x73, TYPE_FILE = 0x74, TYPE_SUBBLOCK = 0x7a };
enum {
	MAIN_HEADERS_SHUT = 0x80,
	FILE_SPLIT = 0x01 | 0x02,
	FILE_SHUT = 0x04,
	FILE_LARGE = 0x100,
	FILE_SALTED = 0x400,
	HAS_DATA = 0x8000,
	STORED = 0x30,
	OLDEST_VERSION = 29, /* older ones have ciphers of their own */
	/* where things stand */
	AT_TYPE = 2,
	AT_FLAGS = 3,
	AT_SIZE = 5,
	LEAST_BYTES = 7,
	AT_PACKED = 7,
	AT_UNPACKED = 11,
	AT_CRC = 16,
	AT_VERSION = 24,
	AT_METHOD = 25,
	AT_NAME_SIZE = 26,
	AT_HIGH_PACKED = 32,
	AT_HIGH_UNPACKED = 36,
	FILE_BYTES = 32,
	LARGE_FILE_BYTES = 40,
};

static uint64_t get(const struct shut_rar *self, size_t at, size_t bytes)
{
	uint64_t value = 0;
	while (bytes-- > 0)
		value = value << 8 | self->raw[at + bytes];
	return value;
}

static void put(struct shut_rar *self, size_t at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8)
		self->raw[at + i] = (uint8_t)value;
}

static uint16_t checksum(const struct shut_rar *self)
{
	return (uint16_t)crc32(0, self->raw + AT_TYPE, (uInt)(self->raw_len - AT_TYPE));
}

/* The header as it was changed. */
static bool give(struct shut_rar *self, unsigned flags)
{
	put(self, AT_FLAGS, 2, flags);
	put(self, AT_SIZE, 2, self->raw_len);
	put(self, 0, 2, checksum(self));
	return buf_append(&self->header, self->raw, self->raw_len);
}

static bool key_known(struct shut_rar *self, const uint8_t *salt, struct rar_key *key)
{
	if (rar_key_known(self, key, RAR3_KEY_BYTES, salt, 0))
		return true;
	if (!key_of_rar3(self->walk, self->password, salt, key->key, key->iv))
		return rar_spent(self);
	key->bytes = RAR3_KEY_BYTES;
	memcpy(key->salt, salt, RAR3_SALT_BYTES);
	return true;
}

static uint64_t size_at(const struct shut_rar *self, size_t low, size_t high, bool large)
{
	return get(self, low, 4) | (large ? get(self, high, 4) << 32 : 0);
}

/* A member that is encrypted in a known way, in one volume. Others are given as they are, and told of as shut. */
static bool on_file(struct shut_rar *self, unsigned flags)
{
	bool large = (flags & FILE_LARGE) != 0;
	size_t at_name = large ? LARGE_FILE_BYTES : FILE_BYTES;
	size_t at_salt = at_name + (self->raw_len >= at_name ? (size_t)get(self, AT_NAME_SIZE, 2) : 0);
	bool known = (flags & (FILE_SHUT | FILE_SALTED | FILE_SPLIT)) == (FILE_SHUT | FILE_SALTED) &&
		     self->raw_len >= at_salt + RAR3_SALT_BYTES && self->raw[AT_VERSION] >= OLDEST_VERSION;
	if (self->raw_len >= at_name)
		self->data_left = self->data_wanted = size_at(self, AT_PACKED, AT_HIGH_PACKED, large);
	if (self->data_left > INT64_MAX) /* no file has so much: whoever passed over it would come out before it */
		return false;
	enum member_cipher cipher = (flags & FILE_SHUT) == 0 ? CIPHER_NONE : known ? CIPHER_KNOWN : CIPHER_UNKNOWN;
	if (!rar_entry(self, self->raw[AT_TYPE] == TYPE_FILE, cipher))
		return buf_append(&self->header, self->raw, self->raw_len);
	if (!key_known(self, self->raw + at_salt, &self->keys.data))
		return false;
	memcpy(self->data_iv, self->keys.data.iv, IV_BYTES);
	self->data_is_shut = true;
	self->carried = 0;
	uint64_t size = size_at(self, AT_UNPACKED, AT_HIGH_UNPACKED, large);
	if (!self->proof.known && size > 0 && self->raw[AT_TYPE] == TYPE_FILE)
		self->proof = (struct unlock_proof){true, self->entries - 1, (uint32_t)get(self, AT_CRC, 4)};
	if (self->raw[AT_METHOD] == STORED && size < self->data_wanted) {
		self->data_wanted = size;
		put(self, AT_PACKED, 4, size);
		if (large)
			put(self, AT_HIGH_PACKED, 4, size >> 32);
	}
	memmove(self->raw + at_salt, self->raw + at_salt + RAR3_SALT_BYTES, self->raw_len - at_salt - RAR3_SALT_BYTES);
	self->raw_len -= RAR3_SALT_BYTES;
	return give(self, flags & ~(unsigned)(FILE_SHUT | FILE_SALTED));
}

static bool on_main(struct shut_rar *self, unsigned flags)
{
	if ((flags & MAIN_HEADERS_SHUT) == 0)
		return buf_append(&self->header, self->raw, self->raw_len);
	self->was_shut = self->headers_are_shut = true;
	return give(self, flags & ~(unsigned)MAIN_HEADERS_SHUT);
}

/* Each shut header has its salt before it. */
static bool begin_shut_header(struct shut_rar *self)
{
	uint8_t salt[RAR3_SALT_BYTES];
	if (!rar_take_clear(self, salt, sizeof salt) || self->password == NULL || !key_known(self, salt, &self->keys.headers))
		return false;
	memcpy(self->header_iv, self->keys.headers.iv, IV_BYTES);
	return true;
}

static bool take_header(struct shut_rar *self)
{
	self->raw_len = 0;
	self->header_is_shut = self->headers_are_shut;
	if ((self->header_is_shut && !begin_shut_header(self)) || !rar_take_header(self, LEAST_BYTES))
		return false;
	size_t size = (size_t)get(self, AT_SIZE, 2);
	if (size < LEAST_BYTES || !rar_take_header(self, size))
		return self->header_is_shut ? rar_wrong(self) : false;
	self->raw_len = size;
	if (self->header_is_shut && checksum(self) != get(self, 0, 2))
		return rar_wrong(self);
	return true;
}

bool rar3_header(struct shut_rar *self)
{
	if (!take_header(self))
		return false;
	unsigned type = self->raw[AT_TYPE], flags = (unsigned)get(self, AT_FLAGS, 2);
	self->data_left = self->data_wanted = (flags & HAS_DATA) != 0 && self->raw_len >= AT_PACKED + 4 ? get(self, AT_PACKED, 4) : 0;
	if (type == TYPE_MAIN)
		return on_main(self, flags);
	if (type == TYPE_FILE || type == TYPE_SUBBLOCK)
		return on_file(self, flags);
	return buf_append(&self->header, self->raw, self->raw_len);
}
