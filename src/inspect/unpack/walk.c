#include "inspect/unpack/walk.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/pdf/pdf.h"
#include "inspect/records/machine.h"
#include "inspect/unpack/carried.h"
#include "inspect/unpack/ole.h"
#include "inspect/unpack/pack.h"
#include "inspect/unpack/shut.h"
#include "inspect/unpack/system.h"
#include "inspect/unpack/unread.h"
#include "inspect/views/intake.h"
#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/mem.h"

/* Up to here every ratio is fine: small files of zeros compress well. */
enum { RATIO_FREE_BYTES = 64 * 1024 * 1024 };

void walk_fault(struct walk *walk, const char *path, Lt__NotInspectedCause cause, const char *detail, uint64_t offset)
{
	struct member member = {.part = walk->part, .index = walk->next_member, .path = path};
	char *shown = escape_dup(detail, strlen(detail), LIMIT_LOG_LINE_BYTES);
	scan_not_inspected(walk->scan, &member, cause, shown, offset);
	free(shown);
}

static struct passwords *passwords_of(struct walk *walk)
{
	if (walk->passwords == NULL)
		walk->passwords = passwords_new(walk->engine, scan_job(walk->scan)->posting_text);
	return walk->passwords;
}

void walk_behind(struct walk *walk, const char *path, struct slice bytes, struct source *source)
{
	ssize_t got = (ssize_t)bytes.len;
	const uint8_t *data = (const uint8_t *)bytes.data;
	do {
		for (ssize_t i = 0; i < got; i++) {
			if (data[i] == 0)
				continue;
			walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED, "bytes behind the end of compressed data", 0);
			return;
		}
	} while ((got = source_read(source, &data)) > 0);
}

struct passwords *walk_passwords(struct walk *walk, const char *path)
{
	struct passwords *passwords = passwords_of(walk);
	passwords_learn_name(passwords, path);
	return passwords;
}

void walk_learn(struct walk *walk, struct slice text)
{
	if (passwords_in(text))
		passwords_learn(passwords_of(walk), text);
}

void walk_shut(struct walk *walk, const char *path, const char *member_path, const char *detail)
{
	size_t learned = walk->passwords != NULL ? walk->passwords->learned : 0;
	walk->shut_seen = true;
	if (walk->pass != WALK_SYSTEM && !shut_add(walk->shut, path, member_path, detail, learned))
		walk_fault(walk, member_path, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, detail, 0);
}

static void tell_progress(struct walk *walk)
{
	if (walk->around != NULL)
		scan_progress(walk->scan, walk->part, walk->around->index, 0);
	else if (walk->again)
		scan_progress(walk->scan, walk->part, walk->all_members, 0);
	else
		scan_progress(walk->scan, walk->part, walk->done_member, walk->done_offset);
}

void walk_read(struct walk *walk, size_t bytes)
{
	walk->read += bytes;
	tell_progress(walk);
}

/* The limit that so many bytes out of the document go beyond, or NULL. */
static const char *limit_of(const struct walk *walk, uint64_t bytes)
{
	const struct limits *limits = &walk->engine->limits;
	if (bytes > limits->unpack_bytes)
		return "unpack_bytes";
	return bytes > RATIO_FREE_BYTES && bytes / limits->unpack_ratio > walk->read ? "unpack_ratio" : NULL;
}

bool walk_proved(struct walk *walk, size_t bytes)
{
	walk->proved += bytes;
	tell_progress(walk);
	return limit_of(walk, walk->proved) == NULL;
}

bool walk_produced(struct walk *walk, const char *path, size_t bytes)
{
	if (walk->stopped)
		return false;
	walk->produced += bytes;
	tell_progress(walk);
	const char *limit = limit_of(walk, walk->produced);
	if (limit == NULL)
		return true;
	walk->stopped = true;
	walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, limit, walk->read);
	return false;
}

bool walk_wants(const struct walk *walk, const char *path)
{
	if (walk->stopped)
		return false;
	if (walk->below == NULL)
		return true;
	size_t known = strlen(path), wanted = strlen(walk->below);
	return memcmp(path, walk->below, known < wanted ? known : wanted) == 0;
}

/* Labels travel in messages, whose texts are capped: what is longer ends at the last whole character. */
static void cut_label(char *label)
{
	size_t len = strlen(label);

	if (len <= LIMIT_PATH_LABEL_BYTES)
		return;
	len = LIMIT_PATH_LABEL_BYTES;
	while (len > 0 && ((unsigned char)label[len] & 0xc0) == 0x80)
		len--;
	label[len] = '\0';
}

