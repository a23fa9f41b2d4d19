/*
 * Rules are shared between tools whose expressions differ. A pattern is PCRE2's; what those of other tools (Rust's regex, foremost)
 * write differently and mean clearly is put into PCRE2's words, what could mean two things is refused with the way to write it.
 */
#ifndef LEAKTRAWL_DIALECT_H
#define LEAKTRAWL_DIALECT_H

#include "inspect/rules/expression.h"
#include "shared/slice.h"

/*
 * In (?x), blanks in a class do not count; the flags u and R mean nothing here; \b{start} and its like are borders of words;
 * \u{e9} is its UTF-8 bytes; classes in each other and cut with each other are written as one (class.h); {,9} is {0,9}; \p{Letter}
 * is \p{L}. Fresh memory, or NULL with a message in error: a class that nothing is left of, brackets that do not pair.
 */
char *dialect_translate(struct slice pattern, char error[EXPRESSION_ERROR_BYTES]);

#endif
