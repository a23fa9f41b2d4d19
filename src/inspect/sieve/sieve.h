/*
 * The pass over every byte: one libhs database of literals. Only literals (hs_compile_lit_multi): Vectorscan 5.4.9, as
 * Debian 12 has it, silently loses matches of some regular expressions, of literals none.
 */
#ifndef LEAKTRAWL_SIEVE_H
#define LEAKTRAWL_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/engine.h"
#include "inspect/scan.h"
#include "inspect/views/views.h"

struct literal {
	uint8_t *bytes;
	uint32_t len;
	bool caseless; /* over ASCII */
	bool is_trigger;
	enum trigger trigger;   /* if it is one, else a name: */
	enum name_kind kind;    /* ... of this kind */
	enum encoding encoding; /* ... as it stands in the bytes */
	uint32_t name;          /* ... index of the entry within its kind */
};

struct literals {
	struct literal *list;
	size_t count, cap;
	/*
	 * Hundreds of words: for block mode libhs also builds an automaton for short texts, which takes five times as long as all the
	 * rest and scans our pieces no faster. In vectored mode it builds none. Thousands of literals have none anyway.
	 */
	bool words;
};

/* bytes are copied. */
void literals_add(struct literals *literals, const void *bytes, size_t len, struct literal like);
void literals_free(struct literals *literals);
/* All names of the watch-list in all their encodings (names.c). */
void literals_of_names(struct literals *literals, const struct engine *engine);
/* The services of the watch-list and of the catalogue, for a bundle job. */
void literals_of_services(struct literals *literals, const struct engine *engine);
/* trigger_literals[] of views. */
void literals_of_triggers(struct literals *literals);

struct sieve;

/* Takes over the literals. NULL when libhs cannot compile them: *why (fresh memory) says why. */
struct sieve *sieve_new(struct literals *literals, char **why);
/* The same, but compiled by sieve_ready, which has to be called before each use: compiling takes longer than most jobs. */
struct sieve *sieve_unready(struct literals *literals);
void sieve_ready(struct sieve *sieve);
void sieve_free(struct sieve *sieve);

/* What libhs made of the literals, for another process with the same literals; false: it cannot be written there. */
bool sieve_save(const struct sieve *sieve, int fd);
/* As sieve_new, from what sieve_save wrote. NULL where that belongs to other literals or another processor: literals stay the caller's. */
struct sieve *sieve_load(struct literals *literals, const void *saved, size_t len);

/* Called for each literal found (it lives as long as the sieve), ends ascending; at is where it starts. */
typedef void sieve_found(void *context, const struct literal *literal, size_t at);
void sieve_scan(const struct sieve *sieve, const char *data, size_t len, sieve_found *found, void *context);

/* Longest literal less one: how far scans of neighbouring pieces must overlap. */
size_t sieve_overlap(const struct sieve *sieve);

/* Compiles and scans known input; NULL when every match is there, else what is missing. */
const char *sieve_self_test(void);

#endif
