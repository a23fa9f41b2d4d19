/* The life of one place: starting, hearing, ending, starting again. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coordinator/pool_private.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum {
	MESSAGES_A_TURN = 64, /* then the others have their turn */
	FIRST_PAUSE_MS = 100, /* doubled with each death that follows on the last */
	DEATH_TEXT_BYTES = LIMIT_LOG_LINE_BYTES + 32,
	QUICK_DEATH_MS = 5000, /* so soon after Ready a death counts as following on the last */
};

static const char *role_name(Lt__Role role)
{
	switch (role) {
	case LT__ROLE__ROLE_FETCH:
		return "fetch";
	case LT__ROLE__ROLE_INSPECT:
		return "inspect";
	case LT__ROLE__ROLE_CONTROL:
		return "control";
	case LT__ROLE__ROLE_NOTIFY:
	case _LT__ROLE_IS_INT_SIZE:
		break;
	}
	return "notify";
}

static enum peer role_peer(Lt__Role role)
{
	switch (role) {
	case LT__ROLE__ROLE_FETCH:
		return PEER_FETCH;
	case LT__ROLE__ROLE_INSPECT:
		return PEER_INSPECT;
	case LT__ROLE__ROLE_CONTROL:
		return PEER_CONTROL;
	case LT__ROLE__ROLE_NOTIFY:
	case _LT__ROLE_IS_INT_SIZE:
		break;
	}
	return PEER_NOTIFY;
}

static struct slot *slot_of(struct pool_worker *worker)
{
	return (struct slot *)worker; /* its first member */
}

static void forget_process(struct slot *slot)
{
	channel_free(slot->channel);
	slot->channel = NULL;
	if (slot->pidfd != -1)
		close(slot->pidfd);
	slot->pidfd = -1;
	slot->worker.pid = 0;
	slot->number = 0;
	slot->hung_up = false;
	slot->said_ready = false;
	slot->kill_when_known = false;
	slot->log_lines = 0;
	slot->last_log[0] = '\0';
	slot->deadline_ms = 0;
	slot->verdict = DEATH_EXIT;
	slot->why[0] = '\0';
}

struct slot *slot_new(struct pool *pool, Lt__Role role, const struct pool_events *events, void *data)
{
	struct slot *slot = xcalloc(1, sizeof *slot);

	slot->worker.pool = pool;
	slot->worker.role = role;
	slot->worker.state = WORKER_DOWN;
	slot->worker.data = data;
	slot->events = events;
	slot->pidfd = -1;
	forget_process(slot);
	return slot;
}

void slot_free(struct slot *slot)
{
	forget_process(slot);
	free(slot);
}

/* ---- ending ---------------------------------------------------------------------------------------- */

static void kill_process(struct slot *slot)
{
	if (slot->pidfd == -1)
		slot->kill_when_known = true;
	else
		syscall(SYS_pidfd_send_signal, slot->pidfd, SIGKILL, NULL, 0);
}

static bool has_process(const struct slot *slot)
{
	return slot->number != 0;
}

/* The first verdict stands. */
static void condemn(struct slot *slot, enum death_cause verdict, const char *why)
{
	if (!has_process(slot) || slot->verdict != DEATH_EXIT)
		return;
	slot->verdict = verdict;
	escape_text(slot->why, sizeof slot->why, why, strlen(why));
	slot->worker.state = WORKER_ENDING;
	slot->deadline_ms = 0;
	kill_process(slot);
}

void pool_reject(struct pool_worker *worker, const char *format, ...)
{
	struct slot *slot = slot_of(worker);
	static const char prefix[] = "bad message: ";
	char why[LIMIT_LOG_LINE_BYTES];
	va_list arguments;

	if (!has_process(slot))
		return;
	memcpy(why, prefix, sizeof prefix);
	va_start(arguments, format);
	(void)vsnprintf(why + sizeof prefix - 1, sizeof why - sizeof prefix, format, arguments);
	va_end(arguments);
	slot->hung_up = true; /* nothing more it says counts */
	condemn(slot, DEATH_BAD_MESSAGE, why);
}

