/*
 * Archives and compressed streams through libarchive. Formats and filters are enabled by name, one at a time, by what the
 * content is: libarchive's own "all" would start external programs and try formats nobody packs leaks in.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inspect/unpack/archive.h"
#include "inspect/unpack/unlock.h"
#include "inspect/unpack/volumes.h"
#include "inspect/unpack/walk.h"
#include "inspect/views/strings.h"
#include "shared/mem.h"
#include "shared/slice.h"

enum { ENCRYPTED_NAMED = 16, PROBE_HEADERS = 64, RAR_PEEK_BYTES = 64 * 1024 };

/* ---- libarchive over a source ----------------------------------------------------------------- */

static la_ssize_t on_read(struct archive *archive, void *context, const void **data)
{
	struct source *source = context;
	ssize_t got = source_read(source, (const uint8_t **)data);
	if (got < 0)
		archive_set_error(archive, EIO, "%s", source->why);
	return got < 0 ? ARCHIVE_FATAL : got;
}

static la_int64_t on_seek(struct archive *archive, void *context, la_int64_t offset, int whence)
{
	struct source *source = context;
	la_int64_t base = whence == SEEK_CUR ? (la_int64_t)source->at : whence == SEEK_END ? (la_int64_t)source->size(source) : 0;
	(void)archive;
	if (offset < -base)
		return ARCHIVE_FATAL;
	source_seek(source, (uint64_t)(base + offset));
	return (la_int64_t)source->at;
}

static bool enable(struct archive *archive, enum content content)
{
	int result = ARCHIVE_OK;
	switch (content) {
	case CONTENT_ZIP:
		return archive_read_support_format_zip(archive) == ARCHIVE_OK;
	case CONTENT_7ZIP:
		return archive_read_support_format_7zip(archive) == ARCHIVE_OK;
	case CONTENT_RAR:
		return archive_read_support_format_rar(archive) == ARCHIVE_OK && archive_read_support_format_rar5(archive) == ARCHIVE_OK;
	case CONTENT_TAR:
		return archive_read_support_format_tar(archive) == ARCHIVE_OK &&
		       archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1") == ARCHIVE_OK;
	case CONTENT_CPIO:
		return archive_read_support_format_cpio(archive) == ARCHIVE_OK;
	case CONTENT_AR:
		return archive_read_support_format_ar(archive) == ARCHIVE_OK;
	case CONTENT_ISO:
		return archive_read_support_format_iso9660(archive) == ARCHIVE_OK;
	case CONTENT_CAB:
		return archive_read_support_format_cab(archive) == ARCHIVE_OK;
	case CONTENT_LHA:
		return archive_read_support_format_lha(archive) == ARCHIVE_OK;
	case CONTENT_BZIP2:
		result = archive_read_support_filter_bzip2(archive);
		break;
	case CONTENT_ZSTD:
		result = archive_read_support_filter_zstd(archive);
		break;
	case CONTENT_LZ4:
		result = archive_read_support_filter_lz4(archive);
		break;
	case CONTENT_COMPRESS:
		result = archive_read_support_filter_compress(archive);
		break;
	case CONTENT_LZIP:
		result = archive_read_support_filter_lzip(archive);
		break;
	case CONTENT_RPM:
		result = archive_read_support_filter_rpm(archive);
		break;
	default:
		return false;
	}
	return result == ARCHIVE_OK && archive_read_support_format_raw(archive) == ARCHIVE_OK;
}

/* What a compressed stream holds is the same document: it keeps its name and the members below theirs. */
static bool is_stream(enum content content)
{
	return content >= CONTENT_BZIP2 && content <= CONTENT_RPM;
}

struct archive *archive_open(struct source *source, enum content content, char *const *passwords, size_t count)
{
	struct archive *archive = archive_read_new();
	if (archive == NULL)
		return NULL;
	bool fine = enable(archive, content);
	for (size_t i = 0; fine && content == CONTENT_ZIP && i < count; i++)
		fine = archive_read_add_passphrase(archive, passwords[i]) == ARCHIVE_OK;
	archive_read_set_read_callback(archive, on_read);
	archive_read_set_callback_data(archive, source);
	if (source->seek != NULL)
		archive_read_set_seek_callback(archive, on_seek);
	if (fine)
		archive_read_open1(archive); /* a failure shows again in the first header */
	return archive;
}

