#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/ask.h"
#include "coordinator/commands.h"
#include "coordinator/input.h"
#include "index/finding_json.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { SHOWN_BYTES = 1000 };

struct told {
	uint64_t good, failed, findings, places;
	bool verbose;
};

static void print_text(const char *text)
{
	char *shown = escape_dup(text, strlen(text), SHOWN_BYTES);

	fputs(shown, stdout);
	free(shown);
}

static void print_place(const Lt__RuleReport *report)
{
	if (report->file == NULL)
		return;
	print_text(report->file);
	if (report->line > 0)
		printf(":%u:%u", report->line, report->column);
	fputs(": ", stdout);
}

/* ---- check ------------------------------------------------------------------------------------- */

static void on_check(const Lt__RuleReport *report, void *context)
{
	struct told *told = context;
	bool failed = strcmp(report->outcome, "failed") == 0;

	told->failed += failed;
	told->good += strcmp(report->outcome, "ok") == 0;
	if (!failed && !told->verbose && strcmp(report->outcome, "note") != 0)
		return;
	print_place(report);
	print_text(report->rule);
	printf("%s%s", report->rule[0] != '\0' ? ": " : "", report->outcome);
	if (report->detail != NULL) {
		fputs(": ", stdout);
		print_text(report->detail);
	}
	putchar('\n');
}

static const struct command_usage check_usage = {
	.operands = "[RULE]...",
	.about = "Runs every rule's examples and near misses, or those of the rules named, and\n"
		 "says which fail, with file and line. Exit status 1 if one does.\n",
	.most = -1,
};

static int rules_check(struct command_context *context, int argc, char **argv)
{
	struct told told = {0};
	Lt__Job job = LT__JOB__INIT;
	struct ask ask = {.job = &job, .report = on_check, .context = &told};
	char *why = NULL;
	enum ask_result result;

	if (!command_begin(context, &check_usage, NULL, &argc, &argv))
		return context->status;
	told.verbose = context->verbose;
	if (!told.verbose) /* what does not load is told with its verdict */
		log_level_set(LEVEL_ERROR);
	job.kind = LT__JOB_KIND__JOB_RULES_CHECK;
	job.n_rule_ids = (size_t)argc;
	job.rule_ids = argv;
	result = ask_inspector(context, &ask, &why);
	if (result == ASK_DIED)
		log_error("the inspector ended while it checked the rules: %s", why);
	free(why);
	fprintf(stderr, "rules: the examples and near misses of %" PRIu64 " hold, of %" PRIu64 " fail\n", told.good, told.failed);
	return result == ASK_DONE && told.failed == 0 ? STATUS_DONE : STATUS_ERROR;
}

/* ---- test -------------------------------------------------------------------------------------- */

/* A line's number, where the text has lines of its own; else the byte. */
static void print_where(bool has_line, uint64_t line, uint64_t offset)
{
	printf(has_line && line > 0 ? "line %-7" PRIu64 : "byte %-7" PRIu64, has_line && line > 0 ? line : offset);
}

static void on_test(const Lt__RuleReport *report, void *context)
{
	struct told *told = context;

	if (strcmp(report->outcome, "failed") == 0) { /* a rule that is asked for and not there */
		log_error("%s: %s", report->rule, report->detail != NULL ? report->detail : "");
		told->failed++;
		return;
	}
	told->places++;
	print_where(report->has_line, report->line, report->offset);
	printf("  %-9.9s ", report->outcome);
	print_text(report->rule);
	if (report->detail != NULL) {
		fputs("  ", stdout);
		print_text(report->detail);
	}
	putchar('\n');
}

/* "listing of www.royal-post.example: Selling VPN access, price 10$" */
static void print_post(const Lt__Finding *finding)
{
	printf("  %s of ", finding_kind_name(finding->kind));
	print_text(finding->watch_item != NULL ? finding->watch_item : "a name of ours");
	if (finding->post->title != NULL) {
		fputs(": ", stdout);
		print_text(finding->post->title);
	}
	if (finding->post->price != NULL) {
		fputs(", price ", stdout);
		print_text(finding->post->price);
	}
	putchar('\n');
}

static void on_other(const Lt__Envelope *message, void *context)
{
	struct told *told = context;
	const Lt__Finding *finding;

	if (message->body_case == LT__ENVELOPE__BODY_NOT_INSPECTED) {
		print_text(message->not_inspected->path);
		printf(": not inspected: %s\n", message->not_inspected->detail != NULL ? message->not_inspected->detail : "");
	}
	if (message->body_case != LT__ENVELOPE__BODY_FINDING)
		return;
	finding = message->finding->finding;
	told->findings++;
	print_where(message->finding->has_line, message->finding->line, message->finding->offset);
	fputs("  finding   ", stdout);
	print_text(finding->rule);
	if (finding->post != NULL) {
		print_post(finding);
		return;
	}
	printf("  %s of ", finding_kind_name(finding->kind));
	print_text(finding->account != NULL ? finding->account : "an unknown account");
	if (finding->service != NULL) {
		fputs(" at ", stdout);
		print_text(finding->service);
	}
	putchar('\n');
}

