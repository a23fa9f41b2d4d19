/* Documents within a PDF beside its pages: what it says of itself (XMP), and forms of XFA. */
#ifndef LEAKTRAWL_PDF_BESIDE_H
#define LEAKTRAWL_PDF_BESIDE_H

#include "inspect/pdf/object.h"

void pdf_read_beside(const struct pdf *pdf, unsigned depth);

#endif
