/* What `rules check` and `rules show` tell a rule's author beside the verdict: keys that are not read, and what a pattern cannot mean. */
#ifndef LEAKTRAWL_NOTES_H
#define LEAKTRAWL_NOTES_H

#include "inspect/rules/rules.h"

/* Adds to the rule's notes, and to its list of keys that other tools act on and nothing here does. */
void rule_take_notes(struct rule *rule, const struct yaml *map);

#endif