/* Ends the sending direction once all is sent: the worker reads an end and goes; what it says on the way is heard. */
static void end_gracefully(struct slot *slot)
{
	if (slot->channel != NULL && !channel_wants_write(slot->channel))
		shutdown(channel_fd(slot->channel), SHUT_WR);
}

static void ask_to_end(struct slot *slot)
{
	if (!has_process(slot) || slot->worker.state == WORKER_ENDING)
		return;
	slot->verdict = DEATH_ASKED;
	snprintf(slot->why, sizeof slot->why, "ended as asked");
	slot->worker.state = WORKER_ENDING;
	slot->touched_ms = pool_now_ms();
	slot->deadline_ms = LIMIT_WORKER_GRACE_MS;
	if (slot->channel == NULL)
		slot->kill_when_known = true; /* it has not even started */
	end_gracefully(slot);
}

void pool_remove(struct pool_worker *worker)
{
	slot_of(worker)->removed = true;
	ask_to_end(slot_of(worker));
}

void pool_replace(struct pool_worker *worker)
{
	ask_to_end(slot_of(worker));
}

void pool_wait_text(char *text, size_t cap, int wait_status)
{
	int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;

	if (number == SIGSYS)
		snprintf(text, cap, "killed by SIGSYS (ran into the sandbox)");
	else if (number != 0 && sigabbrev_np(number) != NULL)
		snprintf(text, cap, "killed by SIG%s (%s)", sigabbrev_np(number), sigdescr_np(number));
	else if (number != 0)
		snprintf(text, cap, "killed by signal %d", number);
	else
		snprintf(text, cap, "exit status %d", WEXITSTATUS(wait_status));
}

/* text: room for DEATH_TEXT_BYTES. */
static struct worker_death judge(const struct slot *slot, int wait_status, char *text)
{
	struct worker_death death = {.cause = slot->verdict, .text = text, .last_log = slot->last_log};
	bool signalled = WIFSIGNALED(wait_status);
	bool started = slot->said_ready || slot->verdict == DEATH_ASKED;
	char how[128];

	pool_wait_text(how, sizeof how, wait_status);
	snprintf(text, DEATH_TEXT_BYTES, "%s%s", started ? "" : "did not start: ", slot->verdict == DEATH_EXIT ? how : slot->why);
	death.code = signalled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	if (!started)
		death.cause = DEATH_START;
	else if (slot->verdict == DEATH_EXIT && signalled)
		death.cause = DEATH_SIGNAL;
	return death;
}

static int64_t pause_after(unsigned deaths)
{
	int64_t pause = FIRST_PAUSE_MS;

	while (deaths-- > 1 && pause < LIMIT_RESTART_PAUSE_MS)
		pause *= 2;
	return pause;
}

/* Counts what this death says about the place; true if it is given up. */
static bool count_death(struct slot *slot, const struct worker_death *death, int64_t now)
{
	slot->restart_at_ms = now;
	if (death->cause == DEATH_ASKED)
		return false;
	slot->worker.deaths++;
	if (death->cause == DEATH_START) {
		slot->failed_starts++;
		slot->restart_at_ms = now + pause_after(slot->failed_starts);
		return slot->failed_starts >= POOL_START_TRIES;
	}
	slot->quick_deaths = now - slot->ready_at_ms < QUICK_DEATH_MS ? slot->quick_deaths + 1 : 0;
	if (slot->quick_deaths > 1)
		slot->restart_at_ms = now + pause_after(slot->quick_deaths - 1);
	return false;
}

static void hear_all(struct slot *slot);

