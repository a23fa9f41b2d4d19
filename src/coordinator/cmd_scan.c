#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/commands.h"
#include "coordinator/local_file.h"
#include "coordinator/output.h"
#include "coordinator/pipe.h"
#include "coordinator/printer.h"
#include "coordinator/reading.h"
#include "coordinator/record.h"
#include "coordinator/run.h"
#include "coordinator/walk.h"
#include "shared/log.h"
#include "shared/mem.h"

struct scan_options {
	bool no_index, reveal, baseline, no_alert, force;
	uint64_t jobs;
	int format;
};

static const struct option_row scan_options[] = {
	{"no-index", 0, OPTION_FLAG, offsetof(struct scan_options, no_index), NULL,
		"write nothing to disk, need no keys; print each\nfinding once, under ids of this run only", NULL},
	{"reveal", 0, OPTION_FLAG, offsetof(struct scan_options, reveal), NULL, "with --no-index: print the plain secrets too", NULL},
	{"baseline", 0, OPTION_FLAG, offsetof(struct scan_options, baseline), NULL, "an old corpus: index its findings, owe no alerts",
		NULL},
	{"no-alert", 0, OPTION_FLAG, offsetof(struct scan_options, no_alert), NULL, "owe and deliver no alerts", NULL},
	{"force", 0, OPTION_FLAG, offsetof(struct scan_options, force), NULL, "read files again that were read before", NULL},
	{"jobs", 'j', OPTION_NUMBER, offsetof(struct scan_options, jobs), "N", "inspectors side by side; one a core unless given", NULL},
	{"format", 'f', OPTION_CHOICE, offsetof(struct scan_options, format), NULL, "how findings are printed", output_format_names},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct command_usage scan_usage = {
	.operands = "PATH... | -",
	.about = "Reads files and folders (- is standard input) for the organisation's leaked\n"
		 "log-ins, cookies and tokens, records what it finds in the index and owes the\n"
		 "hooks an alert for each new one. Files read before are skipped.\n"
		 "\n"
		 "New findings go to standard output, the summary to standard error.\n",
	.options = scan_options,
	.least = 1,
	.most = -1,
};

/* ---- standard input ---------------------------------------------------------------------------- */

/* A file is read like any other. */
static void add_standard_input(struct run *run, const struct stat *status)
{
	struct document *document = document_new();

	document_add_part(document, "-", NULL, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), (uint64_t)status->st_size);
	reading_add(run->reading, document);
}

static struct pipe *begin_standard_input(struct run *run)
{
	struct stat status;

	if (fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode))
		return pipe_new(run);
	add_standard_input(run, &status);
	return NULL;
}

/* ---- files ------------------------------------------------------------------------------------- */

static void add_file(struct run *run, const struct walk *walk, const char *path, const struct stat *status, char **paths)
{
	struct document *document = local_file(walk, path, status, paths);

	if (document != NULL)
		reading_add(run->reading, document);
}

/* A path that was asked for by name and is not there is the caller's mistake, before anything starts. */
static bool all_there(char **paths)
{
	bool good = true;

	for (; *paths != NULL; paths++) {
		struct stat status;

		if (strcmp(*paths, "-") != 0 && stat(*paths, &status) != 0) {
			log_error("%s: %s", *paths, strerror(errno));
			good = false;
		}
	}
	return good;
}

static void add_some(struct run *run, struct walk *walk, char **paths, bool *more)
{
	const char *path;
	struct stat status;

	while (*more && reading_wants_more(run->reading) && !run->stop) {
		switch (walk_next(walk, &path, &status)) {
		case WALK_FILE:
			if (status.st_size > 0)
				add_file(run, walk, path, &status, paths);
			break;
		case WALK_PROBLEM:
			run->incomplete = true;
			run->counters.not_inspected++;
			log_warning("not inspected: %s: %s", path, strerror(errno));
			break;
		case WALK_END:
			*more = false;
			break;
		}
	}
}

static void scan_paths(struct run *run, char **paths, const struct pipe *pipe)
{
	struct walk *walk = paths[0] != NULL ? walk_new(paths) : NULL;
	bool more = walk != NULL;

	do {
		if (more)
			add_some(run, walk, paths, &more);
		if (!more && reading_open(run->reading) == 0 && !pipe_is_open(pipe))
			break;
	} while (run_turn(run, -1));
	walk_free(walk);
}

static bool has_standard_input(char **paths, int count)
{
	bool found = false;

	for (int i = 0; i < count; i++)
		if (strcmp(paths[i], "-") == 0) {
			memmove(paths + i, paths + i + 1, (size_t)(count - i) * sizeof *paths);
			found = true;
			count--;
			i--;
		}
	return found;
}

int cmd_scan(struct command_context *context, int argc, char **argv)
{
	struct scan_options options = {0};
	struct run_options run_options = {.kind = RUN_SCAN};
	struct run *run;
	int64_t id;
	bool from_stdin;
	int status;

	if (!command_begin(context, &scan_usage, &options, &argc, &argv))
		return context->status;
	if (options.reveal && !options.no_index)
		return command_misused(context, "--reveal goes with --no-index: the index never holds a plain secret");
	if (!all_there(argv))
		return STATUS_USAGE;
	from_stdin = has_standard_input(argv, argc);
	run_options.no_index = options.no_index;
	run_options.reveal = options.reveal;
	run_options.baseline = options.baseline;
	run_options.no_alert = options.no_alert;
	run_options.force = options.force;
	run_options.jobs = options.jobs;
	run_options.quiet = context->quiet;
	run = run_new(context, &run_options, &status);
	if (run == NULL)
		return status;
	if (options.no_index)
		run->printer = printer_new((enum output_format)options.format, run->roster);
	struct pipe *pipe = from_stdin ? begin_standard_input(run) : NULL;

	scan_paths(run, argv, pipe);
	pipe_free(pipe);
	id = run->id;
	status = run_finish(run);
	if (!options.no_index && (status == STATUS_FINDINGS || status == STATUS_BOTH))
		(void)output_run_findings(context->config, id, (enum output_format)options.format);
	return status;
}
