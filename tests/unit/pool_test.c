/* The pool against real processes that hang, crash, lie and flood: it tells the cause, the others go on. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "coordinator/pool.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

/* Long past anything that works: only a test that fails waits so long. */
enum { PATIENCE_MS = 20000, MOST_DEATHS = 8 };

#ifdef WITH_SANDBOX
static const bool sandboxed = true;
#else
static const bool sandboxed = false;
#endif

/* Stands in for the installed workers. */
char *install_worker(const char *name)
{
	(void)name;
	return xstrdup(BUILD_FOLDER "/fake-worker");
}

/* What happened to one place. */
struct place {
	const char *beginning;
	struct pool_worker *worker;
	unsigned set_up;
	unsigned ready;
	unsigned progress;
	unsigned done;
	unsigned reports;
	unsigned deaths;
	unsigned reports_at_death;
	enum death_cause cause;
	int code;
	bool given_up;
	char text[512];
	char last_log[512];
	char detail[1024]; /* of all reports, one after the other */
	bool reject;       /* take its results for impossible */
};

struct stage {
	struct limits limits;
	struct channel *spawner;
	struct pool *pool;
	struct place places[2];
	unsigned lines; /* logged here */
	bool raw_escape_logged;
	char log[4096];
};

static struct stage *the_stage;

static void on_setup(struct pool_worker *worker)
{
	struct place *place = worker->data;
	Lt__SetupFile file = LT__SETUP_FILE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	int fd = memfd_create("setup", MFD_CLOEXEC);

	place->set_up++;
	file.kind = LT__SETUP_KIND__SETUP_OTHER;
	file.name = (char *)(uintptr_t)place->beginning;
	envelope.body_case = LT__ENVELOPE__BODY_SETUP_FILE;
	envelope.setup_file = &file;
	assert_true(pool_send(worker, &envelope, fd));
	close(fd);
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct place *place = worker->data;

	place->ready++;
	assert_int_equal(ready->protocol, PROTOCOL_VERSION);
	assert_int_equal(worker->state, WORKER_READY);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct place *place = worker->data;

	if (place->reject) {
		pool_reject(worker, "job %llu is not its", 99ULL);
		return;
	}
	switch ((int)message->body_case) {
	case LT__ENVELOPE__BODY_PROGRESS:
		place->progress++;
		break;
	case LT__ENVELOPE__BODY_JOB_DONE:
		place->done++;
		break;
	case LT__ENVELOPE__BODY_RULE_REPORT:
		place->reports++;
		snprintf(place->detail + strlen(place->detail), sizeof place->detail - strlen(place->detail), "%s=%s;",
			message->rule_report->rule, message->rule_report->detail);
		break;
	default:
		fail_msg("a message of another role reached the run");
	}
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct place *place = worker->data;

	place->deaths++;
	place->reports_at_death = place->reports;
	place->cause = death->cause;
	place->code = death->code;
	place->given_up = death->given_up;
	snprintf(place->text, sizeof place->text, "%s", death->text);
	snprintf(place->last_log, sizeof place->last_log, "%s", death->last_log);
}

static const struct pool_events events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

static void on_log(enum log_level level, const char *text, void *context)
{
	struct stage *stage = context;

	(void)level;
	stage->lines++;
	stage->raw_escape_logged |= strchr(text, '\x1b') != NULL;
	snprintf(stage->log + strlen(stage->log), sizeof stage->log - strlen(stage->log), "%s\n", text);
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);

	limits_defaults(&stage->limits);
	stage->spawner = spawner_start();
	stage->pool = pool_new(stage->spawner, &stage->limits, sandboxed);
	log_redirect(on_log, stage);
	the_stage = stage;
	*state = stage;
	return 0;
}

