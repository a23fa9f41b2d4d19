#include "inspect/records/layouts.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

struct layout {
	char *table;
	struct columns columns;
};

struct layouts {
	struct layout *list;
	size_t count;
};

struct layouts *layouts_new(void)
{
	return xcalloc(1, sizeof(struct layouts));
}

void layouts_free(struct layouts *layouts)
{
	for (size_t i = 0; i < layouts->count; i++)
		free(layouts->list[i].table);
	free(layouts->list);
	free(layouts);
}

static void load_layout(
	struct layouts *layouts, const struct keys *keys, struct yaml_file *file, const char *table, const struct yaml *names)
{
	struct columns columns = {0};

	for (size_t i = 0; i < yaml_count(names); i++)
		columns_add(&columns, keys, yaml_slice(yaml_at(names, i)));
	columns_finish(&columns);
	if (!columns_tell(&columns)) {
		yaml_fault(file, names, "tables: no column of %s names a log-in or a cookie", table);
		return;
	}
	layouts->list = xreallocarray(layouts->list, layouts->count + 1, sizeof(*layouts->list));
	layouts->list[layouts->count++] = (struct layout){xstrdup(table), columns};
}

void layouts_load(struct layouts *layouts, const struct keys *keys, struct yaml_file *file, const struct yaml *list)
{
	static const char *const known[] = {"table", "layouts", NULL};

	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml *node = yaml_at(list, i), *variants = yaml_get(node, "layouts");
		const char *table = yaml_need_text(file, node, "table");

		yaml_check_keys(file, node, known);
		for (size_t j = 0; table != NULL && j < yaml_count(variants); j++)
			load_layout(layouts, keys, file, table, yaml_at(variants, j));
	}
}

static bool is_host(struct slice value)
{
	return value.len > 0 && value.len <= 256 && slice_find_byte(value, ' ') == value.len && slice_find_byte(value, '/') == value.len &&
	       (slice_find_byte(value, '.') < value.len || slice_equal_nocase(value, SLICE_TEXT("localhost")));
}

static bool row_fits(const struct columns *columns, const struct row *row)
{
	if (row->count != columns->count)
		return false;
	for (unsigned i = 0; i < row->count; i++) {
		struct slice value = row->cells[i].value;

		if ((columns->roles[i] == KEY_COOKIE_DOMAIN || columns->roles[i] == KEY_HOST) && !is_host(value))
			return false;
		if (columns->roles[i] == KEY_COOKIE_PATH && (value.len == 0 || value.data[0] != '/'))
			return false;
	}
	return true;
}

const struct columns *layouts_find(const struct layouts *layouts, struct slice table, const struct row *row)
{
	for (size_t i = 0; i < layouts->count; i++)
		if (slice_equal_nocase(table, slice_of(layouts->list[i].table)) && row_fits(&layouts->list[i].columns, row))
			return &layouts->list[i].columns;
	return NULL;
}
