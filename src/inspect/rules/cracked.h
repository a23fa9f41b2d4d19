/* Passwords that stand beside their own hash, as lists of cracked ones have them: email:hash:password. */
#ifndef LEAKTRAWL_CRACKED_H
#define LEAKTRAWL_CRACKED_H

#include <stdbool.h>

#include "shared/slice.h"

/* Whether hash, in hexadecimal digits, is the unsalted digest of plain: MD5, SHA-1, SHA-2, NTLM, MySQL's. */
bool cracked_proves(struct slice hash, struct slice plain);

/*
 * Whether hash is one of plain, as far as that is cheap to say: as above, or MD5, SHA-1 or SHA-2 with the salt before, behind or
 * around, or an LDAP digest ({SHA}, {SSHA}, {MD5}, {SMD5}, {SHA256} ...). salt: what stood apart, else what hangs behind a colon.
 */
bool cracked_is_of(struct slice hash, struct slice salt, struct slice plain);

/* The text of $HEX[..], as hashcat writes passwords with unusual bytes, at most cap bytes into out; 0 where value is none. */
size_t cracked_hex(struct slice value, char *out, size_t cap);

#endif
