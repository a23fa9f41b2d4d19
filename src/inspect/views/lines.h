/*
 * Views that put one character for another inside a line: each line in which an escape touches a name of ours is
 * decoded, and read again among its neighbours. Lines whose names stand plain stay as they are, so that a
 * secret that happens to look escaped is not read twice.
 */
#ifndef LEAKTRAWL_LINES_H
#define LEAKTRAWL_LINES_H

#include "inspect/views/views.h"

struct line_mark {
	size_t from, to; /* in the text */
	unsigned kinds;  /* escapes.h */
};
struct line_marks {
	struct line_mark *list;
	size_t count, cap;
};

/* Whether the escape that stands at `at` touches a name of ours. */
bool lines_touch(const struct text *text, size_t at, unsigned kinds);
/* A name of ours stands escaped at `at`: remembers its line. */
void lines_add(struct line_marks *marks, const struct text *text, size_t at, unsigned kinds);
/* Reads what was remembered and forgets it. */
void lines_read(struct line_marks *marks, const struct text *text);

#endif
