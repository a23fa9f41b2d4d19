#include <stdio.h>

#include "coordinator/commands.h"

int cmd_sources(struct command_context *context, int argc, char **argv)
{
	static const struct command_usage usage = {
		.about = "Lists the sources of the configuration.\n",
	};

	if (!command_begin(context, &usage, NULL, &argc, &argv))
		return context->status;
	for (size_t i = 0; i < context->config->sources_count; i++)
		puts(context->config->sources[i].name);
	return STATUS_DONE;
}
