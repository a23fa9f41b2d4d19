#include "inspect/records/shape.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/csv.h"
#include "inspect/records/shape_state.h"
#include "shared/mem.h"

enum { HEAD_BYTES = 32 * 1024 };

struct shape *shape_new(struct scan *scan, const struct member *member, enum view view)
{
	struct shape *shape = xcalloc(1, sizeof *shape);
	const Lt__Head *head = scan_job(scan)->head;

	(void)member;
	(void)view;
	shape->keys = scan_engine(scan)->keys;
	if (head != NULL && head->n_columns > 1 && head->delimiter != NULL && head->delimiter[0] != 0) {
		for (size_t i = 0; i < head->n_columns; i++)
			columns_add(&shape->csv.columns, shape->keys, slice_of(head->columns[i]));
		columns_finish(&shape->csv.columns);
		shape->csv.delimiter = head->delimiter[0];
		shape->csv.known = columns_tell(&shape->csv.columns);
	}
	return shape;
}

void shape_free(struct shape *shape)
{
	if (shape == NULL)
		return;
	free(shape->tables);
	free(shape);
}

/* ---- words of a statement ------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '#' ||
	       (unsigned char)c >= 0x80;
}

static size_t skip_blanks(struct slice text, size_t at)
{
	while (at < text.len && is_blank(text.data[at]))
		at++;
	return at;
}

/* An identifier, quoted in any dialect's way; its text and the place behind it, 0 when none stands here. */
static size_t identifier(struct slice text, size_t at, struct slice *name)
{
	if (at >= text.len)
		return 0;
	char open = text.data[at], close = open == '[' ? ']' : open;
	size_t end = at;

	if (open == '`' || open == '"' || open == '[' || open == '\'') {
		for (end = at + 1; end < text.len && end - at < 200 && text.data[end] != close; end++)
			;
		if (end >= text.len || text.data[end] != close)
			return 0;
		*name = (struct slice){text.data + at + 1, end - at - 1};
		return end + 1;
	}
	/* nobody should write e-mail without quotes, some do */
	while (end < text.len &&
		(is_word(text.data[end]) || (text.data[end] == '-' && end > at && end + 1 < text.len && is_word(text.data[end + 1]))))
		end++;
	*name = (struct slice){text.data + at, end - at};
	return end > at ? end : 0;
}

/* [database.][schema.]table: the last part. */
static size_t table_name(struct slice text, size_t at, struct slice *name)
{
	size_t end = identifier(text, at, name);

	while (end > 0 && end < text.len && text.data[end] == '.') {
		struct slice next;
		size_t behind = identifier(text, end + 1, &next);
		if (behind == 0)
			break;
		*name = next;
		end = behind;
	}
	return end;
}

static size_t keyword(struct slice text, size_t at, const char *word)
{
	size_t len = strlen(word);

	at = skip_blanks(text, at);
	if (text.len - at < len || strncasecmp(text.data + at, word, len) != 0 || (at + len < text.len && is_word(text.data[at + len])))
		return 0;
	return at + len;
}

bool shape_users(struct slice table)
{
	static const char *const words[] = {"user", "account", "member", "customer", "login", "auth", "admin", "staff", "employee",
		"client", "cred", "passw", "people", "person", "profile", "player", "subscriber", "usr", "konto", "kunde", "clientes",
		"usuario", "utilisateur"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_find_nocase(table, words[i]) < table.len)
			return true;
	return false;
}

size_t shape_column_list(const struct keys *keys, struct slice text, size_t at, struct columns *columns)
{
	columns_clear(columns);
	if (at >= text.len || text.data[at] != '(')
		return 0;
	for (at++;;) {
		struct slice name;
		at = skip_blanks(text, at);
		size_t end = table_name(text, at, &name);
		if (end == 0)
			return 0;
		columns_add(columns, keys, name);
		at = skip_blanks(text, end);
		if (at >= text.len || (text.data[at] != ',' && text.data[at] != ')'))
			return 0;
		if (text.data[at++] == ')')
			break;
	}
	columns_finish(columns);
	return at;
}

