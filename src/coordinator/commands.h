/* Every command there is. A new one adds its row and its declaration follows. */
#ifndef LEAKTRAWL_COMMANDS_H
#define LEAKTRAWL_COMMANDS_H

#include "coordinator/command.h"

/* name, one-line summary, needs: in the order a person meets them */
// clang-format off
#define COMMANDS(X) \
	X(init, "make a folder with a configuration and keys to start from", NEEDS_NOTHING) \
	X(crawl, "fetch what is due and look for leaks in it", NEEDS_CONFIG | NEEDS_WORKERS) \
	X(scan, "look for leaks in files and folders", NEEDS_CONFIG | NEEDS_WORKERS) \
	X(findings, "list what was found", NEEDS_CONFIG) \
	X(show, "everything known of a finding", NEEDS_CONFIG) \
	X(triage, "set the state of findings", NEEDS_CONFIG) \
	X(reveal, "open sealed secrets, on the team's machine", NEEDS_NOTHING) \
	X(alerts, "the alerts owed to hooks: list, retry, test", NEEDS_CONFIG) \
	X(runs, "what runs did, reached and could not see", NEEDS_CONFIG) \
	X(sources, "list the sources, or check their descriptions", NEEDS_CONFIG) \
	X(rules, "list, check, try and measure rules", NEEDS_CONFIG | NEEDS_WORKERS) \
	X(doctor, "check configuration, keys, index, proxies and walls", NEEDS_WORKERS)
// clang-format on

#define DECLARE_COMMAND(name, summary, needs) int cmd_##name(struct command_context *context, int argc, char **argv);
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

/* Words of `rules`. */
int rules_list(struct command_context *context, int argc, char **argv);
int rules_show(struct command_context *context, int argc, char **argv);
int rules_bench(struct command_context *context, int argc, char **argv);

#endif
