/*
 * A fetched page whose links are wanted: its decoded bytes are kept up to LIMIT_PAGE_BYTES beside their way
 * through the sieve, and read for links when it is whole. Past the limit the rest is recorded as not looked at.
 */
#ifndef LEAKTRAWL_PAGE_H
#define LEAKTRAWL_PAGE_H

#include <stddef.h>

#include "inspect/scan.h"

struct page;

/* NULL when the job wants no links, or this member is not the page itself but something inside it. */
struct page *page_open(struct scan *scan, const struct member *member);
void page_push(struct page *page, const void *data, size_t len); /* NULL is fine */
/* Reads the links, sends them, frees. NULL is fine. */
void page_close(struct page *page);

#endif
