/* The walls, asserted from inside: children narrow themselves with each profile and try. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH_SANDBOX
#include <seccomp.h>
#endif

#include <cmocka.h>

#include "messages/channel.h"
#include "sandbox/sandbox.h"

static const struct sandbox_plan inspect = {.profile = SANDBOX_INSPECT};

#ifdef WITH_SANDBOX
enum { KILLED = 1000, NOT_NARROWED = 250 };

static const uint16_t one_port[] = {8080};
static const struct sandbox_plan fetch = {.profile = SANDBOX_FETCH, .ports = one_port, .port_count = 1};
static const struct sandbox_plan notify = {.profile = SANDBOX_NOTIFY, .ports = one_port, .port_count = 1};
static const struct sandbox_plan control = {.profile = SANDBOX_CONTROL};
static const struct sandbox_plan direct = {.profile = SANDBOX_FETCH, .resolves_names = true};

/* Exit status of a child that ran work behind the plan's walls, or KILLED for an end by SIGSYS. */
static int behind(const struct sandbox_plan *plan, int (*work)(void *context), void *context)
{
	int status;
	pid_t child = fork();

	assert_int_not_equal(child, -1);
	if (child == 0) {
		const char *failure = sandbox_enter(plan);

		if (failure != NULL) {
			fprintf(stderr, "# %s\n", failure);
			_exit(NOT_NARROWED);
		}
		_exit(work(context));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int attempt(void *name)
{
	return sandbox_attempt(name);
}

struct expectation {
	const char *attempt;
	int answer; /* errno or KILLED */
};

static void assert_answers(const struct sandbox_plan *plan, const struct expectation *expected)
{
	for (; expected->attempt != NULL; expected++) {
		char name[32];
		int answer;

		snprintf(name, sizeof name, "%s", expected->attempt);
		answer = behind(plan, attempt, name);
		if (answer != expected->answer)
			fail_msg("%s: %d instead of %d", name, answer, expected->answer);
	}
}

static int nothing(void *unused)
{
	(void)unused;
	return 0;
}

/* A plan that resolves names is there only where Landlock is; what holds elsewhere has a test of its own. */
static void need_landlock(void)
{
	if (behind(&direct, nothing, NULL) == NOT_NARROWED)
		skip();
}

/* Whether this kernel has the part of Landlock that holds connects to ports; the child's exit tells. */
static int has_port_rules(void *unused)
{
	(void)unused;
	for (const char *const *wall = sandbox_walls(); *wall != NULL; wall++)
		if (strcmp(*wall, "landlock-net") == 0)
			return 1;
	return 0;
}

/* ---- denials --------------------------------------------------------------------------------------- */

static void an_inspector_can_open_start_trace_signal_and_connect_nothing(void **state)
{
	static const struct expectation expected[] = {
		{"open", EACCES},
		{"create", EACCES},
		{"stat", EACCES},
		{"executable-memory", EACCES},
		{"exec", KILLED},
		{"fork", KILLED},
		{"ptrace", KILLED},
		{"signal", KILLED},
		{"unix-socket", KILLED},
		{"udp-socket", KILLED},
		{"tcp-socket", KILLED},
		{"io_uring", KILLED},
		{"bpf", KILLED},
		{"namespace", KILLED},
		{NULL, 0},
	};

	(void)state;
	assert_answers(&inspect, expected);
	assert_answers(&control, expected);
}

static void a_fetcher_has_tcp_to_its_port_and_nothing_else(void **state)
{
	static const struct expectation expected[] = {
		{"open", EACCES},
		{"create", EACCES},
		{"stat", EACCES},
		{"executable-memory", EACCES},
		{"exec", KILLED},
		{"fork", KILLED},
		{"ptrace", KILLED},
		{"signal", KILLED},
		{"unix-socket", KILLED},
		{"udp-socket", ENOSYS},
		{"multipath-socket", ENOSYS},
		{"tcp-socket", 0},
		{"io_uring", KILLED},
		{"bpf", KILLED},
		{"namespace", KILLED},
		{NULL, 0},
	};

	(void)state;
	assert_answers(&fetch, expected);
	assert_answers(&notify, expected);
}

static void a_fetcher_cannot_connect_to_another_port(void **state)
{
	char name[] = "other-port";

	(void)state;
	if (!behind(&fetch, has_port_rules, NULL))
		skip();
	assert_int_equal(behind(&fetch, attempt, name), EACCES);
	assert_int_equal(behind(&notify, attempt, name), EACCES);
}

static void a_direct_fetcher_resolves_names_but_still_starts_and_reads_nothing(void **state)
{
	static const struct expectation expected[] = {
		{"open", EACCES},
		{"executable-memory", EACCES},
		{"exec", KILLED},
		{"fork", KILLED},
		{"ptrace", KILLED},
		{"signal", KILLED},
		{"unix-socket", EACCES},
		{"udp-socket", 0},
		{"tcp-socket", 0},
		{"multipath-socket", ENOSYS},
		{"io_uring", KILLED},
		{"bpf", KILLED},
		{"namespace", KILLED},
		{NULL, 0},
	};

	(void)state;
	need_landlock();
	assert_answers(&direct, expected);
}

static int read_file(void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd == -1 ? errno : 0;
}

static void a_direct_fetcher_opens_the_resolvers_files_only(void **state)
{
	char hosts[] = "/etc/hosts";
	char users[] = "/etc/passwd";

	(void)state;
	assert_int_equal(behind(&fetch, read_file, hosts), EACCES);
	need_landlock();
	assert_int_equal(behind(&direct, read_file, hosts), 0);
	assert_int_equal(behind(&direct, read_file, users), EACCES);
}

static int write_file(void *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd == -1 ? errno : 0;
}

static void a_direct_fetcher_writes_no_file(void **state)
{
	char hosts[] = "/etc/hosts";

	(void)state;
	need_landlock();
	assert_int_equal(behind(&direct, write_file, hosts), ENOSYS);
}

static void *thread_body(void *context)
{
	return context;
}

static int start_thread(void *unused)
{
	pthread_t thread;

	(void)unused;
	if (pthread_create(&thread, NULL, thread_body, NULL) != 0)
		return 1;
	return pthread_join(thread, NULL);
}

static void threads_are_for_the_resolver_alone(void **state)
{
	(void)state;
	assert_int_equal(behind(&inspect, start_thread, NULL), KILLED);
	assert_int_equal(behind(&fetch, start_thread, NULL), KILLED);
	need_landlock();
	assert_int_equal(behind(&direct, start_thread, NULL), 0);
}

static int make_memory_executable_later(void *unused)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	if (page == MAP_FAILED)
		return 1;
	return mprotect(page, 4096, PROT_READ | PROT_EXEC) == -1 ? errno : 0;
}

static void written_memory_does_not_become_executable(void **state)
{
	(void)state;
	assert_int_equal(behind(&inspect, make_memory_executable_later, NULL), EACCES);
	assert_int_equal(behind(&fetch, make_memory_executable_later, NULL), EACCES);
}

static int raise_limits(void *unused)
{
	const struct rlimit limits = {4096, 4096};

	(void)unused;
	return setrlimit(RLIMIT_NPROC, &limits) == -1 ? errno : 0;
}

static void limits_cannot_be_raised_again(void **state)
{
	(void)state;
	assert_int_equal(behind(&inspect, raise_limits, NULL), ENOSYS);
}

static int second_thoughts(void *unused)
{
	(void)unused;
	return sandbox_self_test() == NULL ? 0 : 1;
}

static void the_self_test_is_content_inside_and_names_a_gap_outside(void **state)
{
	(void)state;
	assert_int_equal(behind(&inspect, second_thoughts, NULL), 0);
	assert_int_equal(behind(&fetch, second_thoughts, NULL), 0);
	assert_string_equal(sandbox_self_test(), "open");
	need_landlock();
	assert_int_equal(behind(&direct, second_thoughts, NULL), 0);
}

/* ---- what must go on working ----------------------------------------------------------------------- */

static int work_as_usual(void *context)
{
	int *fds = context; /* a memfd, a pipe's end, a socket with a message and a descriptor */
	char bytes[8] = {0};
	char *block = malloc((size_t)64 << 20);
	void *grown;
	struct channel *channel;
	Lt__Envelope *message;
	int fd;

	if (block == NULL)
		return 1;
	memset(block, 7, (size_t)64 << 20);
	grown = realloc(block, (size_t)96 << 20);
	if (grown == NULL)
		return 2;
	free(grown);
	if (pread(fds[0], bytes, sizeof bytes, 0) != 5 || strcmp(bytes, "bytes") != 0)
		return 3;
	if (write(fds[1], "line\n", 5) != 5)
		return 4;
	channel = channel_new(fds[2], PEER_COORDINATOR_OF_INSPECT, false);
	if (channel_receive(channel, &message, &fd) != CHANNEL_OK || pread(fd, bytes, sizeof bytes, 0) != 5)
		return 5;
	channel_message_free(message);
	return 0;
}

static void descriptors_memory_and_messages_work_behind_every_wall(void **state)
{
	static const struct sandbox_plan *const plans[] = {&inspect, &fetch, &notify, &direct};

	(void)state;
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		Lt__InspectSetup setup = LT__INSPECT_SETUP__INIT;
		Lt__Envelope envelope = LT__ENVELOPE__INIT;
		struct channel *channel;
		int fds[3], ends[2], sockets[2];
		char line[8] = {0};

		if (plans[i] == &direct)
			need_landlock();
		fds[0] = memfd_create("document", MFD_CLOEXEC);
		assert_int_equal(write(fds[0], "bytes", 5), 5);
		assert_int_equal(pipe(ends), 0);
		fds[1] = ends[1];
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
		fds[2] = sockets[1];
		channel = channel_new(sockets[0], PEER_INSPECT, false);
		envelope.body_case = LT__ENVELOPE__BODY_INSPECT_SETUP;
		envelope.inspect_setup = &setup;
		assert_int_equal(channel_send(channel, &envelope, fds[0]), CHANNEL_OK);
		assert_int_equal(behind(plans[i], work_as_usual, fds), 0);
		assert_int_equal(read(ends[0], line, sizeof line), 5);
		channel_free(channel);
		close(sockets[1]);
		close(ends[0]);
		close(ends[1]);
		close(fds[0]);
	}
}