/* ---- CREATE TABLE --------------------------------------------------------------------------------- */

static bool is_constraint(struct slice word)
{
	static const char *const words[] = {
		"primary", "key", "unique", "constraint", "index", "fulltext", "spatial", "foreign", "check", "exclude", "period", "like"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_equal_nocase(word, slice_of(words[i])))
			return true;
	return false;
}

/* Behind one column's definition: at the ',' or ')' that ends it. */
static size_t definition_end(struct slice text, size_t at)
{
	int depth = 0;

	for (; at < text.len; at++) {
		char c = text.data[at];
		if (c == '\'' || c == '"' || c == '`') {
			const char *close = memchr(text.data + at + 1, c, text.len - at - 1);
			if (close == NULL)
				return text.len;
			at = (size_t)(close - text.data);
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth-- == 0) {
			return at;
		} else if (c == ',' && depth == 0) {
			return at;
		}
	}
	return at;
}

static void fold_name(struct slice name, char folded[SHAPE_NAME_BYTES])
{
	memset(folded, 0, SHAPE_NAME_BYTES);
	for (size_t i = 0; i < name.len && i < SHAPE_NAME_BYTES - 1; i++)
		folded[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] | 0x20) : name.data[i];
}

static struct shape_table *table_slot(struct shape *shape, struct slice name, bool make)
{
	char folded[SHAPE_NAME_BYTES];

	fold_name(name, folded);
	for (size_t i = 0; i < shape->tables_count; i++)
		if (strcmp(shape->tables[i].name, folded) == 0)
			return &shape->tables[i];
	if (!make || shape->tables_count == SHAPE_TABLES)
		return NULL;
	shape->tables = xreallocarray(shape->tables, shape->tables_count + 1, sizeof *shape->tables);
	struct shape_table *table = &shape->tables[shape->tables_count++];
	memcpy(table->name, folded, sizeof folded);
	return table;
}

static void create_table(struct shape *shape, struct slice text, size_t at)
{
	struct slice name, word;
	size_t next = keyword(text, at, "if");

	if (next > 0 && (next = keyword(text, next, "not")) > 0 && (next = keyword(text, next, "exists")) > 0)
		at = next;
	at = table_name(text, skip_blanks(text, at), &name);
	if (at == 0)
		return;
	at = skip_blanks(text, at);
	if (at >= text.len || text.data[at] != '(')
		return;
	struct shape_table *table = table_slot(shape, name, true);
	if (table == NULL)
		return;
	columns_clear(&table->columns);
	while (at < text.len && text.data[at] != ')') {
		at = skip_blanks(text, at + 1);
		size_t end = identifier(text, at, &word);
		if (end == 0)
			break;
		if (word.data != text.data + at || !is_constraint(word))
			columns_add(&table->columns, shape->keys, word);
		at = definition_end(text, end);
	}
	columns_finish(&table->columns);
}

/* ---- INSERT, COPY --------------------------------------------------------------------------------- */

static void insert_into(struct shape *shape, struct slice text, size_t at, uint64_t base)
{
	static const char *const words[] = {"insert", "replace", "low_priority", "high_priority", "delayed", "ignore", "or", "replace",
		"rollback", "abort", "overwrite", "all", "into", "table", "only"};
	struct slice name;
	uint64_t head = base + at;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t next = keyword(text, at, words[i]);
		at = next > 0 ? next : at;
	}
	at = table_name(text, skip_blanks(text, at), &name);
	if (at == 0)
		return;
	shape->insert.known = true;
	shape->insert.users = shape_users(name);
	fold_name(name, shape->insert.table);
	shape->insert.head = head;
	shape->copy.known = false;
	size_t list = shape_column_list(shape->keys, text, skip_blanks(text, at), &shape->insert.columns);
	if (list > 0) {
		at = list;
	} else {
		const struct shape_table *table = table_slot(shape, name, false);
		columns_clear(&shape->insert.columns);
		if (table != NULL)
			shape->insert.columns = table->columns;
	}
	static const char *const between[] = {"overriding", "system", "user", "value", "values", "value"};
	for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
		size_t next = keyword(text, at, between[i]);
		at = next > 0 ? next : at;
	}
	shape->insert.rows = shape->insert.after = base + at;
}

