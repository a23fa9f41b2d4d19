/*
 * The coordinator's view of its workers, and the one poll loop of a run. A pool_worker is a place for a
 * process of one role: when the process dies, the pool tells the cause and starts the next one in the same
 * place, set up anew, with growing pauses; after POOL_START_TRIES starts in a row that never came to Ready
 * it gives the place up. Nothing a worker sends or does ends the run: a breach of the protocol costs it
 * its life.
 *
 * Single-threaded. Callbacks come from pool_poll only (hence never from within pool_add, pool_send ...), and
 * may call any function here except pool_poll and pool_free.
 */
#ifndef LEAKTRAWL_POOL_H
#define LEAKTRAWL_POOL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "limits/limits.h"
#include "messages/channel.h"

enum { POOL_START_TRIES = 3 };

struct pool;

enum worker_state {
	WORKER_DOWN,     /* no process now; the pool will start one */
	WORKER_STARTING, /* until Ready */
	WORKER_READY,    /* takes work */
	WORKER_WORKING,  /* inspect, between a job and its end; fetch and notify stay READY with many requests */
	WORKER_ENDING,   /* killed or asked to go; on_death follows */
	WORKER_GIVEN_UP, /* would not start; on_death said so */
};

struct pool_worker {
	/* the pool's: read only */
	struct pool *pool;
	Lt__Role role;
	enum worker_state state;
	pid_t pid;       /* 0: none */
	uint64_t deaths; /* processes of this place that ended without being asked to */
	/* the caller's: the pool never touches them, except that they begin as 0 */
	uint64_t job;       /* it is at; 0: none */
	size_t jobs;        /* it has: that and those behind it */
	uint64_t jobs_done; /* by the present process, if the caller resets it in on_death */
	void *data;
};

enum death_cause {
	DEATH_EXIT,        /* of itself; code is the exit status */
	DEATH_SIGNAL,      /* code is the signal (SIGSYS: it ran into the sandbox) */
	DEATH_STUCK,       /* no progress for its deadline */
	DEATH_BAD_MESSAGE, /* sent what it had no right to, or closed its socket and stayed */
	DEATH_START,       /* could not be started, or ended before Ready */
	DEATH_ASKED,       /* pool_replace, pool_remove */
};

struct worker_death {
	enum death_cause cause;
	int code;
	const char *text; /* one line for a person, escaped: "killed by SIGSEGV (Segmentation fault)", "stuck: no progress for 60000 ms" */
	const char *last_log; /* its last line on the log or standard error, escaped; "" if none */
	bool given_up;        /* the place stays empty */
};

struct pool_events {
	/* A process has been started: queue its set-up messages with pool_send. */
	void (*setup)(struct pool_worker *worker);
	/* It is READY. May be NULL. */
	void (*ready)(struct pool_worker *worker, const Lt__Ready *ready);
	/* A legal message of its role (LogLine and Ready stay with the pool). What it says is still a claim: see pool_reject. */
	void (*message)(struct pool_worker *worker, const Lt__Envelope *message);
	/* Once for each process, after its last message. worker->job still names what it had. */
	void (*death)(struct pool_worker *worker, const struct worker_death *death);
};

/*
 * Takes the channel from spawner_start. sandbox false is --allow-unsandboxed. limits outlives the pool.
 * Raises this process's soft limit of open files as far as it may.
 */
struct pool *pool_new(struct channel *spawner, const struct limits *limits, bool sandbox);
/* Workers and hooks still running are killed by the spawner, which ends. NULL is fine. */
void pool_free(struct pool *pool);
bool pool_sandbox(const struct pool *pool);

/* A place for one process, started at once. events outlives it. The pool owns the place. */
struct pool_worker *pool_add(struct pool *pool, Lt__Role role, const struct pool_events *events, void *data);
/*
 * The process ends, gracefully: it gets what is queued and then the end of its socket, and is killed only when it has
 * not gone LIMIT_WORKER_GRACE_MS later. What it still says is heard. The place ends with it, after on_death (which a
 * place that is DOWN or GIVEN_UP does not get); the pool_worker is gone with the next pool_poll.
 */
void pool_remove(struct pool_worker *worker);
/* The process ends the same way, a fresh one takes its place. Nothing happens where there is none. */
void pool_replace(struct pool_worker *worker);

/*
 * Queues a message; fd (or -1) stays the caller's. Returns false, having done nothing, where no process can
 * take it (DOWN, ENDING, GIVEN_UP): its on_death comes or came.
 */
bool pool_send(struct pool_worker *worker, Lt__Envelope *message, int fd);

/* Kills with the cause DEATH_BAD_MESSAGE: what the message says cannot be (an unknown job, an offset outside the document). */
void pool_reject(struct pool_worker *worker, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Kill as DEATH_STUCK after ms without pool_touch; 0: never. Starts counting now. Ended by the process's death. */
void pool_deadline(struct pool_worker *worker, uint64_t ms);
void pool_touch(struct pool_worker *worker);

/* How an exec hook ended. */
struct hook_result {
	bool delivered;   /* exit status 0 in time */
	const char *text; /* one line for a person, escaped: "exit status 3", "no answer within 30000 ms", "cannot start: ..." */
};
/*
 * Runs argv[0] (an absolute path) with payload as standard input, env as its whole environment, what it prints
 * logged under name, killed with its process group past the deadline. Both lists end with NULL. payload stays
 * the caller's. done is called once, also if the spawner dies.
 */
void pool_run_hook(struct pool *pool, const char *name, char *const argv[], char *const env[], int payload, uint32_t deadline_ms,
	void (*done)(const struct hook_result *result, void *context), void *context);

/* Another descriptor (signalfd, a server's socket) in the same loop. It stays the caller's. */
void pool_watch(struct pool *pool, int fd, short events, void (*ready)(short revents, void *context), void *context);
void pool_unwatch(struct pool *pool, int fd);

/*
 * Waits at most timeout_ms (-1: until something happens) and handles what came. Returns false when the
 * spawner is gone, which ends the run: nothing can be started any more.
 */
bool pool_poll(struct pool *pool, int timeout_ms);

#endif
