#include "shared/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "limits/limits.h"
#include "shared/mem.h"

enum { DEPTH_MAX = 32, NODES_MAX = 1000000, FAULTS_MAX = 1000 };

void faults_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
{
	char text[LIMIT_LOG_LINE_BYTES / 2];
	va_list args;

	if (faults->count >= FAULTS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	faults->list = xreallocarray(faults->list, faults->count + 1, sizeof *faults->list);
	faults->list[faults->count++] = (struct fault){xstrdup(file), line, column, xstrdup(text)};
}

void faults_free(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		free(faults->list[i].file);
		free(faults->list[i].text);
	}
	free(faults->list);
	*faults = (struct faults){NULL, 0};
}

void yaml_fault(struct yaml_file *file, const struct yaml *node, const char *format, ...)
{
	char text[LIMIT_LOG_LINE_BYTES / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	faults_add(file->faults, file->name, node != NULL ? node->line : 0, node != NULL ? node->column : 0, "%s", text);
}

static void node_free(struct yaml *node)
{
	if (node == NULL)
		return;
	for (size_t i = 0; i < node->count; i++) {
		if (node->keys != NULL)
			free(node->keys[i]);
		node_free(node->items[i]);
	}
	free(node->keys);
	free(node->items);
	free(node->text);
	free(node);
}

void yaml_close(struct yaml_file *file)
{
	if (file == NULL)
		return;
	node_free(file->root);
	free(file->name);
	free(file);
}

struct reading {
	yaml_parser_t parser;
	struct yaml_file *file;
	size_t nodes;
};

static void fault_at(struct reading *reading, yaml_mark_t mark, const char *text)
{
	faults_add(reading->file->faults, reading->file->name, (unsigned)mark.line + 1, (unsigned)mark.column + 1, "%s", text);
}

static void fault_of_parser(struct reading *reading)
{
	const yaml_parser_t *parser = &reading->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "this is not YAML";
	char text[LIMIT_LOG_LINE_BYTES / 4];

	if (parser->error == YAML_SCANNER_ERROR && parser->unread > 0 && *parser->buffer.pointer == '\t')
		(void)snprintf(text, sizeof text, "a tab cannot indent: use blanks");
	else if (parser->context != NULL)
		(void)snprintf(
			text, sizeof text, "%s (%s that begins in line %zu)", problem, parser->context, parser->context_mark.line + 1);
	else
		(void)snprintf(text, sizeof text, "%s", problem);
	fault_at(reading, parser->problem_mark, text);
}

/* False after a complaint. The caller deletes the event. */
static bool next_event(struct reading *reading, yaml_event_t *event)
{
	if (yaml_parser_parse(&reading->parser, event))
		return true;
	fault_of_parser(reading);
	return false;
}

static struct yaml *node_new(enum yaml_kind kind, yaml_mark_t mark)
{
	struct yaml *node = xcalloc(1, sizeof *node);

	node->kind = kind;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	return node;
}

/* Makes room for one more item when count is a power of two. */
static void node_grow(struct yaml *node)
{
	if ((node->count & (node->count - 1)) != 0)
		return;
	size_t cap = node->count == 0 ? 1 : node->count * 2;

	node->items = xreallocarray(node->items, cap, sizeof(struct yaml *));
	if (node->kind == YAML_MAP)
		node->keys = xreallocarray(node->keys, cap, sizeof *node->keys);
}

static struct yaml *read_node(struct reading *reading, const yaml_event_t *event, unsigned depth);

static struct yaml *read_scalar(const yaml_event_t *event)
{
	struct yaml *node = node_new(YAML_TEXT, event->start_mark);

	node->text_len = event->data.scalar.length;
	node->text = xmalloc(node->text_len + 1);
	memcpy(node->text, event->data.scalar.value, node->text_len);
	node->text[node->text_len] = '\0';
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return node;
}

static bool read_items(struct reading *reading, struct yaml *node, unsigned depth)
{
	yaml_event_type_t end = node->kind == YAML_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	yaml_event_t event;

	while (next_event(reading, &event)) {
		if (event.type == end) {
			yaml_event_delete(&event);
			return true;
		}
		char *key = NULL;
		yaml_mark_t key_mark = event.start_mark;

		if (node->kind == YAML_MAP) {
			if (event.type != YAML_SCALAR_EVENT) {
				fault_at(reading, event.start_mark, "a key must be a plain word");
				yaml_event_delete(&event);
				return false;
			}
			key = xstrdup((const char *)event.data.scalar.value);
			if (yaml_get(node, key) != NULL)
				fault_at(reading, event.start_mark, "this key stands here twice: remove one");
			yaml_event_delete(&event);
			if (!next_event(reading, &event)) {
				free(key);
				return false;
			}
		}
		struct yaml *item = read_node(reading, &event, depth + 1);

		yaml_event_delete(&event);
		if (item == NULL) {
			free(key);
			return false;
		}
		node_grow(node);
		if (key != NULL) {
			node->keys[node->count] = key;
			item->key_line = (unsigned)key_mark.line + 1;
			item->key_column = (unsigned)key_mark.column + 1;
		}
		node->items[node->count++] = item;
	}
	return false;
}

static struct yaml *read_node(struct reading *reading, const yaml_event_t *event, unsigned depth)
{
	if (depth > DEPTH_MAX || ++reading->nodes > NODES_MAX) {
		fault_at(reading, event->start_mark, "nested too deep, or too many entries in one file");
		return NULL;
	}
	struct yaml *node;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(event);
	case YAML_SEQUENCE_START_EVENT:
		node = node_new(YAML_LIST, event->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
		node = node_new(YAML_MAP, event->start_mark);
		break;
	case YAML_ALIAS_EVENT:
		fault_at(reading, event->start_mark, "aliases (*name) are not read: write the value out");
		return NULL;
	default:
		fault_at(reading, event->start_mark, "a value is missing here");
		return NULL;
	}
	if (read_items(reading, node, depth))
		return node;
	node_free(node);
	return NULL;
}

/* The one document of the stream; a second one is refused. */
static struct yaml *read_document(struct reading *reading)
{
	struct yaml *root = NULL;
	yaml_event_t event;

	while (next_event(reading, &event)) {
		bool end = event.type == YAML_STREAM_END_EVENT;
		bool structure = event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT ||
				 event.type == YAML_DOCUMENT_END_EVENT;

		if (end && root == NULL)
			root = node_new(YAML_MAP, event.start_mark);
		if (!end && !structure) {
			if (root != NULL)
				fault_at(reading, event.start_mark, "a second document (---) in one file is not read");
			struct yaml *read = root == NULL ? read_node(reading, &event, 0) : NULL;

			if (read == NULL) {
				yaml_event_delete(&event);
				break;
			}
			root = read;
		}
		yaml_event_delete(&event);
		if (end)
			return root;
	}
	node_free(root);
	return NULL;
}

struct yaml_file *yaml_parse(const char *name, const char *data, size_t len, struct faults *faults)
{
	if (len > LIMIT_RULE_FILE_BYTES) {
		faults_add(faults, name, 0, 0, "larger than %d MiB", LIMIT_RULE_FILE_BYTES >> 20);
		return NULL;
	}
	struct yaml_file *file = xcalloc(1, sizeof *file);
	struct reading reading = {.file = file};

	file->name = xstrdup(name);
	file->faults = faults;
	if (!yaml_parser_initialize(&reading.parser))
		abort();
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)data, len);
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	file->root = read_document(&reading);
	yaml_parser_delete(&reading.parser);
	if (file->root != NULL)
		return file;
	yaml_close(file);
	return NULL;
}

