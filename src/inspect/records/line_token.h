/*
 * What stands at a place in a line: an e-mail address, a URL or host, a separator; and what a value looks like.
 * Pure functions over slices; offsets count from the slice's beginning.
 */
#ifndef LEAKTRAWL_LINE_TOKEN_H
#define LEAKTRAWL_LINE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"

/* The e-mail address around `at` (any byte of it). False where there is none, or where it is userinfo of a URL. */
bool token_email(struct slice line, size_t at, size_t *from, size_t *to);
/* The first e-mail address that begins at or behind `from`. */
bool token_email_next(struct slice line, size_t from, size_t *begin, size_t *end);
/* The log-on name DOMAIN\user, DOMAIN\\user or DOMAIN/user around `at`, which stands in the domain. */
bool token_logon(struct slice line, size_t at, size_t *from, size_t *to);

struct token_url {
	size_t from;
	size_t authority_end; /* behind host and port */
	bool scheme;          /* "https://" stands before it */
	bool address;         /* an IP address, not a name */
	bool port;
	size_t user_from, user_to, secret_from, secret_to; /* userinfo with a password; all 0 otherwise */
};
/* The URL, or the bare host or IP address with optional port, that begins at `from`. */
bool token_url(struct slice line, size_t from, struct token_url *url);
/* Where a URL with a scheme begins behind `from`; line.len when there is none. */
size_t token_scheme_next(struct slice line, size_t from);

struct token_separator {
	char kind;   /* ':' ';' '|' ',' '\t' ' ' '>' (any arrow) '-' '=' '/' '@' */
	size_t len;  /* with the blanks around it */
	bool before; /* blanks stand before it */
	bool behind; /* blanks stand behind it */
	bool twice;  /* "::", "||" */
};
/* The separator that begins at `at` (blanks count); false where none does. */
bool token_separator(struct slice line, size_t at, struct token_separator *separator);

/* What a value looks like, from "surely no secret" to "surely one". */
enum token_look {
	LOOK_NEVER,    /* an address list, a path, markup */
	LOOK_OTHER,    /* a date, a telephone number, an IP address, a version: a secret only in a list of such lines */
	LOOK_PORT,     /* up to five digits */
	LOOK_NAME,     /* a capitalised word or two: a person, a city */
	LOOK_SENTENCE, /* several words */
	LOOK_WORD,     /* one lower-case word */
	LOOK_NUMBER,   /* six digits or more */
	LOOK_FAIR,     /* letters mixed with digits, signs or capitals */
	LOOK_STRONG,   /* more kinds of characters, or longer */
};
enum token_look token_look(struct slice value);

/* A number for the letters of a value: comment-12 and comment-14 have the same. */
unsigned token_skeleton(struct slice value);

bool token_is_ip(struct slice value);
bool token_is_phone(struct slice value);
bool token_is_email(struct slice value);
/* A host name with a dot, by shape alone. */
bool token_is_host(struct slice value);

#endif
