#include "inspect/links/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "inspect/links/look.h"
#include "inspect/links/sites.h"
#include "inspect/unpack/charset.h"
#include "inspect/unpack/passwords.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { HEAD_BYTES = 1024, ANNOUNCED_BYTES = 1024, GLANCE_BYTES = 64 * 1024 /* of a page that is looked at for blocking only */ };

/* ---- what it is to its site -------------------------------------------------------------------- */

static void choose_site(struct page *page)
{
	const Lt__Job *job = scan_job(page->scan);
	const struct sites *sites = scan_engine(page->scan)->sites;

	if (job->site == NULL) {
		page->plain = job->has_leak_context && job->leak_context;
		page->site = page->plain ? sites_find(sites, SITES_PLAIN) : NULL;
	} else {
		page->site = sites_find(sites, job->site);
		if (page->site == NULL)
			scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
				"the site has no description, or one with faults: see sources check", 0);
	}
	page->rule = site_page(page->site, job->page_role);
}

static bool is_raw(const struct page *page)
{
	const char *role = scan_job(page->scan)->page_role;

	return role != NULL && strcmp(role, page_roles[ROLE_RAW]) == 0;
}

/* Sitemaps come compressed as files, not only on the way. */
static bool lists_by_feed(const struct page *page)
{
	for (size_t i = 0; page->rule != NULL && i < page->rule->item_count; i++)
		if (page->rule->items[i].kind == ITEMS_SITEMAP || page->rule->items[i].kind == ITEMS_FEED)
			return true;
	return false;
}

struct page *page_open(struct scan *scan, const struct member *member)
{
	const Lt__Job *job = scan_job(scan);
	struct page *page;

	if (!job->want_links || job->url == NULL || member->depth > 1 || member->index > 0)
		return NULL;
	page = xcalloc(1, sizeof *page);
	page->scan = scan;
	page->member = member;
	choose_site(page);
	if (member->depth > 0 && !lists_by_feed(page)) {
		free(page);
		return NULL;
	}
	buf_init(&page->bytes, LIMIT_PAGE_BYTES);
	return page;
}

void page_push(struct page *page, const void *data, size_t len)
{
	bool glance;

	if (page == NULL || page->cut)
		return;
	glance = page->rule == NULL && scan_job(page->scan)->n_follow == 0;
	if (glance && len > GLANCE_BYTES - page->bytes.len)
		len = GLANCE_BYTES - page->bytes.len;
	if (!buf_append(&page->bytes, data, len)) {
		page->cut = true;
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
			"links of a page past the size a page may have", page->bytes.len);
	}
	page->cut |= glance && page->bytes.len == GLANCE_BYTES;
}

/* ---- links ------------------------------------------------------------------------------------- */

/* What only the page's own host may name is refused here already; the coordinator judges again. */
static bool may_lead_to(const struct page *page, const struct url *url)
{
	return url_may_follow(url) || (strcmp(url->host, page->self.host) == 0 && url->port == page->self.port);
}

/* The title of a link, with what the page says that may open what it links to. NULL: nothing. The caller frees. */
static char *title_of_archive(struct page *page, const char *title)
{
	if (!page->announced_read) {
		buf_init(&page->announced, ANNOUNCED_BYTES);
		passwords_announced(page->text, &page->announced);
		page->announced_read = true;
	}
	if (page->announced.len == 0)
		return NULL;
	return xasprintf("%s%s", title != NULL ? title : "", buf_text(&page->announced));
}

bool page_send(struct page *page, Lt__FoundLink *link, const struct url *url)
{
	char *key, *title = NULL, *given = link->title;
	bool fresh;

	if (page->links_cut || !may_lead_to(page, url))
		return false;
	if (page->sent.count >= scan_engine(page->scan)->limits.links_per_page) {
		page->links_cut = true;
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "links_per_page", 0);
		return false;
	}
	key = xasprintf("%s %s", url->text, link->body != NULL ? link->body : "");
	fresh = texts_add(&page->sent, key);
	free(key);
	if (!fresh)
		return false;
	link->url = url->text;
	if (passwords_open(slice_of(url->text)) && (title = title_of_archive(page, given)) != NULL)
		link->title = title;
	scan_send_link(page->scan, link);
	link->title = given;
	if (title != NULL)
		mem_wipe(title, strlen(title));
	free(title);
	return true;
}

