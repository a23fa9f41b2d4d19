/*
 * Bytes on their way into lanes pass through stages: a charset, HTML. Each takes bytes with marks (where they stand in the
 * innermost member, as in lane_mark) and passes on what it makes of them, marked likewise.
 */
#ifndef LEAKTRAWL_STAGE_H
#define LEAKTRAWL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"
#include "inspect/sieve/lane.h"

struct stage {
	void (*push)(struct stage *stage, const char *data, size_t len);
	/* The next byte pushed stands at raw; those behind it follow one for one until the next mark. */
	void (*mark)(struct stage *stage, uint64_t raw);
	void (*close)(struct stage *stage); /* flushes, closes what comes behind, wipes, frees */
};

struct stage *stage_lane(struct lane *lane);
/* charset: an index of unpack/charset.h. skip: bytes of a byte order mark at the beginning. */
struct stage *stage_charset(int charset, struct stage *next);
/*
 * HTML in UTF-8 (other bytes pass as they are). Two lanes of VIEW_HTML: what a person reads, with the cells of a row
 * joined by TABs; and what stands beside it: attribute values, comments, scripts, each on lines of its own.
 */
struct stage *stage_html(struct scan *scan, const struct member *member, unsigned depth);
/*
 * Documents in the strings of JSON, unescaped, in lanes of VIEW_ESCAPES (VIEW_HTML where they are markup). plain is the lane of the
 * JSON itself, byte for byte, which is told to leave them alone; bytes go to this stage first. NULL is fine.
 */
struct stage *stage_json(struct scan *scan, const struct member *member, unsigned depth, struct lane *plain);
/* The text of a document in Rich Text Format. */
struct stage *stage_rtf(struct scan *scan, const struct member *member, unsigned depth);
/* Everything goes both ways. */
struct stage *stage_fork(struct stage *one, struct stage *other);
/*
 * XML as lines: an element that holds text only is "name: text", an attribute "name: value", an element that holds
 * such ends with an empty line; so what programs export (FileZilla, KeePass, .config, plist) reads as a block. Word
 * processor and spreadsheet text is laid out as in HTML.
 */
struct strings; /* strings.h: what the cells of a spreadsheet name, or NULL; must live until the close */
struct stage *stage_xml(struct scan *scan, const struct member *member, unsigned depth, const struct strings *strings);

#endif
