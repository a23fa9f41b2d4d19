/*
 * Where a crawl goes next, decided from page content: the `follow` patterns of sources, the site descriptions, and what
 * tells block pages of any site. All compiled before the walls go up.
 */
#ifndef LEAKTRAWL_SITES_H
#define LEAKTRAWL_SITES_H

#include "inspect/links/site.h"
#include "inspect/rules/expression.h"
#include "messages/messages.pb-c.h"
#include "shared/yaml.h"

struct sites;

/* The description that pages of leak sites are read by where their source names none. */
#define SITES_PLAIN "plain-page"

struct sites *sites_new(void);
void sites_free(struct sites *sites); /* NULL is fine */

/* Complaints go to the file's faults; the file stays the caller's. A site of the same name replaces one loaded before. */
void sites_load(struct sites *sites, struct yaml_file *file, bool shipped);
void sites_load_markers(struct sites *sites, struct yaml_file *file);
/* Compiles every follow pattern of the configuration; complaints go to faults. */
void sites_load_follow(struct sites *sites, const Lt__InspectConfig *config, struct faults *faults);

/* The compiled form of a follow pattern, or NULL when it was not among the configuration's. */
const struct expression *sites_follow(const struct sites *sites, const char *pattern);
/* NULL where there is none of that name, or it has faults. */
const struct site *sites_find(const struct sites *sites, const char *name);
const struct site *sites_at(const struct sites *sites, size_t i); /* NULL behind the last */
const struct markers *sites_markers(const struct sites *sites);

#endif
