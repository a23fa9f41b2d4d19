/*
 * The signature of a webhook call, so that the receiver knows it is ours and when it was made:
 *
 *     X-Leaktrawl-Signature: sha256=HEX    HEX of HMAC-SHA256(secret, timestamp "." body)
 *     X-Leaktrawl-Timestamp: 1767225600    seconds since the epoch, as they were signed
 */
#ifndef LEAKTRAWL_NOTIFY_SIGNATURE_H
#define LEAKTRAWL_NOTIFY_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

enum { SIGNATURE_HEX = 65 }; /* with its 0 */

/* A secret of any length. timestamp is the text of the header. Returns out. */
char *signature_of(
	const void *secret, size_t secret_len, const char *timestamp, const void *body, size_t body_len, char out[SIGNATURE_HEX]);

#endif