char *walk_label(const char *path, const char *name, uint64_t n)
{
	char *shown =
		name != NULL ? escape_dup(name, strlen(name), LIMIT_PATH_LABEL_BYTES) : xasprintf("member-%llu", (unsigned long long)n);
	/* Some packers on Windows leave its separators. */
	for (char *at = shown; name != NULL && strchr(name, '/') == NULL && (at = strchr(at, '\\')) != NULL;)
		*at = '/';
	char *label = xasprintf("%s!/%s", path, shown);
	cut_label(label);
	free(shown);
	return label;
}

/* ---- innermost members ------------------------------------------------------------------------ */

static bool leaf_is_due(const struct walk *walk, uint64_t index, const char *path)
{
	if (walk->stopped || index < walk->from_member)
		return false;
	return walk->below == NULL || strncmp(path, walk->below, strlen(walk->below)) == 0;
}

/* Places a resumed lane so that the record around the checkpoint is seen whole. */
static void resume_inside(struct source *source, uint64_t offset, struct intake_hints *hints)
{
	hints->due = offset;
	hints->from = offset > LIMIT_RECORD_BYTES ? offset - LIMIT_RECORD_BYTES : 0;
	source_seek(source, hints->from);
}

/* The next piece; in place where nothing but a lane waits for it. */
static ssize_t feed(struct intake *intake, struct source *source)
{
	const uint8_t *data;
	size_t room;
	char *place = source->fill != NULL ? intake_reserve(intake, &room) : NULL;
	ssize_t got = place != NULL ? source_fill(source, place, room) : source_read(source, &data);
	if (got > 0 && place != NULL)
		intake_commit(intake, (size_t)got);
	else if (got > 0)
		intake_push(intake, data, (size_t)got);
	return got;
}

static void search(struct walk *walk, struct source *source, const struct member *member, struct intake_hints *hints)
{
	struct intake *intake = intake_open(walk->scan, member, VIEW_RAW, 0, hints);
	while (feed(intake, source) > 0) {
		walk->done_offset = member->depth == 0 ? intake_done(intake) : 0;
		tell_progress(walk);
	}
	intake_close(intake);
	if (source->failed && !walk->stopped)
		walk_fault(walk, member->path, source->cause, source->why, source->at);
}

/* A text beside an archive may hold its password. */
static void learn_from(struct walk *walk, struct source *source, unsigned depth)
{
	if (depth == 0 || walk->notes >= LIMIT_NOTES)
		return;
	struct slice text = source_peek(source, LIMIT_NOTE_BYTES);
	if (text.len == 0 || memchr(text.data, 0, text.len) != NULL)
		return;
	walk->notes++;
	walk_learn(walk, text);
}

void walk_note(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct machine_place place = {path, walk->outer, walk->named};
	enum member_class class = machine_path_class(walk->engine, &place);
	const char *slash = strrchr(path, '/');
	bool on_top = slash != NULL && slash > path && slash[-1] == '!'; /* beside the folders of machines, not in one */
	if ((on_top || machine_dir_of(walk->engine, &place) == 0) &&
		(class == MEMBER_PLAIN || class == MEMBER_SYSTEM || class == MEMBER_CONTEXT))
		learn_from(walk, source, depth);
}

static void read_leaf(struct walk *walk, struct source *source, const char *path, unsigned depth, struct intake_hints hints)
{
	uint64_t index = walk->next_member++;
	walk_note(walk, source, path, depth);
	if (!leaf_is_due(walk, index, path))
		return;
	struct machine_place place = {path, walk->outer, walk->named};
	size_t dir = machine_dir_of(walk->engine, &place);
	char *machine_dir = dir > 0 ? xstrndup(path, dir) : NULL;
	struct member member = {
		.part = walk->part,
		.index = walk->around != NULL ? walk->around->index : index,
		.path = path,
		.machine_dir = machine_dir,
		.class = machine_path_class(walk->engine, &place),
		.depth = depth,
	};
	walk->done_member = index;
	walk->done_offset = 0;
	if (walk->pass == WALK_SYSTEM) {
		pack_member(walk->pack, &member);
		walk->evident = walk->evident || machine_path_evident(walk->engine, &place) ||
				(member.class == MEMBER_PASSWORDS && system_holds_blocks(walk, source));
	}
	if (walk->pass == WALK_SYSTEM && member.class == MEMBER_SYSTEM)
		system_read(walk, source, &member);
	else if (walk->pass != WALK_SYSTEM)
		search(walk, source, &member, &hints);
	walk->done_member = index + 1;
	walk->done_offset = 0;
	free(machine_dir);
}

void walk_text(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	read_leaf(walk, source, path, depth, (struct intake_hints){.text = true});
}

void walk_leaf(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	read_leaf(walk, source, path, depth, (struct intake_hints){.strings = walk->strings});
}

bool walk_held(struct walk *walk, const struct buf *held, struct source *rest, const char *path, unsigned depth)
{
	if (rest->seek != NULL || held->len == 0)
		return false;
	struct source *all = source_joined((struct slice){(const char *)held->data, held->len}, rest);
	read_leaf(walk, all, path, depth, (struct intake_hints){.content_type = NULL});
	source_close(all);
	return true;
}

