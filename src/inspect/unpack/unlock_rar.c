#include <nettle/cbc.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/unlock.h"
#include "inspect/unpack/unlock_rar.h"
#include "shared/mem.h"

enum { CHUNK_BYTES = 256 * 1024, SIGNATURE_BYTES = 8, RAR_HEADER_BYTES_MAX = 2 * RAR_HEADER_BYTES };

/* ---- bytes of the archive ---------------------------------------------------------------------------------------------- */

/* Up to len bytes; fewer at the end. */
static size_t take(struct shut_rar *self, uint8_t *into, size_t len)
{
	size_t have = 0;
	while (have < len) {
		if (self->in.len == 0) {
			const uint8_t *data;
			ssize_t got = source_read(self->archive, &data);
			if (got <= 0)
				break;
			self->in = (struct slice){(const char *)data, (size_t)got};
		}
		size_t piece = self->in.len < len - have ? self->in.len : len - have;
		memcpy(into + have, self->in.data, piece);
		self->in = slice_from(self->in, piece);
		have += piece;
	}
	return have;
}

static bool is_key_of(const struct rar_key *key, size_t bytes, const uint8_t *salt, unsigned cycles)
{
	size_t salt_bytes = bytes == RAR3_KEY_BYTES ? RAR3_SALT_BYTES : RAR5_SALT_BYTES;
	return key->bytes == bytes && key->cycles == cycles && memcmp(key->salt, salt, salt_bytes) == 0;
}

bool rar_key_known(const struct shut_rar *self, struct rar_key *key, size_t bytes, const uint8_t *salt, unsigned cycles)
{
	const struct rar_key *other = key == &self->keys.data ? &self->keys.headers : &self->keys.data;
	if (is_key_of(key, bytes, salt, cycles))
		return true;
	if (!is_key_of(other, bytes, salt, cycles))
		return false;
	*key = *other;
	return true;
}

void rar_decrypt(const struct rar_key *key, uint8_t iv[static IV_BYTES], uint8_t *data, size_t len)
{
	if (key->bytes == RAR3_KEY_BYTES) {
		struct aes128_ctx aes;
		aes128_set_decrypt_key(&aes, key->key);
		cbc_decrypt(&aes, (nettle_cipher_func *)aes128_decrypt, IV_BYTES, iv, len, data, data);
		mem_wipe(&aes, sizeof aes);
	} else {
		struct aes256_ctx aes;
		aes256_set_decrypt_key(&aes, key->key);
		cbc_decrypt(&aes, (nettle_cipher_func *)aes256_decrypt, IV_BYTES, iv, len, data, data);
		mem_wipe(&aes, sizeof aes);
	}
}

/* Header bytes up to want of them. Blocks of a shut header are decrypted as far as they are needed. */
bool rar_take_header(struct shut_rar *self, size_t want)
{
	size_t blocks = self->header_is_shut ? (want + IV_BYTES - 1) / IV_BYTES * IV_BYTES : want;
	if (blocks > RAR_HEADER_BYTES)
		return false;
	size_t have = self->raw_len, missing = blocks > have ? blocks - have : 0;
	if (take(self, self->raw + have, missing) < missing)
		return false;
	if (self->header_is_shut)
		rar_decrypt(&self->keys.headers, self->header_iv, self->raw + have, missing);
	self->raw_len = have + missing;
	return true;
}

/* Bytes in clear that stand before a shut header. */
bool rar_take_clear(struct shut_rar *self, uint8_t *into, size_t len)
{
	return take(self, into, len) == len;
}

bool rar_wrong(struct shut_rar *self)
{
	self->result = UNLOCK_WRONG;
	return false;
}

bool rar_spent(struct shut_rar *self)
{
	self->result = UNLOCK_SPENT;
	return false;
}

/* ---- data -------------------------------------------------------------------------------------------------------------- */

/* Blocks may begin in one piece and end in the next. Returns how many bytes of the chunk are decrypted. */
static size_t decrypt_chunk(struct shut_rar *self, size_t len)
{
	size_t whole = len - len % IV_BYTES;
	self->walk->unlock_used = true;
	self->carried = len - whole;
	memcpy(self->carry, self->chunk + whole, self->carried);
	rar_decrypt(&self->keys.data, self->data_iv, self->chunk, whole);
	return whole;
}

