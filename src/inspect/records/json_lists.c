/*
 * Lists in JSON: of objects, of a message's pieces, of the rows of a table.
 */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/json_walk.h"

/* Among headers as a list of names and values, the one that names the host. */
static struct slice host_in_list(json_t *list)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		struct slice name = json_text(json_object_get(item, "name"));

		if (name.len == 0)
			name = json_text(json_object_get(item, "key"));
		if (slice_equal_nocase(name, SLICE_TEXT("host")) || slice_equal_nocase(name, SLICE_TEXT(":authority")))
			return json_text(json_object_get(item, "value"));
	}
	return SLICE_NONE;
}

/* The text of a piece of a message: a string, or {"type": "link", "text": "x"}. */
static struct slice piece_of(const json_t *item, bool *typed)
{
	struct slice text = json_text(json_object_get(item, "text"));

	if (json_is_string(item))
		return json_text(item);
	if (text.data == NULL || !json_is_string(json_object_get(item, "type")))
		return SLICE_NONE;
	*typed = true;
	return text;
}

/* Room for a text that is read by itself; NULL where there is none. */
static char *loose_room(const struct json_walk *walk, size_t len)
{
	if (walk->loose_count < LOOSE_MAX)
		return scan_arena(walk->text->scan, len);
	text_cut(walk->text, json_place(walk, SLICE_NONE), "texts in JSON");
	return NULL;
}

/* A message that a chat export took apart where links and marks stand in it: read as the text it was. */
static bool take_pieces(struct json_walk *walk, json_t *list)
{
	size_t len = 0, i;
	bool typed = false;
	json_t *item;
	char *joined;

	json_array_foreach(list, i, item)
	{
		struct slice piece = piece_of(item, &typed);

		if (piece.data == NULL)
			return false;
		len += piece.len;
	}
	if (!typed || len < LOOSE_MIN || (joined = loose_room(walk, len)) == NULL)
		return false;
	walk->loose[walk->loose_count++] = (struct slice){joined, len};
	json_array_foreach(list, i, item)
	{
		struct slice piece = piece_of(item, &typed);

		memcpy(joined, piece.data, piece.len);
		joined += piece.len;
	}
	return true;
}

static bool is_row(json_t *item, size_t cells)
{
	json_t *cell;
	size_t i;

	json_array_foreach(item, i, cell)
	{
		if (json_is_object(cell) || json_is_array(cell) || slice_find_byte(json_text(cell), '\n') < json_text(cell).len)
			return false;
	}
	return cells >= 2 && json_array_size(item) == cells;
}

/* Bytes of a row with TABs between its cells; written to out unless that is NULL. */
static size_t row_write(struct json_walk *walk, json_t *row, char *out)
{
	size_t arena = scan_arena_mark(walk->text->scan), i, len = 0;
	json_t *cell;

	json_array_foreach(row, i, cell)
	{
		struct slice value = json_scalar(walk, cell);

		if (out != NULL && value.len > 0)
			memcpy(out + len, value.data, value.len);
		len += value.len;
		if (out != NULL)
			out[len] = i + 1 < json_array_size(row) ? '\t' : '\n';
		len++;
	}
	scan_arena_release(walk->text->scan, arena);
	return len;
}

/* [["jdoe@...", "x"], ["anna@...", "y"]]: rows without a header are read as the lines of a list. */
static bool take_rows(struct json_walk *walk, json_t *list)
{
	size_t len = 0, used = 0, i, cells = json_array_size(json_array_get(list, 0));
	json_t *row;

	json_array_foreach(list, i, row)
	{
		if (!is_row(row, cells))
			return false;
		len += row_write(walk, row, NULL);
	}
	char *text = i > 0 ? loose_room(walk, len) : NULL;

	if (text == NULL)
		return false;
	json_array_foreach(list, i, row)
	{
		used += row_write(walk, row, text + used);
	}
	walk->loose[walk->loose_count++] = (struct slice){text, used};
	return true;
}

/* What the items lack of each other is not made up; only a lone item, or a list of addresses, tells of its owner. */
void json_take_list(struct json_walk *walk, json_t *list, enum key_role role, struct json_login *login, struct slice host)
{
	bool tells = json_array_size(list) == 1 || role != KEY_NONE;
	struct json_login pairs = {0};
	json_t *item;
	size_t i;

	if (host_in_list(list).len > 0)
		host = host_in_list(list);
	if (take_pieces(walk, list) || take_rows(walk, list))
		return;
	json_array_foreach(list, i, item)
	{
		struct json_login child;

		if (json_is_object(item) && (role == KEY_EMAIL || role == KEY_USER) && json_object_get(item, "address") != NULL) {
			login_read_wrapped(walk, role, item, login);
			continue;
		}
		if (json_is_object(item) && (json_take_cookie(walk, item, host, false) || login_take_named_pair(walk, item, &pairs, host)))
			continue;
		child = json_walk_value(walk, item, host, SLICE_NONE);
		if (login_is_whole(&child))
			login_emit(walk, &child, host);
		else if (tells)
			login_merge(login, &child);
	}
	login_merge(login, &pairs);
}

/* ---- tables ----------------------------------------------------------------------------------- */

/* A column's name: a string, or {"name": "email"}. */
static struct slice column_name(json_t *column)
{
	return json_is_object(column) ? json_text(json_object_get(column, "name")) : json_text(column);
}

static bool names_a_login(const struct json_walk *walk, json_t *header)
{
	unsigned roles = 0;
	json_t *column;
	size_t i;

	json_array_foreach(header, i, column)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, column_name(column));

		roles |= 1u << role;
	}
	return (roles & (1u << KEY_USER | 1u << KEY_EMAIL)) != 0 && (roles & (1u << KEY_PASSWORD | 1u << KEY_HASH)) != 0;
}

/* The list of the columns' names: beside the rows, or the first of them; NULL when there is none. */
static json_t *header_of(const struct json_walk *walk, json_t *object, json_t *rows)
{
	static const char *const names[] = {"columns", "fields", "header", "headers", "cols", "column_names", "schema"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *header = json_object_get(object, names[i]);

		if (json_is_array(header) && header != rows && names_a_login(walk, header))
			return header;
	}
	return names_a_login(walk, json_array_get(rows, 0)) ? json_array_get(rows, 0) : NULL;
}

/* {"columns": ["email", "password"], "rows": [["jdoe@...", "x"]]}; false when the list is no table of log-ins. */
bool json_take_table(struct json_walk *walk, json_t *object, json_t *rows, struct slice host)
{
	json_t *header = json_is_array(json_array_get(rows, 0)) ? header_of(walk, object, rows) : NULL, *row, *cell;
	size_t i, column;

	if (header == NULL)
		return false;
	json_array_foreach(rows, i, row)
	{
		struct json_login login = {0};

		if (row == header || json_array_size(row) != json_array_size(header))
			continue;
		json_array_foreach(row, column, cell)
		{
			struct slice name = column_name(json_array_get(header, column));

			login_member(walk, &login, keys_identifier_role(walk->engine->keys, name), cell);
		}
		login_drop_hashes(&login);
		if (login_is_whole(&login))
			login_emit(walk, &login, host);
	}
	return true;
}
