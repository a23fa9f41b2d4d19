#include "inspect/records/shape.h"

struct shape *shape_new(struct scan *scan, const struct member *member, enum view view)
{
	(void)scan;
	(void)member;
	(void)view;
	return NULL;
}

void shape_free(struct shape *shape)
{
	(void)shape;
}

void shape_begin(struct shape *shape, const struct text *text)
{
	(void)shape;
	(void)text;
}

void shape_statement(struct shape *shape, const struct text *text, size_t at)
{
	(void)shape;
	(void)text;
	(void)at;
}
