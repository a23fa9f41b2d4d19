/*
 * XML as lines: an element that holds text only is "name: text", an attribute "name: value", an element that holds
 * such ends with an empty line; so what programs export (FileZilla, KeePass, .config, plist) reads as a block. Word
 * processor and spreadsheet text is laid out as in HTML.
 */
#ifndef LEAKTRAWL_XML_H
#define LEAKTRAWL_XML_H

#include "inspect/views/stage.h"

/* Takes valid UTF-8 only (stage_valid). */
struct stage *stage_xml(struct scan *scan, const struct member *member, unsigned depth);

#endif
