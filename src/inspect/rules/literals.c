/*
 * Which literals an expression cannot match without. Reads the syntax of PCRE2 as far as needed and knows nothing where it is not
 * sure: an unknown construct only ever ends a literal. Case does not matter, since gates are looked for caselessly.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/rules.h"
#include "shared/mem.h"

enum { GATE_LEAST = 3, GATES_MOST = 64, LITERAL_BYTES = 64, NESTING = 60, SPELLINGS = 16, CLASS_MEMBERS = 8 };

/* A set of literals one of which must be there; count 0: nothing is known. */
struct gate {
	struct words words;
	size_t least; /* length of the shortest */
};

struct parse {
	const char *at, *end;
	bool extended; /* (?x): blanks and comments do not count */
	unsigned depth;
	bool lost; /* syntax that is not understood: no gate at all */
};

void words_add(struct words *words, const char *text, size_t len)
{
	words->list = xreallocarray(words->list, words->count + 1, sizeof *words->list);
	words->list[words->count++] = xstrndup(text, len);
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	*words = (struct words){NULL, 0};
}

/* Keeps the better of two gates that must both hold; frees the other. */
static void keep_better(struct gate *best, struct gate *other)
{
	bool better = other->words.count > 0 && (best->words.count == 0 || other->least > best->least ||
							(other->least == best->least && other->words.count < best->words.count));

	if (better) {
		words_free(&best->words);
		*best = *other;
	} else {
		words_free(&other->words);
	}
	*other = (struct gate){{NULL, 0}, 0};
}

/* One of either must hold: both sets together, nothing if one of them is unknown. */
static void join(struct gate *sum, struct gate *branch, bool first)
{
	if (first) {
		*sum = *branch;
	} else if (sum->words.count == 0 || branch->words.count == 0 || sum->words.count + branch->words.count > GATES_MOST) {
		words_free(&sum->words);
		words_free(&branch->words);
		sum->least = 0;
	} else {
		for (size_t i = 0; i < branch->words.count; i++)
			words_add(&sum->words, branch->words.list[i], strlen(branch->words.list[i]));
		if (branch->least < sum->least)
			sum->least = branch->least;
		words_free(&branch->words);
	}
	*branch = (struct gate){{NULL, 0}, 0};
}

/* A run of literal characters grows in all its spellings at once: gh[po]_ is "ghp_" and "gho_". */
struct run {
	char texts[SPELLINGS][LITERAL_BYTES];
	size_t count, len;
};

static void run_end(struct run *run, struct gate *best)
{
	struct gate gate = {{NULL, 0}, run->len};

	if (run->len > 0) {
		for (size_t i = 0; i < run->count; i++)
			words_add(&gate.words, run->texts[i], run->len);
		keep_better(best, &gate);
	}
	run->len = 0;
	run->count = 1;
}

/* Appends one character that is any of count. */
static void run_add(struct run *run, const char *any, size_t count, struct gate *best)
{
	if (run->len == LITERAL_BYTES || run->count * count > SPELLINGS)
		run_end(run, best);
	for (size_t i = run->count * count; i > 0; i--) {
		size_t from = (i - 1) % run->count;

		if (from != i - 1)
			memcpy(run->texts[i - 1], run->texts[from], run->len);
		run->texts[i - 1][run->len] = any[(i - 1) / run->count];
	}
	run->count *= count;
	run->len++;
}

/* The characters an item can be, in lower case; count 0: none, or too many to spell out. */
struct any {
	char list[CLASS_MEMBERS];
	size_t count;
	bool many;
};

static void any_add(struct any *any, char c)
{
	c = (char)tolower((unsigned char)c);
	for (size_t i = 0; i < any->count; i++)
		if (any->list[i] == c)
			return;
	if (any->count == CLASS_MEMBERS || c == '\0')
		any->many = true;
	else
		any->list[any->count++] = c;
}

