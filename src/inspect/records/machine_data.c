#include "inspect/records/machine_data.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/keys.h"
#include "shared/mem.h"

/* A Cyrillic letter amid ASCII ones is a look-alike: what it looks like, 0 for any other. */
static char look_alike(struct slice text, size_t at)
{
	static const struct {
		const char *bytes;
		char letter;
	} table[] = {{"\u0410", 'a'}, {"\u0430", 'a'}, {"\u0412", 'b'}, {"\u0415", 'e'}, {"\u0435", 'e'}, {"\u041a", 'k'}, {"\u041c", 'm'},
		{"\u041d", 'h'}, {"\u041e", 'o'}, {"\u043e", 'o'}, {"\u0420", 'p'}, {"\u0440", 'p'}, {"\u0421", 'c'}, {"\u0441", 'c'},
		{"\u0422", 't'}, {"\u0443", 'y'}, {"\u0425", 'x'}, {"\u0445", 'x'}, {"\u0456", 'i'}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && (text.data[at] & 0x80) != 0; i++)
		if (slice_starts_nocase(slice_from(text, at), table[i].bytes))
			return table[i].letter;
	return 0;
}

/* Whether other letters only pretend to be ASCII ones: a Russian word beside "IP" does not. */
static bool is_disguised(struct slice text)
{
	bool ascii = false;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		ascii = ascii || isalpha(c);
		if ((c == 0xd0 || c == 0xd1) && look_alike(text, i) == 0)
			return false;
	}
	return ascii;
}

/* Blanks and marks of several bytes, most of which nobody sees. */
static bool is_blank(struct slice text)
{
	return slice_starts_nocase(text, "\xc2\xa0") || slice_starts_nocase(text, "\xe2\x80") || slice_starts_nocase(text, "\xef\xbb\xbf");
}

size_t machine_fold(struct slice text, char *out, size_t cap)
{
	bool mixed = is_disguised(text);
	size_t used = 0, len;

	for (size_t at = 0; at < text.len; at += len) {
		char letter = mixed ? look_alike(text, at) : 0, lower[4];
		size_t width = keys_lower_character(slice_from(text, at), lower, &len);

		if (letter != 0) {
			lower[0] = letter;
			width = 1;
		}
		if (((lower[0] & 0x80) == 0 && !isalnum((unsigned char)lower[0])) || is_blank(slice_from(text, at)))
			continue;
		if (used + width > cap)
			break;
		memcpy(out + used, lower, width);
		used += width;
	}
	return used;
}

const struct expression *machine_folder_match(const struct machines *machines, struct slice name, struct slice groups[EXPRESSION_GROUPS])
{
	for (size_t i = 0; i < machines->folders_count; i++)
		if (expression_match(machines->folders[i], name, 0, groups) == EXPRESSION_YES)
			return machines->folders[i];
	return NULL;
}

/* ---- loading ---------------------------------------------------------------------------------- */

struct machines *machines_new(void)
{
	return xcalloc(1, sizeof(struct machines));
}

static void texts_free(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->list[i]);
	free(texts->list);
}

void machines_free(struct machines *machines)
{
	if (machines == NULL)
		return;
	for (size_t i = 0; i < machines->classes_count; i++) {
		texts_free(&machines->classes[i].files);
		texts_free(&machines->classes[i].folders);
	}
	for (size_t i = 0; i < machines->folders_count; i++)
		expression_free(machines->folders[i]);
	for (size_t i = 0; i < FIELDS; i++)
		texts_free(&machines->fields[i]);
	for (size_t i = 0; i < machines->families_count; i++) {
		free(machines->families[i].name);
		free(machines->families[i].date);
		texts_free(&machines->families[i].all);
	}
	texts_free(&machines->inner);
	texts_free(&machines->inner_weak);
	texts_free(&machines->unknown);
	texts_free(&machines->weak);
	free(machines->classes);
	free(machines->folders);
	free(machines->families);
	free(machines);
}

static void texts_add(struct texts *texts, struct slice text)
{
	texts->list = xreallocarray(texts->list, texts->count + 1, sizeof(*texts->list));
	texts->list[texts->count++] = xstrndup(text.data != NULL ? text.data : "", text.len);
}

static void load_texts(struct texts *texts, const struct yaml *list)
{
	for (size_t i = 0; i < yaml_count(list); i++)
		texts_add(texts, yaml_slice(yaml_at(list, i)));
}

enum member_class machine_class_named(const char *name)
{
	static const struct {
		const char *name;
		enum member_class class;
	} names[] = {{"trap", MEMBER_TRAP}, {"grabbed", MEMBER_GRABBED}, {"cards", MEMBER_CARDS}, {"cookies", MEMBER_COOKIES},
		{"autofill", MEMBER_AUTOFILL}, {"passwords", MEMBER_PASSWORDS}, {"system", MEMBER_SYSTEM}, {"context", MEMBER_CONTEXT}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].class;
	return MEMBER_PLAIN;
}

