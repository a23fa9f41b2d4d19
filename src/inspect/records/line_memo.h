/*
 * What readers learnt of the lines of a window. Names stand near each other where there are many, and each has the lines around it
 * looked at: without a memo dozens of times each. It forgets what other lines push out, and costs a job the same whatever its size.
 */
#ifndef LEAKTRAWL_LINE_MEMO_H
#define LEAKTRAWL_LINE_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/block_lines.h"
#include "inspect/records/http_line.h"
#include "inspect/records/json_text.h"
#include "inspect/records/line.h"
#include "shared/slice.h"

/* Of one line; each part is valid where it is known. */
struct memo_line {
	bool block_known;
	bool no_table; /* it is no row of one */
	bool http_known;
	struct http_line http;
	struct block_line block;
	size_t vote_len; /* of the line that voted, and one; 0: none did */
	struct line_ballot vote;
};

struct line_memo;

struct line_memo *line_memo_new(void);
void line_memo_free(struct line_memo *memo);
/* To be called when the bytes of a window have changed or moved. */
void line_memo_forget(struct line_memo *memo);
/* What is known of the line that begins at `from` of a window's text; to be completed by whoever learns more. NULL without a memo. */
struct memo_line *line_memo_at(struct line_memo *memo, struct slice text, size_t from);
/* What is known of the JSON around the places of a window's text. */
struct json_trail *line_memo_json(struct line_memo *memo, struct slice text);

#endif
