/*
 * One compiled PCRE2 expression over hostile bytes: byte mode, JIT, `$` at the very end only, match and heap
 * limits (pcre2api(3)). A limit hit is told apart from "no match", since it
 * means that the rule did not look. A worker has one thread: match data and JIT stack are the module's.
 */
#ifndef LEAKTRAWL_EXPRESSION_H
#define LEAKTRAWL_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/slice.h"

struct expression;

enum { EXPRESSION_CASELESS = 1, EXPRESSION_WHOLE = 2 /* must match all of the subject */ };
enum { EXPRESSION_ERROR_BYTES = 320, EXPRESSION_GROUPS = 16 };

/* Limits of every match from now on (limits rule_match_steps and rule_heap_kib). */
void expression_limits(uint64_t match_steps, uint64_t heap_kib);

/* NULL with a message in error where the pattern does not compile or its JIT code cannot be made. */
struct expression *expression_new(struct slice pattern, unsigned flags, char error[EXPRESSION_ERROR_BYTES]);
void expression_free(struct expression *expression);

/*
 * All of several patterns in one, to ask whether any of them matches: far cheaper than one after the other. NULL where they do not compile
 * together (then ask one by one).
 */
struct expression *expression_any(const struct slice *patterns, size_t count, unsigned flags);

/* Number of a named group, 0 when there is none. */
unsigned expression_group(const struct expression *expression, const char *name);

enum expression_result { EXPRESSION_NO, EXPRESSION_YES, EXPRESSION_LIMIT };

/*
 * Looks for the first match at or behind from. groups[0] is the whole match, groups[n] the n-th group (data NULL
 * where it took no part); groups may be NULL.
 */
enum expression_result expression_match(
	const struct expression *expression, struct slice subject, size_t from, struct slice groups[EXPRESSION_GROUPS]);

#endif
