/* JOB_HEAD: what the beginning of a part says of it. */
#ifndef LEAKTRAWL_HEAD_H
#define LEAKTRAWL_HEAD_H

#include "inspect/scan.h"
#include "inspect/unpack/unpack.h"

/* Answers Head: whether the part is line-shaped, and its columns where the first line is a header. */
void head_run(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done);

#endif