void slot_died(struct slot *slot, int wait_status)
{
	char text[DEATH_TEXT_BYTES];
	struct worker_death death;

	slot->worker.state = WORKER_ENDING;
	hear_all(slot);
	death = judge(slot, wait_status, text);
	death.given_up = count_death(slot, &death, pool_now_ms());
	if (death.given_up)
		log_error("leaktrawl-%s does not start, tried %d times: %s%s%s", role_name(slot->worker.role), POOL_START_TRIES, death.text,
			death.last_log[0] != '\0' ? "; its last words: " : "", death.last_log);
	slot->events->death(&slot->worker, &death);
	forget_process(slot);
	slot->worker.state = death.given_up ? WORKER_GIVEN_UP : WORKER_DOWN;
}

/* ---- starting -------------------------------------------------------------------------------------- */

void slot_tend(struct slot *slot, int64_t now)
{
	struct pool *pool = slot->worker.pool;
	Lt__StartWorker order = LT__START_WORKER__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	if (slot->worker.state != WORKER_DOWN || slot->removed || now < slot->restart_at_ms)
		return;
	slot->number = ++pool->last_number;
	slot->worker.state = WORKER_STARTING;
	slot->touched_ms = now;
	slot->deadline_ms = pool->limits->start_ms;
	order.worker = slot->number;
	order.role = slot->worker.role;
	order.sandbox = pool->sandbox;
	envelope.body_case = LT__ENVELOPE__BODY_START_WORKER;
	envelope.start_worker = &order;
	if (channel_send(pool->spawner, &envelope, -1) == CHANNEL_CLOSED)
		pool->broken = true;
}

void slot_started(struct slot *slot, pid_t pid, int socket)
{
	slot->worker.pid = pid;
	slot->channel = channel_new(socket, role_peer(slot->worker.role), true);
	if (slot->worker.state == WORKER_STARTING)
		slot->events->setup(&slot->worker);
}

void slot_pidfd(struct slot *slot, int pidfd)
{
	slot->pidfd = pidfd;
	if (slot->kill_when_known)
		kill_process(slot);
}

/* ---- deadlines ------------------------------------------------------------------------------------- */

void pool_deadline(struct pool_worker *worker, uint64_t ms)
{
	if (worker->state != WORKER_READY && worker->state != WORKER_WORKING)
		return;
	slot_of(worker)->deadline_ms = ms;
	pool_touch(worker);
}

void pool_touch(struct pool_worker *worker)
{
	if (worker->state == WORKER_STARTING || worker->state == WORKER_READY || worker->state == WORKER_WORKING)
		slot_of(worker)->touched_ms = pool_now_ms();
}

void slot_check(struct slot *slot, int64_t now)
{
	char why[64];

	if (!has_process(slot) || slot->deadline_ms == 0 || now - slot->touched_ms < (int64_t)slot->deadline_ms)
		return;
	if (slot->verdict == DEATH_ASKED) {
		slot->deadline_ms = 0;
		kill_process(slot);
	} else if (slot->worker.state == WORKER_ENDING) {
		condemn(slot, DEATH_BAD_MESSAGE, "closed its socket and stayed");
	} else {
		snprintf(why, sizeof why, "stuck: no progress for %llu ms", (unsigned long long)slot->deadline_ms);
		condemn(slot, DEATH_STUCK, why);
	}
}

int64_t slot_time_left(const struct slot *slot, int64_t now)
{
	int64_t at;

	if (slot->worker.state == WORKER_DOWN && !slot->removed)
		at = slot->restart_at_ms;
	else if (has_process(slot) && slot->deadline_ms != 0)
		at = slot->touched_ms + (int64_t)slot->deadline_ms;
	else
		return -1;
	return at > now ? at - now : 0;
}

/* ---- the conversation ------------------------------------------------------------------------------ */

void slot_log(struct slot *slot, enum log_level level, const char *text)
{
	escape_text(slot->last_log, sizeof slot->last_log, text, strlen(text));
	slot->log_lines++;
	if (slot->log_lines <= LIMIT_STDERR_LINES)
		log_at(level, "%s: %s", role_name(slot->worker.role), slot->last_log);
	else if (slot->log_lines == LIMIT_STDERR_LINES + 1)
		log_warning("%s: says too much; the rest of this process's lines is dropped", role_name(slot->worker.role));
}

