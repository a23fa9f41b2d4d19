/* From a password to a key: slow on purpose, so the work on one document is limited. */
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/unlock.h"
#include "shared/mem.h"

enum {
	CYCLES_MAX = 24,    /* of both formats, as their own programs have it */
	CYCLES_NONE = 0x3f, /* 7z: the password is the key */
	RAR3_CYCLES = 18,
	RAR3_IV_CYCLES = 14, /* a byte of the vector after every 2^14 */
	PASSWORD_UTF16_BYTES = 2 * PASSWORD_BYTES,
};

/* Telling of progress between two keys: each may take a second. */
static bool spend(struct walk *walk, unsigned cycles)
{
	uint64_t rounds = UINT64_C(1) << cycles;
	if (cycles > CYCLES_MAX || walk->unlock_rounds + rounds > walk->engine->limits.unlock_rounds)
		return false;
	walk->unlock_rounds += rounds;
	walk_read(walk, 0);
	return true;
}

/* ---- 7z ---------------------------------------------------------------------------------------------------------------- */

static void plain_key(struct slice salt, const struct buf *password, uint8_t key[static KEY_BYTES_MAX])
{
	size_t from_salt = salt.len < KEY_BYTES_MAX ? salt.len : KEY_BYTES_MAX, left = KEY_BYTES_MAX - from_salt;
	memset(key, 0, KEY_BYTES_MAX);
	memcpy(key, salt.data, from_salt);
	memcpy(key + from_salt, password->data, password->len < left ? password->len : left);
}

static void hashed_key(struct slice salt, const struct buf *password, unsigned cycles, uint8_t key[static KEY_BYTES_MAX])
{
	struct sha256_ctx hash;
	uint8_t counter[8] = {0};
	sha256_init(&hash);
	for (uint64_t round = 0; round < UINT64_C(1) << cycles; round++) {
		sha256_update(&hash, salt.len, (const uint8_t *)salt.data);
		sha256_update(&hash, password->len, password->data);
		sha256_update(&hash, sizeof counter, counter);
		for (size_t i = 0; i < sizeof counter && ++counter[i] == 0; i++)
			;
	}
	sha256_digest(&hash, KEY_BYTES_MAX, key);
	mem_wipe(&hash, sizeof hash);
}

bool key_of_7zip(struct walk *walk, const char *password, struct slice salt, unsigned cycles, uint8_t key[static KEY_BYTES_MAX])
{
	struct buf wide;
	bool known = cycles == CYCLES_NONE || spend(walk, cycles);
	buf_init(&wide, PASSWORD_UTF16_BYTES);
	charset_utf16le(slice_of(password), &wide);
	if (known && cycles == CYCLES_NONE)
		plain_key(salt, &wide, key);
	else if (known)
		hashed_key(salt, &wide, cycles, key);
	buf_free(&wide);
	return known;
}

/* ---- RAR 5 ------------------------------------------------------------------------------------------------------------- */

static void derive(const char *password, const uint8_t *salt, unsigned rounds, uint8_t out[static KEY_BYTES_MAX])
{
	pbkdf2_hmac_sha256(strlen(password), (const uint8_t *)password, rounds, RAR5_SALT_BYTES, salt, KEY_BYTES_MAX, out);
}

/* 32 rounds behind the key, folded. */
static bool check_fits(const char *password, const uint8_t *salt, unsigned rounds, const uint8_t *check)
{
	uint8_t value[KEY_BYTES_MAX], folded[RAR5_CHECK_BYTES] = {0};
	derive(password, salt, rounds + 32, value);
	for (size_t i = 0; i < sizeof value; i++)
		folded[i % sizeof folded] ^= value[i];
	bool fits = memcmp(folded, check, sizeof folded) == 0;
	mem_wipe(value, sizeof value);
	mem_wipe(folded, sizeof folded);
	return fits;
}

bool key_of_rar5(struct walk *walk, const char *password, const uint8_t *salt, unsigned cycles, const uint8_t *check, bool *fits,
	uint8_t key[static KEY_BYTES_MAX])
{
	if (!spend(walk, cycles))
		return false;
	*fits = check == NULL || check_fits(password, salt, 1U << cycles, check);
	if (*fits)
		derive(password, salt, 1U << cycles, key);
	return true;
}

/* ---- RAR 3 ------------------------------------------------------------------------------------------------------------- */

bool key_of_rar3(
	struct walk *walk, const char *password, const uint8_t *salt, uint8_t key[static RAR3_KEY_BYTES], uint8_t iv[static IV_BYTES])
{
	struct buf seed;
	struct sha1_ctx hash;
	uint8_t digest[SHA1_DIGEST_SIZE];
	if (!spend(walk, RAR3_CYCLES))
		return false;
	buf_init(&seed, PASSWORD_UTF16_BYTES + RAR3_SALT_BYTES);
	charset_utf16le(slice_of(password), &seed);
	(void)!buf_append(&seed, salt, RAR3_SALT_BYTES);
	sha1_init(&hash);
	for (uint32_t round = 0; round < 1U << RAR3_CYCLES; round++) {
		const uint8_t counter[3] = {(uint8_t)round, (uint8_t)(round >> 8), (uint8_t)(round >> 16)};
		sha1_update(&hash, seed.len, seed.data);
		sha1_update(&hash, sizeof counter, counter);
		if (round % (1U << RAR3_IV_CYCLES) == 0) {
			struct sha1_ctx so_far = hash;
			sha1_digest(&so_far, sizeof digest, digest);
			iv[round >> RAR3_IV_CYCLES] = digest[SHA1_DIGEST_SIZE - 1];
		}
	}
	sha1_digest(&hash, sizeof digest, digest);
	for (size_t i = 0; i < RAR3_KEY_BYTES; i++)
		key[i] = digest[i / 4 * 4 + 3 - i % 4]; /* its words are turned round */
	mem_wipe(&hash, sizeof hash);
	buf_free(&seed);
	return true;
}
