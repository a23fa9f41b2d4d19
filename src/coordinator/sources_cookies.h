/* `sources cookies`: the jar of an operator's log-in. */
#ifndef LEAKTRAWL_SOURCES_COOKIES_H
#define LEAKTRAWL_SOURCES_COOKIES_H

#include "coordinator/command.h"

int sources_cookies(struct command_context *context, int argc, char **argv);

#endif
