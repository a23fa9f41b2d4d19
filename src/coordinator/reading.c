#include "coordinator/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/bundle.h"
#include "coordinator/job.h"
#include "coordinator/record.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	MAX_QUARANTINED_MEMBERS = 100,
	JOBS_AHEAD = 8,          /* that an inspector has at once, so that it need not wait for us between small documents */
	SMALL_BYTES = 16 * 1024, /* of such a document: what is queued behind it does not wait long */
};

struct reading {
	struct run *run;
	const struct pool_events *events; /* of its workers */
	struct pool_worker **workers;
	size_t workers_count, workers_most; /* started so far; as many as may be */
	size_t given_up;
	struct document *documents; /* open ones */
	size_t open;
	size_t waiting; /* pieces */
	size_t bundles; /* bundle pieces not over */
	char **folders; /* whose bundle has been queued in this run */
	size_t folders_count;
	uint64_t last_job;
	struct reading_progress progress;
};

static void piece_over(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause);

static struct reading *reading_of(const struct pool_worker *worker)
{
	return worker->data;
}

/* ---- pieces and the index ---------------------------------------------------------------------- */

static enum piece_kind stored_kind(Lt__JobKind kind)
{
	if (kind == LT__JOB_KIND__JOB_RANGE)
		return PIECE_RANGE;
	return kind == LT__JOB_KIND__JOB_BUNDLE ? PIECE_BUNDLE : PIECE_WHOLE;
}

static void store_piece(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause)
{
	struct piece row = {
		.kind = stored_kind(piece->kind),
		.start = piece->range_start,
		.end = piece->range_end,
		.machine_dir = piece->machine_key,
		.state = state,
		.has_checkpoint = piece->has_checkpoint,
		.checkpoint_part = piece->checkpoint_part,
		.checkpoint_member = piece->checkpoint_member,
		.checkpoint_offset = piece->checkpoint_offset,
		.attempts = piece->attempts,
		.cause = cause,
	};

	if (reading->run->index == NULL || piece->document->row == 0 || piece->kind == LT__JOB_KIND__JOB_HEAD)
		return;
	run_write(reading->run);
	(void)run_checked(reading->run, index_piece_put(reading->run->index, piece->document->row, &row));
	piece->stored = true;
}

struct taken_up {
	struct reading *reading;
	struct document *document;
};

/* The links of a page are those of all of it: it is read from its beginning or not at all. */
static bool resumable(const struct document *document, uint64_t member)
{
	return !document->want_links || member > 0;
}

static void take_up_piece(const struct piece *row, void *context)
{
	struct taken_up *taken = context;
	struct reading_piece *piece;

	if (row->kind == PIECE_BUNDLE) {
		if (row->state == PIECE_OWED)
			(void)bundle_add(taken->document, row->machine_dir);
		return;
	}
	piece = document_add_piece(taken->document, row->kind == PIECE_RANGE ? LT__JOB_KIND__JOB_RANGE : LT__JOB_KIND__JOB_DOCUMENT);
	piece->range_start = row->start;
	piece->range_end = row->end;
	piece->has_checkpoint = row->has_checkpoint && resumable(taken->document, row->checkpoint_member);
	piece->checkpoint_part = row->checkpoint_part;
	piece->checkpoint_member = row->checkpoint_member;
	piece->checkpoint_offset = row->checkpoint_offset;
	piece->stored = true;
	if (row->state != PIECE_OWED) {
		piece->phase = PHASE_OVER;
		taken->document->open_pieces--;
		taken->document->incomplete |= row->state == PIECE_QUARANTINED;
	}
}

/* ---- documents --------------------------------------------------------------------------------- */

static void append_document(struct reading *reading, struct document *document)
{
	struct document **end = &reading->documents;

	while (*end != NULL)
		end = &(*end)->next;
	*end = document;
	document->next = NULL;
	reading->open++;
}

static void unlink_document(struct reading *reading, struct document *document)
{
	struct document **at = &reading->documents;

	while (*at != NULL && *at != document)
		at = &(*at)->next;
	if (*at == document) {
		*at = document->next;
		reading->open--;
	}
}

