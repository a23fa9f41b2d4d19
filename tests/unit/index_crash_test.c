/* kill -9 in the middle of commits, a full disk, a failing one: nothing committed is lost, nothing is half there. */
#include "config.h"

#include "tests/unit/index_support.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "index/outbox.h"
#include "index/query.h"
#include "shared/mem.h"

enum { ROUNDS = 12, PER_BATCH = 3, SKIPPED = 77 };

static struct hook hook = {.name = (char *)(uintptr_t) "soc", .min_severity = SEVERITY_INFO};
static const struct record_rules rules = {.hooks = &hook, .hooks_count = 1, .alerts_per_run = UINT64_MAX};

/* One document with its findings and how far it was read: what must be there as a whole or not at all. */
static enum index_result write_batch(struct index *index, int64_t run, uint64_t number)
{
	char name[40], account[40];
	struct document_start start = {.name = name, .path = "dump.txt", .rules_version = "r1", .run = run, .now_ms = test_now};
	struct piece piece = {.kind = PIECE_WHOLE, .state = PIECE_OWED, .has_checkpoint = true, .checkpoint_offset = number};
	struct evidence evidence = {.run = run, .now_ms = test_now};
	struct recorded recorded;
	struct sample sample;
	enum document_state state;
	enum index_result result = index_begin(index);

	snprintf(name, sizeof(name), "file:%llu", (unsigned long long)number);
	if (result != INDEX_OK)
		return result;
	(void)index_document_open(index, &start, &evidence.document, &state);
	for (unsigned i = 0; i < PER_BATCH; i++) {
		snprintf(account, sizeof(account), "u%llu.%u@royal-post.example", (unsigned long long)number, i);
		(void)index_record_finding(index, &sample_login(&sample, account, NULL, "pw")->found, &evidence, &rules, &recorded);
	}
	(void)index_piece_put(index, evidence.document, &piece);
	return index_commit(index);
}

static _Noreturn void write_until_killed(const char *path, int acknowledge)
{
	struct index *index = NULL;
	char *why = NULL;
	struct index_counts counts;
	const struct run_start start = {.kind = RUN_SCAN, .now_ms = test_now};
	int64_t run;
	unsigned interrupted;

	if (index_open(&index, path, INDEX_CREATE, test_key, &why) != INDEX_OK || index_run_lock(index) != INDEX_OK ||
		index_run_begin(index, &start, &run, &interrupted) != INDEX_OK || index_counts(index, &counts) != INDEX_OK)
		_exit(1);
	for (uint64_t number = counts.documents;; number++)
		if (write_batch(index, run, number) != INDEX_OK || write(acknowledge, "x", 1) != 1)
			_exit(2);
}

/* Lets it write until it has committed some batches, then kills it at a moment of chance. Returns what it had acknowledged. */
static uint64_t kill_in_the_middle(const char *path)
{
	int pipes[2], status;
	uint64_t acknowledged = 0;
	char byte[64];
	ssize_t len;
	pid_t child;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		write_until_killed(path, pipes[1]);
	close(pipes[1]);
	len = read(pipes[0], byte, 1);
	acknowledged += len > 0 ? (uint64_t)len : 0;
	usleep(randombytes_uniform(15000));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while ((len = read(pipes[0], byte, sizeof(byte))) > 0)
		acknowledged += (uint64_t)len;
	close(pipes[0]);
	return acknowledged;
}

static void assert_whole(const char *path, uint64_t acknowledged)
{
	struct index *index = open_index(path, INDEX_READ);
	struct index_counts counts;

	assert_ok(index_check(index));
	assert_ok(index_counts(index, &counts));
	assert_true(counts.documents >= acknowledged);
	assert_int_equal(counts.findings, counts.documents * PER_BATCH);
	assert_int_equal(counts.sightings, counts.findings);
	assert_int_equal(count_alerts(index, ALERT_OWED), counts.findings);
	index_close(index);
}

static void killed_at_any_moment_every_batch_is_there_whole_or_not_at_all(void **state)
{
	struct place place;
	uint64_t acknowledged = 0;

	(void)state;
	place_make(&place);
	for (int round = 0; round < ROUNDS; round++) {
		acknowledged += kill_in_the_middle(place.path);
		assert_whole(place.path, acknowledged);
	}
	place_remove(&place);
}