/* ---- faults ----------------------------------------------------------------------------------- */

static bool says(const char *text, const char *word)
{
	return slice_find_nocase(slice_of(text), word) < strlen(text);
}

/* Of a 7z the header at its beginning says where the one at its end stands. */
static bool is_cut(struct source *source, enum content content)
{
	if (content != CONTENT_7ZIP || source->seek == NULL)
		return false;
	source_seek(source, 0);
	struct slice head = source_peek(source, 32);
	uint64_t place[2] = {0, 0}; /* offset from here, and length */
	for (size_t i = 0; i < 16 && head.len == 32; i++)
		place[i / 8] |= (uint64_t)(uint8_t)head.data[12 + i] << (i % 8 * 8);
	uint64_t size = source->size(source);
	return place[0] > size || place[1] > size || 32 + place[0] + place[1] > size;
}

static Lt__NotInspectedCause cause_of(struct archive *archive, const struct source *source)
{
	const char *text = archive_error_string(archive);
	if (source->failed)
		return source->cause;
	if (text == NULL)
		return LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED;
	if (says(text, "encrypt") || says(text, "passphrase") || says(text, "crypto codec"))
		return LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED;
	if (says(text, "truncated"))
		return LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED;
	if (archive_errno(archive) == ENOMEM || says(text, "memory") || says(text, "dictionary size"))
		return LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT;
	if (says(text, "unsupported") || says(text, "not supported") || says(text, "unknown compression") || says(text, "unknown codec") ||
		says(text, "dictionary mismatch"))
		return LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED;
	return LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED;
}

static const char *text_of(struct archive *archive)
{
	const char *text = archive_error_string(archive);
	return text != NULL ? text : "unreadable";
}

/* ---- one entry as a source -------------------------------------------------------------------- */

struct entry_source {
	struct source source;
	struct walk *walk;
	struct archive *archive;
	struct source *outer;
	const char *path;
	bool encrypted; /* as the archive says */
	uint64_t given; /* bytes */
	uint64_t size;  /* as the archive says, 0 where it does not */
	bool warned;    /* the data so far is good, what follows is not */
};

static ssize_t entry_read(struct source *source, const uint8_t **data)
{
	struct entry_source *self = (struct entry_source *)source;
	const void *block;
	size_t len = 0;
	la_int64_t offset;
	int result;
	if (self->warned)
		return -1;
	do {
		result = archive_read_data_block(self->archive, &block, &len, &offset);
	} while (result == ARCHIVE_RETRY || (result == ARCHIVE_OK && len == 0));
	if (result == ARCHIVE_EOF && self->given < self->size) { /* the next volume is missing */
		source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "the member ends early");
		return -1;
	}
	if (result == ARCHIVE_EOF)
		return 0;
	if (result != ARCHIVE_OK) {
		Lt__NotInspectedCause cause = cause_of(self->archive, self->outer);
		/* Behind one shut entry some readers call the next ones damaged. */
		if (self->encrypted && self->given == 0)
			cause = LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED;
		source_fail(source, cause, text_of(self->archive));
		self->warned = true;
		if (result != ARCHIVE_WARN || len == 0)
			return -1;
		source->failed = false;
	}
	if (!walk_produced(self->walk, self->path, len))
		return 0;
	*data = block;
	self->given += len;
	return (ssize_t)len;
}

static void entry_close(struct source *source)
{
	(void)source; /* lives on the stack of read_entry */
}

/* ---- passwords -------------------------------------------------------------------------------- */

enum probe { PROBE_NOT_ENCRYPTED, PROBE_OPENS, PROBE_WRONG, PROBE_GARBLED };

