/* Where a name of ours may stand: on the borders of labels and words. */
#ifndef LEAKTRAWL_NAMES_H
#define LEAKTRAWL_NAMES_H

#include <stddef.h>

#include "inspect/scan.h"

enum bounds {
	BOUNDS_WHOLE,   /* the name stands by itself */
	BOUNDS_PART,    /* it is part of another name: notroyal-post.example, royal-post.example.evil.test */
	BOUNDS_ESCAPED, /* what stands before it is an escape (%40, \u0040, =40, \n): whole in a decoded view */
};

/* The len bytes at `at` are a name of this kind as written. */
enum bounds name_bounds(enum name_kind kind, const char *data, size_t data_len, size_t at, size_t len);

#endif
