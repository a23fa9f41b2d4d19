/*
 * A site description, compiled: how the pages of a site are laid out (leaktrawl-sites(5) is the reference). Read from
 * YAML before the walls go up, read-only afterwards.
 */
#ifndef LEAKTRAWL_SITE_H
#define LEAKTRAWL_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/links/jsonpath.h"
#include "inspect/links/selector.h"
#include "inspect/links/template.h"
#include "inspect/rules/expression.h"
#include "shared/yaml.h"

enum { FIELDS_MAX = 32, ITEMS_MAX = 8, MARKERS_MAX = 32, EXPRESSIONS_MAX = 64 };

/* What a page is to the site. ROLE_ANY describes pages whose role has no description of its own. */
enum page_role { ROLE_LISTING, ROLE_ITEM, ROLE_STEP2, ROLE_RAW, ROLE_ANY, ROLES };
extern const char *const page_roles[]; /* by enum, ends with NULL */

/* How items are told on a page. */
enum item_kind { ITEMS_HTML, ITEMS_REGEX, ITEMS_JSON, ITEMS_FEED, ITEMS_SITEMAP, ITEMS_LINES, ITEM_KINDS };

/* One value of an item. Which of the first group counts depends on the kind of items. */
struct field {
	char *name;
	struct selector *selector; /* html: an element within the item; NULL: the item itself */
	char *attribute;           /* html: of that element; NULL: its text */
	bool quoted;               /* html: the first text in quotes within the value: onclick="go('/x')" */
	struct jsonpath *path;     /* json: from the item */
	char *element;             /* feed */
	unsigned group;            /* regex */

	struct expression *match;   /* has to match; group 1 is the value, if there is one */
	struct expression *exclude; /* must not match */
	bool count;                 /* a number told with the post */
};

struct expressions {
	struct expression *list[EXPRESSIONS_MAX];
	size_t count;
};

struct form_field {
	char *name;
	struct template *value;
};

struct item_rule {
	enum item_kind kind;
	struct selector *selector;  /* html */
	bool section;               /* html: up to the next such element instead of to its own end */
	struct selector *ignore;    /* html: what no text is taken from */
	struct expression *pattern; /* regex */
	struct jsonpath *path;      /* json */
	struct expression *after;   /* json: behind this */
	struct field fields[FIELDS_MAX];
	size_t field_count;
	struct expressions require, exclude; /* of all text of the item: any of them, none of them */
	struct template *url;                /* NULL: the field `url` */
	enum page_role role;                 /* of the page it leads to */
	struct form_field form[FIELDS_MAX];  /* POST */
	size_t form_count;
	unsigned id_base, fill_gaps; /* incremental ids: 10 or 62; 0: not */
	const char *digits;
	bool post;        /* may be a mention or listing */
	bool other_hosts; /* may lead to other hosts than the page's */
	bool addresses;   /* an e-mail address or URL with our name names us */
};

/* Where the next page is: an item of its own without a role, or just a template. */
struct next_rule {
	bool there, read; /* read: rule says how to find it */
	struct item_rule rule;
	unsigned max_pages, first, step;
	bool stop_on_seen;
};

struct page_rule {
	bool there;
	struct item_rule items[ITEMS_MAX];
	size_t item_count;
	struct next_rule next;
	bool revisit;
};

/* What tells that a page is no content: any of them. */
struct marker {
	char *cause; /* "login", "captcha", "queue", "ban", "ddos-guard", "closed" */
	struct expressions title, text;
	struct selector *selector;
};
struct markers {
	struct marker list[MARKERS_MAX];
	size_t count;
};

struct site {
	char *name, *file;
	char *rule; /* "site.NAME": what findings go by */
	bool shipped, leak_context, listings;
	struct page_rule pages[ROLES];
	struct markers markers;
};

/* NULL after a complaint in the file's faults. */
struct site *site_read(struct yaml_file *file, bool shipped);
void site_free(struct site *site); /* NULL is fine */

/* Reads a mapping of causes to markers; complaints go to the file's faults. */
void markers_read(struct yaml_file *file, const struct yaml *map, struct markers *markers);
void markers_free(struct markers *markers);

/* The description of a role, or of any; NULL where there is none. */
const struct page_rule *site_page(const struct site *site, const char *role);

#endif
