/* Fork and exec, with nothing inherited but what is named. */
#ifndef LEAKTRAWL_CHILD_H
#define LEAKTRAWL_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child_plan {
	const char *path;
	char *const *argv;
	char *const *env; /* the whole environment */
	int input;        /* becomes standard input; -1: /dev/null */
	int socket;       /* becomes descriptor 3; -1: none */
	bool own_group;   /* leads a process group of its own, so that all of it can be ended */
};

struct child_handles {
	pid_t pid;
	int pidfd;  /* close-on-exec, as is */
	int output; /* reads its standard output and error; nonblocking */
};

/*
 * Returns 0, or the errno of what failed, exec included. The child dies with this process. The plan's
 * descriptors stay the caller's, the handles become the caller's.
 */
int child_start(const struct child_plan *plan, struct child_handles *handles);

#endif