static bool is_null(const struct yaml *node)
{
	return node->kind == YAML_TEXT && node->plain &&
	       (node->text_len == 0 || strcmp(node->text, "~") == 0 || strcasecmp(node->text, "null") == 0);
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->keys[i], key) == 0)
			return is_null(map->items[i]) ? NULL : map->items[i];
	return NULL;
}

const char *yaml_text(const struct yaml *node)
{
	return node != NULL && node->kind == YAML_TEXT && !is_null(node) ? node->text : NULL;
}

struct slice yaml_slice(const struct yaml *node)
{
	return yaml_text(node) != NULL ? (struct slice){node->text, node->text_len} : SLICE_NONE;
}

size_t yaml_count(const struct yaml *list)
{
	if (list == NULL)
		return 0;
	if (list->kind == YAML_TEXT)
		return is_null(list) ? 0 : 1;
	return list->count;
}

const struct yaml *yaml_at(const struct yaml *list, size_t i)
{
	if (i >= yaml_count(list))
		return NULL;
	return list->kind == YAML_TEXT ? list : list->items[i];
}

bool yaml_number(const struct yaml *node, double *value)
{
	const char *text = yaml_text(node);
	char *end;

	if (text == NULL || text[0] == '\0')
		return false;
	*value = strtod(text, &end);
	return *end == '\0';
}

bool yaml_bool(const struct yaml *node, bool standard)
{
	const char *text = yaml_text(node);

	if (text == NULL)
		return standard;
	if (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 || strcasecmp(text, "on") == 0)
		return true;
	if (strcasecmp(text, "false") == 0 || strcasecmp(text, "no") == 0 || strcasecmp(text, "off") == 0)
		return false;
	return standard;
}

const char *yaml_need_text(struct yaml_file *file, const struct yaml *map, const char *key)
{
	const struct yaml *node = yaml_get(map, key);
	const char *text = yaml_text(node);

	if (node == NULL)
		yaml_fault(file, map, "`%s:` is missing", key);
	else if (text == NULL)
		yaml_fault(file, node, "`%s:` must be a text", key);
	return text;
}

void yaml_check_keys(struct yaml_file *file, const struct yaml *map, const char *const *known)
{
	if (map == NULL || map->kind != YAML_MAP)
		return;
	for (size_t i = 0; i < map->count; i++) {
		const char *const *key = known;

		while (*key != NULL && strcmp(*key, map->keys[i]) != 0)
			key++;
		if (*key == NULL)
			yaml_fault(file, map->items[i], "unknown key `%s:`", map->keys[i]);
	}
}
