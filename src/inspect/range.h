/* JOB_RANGE: a piece of a large file of lines or blocks, read in place. */
#ifndef LEAKTRAWL_RANGE_H
#define LEAKTRAWL_RANGE_H

#include "inspect/scan.h"
#include "inspect/unpack/unpack.h"

/*
 * Reads [range_start, range_end) of the part and LIMIT_RECORD_BYTES around it; a record belongs to the range where its first
 * hit starts. Resumes at job->resume.
 */
void range_run(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done);

#endif
