/* For whoever writes a rule: why it did not match where a name of ours stands. */
#ifndef LEAKTRAWL_RULES_EXPLAIN_H
#define LEAKTRAWL_RULES_EXPLAIN_H

#include "inspect/rules/rules.h"

enum { EXPLAIN_BYTES = 400 };

/*
 * How far the rule came in subject, the lines it read; around: more than it read, for a rule that reads a line at a time. Says nothing of
 * the subject but places of the pattern.
 */
void rule_explain(const struct rule *rule, struct slice subject, struct slice around, char why[EXPLAIN_BYTES]);

#endif
