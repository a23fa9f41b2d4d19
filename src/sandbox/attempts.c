/* Tries, from inside, what the walls must refuse. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

static int outcome(long result)
{
	return result == -1 ? errno : 0;
}

static int try_open(void)
{
	return outcome(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_create(void)
{
	return outcome(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static int try_stat(void)
{
	struct stat unused;

	return outcome(lstat("/", &unused));
}

static int try_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int try_exec(void)
{
	char name[] = "/bin/true";
	char *arguments[] = {name, NULL};
	char *environment[] = {NULL};

	return outcome(execve(name, arguments, environment));
}

/* One in whose process nothing happens: it only must not come to be. */
static int try_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return outcome(child);
}

static int try_ptrace(void)
{
	return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_signal(void)
{
	return outcome(kill(getppid(), 0));
}

static int try_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	int error = outcome(fd);

	if (fd != -1)
		close(fd);
	return error;
}

static int try_unix_socket(void)
{
	return try_socket(AF_UNIX, SOCK_STREAM);
}

static int try_udp_socket(void)
{
	return try_socket(AF_INET, SOCK_DGRAM);
}

static int try_tcp_socket(void)
{
	return try_socket(AF_INET, SOCK_STREAM);
}

static int try_multipath_socket(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP));
}

/* A port no plan of ours names; refused by the other side is a connect that went through. */
static int try_other_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = fd != -1 ? outcome(connect(fd, (const struct sockaddr *)&address, sizeof address)) : errno;

	if (fd != -1)
		close(fd);
	return error == ECONNREFUSED ? 0 : error;
}

static int try_io_uring(void)
{
	char parameters[120] = {0};

	return outcome(syscall(SYS_io_uring_setup, 1, parameters));
}

static int try_bpf(void)
{
	return outcome(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_namespace(void)
{
	return outcome(unshare(CLONE_NEWUSER));
}

static const struct {
	const char *name;
	int (*try)(void);
	bool survived; /* every profile answers with an errno */
} attempts[] = {
	{"open", try_open, true},
	{"create", try_create, true},
	{"executable-memory", try_executable_memory, true},
	{"stat", try_stat, false},
	{"exec", try_exec, false},
	{"fork", try_fork, false},
	{"ptrace", try_ptrace, false},
	{"signal", try_signal, false},
	{"unix-socket", try_unix_socket, false},
	{"udp-socket", try_udp_socket, false},
	{"tcp-socket", try_tcp_socket, false},
	{"multipath-socket", try_multipath_socket, false},
	{"other-port", try_other_port, false},
	{"io_uring", try_io_uring, false},
	{"bpf", try_bpf, false},
	{"namespace", try_namespace, false},
};

int sandbox_attempt(const char *name)
{
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
		if (strcmp(attempts[i].name, name) == 0)
			return attempts[i].try();
	return -1;
}

const char *sandbox_self_test(void)
{
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
		if (attempts[i].survived && attempts[i].try() == 0)
			return attempts[i].name;
	return NULL;
}
