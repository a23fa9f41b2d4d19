/* `sources check`: are the descriptions sound, and what does one make of a saved page? */
#ifndef LEAKTRAWL_SOURCES_CHECK_H
#define LEAKTRAWL_SOURCES_CHECK_H

#include "coordinator/command.h"

int sources_check(struct command_context *context, int argc, char **argv);

#endif
