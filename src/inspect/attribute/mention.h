/*
 * Our name in a leak context: on a source described as a leak site or market, a post that names us is a finding of its own, even
 * without a secret. Anywhere else our name alone is none.
 */
#ifndef LEAKTRAWL_MENTION_H
#define LEAKTRAWL_MENTION_H

#include "inspect/scan.h"

/* A name of ours that stands in no record. Emits at most one mention a post and watch-list entry. */
void mention_consider(struct text *text, const struct hit *hit);

/* Looks through a span of a leak site's text for names of ours that it masks. */
void mention_masked(struct text *text, struct span span);

#endif