/* Reads the first encrypted entry whole: only its checksum tells a password from a chance match of the check byte. */
static enum probe probe(struct source *source, char *const *passwords, size_t count)
{
	enum probe found = PROBE_NOT_ENCRYPTED;
	source_seek(source, 0);
	struct archive *archive = archive_open(source, CONTENT_ZIP, passwords, count);
	struct archive_entry *entry;
	for (int i = 0; archive != NULL && i < PROBE_HEADERS && archive_read_next_header(archive, &entry) >= ARCHIVE_WARN; i++) {
		if (!archive_entry_is_data_encrypted(entry) || (archive_entry_size_is_set(entry) && archive_entry_size(entry) == 0))
			continue;
		const void *block;
		size_t len;
		la_int64_t offset;
		int result;
		while ((result = archive_read_data_block(archive, &block, &len, &offset)) == ARCHIVE_OK)
			;
		found = result == ARCHIVE_EOF                                                   ? PROBE_OPENS
			: cause_of(archive, source) == LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED ? PROBE_WRONG
												: PROBE_GARBLED;
		break;
	}
	archive_read_free(archive);
	return found;
}

/*
 * The one password that opens the archive, as a list of one or none. With several, members that none of them opens would come
 * out as garbage where the check byte matches by chance. A source that cannot be read again has to try them all.
 */
static char *const *choose_password(struct walk *walk, struct source *source, const char *path, size_t *count)
{
	struct passwords *passwords = walk_passwords(walk, path);
	char *const *chosen = passwords->list;
	*count = passwords->count;
	if (source->seek == NULL)
		return chosen;
	enum probe any = probe(source, passwords->list, passwords->count);
	*count = 0;
	for (size_t i = 0; i < passwords->count && *count == 0 && (any == PROBE_OPENS || any == PROBE_GARBLED); i++) {
		if (probe(source, passwords->list + i, 1) == PROBE_OPENS) {
			passwords_prefer(passwords, i);
			*count = 1;
		}
	}
	source_seek(source, 0);
	return chosen;
}

/* ---- the entries ------------------------------------------------------------------------------ */

struct reading {
	struct walk *walk;
	struct source *source;
	struct archive *archive;
	enum content content;
	const char *path;
	unsigned depth;
	uint64_t entries, shut;
	bool is_unlocked;
	struct buf ciphers; /* of a RAR: an enum member_cipher for each member */
	bool all_shut;      /* not even the names can be read */
	struct volumes volumes;
};

static void note_shut(struct reading *reading, const char *path, const struct source *entry)
{
	if (reading->shut++ < ENCRYPTED_NAMED)
		walk_shut(reading->walk, reading->path, path, entry->why);
}

/* Holes of a sparse file are not given out. */
static uint64_t stored_size(struct archive_entry *entry)
{
	bool whole = archive_entry_size_is_set(entry) && archive_entry_sparse_count(entry) == 0;
	return whole && archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
}

/* libarchive does not tell it of the members of a RAR 5. */
static bool is_shut(const struct reading *reading, struct archive_entry *entry)
{
	uint64_t i = reading->entries - 1;
	uint8_t cipher = i < reading->ciphers.len ? reading->ciphers.data[i] : CIPHER_NONE;
	return archive_entry_is_data_encrypted(entry) != 0 || (cipher != CIPHER_NONE && !(reading->is_unlocked && cipher == CIPHER_KNOWN));
}

static void read_wanted(struct reading *reading, struct entry_source *self)
{
	const char *path = self->path;
	/* Of a stored member of a RAR the cipher text would come out. */
	if (self->encrypted && reading->content != CONTENT_ZIP)
		source_fail(&self->source, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, "encrypted, no password fits");
	if (source_peek(&self->source, 1).len == 0 && self->source.failed && self->source.cause == LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED)
		note_shut(reading, path, &self->source);
	else if (is_stream(reading->content) || !volumes_take(&reading->volumes, reading->walk, &self->source, path, reading->depth + 1))
		walk_content(reading->walk, &self->source, path, reading->depth + 1);
	/* What nobody wanted: only then it is known where a stream ends. */
	const uint8_t *data;
	while (is_stream(reading->content) && !reading->walk->stopped && source_read(&self->source, &data) > 0)
		;
}

