/* Parts of unlock_rar.c that know one version of the format. */
#ifndef LEAKTRAWL_UNLOCK_RAR_H
#define LEAKTRAWL_UNLOCK_RAR_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/unpack/unlock.h"
#include "shared/buf.h"

enum { RAR_HEADER_BYTES = 64 * 1024 };

struct shut_rar {
	struct source source;
	struct walk *walk;
	struct source *archive;
	struct slice in;      /* read and not used yet */
	const char *password; /* NULL: only look whether anything is encrypted */
	bool rar5;
	enum unlock result;  /* what went wrong */
	uint64_t entries;    /* members so far */
	struct buf *ciphers; /* where they are wanted */
	struct unlock_proof proof;
	bool was_shut, over;
	bool headers_are_shut; /* all that follow */
	struct rar_keys keys;

	bool header_is_shut; /* the one at hand ... */
	uint8_t header_iv[IV_BYTES];
	uint8_t raw[RAR_HEADER_BYTES]; /* ... as it stands, decrypted */
	size_t raw_len;
	struct buf header; /* ... as it is given */
	bool header_due;

	uint64_t data_left;   /* bytes of the archive behind it ... */
	uint64_t data_wanted; /* ... of which the member has so many */
	bool data_is_shut;
	uint8_t data_iv[IV_BYTES];
	uint8_t carry[IV_BYTES]; /* bytes of a block that are still without the rest ... */
	size_t carried;          /* ... so many */
	bool file_split;         /* RAR 5: the member goes on in the next volume ... */
	bool part_open;          /* ... and is decrypted */
	uint64_t given;          /* ... and so much of it is given */
	bool volume_ended;
	uint8_t *chunk;
};

/* Reads the next header into self->header (nothing for one that only tells of encryption) and sets what is known of the data behind
 * it. False at the end, at damage, or with the cause in self->result. */
bool rar5_header(struct shut_rar *self);
bool rar3_header(struct shut_rar *self);

bool rar_take_header(struct shut_rar *self, size_t want);
bool rar_take_clear(struct shut_rar *self, uint8_t *into, size_t len);
/* Whether key, one of self's, is that of the salt, or could be taken over from the other one. bytes: of the key. */
bool rar_key_known(const struct shut_rar *self, struct rar_key *key, size_t bytes, const uint8_t *salt, unsigned cycles);
void rar_decrypt(const struct rar_key *key, uint8_t iv[static IV_BYTES], uint8_t *data, size_t len);
bool rar_entry(struct shut_rar *self, bool is_entry, enum member_cipher cipher);
/* Both false. */
bool rar_wrong(struct shut_rar *self);
bool rar_spent(struct shut_rar *self);

#endif
