/*
 * Views that put one character for another inside a line: each line in which an escape touches a name of ours is
 * decoded, and read again among its neighbours. Lines whose names stand plain stay as they are, so that a
 * secret that happens to look escaped is not read twice.
 */
#ifndef LEAKTRAWL_LINES_H
#define LEAKTRAWL_LINES_H

#include "inspect/views/views.h"

struct line_mark {
	size_t from, to; /* from base on */
	unsigned kinds;  /* escapes.h */
};
struct line_marks {
	struct line_mark *list;
	size_t count, cap;
	uint64_t base; /* of the text last seen */
	/* by trigger, as offsets in the lane: no name begins before clear; whether one does further on is looked for behind tried */
	uint64_t clear[TRIGGER_COUNT], tried[TRIGGER_COUNT];
};

/* Whether the escape that stands at `at` touches a name of ours. To be asked in the order of their places. */
bool lines_touch(struct line_marks *marks, const struct text *text, size_t at, enum trigger trigger);
/* A name of ours stands escaped at `at`: remembers its line. */
void lines_add(struct line_marks *marks, const struct text *text, size_t at, unsigned kinds);
/* A name stands at `at` between the escaped quotes of a string: remembers that string, as far as it is on its line. */
void lines_add_string(struct line_marks *marks, const struct text *text, size_t at);
/* The window has moved: to be called before what is new in it is added. */
void lines_move(struct line_marks *marks, const struct text *text);
/* Reads what was remembered in fresh, with what stands around it. That is kept for the next window as far as it may be near. */
void lines_read(struct line_marks *marks, const struct text *text, struct span fresh);

#endif
