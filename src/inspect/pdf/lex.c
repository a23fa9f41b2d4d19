#include "inspect/pdf/lex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_BYTES = 256 * 1024, NESTED_MAX = 1000, NONE = -1 };

void lexer_open(struct lexer *lexer, struct source *source)
{
	*lexer = (struct lexer){.source = source};
	buf_init(&lexer->text, TOKEN_BYTES);
}

void lexer_close(struct lexer *lexer)
{
	buf_free(&lexer->text);
}

/* The next byte without taking it; NONE at the end. */
static int peek(struct lexer *lexer)
{
	if (lexer->block.len == 0) {
		const uint8_t *data;
		ssize_t got = source_read(lexer->source, &data);
		if (got <= 0)
			return NONE;
		lexer->block = (struct slice){(const char *)data, (size_t)got};
	}
	return (unsigned char)lexer->block.data[0];
}

static int take(struct lexer *lexer)
{
	int byte = peek(lexer);
	if (byte != NONE)
		lexer->block = slice_from(lexer->block, 1);
	return byte;
}

static bool is_blank(int byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f' || byte == 0;
}

static bool is_regular(int byte)
{
	return byte != NONE && !is_blank(byte) && strchr("()<>[]{}/%", byte) == NULL;
}

static void put(struct lexer *lexer, int byte)
{
	if (!buf_append_byte(&lexer->text, (uint8_t)byte))
		lexer->cut = true;
}

static int digit_of(int byte)
{
	return isdigit(byte) ? byte - '0' : isxdigit(byte) ? (byte | 0x20) - 'a' + 10 : NONE;
}

/* ---- kinds ------------------------------------------------------------------------------------ */

static void octal(struct lexer *lexer, int first)
{
	int value = first - '0';
	for (int i = 0; i < 2 && peek(lexer) >= '0' && peek(lexer) <= '7'; i++)
		value = value * 8 + take(lexer) - '0';
	put(lexer, value & 0xff);
}

static void escaped(struct lexer *lexer)
{
	static const char letters[] = "nrtbf", stand_for[] = "\n\r\t\b\f";
	int byte = take(lexer);
	const char *letter = byte > 0 ? strchr(letters, byte) : NULL;
	if (byte >= '0' && byte <= '7')
		octal(lexer, byte);
	else if (byte == '\r' && peek(lexer) == '\n')
		take(lexer);
	else if (letter != NULL)
		put(lexer, stand_for[letter - letters]);
	else if (byte != NONE && byte != '\n' && byte != '\r')
		put(lexer, byte);
}

static void literal_string(struct lexer *lexer)
{
	for (int open = 1, byte; open > 0 && (byte = take(lexer)) != NONE;) {
		open += byte == '(' && open < NESTED_MAX ? 1 : byte == ')' ? -1 : 0;
		if (byte == '\\')
			escaped(lexer);
		else if (open > 0)
			put(lexer, byte);
	}
}

static void hex_string(struct lexer *lexer)
{
	int high = NONE;
	for (int byte; (byte = take(lexer)) != NONE && byte != '>';) {
		int digit = digit_of(byte);
		if (digit == NONE)
			continue;
		if (high != NONE)
			put(lexer, high * 16 + digit);
		high = high != NONE ? NONE : digit;
	}
	if (high != NONE)
		put(lexer, high * 16);
}

static void name(struct lexer *lexer)
{
	while (is_regular(peek(lexer))) {
		int byte = take(lexer);
		int high = byte == '#' ? digit_of(peek(lexer)) : NONE;
		if (high == NONE) {
			put(lexer, byte);
			continue;
		}
		take(lexer);
		int low = digit_of(peek(lexer));
		put(lexer, low != NONE ? high * 16 + low : byte);
		if (low != NONE)
			take(lexer);
	}
}

static enum token_kind word_or_number(struct lexer *lexer, int first, double *number)
{
	char *end;
	put(lexer, first);
	while (is_regular(peek(lexer)))
		put(lexer, take(lexer));
	const char *text = buf_text(&lexer->text);
	if (strchr("+-.0123456789", first) == NULL || strspn(text, "+-.0123456789") != lexer->text.len)
		return TOKEN_WORD;
	*number = strtod(text, &end);
	return TOKEN_NUMBER; /* "--5" and the like are 0, as other readers take them */
}

static void pass_comment(struct lexer *lexer)
{
	while (peek(lexer) != NONE && peek(lexer) != '\n' && peek(lexer) != '\r')
		take(lexer);
}

static enum token_kind read_token(struct lexer *lexer, int first, double *number)
{
	switch (first) {
	case '(':
		literal_string(lexer);
		return TOKEN_STRING;
	case '/':
		name(lexer);
		return TOKEN_NAME;
	case '<':
		if (peek(lexer) != '<') {
			hex_string(lexer);
			return TOKEN_STRING;
		}
		/* fall through */
	case '>':
		put(lexer, first);
		if (peek(lexer) == first)
			put(lexer, take(lexer));
		return TOKEN_MARK;
	case ')':
	case '[':
	case ']':
	case '{':
	case '}':
		put(lexer, first);
		return TOKEN_MARK;
	default:
		return word_or_number(lexer, first, number);
	}
}

bool lexer_next(struct lexer *lexer, struct token *token)
{
	int byte;
	buf_clear(&lexer->text);
	*token = (struct token){.kind = TOKEN_END};
	while (is_blank(byte = take(lexer)) || byte == '%') {
		if (byte == '%')
			pass_comment(lexer);
	}
	if (byte == NONE)
		return false;
	token->kind = read_token(lexer, byte, &token->number);
	token->text = (struct slice){buf_text(&lexer->text), lexer->text.len};
	return true;
}

bool lexer_pass_image(struct lexer *lexer)
{
	int before = ' ', byte = take(lexer);
	while (byte != NONE) {
		bool begins = is_blank(before) && byte == 'E' && peek(lexer) == 'I';
		before = byte;
		byte = take(lexer);
		if (begins && (is_blank(peek(lexer)) || peek(lexer) == NONE))
			return true;
	}
	return false;
}
