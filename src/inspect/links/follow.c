/* Links of a page that match the source's `follow`. */
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "inspect/links/sites.h"

enum { CHUNK_BYTES = 64 * 1024 };

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

/* A reference as it stands in the page: made absolute and canonical, matched, sent once. */
static void consider(struct page *page, const char *reference, size_t len)
{
	Lt__FoundLink link = LT__FOUND_LINK__INIT;
	struct url url;

	if (page->links_cut || url_resolve(&page->base, reference, len, &url) != URL_OK)
		return;
	link.kind = LT__LINK_KIND__LINK_FOLLOW;
	if (wanted(page, url.text))
		(void)page_send(page, &link, &url);
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

static void on_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct page *page = context;
	const char *tag = (const char *)name;
	const char *href = attribute(attributes, "href");
	const char *source = attribute(attributes, "src");

	if (strcasecmp(tag, "base") == 0 && href != NULL)
		page_new_base(page, href);
	else if (href != NULL && (strcasecmp(tag, "a") == 0 || strcasecmp(tag, "area") == 0 || strcasecmp(tag, "link") == 0))
		consider(page, href, strlen(href));
	else if (source != NULL && (strcasecmp(tag, "frame") == 0 || strcasecmp(tag, "iframe") == 0))
		consider(page, source, strlen(source));
	else if (strcasecmp(tag, "meta") == 0 && attribute(attributes, "content") != NULL)
		consider_refresh(page, attribute(attributes, "content"));
}

/* The SAX push parser has no depth limit, unlike the tree parser: deep nesting hides nothing. */
static void read_html(struct page *page)
{
	xmlSAXHandler handler = {.startElement = on_element};
	htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, page, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);

	if (parser == NULL)
		return;
	htmlCtxtUseOptions(
		parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	for (size_t at = 0; at < page->text.len; at += CHUNK_BYTES) {
		size_t len = page->text.len - at < CHUNK_BYTES ? page->text.len - at : CHUNK_BYTES;

		htmlParseChunk(parser, page->text.data + at, (int)len, 0);
	}
	htmlParseChunk(parser, "", 0, 1);
	htmlFreeParserCtxt(parser);
}

/* Text without markup names its links in full. */
static void read_text(struct page *page)
{
	const char *at = page->text.data;

	while ((at = strcasestr(at, "http")) != NULL) {
		size_t len = strcspn(at, " \t\r\n\"'<>|\\^`{}");

		if (strncasecmp(at, "http://", 7) == 0 || strncasecmp(at, "https://", 8) == 0)
			consider(page, at, len);
		at += len > 0 ? len : 1;
	}
}

void follow_links(struct page *page)
{
	const Lt__Job *job = scan_job(page->scan);

	if (job->n_follow == 0 || (job->has_deepest && job->deepest))
		return;
	if (page->markup)
		read_html(page);
	else
		read_text(page);
}
