#include "inspect/rules/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/dialect.h"
#include "shared/escape.h"

enum { PATTERN_MOST = 2000, SHOWN = 60 };

/* Whether the first len bytes of a pattern are an expression that finds something of the subject. */
static bool prefix_matches(const char *pattern, size_t len, struct slice subject)
{
	char error[EXPRESSION_ERROR_BYTES];
	struct slice groups[EXPRESSION_GROUPS];
	struct expression *expression = expression_new((struct slice){pattern, len}, 0, error);
	bool matches = expression != NULL && expression_match(expression, subject, 0, groups) == EXPRESSION_YES && groups[0].len > 0;

	expression_free(expression);
	return matches;
}

static size_t longest_prefix(const char *pattern, struct slice subject)
{
	size_t len = strlen(pattern);

	if (len > PATTERN_MOST)
		return 0;
	while (len > 0 && !prefix_matches(pattern, len, subject))
		len--;
	return len;
}

static void explain_prefix(const char *pattern, struct slice subject, char why[EXPLAIN_BYTES])
{
	size_t len = longest_prefix(pattern, subject), rest = strlen(pattern) - len;
	size_t shown = len < SHOWN ? len : SHOWN;

	if (len == 0) {
		snprintf(why, EXPLAIN_BYTES, "the pattern does not match, from its beginning on");
		return;
	}
	char *before = escape_dup(pattern + len - shown, shown, SHOWN * 4);
	char *behind = escape_dup(pattern + len, rest < SHOWN ? rest : SHOWN, SHOWN * 4);

	snprintf(why, EXPLAIN_BYTES, "the pattern matches as far as `%s%.150s`, but not on to `%.150s%s`", shown < len ? "..." : "", before,
		behind, rest > SHOWN ? "..." : "");
	free(before);
	free(behind);
}

void rule_explain(const struct rule *rule, struct slice subject, struct slice around, char why[EXPLAIN_BYTES])
{
	char error[EXPRESSION_ERROR_BYTES];
	struct slice groups[EXPRESSION_GROUPS];
	char *pattern = dialect_translate(slice_of(rule->pattern), error);

	const char *fix = rule->record == RULE_LINE ? "leave `record: line` out" : "give it keywords";

	if (rule->record == RULE_POST && expression_match(rule->expression, around, 0, groups) == EXPRESSION_YES)
		snprintf(why, EXPLAIN_BYTES,
			"the pattern matches, but not in the post around our name: a drawn line, two empty ones, or a line that the "
			"pattern "
			"matches by itself ends a post");
	else if (expression_match(rule->expression, around, 0, groups) == EXPRESSION_YES)
		snprintf(why, EXPLAIN_BYTES, "the pattern matches, but %s: %s",
			slice_find_byte(groups[0], '\n') < groups[0].len ? "over several lines, and the rule reads one at a time"
									 : "on another line than our name stands on",
			fix);
	else if (pattern != NULL)
		explain_prefix(pattern, subject, why);
	free(pattern);
}
