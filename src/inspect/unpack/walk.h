/*
 * The way through one document: its containers, one within another, to the innermost members. Counts what
 * comes out against the limits, numbers the members, keeps to the bundle and the place to resume from.
 */
#ifndef LEAKTRAWL_WALK_H
#define LEAKTRAWL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/unpack/passwords.h"
#include "inspect/unpack/sniff.h"
#include "inspect/unpack/source.h"

/* A bundle is read twice: what the machine says of itself, then everything else. */
enum walk_pass { WALK_ALL, WALK_SYSTEM, WALK_OTHERS };

struct walk {
	struct scan *scan;
	const struct engine *engine;
	uint32_t part;
	size_t outer; /* of the part's path (records/machine.h) ... */
	bool named;
	enum walk_pass pass;
	const char *below;             /* bundle: only members whose path starts so; else NULL */
	uint64_t from_member;          /* resume: members before it are done ... */
	uint64_t from_offset;          /* ... and so many bytes of it */
	uint64_t next_member;          /* number of the next innermost member */
	uint64_t done_member;          /* checkpoint: those before it are searched ... */
	uint64_t done_offset;          /* ... and so many bytes of it */
	uint64_t read;                 /* from descriptors */
	uint64_t produced;             /* by all containers */
	bool stopped;                  /* a limit of the whole document was hit */
	uint64_t unlock_rounds;        /* of hashing, for the keys of encrypted archives */
	uint64_t proved;               /* decoded only to prove passwords of such */
	bool unlock_used;              /* data of one was decrypted since this was last cleared */
	struct passwords *passwords;   /* made when the first container asks for them */
	const struct buf *wal;         /* of the database that is walked next, or NULL */
	bool shut_seen;                /* a container stayed shut */
	bool again;                    /* for a container that was shut: what is read now comes behind the last checkpoint, ... */
	uint64_t all_members;          /* ... which is all members there are */
	struct shut *shut;             /* containers that may open yet (unpack/shut.h); NULL where none may */
	unsigned notes;                /* texts looked at for passwords */
	const char *content_type;      /* declared with the content at typed_depth, or NULL */
	unsigned typed_depth;          /* 0: the document itself */
	const struct member *around;   /* bytes decoded out of this member are walked; else NULL */
	const struct strings *strings; /* of the spreadsheet that is open (views/strings.h), or NULL */
	Lt__Machine *machine;          /* WALK_SYSTEM: what its files say ... */
	struct pack *pack;             /* ... and whether several machines are below */
	bool evident;                  /* WALK_SYSTEM: they are a machine's by their names, or hold blocks */
};

/*
 * Reads content to its end, whatever it is: opens it as a container or hands it to the views. depth: containers around it.
 * The source stays the caller's.
 */
void walk_content(struct walk *walk, struct source *source, const char *path, unsigned depth);
/* A leaf of text made by us (table rows, sheets), already UTF-8. */
void walk_text(struct walk *walk, struct source *source, const char *path, unsigned depth);
/* An innermost member whose beginning was taken for a container's and is none. */
void walk_leaf(struct walk *walk, struct source *source, const char *path, unsigned depth);

/*
 * For containers that were held to be opened and cannot be: searches them as they stand, the rest of the source behind them. Where the
 * source can be read again nothing is done, and false returned: whoever asked for the container does it.
 */
bool walk_held(struct walk *walk, const struct buf *held, struct source *rest, const char *path, unsigned depth);

/* Whether anything below path may be wanted; false once a limit has stopped the walk. */
bool walk_wants(const struct walk *walk, const char *path);
/* Counts bytes read from descriptors, and tells of progress. */
void walk_read(struct walk *walk, size_t bytes);
/* Counts bytes that a container gave. False once the document's limits are hit (recorded): stop reading. */
bool walk_produced(struct walk *walk, const char *path, size_t bytes);
/* Counts bytes decoded only to prove a password. False once they are more than containers may give: no password is tried any more. */
bool walk_proved(struct walk *walk, size_t bytes);
/* What is tried to open the encrypted container at path. */
struct passwords *walk_passwords(struct walk *walk, const char *path);
/* Takes passwords from a member, if it is a text beside whatever else the document holds; it is still to be read. */
void walk_note(struct walk *walk, struct source *source, const char *path, unsigned depth);
/* Takes passwords from a text that came with the document. */
void walk_learn(struct walk *walk, struct slice text);
/*
 * The container at path stays shut, or the member of it at member_path. It is told when nothing further on in the document has said how
 * to open it.
 */
void walk_shut(struct walk *walk, const char *path, const char *member_path, const char *detail);
void walk_fault(struct walk *walk, const char *path, Lt__NotInspectedCause cause, const char *detail, uint64_t offset);
/* Behind the end of compressed data stand so many bytes, and what is left of source: tells of them, unless they are zeros. */
void walk_behind(struct walk *walk, const char *path, struct slice bytes, struct source *source);
/* "path!/name" in fresh memory; name is what an archive says (may be NULL, any bytes), n its number there. */
char *walk_label(const char *path, const char *name, uint64_t n);

/* ---- containers, one function each. False: nothing was read, the content may be searched as it is. ---- */

bool archive_walk(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth);
bool mail_walk(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth);
bool feed_walk(struct walk *walk, struct source *source, const char *path, unsigned depth);
bool warc_walk(struct walk *walk, struct source *source, const char *path, unsigned depth);
bool sqlite_walk(struct walk *walk, struct source *source, const char *path, unsigned depth);
void sqlite_start(void); /* before the sandbox */

#endif
