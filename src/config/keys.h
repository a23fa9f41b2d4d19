/*
 * Key files: text, one header line that names what it is, one line of base64. A wrong file, a wrong length or
 * permissions that let others read a secret are refused with what to do.
 */
#ifndef LEAKTRAWL_KEYS_H
#define LEAKTRAWL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum { KEY_BYTES = 32 }; /* all of them: fingerprint key, X25519 public and private */

enum key_kind { KEY_FINGERPRINT, KEY_TEAM_PUBLIC, KEY_TEAM_PRIVATE };

/* Reads one key file. False, having said why. The caller wipes key. */
bool key_read(const char *path, enum key_kind kind, uint8_t key[KEY_BYTES]);
/* Writes a new key file (0600; public ones 0644); never overwrites. False, having said why. */
bool key_write(const char *path, enum key_kind kind, const uint8_t key[KEY_BYTES]);

/* Whether a file is a team's private key, whoever may read it: there should be none where leaktrawl crawls. */
bool key_is_private(const char *path);

/*
 * What an indexing run needs: the fingerprint key and every public key of the configuration, team has room for
 * config->public_keys_count. False, having said why (no keys configured counts).
 */
bool keys_for_index(const struct config *config, uint8_t fingerprint[KEY_BYTES], uint8_t (*team)[KEY_BYTES]);

/* Tor's control cookie, 32 bytes, whoever owns it; the caller wipes and frees. False, having said why. */
bool keys_tor_cookie(const char *path, uint8_t **cookie, size_t *len);

/* The bytes of a secret file (a hook's, a control password), without its last line feed; the caller wipes and frees. False, having said
 * why. */
bool keys_hook_secret(const char *path, uint8_t **secret, size_t *len);

#endif
