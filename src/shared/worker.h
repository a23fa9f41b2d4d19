/*
 * What the mains of leaktrawl-fetch, -inspect and -notify share: how a worker begins, hears, speaks and
 * ends. The order is always
 *
 *     worker_start      take the socket on descriptor 3, give up what needs no set-up to give up
 *     worker_receive    the set-up messages: load and compile everything they name
 *     worker_ready      narrow behind the sandbox, say Ready
 *     worker_receive    jobs, until the coordinator closes the socket
 *
 * There is one worker in a process, so its state is the module's. All ends of the conversation end the
 * process here: the coordinator gone is _exit(0), its breach of the protocol _exit(1).
 */
#ifndef LEAKTRAWL_WORKER_H
#define LEAKTRAWL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messages/channel.h"
#include "sandbox/sandbox.h"

enum { WORKER_SOCKET = 3 };

/*
 * Reads the arguments (--unsandboxed, --version, --help), checks that descriptor 3 is a socket as the
 * spawner hands it over (else says that people start leaktrawl, not this, and exits 2). Then: dies with its
 * parent, no core files, not dumpable, umask 077, UTC, log lines to the coordinator. Nothing but
 * descriptors 0 to 3 stays open. name is the program's, peer the coordinator as this worker sees it.
 */
void worker_start(int argc, char **argv, const char *name, enum peer peer);

/* Started with --unsandboxed; the set-up message must say the same, or the worker does not start. */
bool worker_unsandboxed(void);
/* Address space this process may have from now on, in bytes. */
void worker_limit_memory(uint64_t bytes);
/* To poll beside others (curl_multi_poll); a readable one is read with worker_receive_now. */
int worker_fd(void);

/*
 * Waits for a message. *fd (which may be NULL where no descriptor can come) is the caller's to close, -1 if
 * none came; the message is freed with channel_message_free.
 */
Lt__Envelope *worker_receive(int *fd);
/* The same, but NULL where nothing has arrived yet. */
Lt__Envelope *worker_receive_now(int *fd);
/*
 * Sends, waiting until the coordinator has room. Texts longer than their cap (legal.c) are cut in place; texts that are
 * not UTF-8, and messages that are too large as a whole, are our own mistake.
 */
void worker_send(Lt__Envelope *message, int fd);

/* What Ready tells beside the walls; both end with NULL, NULL for none. */
struct worker_facts {
	const char *const *versions; /* "libcurl/7.88.1" */
	const char *const *notes;    /* what could not be set up, worth telling in doctor */
};

/*
 * Narrows (see sandbox.h) and says Ready. Where a wall that must stand cannot be raised, logs why and exits
 * 1, unless worker_unsandboxed. NULL facts: none.
 */
void worker_ready(const struct sandbox_plan *plan, const struct worker_facts *facts);

/* Hostile or impossible set-up: logs why (shown as the cause of the failed start) and exits 1. */
_Noreturn void worker_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
