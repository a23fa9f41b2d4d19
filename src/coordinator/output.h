/*
 * Findings on standard output in the format asked for: a table for a person, or the published contracts. A
 * scan without an index and the query commands print through the same functions.
 */
#ifndef LEAKTRAWL_OUTPUT_H
#define LEAKTRAWL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };
extern const char *const output_format_names[]; /* "table", "json", "jsonl", "csv", NULL: for OPTION_CHOICE */

struct output;

/* jsonl and csv are written as findings come; json and the table when the output ends. */
struct output *output_new(enum output_format format);
/* A contract object (finding_json.h); taken over. */
void output_finding(struct output *output, json_t *finding);
/* Writes what is left and frees. coverage (may be NULL, taken over) goes into json. False: standard output could not be written. */
bool output_end(struct output *output, json_t *coverage);

/* Prints the findings first seen in that run, as `findings` would. False after an error, which is said. */
bool output_run_findings(const struct config *config, int64_t run, enum output_format format);

#endif