struct test_values {
	struct option_texts rules;
};
static const struct option_row test_options[] = {
	{"rule", 'r', OPTION_TEXTS, offsetof(struct test_values, rules), "RULE",
		"only this rule, and each place where it does\nnot match; may be repeated", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage test_usage = {
	.operands = "FILE | -",
	.options = test_options,
	.about = "Reads one file as a scan would and says at each place which reader or rule\n"
		 "read what, and why something that looks like a leak was not taken: for\n"
		 "whoever writes a rule. Nothing is recorded.\n",
	.least = 1,
	.most = 1,
};

static bool keep_input(uint64_t max, struct ask_part *part)
{
	int pipe = part->fd;
	bool kept;

	part->fd = memfd_create("leaktrawl-input", MFD_CLOEXEC);
	part->size = 0;
	kept = part->fd >= 0 && input_copy(pipe, part->fd, max, &part->size);
	close(pipe);
	if (kept && part->size > max)
		log_warning("-: only its first %" PRIu64 " bytes are read: limits.input_memory_bytes", max);
	if (part->size > max)
		part->size = max;
	return kept;
}

/* Opens what rules are tried on; a pipe is kept in memory, up to max bytes. */
static bool open_subject(const char *path, uint64_t max, struct ask_part *part)
{
	bool input = strcmp(path, "-") == 0;
	struct stat status;

	part->label = (char *)(uintptr_t)path;
	part->fd = input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool regular = part->fd >= 0 && fstat(part->fd, &status) == 0 && S_ISREG(status.st_mode);
	if (regular)
		part->size = (uint64_t)status.st_size;
	if (regular || (input && part->fd >= 0 && keep_input(max, part)))
		return true;
	log_error("%s: %s", path, part->fd < 0 ? strerror(errno) : "not a regular file");
	if (part->fd >= 0)
		close(part->fd);
	return false;
}

static int rules_test(struct command_context *context, int argc, char **argv)
{
	struct told told = {0};
	struct test_values values = {0};
	Lt__Job job = LT__JOB__INIT;
	struct ask_part part = {0};
	struct ask ask = {.job = &job, .parts = &part, .parts_count = 1, .report = on_test, .other = on_other, .context = &told};
	char *why = NULL;
	enum ask_result result;

	if (!command_begin(context, &test_usage, &values, &argc, &argv))
		return context->status;
	if (!open_subject(argv[0], context->config->limits.input_memory_bytes, &part))
		return STATUS_ERROR;
	job.kind = LT__JOB_KIND__JOB_RULES_TEST;
	job.n_rule_ids = values.rules.count;
	job.rule_ids = (char **)(uintptr_t)values.rules.items;
	result = ask_inspector(context, &ask, &why);
	if (result == ASK_DIED)
		log_error("the inspector ended on this file: %s", why);
	free(why);
	close(part.fd);
	if (result == ASK_DONE && told.failed + told.findings + told.places == 0)
		fputs("no name of your watch-list stands in it, and rules only look around those\n", stderr);
	fprintf(stderr, "findings: %" PRIu64 "\n", told.findings);
	return result == ASK_DONE && told.failed == 0 ? STATUS_DONE : STATUS_ERROR;
}

/* ---- the command ------------------------------------------------------------------------------- */

static const struct command_row rows[] = {
	{"list", "list the rules", rules_list, NEEDS_CONFIG | NEEDS_WORKERS},
	{"show", "show what a rule reads and refuses", rules_show, NEEDS_CONFIG | NEEDS_WORKERS},
	{"check", "run every rule's examples and near misses", rules_check, NEEDS_CONFIG | NEEDS_WORKERS},
	{"test", "say what the rules make of a file, and why not", rules_test, NEEDS_CONFIG | NEEDS_WORKERS},
	{"bench", "tell what each rule costs on a corpus", rules_bench, NEEDS_CONFIG | NEEDS_WORKERS},
	{NULL, NULL, NULL, 0},
};

static const struct command_usage rules_usage = {
	.operands = "list|show|check|test|bench ...",
	.about = "Rules say how an account, a service and a secret read in a leak. They are YAML\n"
		 "files: those that came with leaktrawl, and those of rules in the configuration.\n",
	.subcommands = rows,
};

int cmd_rules(struct command_context *context, int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-')
		return command_dispatch(context, rows, argc, argv);
	if (!command_begin(context, &rules_usage, NULL, &argc, &argv))
		return context->status;
	return command_misused(context, "a word is missing: list, show, check, test or bench");
}