static void read_entry(struct reading *reading, struct archive_entry *entry)
{
	mode_t type = archive_entry_filetype(entry);
	if (type != 0 && type != AE_IFREG)
		return;
	const char *name = archive_entry_pathname(entry);
	char *path = is_stream(reading->content) ? xstrdup(reading->path) : walk_label(reading->path, name, reading->entries - 1);
	struct entry_source self = {.walk = reading->walk,
		.archive = reading->archive,
		.outer = reading->source,
		.path = path,
		.encrypted = is_shut(reading, entry),
		.size = stored_size(entry)};
	source_init(&self.source);
	self.source.read = entry_read;
	self.source.close = entry_close;
	if (volumes_want(reading->walk, path))
		read_wanted(reading, &self);
	else if (!self.encrypted && !reading->walk->stopped)
		walk_note(reading->walk, &self.source, path, reading->depth + 1);
	source_close(&self.source);
	free(path);
}

static void read_entries(struct reading *reading)
{
	struct archive_entry *entry;
	int result;
	while (!reading->walk->stopped && (result = archive_read_next_header(reading->archive, &entry)) != ARCHIVE_EOF) {
		if (result < ARCHIVE_WARN && result != ARCHIVE_RETRY) {
			Lt__NotInspectedCause cause = cause_of(reading->archive, reading->source);
			reading->all_shut = cause == LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED;
			if (reading->all_shut)
				walk_shut(reading->walk, reading->path, reading->path, text_of(reading->archive));
			else if (is_cut(reading->source, reading->content))
				walk_fault(reading->walk, reading->path, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "the 7z ends early",
					reading->source->at);
			else
				walk_fault(reading->walk, reading->path, cause, text_of(reading->archive), reading->source->at);
			break;
		}
		if (++reading->entries > reading->walk->engine->limits.unpack_members) {
			walk_fault(
				reading->walk, reading->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "unpack_members", reading->source->at);
			break;
		}
		if (result != ARCHIVE_RETRY)
			read_entry(reading, entry);
	}
	volumes_read(&reading->volumes, reading->walk, reading->depth + 1);
}

/* libarchive stops at the end of a stream and says nothing of what follows. */
static void note_behind(struct reading *reading)
{
	struct source *source = reading->source;
	la_int64_t used = archive_filter_bytes(reading->archive, -1);
	if (!is_stream(reading->content) || source->seek == NULL || source->failed || reading->walk->stopped || used <= 0 ||
		(uint64_t)used >= source->size(source))
		return;
	source_seek(source, (uint64_t)used);
	walk_behind(reading->walk, reading->path, SLICE_NONE, source);
}

/* ---- spreadsheets ----------------------------------------------------------------------------- */

static struct strings *read_list(struct walk *walk, struct archive *archive, const char *path)
{
	struct strings *strings = strings_new(walk->engine->limits.held_bytes / 4);
	const void *block;
	size_t len;
	la_int64_t offset;
	while (archive_read_data_block(archive, &block, &len, &offset) == ARCHIVE_OK && walk_produced(walk, path, len))
		strings_push(strings, block, len);
	if (!strings_end(strings))
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: texts of a spreadsheet", 0);
	return strings;
}

static bool is_office_part(const char *name)
{
	static const char *const parts[] = {"[Content_Types].xml", "_rels/", "docProps/", "customXml/", "xl/"};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (slice_starts_nocase(slice_of(name), parts[i]))
			return true;
	}
	return false;
}

/* Its sheets name their texts by numbers of a list that may stand behind them: it is read first. NULL for any other zip. */
static struct strings *read_strings(struct walk *walk, struct source *source, const char *path)
{
	struct archive *archive = archive_open(source, CONTENT_ZIP, NULL, 0);
	struct archive_entry *entry;
	struct strings *found = NULL;
	while (archive != NULL && found == NULL && archive_read_next_header(archive, &entry) >= ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(entry);
		if (name == NULL || !is_office_part(name))
			break;
		if (strcmp(name, "xl/sharedStrings.xml") == 0)
			found = read_list(walk, archive, path);
	}
	archive_read_free(archive);
	source_seek(source, 0);
	return found;
}

