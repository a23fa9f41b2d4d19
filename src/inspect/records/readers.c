/* The order in which readers look at a hit: the most specific first. */
#include "inspect/records/readers.h"

const struct reader readers[] = {
	{"cookie", reader_cookie},
	{"block", reader_block},
	{"line", reader_line},
	{NULL, NULL},
};
