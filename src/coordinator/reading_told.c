/* What inspectors say, and whether an honest one could have said it. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/bundle.h"
#include "coordinator/reading_inside.h"
#include "coordinator/record.h"
#include "shared/mem.h"

static void on_progress(struct reading *reading, struct reading_piece *piece, const Lt__Progress *progress)
{
	bool moved = !piece->has_checkpoint || piece->checkpoint_part != progress->at->part ||
		     piece->checkpoint_member != progress->at->member || piece->checkpoint_offset != progress->at->offset;

	if (!moved || !reading_resumable(piece->document, progress->at->member))
		return;
	piece->has_checkpoint = true;
	piece->checkpoint_part = progress->at->part;
	piece->checkpoint_member = progress->at->member;
	piece->checkpoint_offset = progress->at->offset;
	piece->attempts = 0;
	reading_store(reading, piece, PIECE_OWED, NULL);
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
			reading_store(reading, each, PIECE_OWED, NULL);
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
	reading_store(reading, bundle, PIECE_OWED, NULL);
}

/* The document a part of this piece belongs to, for evidence. */
static bool legal_part(struct reading_piece *piece, uint32_t part)
{
	size_t count;

	(void)reading_parts(piece, &count);
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
	reading_piece_over(reading, piece, document->blocked ? PIECE_OWED : PIECE_DONE, NULL);
	if (worker->jobs == 0 && worker->jobs_done >= reading->run->config->limits.inspect_jobs) {
		worker->jobs_done = 0;
		pool_replace(worker);
	}
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

void reading_told(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct reading *reading = worker->data;
	struct reading_piece *piece = reading_running(reading, worker->job);

	if (piece == NULL || !handle(reading, worker, piece, message)) {
		pool_reject(worker, "a message that does not fit its job");
		return;
	}
	if (worker->job != 0)
		pool_touch(worker);
}
