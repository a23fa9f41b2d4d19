/*
 * Rows of tables, whatever their syntax (SQL, COPY, CSV): which columns hold an account, a secret, a service, and which
 * values of one row belong together.
 */
#ifndef LEAKTRAWL_TABLE_H
#define LEAKTRAWL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/records/keys.h"
#include "inspect/scan.h"

enum { TABLE_COLUMNS = 256 };

struct columns {
	unsigned count; /* 0: unknown */
	uint8_t roles[TABLE_COLUMNS];
	bool bare[TABLE_COLUMNS];  /* a hash by its name alone: of what, the columns beside it say */
	bool place[TABLE_COLUMNS]; /* "Service", "Adresse": names a service where its value is a URL */
	bool open[TABLE_COLUMNS];  /* its name says nothing of what it holds */
	bool files;                /* one of them is of a file, a commit ... */
};

/* Forgets them all. */
void columns_clear(struct columns *columns);
/* Adds a column by its name; names past TABLE_COLUMNS are dropped (their values are not read). */
void columns_add(struct columns *columns, const struct keys *keys, struct slice name);
/* Called after the last column: roles that depend on their neighbours. */
void columns_finish(struct columns *columns);
bool columns_have(const struct columns *columns, enum key_role role);
/* Whether the columns are those of cookies: name, value, domain, and what only cookies have. */
bool columns_of_cookies(const struct columns *columns);
/* Whether any column names an account or a secret, or they are those of cookies. */
bool columns_tell(const struct columns *columns);

struct cell {
	struct slice value; /* unescaped; data NULL for NULL */
	bool text;          /* stood in quotes */
	size_t from, to;    /* where it stands in the text */
};
struct row {
	struct cell cells[TABLE_COLUMNS];
	unsigned count;
	size_t from, to;
};

/*
 * Emits the secrets of a row, each with the account and service nearest to it. columns with count 0: the values alone tell
 * (an e-mail address and a hash); plain says that a password may be guessed among them, since the table is one of users.
 */
void row_emit(struct text *text, const struct hit *hit, const struct row *row, const struct columns *columns, bool plain, const char *rule);
/* The same under a header without a password, whose column `guessed` looks like one in the rows around: low confidence. */
void row_emit_guessed(
	struct text *text, const struct hit *hit, const struct row *row, const struct columns *columns, unsigned guessed, const char *rule);

/*
 * Which column without a telling name holds passwords, by the rows around [from, to); columns->count where none does, or more than
 * one may. For headers that name whose rows they are, but no password.
 */
unsigned table_guess(const struct text *text, size_t from, size_t to, char delimiter, const struct columns *columns);

#endif
