/*
 * Between the files of reading: reading.c (documents, their pieces, the index), reading_hand.c (which inspector gets what),
 * reading_told.c (what inspectors say), reading_deaths.c (how they end).
 */
#ifndef LEAKTRAWL_READING_INSIDE_H
#define LEAKTRAWL_READING_INSIDE_H

#include "coordinator/reading.h"

enum { JOBS_AHEAD = 8 }; /* that an inspector has at once, so that it need not wait for us between small documents */

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

/* reading.c */
/* What is known of a piece goes to the index, where there is one. */
void reading_store(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause);
/* Whether a document may be taken up at that member. */
bool reading_resumable(const struct document *document, uint64_t member);
/* Nothing is left of it to read; its done is called, and it is gone. */
void reading_finished(struct reading *reading, struct document *document);
/* The piece is over; with the last one its document is finished. */
void reading_piece_over(struct reading *reading, struct reading_piece *piece, enum piece_state state, const char *cause);
/* At most count more inspectors. */
void reading_hire(struct reading *reading, size_t count);
size_t reading_waiting_pieces(const struct document *document);
size_t reading_bundle_pieces(const struct document *document); /* not over */

/* reading_hand.c */
/* The piece's own parts, or its document's. */
struct part *reading_parts(struct reading_piece *piece, size_t *count);
/* The piece that runs as that job, or NULL. */
struct reading_piece *reading_running(struct reading *reading, uint64_t job);

/* reading_told.c */
/* A message of an inspector; one that does not fit costs it its life. */
void reading_told(struct pool_worker *worker, const Lt__Envelope *message);

/* reading_deaths.c */
extern const struct pool_events reading_events;

#endif
