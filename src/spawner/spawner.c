#include "spawner/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/child.h"
#include "spawner/lines.h"

enum {
	PIPE_PIECES = 8, /* reads that empty a pipe of 64 KiB, and some */
	LAST_WAIT_MS = 5000,
};

/* How far a hook is on its way out. */
enum ending { RUNNING, ASKED_TO_END, KILLED };

struct child {
	LIST_ENTRY(child) next;
	bool hook;   /* else a worker */
	uint64_t id; /* the hook's, or the worker's number */
	struct child_handles handles;
	struct lines lines;
	enum ending ending;
	int64_t deadline_ms; /* hooks; by the monotonic clock */
};

static LIST_HEAD(, child) children;
static size_t child_count;
static struct channel *coordinator;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- ending ---------------------------------------------------------------------------------------- */

/* The leader is not reaped, so its process group is still its own. */
static void signal_child(const struct child *child, int number)
{
	if (child->hook)
		kill(-child->handles.pid, number);
	else
		syscall(SYS_pidfd_send_signal, child->handles.pidfd, number, NULL, 0);
}

static _Noreturn void end_with_all(void)
{
	struct child *child;

	LIST_FOREACH(child, &children, next)
	signal_child(child, SIGKILL);
	LIST_FOREACH(child, &children, next)
	(void)waitpid(child->handles.pid, NULL, 0);
	_exit(EXIT_SUCCESS);
}

static void say(Lt__Envelope *message, int fd)
{
	if (channel_send(coordinator, message, fd) == CHANNEL_CLOSED)
		end_with_all();
}

/* ---- what children print --------------------------------------------------------------------------- */

static void say_line(bool hook, uint64_t id, const char *text, size_t len)
{
	char escaped[LIMIT_LOG_LINE_BYTES * 2];
	Lt__LogLine line = LT__LOG_LINE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	line.level = LT__LOG_LEVEL__LOG_WARNING;
	line.text = escape_text(escaped, sizeof escaped, text, len);
	line.has_hook = hook;
	line.hook = id;
	line.has_worker = !hook;
	line.worker = (uint32_t)id;
	envelope.body_case = LT__ENVELOPE__BODY_LOG_LINE;
	envelope.log_line = &line;
	say(&envelope, -1);
}

static void line_of_child(const char *text, size_t len, void *context)
{
	const struct child *child = context;

	say_line(child->hook, child->id, text, len);
}

static void read_output(struct child *child)
{
	if (lines_read(&child->lines, child->handles.output))
		return;
	lines_end(&child->lines);
	close(child->handles.output);
	child->handles.output = -1;
}

/* The last words of a process that is gone: what its pipe held. Others may hold that pipe too, so its end is not waited for. */
static void drain_output(struct child *child)
{
	for (int round = 0; round < PIPE_PIECES && child->handles.output != -1; round++) {
		struct pollfd ready = {.fd = child->handles.output, .events = POLLIN};

		if (poll(&ready, 1, 0) == 1)
			read_output(child);
	}
	lines_end(&child->lines);
}

/* ---- starting -------------------------------------------------------------------------------------- */

static struct child *adopt(bool hook, uint64_t id, const struct child_handles *handles)
{
	struct child *child = xcalloc(1, sizeof *child);

	child->hook = hook;
	child->id = id;
	child->handles = *handles;
	child->lines.line = line_of_child;
	child->lines.context = child;
	LIST_INSERT_HEAD(&children, child, next);
	child_count++;
	return child;
}

static const char *worker_name(Lt__Role role)
{
	switch (role) {
	case LT__ROLE__ROLE_FETCH:
		return "leaktrawl-fetch";
	case LT__ROLE__ROLE_INSPECT:
		return "leaktrawl-inspect";
	case LT__ROLE__ROLE_CONTROL:
		return "leaktrawl-control";
	case LT__ROLE__ROLE_NOTIFY:
	case _LT__ROLE_IS_INT_SIZE:
		break;
	}
	return "leaktrawl-notify";
}

static void say_died(uint32_t worker, int wait_status)
{
	Lt__WorkerDied died = LT__WORKER_DIED__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	died.worker = worker;
	died.wait_status = wait_status;
	envelope.body_case = LT__ENVELOPE__BODY_WORKER_DIED;
	envelope.worker_died = &died;
	say(&envelope, -1);
}

