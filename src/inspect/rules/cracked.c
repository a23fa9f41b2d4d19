#include "inspect/rules/cracked.h"

#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#include "shared/mem.h"

enum { PLAIN_BYTES = 256, DIGEST_BYTES = 64 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_read(struct slice hex, uint8_t *out)
{
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_digit(hex.data[i]), low = hex_digit(hex.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void digest(const struct nettle_hash *hash, struct slice text, uint8_t *out)
{
	union {
		struct md4_ctx md4;
		struct md5_ctx md5;
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	} context;

	hash->init(&context);
	hash->update(&context, text.len, (const uint8_t *)text.data);
	hash->digest(&context, hash->digest_size, out);
	mem_wipe(&context, sizeof context);
}

static bool is_digest(const struct nettle_hash *hash, struct slice text, const uint8_t *wanted)
{
	uint8_t out[DIGEST_BYTES];

	digest(hash, text, out);
	bool same = memcmp(out, wanted, hash->digest_size) == 0;
	mem_wipe(out, sizeof out);
	return same;
}

/* NTLM: MD4 of UTF-16; letters beyond Latin-1 are left to MD5 and its like. */
static bool is_ntlm(struct slice plain, const uint8_t *wanted)
{
	char wide[2 * PLAIN_BYTES];

	for (size_t i = 0; i < plain.len; i++) {
		if ((unsigned char)plain.data[i] >= 0x80)
			return false;
		wide[2 * i] = plain.data[i];
		wide[2 * i + 1] = '\0';
	}
	bool same = is_digest(&nettle_md4, (struct slice){wide, 2 * plain.len}, wanted);
	mem_wipe(wide, sizeof wide);
	return same;
}

static bool is_mysql(struct slice plain, const uint8_t *wanted)
{
	uint8_t once[SHA1_DIGEST_SIZE];

	digest(&nettle_sha1, plain, once);
	bool same = is_digest(&nettle_sha1, (struct slice){(const char *)once, sizeof once}, wanted);
	mem_wipe(once, sizeof once);
	return same;
}

bool cracked_proves(struct slice hash, struct slice plain)
{
	uint8_t wanted[DIGEST_BYTES];
	bool mysql = hash.len == 41 && hash.data[0] == '*';

	if (mysql)
		hash = slice_from(hash, 1);
	if (plain.len == 0 || plain.len > PLAIN_BYTES || hash.len < 32 || hash.len > 2 * DIGEST_BYTES || hash.len % 2 != 0 ||
		!hex_read(hash, wanted))
		return false;
	switch (hash.len / 2) {
	case MD5_DIGEST_SIZE:
		return is_digest(&nettle_md5, plain, wanted) || is_ntlm(plain, wanted) || is_digest(&nettle_md4, plain, wanted);
	case SHA1_DIGEST_SIZE:
		return is_mysql(plain, wanted) || (!mysql && is_digest(&nettle_sha1, plain, wanted));
	case SHA224_DIGEST_SIZE:
		return is_digest(&nettle_sha224, plain, wanted);
	case SHA256_DIGEST_SIZE:
		return is_digest(&nettle_sha256, plain, wanted);
	case SHA384_DIGEST_SIZE:
		return is_digest(&nettle_sha384, plain, wanted);
	case SHA512_DIGEST_SIZE:
		return is_digest(&nettle_sha512, plain, wanted);
	default:
		return false;
	}
}

/* ---- with a salt ------------------------------------------------------------------------------------ */

static const struct nettle_hash *hash_of_size(size_t bytes)
{
	switch (bytes) {
	case MD5_DIGEST_SIZE:
		return &nettle_md5;
	case SHA1_DIGEST_SIZE:
		return &nettle_sha1;
	case SHA256_DIGEST_SIZE:
		return &nettle_sha256;
	case SHA384_DIGEST_SIZE:
		return &nettle_sha384;
	case SHA512_DIGEST_SIZE:
		return &nettle_sha512;
	default:
		return NULL;
	}
}

static bool is_digest_of_both(const struct nettle_hash *hash, struct slice first, struct slice second, const uint8_t *wanted)
{
	char joined[2 * PLAIN_BYTES];
	size_t len = first.len + second.len;

	if (len == 0 || len > sizeof joined)
		return false;
	memcpy(joined, first.data, first.len);
	memcpy(joined + first.len, second.data, second.len);
	bool same = is_digest(hash, (struct slice){joined, len}, wanted);
	mem_wipe(joined, sizeof joined);
	return same;
}

/* Forums hash the hash: md5(md5(plain) . salt), md5(md5(salt) . md5(plain)). */
static bool is_forum_digest(struct slice plain, struct slice salt, const uint8_t *wanted)
{
	uint8_t out[MD5_DIGEST_SIZE];
	char once[2 * MD5_DIGEST_SIZE + 1], salted[2 * MD5_DIGEST_SIZE + 1];
	struct slice plain_hex = {once, 2 * MD5_DIGEST_SIZE}, salt_hex = {salted, 2 * MD5_DIGEST_SIZE};

	digest(&nettle_md5, plain, out);
	sodium_bin2hex(once, sizeof once, out, sizeof out);
	digest(&nettle_md5, salt, out);
	sodium_bin2hex(salted, sizeof salted, out, sizeof out);
	bool same = is_digest_of_both(&nettle_md5, plain_hex, salt, wanted) || is_digest_of_both(&nettle_md5, salt_hex, plain_hex, wanted);
	mem_wipe(out, sizeof out);
	mem_wipe(once, sizeof once);
	return same;
}

static bool is_salted_digest(struct slice hash, struct slice salt, struct slice plain)
{
	uint8_t wanted[DIGEST_BYTES];
	const struct nettle_hash *kind = hash_of_size(hash.len / 2);

	if (salt.len == 0 || salt.len > PLAIN_BYTES || plain.len == 0 || plain.len > PLAIN_BYTES || hash.len % 2 != 0 || kind == NULL ||
		!hex_read(hash, wanted))
		return false;
	return is_digest_of_both(kind, plain, salt, wanted) || is_digest_of_both(kind, salt, plain, wanted) ||
	       (kind == &nettle_md5 && is_forum_digest(plain, salt, wanted));
}

/* {SSHA}base64 of the digest and, behind it, the salt. */
static bool is_ldap_digest(struct slice hash, struct slice plain)
{
	static const struct {
		const char *tags[3];
		const struct nettle_hash *hash;
	} schemes[] = {
		{{"{SHA}", "{SSHA}", NULL}, &nettle_sha1},
		{{"{MD5}", "{SMD5}", NULL}, &nettle_md5},
		{{"{SHA256}", "{SSHA256}", NULL}, &nettle_sha256},
		{{"{SHA384}", "{SSHA384}", NULL}, &nettle_sha384},
		{{"{SHA512}", "{SSHA512}", NULL}, &nettle_sha512},
	};
	uint8_t bytes[DIGEST_BYTES + PLAIN_BYTES];
	size_t len, tag = slice_find_byte(hash, '}') + 1;

	if (tag >= hash.len || sodium_base642bin(bytes, sizeof bytes, hash.data + tag, hash.len - tag, NULL, &len, NULL,
				       sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		const struct nettle_hash *kind = schemes[i].hash;

		if (len < kind->digest_size || plain.len == 0 || plain.len > PLAIN_BYTES)
			continue;
		for (size_t k = 0; schemes[i].tags[k] != NULL; k++)
			if (slice_equal_nocase(slice_until(hash, tag), slice_of(schemes[i].tags[k])))
				return is_digest_of_both(kind, plain,
					(struct slice){(const char *)bytes + kind->digest_size, len - kind->digest_size}, bytes);
	}
	return false;
}

bool cracked_is_of(struct slice hash, struct slice salt, struct slice plain)
{
	size_t colon = slice_find_byte(hash, ':');

	if (hash.len > 0 && hash.data[0] == '{')
		return is_ldap_digest(hash, plain);
	if (salt.len == 0 && colon < hash.len) {
		salt = slice_from(hash, colon + 1);
		hash = slice_until(hash, colon);
	}
	return cracked_proves(hash, plain) || is_salted_digest(hash, salt, plain);
}

size_t cracked_hex(struct slice value, char *out, size_t cap)
{
	if (value.len < 8 || value.data[value.len - 1] != ']' || !slice_starts_nocase(value, "$HEX["))
		return 0;
	struct slice digits = {value.data + 5, value.len - 6};

	return digits.len % 2 == 0 && digits.len / 2 <= cap && hex_read(digits, (uint8_t *)out) ? digits.len / 2 : 0;
}