static void load_class(struct machines *machines, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"class", "machine", "files", "folders", "examples", "near_misses", NULL};
	const char *name = yaml_need_text(file, node, "class");
	struct class_row row = {.class = MEMBER_PLAIN, .machine = yaml_bool(yaml_get(node, "machine"), false)};

	if (name == NULL)
		return;
	row.class = machine_class_named(name);
	if (row.class == MEMBER_PLAIN) {
		yaml_fault(file, node, "no such class of files: %s", name);
		return;
	}
	yaml_check_keys(file, node, known);
	load_texts(&row.files, yaml_get(node, "files"));
	load_texts(&row.folders, yaml_get(node, "folders"));
	machines->classes = xreallocarray(machines->classes, machines->classes_count + 1, sizeof(*machines->classes));
	machines->classes[machines->classes_count++] = row;
}

static void load_folder(struct machines *machines, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"pattern", "examples", "near_misses", NULL};
	char error[EXPRESSION_ERROR_BYTES];
	struct expression *expression;

	if (yaml_need_text(file, node, "pattern") == NULL)
		return;
	yaml_check_keys(file, node, known);
	expression = expression_new(yaml_slice(yaml_get(node, "pattern")), EXPRESSION_WHOLE, error);
	if (expression == NULL) {
		yaml_fault(file, yaml_get(node, "pattern"), "%s", error);
		return;
	}
	machines->folders = xreallocarray(machines->folders, machines->folders_count + 1, sizeof(struct expression *));
	machines->folders[machines->folders_count++] = expression;
}

static void load_fields(struct machines *machines, struct yaml_file *file, const struct yaml *map)
{
	static const char *const names[FIELDS] = {[FIELD_NONE] = "",
		[FIELD_HWID] = "hwid",
		[FIELD_NAME] = "name",
		[FIELD_USER] = "user",
		[FIELD_USER_AND_NAME] = "user_and_name",
		[FIELD_NAME_AND_USER] = "name_and_user",
		[FIELD_DOMAIN] = "domain",
		[FIELD_IP] = "ip",
		[FIELD_COUNTRY] = "country",
		[FIELD_DATE] = "date",
		[FIELD_BUILD] = "build"};
	static const char *const known[] = {
		"hwid", "name", "user", "user_and_name", "name_and_user", "domain", "ip", "country", "date", "build", NULL};

	if (map == NULL)
		return;
	yaml_check_keys(file, map, known);
	for (size_t field = 1; field < FIELDS; field++)
		load_texts(&machines->fields[field], yaml_get(map, names[field]));
}

static void load_family(struct machines *machines, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"name", "all", "order", "date", NULL};
	const char *name = yaml_need_text(file, node, "name"), *order = yaml_need_text(file, node, "order"),
		   *date = yaml_text(yaml_get(node, "date"));
	struct family family;

	if (name == NULL || order == NULL)
		return;
	yaml_check_keys(file, node, known);
	if (strcmp(order, "day") != 0 && strcmp(order, "month") != 0)
		yaml_fault(file, yaml_get(node, "order"), "order is day or month: which number comes first");
	family = (struct family){.name = xstrdup(name),
		.order = strcmp(order, "day") == 0 ? DAY_FIRST : MONTH_FIRST,
		.date = date != NULL ? xstrdup(date) : NULL};
	load_texts(&family.all, yaml_get(node, "all"));
	machines->families = xreallocarray(machines->families, machines->families_count + 1, sizeof(*machines->families));
	machines->families[machines->families_count++] = family;
}

void machines_load(struct machines *machines, struct yaml_file *file)
{
	static const char *const known[] = {"classes", "inner", "inner_weak", "folders", "fields", "weak", "unknown", "families", NULL};
	const struct yaml *list = yaml_get(file->root, "classes");

	yaml_check_keys(file, file->root, known);
	for (size_t i = 0; i < yaml_count(list); i++)
		load_class(machines, file, yaml_at(list, i));
	list = yaml_get(file->root, "folders");
	for (size_t i = 0; i < yaml_count(list); i++)
		load_folder(machines, file, yaml_at(list, i));
	list = yaml_get(file->root, "families");
	for (size_t i = 0; i < yaml_count(list); i++)
		load_family(machines, file, yaml_at(list, i));
	load_texts(&machines->inner, yaml_get(file->root, "inner"));
	load_texts(&machines->inner_weak, yaml_get(file->root, "inner_weak"));
	load_texts(&machines->weak, yaml_get(file->root, "weak"));
	load_texts(&machines->unknown, yaml_get(file->root, "unknown"));
	load_fields(machines, file, yaml_get(file->root, "fields"));
}
