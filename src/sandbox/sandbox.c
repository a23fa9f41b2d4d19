#include "config.h"

#include "sandbox/sandbox.h"

#ifdef WITH_SANDBOX
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sandbox/calls.h"
#include "sandbox/landlock.h"
#endif

enum { MOST_WALLS = 8 };

static const char *walls[MOST_WALLS + 1];
static const char *missing[MOST_WALLS + 1];

const char *const *sandbox_walls(void)
{
	return walls;
}

const char *const *sandbox_missing(void)
{
	return missing;
}

#ifndef WITH_SANDBOX

const char *sandbox_enter(const struct sandbox_plan *plan)
{
	(void)plan;
	return "no sandbox is built into this program (--disable-sandbox)";
}

#else

static char failure[128];

static const char *failed(const char *what, int error)
{
	snprintf(failure, sizeof failure, "%s: %s", what, strerror(error));
	return failure;
}

static void note(const char **list, const char *what)
{
	size_t count = 0;

	while (list[count] != NULL)
		count++;
	if (count < MOST_WALLS)
		list[count] = what;
}

static void note_landlock(const struct sandbox_plan *plan, const struct landlock_stands *stands)
{
	bool wants_net = sandbox_offline(plan->profile) || plan->ports != NULL;

	if (stands->fs)
		note(walls, "landlock-fs");
	else
		note(missing, "landlock: this kernel has none (Linux 5.13 and `landlock` in its lsm list)");
	if (stands->net)
		note(walls, "landlock-net");
	else if (stands->fs && wants_net)
		note(missing, "landlock-net: this kernel cannot hold TCP connects to ports (Linux 6.7 can)");
	if (stands->scope)
		note(walls, "landlock-scope");
}

const char *sandbox_enter(const struct sandbox_plan *plan)
{
	const struct rlimit none = {0, 0};
	struct landlock_stands stands;
	int error;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return failed("no_new_privs", errno);
	note(walls, "no-new-privs");
	if (landlock_enter(plan, &stands) == -1)
		return failed("Landlock", errno);
	if (!stands.fs && plan->resolves_names)
		return "this kernel has no Landlock, and a worker that resolves names needs it to keep to the resolver's files";
	note_landlock(plan, &stands);
	/* Beneath seccomp's refusal of clone; root is exempt, and a thread counts as a process. */
	if (!plan->resolves_names && setrlimit(RLIMIT_NPROC, &none) == -1)
		return failed("RLIMIT_NPROC", errno);
	error = calls_filter(plan);
	if (error < 0)
		return failed("seccomp", -error);
	note(walls, "seccomp");
	return NULL;
}

#endif
