#include "coordinator/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "coordinator/pool_private.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

enum { WANTED_DESCRIPTORS = 65536 };

int64_t pool_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= WANTED_DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < WANTED_DESCRIPTORS ? limit.rlim_max : WANTED_DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warning("cannot raise the limit of open files: %s", strerror(errno));
}

struct pool *pool_new(struct channel *spawner, const struct limits *limits, bool sandbox)
{
	struct pool *pool = xcalloc(1, sizeof *pool);

	raise_descriptor_limit();
	pool->spawner = spawner;
	pool->limits = limits;
	pool->sandbox = sandbox;
	LIST_INIT(&pool->slots);
	LIST_INIT(&pool->hooks);
	LIST_INIT(&pool->watches);
	return pool;
}

static void free_slot(struct pool *pool, struct slot *slot)
{
	LIST_REMOVE(slot, next);
	pool->slot_count--;
	slot_free(slot);
}

static void free_hook(struct hook_run *hook)
{
	LIST_REMOVE(hook, next);
	free(hook->name);
	free(hook);
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (!LIST_EMPTY(&pool->slots))
		free_slot(pool, LIST_FIRST(&pool->slots));
	while (!LIST_EMPTY(&pool->hooks))
		free_hook(LIST_FIRST(&pool->hooks));
	while (!LIST_EMPTY(&pool->watches))
		pool_unwatch(pool, LIST_FIRST(&pool->watches)->fd);
	channel_free(pool->spawner);
	spawner_wait();
	free(pool);
}

bool pool_sandbox(const struct pool *pool)
{
	return pool->sandbox;
}

struct pool_worker *pool_add(struct pool *pool, Lt__Role role, const struct pool_events *events, void *data)
{
	struct slot *slot = slot_new(pool, role, events, data);

	LIST_INSERT_HEAD(&pool->slots, slot, next);
	pool->slot_count++;
	slot_tend(slot, pool_now_ms());
	return &slot->worker;
}

/* ---- hooks ----------------------------------------------------------------------------------------- */

static size_t count_texts(char *const *texts)
{
	size_t count = 0;

	while (texts[count] != NULL)
		count++;
	return count;
}

void pool_run_hook(struct pool *pool, const char *name, char *const argv[], char *const env[], int payload, uint32_t deadline_ms,
	void (*done)(const struct hook_result *result, void *context), void *context)
{
	struct hook_run *hook = xcalloc(1, sizeof *hook);
	Lt__RunHook order = LT__RUN_HOOK__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	hook->id = ++pool->last_hook;
	hook->name = xstrdup(name);
	hook->deadline_ms = deadline_ms;
	hook->done = done;
	hook->context = context;
	LIST_INSERT_HEAD(&pool->hooks, hook, next);
	order.id = hook->id;
	order.n_argv = count_texts(argv);
	order.argv = (char **)(uintptr_t)argv;
	order.n_env = count_texts(env);
	order.env = (char **)(uintptr_t)env;
	order.deadline_ms = deadline_ms;
	envelope.body_case = LT__ENVELOPE__BODY_RUN_HOOK;
	envelope.run_hook = &order;
	(void)lseek(payload, 0, SEEK_SET); /* an earlier try may have read it */
	if (channel_send(pool->spawner, &envelope, payload) == CHANNEL_CLOSED)
		pool->broken = true;
}

static struct hook_run *find_hook(struct pool *pool, uint64_t id)
{
	struct hook_run *hook;

	LIST_FOREACH(hook, &pool->hooks, next)
	if (hook->id == id)
		return hook;
	return NULL;
}

static void finish_hook(struct hook_run *hook, bool delivered, const char *text)
{
	const struct hook_result result = {delivered, text};

	hook->done(&result, hook->context);
	free_hook(hook);
}

