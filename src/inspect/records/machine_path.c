/* What the path of a member says: its class, and where the machine's folder ends. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/machine_data.h"

enum { NAMES_MAX = 64 };

/* The names of a path; the last is the file. */
struct names {
	struct slice list[NAMES_MAX];
	size_t end[NAMES_MAX]; /* behind the name and its '/' */
	size_t count;
};

static void names_split(const char *path, struct names *names)
{
	size_t at = 0, len = strlen(path);

	names->count = 0;
	while (at < len && names->count < NAMES_MAX) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t end = slash != NULL ? (size_t)(slash - path) : len;

		if (end > at) {
			names->list[names->count] = (struct slice){path + at, end - at};
			names->end[names->count++] = slash != NULL ? end + 1 : end;
		}
		at = end + 1;
	}
}

static char folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/*
 * glob(7) as far as machines.yml has it: * and ?, ASCII case folded. fnmatch(3) goes through wide characters in a
 * UTF-8 locale, and every member of an archive is asked some hundred times.
 */
static bool glob_matches(const char *glob, struct slice name)
{
	const char *star = NULL;
	size_t at = 0, retry = 0;

	while (at < name.len) {
		if (*glob == '*') {
			star = ++glob;
			retry = at;
		} else if (*glob == '?' || (*glob != '\0' && folded(*glob) == folded(name.data[at]))) {
			glob++;
			at++;
		} else if (star != NULL) {
			glob = star;
			at = ++retry;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

struct slice machine_last_name(const char *path, size_t len)
{
	size_t from;

	while (len > 0 && (path[len - 1] == '/' || path[len - 1] == '!'))
		len--;
	for (from = len; from > 0 && path[from - 1] != '/'; from--)
		;
	return (struct slice){path + from, len - from};
}

static bool matches(const struct texts *globs, struct slice name)
{
	for (size_t i = 0; i < globs->count; i++)
		if (glob_matches(globs->list[i], name))
			return true;
	return false;
}

/* A container's name without "!" and its extension: "PC-7.zip!" is "PC-7". */
static struct slice bare_name(struct slice name)
{
	static const char *const extensions[] = {".zip", ".rar", ".7z", ".tar.gz", ".tgz", ".tar", ".gz", ".txz", ".xz"};

	if (name.len == 0 || name.data[name.len - 1] != '!')
		return name;
	name.len--;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (slice_ends_nocase(name, extensions[i]))
			return slice_until(name, name.len - strlen(extensions[i]));
	return name;
}

/* folder: something stands around the first name. */
static const struct class_row *class_of(const struct machines *machines, const struct names *names, bool folder, bool *by_folder)
{
	for (size_t row = 0; row < machines->classes_count; row++) {
		const struct class_row *class = &machines->classes[row];

		*by_folder = true;
		for (size_t i = 0; i + 1 < names->count; i++)
			if (matches(&class->folders, bare_name(names->list[i])))
				return class;
		*by_folder = false;
		if (names->count > 0 && names->count + folder > (class->class == MEMBER_TRAP ? 1 : 0) &&
			matches(&class->files, names->list[names->count - 1]))
			return class;
	}
	return NULL;
}

static const struct class_row *class_of_place(const struct machines *machines, const struct machine_place *place, bool *by_folder)
{
	struct names names;

	names_split(place->path + place->outer, &names);
	return class_of(machines, &names, place->outer > 0 && !place->named, by_folder);
}

enum member_class machines_path_class(const struct machines *machines, const struct machine_place *place)
{
	bool by_folder;
	const struct class_row *class = class_of_place(machines, place, &by_folder);

	return class != NULL ? class->class : MEMBER_PLAIN;
}

/* "Cookies!", "Login Data!": a file of a machine that is a database. An archive's folder may be the machine's. */
static bool is_member_database(const struct machines *machines, struct slice name)
{
	struct slice bare = bare_name(name);

	for (size_t row = 0; bare.len + 1 == name.len && row < machines->classes_count; row++)
		if (machines->classes[row].machine && matches(&machines->classes[row].files, bare))
			return true;
	return false;
}

static bool is_inner(const struct machines *machines, struct slice name, bool weak)
{
	if (name.len > 0 && name.data[name.len - 1] == '!')
		return is_member_database(machines, name);
	if (matches(&machines->inner, name) || (weak && matches(&machines->inner_weak, name)))
		return true;
	for (size_t row = 0; row < machines->classes_count; row++)
		if (machines->classes[row].machine && matches(&machines->classes[row].folders, name))
			return true;
	return false;
}

/* The first folder that stands inside a machine's, from the left; count when there is none. */
static size_t first_inner(const struct machines *machines, const struct names *names, size_t first)
{
	for (size_t i = first; i + 1 < names->count; i++)
		if (is_inner(machines, names->list[i], false))
			return i;
	return names->count;
}

/* The folder that was asked for, as a machine's: not where it is part of a URL, or there is none. */
static size_t outer_dir(const struct machine_place *place)
{
	return slice_find_nocase((struct slice){place->path, place->outer}, "://") == place->outer ? place->outer : 0;
}

static bool is_machine_folder(const struct machines *machines, struct slice name)
{
	struct slice groups[EXPRESSION_GROUPS];

	return name.len > 0 && machine_folder_match(machines, bare_name(name), groups) != NULL;
}

size_t machines_dir_of(const struct machines *machines, const struct machine_place *place)
{
	const struct class_row *class;
	struct names names;
	size_t inner;
	bool by_folder;

	if (outer_dir(place) > 0 && is_machine_folder(machines, machine_last_name(place->path, place->outer)))
		return place->outer;
	names_split(place->path + place->outer, &names);
	for (size_t i = 0; i + 1 < names.count; i++)
		if (is_machine_folder(machines, names.list[i]))
			return place->outer + names.end[i];
	inner = first_inner(machines, &names, place->outer > 0 ? 0 : 1);
	if (inner == names.count) {
		class = class_of(machines, &names, place->outer > 0, &by_folder);
		if (class == NULL || !class->machine)
			return 0;
		inner = names.count - 1;
	}
	while (inner > 0 && is_inner(machines, names.list[inner - 1], true))
		inner--;
	return inner > 0 ? place->outer + names.end[inner - 1] : outer_dir(place);
}

bool machines_path_evident(const struct machines *machines, const struct machine_place *place)
{
	bool by_folder;
	const struct class_row *class = class_of_place(machines, place, &by_folder);
	size_t dir = machines_dir_of(machines, place);

	if (dir > 0 && is_machine_folder(machines, machine_last_name(place->path, dir)))
		return true;
	/* A list may be called Passwords.txt, lie in a folder VPN, and beside another called cookies.txt. */
	if (class == NULL || !class->machine)
		return false;
	return class->class == MEMBER_COOKIES ? by_folder : class->class != MEMBER_PASSWORDS;
}

enum member_class machine_path_class(const struct engine *engine, const struct machine_place *place)
{
	return machines_path_class(engine->machines, place);
}

bool machine_is_folder(const struct engine *engine, const char *dir)
{
	return is_machine_folder(engine->machines, machine_last_name(dir, strlen(dir)));
}

bool machine_path_evident(const struct engine *engine, const struct machine_place *place)
{
	return machines_path_evident(engine->machines, place);
}

size_t machine_dir_of(const struct engine *engine, const struct machine_place *place)
{
	return machines_dir_of(engine->machines, place);
}
