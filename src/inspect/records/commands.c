#include "inspect/records/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/mem.h"

struct option {
	char *text;
	enum argument_role role;
	bool glued;
};

struct command {
	struct option *options;
	size_t options_count;
	char divider;
};

enum { PROGRAM_MAX = 40 };

struct program {
	char *name;
	size_t command; /* index */
};

struct commands {
	struct program *programs; /* by name */
	size_t programs_count;
	struct command *list;
	size_t count;
};

static int program_order(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

static const struct command *find_program(const struct commands *commands, struct slice word)
{
	char name[PROGRAM_MAX + 1];
	struct program wanted = {name, 0};
	const struct program *found;

	memcpy(name, word.data, word.len);
	name[word.len] = 0;
	found = commands->programs_count > 0 ? bsearch(&wanted, commands->programs, commands->programs_count, sizeof(wanted), program_order)
					     : NULL;
	return found != NULL ? &commands->list[found->command] : NULL;
}

const struct command *commands_find(const struct commands *commands, struct slice word)
{
	size_t from = word.len;

	while (from > 0 && word.data[from - 1] != '/' && word.data[from - 1] != '\\')
		from--;
	word = slice_from(word, from);
	return word.len > 0 && word.len <= PROGRAM_MAX ? find_program(commands, word) : NULL;
}

enum argument_role command_option(const struct command *command, struct slice word, struct slice *attached)
{
	*attached = SLICE_NONE;
	for (size_t i = 0; i < command->options_count; i++) {
		struct slice option = slice_of(command->options[i].text);

		if (!command->options[i].glued && slice_equal(word, option))
			return command->options[i].role;
		if (word.len > option.len + 1 && option.len > 2 && slice_equal(slice_until(word, option.len), option) &&
			word.data[option.len] == '=') {
			*attached = slice_from(word, option.len + 1);
			return command->options[i].role;
		}
	}
	for (size_t i = 0; i < command->options_count; i++) {
		struct slice option = slice_of(command->options[i].text);

		if (command->options[i].glued && word.len > option.len && slice_equal(slice_until(word, option.len), option)) {
			*attached = slice_from(word, option.len);
			return command->options[i].role;
		}
	}
	return ARGUMENT_NONE;
}

char command_divider(const struct command *command)
{
	return command->divider;
}

/* ---- loading ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum argument_role role;
} roles[] = {{"login", ARGUMENT_LOGIN}, {"user", ARGUMENT_USER}, {"password", ARGUMENT_PASSWORD}, {"host", ARGUMENT_HOST},
	{"domain", ARGUMENT_DOMAIN}, {"settings", ARGUMENT_SETTINGS}, {"cookie", ARGUMENT_COOKIE}, {"header", ARGUMENT_HEADER},
	{"form", ARGUMENT_FORM}, {"other", ARGUMENT_OTHER}};

enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

struct commands *commands_new(void)
{
	return xcalloc(1, sizeof(struct commands));
}

void commands_free(struct commands *commands)
{
	if (commands == NULL)
		return;
	for (size_t i = 0; i < commands->count; i++) {
		struct command *command = &commands->list[i];

		for (size_t o = 0; o < command->options_count; o++)
			free(command->options[o].text);
		free(command->options);
	}
	for (size_t i = 0; i < commands->programs_count; i++)
		free(commands->programs[i].name);
	free(commands->programs);
	free(commands->list);
	free(commands);
}

static void add_option(struct command *command, struct slice text, enum argument_role role, bool glued)
{
	if (text.len == 0)
		return;
	command->options = xreallocarray(command->options, command->options_count + 1, sizeof(*command->options));
	command->options[command->options_count++] = (struct option){xstrndup(text.data, text.len), role, glued};
}

static void load_glued(struct command *command, struct yaml_file *file, const struct yaml *map)
{
	for (size_t i = 0; map != NULL && i < map->count; i++) {
		const char *name = yaml_text(map->items[i]);
		enum argument_role role = ARGUMENT_NONE;

		for (size_t r = 0; r < ROLES && name != NULL; r++)
			if (strcmp(roles[r].name, name) == 0)
				role = roles[r].role;
		if (role == ARGUMENT_NONE)
			yaml_fault(file, map->items[i], "glued: user, password, host, domain or login is wanted");
		else
			add_option(command, slice_of(map->keys[i]), role, true);
	}
}

static void load_command(struct commands *commands, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"programs", "login", "user", "password", "host", "domain", "settings", "cookie", "header",
		"other", "form", "glued", "divider", NULL};
	const struct yaml *programs = yaml_get(node, "programs");
	const char *divider = yaml_text(yaml_get(node, "divider"));
	struct command command = {.divider = divider != NULL ? divider[0] : ':'};

	if (yaml_count(programs) == 0) {
		yaml_fault(file, node, "programs is missing");
		return;
	}
	yaml_check_keys(file, node, known);
	for (size_t i = 0; i < yaml_count(programs); i++) {
		const char *name = yaml_text(yaml_at(programs, i));

		commands->programs = xreallocarray(commands->programs, commands->programs_count + 1, sizeof(*commands->programs));
		commands->programs[commands->programs_count++] = (struct program){xstrdup(name != NULL ? name : ""), commands->count};
	}
	for (size_t r = 0; r < ROLES; r++) {
		const struct yaml *list = yaml_get(node, roles[r].name);

		for (size_t i = 0; i < yaml_count(list); i++)
			add_option(&command, yaml_slice(yaml_at(list, i)), roles[r].role, false);
	}
	load_glued(&command, file, yaml_get(node, "glued"));
	commands->list = xreallocarray(commands->list, commands->count + 1, sizeof(*commands->list));
	commands->list[commands->count++] = command;
}

void commands_load(struct commands *commands, struct yaml_file *file, const struct yaml *list)
{
	for (size_t i = 0; i < yaml_count(list); i++)
		load_command(commands, file, yaml_at(list, i));
	if (commands->programs_count > 0)
		qsort(commands->programs, commands->programs_count, sizeof(*commands->programs), program_order);
}
