/* Between the files that read a page by its site description: the page, its items, and what is made of them. */
#ifndef LEAKTRAWL_ITEMS_H
#define LEAKTRAWL_ITEMS_H

#include "crawl/url.h"
#include "inspect/engine.h"
#include "inspect/links/page.h"
#include "inspect/links/site.h"
#include "inspect/links/texts.h"
#include "messages/messages.pb-c.h"
#include "shared/buf.h"

enum {
	FIELD_BYTES = 4096,      /* one value */
	BODY_BYTES = 128 * 1024, /* all text of one item; the page's own text has its way through the sieve */
	TITLE_BYTES = 300,
	CAPTURED_BYTES = 1024, /* one value handed on to the next page */
	NAMED_MAX = 16,        /* names of ours told of one item */
};

/* Ids of a rule that fills gaps. */
struct id_list {
	uint64_t *list;
	size_t count;
};

struct page {
	struct scan *scan;
	const struct member *member;
	struct buf bytes;
	bool cut;

	struct url self;   /* its own address */
	struct url base;   /* what references are relative to */
	struct slice text; /* the page in UTF-8 */
	bool markup;
	char title[TITLE_BYTES];
	struct buf announced; /* its lines that announce an archive's password, once they were looked for */
	bool announced_read;
	struct texts sent; /* links told already */
	bool links_cut;

	const struct site *site; /* NULL: links only */
	bool plain;              /* the site stands for a page that nobody described */
	const struct page_rule *rule;
	size_t items, leads; /* items seen; links made of them */
	char *lead;          /* where the item at hand leads, or NULL */
	char *next;          /* canonical; held back until all items are told */
	struct id_list ids[ITEMS_MAX];
	const struct marker *marker; /* the page is no content */
	struct {
		enum name_kind kind;
		uint32_t name;
		const struct item_rule *rule;
	} named[NAMED_MAX]; /* plain pages: told already, and by which rule */
	size_t named_count;
};

/* What a reader found; slices live as long as the call. Values by number of the rule's field, data NULL where absent. */
struct item {
	const struct item_rule *rule;
	struct slice values[FIELDS_MAX];
	struct slice body; /* all its text */
	size_t at;         /* offset in the page */
};

/* item.c */

/* Whether the field takes the value, trimmed and cut to what `match` says. */
bool field_accept(const struct page *page, const struct field *field, struct slice value, struct slice *accepted);
/* Whether the rule may lead there: its own host, unless it says that others are meant. */
bool item_may_lead(const struct page *page, const struct item_rule *rule, const struct url *url);
/* An item, or the place of the next page, is whole. */
void item_take(struct page *page, const struct item *item);
/* Links that wait for the end of the page: gaps between ids, the next page. */
void items_finish(struct page *page);
struct slice item_value(const struct item *item, const char *name);
/* What the page that led here captured. */
struct slice job_captured(const Lt__Job *job, const char *name);
/* Blanks at both ends dropped, runs of them made one; in place. */
size_t squeeze(char *text, size_t len);
/* Counts a limit of an expression as not looked at. True on a match. */
bool page_match(const struct page *page, const struct expression *expression, struct slice subject, size_t from,
	struct slice groups[EXPRESSION_GROUPS]);

/* mention.c: an item of a leak site or market that names us becomes a finding. */
void mention_look(struct page *page, const struct item *item);

/* Readers: each calls item_take for every item of its kind. */
void items_html(struct page *page);
void items_feed(struct page *page, const struct item_rule *rule);
void items_json(struct page *page, const struct item_rule *rule);
void items_regex(struct page *page, const struct item_rule *rule);
void items_lines(struct page *page, const struct item_rule *rule);

/*
 * blocked.c: whether the page is a log-in, captcha, queue or ban page instead of content; page->marker tells. selected:
 * by marker, whether an element it chooses was seen; NULL: selectors do not count.
 */
void blocked_look(struct page *page, const struct markers *markers, const bool *selected);
/* By its title alone. */
void blocked_title(struct page *page, const struct markers *markers);
void page_find_title(struct page *page);
/* Those of the site, and those of every site; NULL where there are none. */
void page_markers(const struct page *page, const struct markers *markers[2]);

/* follow.c: links that match the source's `follow`. */
void follow_links(struct page *page);
/* A link for the coordinator, unless it was sent before or cannot be followed. True when it was sent. */
bool page_send(struct page *page, Lt__FoundLink *link, const struct url *url);
/* <base href>. */
void page_new_base(struct page *page, const char *reference);

#endif
