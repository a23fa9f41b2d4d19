/*
 * The commands of leaktrawl. Each is a row of the table in command.c and a function
 *
 *	int cmd_NAME(struct command_context *context, int argc, char **argv)
 *
 * which describes its options (options.h), calls command_begin and returns an exit status.
 */
#ifndef LEAKTRAWL_COMMAND_H
#define LEAKTRAWL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "coordinator/options.h"

/* What a process that calls leaktrawl may rely on. */
enum exit_status {
	STATUS_DONE = 0,       /* done; crawl and scan: nothing new */
	STATUS_ERROR = 1,      /* failed; rules check and doctor: something is wrong */
	STATUS_USAGE = 2,      /* wrong usage or configuration */
	STATUS_INCOMPLETE = 3, /* done, but something could not be covered */
	STATUS_FINDINGS = 10,  /* new findings */
	STATUS_BOTH = 13,      /* new findings, and something could not be covered */
};

/* What a command needs before its work begins. */
enum command_need {
	NEEDS_NOTHING = 0,
	NEEDS_CONFIG = 1,  /* context->config is set once command_begin returns true */
	NEEDS_WORKERS = 2, /* starts worker processes */
};

struct command_context;

struct command_row {
	const char *name;
	const char *summary; /* one line, no full stop */
	int (*run)(struct command_context *context, int argc, char **argv);
	int needs; /* of enum command_need, or-ed */
};

struct command_context {
	const struct command_row *row; /* the command that runs */
	char *command;                 /* as typed: "rules check" */
	struct config *config;         /* NULL unless the command needs it; freed by main */
	const char *config_path;       /* --config, or NULL */
	bool allow_unsandboxed;
	bool quiet;   /* nothing on standard error but errors and warnings */
	bool verbose; /* also what is of use when looking for a cause */
	bool help;
	bool version;
	int status; /* set when command_begin returns false */
};

/* What `leaktrawl COMMAND --help` tells and command_begin checks. */
struct command_usage {
	const char *operands;                  /* "PATH...", or NULL */
	const char *about;                     /* paragraphs for a person, each line at most 78 columns, ending in a line feed */
	const struct option_row *options;      /* ends with a row without a name; NULL: only the global ones */
	const struct command_row *subcommands; /* ends with a row without a name; NULL: none */
	int least, most;                       /* operands; most < 0: any number */
};

/*
 * First thing in every command: reads its options into values (a struct its option rows point into),
 * answers --help, checks the number of operands and loads the configuration if the command needs it.
 * Afterwards argv[0 .. *argc) are the operands. Returns false when the command is to return context->status.
 */
bool command_begin(struct command_context *context, const struct command_usage *usage, void *values, int *argc, char ***argv);

/* For a command with sub-commands (argv[1] is the word): runs it, or says which there are and returns STATUS_USAGE. */
int command_dispatch(struct command_context *context, const struct command_row *rows, int argc, char **argv);

/* Says what is wrong with the command line (one line, printf-like) and where help is; returns STATUS_USAGE. */
int command_misused(const struct command_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All of leaktrawl: main's argc and argv. */
int command_main(int argc, char **argv);

#endif
