/* Which inspector gets what, and what an inspector may say: pool, index and records are stood in for. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/bundle.h"
#include "coordinator/job.h"
#include "coordinator/reading.h"
#include "coordinator/record.h"
#include "shared/mem.h"

#pragma GCC diagnostic ignored "-Wunused-parameter" /* most stand-ins look at nothing */

enum { WORKERS = 2, SPLIT = 1000 };

/* ---- what stands in ---------------------------------------------------------------------------- */

static const struct pool_events *events;
static struct pool_worker workers[WORKERS];
static size_t started;
static char told[4096]; /* what happened, in words */

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
	size_t len = strlen(told);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(told + len, sizeof told - len, format, arguments);
	va_end(arguments);
}

struct pool_worker *pool_add(struct pool *pool, Lt__Role role, const struct pool_events *these, void *data)
{
	assert_true(started < WORKERS);
	events = these;
	workers[started] = (struct pool_worker){.pool = pool, .role = role, .state = WORKER_READY, .data = data};
	return &workers[started++];
}

void pool_reject(struct pool_worker *worker, const char *format, ...)
{
	worker->state = WORKER_ENDING;
	tell("rejected;");
}

void pool_replace(struct pool_worker *worker)
{
	worker->state = WORKER_ENDING;
	tell("replaced;");
}

void pool_deadline(struct pool_worker *worker, uint64_t ms)
{
}

void pool_touch(struct pool_worker *worker)
{
}

bool job_send(struct pool_worker *worker, const struct reading_piece *piece, const struct part *parts, size_t count)
{
	static const char *const kinds[] = {"?", "document", "head", "range", "bundle"};

	worker->state = WORKER_WORKING;
	tell("%s %s to %d%s;", kinds[piece->kind <= LT__JOB_KIND__JOB_BUNDLE ? piece->kind : 0], parts[0].label, (int)(worker - workers),
		piece->alone ? " alone" : "");
	return true;
}

void record_not_read(struct run *run, struct document *document, const char *label, const char *why)
{
	tell("%s not read: %s;", label, why);
}

void record_quarantine(struct run *run, struct reading_piece *piece, const char *cause)
{
	tell("%s given up;", piece->document->parts[0].label);
}

void record_document_done(struct run *run, struct document *document)
{
	tell("%s %s;", document->parts[0].label, document->failed ? "failed" : "done");
}

void record_finding(struct run *run, struct reading_piece *piece, const Lt__FoundFinding *found)
{
	tell("finding in %s;", piece->document->parts[0].label);
}

void record_machine(struct run *run, struct reading_piece *piece, const Lt__FoundMachine *found)
{
}

void record_not_inspected(struct run *run, struct document *document, const Lt__NotInspected *what)
{
}

void record_volume_missing(struct run *run, struct document *document, const char *which)
{
}

void record_left_out(struct run *run, struct document *document, const char *folder, uint64_t files)
{
}

bool bundle_is_folder(const struct document *document, const char *machine_dir)
{
	return false;
}

struct reading_piece *bundle_add(struct document *document, const char *machine_dir)
{
	return NULL;
}

