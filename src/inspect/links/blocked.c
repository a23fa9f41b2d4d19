/* Pages that stand in front of a site's content: log-in, captcha, queue, ban. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/links/items.h"
#include "inspect/links/sites.h"

enum { TEXT_LOOKED_AT = 64 * 1024 }; /* such pages are small */

void page_find_title(struct page *page)
{
	struct slice head = slice_until(page->text, TEXT_LOOKED_AT);
	struct slice rest = slice_from(head, slice_find_nocase(head, "<title"));
	size_t begin = slice_find_byte(rest, '>');

	if (begin == rest.len)
		return;
	rest = slice_from(rest, begin + 1);
	rest = slice_until(rest, slice_find_nocase(rest, "</title"));
	rest = slice_until(rest, TITLE_BYTES - 1);
	memcpy(page->title, rest.data, rest.len);
	page->title[squeeze(page->title, rest.len)] = '\0';
}

void page_markers(const struct page *page, const struct markers *markers[2])
{
	markers[0] = page->site != NULL ? &page->site->markers : NULL;
	markers[1] = sites_markers(scan_engine(page->scan)->sites);
}

static bool any(const struct expressions *expressions, struct slice text)
{
	for (size_t i = 0; i < expressions->count; i++)
		if (text.len > 0 && expression_match(expressions->list[i], text, 0, NULL) == EXPRESSION_YES)
			return true;
	return false;
}

void blocked_title(struct page *page, const struct markers *markers)
{
	for (size_t i = 0; i < markers->count && page->marker == NULL; i++)
		if (any(&markers->list[i].title, slice_of(page->title)))
			page->marker = &markers->list[i];
}

void blocked_look(struct page *page, const struct markers *markers, const bool *selected)
{
	struct slice title = slice_of(page->title);
	struct slice text = slice_until(page->text, TEXT_LOOKED_AT);

	for (size_t i = 0; i < markers->count && page->marker == NULL; i++) {
		const struct marker *marker = &markers->list[i];

		if (any(&marker->title, title) || any(&marker->text, text) || (selected != NULL && selected[i]))
			page->marker = marker;
	}
}
