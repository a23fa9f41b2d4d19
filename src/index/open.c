/* Opening the file: what is refused, how the connection is set, the key's mark. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/schema.h"
#include "index/store.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	BUSY_MS = 5000,
	WAL_SIZE_LIMIT = 64 * 1024 * 1024,
	KEY_CHECK_BYTES = 20,
};

/* ---- the file ------------------------------------------------------------------------------------ */

/* PATH with its folder resolved, since the folder may be a link but the index may not. */
static char *resolve(const char *path)
{
	char *copy = xstrdup(path), *copy2 = xstrdup(path);
	char *folder = realpath(dirname(copy), NULL);
	const char *base = basename(copy2);
	char *resolved = folder ? xasprintf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, base) : NULL;

	free(folder);
	free(copy);
	free(copy2);
	return resolved;
}

static void make_folder(const char *path)
{
	char *copy = xstrdup(path);

	/* Fails when it exists; what else may be wrong shows when the file is opened. */
	(void)!mkdir(dirname(copy), 0700);
	free(copy);
}

static enum index_result check_folder(struct index *index)
{
	char *copy = xstrdup(index->path);
	const char *folder = dirname(copy);
	struct stat status;
	enum index_result result = INDEX_OK;

	if (stat(folder, &status) != 0)
		result = store_fail(index, INDEX_IO, "%s: %s", folder, strerror(errno));
	else if ((status.st_mode & 022) != 0 && (status.st_mode & S_ISVTX) == 0)
		result = store_fail(index, INDEX_REFUSED,
			"%s: others can write to the folder of the index and put another file in its place: chmod go-w %s", folder, folder);
	free(copy);
	return result;
}

static enum index_result check_file(struct index *index)
{
	struct stat status;

	if (lstat(index->path, &status) != 0) {
		if (errno == ENOENT)
			return store_fail(index, INDEX_NONE, "%s: there is no index yet: the first crawl or scan makes it", index->path);
		return store_fail(index, INDEX_IO, "%s: %s", index->path, strerror(errno));
	}
	if (S_ISLNK(status.st_mode))
		return store_fail(index, INDEX_REFUSED, "%s: is a symbolic link: name the file itself", index->path);
	if (!S_ISREG(status.st_mode))
		return store_fail(index, INDEX_REFUSED, "%s: is no file", index->path);
	if ((status.st_mode & 077) != 0)
		return store_fail(index, INDEX_REFUSED, "%s: others may read or write it: chmod 600 %s", index->path, index->path);
	if (status.st_uid != geteuid() && geteuid() != 0)
		return store_fail(index, INDEX_REFUSED, "%s: belongs to somebody else", index->path);
	return INDEX_OK;
}

/* Before SQLite opens it: closing a descriptor of the file later would drop SQLite's locks. */
static enum index_result create_file(struct index *index)
{
	int fd = open(index->path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return store_fail(index, INDEX_IO, "%s: %s", index->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return INDEX_OK;
}

/* ---- the connection ------------------------------------------------------------------------------- */

static enum index_result query_text_is(struct index *index, const char *sql, const char *wanted, bool *is)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(index->db, sql, -1, &statement, NULL);
	enum index_result result;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	result = store_error(index, code);
	*is = code == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), wanted) == 0;
	sqlite3_finalize(statement);
	return result;
}

static enum index_result set_wal(struct index *index)
{
	bool is = false;
	enum index_result result = query_text_is(index, "PRAGMA journal_mode = WAL", "wal", &is);

	if (result == INDEX_OK && !is)
		return store_fail(
			index, INDEX_IO, "%s: this file system cannot hold the index (no shared memory for its journal)", index->path);
	return result;
}

