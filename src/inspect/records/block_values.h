/* What the readers of keyed lines share: blanks, and the dress that values wear. */
#ifndef LEAKTRAWL_BLOCK_VALUES_H
#define LEAKTRAWL_BLOCK_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/block_lines.h"

/* 'x', "x" and what closes a statement behind it; a value without quotes stays as it is. */
struct slice value_without_quotes(struct slice value);
/* The marks of a messenger at both ends: `x`, **x**. */
struct slice value_without_marks(struct slice value);
/* Without NULs at its end. */
struct slice value_without_nuls(struct slice value);
/* Without "<br>", "</td>" and what stands behind: markup that nobody took for such. */
struct slice value_without_markup(struct slice value);
/* Without the marks of forums at both ends: [b]x[/b], [color=red]x[/color]. */
struct slice value_without_bbcode(struct slice value);
/* Length of such a mark at the beginning of text, 0 when there is none. */
size_t bbcode_length(struct slice text);
/* Whether a value is code that gets the secret from elsewhere: getenv("X"), input(). */
bool value_is_call(struct slice value);
/* Letters of a key, digits and signs aside: "P:" and "p1" have one. */
size_t key_letters(struct slice key);
/* password, of "User(email='jdoe@...', password=password)": the name of a variable, with what closes behind it. */
bool value_is_variable(struct slice value);
/* Whether all of a value is a member of an array: argv[2], params["x"][0]. */
bool value_is_subscript(struct slice value);

/* Whether all of a value is a host name with a dot, perhaps with a port. */
bool value_is_host(struct slice value);

/* Length of a blank at text: ASCII, no-break and zero-width ones; 0 when there is none. */
size_t blank_length(struct slice text);
struct slice skip_blanks(struct slice text);
/* Whether text begins with a letter or digit of any alphabet. */
bool letter_begins(struct slice text);

/* The first URL of a line. */
struct slice line_url(struct slice line);

/* Several fields side by side: "Login: jdoe | Password: x", <user>jdoe</user><pass>x</pass>. Fills out->fields, or leaves them
 * alone where the line is none of that. */
void block_inline_read(const struct keys *keys, struct slice line, struct block_line *out);
/* Reads "Domain: x; Name: y; Value: z" into fields; leaves out alone unless the line holds all three. */
void block_inline_cookie(const struct keys *keys, struct slice line, struct block_line *out);
/* Of several records in one line the one that holds the byte at `at`; the line itself where it holds one at most. */
struct slice block_inline_record(const struct keys *keys, struct slice line, size_t at);
void block_xml_read(const struct keys *keys, struct slice line, struct block_line *out);

#endif
