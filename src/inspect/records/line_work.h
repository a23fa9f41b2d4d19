/*
 * What the parts of line_read.c share: how a reading is weighed (line_score.c), where a value ends (line_value.c), readings that
 * begin with the log-in (line_login.c) or with the service (line_url.c).
 */
#ifndef LEAKTRAWL_LINE_WORK_H
#define LEAKTRAWL_LINE_WORK_H

#include <string.h>

#include "inspect/records/line.h"

enum { FIELDS = 24 };

/* Where something of the line was found that is looked for from many places: the answer holds for all from `from` to `at`. */
struct found {
	bool known;
	size_t from, at;
};

/* What is read, and how far. */
struct work {
	const struct line_tables *tables;
	struct slice line;
	const struct line_vote *vote;
	struct line_reading best;
	int best_rank;
	int lead;                                       /* evidence of what stands before the URL */
	struct found tag, record, remark, blank_remark; /* of line_value.c */
};

static inline bool line_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline struct slice line_between(struct slice line, size_t from, size_t to)
{
	return (struct slice){line.data + from, to > from ? to - from : 0};
}

static inline bool line_all_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len > 0;
}

/* Where the sign that parts the address at `from` from what stands before it is: right before it, or with a blank on both sides; 0: none.
 */
static inline size_t line_sign_before(struct slice line, size_t from)
{
	if (from >= 2 && one_of(line.data[from - 1], ":;|,\t"))
		return from - 1;
	return from >= 4 && line.data[from - 1] == ' ' && one_of(line.data[from - 2], ":;|") && line.data[from - 3] == ' ' ? from - 2 : 0;
}

/* ---- line_score.c ---- */

size_t line_word_count(struct slice text);
/* Whether two or three capitalised words are the name of whom the address is: "John Doe", "John:Doe" of jdoe@... */
bool line_is_persons_name(struct slice value, struct slice address);
/* "http://jdoe:x@host:3128', ...": a port, and what ends the string of source code that opens before `from`. */
bool line_is_port_of_string(const struct work *work, size_t from, struct slice secret);
/* Whether one of its words belongs to a sentence. */
bool line_has_prose(const struct work *work, struct slice text);
/* 2026-05-04T10, of 2026-05-04T10:22:33Z: the time of a log's line, cut at its first colon. */
bool line_is_cut_time(struct slice text);
/* What speaks for a disclosed secret (or against it): the separator before it, its look, the log-in, the lines around. */
int line_separator_evidence(const struct token_separator *separator);
int line_look_evidence(const struct work *work, struct slice secret, enum token_look look, const struct token_separator *inner);
int line_login_evidence(const struct work *work, struct slice login);
int line_vote_evidence(const struct work *work);
/* Keeps the reading if it is the best so far; preference decides between equal evidence. */
void line_consider(struct work *work, const struct line_reading *reading, int preference);
bool line_is_hash(const struct work *work, struct slice value, struct hash_shape *shape);

/* ---- line_vote.c ---- */

/* Whether a value holds three letters in a row of the log-in: darkdoe99 of doe@host, which is a name and no secret. */
bool line_resembles(struct slice value, struct slice login);
/* Whether a secret is of a column that others of the list share word by word, or that is hexadecimal all over: states, groups, ids. */
bool line_is_of_category(const struct work *work, struct slice secret);

/* ---- line_value.c ---- */

/* The value that begins at `from` and reaches as far as nothing else begins; *end is behind it. */
struct slice line_value_at(struct work *work, size_t from, char kind, size_t *end);
/* Splits at every kind; values are trimmed. */
size_t line_fields_split(struct slice value, char kind, struct slice fields[FIELDS]);
struct slice line_unquote(struct slice field);

/* ---- line_login.c ---- */

/* The line from the log-in [from, to) on. */
void line_login_first(struct work *work, size_t from, size_t to);
/* user:secret:address, the address [from, to) last. */
void line_login_last(struct work *work, size_t from, size_t to);
/* https://host/:secret:address, the address [from, to) last, where the lines around say so. */
void line_url_reversed(struct work *work, size_t from, size_t to);
/* user:secret@host:port around what looks like the address [from, to). */
void line_userinfo_without_scheme(struct work *work, size_t from, size_t to);

/* ---- line_frame.c ---- */

struct line_frame {
	unsigned kind, skeleton; /* skeleton: of the secret's letters */
	bool strong;             /* it looks like a secret */
	bool brackets;           /* and no sign alone */
	struct slice account, secret;
};
/* Whether a line is an address and one word in a frame. */
bool line_frame(struct slice line, struct line_frame *frame);
/* Such a line among its like. */
void line_framed(struct work *work);

/* ---- line_url.c ---- */

/* The URL that begins at `from`, and every place where it could end and a log-in begin. */
void line_url_first(struct work *work, size_t from);
/* login:secret:URL where the log-in is no address: only the URL at url_from tells that it is one. */
void line_url_last(struct work *work, size_t url_from);

#endif
