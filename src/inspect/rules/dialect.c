#include "inspect/rules/dialect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/rules/class.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { NESTING = 250, FLAGS_MOST = 16 };

struct translation {
	const char *from, *at, *end;
	struct buf out;
	struct class_flags flags[NESTING + 1]; /* (?ix), of each group around */
	unsigned depth;
	bool opened;      /* a class held an unescaped "[" */
	const char *why;  /* what is refused */
	const char *here; /* where */
};

static void refuse(struct translation *walk, const char *why)
{
	if (walk->why == NULL) {
		walk->why = why;
		walk->here = walk->at;
	}
}

static void put(struct translation *walk, const char *text, size_t len)
{
	if (!buf_append(&walk->out, text, len))
		refuse(walk, "too long");
}

static bool starts(const struct translation *walk, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(walk->end - walk->at) >= len && memcmp(walk->at, text, len) == 0;
}

/* Copies up to and with `last`, or all that is left. */
static void copy_until(struct translation *walk, const char *last)
{
	const char *found = memmem(walk->at, (size_t)(walk->end - walk->at), last, strlen(last));
	const char *stop = found != NULL ? found + strlen(last) : walk->end;

	put(walk, walk->at, (size_t)(stop - walk->at));
	walk->at = stop;
}

/* \u{1F600} and \u00e9: the bytes of the character. at stands on the backslash. */
static bool put_character(struct translation *walk)
{
	char digits[9], bytes[4][5];
	const char *from = walk->at + 2, *to = from;
	bool braces = from < walk->end && *from == '{';
	unsigned long code;
	unsigned count;

	from += braces;
	for (to = from; to < walk->end && isxdigit((unsigned char)*to) && to - from < (braces ? 8 : 4); to++)
		;
	if (to == from || (braces && (to == walk->end || *to != '}')))
		return false;
	memcpy(digits, from, (size_t)(to - from));
	digits[to - from] = '\0';
	code = strtoul(digits, NULL, 16);
	count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (unsigned i = count; i > 1; i--, code >>= 6)
		snprintf(bytes[i - 1], sizeof bytes[0], "\\x%02x", (unsigned)(0x80 | (code & 0x3f)));
	snprintf(bytes[0], sizeof bytes[0], "\\x%02x", (unsigned)(count > 1 ? heads[count] | (code & 0x1f) : code & 0x7f));
	put(walk, "(?:", 3);
	for (unsigned i = 0; i < count; i++)
		put(walk, bytes[i], 4);
	put(walk, ")", 1);
	walk->at = to + braces;
	return true;
}

/* Long names of general categories, for which PCRE2 knows the short ones. */
static const char *category(const char *name, size_t len)
{
	static const struct {
		const char *name, *category;
	} categories[] = {{"letter", "L"}, {"casedletter", "L&"}, {"uppercaseletter", "Lu"}, {"lowercaseletter", "Ll"},
		{"titlecaseletter", "Lt"}, {"modifierletter", "Lm"}, {"otherletter", "Lo"}, {"mark", "M"}, {"combiningmark", "M"},
		{"number", "N"}, {"decimalnumber", "Nd"}, {"digit", "Nd"}, {"letternumber", "Nl"}, {"othernumber", "No"},
		{"punctuation", "P"}, {"punct", "P"}, {"connectorpunctuation", "Pc"}, {"dashpunctuation", "Pd"}, {"symbol", "S"},
		{"mathsymbol", "Sm"}, {"currencysymbol", "Sc"}, {"separator", "Z"}, {"spaceseparator", "Zs"}, {"other", "C"},
		{"control", "Cc"}, {"cntrl", "Cc"}, {"unassigned", "Cn"}};
	char folded[32];
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < sizeof folded; i++)
		if (isalnum((unsigned char)name[i]))
			folded[used++] = (char)tolower((unsigned char)name[i]);
	folded[used] = '\0';
	for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++)
		if (strcmp(categories[i].name, folded) == 0)
			return categories[i].category;
	return NULL;
}

/* \p{Letter}, \p{gc=Lu}: as PCRE2 names it. at stands on the backslash. False where it is so already. */
static bool put_property(struct translation *walk)
{
	const char *from = walk->at + 3, *name, *close, *known;

	if (!starts(walk, "\\p{") && !starts(walk, "\\P{"))
		return false;
	close = memchr(from, '}', (size_t)(walk->end - from));
	if (close == NULL)
		return false;
	name = from + (*from == '^');
	const char *equals = memchr(name, '=', (size_t)(close - name));
	bool is_category = equals != NULL && (strncasecmp(name, "gc=", 3) == 0 || strncasecmp(name, "General_Category=", 17) == 0);

	if (is_category)
		name = equals + 1;
	known = category(name, (size_t)(close - name));
	if (known == NULL && !is_category)
		return false;
	put(walk, walk->at, (size_t)(from + (*from == '^') - walk->at));
	put(walk, known != NULL ? known : name, known != NULL ? strlen(known) : (size_t)(close - name));
	put(walk, "}", 1);
	walk->at = close + 1;
	return true;
}

