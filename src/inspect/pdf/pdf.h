/*
 * PDF documents: the text their pages show, what annotations and form fields hold, and attached files. libqpdf reads the
 * structure (cross references, object streams, filters, decryption) out of memory; no image is decoded.
 */
#ifndef LEAKTRAWL_PDF_PDF_H
#define LEAKTRAWL_PDF_PDF_H

#include "inspect/unpack/walk.h"

/* Its text is the member "path!/text", an attached file "path!/its name". False: it cannot be read. */
bool pdf_walk(struct walk *walk, struct source *source, const char *path, unsigned depth);

#endif
