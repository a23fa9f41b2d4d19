/* What the index refuses to open, and who may use it beside whom. */
#include "config.h"

#include "tests/unit/index_support.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/query.h"
#include "index/schema.h"
#include "index/store.h"
#include "shared/mem.h"

static int place_setup(void **state)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place_make(place);
	*state = place;
	return 0;
}

static int place_teardown(void **state)
{
	place_remove(*state);
	free(*state);
	return 0;
}

static void make_index(const struct place *place)
{
	index_close(open_index(place->path, INDEX_CREATE));
}

/* Opening fails so, and why holds the word. */
static void assert_refused(const char *path, enum index_mode mode, const uint8_t *key, enum index_result wanted, const char *word)
{
	struct index *index = NULL;
	char *why = NULL;

	assert_int_equal(index_open(&index, path, mode, key, &why), wanted);
	assert_null(index);
	assert_non_null(why);
	if (!strstr(why, word))
		fail_msg("\"%s\" does not say \"%s\"", why, word);
	free(why);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_new_index_belongs_to_its_owner_alone(void **state)
{
	const struct place *place = *state;
	char path[160];
	struct stat status;

	snprintf(path, sizeof(path), "%s/new/index.db", place->folder);
	index_close(open_index(path, INDEX_CREATE));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/new", place->folder);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void a_missing_index_is_not_made_by_a_query(void **state)
{
	const struct place *place = *state;

	assert_refused(place->path, INDEX_READ, NULL, INDEX_NONE, "no index yet");
	assert_refused(place->path, INDEX_WRITE, NULL, INDEX_NONE, "no index yet");
	assert_int_not_equal(access(place->path, F_OK), 0);
	assert_refused("/nonexistent/folder/index.db", INDEX_READ, NULL, INDEX_NONE, "folder");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	const struct place *place = *state;
	static const char text[] = "This is not a database, but it is longer than the header of one would be, which is 100 bytes in all.\n";

	write_file(place->path, text);
	assert_refused(place->path, INDEX_CREATE, test_key, INDEX_REFUSED, "not an index of leaktrawl");
	assert_refused(place->path, INDEX_READ, NULL, INDEX_REFUSED, "not an index of leaktrawl");
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
	const struct place *place = *state;

	write_file(place->path, "");
	execute(place->path, "CREATE TABLE contacts (name TEXT)");
	assert_refused(place->path, INDEX_CREATE, test_key, INDEX_REFUSED, "another program");
	execute(place->path, "INSERT INTO contacts VALUES ('still there')");
	execute(place->path, "PRAGMA application_id = 1234");
	assert_refused(place->path, INDEX_WRITE, NULL, INDEX_REFUSED, "another program");
}

static void a_newer_schema_is_refused(void **state)
{
	const struct place *place = *state;

	make_index(place);
	execute(place->path, "PRAGMA user_version = 1000");
	assert_refused(place->path, INDEX_WRITE, NULL, INDEX_REFUSED, "newer leaktrawl");
	assert_refused(place->path, INDEX_READ, NULL, INDEX_REFUSED, "newer leaktrawl");
}

/* All steps, and one more; returns how many. */
static size_t and_one_more(const char *steps[], const char *more)
{
	memcpy(steps, schema_steps, schema_version * sizeof *steps);
	steps[schema_version] = more;
	return schema_version + 1;
}

static void an_older_schema_is_migrated_and_kept_beside_it(void **state)
{
	const struct place *place = *state;
	const char *steps[16];
	size_t count = and_one_more(steps, "CREATE TABLE later (x INTEGER) STRICT");
	struct index *index;
	struct stat status;
	char path[160];
	int64_t version = 0;

	make_index(place);
	index = open_index(place->path, INDEX_WRITE);
	assert_ok(schema_migrate(index, steps, count));
	assert_ok(schema_read_version(index, &version));
	assert_int_equal(version, count);
	index_close(index);
	snprintf(path, sizeof(path), "%s.before-%zu", place->path, count);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	index_close(open_index(path, INDEX_WRITE)); /* it is a whole index */
}

/* Of the first version: tables as it made them, and a run. */
static void an_index_of_the_first_version_takes_what_a_run_writes_now(void **state)
{
	const struct place *place = *state;
	const struct coverage coverage = {.source = "paste", .due = 3, .fetched = 1, .gone = 1, .left = 1};
	struct index *index;
	int64_t run;

	make_index(place);
	execute(place->path, "ALTER TABLE sightings DROP COLUMN circuit; ALTER TABLE frontier_urls DROP COLUMN every_ms;"
			     "ALTER TABLE frontier_urls DROP COLUMN look; DROP TABLE coverage;"
			     "CREATE TABLE coverage (run INTEGER NOT NULL REFERENCES runs, source INTEGER NOT NULL REFERENCES sources,"
			     " due INTEGER NOT NULL, fetched INTEGER NOT NULL, unchanged INTEGER NOT NULL, failed INTEGER NOT NULL,"
			     " blocked INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL, dried_up INTEGER NOT NULL,"
			     " note TEXT, PRIMARY KEY (source, run)) STRICT, WITHOUT ROWID; PRAGMA user_version = 1");
	index = open_index(place->path, INDEX_WRITE);
	run = begin_run(index, false);
	assert_ok(index_coverage_put(index, run, &coverage));
	index_close(index);
}

static void a_failed_migration_changes_nothing(void **state)
{
	const struct place *place = *state;
	const char *steps[16];
	size_t count = and_one_more(steps, "CREATE TABLE later (x INTEGER) STRICT; INSERT INTO later VALUES ('no number')");
	struct index *index;
	int64_t version = 0;

	make_index(place);
	index = open_index(place->path, INDEX_WRITE);
	assert_int_not_equal(schema_migrate(index, steps, count), INDEX_OK);
	assert_ok(schema_read_version(index, &version));
	assert_int_equal(version, schema_version);
	index_close(index);
	execute(place->path, "CREATE TABLE later (x)"); /* it is not there */
}

static void a_wrong_fingerprint_key_is_refused(void **state)
{
	const struct place *place = *state;
	static const uint8_t other[INDEX_KEY_BYTES] = {1};

	make_index(place);
	assert_refused(place->path, INDEX_CREATE, other, INDEX_REFUSED, "another fingerprint key");
	assert_refused(place->path, INDEX_READ, other, INDEX_REFUSED, "another fingerprint key");
	assert_refused(place->path, INDEX_CREATE, NULL, INDEX_REFUSED, "fingerprint key");
	index_close(open_index(place->path, INDEX_WRITE));
}

static void the_key_itself_is_not_in_the_file(void **state)
{
	const struct place *place = *state;
	static char content[1 << 20];
	int fd;
	ssize_t len;

	make_index(place);
	execute(place->path, "PRAGMA wal_checkpoint(TRUNCATE)");
	fd = open(place->path, O_RDONLY);
	len = read(fd, content, sizeof(content));
	close(fd);
	assert_true(len > 4096);
	assert_null(memmem(content, (size_t)len, test_key, INDEX_KEY_BYTES));
}

static void a_file_others_can_read_is_refused(void **state)
{
	const struct place *place = *state;

	make_index(place);
	assert_int_equal(chmod(place->path, 0640), 0);
	assert_refused(place->path, INDEX_READ, NULL, INDEX_REFUSED, "chmod 600");
}

static void a_folder_others_can_write_is_refused(void **state)
{
	const struct place *place = *state;

	make_index(place);
	assert_int_equal(chmod(place->folder, 0777), 0);
	assert_refused(place->path, INDEX_READ, NULL, INDEX_REFUSED, "chmod go-w");
}

static void a_symbolic_link_is_refused(void **state)
{
	const struct place *place = *state;
	char link[160];

	make_index(place);
	snprintf(link, sizeof(link), "%s/link.db", place->folder);
	assert_int_equal(symlink(place->path, link), 0);
	assert_refused(link, INDEX_READ, NULL, INDEX_REFUSED, "symbolic link");
}

static void spoil(const char *path, off_t from, off_t to)
{
	int fd = open(path, O_WRONLY);

	for (off_t page = from; page < to; page++)
		assert_int_equal(pwrite(fd, "garbage garbage garbage", 23, page * 4096), 23);
	close(fd);
}

static void a_damaged_index_is_told(void **state)
{
	const struct place *place = *state;
	struct index *index;

	make_index(place);
	execute(place->path, "PRAGMA wal_checkpoint(TRUNCATE)");
	spoil(place->path, 30, 40);
	index = open_index(place->path, INDEX_READ);
	assert_int_equal(index_check(index), INDEX_DAMAGED);
	assert_non_null(strstr(index_why(index), "damaged"));
	index_close(index);
	spoil(place->path, 1, 12);
	assert_refused(place->path, INDEX_READ, test_key, INDEX_DAMAGED, "damaged");
}

/* ---- side by side ---------------------------------------------------------------------------------------- */

static void a_second_run_is_kept_out(void **state)
{
	const struct place *place = *state;
	struct index *first = open_index(place->path, INDEX_CREATE), *second = open_index(place->path, INDEX_WRITE);
	char number[32];

	assert_false(index_is_crawled(place->path));
	assert_ok(index_run_lock(first));
	assert_true(index_is_crawled(place->path));
	assert_int_equal(index_run_lock(second), INDEX_LOCKED);
	snprintf(number, sizeof(number), "process %ld", (long)getpid());
	assert_non_null(strstr(index_why(second), number));
	index_close(first);
	assert_ok(index_run_lock(second));
	index_close(second);
}

static void a_reader_works_beside_an_open_batch_and_sees_only_what_is_committed(void **state)
{
	const struct place *place = *state;
	struct index *writer = open_index(place->path, INDEX_CREATE), *reader = open_index(place->path, INDEX_READ);
	struct index_counts counts;

	assert_ok(index_run_lock(writer));
	assert_ok(index_begin(writer));
	begin_run(writer, false);
	assert_ok(index_counts(reader, &counts));
	assert_int_equal(counts.runs, 0);
	assert_ok(index_commit(writer));
	assert_ok(index_counts(reader, &counts));
	assert_int_equal(counts.runs, 1);
	index_close(reader);
	index_close(writer);
}

static void a_reader_cannot_write(void **state)
{
	const struct place *place = *state;
	struct index *reader;

	make_index(place);
	reader = open_index(place->path, INDEX_READ);
	assert_int_equal(index_canary_seen(reader, 1, "x", 1), INDEX_IO);
	index_close(reader);
}

static void what_is_not_committed_is_gone(void **state)
{
	const struct place *place = *state;
	struct index *index = open_index(place->path, INDEX_CREATE);
	struct index_counts counts;

	assert_ok(index_begin(index));
	begin_run(index, false);
	index_close(index);
	index = open_index(place->path, INDEX_READ);
	assert_ok(index_counts(index, &counts));
	assert_int_equal(counts.runs, 0);
	index_close(index);
}

static void a_copy_is_whole_and_does_not_overwrite(void **state)
{
	const struct place *place = *state;
	struct index *index = open_index(place->path, INDEX_CREATE), *copy;
	struct index_counts counts;
	char path[160];

	begin_run(index, false);
	snprintf(path, sizeof(path), "%s/copy.db", place->folder);
	assert_ok(index_copy(index, path));
	assert_int_equal(index_copy(index, path), INDEX_IO);
	index_close(index);
	copy = open_index(path, INDEX_READ);
	assert_ok(index_counts(copy, &counts));
	assert_int_equal(counts.runs, 1);
	assert_false(index_is_crawled(path));
	index_close(copy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_index_belongs_to_its_owner_alone),
		TEST(a_missing_index_is_not_made_by_a_query),
		TEST(a_file_that_is_no_database_is_refused),
		TEST(another_programs_database_is_refused_and_left_alone),
		TEST(a_newer_schema_is_refused),
		TEST(an_older_schema_is_migrated_and_kept_beside_it),
		TEST(an_index_of_the_first_version_takes_what_a_run_writes_now),
		TEST(a_failed_migration_changes_nothing),
		TEST(a_wrong_fingerprint_key_is_refused),
		TEST(the_key_itself_is_not_in_the_file),
		TEST(a_file_others_can_read_is_refused),
		TEST(a_folder_others_can_write_is_refused),
		TEST(a_symbolic_link_is_refused),
		TEST(a_damaged_index_is_told),
		TEST(a_second_run_is_kept_out),
		TEST(a_reader_works_beside_an_open_batch_and_sees_only_what_is_committed),
		TEST(a_reader_cannot_write),
		TEST(what_is_not_committed_is_gone),
		TEST(a_copy_is_whole_and_does_not_overwrite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
