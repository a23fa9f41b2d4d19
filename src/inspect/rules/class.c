#include "inspect/rules/class.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "inspect/rules/expression.h"

enum { NESTING = 20, PART_BYTES = 64, BYTES = 256 };

struct bytes {
	bool has[BYTES];
};

struct class_walk {
	const char *at, *end;
	struct class_flags flags;
	unsigned depth;
	bool dry;      /* sets stay empty: does it hold what makes it worth the while? */
	bool combined; /* a class in a class, or two cut with each other */
	bool wide;     /* what was read last is a range or a class: "--" behind it takes away */
	bool failed;   /* no class, or none that this reader understands */
};

enum cut { CUT_NONE, CUT_AND, CUT_MINUS, CUT_EITHER };

static bool starts(const struct class_walk *walk, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(walk->end - walk->at) >= len && memcmp(walk->at, text, len) == 0;
}

static void skip_blanks(struct class_walk *walk)
{
	while (walk->flags.extended && walk->at < walk->end && isspace((unsigned char)*walk->at))
		walk->at++;
}

/* Adds what PCRE2 takes the part of a class for. */
static void add_part(struct class_walk *walk, const char *part, size_t len, struct bytes *sum)
{
	char pattern[2 * PART_BYTES + 4], error[EXPRESSION_ERROR_BYTES];

	if (walk->dry)
		return;
	int written = snprintf(pattern, sizeof pattern, "[%.*s]", (int)len, part);
	struct expression *expression =
		expression_new((struct slice){pattern, (size_t)written}, walk->flags.caseless ? EXPRESSION_CASELESS : 0, error);

	walk->failed = walk->failed || expression == NULL;
	for (unsigned byte = 0; byte < BYTES && expression != NULL; byte++) {
		char c = (char)byte;

		sum->has[byte] = sum->has[byte] || expression_match(expression, (struct slice){&c, 1}, 0, NULL) == EXPRESSION_YES;
	}
	expression_free(expression);
}

/* How long the escape is that at stands on. */
static size_t escape_len(const struct class_walk *walk)
{
	size_t left = (size_t)(walk->end - walk->at);
	const char *close;

	if (left < 2)
		return left;
	if (left > 2 && one_of(walk->at[1], "pPxo") && walk->at[2] == '{') {
		close = memchr(walk->at, '}', left);
		return close != NULL ? (size_t)(close - walk->at) + 1 : left;
	}
	if (one_of(walk->at[1], "pP"))
		return left > 2 ? 3 : left;
	if (walk->at[1] == 'x')
		return left > 3 && isxdigit((unsigned char)walk->at[2]) && isxdigit((unsigned char)walk->at[3]) ? 4 : 2;
	return 2;
}

/* Copies one character as a part of a class writes it. Returns its length, 0 where none fits. */
static size_t read_character(struct class_walk *walk, char part[PART_BYTES], size_t used)
{
	size_t len = *walk->at == '\\' ? escape_len(walk) : 1;
	bool plain = *walk->at == '\\' || isalnum((unsigned char)*walk->at) || ((unsigned char)*walk->at & 0x80) != 0;

	if (used + len + 1 >= PART_BYTES || memchr(walk->at, '\0', len) != NULL) {
		walk->failed = true;
		return 0;
	}
	if (!plain)
		part[used++] = '\\';
	memcpy(part + used, walk->at, len);
	walk->at += len;
	return len + !plain;
}

/* One character, range, escape or [:class:]. */
static void read_part(struct class_walk *walk, struct bytes *sum)
{
	char part[PART_BYTES];
	size_t len = 0;

	if (starts(walk, "[:")) {
		const char *close = memmem(walk->at, (size_t)(walk->end - walk->at), ":]", 2);

		walk->failed = walk->failed || close == NULL || close - walk->at > PART_BYTES;
		if (walk->failed)
			return;
		add_part(walk, walk->at, (size_t)(close + 2 - walk->at), sum);
		walk->at = close + 2;
		walk->wide = true;
		return;
	}
	walk->wide = *walk->at == '\\' && walk->end - walk->at > 1 && one_of(walk->at[1], "dDwWsShHvVpP");
	len = read_character(walk, part, 0);
	skip_blanks(walk);
	if (!walk->wide && walk->end - walk->at > 2 && *walk->at == '-' && walk->at[1] != ']' && walk->at[1] != '-' && walk->at[1] != '[') {
		part[len++] = *walk->at++;
		skip_blanks(walk);
		if (walk->at < walk->end)
			len += read_character(walk, part, len);
		walk->wide = true;
	}
	if (!walk->failed)
		add_part(walk, part, len, sum);
}

