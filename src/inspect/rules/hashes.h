/* Hash shapes of data/hashes.yml: what a value that looks like a password hash is, with salt and cost. */
#ifndef LEAKTRAWL_HASHES_H
#define LEAKTRAWL_HASHES_H

#include <stdbool.h>

#include "shared/slice.h"
#include "shared/yaml.h"

struct engine;
struct hashes;

enum { HASH_CANDIDATES = 8 };

enum hash_cost { HASH_COST_UNKNOWN, HASH_COST_NONE, HASH_COST_FAST, HASH_COST_SLOW };

struct hash_shape {
	const char *format;                      /* "bcrypt", "md5-or-ntlm"; lives as long as the engine */
	const char *candidates[HASH_CANDIDATES]; /* where the shape alone is ambiguous; NULL ends */
	bool salted;                             /* within the value or apart */
	bool ambiguous;                          /* a password could look like it: 32 hex digits */
	bool empty;                              /* known hash of the empty password: no finding */
	enum hash_cost cost;
};

/* Adds the shapes of a file (SETUP_HASHES); hashes_new gives an empty table. */
struct hashes *hashes_new(void);
void hashes_load(struct hashes *hashes, struct yaml_file *file);
void hashes_free(struct hashes *hashes);

/*
 * Whether the whole of value has the shape of a hash. salt is what stood apart from it, if anything.
 * stated: the record says it is a hash (column `password_hash`), so that weak shapes count too.
 */
bool hash_identify(const struct engine *engine, struct slice value, struct slice salt, bool stated, struct hash_shape *shape);
/* The shape called format, for values whose record says which it is. */
bool hashes_named(const struct hashes *hashes, const char *format, struct hash_shape *shape);
bool hashes_identify(const struct hashes *hashes, struct slice value, struct slice salt, bool stated, struct hash_shape *shape);

#endif
