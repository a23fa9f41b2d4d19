/* Values that stand for no secret (data/placeholders.yml): masks, "[NOT_SAVED]", "null", "your password". */
#ifndef LEAKTRAWL_PLACEHOLDERS_H
#define LEAKTRAWL_PLACEHOLDERS_H

#include <stdbool.h>

#include "shared/slice.h"
#include "shared/yaml.h"

struct engine;
struct placeholders;

struct placeholders *placeholders_new(void);
void placeholders_load(struct placeholders *placeholders, struct yaml_file *file);
void placeholders_free(struct placeholders *placeholders);

/* Whether value, as a whole, is a placeholder, a mask or empty. Any bytes. */
bool placeholder_is(const struct engine *engine, struct slice value);
bool placeholders_hold(const struct placeholders *placeholders, struct slice value);

/*
 * Whether a line, by its shape, discloses nothing whatever stands where a secret could: a mail header, an access log,
 * `scp file user@host:path`. Returns the name of the shape, NULL when none; lives as long as the table.
 */
const char *placeholders_line(const struct placeholders *placeholders, struct slice line);

/* user:pass, foo:bar: what documentation writes where a log-in would stand. */
bool placeholders_example(const struct placeholders *placeholders, struct slice account, struct slice secret);
/* $U and $P, ${LOGIN} and ${PW}: neither is a value. */
bool placeholders_variables(struct slice account, struct slice secret);
/* changeme:changeme: account and secret are the same word, one that templates have in both places. */
bool placeholders_twice(const struct placeholders *placeholders, struct slice account, struct slice secret);

/*
 * Whether value is a word that more often is a status, a role or a greeting than a password: counts only where nothing else
 * speaks for a password. behind_colon: it stands right behind a colon, where some of them are passwords after all.
 */
bool placeholders_weak(const struct placeholders *placeholders, struct slice value, bool behind_colon);

#endif