/* "&&", and "--" and "~~" where they cannot be characters. Steps over it. */
static enum cut read_cut(struct class_walk *walk)
{
	bool cuts = walk->end - walk->at > 2 && (walk->at[2] == '[' || (walk->wide && walk->at[2] != ']'));
	enum cut cut = starts(walk, "&&")           ? CUT_AND
		       : cuts && starts(walk, "--") ? CUT_MINUS
		       : cuts && starts(walk, "~~") ? CUT_EITHER
						    : CUT_NONE;

	if (cut != CUT_NONE)
		walk->at += 2;
	return cut;
}

/* left, cut with right; right is empty afterwards. */
static void apply(struct bytes *left, enum cut cut, struct bytes *right)
{
	for (unsigned i = 0; i < BYTES; i++) {
		bool a = left->has[i], b = right->has[i];

		left->has[i] = cut == CUT_NONE ? b : cut == CUT_AND ? a && b : cut == CUT_MINUS ? a && !b : a != b;
	}
	memset(right, 0, sizeof *right);
}

/* at stands on "[", afterwards behind the "]". */
static void read_class(struct class_walk *walk, struct bytes *sum)
{
	struct bytes part = {{false}}, inner;
	enum cut before = CUT_NONE, cut;
	bool negated, first = true;

	walk->at++;
	negated = walk->at < walk->end && *walk->at == '^';
	walk->at += negated;
	walk->failed = walk->failed || ++walk->depth > NESTING;
	walk->wide = false;
	for (; !walk->failed; first = false) {
		skip_blanks(walk);
		if (walk->at >= walk->end) {
			walk->failed = true;
		} else if (*walk->at == ']' && !first) {
			break;
		} else if ((cut = read_cut(walk)) != CUT_NONE) {
			apply(sum, before, &part);
			before = cut;
			walk->combined = true;
			walk->wide = false;
		} else if (*walk->at == '[' && !starts(walk, "[:") && !starts(walk, "[.") && !starts(walk, "[=")) {
			memset(&inner, 0, sizeof inner);
			read_class(walk, &inner);
			for (unsigned i = 0; i < BYTES; i++)
				part.has[i] = part.has[i] || inner.has[i];
			walk->combined = walk->wide = true;
		} else {
			read_part(walk, &part);
		}
	}
	apply(sum, before, &part);
	for (unsigned i = 0; i < BYTES && negated; i++)
		sum->has[i] = !sum->has[i];
	walk->at += !walk->failed;
	walk->depth--;
}

static bool put_byte(struct buf *out, unsigned byte)
{
	char text[8];

	if (byte < 0x80 && isalnum((int)byte))
		snprintf(text, sizeof text, "%c", (char)byte);
	else
		snprintf(text, sizeof text, "\\x%02x", byte);
	return buf_append_text(out, text);
}

/* As one class: the runs of the set. */
static bool put_class(struct buf *out, const struct bytes *set)
{
	bool fits = buf_append_text(out, "[");

	for (unsigned from = 0, to; from < BYTES && fits; from = to + 1) {
		for (to = from; set->has[from] && to + 1 < BYTES && set->has[to + 1]; to++)
			;
		if (!set->has[from])
			continue;
		fits = put_byte(out, from) && (to < from + 2 || buf_append_text(out, "-")) && (to == from || put_byte(out, to));
	}
	return fits && buf_append_text(out, "]");
}

enum class_verdict class_translate(struct slice text, struct class_flags flags, struct buf *out, size_t *len)
{
	struct class_walk walk = {.at = text.data, .end = text.data + text.len, .flags = flags, .dry = true};
	struct bytes set = {{false}};
	bool empty = true;

	read_class(&walk, &set);
	if (walk.failed || !walk.combined)
		return CLASS_PLAIN;
	walk = (struct class_walk){.at = text.data, .end = text.data + text.len, .flags = flags};
	memset(&set, 0, sizeof set);
	read_class(&walk, &set);
	if (walk.failed)
		return CLASS_PLAIN;
	for (unsigned i = 0; i < BYTES && empty; i++)
		empty = !set.has[i];
	if (empty || !put_class(out, &set))
		return CLASS_EMPTY;
	*len = (size_t)(walk.at - text.data);
	return CLASS_WRITTEN;
}