/* With the pool the spawner ends, and nobody is left to be waited for. */
static int tear_down(void **state)
{
	struct stage *stage = *state;

	log_redirect(NULL, NULL);
	pool_free(stage->pool);
	free(stage);
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define WAIT_UNTIL(condition)                                                     \
	do {                                                                      \
		int64_t end_ = now_ms() + PATIENCE_MS;                            \
		while (!(condition)) {                                            \
			if (now_ms() > end_)                                      \
				fail_msg("waited in vain for %s", #condition);    \
			assert_true(pool_poll(the_stage->pool, PATIENCE_MS / 4)); \
		}                                                                 \
	} while (0)

static struct place *place_add(struct stage *stage, int which, const char *beginning)
{
	struct place *place = &stage->places[which];

	place->beginning = beginning;
	place->worker = pool_add(stage->pool, LT__ROLE__ROLE_INSPECT, &events, place);
	return place;
}

static struct place *place_ready(struct stage *stage, int which)
{
	struct place *place = place_add(stage, which, "well");

	WAIT_UNTIL(place->ready == 1);
	return place;
}

static void give_job(struct place *place, const char *manner, const char *attempt)
{
	Lt__Job job = LT__JOB__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	place->worker->job = 7;
	job.id = 7;
	job.kind = LT__JOB_KIND__JOB_SELF_TEST;
	job.source = (char *)(uintptr_t)manner;
	job.attempt = (char *)(uintptr_t)attempt;
	envelope.body_case = LT__ENVELOPE__BODY_JOB;
	envelope.job = &job;
	assert_true(pool_send(place->worker, &envelope, -1));
	assert_int_equal(place->worker->state, WORKER_WORKING);
}

/* The job ends the process so; a fresh one takes its place and does the next job. */
static void assert_job_kills(struct stage *stage, const char *manner, enum death_cause cause, const char *text)
{
	struct place *place = place_ready(stage, 0);

	give_job(place, manner, NULL);
	WAIT_UNTIL(place->deaths == 1);
	assert_int_equal(place->cause, cause);
	if (strstr(place->text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", place->text, text);
	assert_int_equal(place->worker->job, 7);
	assert_int_equal(place->worker->deaths, 1);
	WAIT_UNTIL(place->ready == 2);
	give_job(place, "well", NULL);
	WAIT_UNTIL(place->done == 1);
	assert_int_equal(place->deaths, 1);
}

/* ---- good workers ---------------------------------------------------------------------------------- */

static void a_worker_is_set_up_says_ready_and_does_a_job(void **state)
{
	struct place *place = place_ready(*state, 0);

	assert_int_equal(place->set_up, 1);
	assert_int_not_equal(place->worker->pid, 0);
	give_job(place, "well", NULL);
	WAIT_UNTIL(place->done == 1);
	assert_int_equal(place->progress, 1);
	assert_int_equal(place->worker->state, WORKER_READY);
	assert_int_equal(place->deaths, 0);
}

static void a_worker_inherits_three_words_of_environment_and_four_descriptors(void **state)
{
	struct place *place;

	setenv("LEAKTRAWL_SECRET", "hunter2", 1);
	place = place_ready(*state, 0);
	unsetenv("LEAKTRAWL_SECRET");
	give_job(place, "surroundings", NULL);
	WAIT_UNTIL(place->done == 1);
	assert_string_equal(
		place->detail, "environment=PATH=/usr/bin:/bin;environment=TZ=UTC0;environment=LANG=C.UTF-8;descriptors=0 1 2 3 ;");
}

static void a_replaced_worker_ends_as_asked_and_a_fresh_one_comes(void **state)
{
	struct place *place = place_ready(*state, 0);
	pid_t first = place->worker->pid;

	pool_replace(place->worker);
	WAIT_UNTIL(place->ready == 2);
	assert_int_equal(place->deaths, 1);
	assert_int_equal(place->cause, DEATH_ASKED);
	assert_int_equal(place->worker->deaths, 0);
	assert_int_not_equal(place->worker->pid, first);
}

static void a_removed_worker_ends_and_none_comes(void **state)
{
	struct stage *stage = *state;
	struct place *place = place_ready(stage, 0);
	struct place *other = place_add(stage, 1, "well");

	pool_remove(place->worker);
	WAIT_UNTIL(place->deaths == 1 && other->ready == 1);
	assert_int_equal(place->cause, DEATH_ASKED);
	give_job(other, "well", NULL);
	WAIT_UNTIL(other->done == 1);
	assert_int_equal(place->set_up, 1);
}

static void a_worker_asked_to_go_in_the_middle_of_its_set_up_goes(void **state)
{
	struct stage *stage = *state;
	struct place *place = place_add(stage, 0, "hang");

	pool_remove(place->worker);
	WAIT_UNTIL(place->deaths == 1);
	assert_int_equal(place->cause, DEATH_ASKED);
}

/* ---- bad workers ----------------------------------------------------------------------------------- */

static void a_crash_is_told_by_its_signal(void **state)
{
	assert_job_kills(*state, "crash", DEATH_SIGNAL, "killed by SIGSEGV (Segmentation fault)");
}

static void an_exit_of_itself_is_told_by_its_status(void **state)
{
	assert_job_kills(*state, "exit", DEATH_EXIT, "exit status 3");
}

static void garbage_costs_the_worker_its_life(void **state)
{
	assert_job_kills(*state, "garbage", DEATH_BAD_MESSAGE, "bad message: bytes that are no message");
}

static void a_message_of_another_role_costs_the_worker_its_life(void **state)
{
	assert_job_kills(*state, "role", DEATH_BAD_MESSAGE, "fetch_done is not this process's to send");
}

static void an_unexpected_descriptor_costs_the_worker_its_life(void **state)
{
	assert_job_kills(*state, "descriptor", DEATH_BAD_MESSAGE, "unexpected descriptor");
}

static void a_second_ready_costs_the_worker_its_life(void **state)
{
	assert_job_kills(*state, "ready", DEATH_BAD_MESSAGE, "ready while working");
}

static void a_claim_the_run_rejects_costs_the_worker_its_life(void **state)
{
	struct place *place = place_ready(*state, 0);

	place->reject = true;
	give_job(place, "well", NULL);
	WAIT_UNTIL(place->deaths == 1);
	assert_int_equal(place->cause, DEATH_BAD_MESSAGE);
	assert_string_equal(place->text, "bad message: job 99 is not its");
	assert_int_equal(place->done, 0);
}

static void a_hang_is_ended_and_told_as_lack_of_progress(void **state)
{
	struct place *place = place_ready(*state, 0);

	give_job(place, "hang", NULL);
	pool_deadline(place->worker, 50);
	WAIT_UNTIL(place->deaths == 1);
	assert_int_equal(place->cause, DEATH_STUCK);
	assert_int_equal(place->code, SIGKILL);
	assert_string_equal(place->text, "stuck: no progress for 50 ms");
	WAIT_UNTIL(place->ready == 2);
}

static void what_was_said_before_a_crash_is_heard_before_the_death(void **state)
{
	struct place *place = place_ready(*state, 0);

	give_job(place, "report then crash", NULL);
	WAIT_UNTIL(place->deaths == 1);
	assert_int_equal(place->reports_at_death, 100);
}

static void a_worker_that_floods_its_log_is_silenced_and_escaped(void **state)
{
	struct stage *stage = *state;
	struct place *place = place_ready(stage, 0);

	give_job(place, "log", NULL);
	WAIT_UNTIL(place->done == 1);
	assert_int_equal(stage->lines, LIMIT_STDERR_LINES + 1);
	assert_false(stage->raw_escape_logged);
	assert_int_equal(place->deaths, 0);
}

static void beside_a_flood_of_messages_others_are_served(void **state)
{
	struct stage *stage = *state;
	struct place *flood = place_ready(stage, 0);
	struct place *other = place_ready(stage, 1);

	give_job(flood, "creep", NULL);
	WAIT_UNTIL(flood->progress > 0);
	for (unsigned i = 1; i <= 20; i++) {
		give_job(other, "well", NULL);
		WAIT_UNTIL(other->done == i);
	}
	assert_int_equal(flood->deaths, 0);
}

static void a_hanging_worker_does_not_hold_up_another(void **state)
{
	struct stage *stage = *state;
	struct place *hanging = place_ready(stage, 0);
	struct place *other = place_ready(stage, 1);

	give_job(hanging, "hang", NULL);
	give_job(other, "well", NULL);
	WAIT_UNTIL(other->done == 1);
	assert_int_equal(hanging->deaths, 0);
	assert_int_equal(hanging->worker->state, WORKER_WORKING);
}

/* ---- workers that do not start --------------------------------------------------------------------- */

static void assert_never_starts(struct stage *stage, const char *beginning, const char *text)
{
	struct place *place = place_add(stage, 0, beginning);

	WAIT_UNTIL(place->given_up);
	assert_int_equal(place->deaths, POOL_START_TRIES);
	assert_int_equal(place->cause, DEATH_START);
	assert_int_equal(place->ready, 0);
	assert_int_equal(place->worker->state, WORKER_GIVEN_UP);
	if (strstr(place->text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", place->text, text);
}

static void a_worker_that_refuses_its_set_up_is_given_up_with_its_last_words(void **state)
{
	struct stage *stage = *state;

	assert_never_starts(stage, "refuse", "did not start: exit status 1");
	assert_string_equal(stage->places[0].last_log, "the rules do not compile");
	assert_non_null(strstr(
		stage->log, "does not start, tried 3 times: did not start: exit status 1; its last words: the rules do not compile"));
}

static void what_a_worker_prints_on_standard_error_is_its_last_word_too(void **state)
{
	struct stage *stage = *state;

	assert_never_starts(stage, "print and exit", "did not start: exit status 4");
	assert_string_equal(stage->places[0].last_log, "cannot load library: \\x1b[31mno");
}

static void a_worker_that_hangs_in_its_set_up_is_given_up(void **state)
{
	struct stage *stage = *state;

	stage->limits.start_ms = 50;
	assert_never_starts(stage, "hang", "did not start: stuck: no progress for 50 ms");
}

static void a_worker_of_another_version_is_given_up(void **state)
{
	assert_never_starts(*state, "other version", "is version 9.9.9, not " PACKAGE_VERSION);
}

static void a_worker_that_speaks_too_early_is_given_up(void **state)
{
	assert_never_starts(*state, "early", "bad message: fetch_done");
}

#ifdef WITH_SANDBOX
static void a_worker_without_its_sandbox_is_given_up(void **state)
{
	assert_never_starts(*state, "no walls", "is ready without its sandbox");
}

/* ---- the walls, tried by a worker started as all are ------------------------------------------------ */

static void a_started_worker_runs_into_every_wall(void **state)
{
	static const struct {
		const char *attempt;
		bool deadly;
	} attempts[] = {
		{"open", false},
		{"create", false},
		{"stat", false},
		{"executable-memory", false},
		{"exec", true},
		{"fork", true},
		{"ptrace", true},
		{"tcp-socket", true},
	};
	struct place *place = place_ready(*state, 0);

	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
		char expected[64];
		unsigned deaths = place->deaths;
		unsigned jobs = place->done;

		place->detail[0] = '\0';
		give_job(place, "attempt", attempts[i].attempt);
		WAIT_UNTIL(place->deaths > deaths || place->done > jobs);
		if (attempts[i].deadly) {
			assert_string_equal(place->text, "killed by SIGSYS (ran into the sandbox)");
			WAIT_UNTIL(place->worker->state == WORKER_READY);
		} else {
			snprintf(expected, sizeof expected, "%s=%d;", attempts[i].attempt, EACCES);
			assert_string_equal(place->detail, expected);
		}
	}
}
#endif

/* ---- ends ------------------------------------------------------------------------------------------ */

static void without_its_spawner_the_run_ends_and_so_do_the_workers(void **state)
{
	struct stage *stage = *state;
	struct place *place = place_ready(stage, 0);
	int worker = (int)syscall(SYS_pidfd_open, place->worker->pid, 0);
	struct pollfd gone = {.fd = worker, .events = POLLIN};
	char path[64];
	char line[256];
	FILE *status;
	int parent = 0;

	snprintf(path, sizeof path, "/proc/%d/status", (int)place->worker->pid);
	status = fopen(path, "re");
	assert_non_null(status);
	while (fgets(line, sizeof line, status) != NULL)
		if (strncmp(line, "PPid:", 5) == 0)
			parent = (int)strtol(line + 5, NULL, 10);
	fclose(status);
	assert_int_equal(kill(parent, SIGKILL), 0);
	while (pool_poll(stage->pool, PATIENCE_MS))
		continue;
	assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
	close(worker);
}

/* Plays a coordinator that is killed in the middle; tells its worker's pid first. */
static _Noreturn void short_lived_coordinator(int tell)
{
	struct limits limits;
	struct place place = {.beginning = "well"};
	struct pool *pool;

	limits_defaults(&limits);
	pool = pool_new(spawner_start(), &limits, sandboxed);
	place.worker = pool_add(pool, LT__ROLE__ROLE_INSPECT, &events, &place);
	while (place.ready == 0)
		pool_poll(pool, PATIENCE_MS);
	(void)!write(tell, &place.worker->pid, sizeof place.worker->pid);
	for (;;)
		pause();
}

static void a_killed_coordinator_leaves_no_worker_behind(void **state)
{
	int ends[2];
	pid_t coordinator;
	pid_t worker = 0;
	struct pollfd gone = {.events = POLLIN};

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	coordinator = fork();
	if (coordinator == 0)
		short_lived_coordinator(ends[1]);
	close(ends[1]);
	assert_int_equal(read(ends[0], &worker, sizeof worker), sizeof worker);
	gone.fd = (int)syscall(SYS_pidfd_open, worker, 0);
	assert_int_not_equal(gone.fd, -1);
	kill(coordinator, SIGKILL);
	assert_int_equal(waitpid(coordinator, NULL, 0), coordinator);
	assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
	close(gone.fd);
	close(ends[0]);
}

static void read_watched(short revents, void *context)
{
	int *fd = context;
	char byte;

	(void)revents;
	assert_int_equal(read(*fd, &byte, 1), 1);
	pool_unwatch(the_stage->pool, *fd);
	*fd = -1;
}

static void a_watched_descriptor_is_served_in_the_same_loop(void **state)
{
	struct stage *stage = *state;
	int ends[2];
	int watched;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	watched = ends[0];
	pool_watch(stage->pool, watched, POLLIN, read_watched, &watched);
	assert_int_equal(write(ends[1], "xy", 2), 2);
	WAIT_UNTIL(watched == -1);
	assert_true(pool_poll(stage->pool, 0)); /* the second byte finds nobody watching */
	close(ends[0]);
	close(ends[1]);
}

/* ---- hooks ----------------------------------------------------------------------------------------- */

struct hook_outcome {
	unsigned done;
	bool delivered;
	char text[256];
};

static void on_hook_done(const struct hook_result *result, void *context)
{
	struct hook_outcome *outcome = context;

	outcome->done++;
	outcome->delivered = result->delivered;
	snprintf(outcome->text, sizeof outcome->text, "%s", result->text);
}

static struct hook_outcome run_program(struct stage *stage, const char *program, const char *script, uint32_t deadline_ms)
{
	struct hook_outcome outcome = {0};
	char *argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "-c", (char *)(uintptr_t)script, NULL};
	char *env[] = {(char *)(uintptr_t) "PATH=/usr/bin:/bin", (char *)(uintptr_t) "LEAKTRAWL_HOOK=soc", NULL};
	int payload = memfd_create("payload", MFD_CLOEXEC);

	assert_int_equal(write(payload, "{\"id\":\"f_1\"}\n", 13), 13);
	pool_run_hook(stage->pool, "soc", argv, env, payload, deadline_ms, on_hook_done, &outcome);
	close(payload);
	WAIT_UNTIL(outcome.done == 1);
	return outcome;
}

static struct hook_outcome run_script(struct stage *stage, const char *script)
{
	return run_program(stage, "/bin/sh", script, PATIENCE_MS);
}

static void a_hook_reads_the_alert_and_status_zero_is_delivery(void **state)
{
	struct hook_outcome outcome = run_script(*state, "test \"$(cat)\" = '{\"id\":\"f_1\"}'");

	assert_true(outcome.delivered);
}

static void a_hook_sees_only_the_environment_it_is_given(void **state)
{
	struct hook_outcome outcome;

	setenv("LEAKTRAWL_SECRET", "hunter2", 1);
	outcome = run_script(
		*state, "test \"$(env | grep -vE '^(PWD|SHLVL|_)=' | sort | tr '\\n' ' ')\" = 'LEAKTRAWL_HOOK=soc PATH=/usr/bin:/bin '");
	unsetenv("LEAKTRAWL_SECRET");
	assert_true(outcome.delivered);
}

static void a_hook_inherits_no_descriptor(void **state)
{
	struct stage *stage = *state;
	struct hook_outcome outcome = run_script(stage, "exec ls /proc/self/fd");

	assert_true(outcome.delivered);
	/* the last is the folder ls reads */
	assert_string_equal(stage->log, "hook soc: 0\nhook soc: 1\nhook soc: 2\nhook soc: 3\n");
}

static void a_hook_that_fails_has_not_delivered(void **state)
{
	struct hook_outcome outcome = run_script(*state, "exit 3");

	assert_false(outcome.delivered);
	assert_string_equal(outcome.text, "exit status 3");
}

static void a_hook_that_is_killed_has_not_delivered(void **state)
{
	struct hook_outcome outcome = run_script(*state, "kill -9 $$");

	assert_false(outcome.delivered);
	assert_string_equal(outcome.text, "killed by SIGKILL (Killed)");
}

static void a_hook_that_is_not_there_has_not_delivered(void **state)
{
	struct hook_outcome outcome = run_program(*state, "/nonexistent/page-soc", "", PATIENCE_MS);

	assert_false(outcome.delivered);
	assert_string_equal(outcome.text, "cannot start: No such file or directory");
}

static void a_hook_without_an_absolute_path_is_not_started(void **state)
{
	struct hook_outcome outcome = run_program(*state, "sh", "exit 0", PATIENCE_MS);

	assert_false(outcome.delivered);
	assert_string_equal(outcome.text, "cannot start: Invalid argument");
}

static void a_hook_past_its_deadline_goes_with_its_children(void **state)
{
	struct stage *stage = *state;
	struct hook_outcome outcome = run_program(stage, "/bin/sh", "sleep 1000 & echo child $!; wait", 300);
	const char *told = strstr(stage->log, "hook soc: child ");
	pid_t child;
	int handle;
	struct pollfd gone = {.events = POLLIN};

	assert_false(outcome.delivered);
	assert_string_equal(outcome.text, "no answer within 300 ms");
	assert_non_null(told);
	child = (pid_t)strtol(told + strlen("hook soc: child "), NULL, 10);
	handle = (int)syscall(SYS_pidfd_open, child, 0);
	if (handle == -1)
		return; /* gone and reaped */
	gone.fd = handle;
	assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
	close(handle);
}

static void a_hook_that_succeeds_too_late_has_not_delivered(void **state)
{
	struct hook_outcome outcome = run_program(*state, "/bin/sh", "trap 'exit 0' TERM; while :; do sleep 0.05; done", 100);

	assert_false(outcome.delivered);
}

static void what_a_hook_prints_is_logged_escaped_and_capped(void **state)
{
	struct stage *stage = *state;
	struct hook_outcome outcome =
		run_script(stage, "printf 'paged \\033[2J\\n'; i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done");

	assert_true(outcome.delivered);
	assert_non_null(strstr(stage->log, "hook soc: paged \\x1b[2J"));
	assert_int_equal(stage->lines, LIMIT_STDERR_LINES + 1);
	assert_false(stage->raw_escape_logged);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_worker_is_set_up_says_ready_and_does_a_job),
		CASE(a_worker_inherits_three_words_of_environment_and_four_descriptors),
		CASE(a_replaced_worker_ends_as_asked_and_a_fresh_one_comes),
		CASE(a_removed_worker_ends_and_none_comes),
		CASE(a_worker_asked_to_go_in_the_middle_of_its_set_up_goes),
		CASE(a_crash_is_told_by_its_signal),
		CASE(an_exit_of_itself_is_told_by_its_status),
		CASE(garbage_costs_the_worker_its_life),
		CASE(a_message_of_another_role_costs_the_worker_its_life),
		CASE(an_unexpected_descriptor_costs_the_worker_its_life),
		CASE(a_second_ready_costs_the_worker_its_life),
		CASE(a_claim_the_run_rejects_costs_the_worker_its_life),
		CASE(a_hang_is_ended_and_told_as_lack_of_progress),
		CASE(what_was_said_before_a_crash_is_heard_before_the_death),
		CASE(a_worker_that_floods_its_log_is_silenced_and_escaped),
		CASE(beside_a_flood_of_messages_others_are_served),
		CASE(a_hanging_worker_does_not_hold_up_another),
		CASE(a_worker_that_refuses_its_set_up_is_given_up_with_its_last_words),
		CASE(what_a_worker_prints_on_standard_error_is_its_last_word_too),
		CASE(a_worker_that_hangs_in_its_set_up_is_given_up),
		CASE(a_worker_of_another_version_is_given_up),
		CASE(a_worker_that_speaks_too_early_is_given_up),
#ifdef WITH_SANDBOX
		CASE(a_worker_without_its_sandbox_is_given_up),
		CASE(a_started_worker_runs_into_every_wall),
#endif
		CASE(without_its_spawner_the_run_ends_and_so_do_the_workers),
		CASE(a_killed_coordinator_leaves_no_worker_behind),
		CASE(a_watched_descriptor_is_served_in_the_same_loop),
		CASE(a_hook_reads_the_alert_and_status_zero_is_delivery),
		CASE(a_hook_sees_only_the_environment_it_is_given),
		CASE(a_hook_inherits_no_descriptor),
		CASE(a_hook_that_fails_has_not_delivered),
		CASE(a_hook_that_is_killed_has_not_delivered),
		CASE(a_hook_that_is_not_there_has_not_delivered),
		CASE(a_hook_without_an_absolute_path_is_not_started),
		CASE(a_hook_past_its_deadline_goes_with_its_children),
		CASE(a_hook_that_succeeds_too_late_has_not_delivered),
		CASE(what_a_hook_prints_is_logged_escaped_and_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