/* Reads a class up to its bracket. */
static void parse_class(struct parse *parse, struct any *any)
{
	if (parse->at < parse->end && *parse->at == '^') {
		parse->at++;
		any->many = true;
	}
	for (bool first = true; parse->at < parse->end && (*parse->at != ']' || first); first = false) {
		char c = *parse->at++;

		if (c == '[' && parse->at < parse->end && one_of(*parse->at, ":.=")) {
			const char *close = memchr(parse->at + 1, *parse->at, (size_t)(parse->end - parse->at - 1));

			any->many = true;
			parse->at = close != NULL ? close + 2 : parse->end;
			continue;
		}
		if (c == '\\' && parse->at < parse->end) {
			c = *parse->at++;
			any->many = any->many || isalnum((unsigned char)c);
		} else if (c == '-' && !first && parse->at < parse->end && *parse->at != ']') {
			any->many = true; /* a range */
		}
		any_add(any, c);
	}
	if (parse->at >= parse->end) {
		parse->lost = true;
		return;
	}
	parse->at++;
	if (any->many)
		any->count = 0;
}

/* The character an escape stands for, or -1 for a class or an assertion. at stands behind the backslash. */
static int parse_escape(struct parse *parse)
{
	if (parse->at == parse->end) {
		parse->lost = true;
		return -1;
	}
	char c = *parse->at++;

	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'x':
		if (parse->end - parse->at >= 2 && isxdigit((unsigned char)parse->at[0]) && isxdigit((unsigned char)parse->at[1])) {
			char hex[3] = {parse->at[0], parse->at[1], '\0'};

			parse->at += 2;
			return (int)strtol(hex, NULL, 16);
		}
		if (parse->at < parse->end && *parse->at == '{') {
			const char *close = memchr(parse->at, '}', (size_t)(parse->end - parse->at));
			unsigned long code = close != NULL ? strtoul(parse->at + 1, NULL, 16) : 0;

			parse->lost = close == NULL;
			parse->at = close != NULL ? close + 1 : parse->end;
			return code > 0 && code < 0x80 ? (int)code : -1;
		}
		parse->lost = true;
		return -1;
	case 'Q':
	case 'E':
	case 'g':
	case 'k':
	case 'o':
	case 'c':
	case 'p':
	case 'P':
		/* quoting, references, properties: their extent is not followed, unless in braces */
		if (one_of(c, "pP") && parse->at < parse->end && isalpha((unsigned char)*parse->at)) {
			parse->at++; /* \pL */
			return -1;
		}
		if (one_of(c, "gkpP") && parse->at < parse->end && *parse->at == '{') {
			const char *close = memchr(parse->at, '}', (size_t)(parse->end - parse->at));

			if (close != NULL) {
				parse->at = close + 1;
				return -1;
			}
		}
		parse->lost = true;
		return -1;
	default:
		return isalnum((unsigned char)c) ? -1 : (unsigned char)c;
	}
}

/* Remarks, and in (?x) blanks: they may stand before a quantifier, too. */
static void skip_ignored(struct parse *parse)
{
	while (parse->at < parse->end) {
		bool remark = parse->end - parse->at > 3 && memcmp(parse->at, "(?#", 3) == 0;

		if (parse->extended && isspace((unsigned char)*parse->at)) {
			parse->at++;
		} else if (remark || (parse->extended && *parse->at == '#')) {
			const char *last = memchr(parse->at, remark ? ')' : '\n', (size_t)(parse->end - parse->at));

			parse->at = last != NULL ? last + 1 : parse->end;
		} else {
			return;
		}
	}
}

/* Skips a quantifier; least is how often the item must stand there. Returns whether there was one. */
static bool parse_quantifier(struct parse *parse, unsigned *least)
{
	*least = 1;
	skip_ignored(parse);
	if (parse->at == parse->end)
		return false;
	if (*parse->at == '*' || *parse->at == '?') {
		*least = 0;
		parse->at++;
	} else if (*parse->at == '+') {
		parse->at++;
	} else if (*parse->at == '{' && parse->at + 1 < parse->end && isdigit((unsigned char)parse->at[1])) {
		const char *close = memchr(parse->at, '}', (size_t)(parse->end - parse->at));

		if (close == NULL)
			return false;
		*least = (unsigned)strtoul(parse->at + 1, NULL, 10);
		parse->at = close + 1;
	} else {
		return false;
	}
	if (parse->at < parse->end && (*parse->at == '?' || *parse->at == '+'))
		parse->at++;
	return true;
}

static struct gate parse_alternatives(struct parse *parse);

