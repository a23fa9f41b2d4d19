#include "config.h"

#include <stddef.h>
#include <stdlib.h>

#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "index/query.h"
#include "shared/log.h"

static const char *const state_words[] = {"new", "acknowledged", "resolved", "false_positive", NULL}; /* by enum finding_state, from 1 */

struct triage_values {
	int state;
	const char *reason;
};
static const struct option_row triage_options[] = {
	{"state", 's', OPTION_CHOICE, offsetof(struct triage_values, state), NULL, "the finding's new state", state_words},
	{"reason", 'r', OPTION_TEXT, offsetof(struct triage_values, reason), "TEXT", "why: kept in the audit log", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage triage_usage = {
	.operands = "ID...",
	.about = "Sets the state of findings, all of them or none, and keeps who did so and why.\n"
		 "Works beside a running crawl.\n",
	.options = triage_options,
	.least = 1,
	.most = -1,
};

static enum index_result triage_all(struct index *index, const struct triage_values *values, int count, char **ids)
{
	char *who = who_asks();
	enum index_result result = index_begin(index);

	for (int i = 0; i < count && result == INDEX_OK; i++)
		result = index_triage(index, ids[i], (enum finding_state)(values->state + 1), values->reason, who, wall_ms());
	if (result != INDEX_OK)
		log_error("%s", index_why(index));
	free(who);
	return result;
}

int cmd_triage(struct command_context *context, int argc, char **argv)
{
	struct triage_values values = {.state = -1};
	struct index *index;
	enum index_result result;

	if (!command_begin(context, &triage_usage, &values, &argc, &argv))
		return context->status;
	if (values.state < 0)
		return command_misused(context, "--state is missing: new, acknowledged, resolved or false_positive");
	index = open_for_query(context->config->index_path, INDEX_WRITE);
	if (!index)
		return STATUS_ERROR;
	result = triage_all(index, &values, argc, argv);
	if (result == INDEX_OK) {
		result = index_commit(index);
		if (result != INDEX_OK)
			log_error("%s", index_why(index));
	}
	index_close(index);
	if (result != INDEX_OK) {
		log_error("nothing was changed");
		return STATUS_ERROR;
	}
	log_info("%d %s now %s", argc, argc == 1 ? "finding is" : "findings are", state_words[values.state]);
	return STATUS_DONE;
}
