/*
 * Gives documents to the inspectors piece by piece and takes what they find. A piece whose worker dies is
 * resumed behind its last checkpoint, tried once more alone, and then quarantined with the cause recorded.
 */
#ifndef LEAKTRAWL_READING_H
#define LEAKTRAWL_READING_H

#include "coordinator/document.h"
#include "coordinator/run.h"

/* Starts `jobs` inspectors. They end with the run's pool. */
struct reading *reading_new(struct run *run, uint64_t jobs);
void reading_free(struct reading *reading);
/* Those who had documents read go away: documents not done yet are read on, but nobody hears of them (document.h, dropped). */
void reading_let_go(struct reading *reading);

/*
 * Takes the document over. Where the index knows it as read under these rules it is done at once (its done is
 * called with nothing found); pieces of an interrupted reading are taken up.
 */
void reading_add(struct reading *reading, struct document *document);

/* Of a document that has been headed: a range of it in a part of its own, which is taken over; or all of it. */
void reading_add_range(struct reading *reading, struct document *document, const struct part *part, uint64_t start, uint64_t end);
void reading_add_whole(struct reading *reading, struct document *document);
/* Nothing more comes. The document may be done with that. */
void reading_release(struct reading *reading, struct document *document);

/* Hands waiting pieces to idle inspectors. Called by run_turn. */
void reading_dispatch(struct reading *reading);

size_t reading_open(const struct reading *reading);     /* documents not done yet */
bool reading_wants_more(const struct reading *reading); /* inspectors would soon be idle */
bool reading_dead(const struct reading *reading);       /* no inspector can be started */
/* A bundle of a machine of ours is still to come: alerts wait for what it tells. */
bool reading_bundles_pending(const struct reading *reading);

struct reading_progress {
	uint64_t bytes_done, bytes_known; /* of documents taken so far */
	uint64_t documents_done, documents_skipped;
	uint64_t findings;
};
struct reading_progress reading_progress(const struct reading *reading);

#endif
