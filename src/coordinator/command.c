#include "coordinator/command.h"

#include <config.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/commands.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/nearest.h"

static const struct command_row commands[] = {
#define COMMAND(name, summary, needs) {#name, summary, cmd_##name, needs},
	COMMANDS(COMMAND)
#undef COMMAND
		{NULL, NULL, NULL, 0},
};

static const struct option_row global_options[] = {
	{"config", 0, OPTION_TEXT, offsetof(struct command_context, config_path), "FILE",
		"configuration to use; else $LEAKTRAWL_CONFIG,\nelse " SYSCONFDIR "/leaktrawl/leaktrawl.yml", NULL},
	{"allow-unsandboxed", 0, OPTION_FLAG, offsetof(struct command_context, allow_unsandboxed), NULL,
		"go on where the kernel cannot confine the\nworkers: for trying out, never for real leaks", NULL},
	{"quiet", 'q', OPTION_FLAG, offsetof(struct command_context, quiet), NULL, "say nothing but warnings and errors", NULL},
	{"verbose", 'v', OPTION_FLAG, offsetof(struct command_context, verbose), NULL, "say more: for finding a cause", NULL},
	{"help", 'h', OPTION_FLAG, offsetof(struct command_context, help), NULL, "this text, or a command's own", NULL},
	{"version", 'V', OPTION_FLAG, offsetof(struct command_context, version), NULL, "the version", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static void print_commands(const struct command_row *rows)
{
	for (; rows->name != NULL; rows++)
		printf("  %-10s %s\n", rows->name, rows->summary);
}

static void print_overview(void)
{
	fputs("Usage: leaktrawl COMMAND [OPTION]... [ARGUMENT]...\n\n"
	      "Finds your organisation's leaked credentials and session cookies in paste\n"
	      "sites, leak sites and dumps, keeps them in a local index, and alerts the\n"
	      "first time one shows up. It never tries a credential.\n\nCommands:\n",
		stdout);
	print_commands(commands);
	fputs("\nOptions of every command:\n", stdout);
	options_print(global_options);
	fputs("\nExit status:\n"
	      "   0  done; crawl and scan: nothing new\n"
	      "   1  failed\n"
	      "   2  wrong usage or configuration\n"
	      "   3  done, but something could not be covered\n"
	      "  10  new findings\n"
	      "  13  new findings, and something could not be covered\n\n"
	      "To start: leaktrawl init DIR, then leaktrawl COMMAND --help, leaktrawl(1) and\n"
	      "leaktrawl.yml(5).\n",
		stdout);
}

static void print_help(const struct command_context *context, const struct command_usage *usage)
{
	printf("Usage: leaktrawl %s%s%s%s\n\n%s", context->command, usage->options != NULL ? " [OPTION]..." : "",
		usage->operands != NULL ? " " : "", usage->operands != NULL ? usage->operands : "", usage->about);
	if (usage->subcommands != NULL) {
		printf("\nUnder %s:\n", context->command);
		print_commands(usage->subcommands);
	}
	if (usage->options != NULL) {
		fputs("\nOptions:\n", stdout);
		options_print(usage->options);
	}
	fputs("\nOptions of every command:\n", stdout);
	options_print(global_options);
}

int command_misused(const struct command_context *context, const char *format, ...)
{
	va_list arguments;
	char why[512];

	va_start(arguments, format);
	(void)vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	log_error("%s (see leaktrawl %s%s--help)", why, context->command != NULL ? context->command : "",
		context->command != NULL ? " " : "");
	return STATUS_USAGE;
}

static void set_log_level(const struct command_context *context)
{
	if (context->verbose)
		log_level_set(LEVEL_DEBUG);
	else if (context->quiet)
		log_level_set(LEVEL_WARNING);
}

static bool stop(struct command_context *context, int status)
{
	context->status = status;
	return false;
}

static bool check_operands(struct command_context *context, const struct command_usage *usage, int count, char **operands)
{
	if (count < usage->least)
		return stop(context, command_misused(context, "%s needs %s", context->command, usage->operands));
	for (const struct command_row *row = usage->subcommands; count > 0 && row != NULL && row->name != NULL; row++)
		if (strcmp(row->name, operands[0]) == 0)
			return stop(context, command_misused(context, "\"%s\" has to stand before the options: leaktrawl %s %s [OPTION]...",
						     row->name, context->command, row->name));
	if (usage->most >= 0 && count > usage->most)
		return stop(context, command_misused(context, "\"%s\" is one argument too many", operands[usage->most]));
	return true;
}

bool command_begin(struct command_context *context, const struct command_usage *usage, void *values, int *argc, char ***argv)
{
	const struct option_tables tables = {{global_options, usage->options}, {context, values}};
	char why[512];
	int operand = options_parse(&tables, false, *argc, *argv, why, sizeof why);

	if (operand < 0)
		return stop(context, command_misused(context, "%s", why));
	if (context->help) {
		print_help(context, usage);
		return stop(context, STATUS_DONE);
	}
	if (context->version) {
		puts(PACKAGE_STRING);
		return stop(context, STATUS_DONE);
	}
	*argc -= operand;
	*argv += operand;
	if (!check_operands(context, usage, *argc, *argv))
		return false;
	set_log_level(context);
	if (context->allow_unsandboxed && (context->row->needs & NEEDS_WORKERS) != 0)
		log_warning("--allow-unsandboxed: workers parse hostile data without walls around them");
	if ((context->row->needs & NEEDS_CONFIG) != 0) {
		context->config = config_load(context->config_path);
		if (context->config == NULL)
			return stop(context, STATUS_USAGE);
	}
	return true;
}

static int say_unknown(struct command_context *context, const struct command_row *rows, const char *word)
{
	struct nearest nearest;

	nearest_start(&nearest, word);
	for (const struct command_row *row = rows; row->name != NULL; row++)
		nearest_offer(&nearest, row->name);
	if (nearest.best != NULL)
		return command_misused(context, "there is no command \"%s\"; did you mean \"%s\"?", word, nearest.best);
	return command_misused(context, "there is no command \"%s\"", word);
}

static int say_missing(struct command_context *context, const struct command_row *rows)
{
	char names[256] = "";
	size_t len = 0;

	for (const struct command_row *row = rows; row->name != NULL && len < sizeof names; row++)
		len += (size_t)snprintf(names + len, sizeof names - len, "%s %s", len > 0 ? "," : "", row->name);
	return command_misused(context, "a command is missing:%s", names);
}

int command_dispatch(struct command_context *context, const struct command_row *rows, int argc, char **argv)
{
	for (const struct command_row *row = rows; argc > 1 && row->name != NULL; row++) {
		if (strcmp(row->name, argv[1]) == 0) {
			char *parent = context->command;

			context->command = parent != NULL ? xasprintf("%s %s", parent, row->name) : xstrdup(row->name);
			free(parent);
			context->row = row;
			return row->run(context, argc - 1, argv + 1);
		}
	}
	if (argc > 1)
		return say_unknown(context, rows, argv[1]);
	return say_missing(context, rows);
}

/* A file opened later must not become standard error. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* What is written to disk is for its owner; a core file could hold a secret. */
static void guard_process(void)
{
	const struct rlimit none = {0, 0};

	open_standard_streams();
	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
}

static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("standard output could not be written");
	return STATUS_ERROR;
}

int command_main(int argc, char **argv)
{
	struct command_context context = {0};
	const struct option_tables tables = {{global_options, NULL}, {&context, NULL}};
	char why[512];
	int word, status;

	guard_process();
	log_start("leaktrawl", LEVEL_INFO);
	word = options_parse(&tables, true, argc, argv, why, sizeof why);
	if (word < 0) {
		status = command_misused(&context, "%s", why);
	} else if (context.version) {
		puts(PACKAGE_STRING);
		status = STATUS_DONE;
	} else if (context.help && word == argc) {
		print_overview();
		status = STATUS_DONE;
	} else {
		status = command_dispatch(&context, commands, argc - word + 1, argv + word - 1);
	}
	config_free(context.config);
	free(context.command);
	return finish_output(status);
}