static void document_finished(struct reading *reading, struct document *document)
{
	struct run *run = reading->run;

	if (run->index != NULL && document->row != 0 && !document->failed && !document->blocked) {
		run_write(run);
		if (document->has_sha256)
			(void)run_checked(run, index_document_digest(run->index, &document->row, document->sha256));
		(void)run_checked(run, index_document_done(run->index, document->row, run_now_ms()));
	}
	run->counters.documents++;
	reading->progress.documents_done++;
	run->incomplete |= document->incomplete || document->failed;
	record_document_done(run, document);
	if (document->done != NULL)
		document->done(document, document->context);
	unlink_document(reading, document);
	document_free(document);
}

/* What the index knows of it: read already, begun, or new. */
static enum document_state look_up(struct reading *reading, struct document *document)
{
	struct run *run = reading->run;
	enum document_state state = DOCUMENT_READING;
	struct document_start start = {
		.name = document->name,
		.path = document->parts[0].label,
		.url = document->url,
		.source = document->source,
		.rules_version = inspect_setup_version(run->setup),
		.size = document->parts[0].size,
		.run = run->id,
		.now_ms = run_now_ms(),
	};

	if (run->index == NULL)
		return state;
	run_write(run);
	if (!run_checked(run, index_document_open(run->index, &start, &document->row, &state)))
		return DOCUMENT_READING;
	document->parts[0].document = document->row;
	if (state == DOCUMENT_DONE && !run->options.force && !document->always)
		return state;
	return DOCUMENT_READING;
}

/* A start costs what a few hundred small pages cost: no inspector is started that has nothing to read. */
static void hire(struct reading *reading, size_t count)
{
	while (reading->workers_count < reading->workers_most && count-- > 0)
		reading->workers[reading->workers_count++] = pool_add(reading->run->pool, LT__ROLE__ROLE_INSPECT, reading->events, reading);
}

static void first_piece(struct reading *reading, struct document *document)
{
	bool large = document->headed != NULL || (document->parts_count - document->notes_count == 1 && document->url == NULL &&
							 document->parts[0].size > reading->run->config->limits.split_bytes);

	document_add_piece(document, large ? LT__JOB_KIND__JOB_HEAD : LT__JOB_KIND__JOB_DOCUMENT);
	if (large)
		hire(reading, reading->workers_most); /* ranges follow */
}

static size_t waiting_pieces(const struct document *document)
{
	size_t count = 0;

	for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
		count += piece->phase == PHASE_WAITING;
	return count;
}

static size_t bundle_pieces(const struct document *document)
{
	size_t count = 0;

	for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
		count += piece->kind == LT__JOB_KIND__JOB_BUNDLE && piece->phase != PHASE_OVER;
	return count;
}

void reading_add(struct reading *reading, struct document *document)
{
	struct run *run = reading->run;

	append_document(reading, document);
	reading->progress.bytes_known += document->parts[0].size;
	if (look_up(reading, document) == DOCUMENT_DONE) {
		reading->progress.documents_skipped++;
		reading->progress.bytes_done += document->parts[0].size;
		unlink_document(reading, document);
		if (document->done != NULL)
			document->done(document, document->context);
		document_free(document);
		return;
	}
	if (run->index != NULL && !run->options.force && !document->always) {
		struct taken_up taken = {reading, document};

		(void)run_checked(run, index_pieces(run->index, document->row, take_up_piece, &taken));
	}
	if (document->missing != NULL)
		record_volume_missing(run, document, document->missing);
	if (document->pieces == NULL)
		first_piece(reading, document);
	reading->waiting += waiting_pieces(document);
	reading->bundles += bundle_pieces(document);
	if (document->open_pieces == 0)
		document_finished(reading, document);
}

/* ---- handing out ------------------------------------------------------------------------------- */

static struct part *piece_parts(struct reading_piece *piece, size_t *count)
{
	*count = piece->parts != NULL ? piece->parts_count : piece->document->parts_count;
	return piece->parts != NULL ? piece->parts : piece->document->parts;
}

static void drop_note(struct document *document, size_t i)
{
	part_drop(&document->parts[i]);
	document->parts_count--;
	document->notes_count--;
	memmove(&document->parts[i], &document->parts[i + 1], (document->parts_count - i) * sizeof *document->parts);
}