static void hook_done(struct pool *pool, const Lt__HookDone *done)
{
	struct hook_run *hook = find_hook(pool, done->id);
	bool delivered = done->error == NULL && !done->timed_out && WIFEXITED(done->wait_status) && WEXITSTATUS(done->wait_status) == 0;
	char text[LIMIT_LOG_LINE_BYTES];

	if (hook == NULL)
		return;
	if (done->error != NULL)
		snprintf(text, sizeof text, "cannot start: %s", done->error);
	else if (done->timed_out)
		snprintf(text, sizeof text, "no answer within %u ms", hook->deadline_ms);
	else
		pool_wait_text(text, sizeof text, done->wait_status);
	finish_hook(hook, delivered, text);
}

/* Those there are now; their callbacks may be quick to order others, which come in front. */
static void abandon_hooks(struct pool *pool)
{
	struct hook_run *hook = LIST_FIRST(&pool->hooks);

	while (hook != NULL) {
		struct hook_run *after = LIST_NEXT(hook, next);

		finish_hook(hook, false, "the spawner is gone");
		hook = after;
	}
}

/* ---- the spawner ----------------------------------------------------------------------------------- */

static struct slot *find_slot(struct pool *pool, uint32_t number)
{
	struct slot *slot;

	LIST_FOREACH(slot, &pool->slots, next)
	if (slot->number == number && number != 0)
		return slot;
	return NULL;
}

static void spawner_line(struct pool *pool, const Lt__LogLine *line)
{
	struct slot *slot = line->has_worker ? find_slot(pool, line->worker) : NULL;
	struct hook_run *hook = line->has_hook ? find_hook(pool, line->hook) : NULL;

	if (slot != NULL)
		slot_log(slot, (enum log_level)line->level, line->text);
	else if (hook != NULL)
		log_info("hook %s: %s", hook->name, line->text);
}

/* Takes fd where it is used; returns whether it was. */
static bool spawner_said(struct pool *pool, const Lt__Envelope *message, int fd)
{
	struct slot *slot;

	switch ((int)message->body_case) {
	case LT__ENVELOPE__BODY_WORKER_STARTED:
		slot = find_slot(pool, message->worker_started->worker);
		if (slot != NULL)
			slot_started(slot, message->worker_started->pid, fd);
		return slot != NULL;
	case LT__ENVELOPE__BODY_WORKER_PIDFD:
		slot = find_slot(pool, message->worker_pidfd->worker);
		if (slot != NULL)
			slot_pidfd(slot, fd);
		return slot != NULL;
	case LT__ENVELOPE__BODY_WORKER_DIED:
		slot = find_slot(pool, message->worker_died->worker);
		if (slot != NULL)
			slot_died(slot, message->worker_died->wait_status);
		return false;
	case LT__ENVELOPE__BODY_HOOK_DONE:
		hook_done(pool, message->hook_done);
		return false;
	default:
		spawner_line(pool, message->log_line);
		return false;
	}
}

static void hear_spawner(struct pool *pool)
{
	Lt__Envelope *message;
	enum channel_result result;
	int fd;

	while ((result = channel_receive(pool->spawner, &message, &fd)) == CHANNEL_OK) {
		if (!spawner_said(pool, message, fd) && fd != -1)
			close(fd);
		channel_message_free(message);
	}
	if (result == CHANNEL_AGAIN)
		return;
	pool->broken = true;
	if (result == CHANNEL_BAD)
		log_error("the spawner sent %s", channel_why(pool->spawner));
}

/* ---- other descriptors ----------------------------------------------------------------------------- */

void pool_watch(struct pool *pool, int fd, short events, void (*ready)(short revents, void *context), void *context)
{
	struct watch_fd *watch = xcalloc(1, sizeof *watch);

	*watch = (struct watch_fd){.fd = fd, .events = events, .ready = ready, .context = context};
	LIST_INSERT_HEAD(&pool->watches, watch, next);
	pool->watch_count++;
}

static struct watch_fd *find_watch(struct pool *pool, int fd)
{
	struct watch_fd *watch;

	LIST_FOREACH(watch, &pool->watches, next)
	if (watch->fd == fd)
		return watch;
	return NULL;
}

void pool_unwatch(struct pool *pool, int fd)
{
	struct watch_fd *watch = find_watch(pool, fd);

	if (watch == NULL)
		return;
	LIST_REMOVE(watch, next);
	pool->watch_count--;
	free(watch);
}

/* ---- the loop -------------------------------------------------------------------------------------- */