/* ---- content ---------------------------------------------------------------------------------- */

/* What a stream holds is the same document, and keeps its name. */
static bool walk_stream(struct walk *walk, struct source *decoded, const char *path, unsigned depth)
{
	walk_content(walk, decoded, path, depth + 1);
	source_close(decoded);
	return true;
}

static bool walk_container(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth)
{
	if (depth >= walk->engine->limits.unpack_depth) {
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "unpack_depth", 0);
		return false;
	}
	switch (content) {
	case CONTENT_GZIP:
	case CONTENT_ZLIB:
		return walk_stream(walk, source_inflated(walk, path, source), path, depth);
	case CONTENT_XZ:
	case CONTENT_LZMA:
		return walk_stream(walk, source_unlzma(walk, path, source), path, depth);
	case CONTENT_SQLITE:
		return sqlite_walk(walk, source, path, depth);
	case CONTENT_MAIL:
	case CONTENT_MBOX:
		return mail_walk(walk, source, content, path, depth);
	case CONTENT_KEEPASS:
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, sniff_name(content), 0);
		return true;
	case CONTENT_FEED:
		return feed_walk(walk, source, path, depth);
	case CONTENT_WARC:
		return warc_walk(walk, source, path, depth);
	case CONTENT_PDF:
		return pdf_walk(walk, source, path, depth);
	case CONTENT_OLE:
		return ole_walk(walk, source, path, depth);
	case CONTENT_ARJ:
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED, sniff_name(content), 0);
		return false;
	default:
		return archive_walk(walk, source, content, path, depth);
	}
}

/* A program that may carry an archive: it is looked for in so many bytes. Before it, or where there is none, the program is searched. */
static bool walk_program(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct buf held;
	size_t at;
	bool read = false;
	if (depth >= walk->engine->limits.unpack_depth)
		return false;
	buf_init(&held, LIMIT_CARRIER_BYTES);
	(void)source_slurp(source, &held);
	struct slice head = {buf_text(&held), held.len};
	enum content content = carried_find(head, &at);
	if (content != CONTENT_BYTES) {
		uint64_t number = walk->next_member;
		struct source *archive = source->seek != NULL ? source_behind(source, at) : source_joined(slice_from(head, at), source);
		read = archive_walk(walk, archive, content, path, depth);
		walk->next_member = read ? walk->next_member : number;
		source_close(archive);
	}
	if (read) {
		struct source *program = source_of_memory(head.data, at);
		read_leaf(walk, program, path, depth, (struct intake_hints){.content_type = NULL});
		source_close(program);
	}
	if (!read && source->seek != NULL)
		source_seek(source, 0);
	else if (!read)
		read = walk_held(walk, &held, source, path, depth);
	buf_free(&held);
	return read;
}

static void note_unread(struct walk *walk, struct slice head, const char *path)
{
	const struct unread *unread = unread_of(head);
	if (unread != NULL && unread->encrypted)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, unread->name, 0);
	else if (unread != NULL)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED, unread->name, 0);
}

void walk_content(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct slice head = source_peek(source, SNIFF_BYTES);
	enum content content = sniff((const uint8_t *)head.data, head.len);
	if (content == CONTENT_BYTES && sniff_may_be_iso((const uint8_t *)head.data, head.len)) {
		head = source_peek(source, SNIFF_ISO_BYTES);
		content = sniff_is_iso((const uint8_t *)head.data, head.len) ? CONTENT_ISO : content;
	}
	if (sniff_is_container(content)) {
		uint64_t number = walk->next_member;
		if (walk_container(walk, source, content, path, depth))
			return;
		/* Not what it looked like: search it as it stands. Nothing is numbered twice. */
		walk->next_member = number;
		if (source->at > 0 && source->seek == NULL)
			return;
		if (source->at > 0)
			source_seek(source, 0);
	}
	if (content == CONTENT_BYTES && carried_may_be(head) && walk_program(walk, source, path, depth))
		return;
	/* It has no mark of its own; as a coding of HTTP it is named. */
	if (content == CONTENT_BYTES && slice_ends_nocase(slice_of(path), ".br") && depth < walk->engine->limits.unpack_depth &&
		brotli_begins(head)) {
		walk_stream(walk, source_unbrotli(walk, path, source), path, depth);
		return;
	}
	if (content <= CONTENT_XML)
		note_unread(walk, head, path);
	struct intake_hints hints = {.strings = walk->strings, .content_type = depth == walk->typed_depth ? walk->content_type : NULL};
	if (depth == 0 && content == CONTENT_BYTES && walk->from_offset > 0 && source->seek != NULL &&
		walk->next_member == walk->from_member)
		resume_inside(source, walk->from_offset, &hints);
	read_leaf(walk, source, path, depth, hints);
}
