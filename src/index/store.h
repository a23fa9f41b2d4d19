/*
 * Inside the index: the connection, its prepared statements, transactions and errors. Only files of this
 * room include it.
 */
#ifndef LEAKTRAWL_INDEX_STORE_H
#define LEAKTRAWL_INDEX_STORE_H

#include <sqlite3.h>

#include "index/index.h"
#include "index/statements.h"

enum { MOVES = 16, JOB_KEY_DIGEST_BYTES = 20 };

struct index {
	sqlite3 *db;
	char *path;
	enum index_mode mode;
	int lock_fd; /* -1: not the running one */
	char *why;
	bool explicit;                                /* between index_begin and index_commit */
	enum index_result failed;                     /* what rolled the explicit transaction back, or INDEX_OK */
	unsigned depth;                               /* operations within operations */
	bool light;                                   /* the operation has no savepoint */
	char *source_name;                            /* of the source last looked for, or NULL ... */
	int64_t source_id;                            /* ... and its row */
	uint8_t job_key_digest[JOB_KEY_DIGEST_BYTES]; /* of the job key last looked for ... */
	int64_t job_key;                              /* ... and its row; 0: none */
	struct moves {
		int64_t source;
		int64_t by[4]; /* waiting, leased, resting, gone */
	} moves[MOVES];        /* URLs counted, but not in the sources' rows yet: those of the transaction */
	size_t moves_count;
	struct moves moves_before[MOVES]; /* as they were when the savepoint was set: what is undone moved nothing */
	size_t moves_before_count;
	char *source_reason; /* what index_source_get gave out */
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* Sets why; returns result. */
enum index_result store_fail(struct index *index, enum index_result result, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What an SQLite result code means to callers; sets why. SQLITE_MISUSE and the like are our own bugs: fatal. */
enum index_result store_error(struct index *index, int code);
/* Runs SQL without parameters or rows. */
enum index_result store_exec(struct index *index, const char *sql);
void store_finalize(struct index *index);

/*
 * Around every operation that writes. In an explicit transaction it is a savepoint, so that a refused
 * value stores nothing and the rest goes on; else it is a transaction of its own. store_leave gets what the
 * operation came to and answers what the caller is told.
 */
enum index_result store_enter(struct index *index);
enum index_result store_leave(struct index *index, enum index_result result);
/*
 * The same for what is done with each page of a crawl and each finding, all values checked before: without a savepoint, which copies
 * each page of the file that changes. Should SQLite refuse a value all the same, the whole transaction fails.
 */
enum index_result store_enter_light(struct index *index);

/* One execution of a prepared statement: put the parameters in order, step, get columns, end. */
struct query {
	struct index *index;
	sqlite3_stmt *statement;
	int next; /* parameter */
	int code; /* first error, or SQLITE_OK */
};
struct query query_new(struct index *index, enum statement statement);
void put_int(struct query *query, int64_t value);
void put_unsigned(struct query *query, uint64_t value); /* past INT64_MAX becomes that */
void put_text(struct query *query, const char *text);   /* NULL is NULL; must live until query_end */
void put_blob(struct query *query, const void *data, size_t len);
void put_null(struct query *query);
void put_int_or_null(struct query *query, bool has, int64_t value);
/* INDEX_OK: a row; INDEX_NONE: no more (query ended); else an error (query ended). */
enum index_result query_step(struct query *query);
/* Steps through everything; INDEX_OK when it went through. Ends it. */
enum index_result query_run(struct query *query);
/* Steps once for its first column; INDEX_NONE when there is no row. Ends it. */
enum index_result query_value(struct query *query, int64_t *value);
void query_end(struct query *query);

int64_t get_int(const struct query *query, int column);
uint64_t get_unsigned(const struct query *query, int column);
const char *get_text(const struct query *query, int column); /* NULL for NULL; until the next step */
bool get_null(const struct query *query, int column);
/* Length; *data NULL for NULL; until the next step. */
size_t get_blob(const struct query *query, int column, const uint8_t **data);

/* Rows the last statement changed. */
int store_changes(const struct index *index);
int64_t store_last_id(const struct index *index);

/*
 * Counts a URL of a source out of one state (0: it is new) and into another. The source's row follows with the end of the
 * transaction, or when store_settle is called.
 */
enum index_result store_move(struct index *index, int64_t source, int from, int to);
enum index_result store_settle(struct index *index);

/* The number of a source's row, made when missing. NULL or "" gives 0: no source. */
enum index_result store_source(struct index *index, const char *name, int64_t *source);

#endif
