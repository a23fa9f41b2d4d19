/* What surrounds us: the kernel, the proxies, and what a run would lack. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "coordinator/doctor.h"

enum { LANDLOCK_VERSION_FLAG = 1, LANDLOCK_TCP_ABI = 4, PROXY_WAIT_MS = 5000 };

/* ---- the kernel --------------------------------------------------------------------------------- */

void doctor_kernel(struct doctor *doctor)
{
	struct utsname name = {.release = "?"};
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_VERSION_FLAG);

	(void)uname(&name);
#ifndef WITH_SANDBOX
	doctor_say(doctor, VERDICT_FAIL, "kernel", "this build has no sandbox (--disable-sandbox): build it again without that");
#endif
	if (prctl(PR_GET_SECCOMP) < 0)
		doctor_say(doctor, VERDICT_FAIL, "kernel", "Linux %s has no seccomp: workers cannot be confined", name.release);
	if (landlock < 1)
		doctor_say(doctor, VERDICT_WARN, "kernel", "Linux %s has no Landlock: add lsm=landlock to the kernel's command line",
			name.release);
	else if (landlock < LANDLOCK_TCP_ABI)
		doctor_say(doctor, VERDICT_OK, "kernel", "Linux %s: seccomp, Landlock ABI %ld (rules for TCP ports come with Linux 6.7)",
			name.release, landlock);
	else
		doctor_say(doctor, VERDICT_OK, "kernel", "Linux %s: seccomp, Landlock ABI %ld", name.release, landlock);
}

/* ---- proxies ------------------------------------------------------------------------------------ */

static int wait_for(int fd)
{
	struct pollfd waiting = {.fd = fd, .events = POLLOUT};
	int error = ETIMEDOUT;
	socklen_t size = sizeof error;

	if (poll(&waiting, 1, PROXY_WAIT_MS) > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	return error;
}

/* 0 or an errno. */
static int try_address(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
		error = errno == EINPROGRESS ? wait_for(fd) : errno;
	(void)close(fd);
	return error;
}

static void check_proxy(struct doctor *doctor, const struct proxy *proxy)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char port[8];
	int error;

	(void)snprintf(port, sizeof port, "%u", (unsigned)proxy->port);
	error = getaddrinfo(proxy->host, port, &hints, &found);
	if (error != 0) {
		doctor_say(doctor, VERDICT_FAIL, "proxies", "%s: %s cannot be resolved: %s", proxy->name, proxy->host, gai_strerror(error));
		return;
	}
	error = try_address(found);
	freeaddrinfo(found);
	if (error == 0)
		doctor_say(doctor, VERDICT_OK, "proxies", "%s: %s port %s takes connections", proxy->name, proxy->host, port);
	else
		doctor_say(doctor, VERDICT_FAIL, "proxies", "%s: %s port %s: %s: start it, or mend proxies: %s: url", proxy->name,
			proxy->host, port, strerror(error), proxy->name);
}

void doctor_proxies(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->config->proxies_count; i++)
		check_proxy(doctor, &doctor->config->proxies[i]);
}

/* ---- what a run would lack ---------------------------------------------------------------------- */

void doctor_sources(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	size_t enabled = 0;

	for (size_t i = 0; i < config->sources_count; i++) {
		enabled += config->sources[i].enabled;
		if (config->sources[i].enabled && strcmp(config->sources[i].via, "direct") == 0)
			doctor_say(doctor, VERDICT_WARN, "sources",
				"%s: via direct shows the site who asks, and its fetch process may resolve names", config->sources[i].name);
	}
	if (enabled == 0)
		doctor_say(doctor, VERDICT_WARN, "sources", "none is enabled: crawl has nothing to do");
	else
		doctor_say(doctor, VERDICT_OK, "sources", "%zu of %zu enabled", enabled, config->sources_count);
	if (config->hooks_count == 0)
		doctor_say(doctor, VERDICT_WARN, "hooks", "none is configured: nobody is told of new findings");
	else
		doctor_say(doctor, VERDICT_OK, "hooks", "%zu; leaktrawl alerts test tries them", config->hooks_count);
}