static void follow_state(struct slot *slot)
{
	if (slot->worker.state == WORKER_READY || slot->worker.state == WORKER_WORKING)
		slot->worker.state = channel_state(slot->channel) == STATE_WORKING ? WORKER_WORKING : WORKER_READY;
}

static bool names_wall(const Lt__Ready *ready, const char *wall)
{
	for (size_t i = 0; i < ready->n_walls; i++)
		if (strcmp(ready->walls[i], wall) == 0)
			return true;
	return false;
}

static void become_ready(struct slot *slot, const Lt__Ready *ready)
{
	if (strcmp(ready->build, PACKAGE_VERSION) != 0)
		pool_reject(&slot->worker, "is version %s, not %s: the installed programs do not belong together", ready->build,
			PACKAGE_VERSION);
	else if (slot->worker.pool->sandbox && !names_wall(ready, "seccomp"))
		pool_reject(&slot->worker, "is ready without its sandbox");
	if (slot->verdict == DEATH_BAD_MESSAGE)
		return;
	slot->said_ready = true;
	slot->failed_starts = 0;
	slot->ready_at_ms = pool_now_ms();
	if (slot->worker.state != WORKER_STARTING)
		return; /* it is ending already */
	slot->deadline_ms = 0;
	slot->worker.state = WORKER_READY;
	if (slot->events->ready != NULL)
		slot->events->ready(&slot->worker, ready);
}

static void handle(struct slot *slot, const Lt__Envelope *message)
{
	if (message->body_case == LT__ENVELOPE__BODY_LOG_LINE) {
		slot_log(slot, (enum log_level)message->log_line->level, message->log_line->text);
	} else if (message->body_case == LT__ENVELOPE__BODY_READY) {
		become_ready(slot, message->ready);
	} else {
		follow_state(slot);
		slot->events->message(&slot->worker, message);
	}
}

/* The end of its socket is the end of it; if it stays all the same, slot_check sees to that. */
static void hang_up(struct slot *slot)
{
	slot->hung_up = true;
	if (slot->worker.state == WORKER_ENDING)
		return;
	slot->worker.state = WORKER_ENDING;
	slot->touched_ms = pool_now_ms();
	slot->deadline_ms = LIMIT_WORKER_GRACE_MS;
}

/* Returns false when there is no more to hear, now or at all. */
static bool hear_one(struct slot *slot)
{
	Lt__Envelope *message;
	int fd;

	if (slot->channel == NULL || slot->hung_up)
		return false;
	switch (channel_receive(slot->channel, &message, &fd)) {
	case CHANNEL_OK:
		handle(slot, message);
		channel_message_free(message);
		return true;
	case CHANNEL_BAD:
		pool_reject(&slot->worker, "%s", channel_why(slot->channel));
		return false;
	case CHANNEL_CLOSED:
		hang_up(slot);
		return false;
	case CHANNEL_AGAIN:
		break;
	}
	return false;
}

/* What a process said before its end counts. */
static void hear_all(struct slot *slot)
{
	while (hear_one(slot))
		continue;
}

void slot_serve(struct slot *slot, short revents)
{
	if ((revents & POLLOUT) != 0 && slot->channel != NULL) {
		channel_flush(slot->channel);
		if (slot->verdict == DEATH_ASKED)
			end_gracefully(slot);
	}
	for (int i = 0; i < MESSAGES_A_TURN && (revents & ~POLLOUT) != 0; i++)
		if (!hear_one(slot))
			break;
}

bool pool_send(struct pool_worker *worker, Lt__Envelope *message, int fd)
{
	struct slot *slot = slot_of(worker);

	if (slot->channel == NULL || worker->state == WORKER_ENDING || worker->state == WORKER_DOWN || worker->state == WORKER_GIVEN_UP)
		return false;
	channel_send(slot->channel, message, fd); /* a worker that is gone shows when it is read */
	follow_state(slot);
	return true;
}
