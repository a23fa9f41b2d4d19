/*
 * Where the bytes of one member, or of one decoded run, enter the lanes: by what they are, as they stand, converted
 * from their charset, or as the text of their HTML.
 */
#ifndef LEAKTRAWL_INTAKE_H
#define LEAKTRAWL_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

struct strings; /* strings.h */

struct intake_hints {
	const char *content_type;      /* as declared with the bytes, or NULL */
	bool text;                     /* made by us: UTF-8 lines, to be searched as they stand */
	const struct strings *strings; /* of the spreadsheet this member belongs to, or NULL */
	uint64_t from;                 /* resume: the first byte pushed stands here, ... */
	uint64_t due;                  /* ... and hits before this offset are done */
};

struct intake;

/* view and depth as in lane_open: VIEW_RAW and 0 for a member's own bytes. hints may be NULL. member must live until the close. */
struct intake *intake_open(
	struct scan *scan, const struct member *member, enum view view, unsigned depth, const struct intake_hints *hints);
void intake_push(struct intake *intake, const void *data, size_t len);
/* Room to read into without a copy, where the bytes are searched as they stand; else NULL. Commit what was read. */
char *intake_reserve(struct intake *intake, size_t *room);
void intake_commit(struct intake *intake, size_t len);
/* As lane_mark. */
void intake_mark(struct intake *intake, uint64_t raw);
/* How many bytes are wholly searched, so that a job may resume there; 0 where the content has to be read from its beginning. */
uint64_t intake_done(const struct intake *intake);
void intake_close(struct intake *intake);

#endif