void page_new_base(struct page *page, const char *reference)
{
	struct url base;

	if (url_resolve(&page->base, reference, strlen(reference), &base) == URL_OK) {
		url_free(&page->base);
		page->base = base;
	}
}

/* ---- its text ---------------------------------------------------------------------------------- */

static bool is_markup(const struct page *page)
{
	const Lt__Job *job = scan_job(page->scan);
	struct slice head = {(const char *)page->bytes.data, page->bytes.len < HEAD_BYTES ? page->bytes.len : HEAD_BYTES};

	if (job->content_type != NULL && strcasestr(job->content_type, "html") != NULL)
		return true;
	return slice_find_nocase(head, "<html") < head.len || slice_find_nocase(head, "<!doctype html") < head.len ||
	       slice_find_nocase(head, "<a ") < head.len || slice_find_nocase(head, "<body") < head.len;
}

static int charset_of(const struct page *page)
{
	struct slice head = {(const char *)page->bytes.data, page->bytes.len < HEAD_BYTES ? page->bytes.len : HEAD_BYTES};
	enum content content = sniff(page->bytes.data, page->bytes.len < SNIFF_BYTES ? page->bytes.len : SNIFF_BYTES);
	int charset = charset_of_content(content);

	if (charset == CHARSET_NONE)
		charset = charset_by_label(charset_declared(slice_of(scan_job(page->scan)->content_type)));
	if (charset == CHARSET_NONE)
		charset = charset_by_label(charset_declared(head));
	/* Markup in UTF-16 has zero bytes, whatever is declared. */
	if (slice_starts_nocase(head, "\xef\xbb\xbf") ||
		(charset != CHARSET_NONE && charset_unit(charset) > 1 && slice_find_byte(head, '\0') == head.len))
		charset = CHARSET_NONE;
	if (charset == CHARSET_NONE && !utf8_valid((const char *)page->bytes.data, page->bytes.len))
		charset = charset_by_label(SLICE_TEXT("windows-1252"));
	return charset;
}

/* The page in UTF-8; what is not valid in it becomes U+FFFD. */
static void to_utf8(struct page *page)
{
	int charset = charset_of(page);
	struct slice bytes = {buf_text(&page->bytes), page->bytes.len};
	struct buf text;

	if (charset != CHARSET_NONE) {
		buf_init(&text, 4 * (size_t)LIMIT_PAGE_BYTES);
		(void)charset_convert(charset, bytes, true, &text);
		buf_free(&page->bytes);
		page->bytes = text;
	}
	page->text = (struct slice){buf_text(&page->bytes), page->bytes.len};
	if (slice_starts_nocase(page->text, "\xef\xbb\xbf"))
		page->text = slice_from(page->text, 3);
}

