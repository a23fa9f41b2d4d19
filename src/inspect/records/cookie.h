/* Cookies in the forms leaks carry them: jar lines, headers, exports. All of them end in cookie_emit. */
#ifndef LEAKTRAWL_COOKIE_H
#define LEAKTRAWL_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/scan.h"
#include "shared/slice.h"

struct cookie_fields {
	struct slice name, value, domain, path;
	struct slice url;      /* of the host where the record names no domain */
	struct slice account;  /* where the record says whose it is */
	int64_t expires_ms;    /* 0: unknown or with the browser's session */
	int http_only, secure; /* -1 unknown */
	size_t at;             /* in the text */
};

/*
 * A line of a Netscape cookie file and its deviations: #HttpOnly_, flags in any case, any expiry, TABs turned into blanks,
 * empty values. False: no such line.
 */
bool cookie_read_netscape(struct slice line, struct cookie_fields *cookie);

/* A Set-Cookie value: name=value and its attributes. domain stays empty where none is given. */
bool cookie_read_set(struct slice value, struct cookie_fields *cookie);

/* Takes the next name=value off a Cookie header's value. False at its end. */
bool cookie_next_pair(struct slice *rest, struct slice *name, struct slice *value);

/* Whether a flag says yes (1) or no (0); -1 when it is none. */
int cookie_flag(struct slice text);

/* An expiry: number of any unit and epoch, or a date; 0 where there is none. */
int64_t cookie_time(struct slice text);

/* Hands a cookie on; a value that is a JSON Web Token adds account and expiry. */
bool cookie_emit(struct text *text, const char *rule, const struct cookie_fields *cookie);

#endif
