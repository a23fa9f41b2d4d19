#include "config.h"

#include "shared/seal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

_Static_assert(SEAL_PUBLIC_BYTES == crypto_box_PUBLICKEYBYTES, "team keys are crypto_box keys");
_Static_assert(SEAL_PRIVATE_BYTES == crypto_box_SECRETKEYBYTES, "team keys are crypto_box keys");
_Static_assert(SEAL_COPY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES + crypto_box_SEALBYTES, "a sealed data key");
_Static_assert(SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(SEAL_OVERHEAD_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

void seal_key_id(const uint8_t public_key[SEAL_PUBLIC_BYTES], uint8_t key_id[SEAL_KEY_ID_BYTES])
{
	crypto_generichash(key_id, SEAL_KEY_ID_BYTES, public_key, SEAL_PUBLIC_BYTES, NULL, 0);
}

bool seal_job_start(struct seal_job *job, const uint8_t (*public_keys)[SEAL_PUBLIC_BYTES], size_t count)
{
	crypto_aead_xchacha20poly1305_ietf_keygen(job->data_key);
	job->copies = xcalloc(count, sizeof(*job->copies));
	job->copies_count = count;
	for (size_t i = 0; i < count; i++) {
		seal_key_id(public_keys[i], job->copies[i].key_id);
		if (crypto_box_seal(job->copies[i].box, job->data_key, sizeof(job->data_key), public_keys[i]) != 0) {
			seal_job_wipe(job);
			return false;
		}
	}
	return true;
}

void seal_job_wipe(struct seal_job *job)
{
	mem_wipe(job->data_key, sizeof(job->data_key));
	free(job->copies);
	job->copies = NULL;
	job->copies_count = 0;
}

void seal_value(const struct seal_job *job, const uint8_t finding_id[SEAL_FINDING_ID_BYTES], const void *secret, size_t len,
	uint8_t nonce[SEAL_NONCE_BYTES], uint8_t *box)
{
	randombytes_buf(nonce, SEAL_NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, secret, len, finding_id, SEAL_FINDING_ID_BYTES, NULL, nonce, job->data_key);
}

bool seal_open(const uint8_t public_key[SEAL_PUBLIC_BYTES], const uint8_t private_key[SEAL_PRIVATE_BYTES],
	const uint8_t copy[SEAL_COPY_BYTES], const uint8_t finding_id[SEAL_FINDING_ID_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
	const uint8_t *box, size_t box_len, uint8_t *secret)
{
	uint8_t data_key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	bool ok;

	if (box_len < SEAL_OVERHEAD_BYTES)
		return false;
	ok = crypto_box_seal_open(data_key, copy, SEAL_COPY_BYTES, public_key, private_key) == 0 &&
	     crypto_aead_xchacha20poly1305_ietf_decrypt(
		     secret, NULL, NULL, box, box_len, finding_id, SEAL_FINDING_ID_BYTES, nonce, data_key) == 0;
	mem_wipe(data_key, sizeof(data_key));
	return ok;
}
