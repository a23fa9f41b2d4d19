/*
 * One crawl or scan: the processes, the index with its lock and transactions, the counters, and how it ends.
 * Everything a run does hangs on this; it is single-threaded around pool_poll.
 */
#ifndef LEAKTRAWL_RUN_H
#define LEAKTRAWL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/command.h"
#include "coordinator/inspect_setup.h"
#include "coordinator/pool.h"
#include "index/findings.h"
#include "index/index.h"
#include "index/runs.h"
#include "index/severity.h"

struct reading;
struct delivery;
struct printer;

struct run_options {
	enum run_kind kind;
	bool no_index, reveal, baseline, no_alert, force, once;
	bool quiet;
	uint64_t jobs;      /* inspectors; 0: one a core */
	const char *source; /* a crawl of this one alone; NULL: of all */
};

struct run {
	struct command_context *context;
	const struct config *config;
	struct run_options options;
	struct pool *pool;
	struct inspect_setup *setup;
	struct index *index; /* NULL under --no-index */
	int64_t id;
	int64_t started_ms;
	struct roster *roster;
	struct record_rules rules;
	struct run_counters counters;
	struct reading *reading;
	struct delivery *delivery; /* NULL where nothing is delivered */
	struct printer *printer;   /* --no-index */
	bool stop;                 /* a signal asked for an end */
	bool incomplete;           /* something could not be covered */
	bool broken;               /* the index cannot be written: the run ends */
	bool in_transaction;
	int64_t transaction_since_ms;
	unsigned transaction_writes;
	int signal_fd;
};

/*
 * Starts the spawner, then opens index and keys, then the inspectors. NULL, having said why and set *status, where
 * that fails. Called before anything else has opened a file.
 */
struct run *run_new(struct command_context *context, const struct run_options *options, int *status);

/* Ends the run in the index, prints the summary, frees everything. Returns the exit status. */
int run_finish(struct run *run);

/* One turn of the loop: waits at most timeout_ms for workers, commits what is old enough. False: the run must end. */
bool run_turn(struct run *run, int timeout_ms);

/* Marks that something is about to be written: opens a transaction where none is. */
void run_write(struct run *run);
/* Commits what is open. */
void run_commit(struct run *run);
/* Takes the result of an index operation: on a failure that is not INDEX_NONE says why once and ends the run. */
bool run_checked(struct run *run, enum index_result result);

/* A file without a name beside the index, for what is too large for memory; -1 with errno. The caller closes it. */
int run_spool(const struct run *run);

int64_t run_now_ms(void);

#endif