static void note_all_shut(const struct reading *reading)
{
	if (reading->shut <= ENCRYPTED_NAMED)
		return;
	char *detail = xasprintf("%llu encrypted members, no password fits", (unsigned long long)reading->shut);
	walk_shut(reading->walk, reading->path, reading->path, detail);
	free(detail);
}

/* Reads the members of an archive that libarchive can read. False: it is none after all. */
static bool read_members(struct reading *reading)
{
	struct walk *walk = reading->walk;
	bool is_zip = reading->content == CONTENT_ZIP;
	size_t count = 0;
	char *const *passwords = is_zip ? choose_password(walk, reading->source, reading->path, &count) : NULL;
	struct strings *strings = is_zip && reading->source->seek != NULL ? read_strings(walk, reading->source, reading->path) : NULL;
	const struct strings *outer_strings = walk->strings;
	reading->archive = archive_open(reading->source, reading->content, passwords, count);
	walk->strings = strings;
	if (reading->archive != NULL)
		read_entries(reading);
	else
		walk_fault(walk, reading->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "no memory to open the archive", 0);
	walk->strings = outer_strings;
	if (reading->archive != NULL && reading->entries > 0)
		note_behind(reading);
	note_all_shut(reading);
	archive_read_free(reading->archive);
	strings_free(strings);
	return reading->entries > 0 || reading->all_shut;
}

static bool any_cipher(const struct buf *ciphers)
{
	for (size_t i = 0; i < ciphers->len; i++)
		if (ciphers->data[i] != CIPHER_NONE)
			return true;
	return false;
}

static bool read_archive(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth)
{
	struct reading reading = {.walk = walk, .source = source, .content = content, .path = path, .depth = depth};
	struct source *unlocked = NULL;
	buf_init(&reading.ciphers, walk->engine->limits.unpack_members);
	if ((content == CONTENT_7ZIP || content == CONTENT_RAR) && source->seek != NULL)
		unlocked = unlock_archive(walk, source, content, path, &reading.ciphers);
	reading.is_unlocked = unlocked != NULL;
	if (reading.is_unlocked)
		reading.source = unlocked;
	bool read = read_members(&reading);
	/* libarchive shows no member that begins in another volume. */
	if (reading.entries == 0 && any_cipher(&reading.ciphers)) {
		walk_shut(walk, path, path, "encrypted, and the volume before is missing");
		read = true;
	}
	source_close(unlocked);
	buf_free(&reading.ciphers);
	return read;
}

/* One that only goes forward, and begins with members that are encrypted. */
static bool begins_shut(struct walk *walk, struct source *source)
{
	struct slice head = source_peek(source, RAR_PEEK_BYTES);
	struct source *start = source_of_memory(head.data, head.len);
	struct buf members;
	buf_init(&members, 0);
	bool shut = unlock_rar_is_shut(walk, start, &members);
	buf_free(&members);
	source_close(start);
	return shut;
}

/* 7z keeps its directory at the end, and of a RAR that is shut passwords must be tried; of a zip only what fits cheaply is held, since it
 * can be read from the front. */
enum { ZIP_HELD_BYTES = 8 * 1024 * 1024 };

bool archive_walk(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth)
{
	bool forward = source->seek == NULL, read;
	bool needs_all = content == CONTENT_7ZIP || (content == CONTENT_RAR && forward && begins_shut(walk, source));
	struct buf held;
	if (!forward || !(needs_all || content == CONTENT_ZIP))
		return read_archive(walk, source, content, path, depth);
	buf_init(&held, needs_all ? walk->engine->limits.held_bytes : ZIP_HELD_BYTES);
	bool whole = source_slurp(source, &held);
	struct slice head = {buf_text(&held), held.len};
	if (!whole && needs_all) {
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes", 0);
		read = true;
	} else {
		struct source *seekable = whole ? source_of_memory(head.data, head.len) : source_joined(head, source);
		read = read_archive(walk, seekable, content, path, depth);
		source_close(seekable);
	}
	if (source->failed && !walk->stopped)
		walk_fault(walk, path, source->cause, source->why, source->at);
	buf_free(&held);
	return read;
}
