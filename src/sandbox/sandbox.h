/*
 * How a worker narrows itself once everything is loaded: no_new_privs, Landlock for paths and TCP ports,
 * seccomp for calls. Nothing undoes it. What a profile allows stands in calls.c.
 *
 *     SANDBOX_INSPECT  reads and writes descriptors it holds, gets memory; no files, sockets, threads,
 *                      processes, executable memory
 *     SANDBOX_FETCH    the same, and TCP sockets: stream sockets of the internet families only, so no
 *                      datagram and with it no DNS; Landlock (ABI 4, Linux 6.7) holds it to the given ports
 *     SANDBOX_NOTIFY   as SANDBOX_FETCH
 *     SANDBOX_CONTROL  as SANDBOX_INSPECT: its one connection stands before
 *
 * A plan that resolves names (`via: direct`) is weaker, since glibc's resolver needs it: datagram and
 * netlink sockets, threads of its own process, and read-only opens, which Landlock holds to the few files
 * of the resolver. Such a plan does not start without Landlock.
 *
 * Refused: opening and looking at paths is EACCES (libraries probe), executable memory EACCES, calls nobody
 * foresaw ENOSYS (a newer libc falls back), datagram sockets ENOSYS; new processes, programs, tracing, signals,
 * foreign sockets, io_uring, bpf, keys, modules, namespaces end the process with SIGSYS, which the pool reports.
 */
#ifndef LEAKTRAWL_SANDBOX_H
#define LEAKTRAWL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_profile { SANDBOX_INSPECT, SANDBOX_FETCH, SANDBOX_NOTIFY, SANDBOX_CONTROL };

/* No socket may be opened at all. */
static inline bool sandbox_offline(enum sandbox_profile profile)
{
	return profile == SANDBOX_INSPECT || profile == SANDBOX_CONTROL;
}

struct sandbox_plan {
	enum sandbox_profile profile;
	bool resolves_names;   /* the weaker plan of `via: direct` */
	const uint16_t *ports; /* TCP ports it may connect to; NULL: any */
	size_t port_count;
};

/*
 * Raises the walls. Returns NULL, or why a wall that must stand could not be raised (static or leaked text:
 * the process ends next). Built with --disable-sandbox it always says so.
 */
const char *sandbox_enter(const struct sandbox_plan *plan);

/*
 * The walls that stand, ended by NULL: "no-new-privs", "seccomp", "landlock-fs", "landlock-net",
 * "landlock-scope". Empty before sandbox_enter.
 */
const char *const *sandbox_walls(void);
/* Walls this kernel does not have though the plan wants them, in words, ended by NULL. */
const char *const *sandbox_missing(void);

/*
 * For proofs from inside a worker. Tries a forbidden thing by name: "open", "create", "stat", "exec", "fork", "ptrace",
 * "signal", "executable-memory", "unix-socket", "udp-socket", "tcp-socket" (inspect only), "multipath-socket",
 * "other-port" (port 9 on loopback), "io_uring", "bpf", "namespace". Returns 0 if it was done (the wall is
 * missing), an errno if it was refused, -1 for a name it does not know. Where the wall's answer is death, it
 * does not return.
 */
int sandbox_attempt(const char *name);
/* Tries those that no profile answers with death; returns the first that went through, or NULL. */
const char *sandbox_self_test(void);

#endif