static void harden(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	/* Only the holder of the run lock checkpoints: two who race there is where SQLite had its one bad bug. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_wal_autocheckpoint(db, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(db, BUSY_MS);
}

static enum index_result connect(struct index *index)
{
	int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX |
		    (index->mode == INDEX_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	int code = sqlite3_open_v2(index->path, &index->db, flags, NULL);

	if (!index->db)
		return store_fail(index, INDEX_IO, "%s: %s", index->path, sqlite3_errstr(code));
	if (code != SQLITE_OK)
		return store_error(index, code);
	harden(index->db);
	return INDEX_OK;
}

static enum index_result set_up(struct index *index)
{
	return store_exec(index, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON;"
				 "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -32768");
}

/* Whose database it is. A new, still empty file has neither an application nor tables. */
static enum index_result check_owner(struct index *index)
{
	struct query query = query_new(index, STATEMENT_READ_OWNER);
	enum index_result result = query_step(&query);
	int64_t application = 0, tables = 0;

	if (result == INDEX_DAMAGED && sqlite3_errcode(index->db) == SQLITE_NOTADB)
		return store_fail(index, INDEX_REFUSED, "%s: is not an index of leaktrawl (no SQLite database)", index->path);
	if (result != INDEX_OK)
		return result;
	application = get_int(&query, 0);
	tables = get_int(&query, 1);
	query_end(&query);
	if (application == SCHEMA_APPLICATION_ID)
		return INDEX_OK;
	if (application == 0 && tables == 0) {
		if (index->mode == INDEX_CREATE)
			return INDEX_OK;
		return store_fail(index, INDEX_NONE, "%s: there is no index in it yet: the first crawl or scan makes it", index->path);
	}
	return store_fail(index, INDEX_REFUSED, "%s: is a database of another program", index->path);
}

static enum index_result check_version(struct index *index)
{
	int64_t has = 0;
	enum index_result result = schema_read_version(index, &has);

	if (result != INDEX_OK || has == (int64_t)schema_version)
		return result;
	if (has > (int64_t)schema_version)
		return store_fail(index, INDEX_REFUSED,
			"%s: was written by a newer leaktrawl (version %lld of the index, this one knows %zu): upgrade leaktrawl",
			index->path, (long long)has, schema_version);
	if (index->mode == INDEX_READ)
		return store_fail(index, INDEX_REFUSED,
			"%s: was written by an older leaktrawl: any command that writes (a crawl, a triage) brings it up to date",
			index->path);
	return schema_migrate(index, schema_steps, schema_version);
}

/* ---- the fingerprint key --------------------------------------------------------------------------- */

static void key_mark(const uint8_t *key, uint8_t mark[KEY_CHECK_BYTES])
{
	static const char label[] = "leaktrawl fingerprint key";

	crypto_generichash(mark, KEY_CHECK_BYTES, (const uint8_t *)label, sizeof(label), key, INDEX_KEY_BYTES);
}

static enum index_result write_key(struct index *index, const uint8_t mark[KEY_CHECK_BYTES])
{
	struct query query = query_new(index, STATEMENT_META_PUT);

	put_text(&query, "key_check");
	put_blob(&query, mark, KEY_CHECK_BYTES);
	return query_run(&query);
}

static enum index_result check_key(struct index *index, const uint8_t *key)
{
	uint8_t mark[KEY_CHECK_BYTES];
	const uint8_t *known;
	struct query query;
	enum index_result result;

	if (!key)
		return INDEX_OK;
	key_mark(key, mark);
	query = query_new(index, STATEMENT_META_GET);
	put_text(&query, "key_check");
	result = query_step(&query);
	if (result == INDEX_NONE && index->mode != INDEX_READ)
		return write_key(index, mark);
	if (result != INDEX_OK)
		return result == INDEX_NONE ? INDEX_OK : result;
	if (get_blob(&query, 0, &known) != KEY_CHECK_BYTES || memcmp(known, mark, KEY_CHECK_BYTES) != 0)
		result = store_fail(index, INDEX_REFUSED,
			"%s: was made with another fingerprint key: under this one nothing in it would be recognised again. "
			"Name the right key under `keys: fingerprint:`, or start a new index",
			index->path);
	query_end(&query);
	return result;
}

/* ---- opening --------------------------------------------------------------------------------------- */

static enum index_result open_steps(struct index *index, const uint8_t *key)
{
	enum index_result result = INDEX_OK;

	if (index->mode == INDEX_CREATE)
		result = key ? create_file(index) : store_fail(index, INDEX_REFUSED, "an index is made with a fingerprint key only");
	if (result == INDEX_OK)
		result = check_file(index);
	if (result == INDEX_OK)
		result = check_folder(index);
	if (result == INDEX_OK)
		result = connect(index);
	if (result == INDEX_OK)
		result = check_owner(index);
	if (result == INDEX_OK)
		result = set_up(index);
	if (result == INDEX_OK && index->mode != INDEX_READ)
		result = set_wal(index);
	if (result == INDEX_OK)
		result = check_version(index);
	if (result == INDEX_OK)
		result = check_key(index, key);
	return result;
}

enum index_result index_open(struct index **out, const char *path, enum index_mode mode, const uint8_t *fingerprint_key, char **why)
{
	struct index *index = xcalloc(1, sizeof(*index));
	enum index_result result;

	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	index->mode = mode;
	index->lock_fd = -1;
	if (mode == INDEX_CREATE)
		make_folder(path);
	index->path = resolve(path);
	if (index->path) {
		result = open_steps(index, fingerprint_key);
	} else {
		index->path = xstrdup(path);
		result = store_fail(index, errno == ENOENT ? INDEX_NONE : INDEX_IO, "%s: its folder: %s", path, strerror(errno));
	}
	*out = result == INDEX_OK ? index : NULL;
	if (result != INDEX_OK) {
		*why = index->why;
		index->why = NULL;
		index_close(index);
	}
	return result;
}

void index_close(struct index *index)
{
	if (!index)
		return;
	if (index->db && !sqlite3_get_autocommit(index->db))
		index_rollback(index);
	store_finalize(index);
	sqlite3_close(index->db);
	if (index->lock_fd >= 0)
		close(index->lock_fd);
	free(index->source_name);
	free(index->source_reason);
	free(index->why);
	free(index->path);
	free(index);
}

const char *index_why(const struct index *index)
{
	return index->why ? index->why : "";
}

const char *index_path(const struct index *index)
{
	return index->path;
}
