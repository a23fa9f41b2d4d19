/* The run lock, copies of the index and its check. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/store.h"
#include "shared/mem.h"

enum { COPY_PAGES = 1024 };

static enum index_result locked_by_other(struct index *index, int fd)
{
	char holder[64] = "";
	ssize_t len = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[len > 0 ? strcspn(holder, "\n") : 0] = 0;
	return store_fail(index, INDEX_LOCKED, "%s: another crawl or scan is writing to this index%s%s: wait for it, or use another index",
		index->path, *holder ? ", process " : "", holder);
}

enum index_result index_run_lock(struct index *index)
{
	char *path = xasprintf("%s.lock", index->path);
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum index_result result = INDEX_OK;

	if (fd < 0)
		result = store_fail(index, INDEX_IO, "%s: %s", path, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		result = errno == EWOULDBLOCK ? locked_by_other(index, fd) : store_fail(index, INDEX_IO, "%s: %s", path, strerror(errno));
	free(path);
	if (result != INDEX_OK) {
		if (fd >= 0)
			close(fd);
		return result;
	}
	/* Who holds it is told to others; that it is held is the kernel's word alone. */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%ld\n", (long)getpid());
	index->lock_fd = fd;
	sqlite3_db_config(index->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	sqlite3_wal_autocheckpoint(index->db, 1000);
	return store_exec(index, "PRAGMA journal_size_limit = 67108864");
}

bool index_is_crawled(const char *path)
{
	char *lock = xasprintf("%s.lock", path);
	struct stat status;
	bool is = lstat(lock, &status) == 0;

	free(lock);
	return is;
}

static int copy_pages(struct index *index, sqlite3 *copy)
{
	sqlite3_backup *backup = sqlite3_backup_init(copy, "main", index->db, "main");
	int code;

	if (!backup)
		return sqlite3_errcode(copy);
	do {
		code = sqlite3_backup_step(backup, COPY_PAGES);
		if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
			sqlite3_sleep(20);
	} while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
	sqlite3_backup_finish(backup);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The copy stands alone: no journal beside it that could be forgotten when it is carried away. */
static int copy_to(struct index *index, const char *path)
{
	sqlite3 *copy = NULL;
	int code = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL);

	if (code == SQLITE_OK)
		code = copy_pages(index, copy);
	if (code == SQLITE_OK)
		code = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	sqlite3_close(copy);
	return code;
}

enum index_result index_copy(struct index *index, const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
	int code;

	if (fd < 0)
		return store_fail(index, INDEX_IO, "%s: %s", path, strerror(errno));
	close(fd);
	code = copy_to(index, path);
	if (code == SQLITE_OK)
		return INDEX_OK;
	unlink(path);
	return store_fail(index, (code & 0xff) == SQLITE_FULL ? INDEX_FULL : INDEX_IO, "%s: copying the index failed: %s", path,
		sqlite3_errstr(code));
}

enum index_result index_check(struct index *index)
{
	struct query query = query_new(index, STATEMENT_QUICK_CHECK);
	enum index_result result = query_step(&query);
	const char *text;

	if (result != INDEX_OK)
		return result;
	text = get_text(&query, 0);
	if (!text || strcmp(text, "ok") != 0)
		result = store_fail(index, INDEX_DAMAGED, "%s: the index is damaged: %s", index->path, text ? text : "");
	query_end(&query);
	return result;
}
