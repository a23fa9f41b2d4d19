/* The lines of keyed blocks: "Login: jdoe", "- P455W0RD = x", "url<TAB>https://...", and what stands between them. */
#ifndef LEAKTRAWL_BLOCK_LINES_H
#define LEAKTRAWL_BLOCK_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/keys.h"
#include "shared/slice.h"

enum line_kind {
	LINE_BLANK,
	LINE_SEPARATOR, /* a run of = - _ * ~ # and the like */
	LINE_KEYED,     /* at least one field */
	LINE_SYSTEM,    /* what a machine says of itself: no field of a block */
	LINE_OTHER,     /* banner, advertisement, prose, unknown key */
};

enum { LINE_FIELDS_MAX = 8 };

struct field {
	enum key_role role;
	struct slice key, value; /* in the text; the value trimmed, without quotes where its key had some */
	bool implied;            /* no key: a line that is a URL or an address */
	bool bare;               /* a line of its own, the value may stand in the next */
	bool base64;             /* the value is encoded, as its tag says */
};

struct block_line {
	enum line_kind kind;
	struct slice text; /* without its end of line */
	size_t from, to;   /* in the text, end of line included in to */
	size_t fields_count;
	struct field fields[LINE_FIELDS_MAX];
};

/* Whether any line of text is the password of a block. */
bool block_lines_hold_password(const struct keys *keys, struct slice text);

/* Length of the sign that parts a key from its value, other than blanks; 0 where text begins with none. */
size_t block_sign_length(struct slice text);

/* Reads one line. */
void block_line_read(const struct keys *keys, struct slice line, struct block_line *out);

#endif
