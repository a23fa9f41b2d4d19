/* Tokens of PDF content streams and CMaps (ISO 32000-1, 7.2 and 7.3), out of any bytes. */
#ifndef LEAKTRAWL_PDF_LEX_H
#define LEAKTRAWL_PDF_LEX_H

#include <stdbool.h>

#include "inspect/unpack/source.h"
#include "shared/buf.h"
#include "shared/slice.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_STRING, /* text: its bytes */
	TOKEN_NAME,   /* text: without the slash */
	TOKEN_WORD,   /* an operator or keyword */
	TOKEN_MARK,   /* text: one of [ ] << >> { } */
};

struct token {
	enum token_kind kind;
	double number;
	struct slice text; /* until the next token */
};

struct lexer {
	struct source *source; /* the caller's */
	struct slice block;
	struct buf text;
	bool cut; /* a token was longer than any is */
};

void lexer_open(struct lexer *lexer, struct source *source);
void lexer_close(struct lexer *lexer); /* wipes */
/* False at the end. */
bool lexer_next(struct lexer *lexer, struct token *token);
/* Behind the word ID: passes over the bytes of an inline image, its EI included. False where the end comes first. */
bool lexer_pass_image(struct lexer *lexer);

#endif
