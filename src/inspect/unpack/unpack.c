#include "inspect/unpack/unpack.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/codings.h"
#include "inspect/unpack/pack.h"
#include "inspect/unpack/shut.h"
#include "inspect/unpack/system.h"
#include "inspect/unpack/walk.h"
#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { DIGEST_PIECE = 256 * 1024 };

void unpack_start(void)
{
	const char *missing;
	if (!charsets_open(&missing))
		log_fatal("this system has no %s: install libc-bin and the gconv modules of the C library", missing);
	sqlite_start();
}

/* Of the document itself, as the server named them. */
static struct source *undo_codings(struct walk *walk, struct codings *codings, struct source *source, const char *path)
{
	const Lt__Job *job = scan_job(walk->scan);
	struct slice names[LIMIT_CONTENT_CODINGS];
	size_t count = job->n_content_encoding < LIMIT_CONTENT_CODINGS ? job->n_content_encoding : LIMIT_CONTENT_CODINGS;
	for (size_t i = 0; i < count; i++)
		names[i] = slice_of(job->content_encoding[i]);
	return codings_undo(walk, codings, source, path, names, count);
}

/* ---- parts ------------------------------------------------------------------------------------ */

static void walk_document(struct walk *walk, const struct unpack_part *parts, size_t count)
{
	const Lt__Job *job = scan_job(walk->scan);
	const Lt__Checkpoint *resume = walk->pass == WALK_SYSTEM || walk->again ? NULL : job->resume;
	struct codings codings;
	walk->part = parts[0].part;
	walk->outer = parts[0].outer;
	walk->named = parts[0].named;
	walk->next_member = walk->done_member = walk->done_offset = 0;
	walk->from_member = resume != NULL && resume->part == walk->part ? resume->member : 0;
	walk->from_offset = resume != NULL && resume->part == walk->part ? resume->offset : 0;
	if ((resume != NULL && walk->part < resume->part) || !walk_wants(walk, parts[0].path))
		return;
	struct source *file = source_of_parts(walk, parts, count);
	struct source *source = undo_codings(walk, &codings, file, parts[0].path);
	walk_content(walk, source, parts[0].path, 0);
	codings_close(&codings);
	source_close(file);
}

static size_t volumes(const struct unpack_part *parts, size_t count)
{
	size_t n = 1;
	while (n < count && parts[n].continues)
		n++;
	return n;
}

static void begin_counts(struct walk *walk)
{
	walk->read = walk->produced = walk->unlock_rounds = 0;
	walk->stopped = false;
}

static uint64_t counted(const struct walk *walk)
{
	return walk->produced > walk->read ? walk->produced : walk->read;
}

/*
 * What stayed shut, and a text behind it may open: with what was learned since, and nothing else. Not where this has been given up
 * before: a job that resumes behind all members there are. All of them together may cost what the document may.
 */
static void try_again(struct walk *walk, const struct unpack_part *parts, size_t count, struct shut *shut, struct unpack_totals *totals)
{
	struct passwords *all = walk->passwords;
	const char *below = walk->below;
	bool given_up = walk->from_member > walk->next_member;
	walk->shut = NULL;
	walk->all_members = walk->next_member;
	given_up |= walk->stopped;
	begin_counts(walk);
	for (size_t i = 0; i < shut_count(shut); i++) {
		const char *path;
		size_t since = shut_path(shut, i, &path), learned = all != NULL ? all->learned : 0;
		if (given_up || walk->stopped || learned == since) {
			shut_tell(shut, i, walk);
			continue;
		}
		walk->passwords = passwords_newest(all, learned - since);
		walk->below = path;
		walk->again = true;
		walk_document(walk, parts, count);
		walk->again = false;
		passwords_free(walk->passwords);
	}
	totals->bytes += counted(walk);
	walk->passwords = all;
	walk->below = below;
}

static void walk_parts(struct walk *walk, const struct unpack_part *parts, size_t count, struct unpack_totals *totals)
{
	for (size_t i = 0, n; i < count; i += n) {
		n = volumes(parts + i, count - i);
		struct shut *shut = walk->pass == WALK_ALL ? shut_new() : NULL;
		walk->shut = shut;
		walk->notes = 0;
		begin_counts(walk);
		walk_document(walk, parts + i, n);
		totals->bytes += counted(walk);
		totals->members += walk->next_member;
		if (shut != NULL)
			try_again(walk, parts + i, n, shut, totals);
		walk->shut = NULL;
		shut_free(shut);
	}
}

/* ---- digest ----------------------------------------------------------------------------------- */

/* Reads the part once more, out of the page cache; never one that is too large anyway. It may have changed since: then it has two
 * names. nettle, which libarchive brings along, knows the processor's own SHA-256: four times libsodium's. */
