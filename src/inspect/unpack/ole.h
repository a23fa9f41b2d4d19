/*
 * Compound files (MS-CFB): older Office documents, Outlook messages. What is in Debian to open them brings GLib and GIO along, into
 * the process that reads hostile bytes; the format itself is a table of sectors and a directory.
 */
#ifndef LEAKTRAWL_OLE_H
#define LEAKTRAWL_OLE_H

#include "inspect/unpack/walk.h"

/* Each stream is a member; text of Word with line feeds, sheets of Excel as rows. False: it cannot be read. */
bool ole_walk(struct walk *walk, struct source *source, const char *path, unsigned depth);

enum biff_result { BIFF_READ, BIFF_CUT /* there is more than out takes */, BIFF_SHUT /* encrypted */ };
/* The cells of a Workbook stream (MS-XLS, BIFF 8) as rows of TABs, and its boxes of text, to the end of out. */
enum biff_result biff_text(struct slice stream, struct buf *out);

#endif
