/*
 * From set-up messages to an engine: configuration, data files, rules, sieve; then the proofs that libhs and the JIT work here.
 * What is hostile or impossible in the set-up ends the process with its reason (worker_refuse).
 */
#ifndef LEAKTRAWL_SETUP_H
#define LEAKTRAWL_SETUP_H

#include "inspect/engine.h"

/* Reads messages until SetupEnd. The engine lives as long as the process. */
struct engine *setup_receive(void);
/* Faults of the files as "file:line:column: text", ended by NULL; for Ready. */
const char *const *setup_notes(const struct engine *engine);

#endif
