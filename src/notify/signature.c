#include "notify/signature.h"

#include <sodium.h>
#include <string.h>

char *signature_of(const void *secret, size_t secret_len, const char *timestamp, const void *body, size_t body_len, char out[SIGNATURE_HEX])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_init(&state, secret, secret_len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)timestamp, strlen(timestamp));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(&state, body, body_len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
	return sodium_bin2hex(out, SIGNATURE_HEX, mac, sizeof(mac));
}
