/* What every inspector is told at start: the watch-list, the keys, and the files of patterns/ and data/. */
#ifndef LEAKTRAWL_INSPECT_SETUP_H
#define LEAKTRAWL_INSPECT_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/pool.h"

struct inspect_setup;

struct inspect_setup_options {
	bool reveal;                    /* findings carry the plain secret */
	bool ephemeral;                 /* no keys: ids under a random key of this set-up, nothing sealed */
	const uint8_t *fingerprint_key; /* 32 bytes, unless ephemeral */
	const uint8_t (*team_keys)[32];
	size_t team_key_count;
	int64_t now_ms;
};

/*
 * Encodes the watch-list once and opens every rule and data file. Returns NULL, having said why, when a file
 * named in the configuration cannot be read. The caller frees; keys are copied and wiped with it.
 */
struct inspect_setup *inspect_setup_new(const struct config *config, const struct inspect_setup_options *options);
void inspect_setup_free(struct inspect_setup *setup);

/* Queues it all for a worker that is starting; the end of it perhaps when another one is ready (common_sieve.h). */
void inspect_setup_send(struct inspect_setup *setup, struct pool_worker *worker);
/* Of a set-up that went to several workers: one of them is ready, or died. */
void inspect_setup_ready(struct inspect_setup *setup, struct pool_worker *worker);
void inspect_setup_dead(struct inspect_setup *setup, const struct pool_worker *worker);

/*
 * Digest over watch-list, rules and data: a document read under another one is read again. 32 hex digits
 * and a 0; owned by the set-up.
 */
const char *inspect_setup_version(const struct inspect_setup *setup);

#endif
