#include "inspect/records/code_words.h"

#include <ctype.h>
#include <string.h>

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t name_end(struct slice text, size_t at, size_t to)
{
	while (at < to) {
		if (is_name_byte(text.data[at]) || (text.data[at] == '-' && at + 1 < to && isalpha((unsigned char)text.data[at + 1])))
			at++;
		else if (text.data[at] == '.' && at + 1 < to && is_name_byte(text.data[at + 1]))
			at++;
		else if (at + 2 < to && (memcmp(text.data + at, "->", 2) == 0 || memcmp(text.data + at, "::", 2) == 0) &&
			 is_name_byte(text.data[at + 2]))
			at += 2;
		else
			break;
	}
	return at;
}

/* Where the string that opens at `at` closes (its closing quote), or 0. *quotes: how many open and close it. */
static size_t string_end(struct slice text, size_t at, size_t to, size_t *quotes)
{
	char quote = text.data[at];

	*quotes = quote != '`' && at + 2 < to && text.data[at + 1] == quote && text.data[at + 2] == quote ? 3 : 1;
	for (size_t i = at + *quotes; i + *quotes <= to; i++) {
		if (text.data[i] == '\\' && i + 1 < to)
			i++;
		else if (text.data[i] == '\n' && quote != '`' && *quotes == 1)
			return 0;
		else if (text.data[i] == quote && (*quotes == 1 || (text.data[i + 1] == quote && text.data[i + 2] == quote)))
			return i;
	}
	return 0;
}

static struct slice unescaped(struct scan *scan, struct slice text)
{
	char *out;
	size_t len = 0;

	if (memchr(text.data, '\\', text.len) == NULL)
		return text;
	out = scan_arena(scan, text.len);
	if (out == NULL)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i], next = i + 1 < text.len ? text.data[i + 1] : 0;

		if (c == '\\' && one_of(next, "\"'`\\/"))
			out[len++] = text.data[++i];
		else if (c == '\\' && one_of(next, "nrt"))
			out[len++] = text.data[++i] == 't' ? '\t' : '\n';
		else
			out[len++] = c;
	}
	return (struct slice){out, len};
}

/* f'...{x}', `...${x}`, "...#{x}", "$x": the program fills it in. */
static bool is_template(struct slice text, size_t from, char quote, struct slice inner)
{
	bool formatted = from > 0 && one_of(text.data[from - 1], "fF$") && (from < 2 || !is_name_byte(text.data[from - 2]));

	return (formatted && slice_find_byte(inner, '{') < inner.len) ||
	       (quote != '\'' && (slice_find_nocase(inner, "${") < inner.len || slice_find_nocase(inner, "#{") < inner.len));
}

static void push(struct code *code, struct code_word word)
{
	code->words[code->count++] = word;
}

/* "a" + "b" is one string; what is joined to anything else is not all there. */
static void join_strings(struct scan *scan, struct code *code)
{
	size_t kept = 0;

	for (size_t i = 0; i < code->count; i++) {
		struct code_word word = code->words[i];
		struct code_word *last = kept > 0 ? &code->words[kept - 1] : NULL, *before = kept > 1 ? &code->words[kept - 2] : NULL;
		bool plus = last != NULL && last->kind == CODE_MARK && (last->text.data[0] == '+' || last->text.data[0] == '.');

		if (plus && before != NULL && before->kind == CODE_STRING && word.kind == CODE_STRING) {
			char *joined = scan_arena(scan, before->text.len + word.text.len + 1);

			if (joined != NULL) {
				memcpy(joined, before->text.data, before->text.len);
				memcpy(joined + before->text.len, word.text.data, word.text.len);
				before->text = (struct slice){joined, before->text.len + word.text.len};
			}
			before->broken |= word.broken || joined == NULL;
			before->to = word.to;
			kept--;
			continue;
		}
		if (plus && before != NULL && before->kind == CODE_STRING)
			before->broken = true;
		if (plus && word.kind == CODE_STRING)
			word.broken = true;
		code->words[kept++] = word;
	}
	code->count = kept;
}

void code_read(struct scan *scan, struct slice text, size_t from, size_t to, struct code *code)
{
	unsigned depth = 0;

	size_t at = from;

	code->count = 0;
	while (at < to && code->count < CODE_WORDS_MAX) {
		char c = text.data[at];
		size_t quotes, end;

		if (isspace((unsigned char)c)) {
			at++;
		} else if ((c == '"' || c == '\'' || c == '`') && (end = string_end(text, at, to, &quotes)) > 0) {
			struct slice inner = {text.data + at + quotes, end - at - quotes};

			push(code, (struct code_word){
					   CODE_STRING, unescaped(scan, inner), is_template(text, at, c, inner), depth, at, end + quotes});
			at = end + quotes;
		} else if (is_name_byte(c)) {
			end = name_end(text, at, to);
			/* the letter before a string says how it is written */
			if (end - at > 2 || end >= to || !one_of(text.data[end], "\"'"))
				push(code, (struct code_word){CODE_NAME, {text.data + at, end - at}, false, depth, at, end});
			at = end;
		} else {
			depth -= one_of(c, ")]}") && depth > 0;
			push(code, (struct code_word){CODE_MARK, {text.data + at, 1}, false, depth, at, at + 1});
			depth += one_of(c, "([{");
			at++;
		}
	}
	code->end = at;
	join_strings(scan, code);
}

bool code_mark(const struct code *code, size_t i, char c)
{
	return i < code->count && code->words[i].kind == CODE_MARK && code->words[i].text.data[0] == c;
}

const struct code_word *code_string(const struct code *code, size_t i)
{
	return i < code->count && code->words[i].kind == CODE_STRING && !code->words[i].broken ? &code->words[i] : NULL;
}

struct slice code_last_part(struct slice name)
{
	size_t from = name.len;

	while (from > 0 && !one_of(name.data[from - 1], ".>:"))
		from--;
	while (from < name.len && name.data[from] == '$')
		from++;
	return slice_from(name, from);
}