/* What stands behind "(": reads what kind of group it is. counts: its content must be matched. */
static bool group_head(struct parse *parse, bool *counts)
{
	*counts = true;
	if (parse->at < parse->end && *parse->at == '*') {
		parse->lost = true;
		return false;
	}
	if (parse->at == parse->end || *parse->at != '?')
		return true;
	parse->at++;
	if (parse->at == parse->end)
		return false;
	char c = *parse->at;

	if (c == ':' || c == '>' || c == '|') {
		parse->at++;
		return true;
	}
	if (c == '=' || c == '!' || (c == '<' && parse->at + 1 < parse->end && one_of(parse->at[1], "=!"))) {
		parse->at += c == '<' ? 2 : 1;
		*counts = false;
		return true;
	}
	if (c == 'P' || c == '<' || c == '\'') {
		const char *close = NULL;

		if (c != 'P' || (parse->at + 1 < parse->end && parse->at[1] == '<'))
			close = memchr(parse->at, c == '\'' ? '\'' : '>', (size_t)(parse->end - parse->at));
		if (c == '\'' && close != NULL)
			close = memchr(close + 1, '\'', (size_t)(parse->end - close - 1));
		parse->lost = close == NULL;
		parse->at = close != NULL ? close + 1 : parse->end;
		return close != NULL;
	}
	bool on = true;

	for (; parse->at < parse->end && one_of(*parse->at, "imsxnUJ-^"); parse->at++) {
		if (*parse->at == '-')
			on = false;
		if (*parse->at == 'x')
			parse->extended = on;
	}
	if (parse->at < parse->end && *parse->at == ':') {
		parse->at++;
		return true;
	}
	parse->lost = parse->at == parse->end || *parse->at != ')';
	return !parse->lost;
}

static struct gate parse_group(struct parse *parse)
{
	struct gate gate = {{NULL, 0}, 0};
	bool counts, extended = parse->extended;
	const char *begin = parse->at;

	if (++parse->depth > NESTING || !group_head(parse, &counts)) {
		parse->lost = true;
		return gate;
	}
	bool options_only = parse->at < parse->end && *parse->at == ')' && begin < parse->end && *begin == '?' && counts;

	gate = parse_alternatives(parse);
	if (parse->at == parse->end || *parse->at != ')')
		parse->lost = true;
	else
		parse->at++;
	if (!options_only)
		parse->extended =
			extended; /* options set inside hold to the end of the group; (?x) alone to the end of the one around it */
	parse->depth--;
	if (!counts) {
		words_free(&gate.words);
		gate.least = 0;
	}
	return gate;
}

/* One item of a sequence: a literal goes to run, anything else ends it. */
static void parse_item(struct parse *parse, struct run *run, struct gate *best)
{
	char c = *parse->at++;
	struct gate gate = {{NULL, 0}, 0};
	struct any any = {.count = 0};
	unsigned least;
	int literal = 0;

	if (c == '(')
		gate = parse_group(parse);
	else if (c == '[')
		parse_class(parse, &any);
	else if (c == '\\')
		literal = parse_escape(parse);
	else if (!one_of(c, ".^$"))
		literal = (unsigned char)c;
	if (literal > 0)
		any_add(&any, (char)literal);
	bool quantified = parse_quantifier(parse, &least);

	if (any.count > 0 && least > 0) {
		run_add(run, any.list, any.count, best);
		if (quantified)
			run_end(run, best);
		return;
	}
	run_end(run, best);
	if (least > 0)
		keep_better(best, &gate);
	else
		words_free(&gate.words);
}

static struct gate parse_sequence(struct parse *parse)
{
	struct gate best = {{NULL, 0}, 0};
	struct run run = {.count = 1};

	for (skip_ignored(parse); parse->at < parse->end && !one_of(*parse->at, "|)") && !parse->lost; skip_ignored(parse))
		parse_item(parse, &run, &best);
	run_end(&run, &best);
	return best;
}

static struct gate parse_alternatives(struct parse *parse)
{
	struct gate sum = {{NULL, 0}, 0};

	for (bool first = true;; first = false) {
		struct gate branch = parse_sequence(parse);

		join(&sum, &branch, first);
		if (parse->at == parse->end || *parse->at != '|' || parse->lost)
			return sum;
		parse->at++;
	}
}

bool literals_of_pattern(struct slice pattern, struct words *gates)
{
	struct parse parse = {.at = pattern.data, .end = pattern.data + pattern.len};
	struct gate gate = parse_alternatives(&parse);

	if (!parse.lost && parse.at == parse.end && gate.words.count > 0 && gate.least >= GATE_LEAST) {
		*gates = gate.words;
		return true;
	}
	words_free(&gate.words);
	return false;
}