static int connect_to(void *context)
{
	const uint16_t *port = context;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
}

static void a_fetcher_reaches_the_port_of_its_plan(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof address;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sandbox_plan plan = fetch;
	uint16_t port;

	(void)state;
	assert_int_equal(bind(server, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server, 8), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
	port = ntohs(address.sin_port);
	plan.ports = &port;
	assert_int_equal(behind(&plan, connect_to, &port), 0);
	if (behind(&fetch, has_port_rules, NULL))
		assert_int_equal(behind(&fetch, connect_to, &port), EACCES);
	close(server);
}

static int abort_itself(void *unused)
{
	(void)unused;
	abort();
}

static void an_abort_is_still_told_from_an_intrusion(void **state)
{
	(void)state;
	assert_int_equal(behind(&inspect, abort_itself, NULL), -SIGABRT);
}

static int names_its_walls(void *unused)
{
	int found = 0;

	(void)unused;
	for (const char *const *wall = sandbox_walls(); *wall != NULL; wall++)
		found |= strcmp(*wall, "seccomp") == 0 ? 1 : strcmp(*wall, "no-new-privs") == 0 ? 2 : 0;
	return found;
}

static void the_walls_are_named_once_they_stand(void **state)
{
	(void)state;
	assert_null(sandbox_walls()[0]);
	assert_int_equal(behind(&inspect, names_its_walls, NULL), 3);
}

/* An older kernel, played by a filter that knows no Landlock. */
static int enter_without_landlock(void *plan)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const char *failure;

	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) != 0 || seccomp_load(filter) != 0)
		return NOT_NARROWED;
	failure = sandbox_enter(plan);
	if (failure != NULL)
		return strstr(failure, "no Landlock") != NULL ? 1 : 2;
	return sandbox_missing()[0] != NULL && sandbox_attempt("open") == EACCES ? 0 : 3;
}