/* Files that cannot be opened are recorded; a piece without any left is over. */
static bool open_parts(struct reading *reading, struct reading_piece *piece)
{
	size_t count;
	struct part *parts = piece_parts(piece, &count);

	for (size_t i = 0; i < count; i++) {
		if (part_open(&parts[i]))
			continue;
		if (parts[i].note) { /* told where it is read for its own sake */
			drop_note(piece->document, i--);
			count--;
			continue;
		}
		record_not_read(reading->run, piece->document, parts[i].label,
			errno == ESTALE ? "the file was replaced while the scan ran" : strerror(errno));
		piece->document->incomplete = true;
		if (piece->parts == NULL)
			return false;
		part_drop(&parts[i]); /* the others of the machine are read */
		memmove(&parts[i], &parts[i + 1], (count - i - 1) * sizeof *parts);
		piece->parts_count = --count;
		i--;
	}
	return count > 0;
}

/* The inspector has its own copies now. */
static void close_parts(struct reading_piece *piece)
{
	size_t count;
	struct part *parts = piece_parts(piece, &count);

	for (size_t i = 0; i < count; i++)
		part_close(&parts[i]);
}

static void start_piece(struct reading *reading, struct pool_worker *worker, struct reading_piece *piece)
{
	size_t count;
	struct part *parts;

	reading->waiting--;
	piece->phase = PHASE_RUNNING;
	piece->job = ++reading->last_job;
	if (!open_parts(reading, piece)) {
		piece->document->failed |= piece->kind != LT__JOB_KIND__JOB_BUNDLE;
		piece_over(reading, piece, PIECE_OWED, NULL);
		return;
	}
	parts = piece_parts(piece, &count);
	if (!job_send(worker, piece, parts, count)) {
		piece->phase = PHASE_WAITING;
		reading->waiting++;
		return;
	}
	close_parts(piece);
	piece->worker = worker;
	if (worker->jobs++ > 0)
		return;
	worker->job = piece->job;
	pool_deadline(worker, reading->run->config->limits.progress_ms);
}

/* Bundles first, since alerts wait for them; then the oldest document. */
static struct reading_piece *next_piece(struct reading *reading)
{
	struct reading_piece *found = NULL;

	for (struct document *document = reading->documents; document != NULL; document = document->next)
		for (struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next) {
			if (piece->phase != PHASE_WAITING)
				continue;
			if (piece->kind == LT__JOB_KIND__JOB_BUNDLE)
				return piece;
			if (found == NULL)
				found = piece;
		}
	return found;
}

static void hire_for_waiting(struct reading *reading)
{
	size_t coming = 0;

	for (size_t i = 0; i < reading->workers_count; i++)
		coming += reading->workers[i]->state == WORKER_STARTING || reading->workers[i]->state == WORKER_DOWN;
	if (reading->waiting > coming)
		hire(reading, reading->waiting - coming);
}

