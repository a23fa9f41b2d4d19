/*
 * A document on its way through the inspectors: where its bytes are, the pieces it is read in, and how far
 * each has come. Pure bookkeeping; reading.c moves it along.
 */
#ifndef LEAKTRAWL_DOCUMENT_H
#define LEAKTRAWL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "config/config.h"
#include "index/documents.h"
#include "index/findings.h"
#include "messages/messages.pb-c.h"

/* One descriptor of a document. A local file is opened when its turn comes and must still be the file that was found. */
struct part {
	char *label;       /* shown, never opened: "dump.txt" */
	char *file;        /* to open, or NULL */
	int fd;            /* owned; -1 while a file is not open */
	struct stat found; /* of file: device, inode, size, times */
	uint64_t size;
	size_t outer;     /* bytes of the label that name the folder that was asked for, or the one of a file asked for ... */
	bool named;       /* ... by its own name: no file beside it is read */
	bool continues;   /* a further volume of the part before */
	uint64_t base;    /* of a range that was kept by itself: where in the document the descriptor's first byte stands */
	bool note;        /* a text beside the archive that may hold its password, or a database's log; behind all others */
	int64_t document; /* row in the index; 0 without one */
};

enum piece_phase { PHASE_WAITING, PHASE_RUNNING, PHASE_OVER };

struct reading_piece {
	struct document *document;
	Lt__JobKind kind;
	enum piece_phase phase;
	uint64_t job;               /* number of the job while running ... */
	struct pool_worker *worker; /* ... and who has it */
	uint64_t range_start, range_end;
	char *machine_dir;  /* JOB_BUNDLE: prefix inside the container, "" for all of it */
	char *machine_key;  /* JOB_BUNDLE: as the inspector named it */
	struct part *parts; /* JOB_BUNDLE over a folder: its own files; else NULL: the document's */
	size_t parts_count;
	uint64_t left_out; /* files of the folder past the limit of a bundle */
	bool has_checkpoint;
	uint32_t checkpoint_part;
	uint64_t checkpoint_member, checkpoint_offset;
	unsigned attempts;    /* workers it has cost since its checkpoint last moved */
	unsigned quarantined; /* members given up */
	bool alone;
	bool told;                  /* JOB_HEAD: what it was asked for has been said */
	bool stored;                /* the index has a row of it */
	uint64_t lines;             /* JOB_RANGE: line feeds in it, once known */
	struct reading_piece *next; /* of the document */
};

struct document {
	struct part *parts;
	size_t parts_count, notes_count;
	struct reading_piece *pieces;
	size_t open_pieces;
	Lt__Head *head; /* what the head job said; owned */
	int64_t row;    /* in the index; 0 without one */

	/* where it came from; texts are owned and may be NULL */
	char *source, *url, *via, *circuit, *content_type, *site, *page_role, *posting_text;
	char **content_encoding;
	size_t content_encoding_count;
	const struct source *configured;
	bool leak_context, want_links;
	bool deepest;    /* as deep as its source goes: links that match follow are not looked for */
	unsigned status; /* of HTTP where it is an error, else 0 */
	bool once;       /* a pipe: what a worker took with it cannot be read again */
	bool always;     /* read though it was read before */
	bool let_go;     /* whoever had it read is gone */
	bool blocked;    /* found to stand in front of the content: what it hides was not read */
	Lt__Field **captured;
	size_t captured_count;
	int64_t fetched_at_ms;

	/* what came of it */
	char *missing;   /* of the volumes of an archive, told when it is read; owned, or NULL */
	bool incomplete; /* something in it was not looked at */
	bool failed;     /* nothing could be read */
	bool has_sha256;
	uint8_t sha256[32];
	char *name; /* identity: "file:..." or "sha256:..." */
	uint64_t findings, findings_new;

	/* Called once when it is done with, before it is freed. May be NULL. */
	void (*done)(struct document *document, void *context);
	/* The head job has told of it, and nothing more of it is read until more is added; reading_release ends that. May be NULL. */
	void (*headed)(struct document *document, const Lt__Head *head, void *context);
	/* A range that was added is done with. May be NULL. */
	void (*piece_over)(struct document *document, void *context);
	/* Instead of done, where the run ends before: the other calls come no more. May be NULL. */
	void (*dropped)(struct document *document, void *context);
	/* Before a finding of it is recorded: completes where it came from. May be NULL. */
	void (*found)(struct document *document, void *context);
	/* A page's links and the verdict of its site description. May be NULL. */
	void (*link)(struct document *document, const Lt__FoundLink *link, void *context);
	void (*look)(struct document *document, const Lt__PageLook *look, void *context);
	void (*verdict)(struct document *document, const Lt__PageVerdict *verdict, void *context);
	void *context;
	struct document *next; /* in the list of open documents */
};

struct document *document_new(void);
void document_free(struct document *document); /* closes its descriptors */

/* How a file is shown: its path, in UTF-8; other bytes of it are escaped. In fresh memory. */
char *label_of_file(const char *path, size_t len);
/* How many bytes of that show the first outer bytes of the path. */
size_t label_outer(const char *path, size_t outer);

/* Takes over fd (or -1 with a file to open). label and file are copied. */
struct part *document_add_part(struct document *document, const char *label, const char *file, int fd, uint64_t size);
/* Opens a part's file where needed; false with errno (ESTALE: it is another file now). */
bool part_open(struct part *part);
void part_drop(struct part *part);  /* frees what it holds */
void part_close(struct part *part); /* only parts that can be opened again */

void piece_drop_parts(struct reading_piece *piece); /* its own ones */
struct reading_piece *document_add_piece(struct document *document, Lt__JobKind kind);
/* Splits [0, size) into ranges of about range_bytes. */
void document_split(struct document *document, uint64_t range_bytes);
/* "file:DEV,INODE,SIZE,MTIME_NS"; the caller frees. */
char *document_file_name(const struct stat *status);

#endif
