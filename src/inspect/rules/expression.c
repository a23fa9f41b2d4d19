#include "inspect/rules/expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

struct expression {
	pcre2_code *code;
};

enum {
	MATCH_STEPS = 200000, /* until expression_limits */
	HEAP_KIB = 16384,
	JIT_STACK_BYTES = 512 * 1024,
};

static pcre2_match_data *match_data;
static pcre2_match_context *match_context;

static void module_start(void)
{
	if (match_data != NULL)
		return;
	match_data = pcre2_match_data_create(EXPRESSION_GROUPS, NULL);
	match_context = pcre2_match_context_create(NULL);
	pcre2_jit_stack *stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, NULL);
	if (match_data == NULL || match_context == NULL || stack == NULL)
		log_fatal("no memory for expressions");
	pcre2_set_match_limit(match_context, MATCH_STEPS);
	pcre2_set_heap_limit(match_context, HEAP_KIB);
	pcre2_jit_stack_assign(match_context, NULL, stack);
}

void expression_limits(uint64_t match_steps, uint64_t heap_kib)
{
	module_start();
	pcre2_set_match_limit(match_context, match_steps < UINT32_MAX ? (uint32_t)match_steps : UINT32_MAX);
	pcre2_set_heap_limit(match_context, heap_kib < UINT32_MAX ? (uint32_t)heap_kib : UINT32_MAX);
}

/* How to mend what often goes wrong, foremost in expressions of other tools; "" where the message says enough. */
static const char *fix_of(int number)
{
	static const struct {
		int number;
		const char *fix;
	} fixes[] = {{PCRE2_ERROR_UNKNOWN_ESCAPE, ": to mean the character itself, drop the backslash"},
		{PCRE2_ERROR_QUANTIFIER_INVALID, ": to mean the character itself, put a backslash before it"},
		{PCRE2_ERROR_MISSING_SQUARE_BRACKET, ": a [ is never closed; to mean the character, write \\["},
		{PCRE2_ERROR_CLASS_RANGE_ORDER, ": in a class, put the - last to mean the character"},
		{PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS, ": a ( is never closed; to mean the character, write \\("},
		{PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS, ": to mean the character, write \\)"},
		{PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH, ": give each alternative of the lookbehind one length, without + * ?"},
		{PCRE2_ERROR_DUPLICATE_SUBPATTERN_NAME, ": give one of the groups another name, or begin with (?J)"},
		{PCRE2_ERROR_BACKSLASH_C_CALLER_DISABLED, ": write [\\s\\S] for any byte"}};

	for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++)
		if (fixes[i].number == number)
			return fixes[i].fix;
	return "";
}

static void explain(struct slice pattern, int number, size_t at, char error[EXPRESSION_ERROR_BYTES])
{
	enum { BEFORE = 20 };
	char text[EXPRESSION_ERROR_BYTES / 2];
	size_t from = at > BEFORE ? at - BEFORE : 0;

	pcre2_get_error_message(number, (PCRE2_UCHAR *)text, sizeof text);
	snprintf(error, EXPRESSION_ERROR_BYTES, "%s at character %zu, behind `%.*s`%s", text, at + 1, (int)(at - from), pattern.data + from,
		fix_of(number));
}

struct expression *expression_new(struct slice pattern, unsigned flags, char error[EXPRESSION_ERROR_BYTES])
{
	uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP | PCRE2_NEVER_UTF;
	int number = 0;
	PCRE2_SIZE at = 0;

	module_start();
	if (pattern.len > LIMIT_PATTERN_BYTES) {
		snprintf(error, EXPRESSION_ERROR_BYTES, "longer than %d bytes", LIMIT_PATTERN_BYTES);
		return NULL;
	}
	if ((flags & EXPRESSION_CASELESS) != 0)
		options |= PCRE2_CASELESS;
	if ((flags & EXPRESSION_WHOLE) != 0)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, options, &number, &at, NULL);
	if (code == NULL || (number = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE)) != 0) {
		explain(pattern, number, at, error);
		pcre2_code_free(code);
		return NULL;
	}
	struct expression *expression = xmalloc(sizeof *expression);
	expression->code = code;
	return expression;
}

struct expression *expression_any(const struct slice *patterns, size_t count, unsigned flags)
{
	struct buf joined;
	struct expression *expression = NULL;
	char error[EXPRESSION_ERROR_BYTES];
	bool fits = true;

	buf_init(&joined, LIMIT_PATTERN_BYTES);
	for (size_t i = 0; i < count && fits; i++)
		fits = buf_append_text(&joined, i > 0 ? "|(?:" : "(?:") && buf_append(&joined, patterns[i].data, patterns[i].len) &&
		       buf_append_text(&joined, ")");
	if (fits && count > 0)
		expression = expression_new((struct slice){buf_text(&joined), joined.len}, flags, error);
	buf_free(&joined);
	return expression;
}

void expression_free(struct expression *expression)
{
	if (expression == NULL)
		return;
	pcre2_code_free(expression->code);
	free(expression);
}

unsigned expression_group(const struct expression *expression, const char *name)
{
	int number = pcre2_substring_number_from_name(expression->code, (PCRE2_SPTR)name);

	return number > 0 && number < EXPRESSION_GROUPS ? (unsigned)number : 0;
}

static void groups_fill(struct slice subject, int found, struct slice groups[EXPRESSION_GROUPS])
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(match_data);

	for (int i = 0; i < EXPRESSION_GROUPS; i++) {
		groups[i] = SLICE_NONE;
		if (i < found && ovector[2 * i] != PCRE2_UNSET)
			groups[i] = (struct slice){subject.data + ovector[2 * i], ovector[2 * i + 1] - ovector[2 * i]};
	}
}

enum expression_result expression_match(
	const struct expression *expression, struct slice subject, size_t from, struct slice groups[EXPRESSION_GROUPS])
{
	if (subject.data == NULL)
		subject.data = "";
	int found = pcre2_match(expression->code, (PCRE2_SPTR)subject.data, subject.len, from, 0, match_data, match_context);

	if (found == PCRE2_ERROR_NOMATCH)
		return EXPRESSION_NO;
	if (found < 0)
		return EXPRESSION_LIMIT;
	if (groups != NULL)
		groups_fill(subject, found == 0 ? EXPRESSION_GROUPS : found, groups);
	return EXPRESSION_YES;
}
