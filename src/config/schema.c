#include "config/schema.h"

#include <stdlib.h>
#include <string.h>

#include "config/doubles.h"
#include "config/units.h"
#include "shared/buf.h"
#include "shared/mem.h"
#include "shared/nearest.h"

enum { LARGEST_UNSIGNED = 1000, LONGEST_LIST = 1000000 };

static void *field_of(void *object, size_t offset)
{
	return (char *)object + offset;
}

static void wrong_type(struct reader *reader, const struct yaml *value, const struct schema_key *key, const char *type)
{
	yaml_fault(reader->file, value, "%s must be %s: %s", key->name, type, key->help);
}

char *reader_path(const struct reader *reader, const char *text)
{
	return text[0] == '/' ? xstrdup(text) : xasprintf("%s/%s", reader->config->folder, text);
}

/* ---- single values ----------------------------------------------------------------------------- */

/* A text that is one line and not empty, or NULL after a complaint. */
static const char *read_text(struct reader *reader, const struct yaml *value, const struct schema_key *key)
{
	const char *text = yaml_text(value);

	if (text == NULL || text[0] == '\0') {
		wrong_type(reader, value, key, "a text");
		return NULL;
	}
	for (size_t i = 0; i < value->text_len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			yaml_fault(reader->file, value, "%s holds a control character or a line break", key->name);
			return NULL;
		}
	}
	return text;
}

static void read_single(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	const char *text = read_text(reader, value, key);

	if (text != NULL)
		*(char **)field_of(object, key->offset) = key->kind == VALUE_PATH ? reader_path(reader, text) : xstrdup(text);
}

static void read_bool(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);

	if (text != NULL && value->plain && strcmp(text, "true") == 0)
		*(bool *)field_of(object, key->offset) = true;
	else if (text != NULL && value->plain && strcmp(text, "false") == 0)
		*(bool *)field_of(object, key->offset) = false;
	else
		wrong_type(reader, value, key, "true or false");
}

static void read_duration(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);

	if (text == NULL || !units_duration(text, field_of(object, key->offset)))
		wrong_type(reader, value, key, "a duration such as 90s, 30m, 12h or 1d");
}

static void read_number(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);
	uint64_t number;

	if (text == NULL || !units_number(text, &number)) {
		wrong_type(reader, value, key, "a whole number");
	} else if (key->kind == VALUE_NUMBER) {
		*(uint64_t *)field_of(object, key->offset) = number;
	} else if (number > LARGEST_UNSIGNED) {
		yaml_fault(reader->file, value, "%s is at most %d", key->name, LARGEST_UNSIGNED);
	} else {
		*(unsigned *)field_of(object, key->offset) = (unsigned)number;
	}
}

static void read_choice(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);

	for (int i = 0; text != NULL && key->choices[i] != NULL; i++) {
		if (strcmp(text, key->choices[i]) == 0) {
			memcpy(field_of(object, key->offset), &i, sizeof i);
			return;
		}
	}
	yaml_fault(reader->file, value, "%s must be %s", key->name, key->help);
}

/* ---- lists ------------------------------------------------------------------------------------- */

static bool is_list(struct reader *reader, const struct schema_key *key, const struct yaml *value)
{
	if (value->kind == YAML_LIST && value->count <= LONGEST_LIST)
		return true;
	wrong_type(reader, value, key, "a list");
	return false;
}

static void read_texts(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	char **texts;

	if (!is_list(reader, key, value))
		return;
	texts = xcalloc(value->count, sizeof *texts);
	for (size_t i = 0; i < value->count; i++) {
		const char *text = read_text(reader, value->items[i], key);

		if (text == NULL)
			texts[i] = xstrdup("");
		else
			texts[i] = key->kind == VALUE_PATHS ? reader_path(reader, text) : xstrdup(text);
	}
	*(char ***)field_of(object, key->offset) = texts;
	*(size_t *)field_of(object, key->count_offset) = value->count;
}

void reader_check_doubles(struct reader *reader, const struct yaml *list, char *const *texts, size_t count)
{
	struct doubles *doubles = doubles_new(count);

	for (size_t i = 0; i < count; i++) {
		const struct yaml *item = list->items[i];
		unsigned first = texts[i][0] != '\0' ? doubles_add(doubles, texts[i], item->line) : 0;

		if (first > 0)
			yaml_fault(reader->file, item, "\"%s\" stands here twice (first in line %u): remove one", texts[i], first);
	}
	doubles_free(doubles);
}

static void read_list(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	char *elements;

	if (!is_list(reader, key, value))
		return;
	elements = xcalloc(value->count, key->schema->size);
	*(void **)field_of(object, key->offset) = elements;
	*(size_t *)field_of(object, key->count_offset) = value->count;
	for (size_t i = 0; i < value->count; i++)
		schema_read(reader, key->schema, value->items[i], elements + i * key->schema->size);
}

/* How many elements stand under one name: one, or those of its list. */
static size_t named_count(const struct yaml *value)
{
	return value->kind == YAML_LIST ? value->count : 1;
}