/* Places that were removed and have no process any more; only here, so that callbacks may hold on to theirs. */
static void sweep(struct pool *pool)
{
	struct slot *slot = LIST_FIRST(&pool->slots);

	while (slot != NULL) {
		struct slot *after = LIST_NEXT(slot, next);

		if (slot->removed && (slot->worker.state == WORKER_DOWN || slot->worker.state == WORKER_GIVEN_UP))
			free_slot(pool, slot);
		slot = after;
	}
}

static void tend(struct pool *pool)
{
	struct slot *slot;
	int64_t now = pool_now_ms();

	LIST_FOREACH(slot, &pool->slots, next)
	{
		slot_check(slot, now);
		slot_tend(slot, now);
	}
}

static int time_to_wait(const struct pool *pool, int timeout_ms)
{
	const struct slot *slot;
	int64_t now = pool_now_ms();
	int64_t wait = timeout_ms;

	LIST_FOREACH(slot, &pool->slots, next)
	{
		int64_t left = slot_time_left(slot, now);

		if (left != -1 && (wait == -1 || left < wait))
			wait = left;
	}
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

static short wanted(const struct channel *channel)
{
	return (short)(POLLIN | (channel_wants_write(channel) ? POLLOUT : 0));
}

/* What one turn of the loop polls: the spawner, then every place, then the watched descriptors. */
struct turn {
	struct pollfd *fds;
	struct slot **slots;
	size_t slot_count;
	size_t count;
};

static struct turn prepare(const struct pool *pool)
{
	struct turn turn = {.slot_count = pool->slot_count};
	struct slot *slot;
	const struct watch_fd *watch;

	turn.fds = xcalloc(1 + pool->slot_count + pool->watch_count, sizeof *turn.fds);
	turn.slots = xcalloc(pool->slot_count, sizeof(struct slot *));
	turn.fds[turn.count++] = (struct pollfd){.fd = channel_fd(pool->spawner), .events = wanted(pool->spawner)};
	LIST_FOREACH(slot, &pool->slots, next)
	{
		turn.slots[turn.count - 1] = slot;
		turn.fds[turn.count] = (struct pollfd){.fd = -1};
		if (slot->channel != NULL && !slot->hung_up)
			turn.fds[turn.count] = (struct pollfd){.fd = channel_fd(slot->channel), .events = wanted(slot->channel)};
		turn.count++;
	}
	LIST_FOREACH(watch, &pool->watches, next)
	turn.fds[turn.count++] = (struct pollfd){.fd = watch->fd, .events = watch->events};
	return turn;
}

/* Callbacks may add places and watches, or unwatch: the turn keeps to what it polled and checks what is left. */
static void serve(struct pool *pool, const struct turn *turn)
{
	for (size_t i = 0; i < turn->slot_count; i++)
		if (turn->fds[1 + i].revents != 0)
			slot_serve(turn->slots[i], turn->fds[1 + i].revents);
	if ((turn->fds[0].revents & POLLOUT) != 0 && channel_flush(pool->spawner) == CHANNEL_CLOSED)
		pool->broken = true;
	if ((turn->fds[0].revents & ~POLLOUT) != 0)
		hear_spawner(pool);
	for (size_t i = 1 + turn->slot_count; i < turn->count; i++) {
		const struct watch_fd *watch = turn->fds[i].revents != 0 ? find_watch(pool, turn->fds[i].fd) : NULL;

		if (watch != NULL)
			watch->ready(turn->fds[i].revents, watch->context);
	}
}

bool pool_poll(struct pool *pool, int timeout_ms)
{
	struct turn turn;

	sweep(pool);
	tend(pool);
	turn = prepare(pool);
	if (!pool->broken && poll(turn.fds, (nfds_t)turn.count, time_to_wait(pool, timeout_ms)) == -1 && errno != EINTR)
		log_fatal_errno("cannot wait for the workers");
	if (!pool->broken)
		serve(pool, &turn);
	free(turn.fds);
	free(turn.slots);
	tend(pool);
	if (pool->broken)
		abandon_hooks(pool);
	return !pool->broken;
}