static int in_a_child(int (*work)(void *context), const struct sandbox_plan *plan)
{
	struct sandbox_plan copy = *plan;
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(work(&copy));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void without_landlock_seccomp_stands_alone_and_nothing_resolves_names(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(enter_without_landlock, &inspect), 0);
	assert_int_equal(in_a_child(enter_without_landlock, &fetch), 0);
	assert_int_equal(in_a_child(enter_without_landlock, &direct), 1);
}

/* A kernel, or a container, that refuses filters. */
static int enter_without_seccomp(void *plan)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0) != 0 ||
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) != 0 ||
		seccomp_load(filter) != 0)
		return NOT_NARROWED;
	return sandbox_enter(plan) != NULL ? 1 : 0;
}

static void without_seccomp_it_fails_closed(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(enter_without_seccomp, &inspect), 1);
	assert_int_equal(in_a_child(enter_without_seccomp, &fetch), 1);
}

#else
static void a_build_without_a_sandbox_says_so_and_fails_closed(void **state)
{
	(void)state;
	assert_non_null(strstr(sandbox_enter(&inspect), "no sandbox"));
	assert_null(sandbox_walls()[0]);
}
#endif

static void an_attempt_nobody_knows_is_no_success(void **state)
{
	(void)state;
	assert_int_equal(sandbox_attempt("teleport"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef WITH_SANDBOX
		cmocka_unit_test(an_inspector_can_open_start_trace_signal_and_connect_nothing),
		cmocka_unit_test(a_fetcher_has_tcp_to_its_port_and_nothing_else),
		cmocka_unit_test(a_fetcher_cannot_connect_to_another_port),
		cmocka_unit_test(a_direct_fetcher_resolves_names_but_still_starts_and_reads_nothing),
		cmocka_unit_test(a_direct_fetcher_opens_the_resolvers_files_only),
		cmocka_unit_test(a_direct_fetcher_writes_no_file),
		cmocka_unit_test(threads_are_for_the_resolver_alone),
		cmocka_unit_test(written_memory_does_not_become_executable),
		cmocka_unit_test(limits_cannot_be_raised_again),
		cmocka_unit_test(the_self_test_is_content_inside_and_names_a_gap_outside),
		cmocka_unit_test(descriptors_memory_and_messages_work_behind_every_wall),
		cmocka_unit_test(a_fetcher_reaches_the_port_of_its_plan),
		cmocka_unit_test(an_abort_is_still_told_from_an_intrusion),
		cmocka_unit_test(the_walls_are_named_once_they_stand),
		cmocka_unit_test(without_landlock_seccomp_stands_alone_and_nothing_resolves_names),
		cmocka_unit_test(without_seccomp_it_fails_closed),
#else
		cmocka_unit_test(a_build_without_a_sandbox_says_so_and_fails_closed),
#endif
		cmocka_unit_test(an_attempt_nobody_knows_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
