/*
 * Encrypted 7z and RAR archives. libarchive has no ciphers for them, so it is given the same archive without its encryption, made
 * as it is read: headers are rewritten to name none, data is decrypted in place.
 *
 * Sources: 7zFormat.txt of the LZMA SDK and the 7zAES coder; "RAR 5.0 archive format", rarlab.com/technote.htm; the notes on RAR 3
 * headers and keys of technote.txt, as shipped with older RARs.
 */
#ifndef LEAKTRAWL_UNLOCK_H
#define LEAKTRAWL_UNLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/unpack/source.h"
#include "inspect/unpack/walk.h"
#include "shared/slice.h"

enum unlock {
	UNLOCK_NONE,  /* nothing in it is encrypted, or not in a way known here: it is read as it stands */
	UNLOCK_OPEN,  /* the password fits, as far as headers tell */
	UNLOCK_WRONG, /* it does not */
	UNLOCK_SPENT, /* limits.unlock_rounds is used up, or what may be decoded */
};

/* libarchive does not look at all checksums of a RAR: that of the first encrypted member proves a password. */
struct unlock_proof {
	bool known;
	uint64_t entry; /* which of the archive, from 0 */
	uint32_t crc;   /* CRC-32 of its data */
};

enum { KEY_BYTES_MAX = 32, IV_BYTES = 16, RAR5_SALT_BYTES = 16, RAR5_CHECK_BYTES = 8, RAR3_SALT_BYTES = 8, RAR3_KEY_BYTES = 16 };

/* A key of a RAR and what it was made of. */
struct rar_key {
	size_t bytes; /* 16: RAR 3; 32: RAR 5; 0: none yet */
	uint8_t salt[RAR5_SALT_BYTES];
	unsigned cycles; /* RAR 5 */
	uint8_t key[KEY_BYTES_MAX];
	uint8_t iv[IV_BYTES]; /* RAR 3 */
};

/* Salts are the same all over an archive, most often: both may be one. */
struct rar_keys {
	struct rar_key headers, data;
};

/* What a password on a RAR brought to light. The keys are used again where the same password is tried on the same archive. */
struct rar_trial {
	struct unlock_proof proof;
	struct rar_keys keys; /* wiped by whoever is done with the password */
};

/*
 * The archive as password opens it: a new source over archive, which stays the caller's and must be able to seek; NULL unless
 * *result is UNLOCK_OPEN. That of a RAR goes forward only.
 */
struct source *unlock_7zip(struct walk *walk, struct source *archive, const char *password, enum unlock *result);
struct source *unlock_rar(struct walk *walk, struct source *archive, const char *password, enum unlock *result, struct rar_trial *trial);

/* How a member of a RAR is encrypted. */
enum member_cipher { CIPHER_NONE, CIPHER_KNOWN, CIPHER_UNKNOWN /* an older one, or part of a volume */ };

/*
 * Whether anything is encrypted in a RAR: appends an enum member_cipher for each member to ciphers, up to the buffer's maximum, or none
 * where names are encrypted, too. The archive must be able to seek, and is left anywhere.
 */
bool unlock_rar_is_shut(struct walk *walk, struct source *archive, struct buf *ciphers);

/*
 * An encrypted 7z or RAR as the first of the walk's passwords that fits opens it; NULL where it is not encrypted or stays shut. source
 * must be able to seek and stays the caller's. ciphers is told of the members of a RAR as above.
 */
struct source *unlock_archive(struct walk *walk, struct source *source, enum content content, const char *path, struct buf *ciphers);

/* ---- keys: each false when limits.unlock_rounds is used up ------------------------------------------------------------- */

/* 7zAES: SHA-256 over 2^cycles times salt, password in UTF-16LE and a counter. */
bool key_of_7zip(struct walk *walk, const char *password, struct slice salt, unsigned cycles, uint8_t key[static KEY_BYTES_MAX]);
/* PBKDF2 with HMAC-SHA256 and 2^cycles rounds. check: what the archive says of the password, or NULL; *fits says whether it does. */
bool key_of_rar5(struct walk *walk, const char *password, const uint8_t *salt, unsigned cycles, const uint8_t *check, bool *fits,
	uint8_t key[static KEY_BYTES_MAX]);
/* SHA-1 over 2^18 times password in UTF-16LE, salt and a counter; the initialisation vector comes out of it, too. */
bool key_of_rar3(
	struct walk *walk, const char *password, const uint8_t *salt, uint8_t key[static RAR3_KEY_BYTES], uint8_t iv[static IV_BYTES]);

#endif
