/* What the columns of a table are, by their names. */
#include "inspect/records/table.h"

void columns_clear(struct columns *columns)
{
	columns->count = 0;
	columns->files = false;
}

void columns_add(struct columns *columns, const struct keys *keys, struct slice name)
{
	if (columns->count == TABLE_COLUMNS)
		return;
	columns->roles[columns->count] = (uint8_t)keys_identifier_role(keys, name);
	columns->place[columns->count] = keys_block_role(keys, name) == KEY_HOST;
	columns->open[columns->count] = keys_column_is_open(keys, name);
	columns->bare[columns->count++] = keys_hash_is_bare(name);
	columns->files |= keys_hash_is_other(keys, name);
}

void columns_finish(struct columns *columns)
{
	/* a column `hash` without any account beside it is that of a file; so is one beside what only files have */
	bool accounts = columns_have(columns, KEY_EMAIL) || columns_have(columns, KEY_USER);

	for (unsigned i = 0; i < columns->count; i++)
		if (columns->roles[i] == KEY_HASH && (!accounts || (columns->bare[i] && columns->files)))
			columns->roles[i] = KEY_NONE;
}

bool columns_have(const struct columns *columns, enum key_role role)
{
	for (unsigned i = 0; i < columns->count; i++)
		if (columns->roles[i] == role)
			return true;
	return false;
}

static bool columns_of_logins(const struct columns *columns)
{
	return columns_have(columns, KEY_EMAIL) || columns_have(columns, KEY_USER) || columns_have(columns, KEY_PASSWORD) ||
	       columns_have(columns, KEY_HASH);
}

bool columns_of_cookies(const struct columns *columns)
{
	return !columns_of_logins(columns) && columns_have(columns, KEY_COOKIE_NAME) && columns_have(columns, KEY_COOKIE_VALUE) &&
	       (columns_have(columns, KEY_COOKIE_DOMAIN) || columns_have(columns, KEY_HOST)) &&
	       (columns->count == 3 /* among more, name and value may be of anything */ || columns_have(columns, KEY_COOKIE_PATH) ||
		       columns_have(columns, KEY_COOKIE_EXPIRES) || columns_have(columns, KEY_COOKIE_SECURE) ||
		       columns_have(columns, KEY_COOKIE_HTTP_ONLY));
}

bool columns_tell(const struct columns *columns)
{
	return columns_of_logins(columns) || columns_of_cookies(columns);
}