static void read_named(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	size_t count = 0;
	char *element;

	if (value->kind != YAML_MAP) {
		wrong_type(reader, value, key, "a mapping of names");
		return;
	}
	for (size_t i = 0; i < value->count; i++)
		count += named_count(value->items[i]);
	element = xcalloc(count, key->schema->size);
	*(void **)field_of(object, key->offset) = element;
	*(size_t *)field_of(object, key->count_offset) = count;
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml *under = value->items[i];

		if (named_count(under) == 0)
			yaml_fault(reader->file, under, "\"%s\" is an empty list: give %s", value->keys[i], key->schema->what);
		for (size_t j = 0; j < named_count(under); j++) {
			*(char **)(void *)element = xstrdup(value->keys[i]);
			schema_read(reader, key->schema, under->kind == YAML_LIST ? under->items[j] : under, element);
			element += key->schema->size;
		}
	}
}

/* ---- mappings ---------------------------------------------------------------------------------- */

static void read_value(struct reader *reader, const struct schema_key *key, const struct yaml *value, void *object)
{
	switch (key->kind) {
	case VALUE_TEXT:
	case VALUE_PATH:
		read_single(reader, key, value, object);
		break;
	case VALUE_TEXTS:
	case VALUE_PATHS:
		read_texts(reader, key, value, object);
		break;
	case VALUE_BOOL:
		read_bool(reader, key, value, object);
		break;
	case VALUE_DURATION:
		read_duration(reader, key, value, object);
		break;
	case VALUE_NUMBER:
	case VALUE_UNSIGNED:
		read_number(reader, key, value, object);
		break;
	case VALUE_CHOICE:
		read_choice(reader, key, value, object);
		break;
	case VALUE_SECTION:
		schema_read(reader, key->schema, value, field_of(object, key->offset));
		break;
	case VALUE_LIST:
		read_list(reader, key, value, object);
		break;
	case VALUE_NAMED:
		read_named(reader, key, value, object);
		break;
	case VALUE_CUSTOM:
		key->read(reader, value, object);
		break;
	case VALUE_RESERVED:
		yaml_fault(reader->file, value, "%s is reserved for a later version: remove it", key->name);
		break;
	}
}

static const struct schema_key *find_key(const struct schema *schema, const char *name)
{
	for (const struct schema_key *key = schema->keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

static void say_unknown(struct reader *reader, const struct schema *schema, const struct yaml *place, const char *name)
{
	struct nearest nearest;
	struct buf names;

	buf_init(&names, LIMIT_LOG_LINE_BYTES);
	nearest_start(&nearest, name);
	for (const struct schema_key *key = schema->keys; key->name != NULL; key++) {
		nearest_offer(&nearest, key->name);
		if (key->kind != VALUE_RESERVED)
			(void)!buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", key->name);
	}
	if (nearest.best != NULL)
		yaml_fault(reader->file, place, "%s has no key \"%s\"; did you mean \"%s\"?", schema->what, name, nearest.best);
	else
		yaml_fault(reader->file, place, "%s has no key \"%s\"; it has %s", schema->what, name, buf_text(&names));
	buf_free(&names);
}

static void check_known(struct reader *reader, const struct schema *schema, const struct yaml *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml place = {.line = map->items[i]->key_line, .column = map->items[i]->key_column};

		if (find_key(schema, map->keys[i]) == NULL)
			say_unknown(reader, schema, &place, map->keys[i]);
	}
}

void schema_read(struct reader *reader, const struct schema *schema, const struct yaml *map, void *object)
{
	if (schema->start != NULL)
		schema->start(object);
	if (map->kind != YAML_MAP) {
		yaml_fault(reader->file, map, "%s must be a mapping of keys and values", schema->what);
		return;
	}
	check_known(reader, schema, map);
	for (const struct schema_key *key = schema->keys; key->name != NULL; key++) {
		const struct yaml *value = yaml_get(map, key->name);

		if (value != NULL)
			read_value(reader, key, value, object);
		else if (key->required)
			yaml_fault(reader->file, map, "%s needs %s: %s", schema->what, key->name, key->help);
	}
	if (schema->check != NULL)
		schema->check(reader, map, object);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

static void free_elements(const struct schema_key *key, void *object)
{
	char *elements = *(void **)field_of(object, key->offset);
	size_t count = *(size_t *)field_of(object, key->count_offset);

	for (size_t i = 0; i < count; i++) {
		if (key->kind == VALUE_NAMED)
			free(*(char **)(void *)(elements + i * key->schema->size));
		schema_free(key->schema, elements + i * key->schema->size);
	}
	free(elements);
}

void schema_free(const struct schema *schema, void *object)
{
	for (const struct schema_key *key = schema->keys; key->name != NULL; key++) {
		if (key->kind == VALUE_TEXT || key->kind == VALUE_PATH)
			free(*(char **)field_of(object, key->offset));
		else if (key->kind == VALUE_TEXTS || key->kind == VALUE_PATHS)
			free_texts(*(char ***)field_of(object, key->offset), *(size_t *)field_of(object, key->count_offset));
		else if (key->kind == VALUE_SECTION)
			schema_free(key->schema, field_of(object, key->offset));
		else if (key->kind == VALUE_LIST || key->kind == VALUE_NAMED)
			free_elements(key, object);
	}
	if (schema->release != NULL)
		schema->release(object);
}
