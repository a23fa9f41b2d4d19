/*
 * Where a crawl goes next, decided from page content: the `follow` patterns of sources and the site
 * descriptions, compiled before the walls go up.
 */
#ifndef LEAKTRAWL_SITES_H
#define LEAKTRAWL_SITES_H

#include "inspect/rules/expression.h"
#include "inspect/rules/yaml.h"
#include "messages/messages.pb-c.h"

struct sites;

/* Compiles every follow pattern of the configuration; complaints go to faults. Freed with sites_free. */
struct sites *sites_new(const Lt__InspectConfig *config, struct faults *faults);
void sites_free(struct sites *sites); /* NULL is fine */

/* The compiled form of a follow pattern, or NULL when it was not among the configuration's. */
const struct expression *sites_follow(const struct sites *sites, const char *pattern);

#endif
