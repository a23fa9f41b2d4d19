/*
 * Options of a command as a table: how they are called, what they take, what help says, and where their
 * value goes. Wrong ones are refused with the nearest right one.
 */
#ifndef LEAKTRAWL_OPTIONS_H
#define LEAKTRAWL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option takes, and the type of its field in the values struct. */
enum option_kind {
	OPTION_FLAG,     /* nothing -> bool */
	OPTION_TEXT,     /* text, not empty -> const char * (points into argv) */
	OPTION_TEXTS,    /* may be repeated -> struct option_texts */
	OPTION_NUMBER,   /* decimal, 0 .. 2^63-1 -> uint64_t */
	OPTION_CHOICE,   /* one of choices -> int, its index */
	OPTION_DURATION, /* 90s, 30m, 12h, 7d, 2w -> int64_t, milliseconds */
	OPTION_MOMENT,   /* 7d (that long ago), 2026-01-31, 2026-01-31T08:00:00Z -> int64_t, milliseconds since the epoch */
};

enum { OPTION_TEXTS_MAX = 64 };

struct option_texts {
	const char *items[OPTION_TEXTS_MAX];
	size_t count;
};

struct option_row {
	const char *name; /* without dashes */
	char letter;      /* short form, or 0 */
	enum option_kind kind;
	size_t offset;              /* of the field in the values struct */
	const char *argument;       /* "NAME" in help; not for flags; for choices made from them */
	const char *help;           /* one or more lines of at most 50 columns */
	const char *const *choices; /* OPTION_CHOICE: ends with NULL */
};

/* An option left out leaves its field as it is: values are set to their defaults before. */

struct option_tables {
	const struct option_row *rows[2]; /* each ends with a row without a name; NULL: none */
	void *values[2];
};

/*
 * Parses argv (argv[0] is skipped), moves the operands to its end and returns the index of the first, or
 * -1 after putting a message for a person in why. With in_order parsing stops at the first operand.
 */
int options_parse(const struct option_tables *tables, bool in_order, int argc, char **argv, char *why, size_t why_size);

/* The option lines of a help text, on standard output. */
void options_print(const struct option_row *rows);

#endif
