/*
 * SQLite databases (what browsers keep log-ins and cookies in): every table as JSON lines, one object a row with the
 * column names as keys, so that the readers of JSON understand it. The file is hostile: it is opened from memory, as
 * data only, without views, triggers or virtual tables, and each query has a bounded number of steps.
 */
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/wal.h"
#include "inspect/unpack/walk.h"
#include "shared/buf.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	ROW_BYTES = 1024 * 1024,
	COLUMN_BYTES = 64 * 1024,
	STEPS_AT_A_TIME = 100000,
	PAGE_HEADER_WRITE = 18,
	PAGE_HEADER_READ = 19,
	HEADER_BYTES = 100
};

/* ---- a table as a source ---------------------------------------------------------------------- */

struct table_source {
	struct source source;
	struct walk *walk;
	const char *path;
	sqlite3 *database;
	sqlite3_stmt *query;
	struct buf line;
};

static void set_column(json_t *row, sqlite3_stmt *query, int i)
{
	const char *name = sqlite3_column_name(query, i);
	json_t *value = NULL;
	int len = sqlite3_column_bytes(query, i);
	const char *bytes = sqlite3_column_blob(query, i);
	switch (sqlite3_column_type(query, i)) {
	case SQLITE_INTEGER:
		value = json_integer(sqlite3_column_int64(query, i));
		break;
	case SQLITE_FLOAT:
		value = json_real(sqlite3_column_double(query, i));
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB: /* encrypted values, pictures: nothing to read unless it is text after all */
		if (len > 0 && len <= COLUMN_BYTES && utf8_valid(bytes, (size_t)len))
			value = json_stringn(bytes, (size_t)len);
		break;
	default:
		break;
	}
	if (value != NULL && name != NULL)
		json_object_set_new(row, name, value);
}

static int append(const char *data, size_t len, void *context)
{
	return buf_append(context, data, len) ? 0 : -1;
}

/* The row as one line; false when it is longer than a row may be. */
static bool write_row(struct table_source *self)
{
	json_t *row = json_object();
	for (int i = 0; i < sqlite3_column_count(self->query); i++)
		set_column(row, self->query, i);
	buf_clear(&self->line);
	bool fits =
		json_dump_callback(row, append, &self->line, JSON_PRESERVE_ORDER | JSON_COMPACT) == 0 && buf_append_byte(&self->line, '\n');
	json_decref(row);
	return fits;
}

static ssize_t table_read(struct source *source, const uint8_t **data)
{
	struct table_source *self = (struct table_source *)source;
	int result = sqlite3_step(self->query);
	if (result == SQLITE_DONE || self->walk->stopped)
		return 0;
	if (result != SQLITE_ROW) {
		source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, sqlite3_errmsg(self->database));
		return -1;
	}
	if (!write_row(self)) {
		source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "a row of a database is too long");
		return -1;
	}
	*data = self->line.data;
	return walk_produced(self->walk, self->path, self->line.len) ? (ssize_t)self->line.len : 0;
}

static void table_close(struct source *source)
{
	struct table_source *self = (struct table_source *)source;
	buf_free(&self->line);
	sqlite3_finalize(self->query);
}

/* ---- the database ----------------------------------------------------------------------------- */

static int on_steps(void *context)
{
	struct walk *walk = context;
	walk_read(walk, 0);
	return walk->stopped;
}

static bool harden(sqlite3 *database)
{
	sqlite3_limit(database, SQLITE_LIMIT_LENGTH, ROW_BYTES);
	sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
	return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
	       sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
	       sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) == SQLITE_OK &&
	       sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK &&
	       sqlite3_exec(database, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY", NULL, NULL, NULL) ==
		       SQLITE_OK;
}

/* The bytes stay the caller's and must outlive the database. */
static sqlite3 *open_bytes(struct walk *walk, struct buf *bytes)
{
	sqlite3 *database = NULL;
	/* A write-ahead log stayed behind: without this its database would want it. */
	bytes->data[PAGE_HEADER_WRITE] = bytes->data[PAGE_HEADER_READ] = 1;
	bool fine = sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
		    harden(database) &&
		    sqlite3_deserialize(database, "main", bytes->data, (sqlite3_int64)bytes->len, (sqlite3_int64)bytes->len,
			    SQLITE_DESERIALIZE_READONLY) == SQLITE_OK;
	if (fine) {
		sqlite3_progress_handler(database, STEPS_AT_A_TIME, on_steps, walk);
		return database;
	}
	sqlite3_close(database);
	return NULL;
}

static void read_table(struct walk *walk, sqlite3 *database, const char *name, const char *path, uint64_t number, unsigned depth)
{
	char *label = walk_label(path, name, number);
	char *text = sqlite3_mprintf("SELECT * FROM \"%w\"", name);
	struct table_source self = {.walk = walk, .path = label, .database = database};
	source_init(&self.source);
	self.source.read = table_read;
	self.source.close = table_close;
	buf_init(&self.line, 8 * ROW_BYTES);
	if (sqlite3_prepare_v2(database, text, -1, &self.query, NULL) != SQLITE_OK)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, sqlite3_errmsg(database), 0);
	else if (walk_wants(walk, label))
		walk_text(walk, &self.source, label, depth + 1);
	source_close(&self.source);
	sqlite3_free(text);
	free(label);
}

static bool read_tables(struct walk *walk, sqlite3 *database, const char *path, unsigned depth)
{
	static const char tables[] = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
				     "AND sql NOT LIKE 'CREATE VIRTUAL%'";
	sqlite3_stmt *query;
	uint64_t number = 0;
	int result = sqlite3_prepare_v2(database, tables, -1, &query, NULL);
	while (result == SQLITE_OK && (result = sqlite3_step(query)) == SQLITE_ROW && !walk->stopped) {
		const char *name = (const char *)sqlite3_column_text(query, 0);
		if (name != NULL)
			read_table(walk, database, name, path, number++, depth);
		result = SQLITE_OK;
	}
	if (result != SQLITE_DONE && result != SQLITE_OK)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, sqlite3_errmsg(database), 0);
	sqlite3_finalize(query);
	return number > 0;
}

bool sqlite_walk(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct buf bytes;
	const struct buf *wal = walk->wal;
	bool read = false;
	walk->wal = NULL;
	buf_init(&bytes, walk->engine->limits.held_bytes);
	if (!source_slurp(source, &bytes)) {
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: a database is searched as it stands", 0);
	} else if (bytes.len >= HEADER_BYTES) {
		if (wal != NULL && !wal_apply(&bytes, (struct slice){(const char *)wal->data, wal->len}))
			walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: a database with its write-ahead log", 0);
		sqlite3 *database = open_bytes(walk, &bytes);
		if (database != NULL)
			read = read_tables(walk, database, path, depth);
		else
			walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "no database that can be opened", 0);
		sqlite3_close(database);
	}
	read = read || walk_held(walk, &bytes, source, path, depth);
	buf_free(&bytes);
	return read;
}

void sqlite_start(void)
{
	uint8_t byte;
	sqlite3_initialize();
	sqlite3_randomness(sizeof byte, &byte); /* seeds itself from a file now or never */
}
