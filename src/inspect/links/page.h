/*
 * A fetched page: its decoded bytes are kept up to LIMIT_PAGE_BYTES beside their way through the sieve, and read when it
 * is whole, for links that the source follows and by the description of its site. Past the limit the rest is recorded
 * as not looked at.
 */
#ifndef LEAKTRAWL_PAGE_H
#define LEAKTRAWL_PAGE_H

#include <stddef.h>

#include "inspect/scan.h"
#include "inspect/unpack/unpack.h"

struct page;

/* NULL when the job wants no links, or this member is not the page itself but something inside it. */
struct page *page_open(struct scan *scan, const struct member *member);
void page_push(struct page *page, const void *data, size_t len); /* NULL is fine */
/* Reads the page, sends links, findings of its posts, and the verdict; frees. NULL is fine. */
void page_close(struct page *page);

/* JOB_SITE_TEST: without a part what is wrong in the descriptions, else what they make of a saved page. */
void page_test(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done);

#endif
