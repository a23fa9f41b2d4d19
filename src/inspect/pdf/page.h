/* What the content of a page shows, as text (ISO 32000-1, 8.2 and 9.4). */
#ifndef LEAKTRAWL_PDF_PAGE_H
#define LEAKTRAWL_PDF_PAGE_H

#include "inspect/pdf/font.h"
#include "inspect/pdf/object.h"
#include "shared/buf.h"

/* The fonts met so far; those of a document are few, and are kept from page to page. */
struct font_shelf;
struct font_shelf *font_shelf_new(void);
void font_shelf_free(struct font_shelf *shelf);

/* Of one document, over all its pages. */
struct page_faults {
	bool unreadable; /* text whose font does not say what it is */
	bool cut;        /* more than a page can hold was left out */
	const char *why; /* a stream that could not be read, or NULL */
};

/* Appends the text of a page as lines to out, which has room for PAGE_TEXT_BYTES. */
void page_read(const struct pdf *pdf, struct font_shelf *shelf, qpdf_oh page, struct buf *out, struct page_faults *faults);

enum { PAGE_TEXT_BYTES = 16 * 1024 * 1024 };

#endif