static void escape(struct translation *walk)
{
	static const struct {
		const char *rust, *pcre2;
	} borders[] = {
		{"\\b{start}", "\\b(?=\\w)"}, {"\\b{end}", "\\b(?<=\\w)"}, {"\\b{start-half}", "(?<!\\w)"}, {"\\b{end-half}", "(?!\\w)"}};

	for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++)
		if (starts(walk, borders[i].rust)) {
			put(walk, borders[i].pcre2, strlen(borders[i].pcre2));
			walk->at += strlen(borders[i].rust);
			return;
		}
	if (starts(walk, "\\Q")) {
		copy_until(walk, "\\E");
	} else if ((!starts(walk, "\\u") || !put_character(walk)) && !put_property(walk)) {
		size_t len = walk->end - walk->at > 1 ? 2 : 1;

		put(walk, walk->at, len);
		walk->at += len;
	}
}

/* A class that PCRE2 writes, too. at stands on the opening bracket. */
static void plain_class(struct translation *walk)
{
	bool extended = walk->flags[walk->depth].extended;
	const char *first;

	put(walk, walk->at++, 1);
	if (walk->at < walk->end && *walk->at == '^')
		put(walk, walk->at++, 1);
	first = walk->at;
	while (walk->at < walk->end && (*walk->at != ']' || walk->at == first)) {
		if (*walk->at == '\\' && walk->at + 1 < walk->end) {
			if (put_property(walk))
				continue;
			put(walk, walk->at, 2);
			walk->at += 2;
		} else if (starts(walk, "[:") || starts(walk, "[.") || starts(walk, "[=")) {
			copy_until(walk, "]");
		} else if (extended && isspace((unsigned char)*walk->at)) {
			first += walk->at == first;
			walk->at++;
		} else {
			walk->opened = walk->opened || *walk->at == '[';
			put(walk, walk->at++, 1);
		}
	}
	if (walk->at < walk->end)
		put(walk, walk->at++, 1);
}

static void class(struct translation *walk)
{
	size_t len = 0;

	switch (class_translate((struct slice){walk->at, (size_t)(walk->end - walk->at)}, walk->flags[walk->depth], &walk->out, &len)) {
	case CLASS_PLAIN:
		plain_class(walk);
		break;
	case CLASS_WRITTEN:
		walk->at += len;
		break;
	case CLASS_EMPTY:
		refuse(walk, "what is cut here has no character in common: to mean the characters && themselves, write &\\&");
	}
}

/* (?ix-u) or (?ix-u: without the flags that mean nothing here. at stands behind "(?". False where no flags stand. */
static bool flags(struct translation *walk)
{
	const char *stop = walk->at;
	bool on = true;
	struct class_flags set = walk->flags[walk->depth];
	char kept[FLAGS_MOST + 2];
	size_t len = 0;

	while (stop < walk->end && stop - walk->at < FLAGS_MOST && one_of(*stop, "imsxnUJuR-^"))
		stop++;
	if (stop == walk->at || stop == walk->end || (*stop != ')' && *stop != ':'))
		return false;
	for (const char *flag = walk->at; flag < stop; flag++) {
		on = on && *flag != '-';
		if (*flag == 'x')
			set.extended = on;
		if (*flag == 'i')
			set.caseless = on;
		if (*flag != 'u' && *flag != 'R')
			kept[len++] = *flag;
	}
	if (len > 0 && kept[len - 1] == '-')
		len--;
	put(walk, "(?", 2);
	put(walk, kept, len);
	put(walk, stop, 1);
	walk->at = stop + 1;
	if (*stop == ':' && walk->depth < NESTING)
		walk->depth++;
	walk->flags[walk->depth] = set;
	return true;
}

static void group(struct translation *walk)
{
	if (starts(walk, "(?#")) {
		copy_until(walk, ")");
		return;
	}
	if (starts(walk, "(?")) {
		walk->at += 2;
		if (flags(walk))
			return;
		walk->at -= 2;
	}
	if (walk->depth < NESTING) {
		walk->flags[walk->depth + 1] = walk->flags[walk->depth];
		walk->depth++;
	}
	put(walk, walk->at++, 1);
}

static void item(struct translation *walk)
{
	char c = *walk->at;

	if (c == '\\') {
		escape(walk);
	} else if (c == '[') {
		class(walk);
	} else if (c == '(') {
		group(walk);
	} else if (c == '#' && walk->flags[walk->depth].extended) {
		copy_until(walk, "\n");
	} else if (c == '{' && walk->at + 2 < walk->end && walk->at[1] == ',' && isdigit((unsigned char)walk->at[2])) {
		put(walk, "{0", 2);
		walk->at++;
	} else {
		if (c == ')' && walk->depth > 0)
			walk->depth--;
		if (c == ']' && walk->opened)
			refuse(walk, "a class opens in a class and is not closed: to mean the character, write \\[");
		put(walk, walk->at++, 1);
	}
}

char *dialect_translate(struct slice pattern, char error[EXPRESSION_ERROR_BYTES])
{
	struct translation walk = {.from = pattern.data, .at = pattern.data, .end = pattern.data + pattern.len};
	char *translated = NULL;

	buf_init(&walk.out, 4 * LIMIT_PATTERN_BYTES);
	while (walk.at < walk.end && walk.why == NULL)
		item(&walk);
	if (walk.why != NULL)
		snprintf(error, EXPRESSION_ERROR_BYTES, "%s (at character %zu)", walk.why, (size_t)(walk.here - walk.from) + 1);
	else
		translated = xstrndup(walk.out.len > 0 ? buf_text(&walk.out) : "", walk.out.len);
	buf_free(&walk.out);
	return translated;
}
