/*
 * CSV as RFC 4180 has it, safe to open in a spreadsheet: a value that a spreadsheet would run as a formula
 * (it begins with = + - @, a tab or a carriage return) gets an apostrophe before it.
 */
#ifndef LEAKTRAWL_CSV_H
#define LEAKTRAWL_CSV_H

#include <jansson.h>
#include <stdio.h>

/* One field, quoted where it must be; NULL is an empty one. */
void csv_field(FILE *stream, const char *text);
/* The line of titles of findings, and one line for a contract object. Lines end in CR LF. */
void csv_finding_titles(FILE *stream);
void csv_finding(FILE *stream, const json_t *finding);

#endif
