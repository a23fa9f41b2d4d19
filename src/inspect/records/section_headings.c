/* Files of a log one after another in one text, each below a line with its name: where one machine's files end and the next one's begin. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/machine.h"
#include "inspect/records/section.h"
#include "shared/byteset.h"

enum { HEADINGS_MAX = 2048, PATH_BYTES = 256, ENDING_BYTES = 5 };

struct heading {
	size_t at;
	enum member_class class;
	struct slice dir; /* of the machine, as far as the name tells */
};

static bool is_dress(char c)
{
	return one_of(c, " \t=-#*<>|[](){}~_+:\"'`");
}

/* "==> PC-7/Passwords.txt <==", "[Passwords.txt]", "--- Cookies.txt ---", "File: System.txt" */
static bool read_heading(const struct engine *engine, struct slice line, struct heading *heading)
{
	static const char *const words[] = {"file:", "file name:", "filename:", "path:"};
	static const char *const endings[] = {".txt", ".json", ".csv", ".log"};
	char path[PATH_BYTES];
	bool file = false;

	while (line.len > 0 && is_dress(line.data[0]))
		line = slice_from(line, 1);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_starts_nocase(line, words[i]))
			line = slice_trim(slice_from(line, strlen(words[i])));
	while (line.len > 0 && is_dress(line.data[line.len - 1]))
		line.len--;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		file = file || slice_ends_nocase(line, endings[i]);
	if (!file || line.len <= ENDING_BYTES || line.len >= sizeof path || memmem(line.data, line.len, "://", 3) != NULL ||
		memchr(line.data, ':', line.len) != NULL)
		return false;
	for (size_t i = 0; i < line.len; i++)
		path[i] = line.data[i] == '\\' ? '/' : line.data[i];
	path[line.len] = '\0';
	struct machine_place place = {.path = path};
	heading->class = machine_path_class(engine, &place);
	heading->dir = slice_until(line, machine_dir_of(engine, &place));
	return heading->class != MEMBER_PLAIN;
}

static size_t read_headings(const struct text *text, struct heading list[HEADINGS_MAX])
{
	const struct engine *engine = scan_engine(text->scan);
	size_t count = 0;

	for (size_t at = 0; at < text->len && count < HEADINGS_MAX;) {
		struct slice rest = text_slice(text, at, text->len), line = slice_until(rest, slice_find_byte(rest, '\n'));
		struct slice trimmed = slice_trim(line);

		if (trimmed.len > ENDING_BYTES && trimmed.len < PATH_BYTES && read_heading(engine, trimmed, &list[count]))
			list[count++].at = at;
		at += line.len + 1;
		if (count == HEADINGS_MAX && at < text->len)
			text_cut(text, at, "headings of a text");
	}
	return count;
}

/* The heading of a section's own file, of those from first on; count where it has none. */
static size_t own_heading(const struct heading *list, size_t count, size_t first, size_t section_end)
{
	size_t own = count;

	for (size_t i = first; i < count && list[i].at < section_end; i++)
		if (list[i].class == MEMBER_SYSTEM)
			own = i;
	return own;
}

/* The first file of the machine that `own` tells of, behind `before`, the system information of another one, whose files begin at `from`.
 */
static size_t first_heading(const struct heading *list, size_t from, size_t before, size_t own)
{
	unsigned seen = 0;
	size_t first = own;

	if (list[own].dir.len > 0) {
		while (first > from && slice_equal(list[first - 1].dir, list[own].dir))
			first--;
		return first;
	}
	for (size_t i = from; i < own; i++) { /* no folders are named: it begins where a kind of file comes again */
		if (i > before && (seen & 1u << list[i].class) != 0 && list[i].class != list[i - 1].class)
			return i;
		seen |= 1u << list[i].class;
	}
	return own;
}

bool section_parts(const struct text *text, struct section *sections, size_t count)
{
	struct heading list[HEADINGS_MAX];
	size_t headings = read_headings(text, list), from = 0, before = 0;

	if (headings < 2)
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t own = own_heading(list, headings, i > 0 ? before + 1 : 0, (size_t)(sections[i].to - text->base));

		if (own == headings)
			return false;
		from = i > 0 || list[own].dir.len > 0 ? first_heading(list, from, before, own) : 0;
		before = own;
		sections[i].part_from = text->base + list[from].at;
		if (i > 0)
			sections[i - 1].part_to = sections[i].part_from;
	}
	sections[count - 1].part_to = text->base + text->len;
	return true;
}
