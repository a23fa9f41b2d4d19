/* Ends of line that are no line feed: old Macs, office programs, Unicode. */
#ifndef LEAKTRAWL_ENDS_H
#define LEAKTRAWL_ENDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Puts a line feed where a lone CR, a vertical tab, a form feed, NEL, LS or PS ends a line; the length stays. A CR beside a
 * line feed stays what it is, and so does one beside a NUL: half a UTF-16 character. ends: no byte follows data.
 */
void line_ends_unify(char *data, size_t len, bool ends);

#endif
