/* Starts a worker the way the spawner does, for tests that speak its messages themselves. */
#ifndef LEAKTRAWL_WORKER_DRIVER_H
#define LEAKTRAWL_WORKER_DRIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "messages/channel.h"

/* False where $LEAKTRAWL_UNSANDBOXED says that this build has no walls (sanitizers, valgrind). */
bool driver_sandbox(void);
/* Forks and executes name from the build folder with its socket as descriptor 3. Returns our end. */
struct channel *driver_start(const char *name, enum peer peer, bool sandbox, pid_t *pid);
/* The next message that is not a log line; log lines go to standard error. NULL when the worker is gone. */
Lt__Envelope *driver_receive(struct channel *channel);
/* Closes our end and waits. Prints how the worker ended where it was not exit 0; returns whether it was. */
bool driver_stop(struct channel *channel, pid_t pid);
/* An open file, or exits with a message. */
int driver_open(const char *path);
/* A memfd with that content. */
int driver_memory(const void *data, size_t len);
/* The CA bundle to set up with: the file, or with NULL one that holds no certificate. */
int driver_ca(const char *path);
/* A number, or exits with a message. */
uint32_t driver_number(const char *text);
/* Puts "direct" or "socks5h://127.0.0.1:9050" into a set-up. */
void driver_proxy(Lt__FetchSetup *setup, const char *text);
void driver_print_ready(const Lt__Ready *ready);

#endif
