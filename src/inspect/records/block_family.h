/*
 * Settings that belong together by what their keys begin with: SMTP_USER and SMTP_PASSWORD, but not DB_HOST; mail.user, not db.host.
 */
#ifndef LEAKTRAWL_BLOCK_FAMILY_H
#define LEAKTRAWL_BLOCK_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/keys.h"

enum { KEY_FAMILIES = 12 /* of a block; further ones part nothing */ };

struct key_families {
	size_t count;
	struct {
		struct slice name;
		unsigned roles;
	} list[KEY_FAMILIES];
};

/* Counts a key among its family; keys of one word, and those that begin with a role ("user_name", "host_port"), have none. */
void key_families_add(struct key_families *families, const struct keys *keys, struct slice key, enum key_role role);
/* Whether two keys are of different families that each have several fields of a log-in. */
bool key_families_differ(const struct key_families *families, struct slice a, struct slice b);

#endif
