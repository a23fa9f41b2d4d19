#include "worker_driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"

bool driver_sandbox(void)
{
	return getenv("LEAKTRAWL_UNSANDBOXED") == NULL;
}

static _Noreturn void run(const char *name, int fd, bool sandbox)
{
	const char *folder = getenv("LEAKTRAWL_BUILD");
	char *path = xasprintf("%s/%s", folder == NULL ? "." : folder, name);
	char *argument = xstrdup("--unsandboxed");
	char *argv[] = {path, sandbox ? NULL : argument, NULL};
	if (dup2(fd, 3) != 3)
		log_fatal_errno("no descriptor 3");
	fcntl(3, F_SETFD, 0);
	execv(path, argv); /* with our environment: what it must not heed is part of the tests */
	log_fatal_errno("cannot run %s", path);
}

struct channel *driver_start(const char *name, enum peer peer, bool sandbox, pid_t *pid)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		log_fatal_errno("no socket pair");
	*pid = fork();
	if (*pid == -1)
		log_fatal_errno("cannot fork");
	if (*pid == 0)
		run(name, pair[1], sandbox);
	close(pair[1]);
	return channel_new(pair[0], peer, false);
}

Lt__Envelope *driver_receive(struct channel *channel)
{
	for (;;) {
		Lt__Envelope *message = NULL;
		int fd = -1;
		enum channel_result result = channel_receive(channel, &message, &fd);
		if (result == CHANNEL_BAD)
			log_fatal("the worker sent %s", channel_why(channel));
		if (result != CHANNEL_OK)
			return NULL;
		if (message->body_case != LT__ENVELOPE__BODY_LOG_LINE)
			return message;
		fprintf(stderr, "worker: %s\n", message->log_line->text);
		channel_message_free(message);
	}
}

bool driver_stop(struct channel *channel, pid_t pid)
{
	int status = 0;
	channel_free(channel);
	if (waitpid(pid, &status, 0) != pid)
		log_fatal_errno("cannot wait for the worker");
	if (WIFSIGNALED(status))
		printf("worker killed by signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		printf("worker exited with %d\n", WEXITSTATUS(status));
	return status == 0;
}

int driver_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		log_fatal_errno("cannot open %s", path);
	return fd;
}

int driver_memory(const void *data, size_t len)
{
	int fd = memfd_create("driver", MFD_CLOEXEC);
	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		log_fatal_errno("no memory file");
	return fd;
}

int driver_ca(const char *path)
{
	static const char none[] = "-----BEGIN CERTIFICATE-----\n";
	return path == NULL ? driver_memory(none, sizeof(none) - 1) : driver_open(path);
}

uint32_t driver_number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0')
		log_fatal("%s is not a number", text);
	return (uint32_t)value;
}

void driver_proxy(Lt__FetchSetup *setup, const char *text)
{
	static const char *const schemes[] = {"", "socks5h://", "socks5://", "http://"};
	for (int scheme = 1; scheme < 4; scheme++) {
		size_t len = strlen(schemes[scheme]);
		const char *colon = strrchr(text, ':');
		if (strncmp(text, schemes[scheme], len) != 0)
			continue;
		setup->scheme = (Lt__ProxyScheme)scheme;
		setup->proxy_address = xstrndup(text + len, (size_t)(colon - text) - len);
		setup->has_proxy_port = true;
		setup->proxy_port = driver_number(colon + 1);
	}
}

static void print_list(const char *name, char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("ready %s %s\n", name, list[i]);
}

void driver_print_ready(const Lt__Ready *ready)
{
	print_list("wall", ready->walls, ready->n_walls);
	print_list("version", ready->versions, ready->n_versions);
	print_list("note", ready->notes, ready->n_notes);
}
