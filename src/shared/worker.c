#include "config.h"

#include "shared/worker.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "limits/limits.h"
#include "messages/legal.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { EXIT_USAGE = 2, MOST_FACTS = 32 };

static struct channel *channel;
static const char *program;
static bool unsandboxed;

/* ---- beginning ------------------------------------------------------------------------------------- */

static _Noreturn void usage(FILE *stream, int status)
{
	fprintf(stream,
		"Usage: %s [--unsandboxed]\n"
		"A worker of leaktrawl, which starts it by itself: there is nothing to run by hand.\n",
		program);
	exit(status);
}

static void read_arguments(int argc, char **argv)
{
	static const struct option options[] = {
		{"unsandboxed", no_argument, NULL, 'u'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'u':
			unsandboxed = true;
			break;
		case 'v':
			printf("%s (leaktrawl) %s\n", program, PACKAGE_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			usage(stdout, EXIT_SUCCESS);
		default:
			usage(stderr, EXIT_USAGE);
		}
	}
	if (optind < argc)
		usage(stderr, EXIT_USAGE);
}

static void check_socket(void)
{
	int type = 0;
	socklen_t size = sizeof type;

	if (getsockopt(WORKER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) == -1 || type != SOCK_SEQPACKET)
		usage(stderr, EXIT_USAGE);
}

/* valgrind lets nobody lower a hard limit of descriptors; it cannot be run inside the sandbox either. */
static void limit(int resource, rlim_t value)
{
	const struct rlimit limits = {value, value};

	if (setrlimit((__rlimit_resource_t)resource, &limits) == -1 && !unsandboxed)
		log_fatal_errno("cannot set a resource limit");
}

static void limit_descriptors(void)
{
	struct rlimit limits;

	if (getrlimit(RLIMIT_NOFILE, &limits) == 0 && limits.rlim_max < LIMIT_WORKER_DESCRIPTORS)
		limit(RLIMIT_NOFILE, limits.rlim_max);
	else
		limit(RLIMIT_NOFILE, LIMIT_WORKER_DESCRIPTORS);
}

/* What can go before anything is loaded. */
static void give_up_early(void)
{
	if (close_range(WORKER_SOCKET + 1, ~0U, 0) == -1)
		log_fatal_errno("cannot close descriptors");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal_errno("cannot narrow the process");
	limit(RLIMIT_CORE, 0);
	limit_descriptors();
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	setenv("TZ", "UTC0", 1); /* libarchive and mktime would look for /etc/localtime behind the sandbox */
	tzset();
}

/* ---- ending ---------------------------------------------------------------------------------------- */

static _Noreturn void coordinator_gone(void)
{
	_exit(EXIT_SUCCESS);
}

/* A log line that cannot be sent must not lead to the next one about that. */
static void send_log_line(enum log_level level, const char *text, void *context)
{
	static bool sending;
	char escaped[LIMIT_LOG_LINE_BYTES * 2];
	Lt__LogLine line = LT__LOG_LINE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	(void)context;
	if (sending)
		_exit(EXIT_FAILURE);
	sending = true;
	line.level = (Lt__LogLevel)level;
	line.text = escape_text(escaped, sizeof escaped, text, strlen(text));
	envelope.body_case = LT__ENVELOPE__BODY_LOG_LINE;
	envelope.log_line = &line;
	worker_send(&envelope, -1);
	sending = false;
}

_Noreturn void worker_refuse(const char *format, ...)
{
	char text[LIMIT_LOG_LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	log_error("%s", text);
	_exit(EXIT_FAILURE);
}

/* ---- the conversation ------------------------------------------------------------------------------ */

void worker_start(int argc, char **argv, const char *name, enum peer peer)
{
	program = name;
	log_start(name, LEVEL_INFO);
	read_arguments(argc, argv);
	check_socket();
	give_up_early();
	channel = channel_new(WORKER_SOCKET, peer, false);
	log_redirect(send_log_line, NULL);
}

bool worker_unsandboxed(void)
{
	return unsandboxed;
}

void worker_limit_memory(uint64_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
	(void)bytes; /* its shadow memory alone takes terabytes of addresses */
#else
	limit(RLIMIT_AS, (rlim_t)bytes);
#endif
}

int worker_fd(void)
{
	return WORKER_SOCKET;
}

static void take_descriptor(int *fd, int came)
{
	if (fd != NULL)
		*fd = came;
	else if (came != -1)
		close(came);
}

static void need_good(enum channel_result result)
{
	if (result == CHANNEL_BAD)
		worker_refuse("the coordinator sent %s", channel_why(channel));
	if (result == CHANNEL_CLOSED)
		coordinator_gone();
}

Lt__Envelope *worker_receive(int *fd)
{
	Lt__Envelope *message;
	int came;

	enum channel_result result = channel_receive(channel, &message, &came);

	need_good(result == CHANNEL_AGAIN ? CHANNEL_CLOSED : result);
	take_descriptor(fd, came);
	return message;
}

Lt__Envelope *worker_receive_now(int *fd)
{
	Lt__Envelope *message;
	int came;

	need_good(channel_receive_now(channel, &message, &came));
	take_descriptor(fd, came);
	return message;
}

void worker_send(Lt__Envelope *message, int fd)
{
	legal_cut(&message->base);
	if (channel_send(channel, message, fd) != CHANNEL_OK)
		coordinator_gone();
}

/* ---- ready ----------------------------------------------------------------------------------------- */

/* Adds a NULL-ended list to one for a message, whose texts protobuf-c wants as char *. */
static void gather(char **list, size_t *count, const char *const *more)
{
	for (; more != NULL && *more != NULL && *count < MOST_FACTS; more++)
		list[(*count)++] = (char *)(uintptr_t)*more;
}

static void narrow(const struct sandbox_plan *plan)
{
	const char *failure;

	if (unsandboxed)
		return;
	failure = sandbox_enter(plan);
	if (failure != NULL)
		worker_refuse("the sandbox does not stand: %s; it fails closed (--allow-unsandboxed runs without)", failure);
}

void worker_ready(const struct sandbox_plan *plan, const struct worker_facts *facts)
{
	static const char *const always[] = {"no-dump", NULL};
	static const char *const loud[] = {"runs unsandboxed", NULL};
	char *walls[MOST_FACTS];
	char *versions[MOST_FACTS];
	char *notes[MOST_FACTS];
	char build[] = PACKAGE_VERSION;
	Lt__Ready ready = LT__READY__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	narrow(plan);
	ready.protocol = PROTOCOL_VERSION;
	ready.build = build;
	ready.walls = walls;
	ready.versions = versions;
	ready.notes = notes;
	gather(walls, &ready.n_walls, sandbox_walls());
	gather(walls, &ready.n_walls, always);
	gather(versions, &ready.n_versions, facts != NULL ? facts->versions : NULL);
	gather(notes, &ready.n_notes, unsandboxed ? loud : sandbox_missing());
	gather(notes, &ready.n_notes, facts != NULL ? facts->notes : NULL);
	envelope.body_case = LT__ENVELOPE__BODY_READY;
	envelope.ready = &ready;
	worker_send(&envelope, -1);
}
