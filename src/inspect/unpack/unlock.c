/* Which password opens an archive. */
#include "inspect/unpack/unlock.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "inspect/unpack/archive.h"
#include "shared/mem.h"

/* The data of an entry to its end; false when it is damaged, or too much. *crc is its CRC-32. */
static bool read_through(struct walk *walk, struct archive *archive, uint32_t *crc)
{
	const void *block;
	size_t len;
	la_int64_t offset;
	int result;
	for (*crc = 0; (result = archive_read_data_block(archive, &block, &len, &offset)) == ARCHIVE_OK;) {
		*crc = (uint32_t)crc32_z(*crc, block, len);
		if (!walk_proved(walk, len))
			return false;
	}
	return result == ARCHIVE_EOF;
}

/* Decrypted data may be that of the next member, read ahead: two with data are wanted. All before them have to be whole, too. */
static bool first_secrets_read(struct walk *walk, struct archive *archive, const struct unlock_proof *proof)
{
	struct archive_entry *entry;
	int read = 0;
	walk->unlock_used = false;
	for (uint64_t i = 0; read < 2; i++) {
		uint32_t crc;
		int result = archive_read_next_header(archive, &entry);
		if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
			return result == ARCHIVE_EOF;
		if (!read_through(walk, archive, &crc) || (proof->known && proof->entry == i && proof->crc != crc))
			return false;
		read += walk->unlock_used && archive_entry_size(entry) > 0;
	}
	return true;
}

static struct source *unlock_with(
	struct walk *walk, struct source *source, enum content content, const char *password, enum unlock *result, struct rar_trial *trial)
{
	trial->proof.known = false;
	return content == CONTENT_7ZIP ? unlock_7zip(walk, source, password, result) : unlock_rar(walk, source, password, result, trial);
}

static bool password_opens(
	struct walk *walk, struct source *source, enum content content, const char *password, enum unlock *result, struct rar_trial *trial)
{
	struct source *unlocked = unlock_with(walk, source, content, password, result, trial);
	if (unlocked == NULL)
		return false;
	struct archive *archive = archive_open(unlocked, content, NULL, 0);
	bool good = archive != NULL && first_secrets_read(walk, archive, &trial->proof);
	if (!good)
		*result = walk_proved(walk, 0) ? UNLOCK_WRONG : UNLOCK_SPENT;
	archive_read_free(archive);
	source_close(unlocked);
	return good;
}

struct source *unlock_archive(struct walk *walk, struct source *source, enum content content, const char *path, struct buf *ciphers)
{
	struct source *unlocked = NULL;
	enum unlock result = UNLOCK_WRONG;
	if (content == CONTENT_RAR && !unlock_rar_is_shut(walk, source, ciphers))
		result = UNLOCK_NONE;
	struct passwords *passwords = walk_passwords(walk, path);
	for (size_t i = 0; i < passwords->count && result == UNLOCK_WRONG; i++) {
		struct rar_trial trial = {0};
		char *password = passwords->list[i];
		if (password_opens(walk, source, content, password, &result, &trial)) {
			passwords_prefer(passwords, i);
			unlocked = unlock_with(walk, source, content, password, &result, &trial);
		}
		mem_wipe(&trial, sizeof trial);
	}
	if (result == UNLOCK_SPENT)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
			walk_proved(walk, 0) ? "unlock_rounds" : "passwords were tried on too much data", 0);
	if (unlocked == NULL)
		source_seek(source, 0);
	return unlocked;
}
