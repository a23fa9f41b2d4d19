/*
 * From the descriptors of a job to members and their lanes: HTTP content codings, containers by content, nested and bounded,
 * charsets, and which views of the whole member (HTML, UTF-16, ...) there are. What could not be opened is a recorded result.
 */
#ifndef LEAKTRAWL_UNPACK_H
#define LEAKTRAWL_UNPACK_H

#include "inspect/job.h"
#include "inspect/scan.h"

/* Called once before the sandbox closes: opens the fixed list of charsets (iconv loads them from files). False: *why says which. */
bool charsets_open(const char **why);

/*
 * Reads all parts of a JOB_DOCUMENT or JOB_BUNDLE (machine_dir limits it to members below) through every container into
 * lanes, from job->resume on. False and *why only when nothing at all could be read.
 */
bool unpack_job(struct scan *scan, const char **why);

/* JOB_HEAD: what the beginning of the part says of it. Fills splittable, encoding, shape (text lives as long as the
 * program). Columns and delimiter of line shapes come from records. */
void unpack_head(struct scan *scan, const char *data, size_t len, bool whole, Lt__Head *head);

#endif