/* libxml2 reads nothing behind </html>, where pages that were put together by hand go on. */
static void hide_ends(struct buf *bytes)
{
	static const char end[] = "</html";

	for (size_t at = 0; at + sizeof end <= bytes->len; at++)
		if (bytes->data[at] == '<' && strncasecmp((const char *)bytes->data + at, end, sizeof end - 1) == 0)
			memcpy(bytes->data + at, "</span", sizeof end - 1);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void read_items(struct page *page)
{
	if (page->markup)
		items_html(page);
	for (size_t i = 0; i <= page->rule->item_count; i++) {
		const struct item_rule *rule = i < page->rule->item_count ? &page->rule->items[i] : &page->rule->next.rule;

		if (i == page->rule->item_count && !page->rule->next.read)
			continue;
		if (rule->kind == ITEMS_REGEX)
			items_regex(page, rule);
		else if (rule->kind == ITEMS_JSON)
			items_json(page, rule);
		else if (rule->kind == ITEMS_FEED || rule->kind == ITEMS_SITEMAP)
			items_feed(page, rule);
		else if (rule->kind == ITEMS_LINES)
			items_lines(page, rule);
	}
}

/* A raw page is text. Where HTML comes instead, its title may be the site's. */
static void judge_raw(struct page *page, const struct markers *markers)
{
	const Lt__Job *job = scan_job(page->scan);

	if (job->content_type != NULL && strcasestr(job->content_type, "html") != NULL &&
		slice_starts_nocase(slice_trim(slice_until(page->text, HEAD_BYTES)), "<"))
		blocked_title(page, markers);
}

/* A page that gave items is content, whatever else stands on it; what a paste holds is its author's. */
static void judge(struct page *page)
{
	const struct markers *markers[2];

	if (page->items > 0) {
		page->marker = NULL;
		return;
	}
	page_markers(page, markers);
	if (markers[0] != NULL)
		blocked_look(page, markers[0], NULL);
	if (page->markup && is_raw(page))
		judge_raw(page, markers[1]);
	else if (page->markup)
		blocked_look(page, markers[1], NULL);
}

static bool leads_on(const struct page_rule *rule)
{
	for (size_t i = 0; i < rule->item_count; i++)
		for (size_t j = 0; j < rule->items[i].field_count; j++)
			if (rule->items[i].url != NULL || strcmp(rule->items[i].fields[j].name, "url") == 0)
				return true;
	return false;
}

static void tell(struct page *page)
{
	Lt__PageVerdict verdict = LT__PAGE_VERDICT__INIT;
	bool listing = page->site != NULL && page->rule == &page->site->pages[ROLE_LISTING];

	if (page->marker != NULL)
		verdict.blocked = page->marker->cause;
	verdict.has_items = listing;
	verdict.items = (uint32_t)page->items;
	verdict.has_revisit = page->rule != NULL;
	verdict.revisit = page->rule != NULL && page->rule->revisit;
	if (verdict.blocked != NULL || (page->site != NULL && !page->plain))
		scan_send_verdict(page->scan, &verdict);
	if (page->rule != NULL && !listing && !page->plain && page->marker == NULL && page->leads == 0 && leads_on(page->rule))
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED,
			"this page should lead on, but its description finds no link: has the site changed?", 0);
}

/* The server's own words for its status ("403 Forbidden") say no more than the status. */
static void forget_plain_title(struct page *page)
{
	char number[12];
	int len = snprintf(number, sizeof number, "%u", scan_job(page->scan)->status);

	if (strncmp(page->title, number, (size_t)len) == 0)
		page->title[0] = '\0';
}

/* It came with an error: it leads nowhere, but may be a wall. A form for a captcha or password is one here. */
static void read_refusal(struct page *page)
{
	Lt__PageVerdict verdict = LT__PAGE_VERDICT__INIT;

	forget_plain_title(page);
	page->rule = NULL;
	if (page->markup)
		items_html(page);
	judge(page);
	/* That it is closed for now is what the status says, and it is tried again. */
	if (page->marker == NULL || strcmp(page->marker->cause, "closed") == 0)
		return;
	verdict.blocked = page->marker->cause;
	scan_send_verdict(page->scan, &verdict);
}

/* Of a whole page; what a raw paste looks like is its author's. */
static void tell_look(struct page *page)
{
	Lt__PageLook message = LT__PAGE_LOOK__INIT;
	struct look look;

	if (page->cut || is_raw(page) || !look_at(page->text, page->markup, &look))
		return;
	message.bits = look.bits;
	message.text = look.text;
	scan_send_look(page->scan, &message);
}

static void read_page(struct page *page)
{
	page->markup = is_markup(page);
	to_utf8(page);
	if (page->markup)
		hide_ends(&page->bytes);
	page_find_title(page);
	if (scan_job(page->scan)->has_status) {
		read_refusal(page);
		return;
	}
	tell_look(page);
	follow_links(page);
	if (page->rule != NULL)
		read_items(page);
	judge(page);
	if (page->rule != NULL)
		items_finish(page);
	tell(page);
}

void page_close(struct page *page)
{
	const Lt__Job *job;

	if (page == NULL)
		return;
	job = scan_job(page->scan);
	if (url_read(job->url, strlen(job->url), &page->self) == URL_OK) {
		(void)url_read(job->url, strlen(job->url), &page->base);
		read_page(page);
		url_free(&page->base);
		url_free(&page->self);
	}
	texts_free(&page->sent);
	if (page->announced_read)
		buf_free(&page->announced);
	buf_free(&page->bytes);
	free(page);
}
