/*
 * The envelope secrets are kept in. Each job of an inspector makes a random data key and seals it to every
 * team key (libsodium sealed box); each secret is XChaCha20-Poly1305 under that data key, bound to its
 * finding's id. Whoever has a team's private key opens it; the crawling host never does.
 */
#ifndef LEAKTRAWL_SEAL_H
#define LEAKTRAWL_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEAL_PUBLIC_BYTES = 32, /* X25519 */
	SEAL_PRIVATE_BYTES = 32,
	SEAL_KEY_ID_BYTES = 16, /* BLAKE2b of the public key: which key opens a copy */
	SEAL_COPY_BYTES = 80,   /* a data key sealed to one team key */
	SEAL_NONCE_BYTES = 24,
	SEAL_OVERHEAD_BYTES = 16, /* a box is that much longer than its secret */
	SEAL_FINDING_ID_BYTES = 20,
};

struct seal_copy {
	uint8_t key_id[SEAL_KEY_ID_BYTES];
	uint8_t box[SEAL_COPY_BYTES];
};

/* What a job seals with. */
struct seal_job {
	uint8_t data_key[32];
	struct seal_copy *copies;
	size_t copies_count;
};

void seal_key_id(const uint8_t public_key[SEAL_PUBLIC_BYTES], uint8_t key_id[SEAL_KEY_ID_BYTES]);

/* A fresh data key, sealed to each of count public keys. False: one of them is no usable key; nothing to wipe then. */
bool seal_job_start(struct seal_job *job, const uint8_t (*public_keys)[SEAL_PUBLIC_BYTES], size_t count);
void seal_job_wipe(struct seal_job *job);

/* Seals len bytes under a fresh nonce; box has room for len + SEAL_OVERHEAD_BYTES. */
void seal_value(const struct seal_job *job, const uint8_t finding_id[SEAL_FINDING_ID_BYTES], const void *secret, size_t len,
	uint8_t nonce[SEAL_NONCE_BYTES], uint8_t *box);

/*
 * Opens a box with the copy of its data key that is sealed to this pair. secret has room for
 * box_len - SEAL_OVERHEAD_BYTES. False: not for this key, or changed since it was sealed.
 */
bool seal_open(const uint8_t public_key[SEAL_PUBLIC_BYTES], const uint8_t private_key[SEAL_PRIVATE_BYTES],
	const uint8_t copy[SEAL_COPY_BYTES], const uint8_t finding_id[SEAL_FINDING_ID_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
	const uint8_t *box, size_t box_len, uint8_t *secret);

#endif
