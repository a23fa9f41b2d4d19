/*
 * Landlock: no paths (but the resolver's files where a plan resolves names), TCP connects to the plan's ports
 * only, no signals and abstract sockets out of this process. As much of it as the kernel knows.
 *
 * Debian 12's <linux/landlock.h> stops at ABI 2, so the calls, flags and attributes stand in landlock.c
 * with the ABI that brought them (Documentation/userspace-api/landlock.rst).
 */
#ifndef LEAKTRAWL_LANDLOCK_H
#define LEAKTRAWL_LANDLOCK_H

#include "sandbox/sandbox.h"

/* What of it stands; the plan's wish and the kernel's ability. */
struct landlock_stands {
	bool fs;    /* since Linux 5.13 */
	bool net;   /* since 6.7 */
	bool scope; /* since 6.12 */
};

/* Needs no_new_privs. Returns 0, or -1 with errno, when a kernel that knows Landlock refused it. */
int landlock_enter(const struct sandbox_plan *plan, struct landlock_stands *stands);

#endif
