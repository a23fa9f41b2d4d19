/* Words of source code: string literals, names and marks, whatever the language. */
#ifndef LEAKTRAWL_CODE_WORDS_H
#define LEAKTRAWL_CODE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/scan.h"
#include "shared/slice.h"

enum { CODE_WORDS_MAX = 1024 };

enum code_kind { CODE_MARK, CODE_NAME, CODE_STRING };

struct code_word {
	enum code_kind kind;
	struct slice text; /* a string without its quotes and escapes; a name with its dots: "session.cookies.set" */
	bool broken;       /* a string joined with what only the running program knows */
	unsigned depth;    /* of brackets around it */
	size_t from, to;
};

struct code {
	size_t end; /* what is taken apart ends here */
	struct code_word words[CODE_WORDS_MAX];
	size_t count;
};

/* Takes text[from, to) apart; what stands behind CODE_WORDS_MAX words is left out. */
void code_read(struct scan *scan, struct slice text, size_t from, size_t to, struct code *code);

/* Whether word i is the mark c. False past the end. */
bool code_mark(const struct code *code, size_t i, char c);
/* Word i if it is a string that is whole, else NULL. */
const struct code_word *code_string(const struct code *code, size_t i);
/* The last part of a name: "set" of "cookies.set". */
struct slice code_last_part(struct slice name);

#endif
