#include "spawner/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_OF_OURS = 3, EXIT_NO_EXEC = 127 };

/* Out of the way of descriptors 0 to 3, which are about to be given out. */
static int aside(int fd)
{
	return fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OF_OURS + 1);
}

static int place(int fd, int at)
{
	return dup2(fd, at) == -1 ? -1 : 0;
}

/* Puts input, output and socket where the program expects them; exec closes all others. */
static int arrange(const struct child_plan *plan, int output)
{
	int input = plan->input != -1 ? aside(plan->input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = aside(output);
	int socket = aside(plan->socket);

	if (input == -1 || out == -1 || (plan->socket != -1 && socket == -1))
		return -1;
	if (place(input, STDIN_FILENO) == -1 || place(out, STDOUT_FILENO) == -1 || place(out, STDERR_FILENO) == -1)
		return -1;
	return plan->socket != -1 ? place(socket, FIRST_OF_OURS) : 0;
}

static void default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct child_plan *plan, int output, int report, pid_t parent)
{
	int failure;

	default_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && (!plan->own_group || setpgid(0, 0) == 0) && arrange(plan, output) == 0) {
		if (getppid() != parent)
			_exit(EXIT_FAILURE); /* it died before we asked to be told */
		execve(plan->path, plan->argv, plan->env);
	}
	failure = errno;
	(void)!write(report, &failure, sizeof failure);
	_exit(EXIT_NO_EXEC);
}

/* The errno the child wrote instead of becoming the program, or 0. */
static int failure_of(int report)
{
	int failure = 0;
	ssize_t len;

	do
		len = read(report, &failure, sizeof failure);
	while (len == -1 && errno == EINTR);
	return len == (ssize_t)sizeof failure ? failure : 0;
}

static int launch(const struct child_plan *plan, struct child_handles *handles, int output, int report[2])
{
	pid_t parent = getpid();
	int failure;

	handles->pid = fork();
	if (handles->pid == -1)
		return errno;
	if (handles->pid == 0)
		become(plan, output, aside(report[1]), parent);
	close(report[1]); /* the child's copy alone keeps it open, until it execs */
	report[1] = -1;
	failure = failure_of(report[0]);
	/* Not reaped yet, so the pid is still this child's. */
	handles->pidfd = (int)syscall(SYS_pidfd_open, handles->pid, 0);
	if (failure == 0 && handles->pidfd == -1) {
		failure = errno;
		kill(handles->pid, SIGKILL);
	}
	if (failure != 0)
		waitpid(handles->pid, NULL, 0);
	return failure;
}

static void close_pair(const int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] != -1)
			close(pair[i]);
}

int child_start(const struct child_plan *plan, struct child_handles *handles)
{
	int output[2];
	int report[2];
	int failure;

	*handles = (struct child_handles){.pidfd = -1, .output = -1};
	if (pipe2(output, O_CLOEXEC) == -1)
		return errno;
	if (fcntl(output[0], F_SETFL, O_NONBLOCK) == -1 || pipe2(report, O_CLOEXEC) == -1) {
		failure = errno;
		close_pair(output);
		return failure;
	}
	failure = launch(plan, handles, output[1], report);
	close_pair(report);
	close(output[1]);
	if (failure == 0) {
		handles->output = output[0];
		return 0;
	}
	close(output[0]);
	if (handles->pidfd != -1)
		close(handles->pidfd);
	return failure;
}