/* None of these is called where there is no index. */
#define NEVER(type, name, ...)         \
	type name(__VA_ARGS__)         \
	{                              \
		fail_msg("%s", #name); \
		return (type)0;        \
	}
NEVER(enum index_result, index_document_digest, struct index *a, int64_t *b, const uint8_t c[32])
NEVER(enum index_result, index_document_done, struct index *a, int64_t b, int64_t c)
NEVER(enum index_result, index_document_note_digest, struct index *a, int64_t b, const uint8_t c[32])
NEVER(enum index_result, index_document_open, struct index *a, const struct document_start *b, int64_t *c, enum document_state *d)
NEVER(enum index_result, index_piece_put, struct index *a, int64_t b, const struct piece *c)
NEVER(enum index_result, index_pieces, struct index *a, int64_t b, void (*c)(const struct piece *, void *), void *d)
NEVER(bool, run_checked, struct run *a, enum index_result b)

void run_write(struct run *run)
{
	fail();
}

const char *inspect_setup_version(const struct inspect_setup *setup)
{
	return "";
}

int64_t run_now_ms(void)
{
	return 1;
}

void inspect_setup_send(struct inspect_setup *setup, struct pool_worker *worker)
{
}

void inspect_setup_ready(struct inspect_setup *setup, struct pool_worker *worker)
{
}

void inspect_setup_dead(struct inspect_setup *setup, const struct pool_worker *worker)
{
}

/* ---- a run ------------------------------------------------------------------------------------- */

static struct config config;
static struct run run;
static struct reading *reading;

static int begin(void **state)
{
	(void)state;
	config.limits = (struct limits){.split_bytes = SPLIT, .range_bytes = SPLIT, .inspect_jobs = 1000, .document_attempts = 2};
	run = (struct run){.config = &config};
	started = 0;
	told[0] = '\0';
	reading = reading_new(&run, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	reading_free(reading);
	return 0;
}

static void add(const char *label, uint64_t size)
{
	struct document *document = document_new();

	document_add_part(document, label, NULL, open("/dev/null", O_RDONLY | O_CLOEXEC), size);
	reading_add(reading, document);
}

static void say_done(uint64_t job, bool good)
{
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope message = LT__ENVELOPE__INIT;

	done.job = job;
	done.ok = good;
	done.error = (char *)(uintptr_t) "no";
	message.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	message.job_done = &done;
	events->message(&workers[0], &message);
	if (workers[0].state == WORKER_WORKING && workers[0].jobs == 0)
		workers[0].state = WORKER_READY;
}

static void say_head(uint64_t job, bool splittable)
{
	Lt__Head head = LT__HEAD__INIT;
	Lt__Envelope message = LT__ENVELOPE__INIT;

	head.job = job;
	head.splittable = splittable;
	message.body_case = LT__ENVELOPE__BODY_HEAD;
	message.head = &head;
	events->message(&workers[0], &message);
}

static void die(void)
{
	const struct worker_death death = {.cause = DEATH_SIGNAL, .text = "killed", .last_log = ""};

	events->death(&workers[0], &death);
	workers[0].state = WORKER_READY;
}

static void expect(const char *wanted)
{
	assert_string_equal(told, wanted);
	told[0] = '\0';
}

/* ---- queues ------------------------------------------------------------------------------------ */

static void small_documents_queue(void **state)
{
	(void)state;
	add("a", 10);
	add("b", 10);
	reading_dispatch(reading);
	expect("document a to 0;document b to 0;");
	say_done(1, true);
	say_done(2, true);
	expect("a done;b done;");
	assert_int_equal(reading_open(reading), 0);
}

static void nothing_queues_at_a_large_one(void **state)
{
	(void)state;
	config.limits.split_bytes = 1000000;
	add("large", 100000);
	add("b", 10);
	reading_dispatch(reading);
	expect("document large to 0;");
}

static void a_large_one_does_not_queue(void **state)
{
	(void)state;
	config.limits.split_bytes = 1000000;
	add("a", 10);
	add("large", 100000);
	reading_dispatch(reading);
	expect("document a to 0;");
}

static void a_run_whose_inspectors_never_start_stops(void **state)
{
	const struct worker_death death = {.cause = DEATH_START, .text = "did not start", .last_log = "", .given_up = true};

	(void)state;
	add("a", 10);
	add("b", 10);
	events->death(&workers[0], &death);
	expect("a failed;b failed;");
	assert_int_equal(reading_open(reading), 0);
	assert_true(run.broken);
	assert_true(run.stop); /* or what is still to come would wait for ever */
}

static void jobs_end_in_the_order_they_were_given(void **state)
{
	(void)state;
	add("a", 10);
	add("b", 10);
	reading_dispatch(reading);
	told[0] = '\0';
	say_done(2, true);
	expect("rejected;");
}

static void a_death_costs_the_first_one_alone(void **state)
{
	(void)state;
	add("a", 10);
	add("b", 10);
	reading_dispatch(reading);
	told[0] = '\0';
	die();
	reading_dispatch(reading);
	expect("document a to 0 alone;");
	die();
	expect("a given up;a done;");
	reading_dispatch(reading);
	expect("document b to 0;");
	say_done(4, true);
	expect("b done;");
}

static void a_replaced_inspector_has_nothing_left(void **state)
{
	(void)state;
	config.limits.inspect_jobs = 2;
	add("a", 10);
	add("b", 10);
	add("c", 10);
	reading_dispatch(reading);
	expect("document a to 0;document b to 0;");
	say_done(1, true);
	say_done(2, true);
	expect("a done;b done;replaced;");
}

/* ---- heads ------------------------------------------------------------------------------------- */

static void a_head_is_told_once(void **state)
{
	(void)state;
	add("file", SPLIT + 1);
	reading_dispatch(reading);
	expect("head file to 0;");
	say_head(1, false);
	expect("");
	say_head(1, false);
	expect("rejected;");
}

static void an_end_without_a_head_is_a_lie(void **state)
{
	(void)state;
	add("file", SPLIT + 1);
	reading_dispatch(reading);
	told[0] = '\0';
	say_done(1, true);
	expect("rejected;");
	assert_int_equal(reading_open(reading), 1);
}

static void what_could_not_be_looked_at_is_not_done(void **state)
{
	(void)state;
	add("file", SPLIT + 1);
	reading_dispatch(reading);
	told[0] = '\0';
	say_done(1, false);
	expect("file not read: no;file failed;");
}

static void a_death_behind_the_head_asks_for_no_other(void **state)
{
	(void)state;
	add("file", 2 * SPLIT);
	reading_dispatch(reading);
	say_head(1, true);
	told[0] = '\0';
	die();
	reading_dispatch(reading);
	expect("range file to 0;");
	say_done(2, true);
	reading_dispatch(reading);
	say_done(3, true);
	expect("range file to 0;file done;");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(small_documents_queue),
		CASE(nothing_queues_at_a_large_one),
		CASE(a_large_one_does_not_queue),
		CASE(a_run_whose_inspectors_never_start_stops),
		CASE(jobs_end_in_the_order_they_were_given),
		CASE(a_death_costs_the_first_one_alone),
		CASE(a_replaced_inspector_has_nothing_left),
		CASE(a_head_is_told_once),
		CASE(an_end_without_a_head_is_a_lie),
		CASE(what_could_not_be_looked_at_is_not_done),
		CASE(a_death_behind_the_head_asks_for_no_other),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
