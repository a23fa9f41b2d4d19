/*
 * What inspectors report, on its way into the index (or, under --no-index, to standard output). Findings and
 * the checkpoint behind them share a transaction.
 */
#ifndef LEAKTRAWL_RECORD_H
#define LEAKTRAWL_RECORD_H

#include "coordinator/document.h"
#include "coordinator/run.h"

void record_finding(struct run *run, struct reading_piece *piece, const Lt__FoundFinding *found);
void record_machine(struct run *run, struct reading_piece *piece, const Lt__FoundMachine *found);
void record_not_inspected(struct run *run, struct document *document, const Lt__NotInspected *what);

/* Standard input went on behind what may be kept of it. */
void record_input_cut(struct run *run, struct document *document, uint64_t kept);

/* More links of a page that has to prove itself than there is room for. */
void record_links_cut(struct run *run, struct document *document);

/* which: the path of the volume, or words for it. */
void record_volume_missing(struct run *run, struct document *document, const char *which);
/* A document that could not be opened or read at all. */
void record_not_read(struct run *run, struct document *document, const char *label, const char *why);
/* A piece, or the member of an archive behind its checkpoint, that workers died on. */
void record_quarantine(struct run *run, struct reading_piece *piece, const char *cause);
/* Files of a machine's folder that a bundle cannot carry. */
void record_left_out(struct run *run, struct document *document, const char *folder, uint64_t files);
/* What was held for the document's bundles can be printed now. */
void record_document_done(struct run *run, struct document *document);

#endif
