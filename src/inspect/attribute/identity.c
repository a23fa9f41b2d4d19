#include "inspect/attribute/identity.h"

#include <sodium.h>

void identity_make(const uint8_t key[IDENTITY_KEY_BYTES], const struct slice *fields, size_t count, uint8_t identity[IDENTITY_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, IDENTITY_KEY_BYTES, IDENTITY_BYTES);
	for (size_t i = 0; i < count; i++) {
		uint8_t length[8];

		for (size_t byte = 0; byte < sizeof length; byte++)
			length[byte] = (uint8_t)((uint64_t)fields[i].len >> (8 * byte));
		crypto_generichash_update(&state, length, sizeof length);
		if (fields[i].len > 0)
			crypto_generichash_update(&state, (const uint8_t *)fields[i].data, fields[i].len);
	}
	crypto_generichash_final(&state, identity, IDENTITY_BYTES);
	sodium_memzero(&state, sizeof state);
}
