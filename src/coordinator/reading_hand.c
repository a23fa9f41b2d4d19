/* Which inspector gets what. */
#include <errno.h>
#include <string.h>

#include "coordinator/job.h"
#include "coordinator/reading_inside.h"
#include "coordinator/record.h"

enum { SMALL_BYTES = 16 * 1024 }; /* of a document that queues at an inspector: what is queued behind it does not wait long */

struct part *reading_parts(struct reading_piece *piece, size_t *count)
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
	struct part *parts = reading_parts(piece, &count);

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
	struct part *parts = reading_parts(piece, &count);

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
		reading_piece_over(reading, piece, PIECE_OWED, NULL);
		return;
	}
	parts = reading_parts(piece, &count);
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
		reading_hire(reading, reading->waiting - coming);
}

struct reading_piece *reading_running(struct reading *reading, uint64_t job)
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
	present = reading_running(reading, worker->job);
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