static bool digest(const struct unpack_part *part, uint64_t max, uint8_t out[static SHA256_DIGEST_SIZE])
{
	struct sha256_ctx state;
	struct stat status;
	if (fstat(part->fd, &status) != 0 || (uint64_t)status.st_size > max)
		return false;
	uint8_t *data = xmalloc(DIGEST_PIECE);
	uint64_t offset = 0;
	ssize_t got = -1;
	sha256_init(&state);
	while (offset <= max && (got = pread(part->fd, data, DIGEST_PIECE, (off_t)offset)) > 0) {
		sha256_update(&state, (size_t)got, data);
		offset += (uint64_t)got;
	}
	sha256_digest(&state, SHA256_DIGEST_SIZE, out);
	mem_wipe(data, offset < DIGEST_PIECE ? (size_t)offset : DIGEST_PIECE);
	free(data);
	return got == 0 && offset <= max;
}

static bool readable(const struct unpack_part *parts, size_t count, const char **error)
{
	for (size_t i = 0; i < count; i++) {
		char byte;
		if (pread(parts[i].fd, &byte, 1, 0) >= 0)
			return true;
		*error = strerror(errno);
	}
	return false;
}

/* Passwords out of what stands beside the archive. Reads no more than a note has; what cannot be read is read by itself, and told there. */
static void read_note(struct walk *walk, const struct unpack_part *part)
{
	char *text = xmalloc(LIMIT_NOTE_FILE_BYTES);
	size_t len = 0;
	ssize_t got;
	while (len < LIMIT_NOTE_FILE_BYTES && (got = pread(part->fd, text + len, LIMIT_NOTE_FILE_BYTES - len, (off_t)len)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		len += got > 0 ? (size_t)got : 0;
	}
	walk_learn(walk, (struct slice){text, len});
	mem_wipe(text, len);
	free(text);
}

static bool is_log_of(const struct unpack_part *log, const struct unpack_part *database)
{
	size_t len = strlen(database->path);
	return strncmp(log->path, database->path, len) == 0 && strcmp(log->path + len, "-wal") == 0;
}

static void read_log(struct walk *walk, const struct unpack_part *part, struct buf *wal)
{
	struct source *source = source_of_parts(walk, part, 1);
	if (!source_slurp(source, wal))
		walk_fault(walk, part->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: a write-ahead log", 0);
	else if (wal->len > 0)
		walk->wal = wal;
	source_close(source);
}

bool unpack_job(struct scan *scan, const struct unpack_part *parts, size_t count, struct unpack_totals *totals, const char **error)
{
	const Lt__Job *job = scan_job(scan);
	bool bundle = scan_is_bundle(scan);
	*totals = (struct unpack_totals){0};
	*error = "the job has no parts";
	if (!readable(parts, count, error))
		return false;
	struct walk walk = {
		.scan = scan,
		.engine = scan_engine(scan),
		.below = bundle ? job->machine_dir : NULL,
		.content_type = job->content_type,
	};
	struct buf wal;
	buf_init(&wal, walk.engine->limits.held_bytes);
	while (count > 1 && parts[count - 1].note) {
		count--;
		if (is_log_of(&parts[count], &parts[0]))
			read_log(&walk, &parts[count], &wal);
		else
			read_note(&walk, &parts[count]);
	}
	if (bundle) {
		walk.pass = WALK_SYSTEM;
		walk.pack = pack_new(walk.engine, walk.below);
		walk_parts(&walk, parts, count, &(struct unpack_totals){0});
		if (walk.shut_seen && walk.passwords->learned > 0) /* by texts behind it, perhaps */
			walk_parts(&walk, parts, count, &(struct unpack_totals){0});
		if (pack_is_several(walk.pack)) /* what lies beside the folders of machines is anyone's */
			walk.evident = false;
		if (walk.evident)
			system_tell(&walk);
		walk.pass = WALK_OTHERS;
	}
	if (!bundle || walk.evident) /* lists in a folder are no machine: nothing in them is ours by its neighbours */
		walk_parts(&walk, parts, count, totals);
	if (count == 1 && !bundle && job->resume == NULL)
		totals->sha256_known = digest(&parts[0], walk.engine->limits.sha256_bytes, totals->sha256);
	buf_free(&wal);
	if (walk.machine != NULL)
		lt__machine__free_unpacked(walk.machine, NULL);
	pack_free(walk.pack);
	passwords_free(walk.passwords);
	return true;
}

bool unpack_body(
	struct scan *scan, const struct unpack_part *part, void (*push)(const void *data, size_t len, void *context), void *context)
{
	struct walk walk = {.scan = scan, .engine = scan_engine(scan), .part = part->part};
	struct codings codings;
	struct source *file = source_of_parts(&walk, part, 1);
	struct source *source = undo_codings(&walk, &codings, file, part->path);
	const uint8_t *data;
	ssize_t got;
	while ((got = source_read(source, &data)) > 0)
		push(data, (size_t)got, context);
	if (got < 0)
		walk_fault(&walk, part->path, source->cause, source->why, source->at);
	codings_close(&codings);
	source_close(file);
	return got == 0;
}
