/*
 * What may open an encrypted archive: words of the text it was posted with, the configuration's
 * archive_passwords, and the shipped list (data/archive-passwords.yml).
 */
#ifndef LEAKTRAWL_PASSWORDS_H
#define LEAKTRAWL_PASSWORDS_H

#include <stddef.h>

#include "inspect/engine.h"

struct passwords {
	char **list; /* most likely first */
	size_t count;
};

/* posting may be NULL. At most PASSWORDS_MAX are kept. */
struct passwords *passwords_new(const struct engine *engine, const char *posting);
void passwords_free(struct passwords *passwords);
/* This one worked: it is tried first from now on. */
void passwords_prefer(struct passwords *passwords, size_t i);

enum { PASSWORDS_MAX = 256, PASSWORD_BYTES = 128 };

#endif
