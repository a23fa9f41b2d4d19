/* The set of rules as its own files see it. */
#ifndef LEAKTRAWL_RULES_INSIDE_H
#define LEAKTRAWL_RULES_INSIDE_H

#include "inspect/rules/rules.h"
#include "inspect/sieve/sieve.h"

struct rules {
	struct rule *list;
	size_t count, own_count;  /* own: not shipped */
	struct yaml_file **files; /* examples stand in them */
	size_t file_count;
	struct words left;   /* files without rules */
	struct sieve *gates; /* literals of kind NAME_RULE, named by the index of their rule */
	size_t *tokens;      /* indices of rules that tell a token by its shape alone */
	size_t token_count;
};

/*
 * The post around `at`, and whether the rule matches it. A line that the rule matches by itself is a post of its own: what matches
 * without such neighbours counts.
 */
enum expression_result rule_match_post(
	const struct rule *rule, const struct text *text, size_t at, struct span *post, struct slice groups[EXPRESSION_GROUPS]);

#endif