static void the_next_run_knows_how_many_were_killed(void **state)
{
	const struct run_start start = {.kind = RUN_SCAN, .now_ms = test_now};
	struct place place;
	struct index *index;
	int64_t run;
	unsigned interrupted = 0;

	(void)state;
	place_make(&place);
	kill_in_the_middle(place.path);
	index = open_index(place.path, INDEX_WRITE);
	assert_ok(index_run_lock(index)); /* the kernel took it back */
	assert_ok(index_run_begin(index, &start, &run, &interrupted));
	assert_int_equal(interrupted, 1);
	index_close(index);
	place_remove(&place);
}

/* ---- a disk that gives no more ----------------------------------------------------------------------------- */

/* Exit status of a function run in a process of its own. */
static int in_child(int (*function)(const struct place *place), const struct place *place)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(function(place));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static bool whole(struct index *index, uint64_t batches)
{
	struct index_counts counts;

	return index_counts(index, &counts) == INDEX_OK && counts.documents == batches && counts.findings == batches * PER_BATCH;
}

/* Writes batches until one fails; *written counts those that went through. */
static enum index_result write_until_it_fails(struct index *index, int64_t run, uint64_t *written)
{
	enum index_result result = INDEX_OK;

	for (*written = 0; *written < 100000; ++*written) {
		result = write_batch(index, run, *written);
		if (result != INDEX_OK)
			break;
	}
	return result;
}

static int fill_disk(const struct place *place)
{
	struct index *index = NULL;
	char ballast[128], *why = NULL;
	uint64_t written;
	int64_t run;
	int fd;

	if ((geteuid() == 0 ? unshare(CLONE_NEWNS) : unshare(CLONE_NEWUSER | CLONE_NEWNS)) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tmpfs", place->folder, "tmpfs", 0, "size=2m,mode=0700") != 0)
		return SKIPPED;
	snprintf(ballast, sizeof(ballast), "%s/ballast", place->folder);
	fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	if (posix_fallocate(fd, 0, 512 * 1024) != 0)
		return 2;
	close(fd);
	if (index_open(&index, place->path, INDEX_CREATE, test_key, &why) != INDEX_OK || index_run_lock(index) != INDEX_OK)
		return 3;
	run = begin_run(index, false);
	if (write_until_it_fails(index, run, &written) != INDEX_FULL || written == 0)
		return 4;
	if (!strstr(index_why(index), "no space left") || !whole(index, written))
		return 5;
	unlink(ballast);
	if (write_batch(index, run, written) != INDEX_OK || !whole(index, written + 1) || index_check(index) != INDEX_OK)
		return 6;
	index_close(index);
	return 0;
}

static void a_full_disk_is_told_and_loses_nothing(void **state)
{
	struct place place;
	int status;

	(void)state;
	place_make(&place);
	status = in_child(fill_disk, &place);
	place_remove(&place);
	if (status == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

static int hit_size_limit(const struct place *place)
{
	struct rlimit limit;
	struct index *index = NULL;
	char *why = NULL;
	uint64_t written;
	int64_t run;

	signal(SIGXFSZ, SIG_IGN);
	if (index_open(&index, place->path, INDEX_CREATE, test_key, &why) != INDEX_OK || index_run_lock(index) != INDEX_OK)
		return 3;
	run = begin_run(index, false);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1024 * 1024;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (write_until_it_fails(index, run, &written) != INDEX_IO || written == 0)
		return 4;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (!whole(index, written) || write_batch(index, run, written) != INDEX_OK || index_check(index) != INDEX_OK)
		return 5;
	index_close(index);
	return 0;
}

static void a_failing_write_is_told_and_loses_nothing(void **state)
{
	struct place place;
	int status;

	(void)state;
	place_make(&place);
	status = in_child(hit_size_limit, &place);
	place_remove(&place);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment_every_batch_is_there_whole_or_not_at_all),
		cmocka_unit_test(the_next_run_knows_how_many_were_killed),
		cmocka_unit_test(a_full_disk_is_told_and_loses_nothing),
		cmocka_unit_test(a_failing_write_is_told_and_loses_nothing),
	};

	if (sodium_init() < 0)
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
