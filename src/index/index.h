/*
 * The index: one SQLite file that holds findings, sightings, documents, machines, runs, coverage, the
 * frontier, the outbox of alerts and the audit log. Callers name operations, never SQL. The operations
 * stand in runs.h, documents.h, findings.h, outbox.h, frontier.h and query.h; this header opens the file.
 *
 * One process writes at a time under the run lock; triage, alerts and queries work beside it. Every write
 * happens in a transaction: an explicit one (index_begin .. index_commit), or its own when none is open.
 * Times are milliseconds since the epoch, UTC. Texts given in are copied.
 */
#ifndef LEAKTRAWL_INDEX_H
#define LEAKTRAWL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INDEX_KEY_BYTES = 32 }; /* the fingerprint key */

enum index_result {
	INDEX_OK,
	INDEX_NONE,    /* there is no such thing; nothing changed */
	INDEX_BUSY,    /* another process held the file for longer than we wait; try again */
	INDEX_FULL,    /* no space left: rolled back, nothing lost */
	INDEX_IO,      /* reading or writing failed: rolled back */
	INDEX_DAMAGED, /* the file is no sound database any more */
	INDEX_LOCKED,  /* another run holds the run lock */
	INDEX_REFUSED, /* not ours to open, or a value that must not be stored; why says what to do */
};

enum index_mode {
	INDEX_READ,   /* queries; never changes the file's content */
	INDEX_WRITE,  /* the file must exist; older schemas are migrated (backup beside it first) */
	INDEX_CREATE, /* as INDEX_WRITE, made with its folder (0700) when missing */
};

struct index;

/*
 * Opens the file at path. fingerprint_key (INDEX_KEY_BYTES, not kept) may be NULL where nothing is
 * recorded under it (queries, triage); when given it must be the key the index was made with. On failure
 * *index is NULL and *why a message for a person, without the path's "leaktrawl:" prefix; freed by the
 * caller. Refused are: a missing file, not a database, another program's database, a newer schema, a
 * wrong key, a file others can read or write, a symbolic link.
 */
enum index_result index_open(struct index **index, const char *path, enum index_mode mode, const uint8_t *fingerprint_key, char **why);
void index_close(struct index *index); /* rolls an open transaction back, releases the run lock; NULL is fine */

/* Why the last operation failed, for a person; never a secret. Owned by the index. */
const char *index_why(const struct index *index);
const char *index_path(const struct index *index);

/*
 * The run lock: PATH.lock beside the index, held until index_close (the kernel drops it with the process).
 * INDEX_LOCKED: another crawl or indexing scan runs; why says which.
 */
enum index_result index_run_lock(struct index *index);
/* True when the lock file stands beside path: this is the index of a host that crawls. */
bool index_is_crawled(const char *path);

/* A consistent copy of the live index at path (must not exist; 0600), for a backup or the team's machine. */
enum index_result index_copy(struct index *index, const char *path);
/* Quick check of the file's structure, for doctor and the first start after a crash. */
enum index_result index_check(struct index *index);

/*
 * Groups writes. An operation that answers INDEX_NONE or INDEX_REFUSED changed nothing and the rest goes on.
 * After any other error the transaction is rolled back at once, and further writes and index_commit answer
 * that same error: checking the commit is enough. Keep one open for a fraction of a second: others wait for it.
 */
enum index_result index_begin(struct index *index);
enum index_result index_commit(struct index *index);
void index_rollback(struct index *index);

#endif