static void say_started(uint32_t worker, const struct child_handles *handles, int socket)
{
	Lt__WorkerStarted started = LT__WORKER_STARTED__INIT;
	Lt__WorkerPidfd pidfd = LT__WORKER_PIDFD__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	started.worker = worker;
	started.pid = handles->pid;
	envelope.body_case = LT__ENVELOPE__BODY_WORKER_STARTED;
	envelope.worker_started = &started;
	say(&envelope, socket);
	pidfd.worker = worker;
	envelope.body_case = LT__ENVELOPE__BODY_WORKER_PIDFD;
	envelope.worker_pidfd = &pidfd;
	say(&envelope, handles->pidfd);
}

static void say_no_start(uint32_t worker, const char *path, int failure)
{
	char *text = xasprintf("cannot start %s: %s", path, strerror(failure));

	say_line(false, worker, text, strlen(text));
	free(text);
	say_died(worker, W_EXITCODE(127, 0));
}

static void start_worker(const Lt__StartWorker *order)
{
	static char path_variable[] = "PATH=/usr/bin:/bin", zone[] = "TZ=UTC0", language[] = "LANG=C.UTF-8";
	static char *environment[] = {path_variable, zone, language, NULL};
	char unsandboxed[] = "--unsandboxed";
	char *path = install_worker(worker_name(order->role));
	char *arguments[] = {path, order->sandbox ? NULL : unsandboxed, NULL};
	struct child_plan plan = {.path = path, .argv = arguments, .env = environment, .input = -1};
	struct child_handles handles;
	int ends[2];
	int failure;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1) {
		say_no_start(order->worker, path, errno);
		free(path);
		return;
	}
	plan.socket = ends[1];
	failure = child_start(&plan, &handles);
	close(ends[1]);
	if (failure == 0) {
		adopt(false, order->worker, &handles);
		say_started(order->worker, &handles, ends[0]);
	} else {
		say_no_start(order->worker, path, failure);
	}
	close(ends[0]);
	free(path);
}

static void say_hook_done(uint64_t id, int wait_status, bool timed_out, const char *error)
{
	Lt__HookDone done = LT__HOOK_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	done.id = id;
	done.wait_status = wait_status;
	done.has_timed_out = true;
	done.timed_out = timed_out;
	done.error = (char *)(uintptr_t)error;
	envelope.body_case = LT__ENVELOPE__BODY_HOOK_DONE;
	envelope.hook_done = &done;
	say(&envelope, -1);
}

/* A list as exec wants it: the same texts, ended by NULL. The caller frees the list. */
static char **null_ended(char **texts, size_t count)
{
	char **list = xcalloc(count + 1, sizeof *list);

	if (count > 0)
		memcpy(list, texts, count * sizeof *list);
	return list;
}

static void run_hook(const Lt__RunHook *order, int payload)
{
	char **arguments = null_ended(order->argv, order->n_argv);
	char **environment = null_ended(order->env, order->n_env);
	struct child_plan plan = {
		.path = arguments[0], .argv = arguments, .env = environment, .input = payload, .socket = -1, .own_group = true};
	struct child_handles handles;
	int failure = arguments[0] != NULL && arguments[0][0] == '/' ? child_start(&plan, &handles) : EINVAL;

	if (failure == 0)
		adopt(true, order->id, &handles)->deadline_ms = now_ms() + order->deadline_ms;
	else
		say_hook_done(order->id, 0, false, strerror(failure));
	free(arguments);
	free(environment);
}

static void obey(const Lt__Envelope *message, int fd)
{
	if (message->body_case == LT__ENVELOPE__BODY_START_WORKER)
		start_worker(message->start_worker);
	else if (message->body_case == LT__ENVELOPE__BODY_RUN_HOOK)
		run_hook(message->run_hook, fd);
}

static void hear(void)
{
	Lt__Envelope *message;
	int fd;
	enum channel_result result;

	while ((result = channel_receive(coordinator, &message, &fd)) == CHANNEL_OK) {
		obey(message, fd);
		channel_message_free(message);
		if (fd != -1)
			close(fd);
	}
	if (result == CHANNEL_BAD)
		log_error("the spawner was sent %s", channel_why(coordinator));
	if (result != CHANNEL_AGAIN)
		end_with_all();
}

/* ---- watching -------------------------------------------------------------------------------------- */

static void bury(struct child *child)
{
	int status = 0;

	drain_output(child);
	if (waitpid(child->handles.pid, &status, 0) == -1)
		log_fatal_errno("the spawner cannot wait for process %d", (int)child->handles.pid);
	if (child->hook)
		say_hook_done(child->id, status, child->ending != RUNNING, NULL);
	else
		say_died((uint32_t)child->id, status);
	LIST_REMOVE(child, next);
	child_count--;
	close(child->handles.pidfd);
	if (child->handles.output != -1)
		close(child->handles.output);
	free(child);
}

