#include "config.h"

#include "index/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "shared/mem.h"

static const char *const statement_sql[] = {
#define STATEMENT_SQL(name, sql) sql,
	STATEMENTS(STATEMENT_SQL)
#undef STATEMENT_SQL
};

enum index_result store_fail(struct index *index, enum index_result result, const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		log_fatal("no memory");
	va_end(args);
	free(index->why);
	index->why = text;
	return result;
}

enum index_result store_error(struct index *index, int code)
{
	const char *text = sqlite3_errmsg(index->db);
	int system_error = sqlite3_system_errno(index->db);

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return INDEX_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return store_fail(index, INDEX_BUSY, "%s: another program is writing to the index", index->path);
	case SQLITE_FULL:
		return store_fail(index, INDEX_FULL, "%s: no space left for the index", index->path);
	case SQLITE_IOERR:
		if (system_error == ENOSPC || system_error == EDQUOT)
			return store_fail(index, INDEX_FULL, "%s: no space left for the index", index->path);
		return store_fail(index, INDEX_IO, "%s: %s%s%s", index->path, text, system_error ? ": " : "",
			system_error ? strerror(system_error) : "");
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return store_fail(index, INDEX_IO, "%s: %s%s%s", index->path, text, system_error ? ": " : "",
			system_error ? strerror(system_error) : "");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return store_fail(index, INDEX_DAMAGED, "%s: the index is damaged: %s", index->path, text);
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
		return store_fail(index, INDEX_REFUSED, "%s: a value that must not be stored: %s", index->path, text);
	case SQLITE_NOMEM:
		log_fatal("no memory");
	default:
		log_fatal("index: %s (%d)", text, code);
	}
}

enum index_result store_exec(struct index *index, const char *sql)
{
	return store_error(index, sqlite3_exec(index->db, sql, NULL, NULL, NULL));
}

void store_finalize(struct index *index)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(index->statements[i]);
		index->statements[i] = NULL;
	}
}

/* ---- transactions -------------------------------------------------------------------------------- */

static enum index_result step_plain(struct index *index, enum statement statement)
{
	struct query query = query_new(index, statement);

	return query_run(&query);
}

/* Rows that were looked for last may not outlive what was undone. */
static void forget_rows(struct index *index)
{
	free(index->source_name);
	index->source_name = NULL;
	index->job_key = 0;
}

/* SQLite may have rolled back by itself already (disk full, I/O error). */
static void roll_back(struct index *index)
{
	char *why = index->why;

	index->moves_count = 0;
	forget_rows(index);
	if (sqlite3_get_autocommit(index->db))
		return;
	index->why = NULL;
	step_plain(index, STATEMENT_ROLLBACK);
	free(index->why);
	index->why = why;
}

enum index_result index_begin(struct index *index)
{
	enum index_result result;

	if (index->explicit)
		log_fatal("index: a transaction is open already");
	result = step_plain(index, STATEMENT_BEGIN);
	index->explicit = result == INDEX_OK;
	index->failed = INDEX_OK;
	return result;
}

enum index_result index_commit(struct index *index)
{
	enum index_result result = index->failed;

	if (!index->explicit)
		log_fatal("index: no transaction is open");
	index->explicit = false;
	index->failed = INDEX_OK;
	if (result == INDEX_OK)
		result = store_settle(index);
	if (result == INDEX_OK)
		result = step_plain(index, STATEMENT_COMMIT);
	if (result != INDEX_OK)
		roll_back(index);
	return result;
}

void index_rollback(struct index *index)
{
	roll_back(index);
	index->explicit = false;
	index->failed = INDEX_OK;
}

enum index_result store_enter(struct index *index)
{
	enum index_result result;

	if (index->failed != INDEX_OK)
		return index->failed;
	if (index->depth > 0) {
		index->depth++;
		return INDEX_OK;
	}
	result = step_plain(index, index->explicit ? STATEMENT_SAVEPOINT : STATEMENT_BEGIN);
	if (result == INDEX_OK)
		index->depth = 1;
	else if (index->explicit)
		index->failed = result;
	memcpy(index->moves_before, index->moves, index->moves_count * sizeof *index->moves);
	index->moves_before_count = index->moves_count;
	return result;
}

enum index_result store_enter_light(struct index *index)
{
	if (!index->explicit || index->depth > 0 || index->failed != INDEX_OK)
		return store_enter(index);
	index->light = true;
	index->depth = 1;
	return INDEX_OK;
}

static enum index_result leave_light(struct index *index, enum index_result result)
{
	index->light = false;
	if (result == INDEX_OK || result == INDEX_NONE)
		return result;
	roll_back(index);
	index->failed = result;
	return result;
}

static enum index_result leave_savepoint(struct index *index, enum index_result result)
{
	enum index_result left = INDEX_OK;

	if (result == INDEX_REFUSED) {
		char *why = index->why;
		forget_rows(index);
		memcpy(index->moves, index->moves_before, index->moves_before_count * sizeof *index->moves);
		index->moves_count = index->moves_before_count;
		index->why = NULL;
		left = step_plain(index, STATEMENT_SAVEPOINT_BACK);
		free(index->why);
		index->why = why;
	}
	if ((result == INDEX_OK || result == INDEX_NONE || result == INDEX_REFUSED) && left == INDEX_OK)
		left = step_plain(index, STATEMENT_SAVEPOINT_RELEASE);
	if (left != INDEX_OK)
		result = left;
	if (result != INDEX_OK && result != INDEX_NONE && result != INDEX_REFUSED) {
		roll_back(index);
		index->failed = result;
	}
	return result;
}

enum index_result store_leave(struct index *index, enum index_result result)
{
	enum index_result left;

