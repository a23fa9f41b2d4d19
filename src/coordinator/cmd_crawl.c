#include "coordinator/commands.h"
#include "coordinator/output.h"
#include "coordinator/run.h"
#include "crawl/crawl.h"

struct crawl_values {
	const char *source;
	bool once, force, baseline, no_alert;
	uint64_t jobs;
	int format;
};

static const struct option_row crawl_options[] = {
	{"source", 's', OPTION_TEXT, offsetof(struct crawl_values, source), "NAME", "only this source", NULL},
	{"once", 0, OPTION_FLAG, offsetof(struct crawl_values, once), NULL, "fetch what is due once, do not wait for retries", NULL},
	{"force", 0, OPTION_FLAG, offsetof(struct crawl_values, force), NULL, "everything known is due now", NULL},
	{"baseline", 0, OPTION_FLAG, offsetof(struct crawl_values, baseline), NULL,
		"a first crawl of old pages: index findings, owe\nno alerts", NULL},
	{"no-alert", 0, OPTION_FLAG, offsetof(struct crawl_values, no_alert), NULL, "owe and deliver no alerts", NULL},
	{"jobs", 'j', OPTION_NUMBER, offsetof(struct crawl_values, jobs), "N", "inspectors side by side; one a core unless given", NULL},
	{"format", 'f', OPTION_CHOICE, offsetof(struct crawl_values, format), NULL, "how new findings are printed", output_format_names},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct command_usage crawl_usage = {
	.about = "Fetches what is due at each source through the source's proxy, reads it for\n"
		 "the organisation's leaked log-ins, cookies and tokens, and alerts the hooks\n"
		 "of each new one. Ends when nothing is due: run it from cron.\n"
		 "\n"
		 "New findings go to standard output, coverage to standard error.\n",
	.options = crawl_options,
};

int cmd_crawl(struct command_context *context, int argc, char **argv)
{
	struct crawl_values values = {0};
	struct run_options run_options = {.kind = RUN_CRAWL};
	struct crawl_options options;
	struct run *run;
	int64_t id;
	int status;

	if (!command_begin(context, &crawl_usage, &values, &argc, &argv))
		return context->status;
	if (values.source != NULL && config_source(context->config, values.source) == NULL)
		return command_misused(context, "there is no source '%s' in %s", values.source, context->config->path);
	run_options.once = values.once;
	run_options.baseline = values.baseline;
	run_options.no_alert = values.no_alert;
	run_options.jobs = values.jobs;
	run_options.quiet = context->quiet;
	run = run_new(context, &run_options, &status);
	if (run == NULL)
		return status;
	options = (struct crawl_options){.source = values.source, .once = values.once, .force = values.force};
	crawl(run, &options);
	id = run->id;
	status = run_finish(run);
	if (status == STATUS_FINDINGS || status == STATUS_BOTH)
		(void)output_run_findings(context->config, id, (enum output_format)values.format);
	return status;
}