/* What stands behind a header: given as it is, or decrypted; the last block may hold more than the member. */
static ssize_t read_data(struct shut_rar *self, const uint8_t **data)
{
	size_t want = self->data_left < CHUNK_BYTES ? (size_t)self->data_left : CHUNK_BYTES, before = 0;
	if (self->data_is_shut) {
		before = self->carried;
		memcpy(self->chunk, self->carry, before);
	}
	size_t got = take(self, self->chunk + before, want), given = before + got;
	self->data_left = got < want ? 0 : self->data_left - got;
	if (self->data_is_shut)
		given = decrypt_chunk(self, given);
	if (given > self->data_wanted)
		given = (size_t)self->data_wanted;
	self->data_wanted -= given;
	*data = self->chunk;
	return (ssize_t)given;
}

static bool next_header(struct shut_rar *self)
{
	buf_clear(&self->header);
	self->data_is_shut = false;
	self->header_due = self->rar5 ? rar5_header(self) : rar3_header(self);
	return self->header_due;
}

static ssize_t shut_read(struct source *source, const uint8_t **data)
{
	struct shut_rar *self = (struct shut_rar *)source;
	ssize_t got = 0;
	while (got == 0 && !self->over) {
		if (self->header_due) {
			*data = self->header.data;
			got = (ssize_t)self->header.len;
			self->header_due = false;
		} else if (self->data_left > 0) {
			got = read_data(self, data);
		} else {
			self->over = !next_header(self);
		}
	}
	if (self->archive->failed)
		source_fail(source, self->archive->cause, self->archive->why);
	return got == 0 && self->archive->failed ? -1 : got;
}

static void shut_close(struct source *source)
{
	struct shut_rar *self = (struct shut_rar *)source;
	mem_wipe(self->chunk, CHUNK_BYTES + IV_BYTES);
	free(self->chunk);
	buf_free(&self->header);
	mem_wipe(&self->keys, sizeof self->keys);
	free(self);
}

/* ---- opening ----------------------------------------------------------------------------------------------------------- */

static struct shut_rar *begin(struct walk *walk, struct source *archive, const char *password)
{
	struct shut_rar *self = xcalloc(1, sizeof *self);
	uint8_t signature[SIGNATURE_BYTES];
	source_init(&self->source);
	self->source.read = shut_read;
	self->source.close = shut_close;
	self->walk = walk;
	self->archive = archive;
	self->password = password;
	self->chunk = xmalloc(CHUNK_BYTES + IV_BYTES);
	buf_init(&self->header, RAR_HEADER_BYTES_MAX);
	source_seek(archive, 0);
	size_t len = take(self, signature, SIGNATURE_BYTES - 1);
	self->rar5 = len == SIGNATURE_BYTES - 1 && signature[len - 1] == 1;
	if (self->rar5)
		len += take(self, signature + len, 1);
	self->header_due = buf_append(&self->header, signature, len);
	return self;
}

static void skip_data(struct shut_rar *self)
{
	if (self->data_left <= self->in.len) {
		self->in = slice_from(self->in, (size_t)self->data_left);
	} else {
		source_seek(self->archive, self->archive->at - self->in.len + self->data_left);
		self->in = SLICE_NONE;
	}
	self->data_left = 0;
}

/* Reads headers up to the first whose data is to be decrypted. */
static enum unlock look(struct shut_rar *self)
{
	while (next_header(self) && !(self->data_is_shut && self->data_left > 0))
		skip_data(self);
	return self->result == UNLOCK_NONE && self->was_shut ? UNLOCK_OPEN : self->result;
}

bool unlock_rar_is_shut(struct walk *walk, struct source *archive, struct buf *ciphers)
{
	struct shut_rar *self = begin(walk, archive, NULL);
	self->ciphers = ciphers;
	(void)look(self);
	bool was_shut = self->was_shut;
	source_close(&self->source);
	return was_shut;
}

/* Counts a member, if it is one. Whether a password is to be tried on it. */
bool rar_entry(struct shut_rar *self, bool is_entry, enum member_cipher cipher)
{
	self->was_shut |= cipher != CIPHER_NONE;
	self->entries += is_entry;
	if (is_entry && self->ciphers != NULL && !buf_append_byte(self->ciphers, (uint8_t)cipher))
		self->ciphers = NULL;
	return cipher == CIPHER_KNOWN && self->password != NULL;
}

/* Keys made by the look serve whoever reads on from the beginning. */
struct source *unlock_rar(struct walk *walk, struct source *archive, const char *password, enum unlock *result, struct rar_trial *trial)
{
	struct shut_rar *self = begin(walk, archive, password);
	self->keys = trial->keys;
	*result = look(self);
	trial->proof = self->proof;
	trial->keys = self->keys;
	source_close(&self->source);
	if (*result != UNLOCK_OPEN)
		return NULL;
	self = begin(walk, archive, password);
	self->keys = trial->keys;
	return &self->source;
}