	if (index->depth == 0) /* store_enter failed */
		return result;
	if (--index->depth > 0)
		return result;
	if (index->light)
		return leave_light(index, result);
	if (index->explicit)
		return leave_savepoint(index, result);
	left = result == INDEX_OK || result == INDEX_NONE ? store_settle(index) : result;
	if (left == INDEX_OK)
		left = step_plain(index, STATEMENT_COMMIT);
	if (left != INDEX_OK) {
		roll_back(index);
		return left;
	}
	return result;
}

/* ---- queries ------------------------------------------------------------------------------------- */

struct query query_new(struct index *index, enum statement statement)
{
	struct query query = {index, index->statements[statement], 1, SQLITE_OK};

	if (!query.statement) {
		query.code = sqlite3_prepare_v3(
			index->db, statement_sql[statement], -1, SQLITE_PREPARE_PERSISTENT, &index->statements[statement], NULL);
		query.statement = index->statements[statement];
	}
	return query;
}

static void note(struct query *query, int code)
{
	query->next++;
	if (query->code == SQLITE_OK)
		query->code = code;
}

void put_int(struct query *query, int64_t value)
{
	note(query, sqlite3_bind_int64(query->statement, query->next, value));
}

void put_unsigned(struct query *query, uint64_t value)
{
	put_int(query, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void put_text(struct query *query, const char *text)
{
	note(query, sqlite3_bind_text(query->statement, query->next, text, -1, SQLITE_STATIC));
}

void put_blob(struct query *query, const void *data, size_t len)
{
	note(query, data ? sqlite3_bind_blob64(query->statement, query->next, data, len, SQLITE_STATIC)
			 : sqlite3_bind_null(query->statement, query->next));
}

void put_null(struct query *query)
{
	note(query, sqlite3_bind_null(query->statement, query->next));
}

void put_int_or_null(struct query *query, bool has, int64_t value)
{
	if (has)
		put_int(query, value);
	else
		put_null(query);
}

enum index_result query_step(struct query *query)
{
	enum index_result result;
	int code = query->code;

	if (code == SQLITE_OK)
		code = sqlite3_step(query->statement);
	if (code == SQLITE_ROW)
		return INDEX_OK;
	result = code == SQLITE_DONE ? INDEX_NONE : store_error(query->index, code);
	query_end(query);
	return result;
}

enum index_result query_run(struct query *query)
{
	enum index_result result = query_step(query);

	while (result == INDEX_OK)
		result = query_step(query);
	return result == INDEX_NONE ? INDEX_OK : result;
}

enum index_result query_value(struct query *query, int64_t *value)
{
	enum index_result result = query_step(query);

	if (result == INDEX_OK) {
		*value = get_int(query, 0);
		query_end(query);
	}
	return result;
}

void query_end(struct query *query)
{
	if (query->statement) {
		sqlite3_reset(query->statement);
		sqlite3_clear_bindings(query->statement);
	}
}

int64_t get_int(const struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

uint64_t get_unsigned(const struct query *query, int column)
{
	int64_t value = get_int(query, column);

	return value < 0 ? 0 : (uint64_t)value;
}

const char *get_text(const struct query *query, int column)
{
	return (const char *)sqlite3_column_text(query->statement, column);
}

bool get_null(const struct query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

size_t get_blob(const struct query *query, int column, const uint8_t **data)
{
	*data = sqlite3_column_blob(query->statement, column);
	return *data ? (size_t)sqlite3_column_bytes(query->statement, column) : 0;
}

int store_changes(const struct index *index)
{
	return sqlite3_changes(index->db);
}

int64_t store_last_id(const struct index *index)
{
	return sqlite3_last_insert_rowid(index->db);
}

enum index_result store_settle(struct index *index)
{
	enum index_result result = INDEX_OK;

	for (size_t i = 0; i < index->moves_count && result == INDEX_OK; i++) {
		struct query query = query_new(index, STATEMENT_FRONTIER_COUNT);

		put_int(&query, index->moves[i].source);
		for (size_t state = 0; state < 4; state++)
			put_int(&query, index->moves[i].by[state]);
		result = query_run(&query);
	}
	index->moves_count = 0;
	return result;
}

enum index_result store_move(struct index *index, int64_t source, int from, int to)
{
	enum index_result result = INDEX_OK;
	struct moves *moves = index->moves;

	while (moves < index->moves + index->moves_count && moves->source != source)
		moves++;
	if (moves == index->moves + MOVES) {
		result = store_settle(index);
		moves = index->moves;
	}
	if (moves == index->moves + index->moves_count) {
		*moves = (struct moves){.source = source};
		index->moves_count++;
	}
	if (from > 0)
		moves->by[from - 1]--;
	moves->by[to - 1]++;
	return result;
}

static void remember_source(struct index *index, const char *name, int64_t id)
{
	free(index->source_name);
	index->source_name = xstrdup(name);
	index->source_id = id;
}

enum index_result store_source(struct index *index, const char *name, int64_t *source)
{
	struct query query;
	enum index_result result;

	*source = 0;
	if (!name || !*name)
		return INDEX_OK;
	if (index->source_name && strcmp(index->source_name, name) == 0) {
		*source = index->source_id;
		return INDEX_OK;
	}
	query = query_new(index, STATEMENT_SOURCE_FIND);
	put_text(&query, name);
	result = query_value(&query, source);
	if (result == INDEX_NONE) {
		query = query_new(index, STATEMENT_SOURCE_ADD);
		put_text(&query, name);
		result = query_run(&query);
		*source = store_last_id(index);
	}
	if (result == INDEX_OK)
		remember_source(index, name, *source);
	return result;
}
