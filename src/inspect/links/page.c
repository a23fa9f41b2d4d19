#include "inspect/links/page.h"

#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

#include "crawl/url.h"
#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/sites.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { CHUNK_BYTES = 64 * 1024 };

struct page {
	struct scan *scan;
	const struct member *member;
	struct buf bytes;
	bool cut;
	struct url base;
	char **sent; /* URLs told already */
	size_t sent_count;
};

struct page *page_open(struct scan *scan, const struct member *member)
{
	const Lt__Job *job = scan_job(scan);
	struct page *page;

	if (!job->want_links || job->url == NULL || member->depth > 0 || member->index > 0)
		return NULL;
	page = xcalloc(1, sizeof *page);
	page->scan = scan;
	page->member = member;
	buf_init(&page->bytes, LIMIT_PAGE_BYTES);
	return page;
}

void page_push(struct page *page, const void *data, size_t len)
{
	if (page == NULL || page->cut)
		return;
	if (!buf_append(&page->bytes, data, len)) {
		page->cut = true;
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT,
			"links of a page past the size a page may have", page->bytes.len);
	}
}

/* ---- following --------------------------------------------------------------------------------- */

static bool wanted(struct page *page, const char *url)
{
	const Lt__Job *job = scan_job(page->scan);
	const struct sites *sites = scan_engine(page->scan)->sites;

	for (size_t i = 0; i < job->n_follow; i++) {
		const struct expression *expression = sites_follow(sites, job->follow[i]);

		if (expression != NULL && expression_match(expression, slice_of(url), 0, NULL) == EXPRESSION_YES)
			return true;
	}
	return false;
}

static bool told_before(struct page *page, const char *url)
{
	for (size_t i = 0; i < page->sent_count; i++)
		if (strcmp(page->sent[i], url) == 0)
			return true;
	return false;
}

/* A reference as it stands in the page: made absolute and canonical, matched, sent once. */
static void consider(struct page *page, const char *reference, size_t len)
{
	const Lt__Job *job = scan_job(page->scan);
	Lt__FoundLink link = LT__FOUND_LINK__INIT;
	struct url url;

	if (job->n_follow == 0 || page->sent_count >= scan_engine(page->scan)->limits.links_per_page)
		return;
	if (url_resolve(&page->base, reference, len, &url) != URL_OK)
		return;
	if (wanted(page, url.text) && !told_before(page, url.text)) {
		page->sent = xreallocarray(page->sent, page->sent_count + 1, sizeof *page->sent);
		page->sent[page->sent_count++] = xstrdup(url.text);
		link.kind = LT__LINK_KIND__LINK_FOLLOW;
		link.url = url.text;
		scan_send_link(page->scan, &link);
	}
	url_free(&url);
}

/* "5; url=/next" of <meta http-equiv=refresh>. */
static void consider_refresh(struct page *page, const char *content)
{
	const char *at = strcasestr(content, "url=");

	if (at == NULL)
		return;
	at += strlen("url=");
	at += strspn(at, "'\" ");
	consider(page, at, strcspn(at, "'\""));
}

static const char *attribute(const xmlChar **attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (attributes[1] != NULL && strcasecmp((const char *)attributes[0], name) == 0)
			return (const char *)attributes[1];
	return NULL;
}

static void new_base(struct page *page, const char *reference)
{
	struct url base;

	if (url_resolve(&page->base, reference, strlen(reference), &base) == URL_OK) {
		url_free(&page->base);
		page->base = base;
	}
}

static void on_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct page *page = context;
	const char *tag = (const char *)name;
	const char *href = attribute(attributes, "href");
	const char *source = attribute(attributes, "src");

	if (strcasecmp(tag, "base") == 0 && href != NULL)
		new_base(page, href);
	else if (href != NULL && (strcasecmp(tag, "a") == 0 || strcasecmp(tag, "area") == 0 || strcasecmp(tag, "link") == 0))
		consider(page, href, strlen(href));
	else if (source != NULL && (strcasecmp(tag, "frame") == 0 || strcasecmp(tag, "iframe") == 0))
		consider(page, source, strlen(source));
	else if (strcasecmp(tag, "meta") == 0 && attribute(attributes, "content") != NULL)
		consider_refresh(page, attribute(attributes, "content"));
}

/* libxml2 reads nothing behind </html>, where pages that were put together by hand go on. */
static void hide_ends(struct buf *bytes)
{
	static const char end[] = "</html";

	for (size_t at = 0; at + sizeof end <= bytes->len; at++)
		if (bytes->data[at] == '<' && strncasecmp((const char *)bytes->data + at, end, sizeof end - 1) == 0)
			memcpy(bytes->data + at, "</span", sizeof end - 1);
}

/* The SAX push parser has no depth limit, unlike the tree parser: deep nesting hides nothing. */
static void read_html(struct page *page)
{
	hide_ends(&page->bytes);

	xmlSAXHandler handler = {.startElement = on_element};
	htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, page, NULL, 0, NULL, XML_CHAR_ENCODING_NONE);

	if (parser == NULL)
		return;
	htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
	for (size_t at = 0; at < page->bytes.len; at += CHUNK_BYTES) {
		size_t len = page->bytes.len - at < CHUNK_BYTES ? page->bytes.len - at : CHUNK_BYTES;

		htmlParseChunk(parser, (const char *)page->bytes.data + at, (int)len, 0);
	}
	htmlParseChunk(parser, "", 0, 1);
	htmlFreeParserCtxt(parser);
}

/* Text without markup names its links in full. */
static void read_text(struct page *page)
{
	const char *text = buf_text(&page->bytes);
	const char *at = text;

	while ((at = strcasestr(at, "http")) != NULL) {
		size_t len = strcspn(at, " \t\r\n\"'<>|\\^`{}");

		if (strncasecmp(at, "http://", 7) == 0 || strncasecmp(at, "https://", 8) == 0)
			consider(page, at, len);
		at += len > 0 ? len : 1;
	}
}

static bool is_markup(const struct page *page)
{
	const Lt__Job *job = scan_job(page->scan);
	size_t len = page->bytes.len < 1024 ? page->bytes.len : 1024;

	if (job->content_type != NULL && strcasestr(job->content_type, "html") != NULL)
		return true;
	return memmem(page->bytes.data, len, "<html", 5) != NULL || memmem(page->bytes.data, len, "<a ", 3) != NULL ||
	       memmem(page->bytes.data, len, "<!doctype", 9) != NULL || memmem(page->bytes.data, len, "<!DOCTYPE", 9) != NULL;
}

void page_close(struct page *page)
{
	const Lt__Job *job;

	if (page == NULL)
		return;
	job = scan_job(page->scan);
	if (page->bytes.len > 0 && url_read(job->url, strlen(job->url), &page->base) == URL_OK) {
		if (is_markup(page))
			read_html(page);
		else
			read_text(page);
		url_free(&page->base);
	}
	for (size_t i = 0; i < page->sent_count; i++)
		free(page->sent[i]);
	free(page->sent);
	buf_free(&page->bytes);
	free(page);
}
