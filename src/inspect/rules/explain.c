#include "inspect/rules/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/dialect.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { PATTERN_MOST = 2000, SHOWN = 60 };

/* How many groups are open after the first len bytes of a pattern. */
static size_t open_groups(const char *pattern, size_t len)
{
	size_t depth = 0;
	bool in_class = false;

	for (size_t i = 0; i < len; i++) {
		if (pattern[i] == '\\')
			i++;
		else if (in_class)
			in_class = pattern[i] != ']';
		else if (pattern[i] == '[')
			in_class = true;
		else if (pattern[i] == '(')
			depth++;
		else if (pattern[i] == ')' && depth > 0)
			depth--;
	}
	return depth;
}

/* Whether the first len bytes of a pattern, with its groups closed, are an expression that finds something of the subject; *end: where that
 * ends. */
static bool prefix_matches(const char *pattern, size_t len, struct slice subject, size_t *end)
{
	char error[EXPRESSION_ERROR_BYTES];
	struct slice groups[EXPRESSION_GROUPS];
	size_t open = open_groups(pattern, len);
	char *closed = xmalloc(len + open);

	memcpy(closed, pattern, len);
	memset(closed + len, ')', open);
	struct expression *expression = expression_new((struct slice){closed, len + open}, 0, error);
	bool matches = expression != NULL && expression_match(expression, subject, 0, groups) == EXPRESSION_YES && groups[0].len > 0;

	if (matches)
		*end = (size_t)(groups[0].data - subject.data) + groups[0].len;
	expression_free(expression);
	free(closed);
	return matches;
}

static size_t longest_prefix(const char *pattern, struct slice subject, size_t *end)
{
	size_t len = strlen(pattern);

	if (len > PATTERN_MOST)
		return 0;
	while (len > 0 && !prefix_matches(pattern, len, subject, end))
		len--;
	return len;
}

static bool starts(struct slice text, const char *with)
{
	return slice_equal(slice_until(text, strlen(with)), slice_of(with));
}

static void explain_prefix(const char *pattern, struct slice subject, char why[EXPLAIN_BYTES])
{
	size_t end = subject.len, len = longest_prefix(pattern, subject, &end), rest = strlen(pattern) - len;
	bool breaks = starts(slice_from(subject, end), "\r\n") &&
		      (starts(slice_of(pattern + len), "\n") || starts(slice_of(pattern + len), "\\n"));
	size_t shown = len < SHOWN ? len : SHOWN;

	if (len == 0) {
		snprintf(why, EXPLAIN_BYTES, "the pattern does not match, from its beginning on");
		return;
	}
	char *before = escape_dup(pattern + len - shown, shown, SHOWN * 4);
	char *behind = escape_dup(pattern + len, rest < SHOWN ? rest : SHOWN, SHOWN * 4);

	snprintf(why, EXPLAIN_BYTES, "the pattern matches as far as `%s%.120s`, but not on to `%.120s%s`%s", shown < len ? "..." : "",
		before, behind, rest > SHOWN ? "..." : "", breaks ? ": a line of the text ends with CR LF there, write \\r?\\n" : "");
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