static void copy_from(struct shape *shape, struct slice text, size_t at, uint64_t base)
{
	struct slice name;
	struct columns columns = {0};

	at = table_name(text, skip_blanks(text, at), &name);
	if (at == 0)
		return;
	size_t list = shape_column_list(shape->keys, text, skip_blanks(text, at), &columns);
	size_t from = keyword(text, list > 0 ? list : at, "from");
	const struct shape_table *table = table_slot(shape, name, false);
	if (from == 0 || keyword(text, from, "stdin") == 0)
		return;
	if (list == 0 && table != NULL)
		columns = table->columns;
	const char *end = memchr(text.data + from, '\n', text.len - from);
	if (end == NULL)
		return;
	shape->insert.known = false;
	struct slice options = {text.data + from, (size_t)(end - text.data) - from};
	if (slice_find_nocase(options, "csv") < options.len) {
		shape->csv.known = columns.count > 1;
		shape->csv.columns = columns;
		shape->csv.delimiter = ',';
		shape->csv.rows = base + (size_t)(end - text.data);
		return;
	}
	shape->copy.known = true;
	shape->copy.columns = columns;
	shape->copy.users = shape_users(name);
	shape->copy.checked = shape->copy.rows = base + (size_t)(end - text.data) + 1;
}

void shape_statement(struct shape *shape, const struct text *text, size_t at)
{
	size_t len = text->len - at < HEAD_BYTES ? text->len : at + HEAD_BYTES, next;
	struct slice all = {text->data, len};

	/* "bulkinsert into" is no statement; a byte order mark is no word */
	if (at > 0 && is_word(text->data[at - 1]) && text->data[at] != '\n' &&
		!(at >= 3 && memcmp(text->data + at - 3, "\xef\xbb\xbf", 3) == 0))
		return;
	if ((next = keyword(all, at, "create")) > 0 && (next = keyword(all, next, "table")) > 0)
		create_table(shape, all, next);
	else if ((next = keyword(all, at, "copy")) > 0)
		copy_from(shape, all, next, text->base);
	else if (keyword(all, at, "insert") > 0 || keyword(all, at, "replace") > 0)
		insert_into(shape, all, at, text->base);
}

/* ---- the beginning of a lane ------------------------------------------------------------------------ */

void shape_begin(struct shape *shape, const struct text *text)
{
	size_t at = 0;

	if (!text->begins || shape->csv.known)
		return;
	ruler_begin(shape, text);
	if (keyword((struct slice){text->data, text->len}, 0, "copy") > 0)
		shape_statement(shape, text, 0);
	/* a byte order mark, "sep=;", comments and blank lines may stand before the header */
	if (text->len >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	for (int i = 0; i < 8 && at < text->len; i++) {
		const char *end = memchr(text->data + at, '\n', text->len - at);
		size_t to = end != NULL ? (size_t)(end - text->data) : text->len;
		struct slice line = slice_trim((struct slice){text->data + at, to - at});
		at = to + 1;
		if (line.len == 0 || line.data[0] == '#' || slice_starts_nocase(line, "sep=") || line.len > CSV_HEADER_BYTES ||
			csv_is_border(line))
			continue;
		shape->csv.rows = text->base + at;
		shape->csv.known = shape_header(shape->keys, line, &shape->csv.delimiter, &shape->csv.columns) &&
				   !(shape->ruler.known && shape->csv.delimiter == CSV_BLANKS);
		return;
	}
}
