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

#endif