static struct reading_piece *running_piece(struct reading *reading, uint64_t job)
{
	for (struct document *document = reading->documents; document != NULL; document = document->next)
		for (struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
			if (piece->phase == PHASE_RUNNING && piece->job == job)
				return piece;
	return NULL;
}

static bool is_small(const struct reading_piece *piece)
{
	const struct document *document = piece->document;

	return piece->kind == LT__JOB_KIND__JOB_DOCUMENT && document->parts_count == 1 && document->parts[0].size <= SMALL_BYTES &&
	       !piece->alone;
}

/* Whether a worker that has so many jobs gets this one besides. They are done in order, so only small ones queue, behind small ones. */
static bool takes(struct reading *reading, const struct pool_worker *worker, size_t jobs, const struct reading_piece *piece)
{
	const struct reading_piece *present;

	if (worker->jobs != jobs)
		return false;
	if (jobs == 0)
		return worker->state == WORKER_READY;
	present = running_piece(reading, worker->job);
	return worker->state == WORKER_WORKING && is_small(piece) && present != NULL && is_small(present) &&
	       worker->jobs_done + jobs < reading->run->config->limits.inspect_jobs;
}

/* Idle workers first. */
static void hand_out(struct reading *reading)
{
	struct reading_piece *piece = next_piece(reading);

	for (size_t jobs = 0; jobs < JOBS_AHEAD; jobs++)
		for (size_t i = 0; i < reading->workers_count && piece != NULL; i++)
			if (takes(reading, reading->workers[i], jobs, piece)) {
				start_piece(reading, reading->workers[i], piece);
				piece = next_piece(reading);
			}
}

void reading_dispatch(struct reading *reading)
{
	if (reading->waiting > 0)
		hand_out(reading);
	hire_for_waiting(reading);
}

/* ---- what inspectors say ------------------------------------------------------------------------ */

static void on_progress(struct reading *reading, struct reading_piece *piece, const Lt__Progress *progress)
{
	bool moved = !piece->has_checkpoint || piece->checkpoint_part != progress->at->part ||
		     piece->checkpoint_member != progress->at->member || piece->checkpoint_offset != progress->at->offset;

	if (!moved || !resumable(piece->document, progress->at->member))
		return;
	piece->has_checkpoint = true;
	piece->checkpoint_part = progress->at->part;
	piece->checkpoint_member = progress->at->member;
	piece->checkpoint_offset = progress->at->offset;
	piece->attempts = 0;
	store_piece(reading, piece, PIECE_OWED, NULL);
}

static Lt__Head *copy_of(const Lt__Head *head)
{
	size_t size = lt__head__get_packed_size(head);
	uint8_t *packed = xmalloc(size);

	lt__head__pack(head, packed);
	Lt__Head *copy = lt__head__unpack(NULL, size, packed);
	free(packed);
	return copy;
}

static void on_head(struct reading *reading, struct reading_piece *piece, const Lt__Head *head)
{
	struct document *document = piece->document;
	size_t before = document->open_pieces;

	piece->told = true;
	if (head->splittable)
		document->head = copy_of(head);
	if (document->headed != NULL) {
		document->open_pieces++; /* until reading_release */
		document->headed(document, head, document->context);
		return;
	}
	if (head->splittable) {
		document_split(document, reading->run->config->limits.range_bytes);
	} else {
		document_add_piece(document, LT__JOB_KIND__JOB_DOCUMENT);
	}
	reading->waiting += document->open_pieces - before;
	for (struct reading_piece *each = document->pieces; each != NULL; each = each->next)
		if (each->phase == PHASE_WAITING)
			store_piece(reading, each, PIECE_OWED, NULL);
}

/* Every file of a machine's folder is a document that may name it; one of them carries the bundle. */
static bool folder_bundle_known(struct reading *reading, const struct document *document, const char *machine_dir)
{
	if (!bundle_is_folder(document, machine_dir))
		return false;
	for (size_t i = 0; i < reading->folders_count; i++)
		if (strcmp(reading->folders[i], machine_dir) == 0)
			return true;
	reading->folders = xreallocarray(reading->folders, reading->folders_count + 1, sizeof *reading->folders);
	reading->folders[reading->folders_count++] = xstrdup(machine_dir);
	return false;
}

/* The first pass names a machine that is ours: its bundle is read next. In the second pass it tells what is known of it. */
static void on_machine(struct reading *reading, struct reading_piece *piece, const Lt__FoundMachine *found)
{
	struct reading_piece *bundle;

	if (piece->kind == LT__JOB_KIND__JOB_BUNDLE) {
		if (found->machine != NULL)
			record_machine(reading->run, piece, found);
		return;
	}
	if (folder_bundle_known(reading, piece->document, found->machine_dir))
		return;
	bundle = bundle_add(piece->document, found->machine_dir);
	if (bundle == NULL)
		return;
	if (bundle->left_out > 0) {
		piece->document->incomplete = true;
		record_left_out(reading->run, piece->document, found->machine_dir, bundle->left_out);
	}
	reading->waiting++;
	reading->bundles++;
	store_piece(reading, bundle, PIECE_OWED, NULL);
}

/* The document a part of this piece belongs to, for evidence. */
static bool legal_part(struct reading_piece *piece, uint32_t part)
{
	size_t count;

	(void)piece_parts(piece, &count);
	return part < count;
}

/* Who takes the document up after a crash, when only machines are still to be read, gets no digest any more. */
static void note_digest(struct run *run, const struct document *document)
{
	if (run->index == NULL || document->row == 0 || document->open_pieces < 2)
		return;
	run_write(run);
	(void)run_checked(run, index_document_note_digest(run->index, document->row, document->sha256));
}

static void on_look(struct document *document, const Lt__PageLook *look)
{
	if (document->look != NULL)
		document->look(document, look, document->context);
}

/* They are numbered as they were given out. */
static void next_job(struct reading *reading, struct pool_worker *worker)
{
	worker->jobs--;
	worker->job = 0;
	if (worker->jobs == 0)
		pool_deadline(worker, 0);
	else
		for (const struct document *document = reading->documents; document != NULL; document = document->next)
			for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
				if (piece->worker == worker && (worker->job == 0 || piece->job < worker->job))
					worker->job = piece->job;
}

static void on_job_done(struct reading *reading, struct pool_worker *worker, struct reading_piece *piece, const Lt__JobDone *done)
{
	struct document *document = piece->document;

	piece->worker = NULL;
	worker->jobs_done++;
	next_job(reading, worker);
	if (!done->ok) {
		record_not_read(reading->run, document, document->parts[0].label, done->error != NULL ? done->error : "could not be read");
		document->failed |= piece->kind == LT__JOB_KIND__JOB_DOCUMENT || (piece->kind == LT__JOB_KIND__JOB_HEAD && !piece->told);
		document->incomplete = true;
	}
	if (done->has_sha256 && done->sha256.len == sizeof document->sha256 && piece->kind == LT__JOB_KIND__JOB_DOCUMENT) {
		document->has_sha256 = true;
		memcpy(document->sha256, done->sha256.data, sizeof document->sha256);
		note_digest(reading->run, document);
	}
	if (piece->kind != LT__JOB_KIND__JOB_HEAD)
		reading->run->counters.bytes += done->bytes;
	if (piece->kind == LT__JOB_KIND__JOB_RANGE)
		reading->progress.bytes_done += piece->range_end - piece->range_start;
	else if (piece->kind == LT__JOB_KIND__JOB_DOCUMENT)
		reading->progress.bytes_done += document->parts[0].size;
	piece->lines = done->lines;
	piece_over(reading, piece, document->blocked ? PIECE_OWED : PIECE_DONE, NULL);
	if (worker->jobs == 0 && worker->jobs_done >= reading->run->config->limits.inspect_jobs) {
		worker->jobs_done = 0;
		pool_replace(worker);
	}
}

static void piece_over(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause)
{
	struct document *document = piece->document;

	piece->phase = PHASE_OVER;
	if (piece->kind == LT__JOB_KIND__JOB_RANGE && piece->parts != NULL)
		piece_drop_parts(piece);
	if (piece->kind == LT__JOB_KIND__JOB_RANGE && document->piece_over != NULL)
		document->piece_over(document, document->context);
	document->open_pieces--;
	if (piece->kind == LT__JOB_KIND__JOB_BUNDLE)
		reading->bundles--;
	/* Of a document read in one go its own state says all: both commit together. */
	if (piece->stored || state != PIECE_DONE || document->pieces->next != NULL || document->failed)
		store_piece(reading, piece, state, cause);
	if (document->open_pieces == 0)
		document_finished(reading, document);
}

static void add_piece(struct reading *reading, struct reading_piece *piece)
{
	reading->waiting++;
	store_piece(reading, piece, PIECE_OWED, NULL);
}

void reading_add_range(struct reading *reading, struct document *document, const struct part *part, uint64_t start, uint64_t end)
{
	struct reading_piece *piece = document_add_piece(document, LT__JOB_KIND__JOB_RANGE);

	piece->range_start = start;
	piece->range_end = end;
	piece->parts = xmemdup(part, sizeof *part);
	piece->parts_count = 1;
	reading->progress.bytes_known += end - start;
	add_piece(reading, piece);
}

void reading_add_whole(struct reading *reading, struct document *document)
{
	add_piece(reading, document_add_piece(document, LT__JOB_KIND__JOB_DOCUMENT));
}

void reading_release(struct reading *reading, struct document *document)
{
	if (--document->open_pieces == 0)
		document_finished(reading, document);
}

/* Job and part numbers and what goes with them; false: no such thing can have been sent by an honest worker. */
static bool plausible(struct reading_piece *piece, uint64_t job, uint32_t part)
{
	return piece->job == job && legal_part(piece, part);
}

/* Without what a head job is for, nothing of the document would be read, and nobody told. */
static bool plausible_end(const struct reading_piece *piece, const Lt__JobDone *done)
{
	return done->job == piece->job && (done->look == NULL || done->look->job == piece->job) &&
	       (piece->kind != LT__JOB_KIND__JOB_HEAD || piece->told || !done->ok);
}

static bool handle(struct reading *reading, struct pool_worker *worker, struct reading_piece *piece, const Lt__Envelope *message)
{
	struct document *document = piece->document;

	switch (message->body_case) {
	case LT__ENVELOPE__BODY_PROGRESS:
		if (!plausible(piece, message->progress->job, message->progress->at->part))
			return false;
		on_progress(reading, piece, message->progress);
		return true;
	case LT__ENVELOPE__BODY_HEAD:
		if (piece->kind != LT__JOB_KIND__JOB_HEAD || message->head->job != piece->job || piece->told)
			return false;
		on_head(reading, piece, message->head);
		return true;
	case LT__ENVELOPE__BODY_FINDING:
		if (!plausible(piece, message->finding->job, message->finding->part))
			return false;
		record_finding(reading->run, piece, message->finding);
		reading->progress.findings++;
		return true;
	case LT__ENVELOPE__BODY_MACHINE:
		if (message->machine->job != piece->job)
			return false;
		on_machine(reading, piece, message->machine);
		return true;
	case LT__ENVELOPE__BODY_NOT_INSPECTED:
		if (!plausible(piece, message->not_inspected->job, message->not_inspected->part))
			return false;
		document->incomplete = true;
		record_not_inspected(reading->run, document, message->not_inspected);
		return true;
	case LT__ENVELOPE__BODY_LINK:
		if (message->link->job != piece->job || (document->link == NULL && !document->let_go))
			return false;
		if (document->link != NULL)
			document->link(document, message->link, document->context);
		return true;
	case LT__ENVELOPE__BODY_PAGE_LOOK:
		if (message->page_look->job != piece->job)
			return false;
		on_look(document, message->page_look);
		return true;
	case LT__ENVELOPE__BODY_PAGE_VERDICT:
		if (message->page_verdict->job != piece->job || (document->verdict == NULL && !document->let_go))
			return false;
		if (document->verdict != NULL)
			document->verdict(document, message->page_verdict, document->context);
		return true;
	case LT__ENVELOPE__BODY_JOB_DONE:
		if (!plausible_end(piece, message->job_done))
			return false;
		if (message->job_done->look != NULL)
			on_look(document, message->job_done->look);
		on_job_done(reading, worker, piece, message->job_done);
		return true;
	default:
		return false;
	}
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct reading *reading = reading_of(worker);
	struct reading_piece *piece = running_piece(reading, worker->job);

	if (piece == NULL || !handle(reading, worker, piece, message)) {
		pool_reject(worker, "a message that does not fit its job");
		return;
	}
	if (worker->job != 0)
		pool_touch(worker);
}

/* ---- deaths ------------------------------------------------------------------------------------ */

/* In a container only the member that kills is given up; elsewhere the piece is. */
static void quarantine(struct reading *reading, struct reading_piece *piece, const char *cause)
{
	char *text = xasprintf("given up after %u workers died on it: %s", piece->attempts, cause);

	piece->document->incomplete = true;
	record_quarantine(reading->run, piece, text);
	if (!piece->document->once && piece->has_checkpoint && piece->checkpoint_offset == 0 && piece->checkpoint_member > 0 &&
		piece->quarantined++ < MAX_QUARANTINED_MEMBERS) {
		piece->checkpoint_member++;
		piece->attempts = 0;
		piece->alone = false;
		piece->phase = PHASE_WAITING;
		reading->waiting++;
		store_piece(reading, piece, PIECE_OWED, cause);
	} else {
		piece_over(reading, piece, PIECE_QUARANTINED, text);
	}
	free(text);
}

static void piece_lost_worker(struct reading *reading, struct reading_piece *piece, const char *cause)
{
	piece->attempts++;
	log_warning("%s: the inspector ended (%s)", piece->document->parts[0].label, cause);
	if (piece->told) { /* it had said all: what follows from it is under way */
		piece_over(reading, piece, PIECE_DONE, NULL);
		return;
	}
	bool again = !piece->document->once || piece->kind != LT__JOB_KIND__JOB_DOCUMENT;

	if (!again || piece->attempts >= reading->run->config->limits.document_attempts) {
		quarantine(reading, piece, cause);
		return;
	}
	piece->alone = true;
	piece->phase = PHASE_WAITING;
	reading->waiting++;
	store_piece(reading, piece, PIECE_OWED, cause);
}

/* Nothing can read what is left: it stays owed for the next run. */
static void abandon_all(struct reading *reading)
{
	while (reading->documents != NULL) {
		struct document *document = reading->documents;

		document->failed = document->incomplete = true;
		reading->waiting -= waiting_pieces(document);
		reading->bundles -= bundle_pieces(document);
		document_finished(reading, document);
	}
}

/* What it had is to be read by others; what it died of apart. */
static void take_back(struct reading *reading, const struct pool_worker *worker, const struct reading_piece *killer)
{
	for (struct document *document = reading->documents; document != NULL; document = document->next)
		for (struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next) {
			if (piece->worker != worker)
				continue;
			piece->worker = NULL;
			if (piece == killer)
				continue;
			piece->phase = PHASE_WAITING;
			reading->waiting++;
		}
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct reading *reading = reading_of(worker);
	struct reading_piece *piece = worker->job != 0 ? running_piece(reading, worker->job) : NULL;

	inspect_setup_dead(reading->run->setup, worker);
	worker->job = worker->jobs = 0;
	worker->jobs_done = 0;
	take_back(reading, worker, death->cause == DEATH_ASKED ? NULL : piece);
	if (piece != NULL && death->cause != DEATH_ASKED) {
		reading->run->counters.errors++;
		piece_lost_worker(reading, piece, death->text);
	}
	if (!death->given_up)
		return;
	reading->given_up++;
	log_error("leaktrawl-inspect does not start: %s%s%s", death->text, death->last_log[0] != '\0' ? ": " : "", death->last_log);
	if (reading_dead(reading)) {
		reading->run->broken = true;
		abandon_all(reading);
	}
}

static void on_setup(struct pool_worker *worker)
{
	inspect_setup_send(reading_of(worker)->run->setup, worker);
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	(void)ready;
	inspect_setup_ready(reading_of(worker)->run->setup, worker);
}

static const struct pool_events inspect_events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

/* ---- life -------------------------------------------------------------------------------------- */

struct reading *reading_new(struct run *run, uint64_t jobs)
{
	struct reading *reading = xcalloc(1, sizeof *reading);

