/*
 * Machines within one text: a paste that goes on with what one machine says of itself and then its log-ins, several after one
 * another. What stands behind a machine's system information, up to that of the next, is that machine's. Where a text begins with
 * log-ins and ends with system information, it is the other way round, as when the files of a folder were joined in the order of their
 * names. That is judged once, by what is in sight when the first is. Where each file stands below its name, those tell.
 */
#ifndef LEAKTRAWL_SECTION_H
#define LEAKTRAWL_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

struct section {
	uint64_t from, to;    /* of the system information, in the lane */
	Lt__Machine *machine; /* ->id as machine_read leaves it, until attribution has put its keyed hash there (identified) */
	bool identified;
	bool ours;                   /* an account or staff host of ours stood in it */
	uint64_t passed;             /* looked through for services up to here */
	uint64_t part_from, part_to; /* what belongs to it, where headings tell (section_parts) */
};

struct sections; /* of one lane */

struct sections *sections_new(void);
void sections_free(struct sections *sections);

/* A word of system information (TRIGGER_SYSTEM) stands at `at`. Called in the order of the lane. */
void sections_look(struct sections *sections, const struct text *text, size_t at);
/* All words in sight were looked at: which way round are the sections of this text? Decided the first time that there is one. */
void sections_settle(struct sections *sections, const struct text *text);
/* The section that a place of the lane belongs to; NULL where there is none near enough. */
struct section *sections_at(struct sections *sections, uint64_t offset);
/* Of those that reach into the window: the first (index 0) and those behind it, NULL at the end; its part begins and ends there. */
struct section *sections_each(struct sections *sections, size_t index, uint64_t *from, uint64_t *end);
/* By the headings of files, if the text, in sight as a whole, has them for all of its sections: fills their parts. */
bool section_parts(const struct text *text, struct section *sections, size_t count);
/* Forgets those that end before this offset. */
void sections_drop(struct sections *sections, uint64_t before);

#endif
