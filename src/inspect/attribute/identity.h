/*
 * Identity of findings: BLAKE2b of 20 bytes under the fingerprint key over fields that are each preceded by
 * their length (8 bytes, little endian), so that no two lists of fields read alike.
 */
#ifndef LEAKTRAWL_IDENTITY_H
#define LEAKTRAWL_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "shared/slice.h"

enum { IDENTITY_BYTES = 20, IDENTITY_KEY_BYTES = 32 };

/* Absent fields count as empty. */
void identity_make(const uint8_t key[IDENTITY_KEY_BYTES], const struct slice *fields, size_t count, uint8_t identity[IDENTITY_BYTES]);

#endif
