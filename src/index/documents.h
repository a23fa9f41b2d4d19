/*
 * Documents: bytes with an origin, and how far they have been read. A document may go by several names
 * ("file:DEV,INODE,SIZE,MTIME_NS" before it is read, "sha256:HEX" after); it is one row.
 */
#ifndef LEAKTRAWL_INDEX_DOCUMENTS_H
#define LEAKTRAWL_INDEX_DOCUMENTS_H

#include "index/index.h"

enum document_state { DOCUMENT_READING = 1, DOCUMENT_DONE = 2 };

struct document_start {
	const char *name;          /* identity; NULL for bytes without one yet (a fetched body) */
	const char *path;          /* label for a person: file name or NULL */
	const char *url, *source;  /* NULL for a local file */
	const char *rules_version; /* digest of rules, watch-list and program: other ones read it again */
	uint64_t size;
	int64_t run;
	int64_t now_ms;
};

/*
 * Finds the document by name, or makes it. state tells what is known under these rules: DOCUMENT_DONE is
 * to be skipped; DOCUMENT_READING is new, or was begun (its pieces say how far). When the rules changed,
 * pieces are forgotten and reading starts over.
 */
enum index_result index_document_open(
	struct index *index, const struct document_start *start, int64_t *document, enum document_state *state);

/*
 * Names it by its digest once known. When another document has that digest already both become one:
 * *document is then the older row.
 */
enum index_result index_document_digest(struct index *index, int64_t *document, const uint8_t sha256[32]);
/* The same before it is done, for whoever takes it up after a crash: kept unless another document has that digest already. */
enum index_result index_document_note_digest(struct index *index, int64_t document, const uint8_t sha256[32]);
/* All pieces are through (quarantined ones included). */
enum index_result index_document_done(struct index *index, int64_t document, int64_t now_ms);

/* True if a document of that digest was read whole under these rules. */
enum index_result index_document_known(struct index *index, const uint8_t sha256[32], const char *rules_version, bool *known);

enum piece_kind { PIECE_WHOLE = 1, PIECE_RANGE = 2, PIECE_BUNDLE = 3 };
enum piece_state { PIECE_OWED = 1, PIECE_DONE = 2, PIECE_QUARANTINED = 3 };

/* What one job reads of a document. (kind, start, end, machine_dir) name it within its document. */
struct piece {
	enum piece_kind kind;
	uint64_t start, end;     /* PIECE_RANGE; else 0 */
	const char *machine_dir; /* PIECE_BUNDLE; else NULL */
	enum piece_state state;
	bool has_checkpoint; /* resume behind it */
	uint32_t checkpoint_part;
	uint64_t checkpoint_member, checkpoint_offset;
	unsigned attempts; /* workers it has cost */
	const char *cause; /* of the last death, or of the quarantine */
};
/* Puts or replaces; belongs into the same transaction as the findings before the checkpoint. */
enum index_result index_piece_put(struct index *index, int64_t document, const struct piece *piece);
/* Tells every piece, ordered by kind, start, machine_dir; the texts live during the call. */
enum index_result index_pieces(
	struct index *index, int64_t document, void (*each)(const struct piece *piece, void *context), void *context);

#endif
