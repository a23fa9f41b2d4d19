/* What pool.c (the loop, the spawner, hooks) and pool_worker.c (the life of one place) share. */
#ifndef LEAKTRAWL_POOL_PRIVATE_H
#define LEAKTRAWL_POOL_PRIVATE_H

#include <sys/queue.h>

#include "coordinator/pool.h"
#include "shared/log.h"

/* A place for a worker. Public part first: a pool_worker is its slot. */
struct slot {
	struct pool_worker worker;
	LIST_ENTRY(slot) next;
	const struct pool_events *events;

	/* the present process */
	uint32_t number;         /* names it to the spawner; 0: none was asked for */
	struct channel *channel; /* NULL until WorkerStarted */
	int pidfd;               /* -1 until WorkerPidfd */
	bool hung_up;            /* it closed its end; or we no longer listen */
	bool said_ready;
	bool kill_when_known; /* its pidfd is still on the way */
	unsigned log_lines;
	char last_log[LIMIT_LOG_LINE_BYTES];
	int64_t ready_at_ms;
	int64_t touched_ms;
	uint64_t deadline_ms;     /* 0: none */
	enum death_cause verdict; /* why it is ENDING, where we decided that; DEATH_EXIT: we did not */
	char why[LIMIT_LOG_LINE_BYTES];

	/* the place */
	unsigned failed_starts; /* in a row */
	unsigned quick_deaths;  /* in a row, soon after Ready */
	int64_t restart_at_ms;
	bool removed; /* no further process */
};

struct hook_run {
	LIST_ENTRY(hook_run) next;
	uint64_t id;
	char *name;
	uint32_t deadline_ms;
	void (*done)(const struct hook_result *result, void *context);
	void *context;
};

struct watch_fd {
	LIST_ENTRY(watch_fd) next;
	int fd;
	short events;
	void (*ready)(short revents, void *context);
	void *context;
};

struct pool {
	struct channel *spawner;
	const struct limits *limits;
	bool sandbox;
	bool broken; /* the spawner is gone */
	uint32_t last_number;
	uint64_t last_hook;
	LIST_HEAD(, slot) slots;
	LIST_HEAD(, hook_run) hooks;
	LIST_HEAD(, watch_fd) watches;
	size_t slot_count;
	size_t watch_count;
};

int64_t pool_now_ms(void); /* monotonic */

struct slot *slot_new(struct pool *pool, Lt__Role role, const struct pool_events *events, void *data);
void slot_free(struct slot *slot);
/* Asks the spawner for a process, if the place wants one and its pause is over. */
void slot_tend(struct slot *slot, int64_t now);
/* Milliseconds until slot_tend or slot_check has something to do; -1: nothing. */
int64_t slot_time_left(const struct slot *slot, int64_t now);
/* Kills what made no progress or has not gone though asked to. */
void slot_check(struct slot *slot, int64_t now);
/* From the spawner. The descriptors become the slot's. */
void slot_started(struct slot *slot, pid_t pid, int socket);
void slot_pidfd(struct slot *slot, int pidfd);
void slot_died(struct slot *slot, int wait_status);
void slot_log(struct slot *slot, enum log_level level, const char *text);
/* Its socket is readable or writable. */
void slot_serve(struct slot *slot, short revents);

/* "exit status 3", "killed by SIGSEGV (Segmentation fault)" into text. */
void pool_wait_text(char *text, size_t cap, int wait_status);

#endif
