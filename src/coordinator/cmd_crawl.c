#include <signal.h>
#include <time.h>

#include "coordinator/commands.h"
#include "coordinator/output.h"
#include "coordinator/run.h"
#include "crawl/crawl.h"

enum { SHORTEST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 60000 };

struct crawl_values {
	const char *source;
	bool once, force, baseline, no_alert, daemon;
	uint64_t jobs;
	int format;
};

static const struct option_row crawl_options[] = {
	{"source", 's', OPTION_TEXT, offsetof(struct crawl_values, source), "NAME", "only this source", NULL},
	{"once", 0, OPTION_FLAG, offsetof(struct crawl_values, once), NULL, "fetch what is due once, do not wait for retries", NULL},
	{"daemon", 0, OPTION_FLAG, offsetof(struct crawl_values, daemon), NULL, "go on: crawl again whenever a source is due", NULL},
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

/* One pass over what is due, with processes of its own. Returns an exit status; *stopped: a signal asked for an end. */
static int crawl_once(struct command_context *context, const struct crawl_values *values, bool *stopped)
{
	struct run_options run_options = {
		.kind = RUN_CRAWL,
		.once = values->once,
		.baseline = values->baseline,
		.no_alert = values->no_alert,
		.jobs = values->jobs,
		.quiet = context->quiet,
		.source = values->source,
	};
	struct crawl_options options = {.source = values->source, .once = values->once, .force = values->force};
	struct run *run;
	int64_t id;
	int status;

	run = run_new(context, &run_options, &status);
	if (run == NULL)
		return status;
	crawl(run, &options);
	id = run->id;
	*stopped = run->stop;
	status = run_finish(run);
	if (status == STATUS_FINDINGS || status == STATUS_BOTH)
		(void)output_run_findings(context->config, id, (enum output_format)values->format);
	return status;
}

/* Sleeps until a source or an alert is due; false when a signal asked for an end. */
static bool sleep_until_due(const struct config *config, const struct crawl_values *values)
{
	int64_t wait = crawl_next_due(config, values->source) - run_now_ms();
	struct timespec pause;
	sigset_t set;

	if (wait < SHORTEST_PAUSE_MS)
		wait = SHORTEST_PAUSE_MS;
	if (wait > LONGEST_PAUSE_MS)
		wait = LONGEST_PAUSE_MS;
	pause.tv_sec = wait / 1000;
	pause.tv_nsec = wait % 1000 * 1000000;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return sigtimedwait(&set, NULL, &pause) < 0;
}

/*
 * Each pass is a run of its own, with fresh processes, as cron would start it. A pass that fails is said and
 * tried again: the service's manager sees an end only when it asked for one, or when the first pass cannot start.
 */
static int crawl_on(struct command_context *context, struct crawl_values *values)
{
	bool stopped = false;
	int status = crawl_once(context, values, &stopped);

	if (status == STATUS_ERROR && !stopped)
		return status;
	values->force = false;
	while (!stopped && sleep_until_due(context->config, values))
		(void)crawl_once(context, values, &stopped);
	return STATUS_DONE;
}

int cmd_crawl(struct command_context *context, int argc, char **argv)
{
	struct crawl_values values = {0};
	bool stopped = false;

	if (!command_begin(context, &crawl_usage, &values, &argc, &argv))
		return context->status;
	if (values.source != NULL && config_source(context->config, values.source) == NULL)
		return command_misused(context, "there is no source '%s' in %s", values.source, context->config->path);
	if (values.daemon && values.once)
		return command_misused(context, "--daemon and --once exclude each other");
	return values.daemon ? crawl_on(context, &values) : crawl_once(context, &values, &stopped);
}
