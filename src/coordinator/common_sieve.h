/*
 * Names compiled once for all inspectors. Compiling thousands of them takes libhs seconds and some 200 MiB, loading the result a
 * millisecond. So the first inspector writes what it compiled into a memory file, before it has seen a byte of any document; at its
 * Ready the file is sealed, and the others are handed it. Those that start meanwhile wait for the end of their set-up.
 */
#ifndef LEAKTRAWL_COMMON_SIEVE_H
#define LEAKTRAWL_COMMON_SIEVE_H

#include <stdbool.h>
#include <stddef.h>

#include "coordinator/pool.h"

struct common_sieve;

/* names: how many there are to compile; a few are compiled by each inspector. end sends the end of the set-up. */
struct common_sieve *common_sieve_new(size_t names, void (*end)(struct pool_worker *worker));
void common_sieve_free(struct common_sieve *common);

/* A worker has been sent all but the end of its set-up: that follows now, or once the names are compiled. */
void common_sieve_offer(struct common_sieve *common, struct pool_worker *worker);
void common_sieve_ready(struct common_sieve *common, struct pool_worker *worker);
/* Where the one that compiles dies, each of the others compiles for itself. */
void common_sieve_dead(struct common_sieve *common, const struct pool_worker *worker);

#endif
