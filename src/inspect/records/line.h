/*
 * Reads a line of a combo list or of URL:login:password rows: which of its fields is the account, the service, the
 * secret. The line alone decides where it can; where several readings are possible, the lines around it vote.
 */
#ifndef LEAKTRAWL_LINE_H
#define LEAKTRAWL_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/line_token.h"
#include "inspect/rules/hashes.h"
#include "inspect/rules/placeholders.h"
#include "shared/slice.h"

struct keys;
struct line_memo;

/* What a reading is judged by; the engine's tables. */
struct line_tables {
	const struct hashes *hashes;
	const struct placeholders *placeholders;
	const struct keys *keys;
	struct line_memo *memo; /* of the window that is read, or NULL */
};

enum line_order {
	LINE_NONE,
	LINE_LOGIN_SECRET,     /* login:secret, and records with a login and a secret among other fields */
	LINE_URL_LOGIN_SECRET, /* also with an IP address for the URL */
	LINE_LOGIN_SECRET_URL,
	LINE_LOGIN_URL_SECRET,
	LINE_URL_SECRET_LOGIN, /* only where the lines around say so */
	LINE_USERINFO,         /* https://user:secret@host/ */
	LINE_LABELS,           /* user: ... password: ... */
	LINE_ORDERS,
};

struct line_reading {
	enum line_order order;
	struct slice account, secret, url, salt;
	struct slice beside; /* a hash beside a password in clear */
	char outer, inner;   /* separators: around the URL, between login and secret */
	int evidence;        /* speaks for (or against) a disclosed secret; LINE_ENOUGH is enough */
	size_t end;          /* behind what was read: in the line; in the text after line_judge */
	enum token_look look;
	bool hash;
	bool percent; /* account and secret are percent-encoded */
	unsigned fields;
};

enum {
	LINE_ENOUGH = 3,
	LINE_PRINTS = 40,
	LINE_FRAMES = 22 /* kinds of signs around a secret that few lists have (line_frame.c) */
};

/* What the lines around say. */
struct line_vote {
	unsigned lists;                   /* lines that read as a record with a secret for sure */
	unsigned likely;                  /* and those that read as one at all */
	unsigned orders[LINE_ORDERS];     /* of those for sure */
	char separator;                   /* the commonest between login and secret, 0 when none */
	unsigned fields;                  /* the commonest number of fields, 0 when they differ */
	unsigned parted, singles;         /* lines login SEPARATOR rest; those whose rest holds that separator nowhere */
	unsigned threes, seconds, thirds; /* lines address:x:y; those whose x looks like a secret, whose y does */
	unsigned reversed;                /* lines URL:x:address */
	unsigned ends, fronts, signs;     /* lines x:address; those whose x looks like a secret; those whose x no user name is */
	unsigned commas;                  /* of those likely, the ones that end in a comma */
	unsigned addresses;               /* lines that begin with one */
	/* what those likely have for a secret, in a few bits; of these lines those whose secret is lower-case hexadecimal */
	unsigned short prints[LINE_PRINTS];
	unsigned prints_count, hexes;
	/* lines with a frame; those in which it holds what looks like a secret; those whose letters are the first one's, and these */
	unsigned framed[LINE_FRAMES], strong[LINE_FRAMES], alike[LINE_FRAMES], skeleton[LINE_FRAMES];
};

/* What one line has to say in it. */
struct line_ballot {
	bool blank, likely, list; /* list: for sure */
	bool three, second, third, reversed;
	bool end, front, sign, comma;
	bool address, framed, strong;
	unsigned frame, skeleton;
	bool hex;
	unsigned short print;
	char separator;
	enum line_order order;
	unsigned fields;
};

/*
 * Reads the record of `line` that the name of ours at [at, at + len) belongs to, or its first one when at is line.len.
 * vote may be NULL. Returns the best reading; order LINE_NONE when there is none. Does not look for placeholders.
 */
struct line_reading line_read(const struct line_tables *tables, struct slice line, size_t at, const struct line_vote *vote);

/* Takes decoration off the ends: bullets, numbers, tags, quotes, brackets. *start is where the rest begins in line. */
struct slice line_clean(struct slice line, size_t *start);

/* The word of a line around `at` where it is a log-in that was joined to labelled ones: "URL: x Login: y Password: z jdoe@...:w"; else
 * the line. */
struct slice line_apart(const struct line_tables *tables, struct slice line, size_t at);
/* Reads "user: x password: y" and "user=x&password=y" within one line. */
struct line_reading line_labels(const struct line_tables *tables, struct slice line, size_t at);

/* Counts the shapes of up to 20 lines on either side of the line [from, to) in text. */
void line_vote_around(const struct line_tables *tables, struct slice text, size_t from, size_t to, struct line_vote *vote);

/* The whole judgement over one line: vote where needed, line shapes, placeholders. False: nothing is disclosed. */
bool line_judge(const struct line_tables *tables, struct slice text, size_t from, size_t to, size_t at, struct line_reading *reading);

#endif
