#include "coordinator/output.h"
#include "shared/mem.h"
#include <stdio.h>
#include <stdlib.h>
const char *const output_format_names[] = {"table", "json", "jsonl", "csv", NULL};
struct output {
	enum output_format format;
};
struct output *output_new(enum output_format format)
{
	struct output *o = xcalloc(1, sizeof *o);
	o->format = format;
	return o;
}
void output_finding(struct output *output, json_t *finding)
{
	(void)output;
	json_dumpf(finding, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(finding);
}
bool output_end(struct output *output, json_t *coverage)
{
	json_decref(coverage);
	free(output);
	return true;
}
bool output_run_findings(const struct config *config, int64_t run, enum output_format format)
{
	(void)config;
	(void)run;
	(void)format;
	return true;
}
