/* What shape.h hides, for the readers of tables. Places are offsets in the lane (text->base + place in the text). */
#ifndef LEAKTRAWL_SHAPE_STATE_H
#define LEAKTRAWL_SHAPE_STATE_H

#include "inspect/records/ruler.h"
#include "inspect/records/shape.h"
#include "inspect/records/table.h"

enum { SHAPE_TABLES = 512, SHAPE_NAME_BYTES = 128, SHAPE_DELIMITERS = 7 };

/* A CREATE TABLE that stood before. */
struct shape_table {
	char name[SHAPE_NAME_BYTES]; /* last part, lower case */
	struct columns columns;
};

struct shape {
	const struct keys *keys;

	/* the header at the beginning of the lane: every row of as many fields stands under it */
	struct {
		bool known;
		char delimiter;
		struct columns columns;
		uint64_t rows; /* where they begin */
	} csv;

	/* per delimiter, the block of rows last looked at: whether a header stands above it */
	struct shape_block {
		unsigned fields;
		uint64_t from, to; /* lines of it known to follow one another */
		bool known;
		bool other; /* its header names other things than log-ins: nothing is guessed under it */
		struct columns columns;
	} blocks[SHAPE_DELIMITERS];

	/* the last ruler under a header, and the lines known to follow it */
	struct {
		bool known;
		struct ruler ruler;
		struct columns columns;
		uint64_t from, to;
	} ruler;

	/* the last INSERT or REPLACE */
	struct {
		bool known;
		struct columns columns;
		bool users; /* the table's name speaks of accounts */
		char table[SHAPE_NAME_BYTES];
		uint64_t head;  /* where it begins */
		uint64_t rows;  /* behind VALUES */
		uint64_t after; /* rows up to here are read: the next one begins here */
	} insert;

	/* the last COPY ... FROM stdin */
	struct {
		bool known;
		struct columns columns;
		bool users;
		uint64_t rows;
		uint64_t checked; /* no end up to here */
	} copy;

	/* source code last taken apart: names from .. to in it need no second look */
	struct {
		uint64_t from, to;
		bool carries; /* a log-in, a cookie */
	} code;

	struct shape_table *tables;
	size_t tables_count;
};

/* A table whose name speaks of accounts: "wp_users", "tblMembers". */
bool shape_users(struct slice table);
/* Identifiers of "(a, `b`, "c", [d])" from the bracket at `at`; returns the place behind it, 0 when it is no such list. */
size_t shape_column_list(const struct keys *keys, struct slice text, size_t at, struct columns *columns);
/* Reads a CSV header; false when the line is none. */
bool shape_header_as(const struct keys *keys, struct slice line, char delimiter, struct columns *columns);
/* Whether the line names columns as programs do, four or more, in ASCII identifiers; of what does not matter. */
bool shape_header_other(struct slice line, char delimiter);
/* The same with the delimiter that makes most of it. */
bool shape_header(const struct keys *keys, struct slice line, char *delimiter, struct columns *columns);

#endif
