#include "coordinator/reading.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/bundle.h"
#include "coordinator/reading_inside.h"
#include "coordinator/record.h"
#include "shared/mem.h"

/* ---- pieces and the index ---------------------------------------------------------------------- */

static enum piece_kind stored_kind(Lt__JobKind kind)
{
	if (kind == LT__JOB_KIND__JOB_RANGE)
		return PIECE_RANGE;
	return kind == LT__JOB_KIND__JOB_BUNDLE ? PIECE_BUNDLE : PIECE_WHOLE;
}

void reading_store(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause)
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
bool reading_resumable(const struct document *document, uint64_t member)
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
	piece->has_checkpoint = row->has_checkpoint && reading_resumable(taken->document, row->checkpoint_member);
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

void reading_finished(struct reading *reading, struct document *document)
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
void reading_hire(struct reading *reading, size_t count)
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
		reading_hire(reading, reading->workers_most); /* ranges follow */
}

size_t reading_waiting_pieces(const struct document *document)
{
	size_t count = 0;

	for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
		count += piece->phase == PHASE_WAITING;
	return count;
}

size_t reading_bundle_pieces(const struct document *document)
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
	reading->waiting += reading_waiting_pieces(document);
	reading->bundles += reading_bundle_pieces(document);
	if (document->open_pieces == 0)
		reading_finished(reading, document);
}

/* ---- pieces that are over ----------------------------------------------------------------------- */

void reading_piece_over(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause)
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
		reading_store(reading, piece, state, cause);
	if (document->open_pieces == 0)
		reading_finished(reading, document);
}

static void add_piece(struct reading *reading, struct reading_piece *piece)
{
	reading->waiting++;
	reading_store(reading, piece, PIECE_OWED, NULL);
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
		reading_finished(reading, document);
}

/* ---- life -------------------------------------------------------------------------------------- */

struct reading *reading_new(struct run *run, uint64_t jobs)
{
	struct reading *reading = xcalloc(1, sizeof *reading);

	reading->run = run;
	reading->workers = xcalloc(jobs, sizeof(struct pool_worker *));
	reading->workers_most = jobs;
	reading->events = &reading_events;
	reading_hire(reading, 1);
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
