/*
 * Classes that PCRE2 does not write: within each other ([[a-z]_]) and cut with each other ([a-z&&[^aeiou]], [\w--[0-9]],
 * [a~~[b]]), as Rust's regex has them. Such a class is read into the set of its bytes, and the set is written as one plain class. What
 * its parts hold is asked of PCRE2 itself, so both mean the same.
 */
#ifndef LEAKTRAWL_CLASS_H
#define LEAKTRAWL_CLASS_H

#include "shared/buf.h"
#include "shared/slice.h"

enum class_verdict {
	CLASS_PLAIN, /* nothing of that kind, or no class at all: leave it to PCRE2 */
	CLASS_WRITTEN,
	CLASS_EMPTY, /* its parts leave no character over */
};

/* The flags that hold where it stands. */
struct class_flags {
	bool caseless, extended;
};

/* text begins with the "[" of a class. CLASS_WRITTEN: appends to out what it means, *len is how long it was. */
enum class_verdict class_translate(struct slice text, struct class_flags flags, struct buf *out, size_t *len);

#endif
