/* Shell commands that carry log-ins: what a command line is, and its words. */
#ifndef LEAKTRAWL_COMMAND_H
#define LEAKTRAWL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"
#include "shared/yaml.h"

enum argument_role {
	ARGUMENT_NONE,
	ARGUMENT_LOGIN,
	ARGUMENT_USER,
	ARGUMENT_PASSWORD,
	ARGUMENT_HOST,
	ARGUMENT_DOMAIN,   /* of the user's log-on name */
	ARGUMENT_SETTINGS, /* user=x,password=y */
	ARGUMENT_COOKIE,
	ARGUMENT_HEADER,
	ARGUMENT_FORM,
	ARGUMENT_OTHER /* what it carries is none of these: a referer, a file */
};

struct commands; /* the section `commands` of data/keys.yml */

struct command; /* one program of it */

struct commands *commands_new(void);
void commands_load(struct commands *commands, struct yaml_file *file, const struct yaml *list);
void commands_free(struct commands *commands);

/* The program a word names (path and case do not matter), NULL when none. */
const struct command *commands_find(const struct commands *commands, struct slice word);

/*
 * What an option is for. attached gets the part of the word that is its value already ("--user=x", "-psecret"), empty where
 * the next word is.
 */
enum argument_role command_option(const struct command *command, struct slice word, struct slice *attached);
char command_divider(const struct command *command);

#endif
