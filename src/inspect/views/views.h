/*
 * Decoded views of what stands in a window: base64 runs, percent-encoding, entities, JSON escapes,
 * quoted-printable, hex, UTF-16, zero-width characters, full-width forms, [at] and [dot].
 *
 * The sieve looks for the watch-list names in their encodings (hits with an encoding) and for trigger
 * literals (trigger_literals[], whose presence says that names may stand in a form no literal catches).
 * For each window the lane calls views_on_window once; it opens lanes on what it decodes
 * (lane_open with the view and depth + 1, lane_mark for the offsets) and pushes the decoded bytes through.
 */
#ifndef LEAKTRAWL_VIEWS_H
#define LEAKTRAWL_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

enum trigger {
	TRIGGER_STATEMENT,        /* SQL statement head: for records/shape.h, not for views */
	TRIGGER_ENTRY,            /* an entry of a directory begins: for records/ldif.h */
	TRIGGER_SYSTEM,           /* a word of system information: for records/section.h */
	TRIGGER_PERCENT,          /* %40 %2E */
	TRIGGER_ENTITY,           /* &#64; &#x40; &commat; &period; &#46; */
	TRIGGER_ESCAPE,           /* backslash u0040, u002e */
	TRIGGER_QUOTED_PRINTABLE, /* =40, =2E */
	TRIGGER_CFEMAIL,          /* data-cfemail=", /cdn-cgi/l/email-protection# */
	TRIGGER_AT_DOT,           /* [at] (at) {at} <at> [dot] (dot) ... */
	TRIGGER_ZERO_WIDTH,       /* U+200B-200D, U+2060, U+FEFF inside the text, soft hyphen */
	TRIGGER_FULL_WIDTH,       /* U+FF20, U+FF0E */
	TRIGGER_HEXDUMP,          /* offset of a line that bytes are printed in */
	TRIGGER_BYTES,            /* a list of bytes begins: {0x6a, "\x6a */
	TRIGGER_MANIFEST,         /* kind: Secret, of Kubernetes */
	TRIGGER_COUNT
};

struct trigger_literal {
	enum trigger trigger;
	uint8_t len;
	const char *bytes; /* matched caselessly over ASCII */
};
extern const struct trigger_literal trigger_literals[]; /* views/triggers.c */
extern const size_t trigger_literal_count;

struct trigger_hit {
	size_t at, len; /* in the text */
	enum trigger trigger;
};

struct views; /* what a lane's views remember between windows; made at the first need, freed with the lane */
void views_free(struct views *views);

/*
 * fresh is the part of the text whose hits are due in this window: each byte of a lane is fresh once, in order, and
 * has LIMIT_RECORD_BYTES of text around it unless the lane begins or ends there. encoded and triggers ascend, and stand
 * in fresh or a little behind it: those will be due, and come once more. *views is the lane's own (NULL at first). Called after the readers
 * have seen the window's plain hits, also when both counts are 0 (runs are found by shape too: keep that cheap, it sees every byte of a
 * dump). The text's depth tells how many views there are around it (limit view_depth).
 */
void views_on_window(struct text *text, struct views **views, struct span fresh, const struct hit *encoded, size_t encoded_count,
	const struct trigger_hit *triggers, size_t trigger_count);
/* What began in the windows so far is decoded as it comes, and has not ended. views may be NULL. */
bool views_go_on(const struct views *views);

#endif