	reading->run = run;
	reading->workers = xcalloc(jobs, sizeof(struct pool_worker *));
	reading->workers_most = jobs;
	reading->events = &inspect_events;
	hire(reading, 1);
	return reading;
}

void reading_let_go(struct reading *reading)
{
	for (struct document *document = reading->documents; document != NULL; document = document->next) {
		if (document->dropped == NULL)
			continue;
		document->dropped(document, document->context);
		document->done = document->found = document->dropped = document->piece_over = NULL;
		document->headed = NULL;
		document->link = NULL;
		document->look = NULL;
		document->verdict = NULL;
		document->context = NULL;
		document->let_go = true;
	}
}

void reading_free(struct reading *reading)
{
	if (reading == NULL)
		return;
	while (reading->documents != NULL) {
		struct document *document = reading->documents;

		reading->documents = document->next;
		document_free(document);
	}
	for (size_t i = 0; i < reading->folders_count; i++)
		free(reading->folders[i]);
	free(reading->folders);
	free(reading->workers);
	free(reading);
}

size_t reading_open(const struct reading *reading)
{
	return reading->open;
}

bool reading_wants_more(const struct reading *reading)
{
	return reading->waiting < reading->workers_most * (JOBS_AHEAD + 2);
}

bool reading_dead(const struct reading *reading)
{
	return reading->given_up >= reading->workers_count;
}

bool reading_bundles_pending(const struct reading *reading)
{
	return reading->bundles > 0;
}

struct reading_progress reading_progress(const struct reading *reading)
{
	return reading->progress;
}
