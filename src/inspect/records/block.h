/*
 * Keyed blocks: the records of stealer logs and of posts that imitate them. A block is bounded by separators,
 * by blank lines where its own lines are not spaced by them, by a key that comes again, and by text that is
 * none of it.
 */
#ifndef LEAKTRAWL_BLOCK_H
#define LEAKTRAWL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/keys.h"
#include "inspect/scan.h"
#include "shared/slice.h"

struct block {
	bool host_alone;    /* the host is a line that is nothing else: it counts where it is ours */
	bool letter_alone;  /* the secret's key is one letter, and no key names its account */
	struct slice logon; /* a Windows domain beside the user's name */
	struct slice host, user, email, password, hash, salt, token;
	struct slice cookies; /* a header of several */
	struct slice cookie_name, cookie_value, cookie_domain, cookie_path, cookie_expires;
	struct span span; /* in the text */
	size_t sibling;   /* where the next log-in under the same host begins; 0 where there is none */
	unsigned roles;   /* bits of enum key_role: keys that stood there, empty or not */
	bool base64;      /* the password is encoded, as its tag says */
	bool stealer;     /* stands among separators, software or sibling blocks: no prose */
};

struct line_memo;

/* The block whose line holds the byte at `at`. False: none there. memo: of the text where it is a window's, else NULL. */
bool block_read(const struct keys *keys, struct line_memo *memo, struct slice text, size_t at, struct block *block);

/* Whether it has a secret, and says whose or for what. */
bool block_is_login(const struct block *block);
/* Whether a value is a sentence about a secret. */
bool block_value_is_prose(const struct keys *keys, struct slice value);

#endif