/* Past its deadline a hook is asked to end, and killed when it has not. */
static void press(struct child *child, int64_t now)
{
	if (!child->hook || child->ending == KILLED || now < child->deadline_ms)
		return;
	if (child->ending == RUNNING) {
		child->ending = ASKED_TO_END;
		child->deadline_ms = now + LIMIT_HOOK_GRACE_MS;
		signal_child(child, SIGTERM);
	} else {
		child->ending = KILLED;
		signal_child(child, SIGKILL);
	}
}

static int time_left(void)
{
	int64_t now = now_ms();
	int64_t soonest = INT32_MAX;
	const struct child *child;

	LIST_FOREACH(child, &children, next)
	if (child->hook && child->ending != KILLED && child->deadline_ms - now < soonest)
		soonest = child->deadline_ms > now ? child->deadline_ms - now : 0;
	return soonest == INT32_MAX ? -1 : (int)soonest;
}

/* Slot 0 is the coordinator; each child has two: its pidfd, its output (unread while the coordinator is behind). */
static void wait_and_serve(struct pollfd *slots)
{
	struct child *child;
	struct child *after;
	bool behind = channel_wants_write(coordinator);
	nfds_t count = 1;
	nfds_t polled = (nfds_t)(1 + 2 * child_count);

	slots[0] = (struct pollfd){.fd = channel_fd(coordinator), .events = (short)(POLLIN | (behind ? POLLOUT : 0))};
	LIST_FOREACH(child, &children, next)
	{
		slots[count++] = (struct pollfd){.fd = child->handles.pidfd, .events = POLLIN};
		slots[count++] = (struct pollfd){.fd = behind ? -1 : child->handles.output, .events = POLLIN};
	}
	if (poll(slots, polled, time_left()) == -1 && errno != EINTR)
		log_fatal_errno("the spawner cannot wait");
	if ((slots[0].revents & POLLOUT) != 0 && channel_flush(coordinator) == CHANNEL_CLOSED)
		end_with_all();
	count = 1;
	for (child = LIST_FIRST(&children); child != NULL; child = after) {
		const struct pollfd *own = &slots[count];

		after = LIST_NEXT(child, next);
		count += 2;
		if (own[1].revents != 0)
			read_output(child);
		press(child, now_ms());
		if (own[0].revents != 0)
			bury(child);
	}
	/* Last: what it orders changes the list the slots belong to. */
	if ((slots[0].revents & ~POLLOUT) != 0)
		hear();
}

static _Noreturn void spawner_main(int socket)
{
	struct pollfd *slots = NULL;
	int nothing = open("/dev/null", O_RDWR);

	/* No terminal signals, no share in the coordinator's output: only standard error stays. */
	if (nothing == -1 || dup2(nothing, STDIN_FILENO) == -1 || dup2(nothing, STDOUT_FILENO) == -1 || setsid() == -1 || chdir("/") == -1)
		log_fatal_errno("the spawner cannot begin");
	if (dup2(socket, STDERR_FILENO + 1) == -1 || close_range(STDERR_FILENO + 2, ~0U, 0) == -1 ||
		fcntl(STDERR_FILENO + 1, F_SETFD, FD_CLOEXEC) == -1)
		log_fatal_errno("the spawner cannot close what it inherited");
	signal(SIGPIPE, SIG_IGN);
	coordinator = channel_new(STDERR_FILENO + 1, PEER_COORDINATOR_OF_SPAWNER, true);
	for (;;) {
		slots = xreallocarray(slots, 1 + 2 * child_count, sizeof *slots);
		wait_and_serve(slots);
	}
}

static pid_t spawner = -1; /* the coordinator's own, started last */

void spawner_wait(void)
{
	struct pollfd end = {.events = POLLIN};

	if (spawner == -1)
		return;
	end.fd = (int)syscall(SYS_pidfd_open, spawner, 0);
	if (end.fd != -1 && poll(&end, 1, LAST_WAIT_MS) != 1)
		log_warning("the process that starts workers does not end");
	if (end.fd != -1)
		close(end.fd);
	(void)waitpid(spawner, NULL, WNOHANG);
	spawner = -1;
}

struct channel *spawner_start(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		log_fatal_errno("cannot make the spawner's socket");
	spawner = fork();
	if (spawner == -1)
		log_fatal_errno("cannot fork the spawner");
	if (spawner == 0)
		spawner_main(ends[1]);
	close(ends[1]);
	return channel_new(ends[0], PEER_SPAWNER, true);
}
