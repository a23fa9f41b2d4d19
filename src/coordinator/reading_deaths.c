/* How inspectors begin and end: what they had is read by others, what killed them is tried once more alone, and then given up. */
#include <stdlib.h>

#include "coordinator/reading_inside.h"
#include "coordinator/record.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { MAX_QUARANTINED_MEMBERS = 100 };

static struct reading *reading_of(const struct pool_worker *worker)
{
	return worker->data;
}

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
		reading_store(reading, piece, PIECE_OWED, cause);
	} else {
		reading_piece_over(reading, piece, PIECE_QUARANTINED, text);
	}
	free(text);
}

static void piece_lost_worker(struct reading *reading, struct reading_piece *piece, const char *cause)
{
	piece->attempts++;
	log_warning("%s: the inspector ended (%s)", piece->document->parts[0].label, cause);
	if (piece->told) { /* it had said all: what follows from it is under way */
		reading_piece_over(reading, piece, PIECE_DONE, NULL);
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
	reading_store(reading, piece, PIECE_OWED, cause);
}

/* Nothing can read what is left: it stays owed for the next run. */
static void abandon_all(struct reading *reading)
{
	while (reading->documents != NULL) {
		struct document *document = reading->documents;

		document->failed = document->incomplete = true;
		reading->waiting -= reading_waiting_pieces(document);
		reading->bundles -= reading_bundle_pieces(document);
		reading_finished(reading, document);
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
	struct reading_piece *piece = worker->job != 0 ? reading_running(reading, worker->job) : NULL;

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
		reading->run->broken = reading->run->stop = true; /* who would read what is still to come? */
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

const struct pool_events reading_events = {.setup = on_setup, .ready = on_ready, .message = reading_told, .death = on_death};
