/*
 * What may open an encrypted archive: words of the text it was posted with, the configuration's
 * archive_passwords, and the shipped list (data/archive-passwords.yml).
 */
#ifndef LEAKTRAWL_PASSWORDS_H
#define LEAKTRAWL_PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/engine.h"
#include "shared/buf.h"
#include "shared/slice.h"
#include "shared/yaml.h"

/* The shipped list, compiled. */
struct archive_passwords {
	char **list;
	size_t count;
};
struct archive_passwords *archive_passwords_new(void);
void archive_passwords_load(struct archive_passwords *shipped, struct yaml_file *file);
void archive_passwords_free(struct archive_passwords *shipped); /* NULL is fine */

/* What one job tries. */
struct passwords {
	char **list; /* most likely first */
	size_t count;
	bool in_front;  /* what is added now goes before the others */
	size_t learned; /* how many texts and names of the document itself have added */
};

/* posting may be NULL. At most PASSWORDS_MAX are kept. */
struct passwords *passwords_new(const struct engine *engine, const char *posting);
void passwords_free(struct passwords *passwords); /* NULL is fine */
/* Takes what a text that came with the archive announces as a password: plain text, a page, or a chat written as JSON. */
void passwords_learn(struct passwords *passwords, struct slice text);
/* Takes what the name of an archive may say: "logs (pass 1234).zip". */
void passwords_learn_name(struct passwords *passwords, const char *path);
/* Whether a text may announce one; cheap. */
bool passwords_in(struct slice text);
/* Whether a path or URL ends as those of archives do. */
bool passwords_open(struct slice path);
/*
 * Appends the lines of a page that announce the password of what it offers, a line each: a word for it and one value. It says that an
 * archive opens with it, or stands beside no line with a key: the secrets of others are not handed on.
 */
void passwords_announced(struct slice text, struct buf *lines);
/* The most recently learned, as a list of their own. */
struct passwords *passwords_newest(const struct passwords *passwords, size_t count);
/* This one worked: it is tried first from now on. */
void passwords_prefer(struct passwords *passwords, size_t i);

enum { PASSWORDS_MAX = 256, PASSWORD_BYTES = 128 };

#endif
