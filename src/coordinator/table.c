#include "config.h"

#include "coordinator/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shared/escape.h"
#include "shared/mem.h"

enum { GAP = 2, LEAST_WIDTH = 8, READABLE_WIDTH = 16, CELL_BYTES = 1024 };

struct row {
	char **cells;
	enum tone tone;
};

struct table {
	const struct table_column *columns;
	size_t count;
	struct row *rows;
	size_t rows_count, rows_cap;
};

/* Characters, not bytes: escaping leaves printable UTF-8 only. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

struct table *table_new(const struct table_column *columns, size_t count)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->columns = columns;
	table->count = count;
	return table;
}

void table_row(struct table *table, const char *const *cells, enum tone tone)
{
	struct row *row;

	if (table->rows_count == table->rows_cap) {
		table->rows_cap = table->rows_cap ? 2 * table->rows_cap : 64;
		table->rows = xreallocarray(table->rows, table->rows_cap, sizeof(*table->rows));
	}
	row = &table->rows[table->rows_count++];
	row->tone = tone;
	row->cells = xcalloc(table->count, sizeof(char *));
	for (size_t i = 0; i < table->count; i++)
		row->cells[i] = cells[i] ? escape_dup(cells[i], strlen(cells[i]), CELL_BYTES) : xstrdup("");
}

size_t table_rows(const struct table *table)
{
	return table->rows_count;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t r = 0; r < table->rows_count; r++) {
		for (size_t i = 0; i < table->count; i++)
			free(table->rows[r].cells[i]);
		free(table->rows[r].cells);
	}
	free(table->rows);
	free(table);
}

/* ---- the terminal ------------------------------------------------------------------------------------ */

size_t stream_width(FILE *stream)
{
	struct winsize size;

	if (!isatty(fileno(stream)))
		return SIZE_MAX;
	return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool stream_has_colour(FILE *stream)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fileno(stream)) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *tone_on(enum tone tone, bool colour)
{
	static const char *const sequences[] = {"", "\033[1;31m", "\033[31m", "\033[33m", "\033[2m"};

	return colour ? sequences[tone] : "";
}

const char *tone_off(enum tone tone, bool colour)
{
	return colour && tone != TONE_PLAIN ? "\033[0m" : "";
}

void short_time(const char *time, char text[SHORT_TIME_BYTES])
{
	char *separator;

	snprintf(text, SHORT_TIME_BYTES, "%s", time ? time : "");
	separator = strchr(text, 'T');
	if (separator)
		*separator = ' ';
}

void print_escaped(FILE *stream, const char *text)
{
	char *safe = escape_dup(text, strlen(text), strlen(text));

	fputs(safe, stream);
	free(safe);
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static void natural_widths(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->count; i++) {
		widths[i] = width_of(table->columns[i].title);
		for (size_t r = 0; r < table->rows_count; r++) {
			size_t width = width_of(table->rows[r].cells[i]);
			if (width > widths[i])
				widths[i] = width;
		}
	}
}

/* A column without width is left out. No column that shrinks counts for more than most. */
static size_t total_width(const struct table *table, const size_t *widths, size_t most)
{
	size_t total = 0;

	for (size_t i = 0; i < table->count; i++)
		if (widths[i] > 0)
			total += GAP + (table->columns[i].shrinks && widths[i] > most ? most : widths[i]);
	return total > 0 ? total - GAP : 0;
}

/* Leaves out what can be spared, as long as others could not be read for it. */
static void spare(const struct table *table, size_t *widths, size_t room)
{
	while (total_width(table, widths, READABLE_WIDTH) > room) {
		size_t first = table->count;
		for (size_t i = 0; i < table->count; i++)
			if (widths[i] > 0 && table->columns[i].spare > (first < table->count ? table->columns[first].spare : 0))
				first = i;
		if (first == table->count)
			return;
		widths[first] = 0;
	}
}

/* Takes from the widest column that gives way until the table fits, or none gives way any more. */
static void shrink(const struct table *table, size_t *widths, size_t room)
{
	while (total_width(table, widths, SIZE_MAX) > room) {
		size_t widest = table->count;
		for (size_t i = 0; i < table->count; i++)
			if (table->columns[i].shrinks && widths[i] > LEAST_WIDTH && (widest == table->count || widths[i] > widths[widest]))
				widest = i;
		if (widest == table->count)
			return;
		widths[widest]--;
	}
}

/* The part of the text that fits, and "…" where some is left out. Returns how many characters that made. */
static size_t print_cut(FILE *stream, const char *text, size_t width)
{
	size_t shown = 0;
	const char *end = text;

	if (width_of(text) <= width) {
		fputs(text, stream);
		return width_of(text);
	}
	while (shown + 1 < width) {
		do
			end++;
		while (((unsigned char)*end & 0xc0) == 0x80);
		shown++;
	}
	fwrite(text, 1, (size_t)(end - text), stream);
	fputs("\u2026", stream);
	return width;
}

static void print_blanks(FILE *stream, size_t count)
{
	while (count-- > 0)
		putc(' ', stream);
}

/* The last one is not padded. */
static void print_cell(FILE *stream, const char *text, size_t width, bool right, bool last)
{
	size_t own = width_of(text);

	if (right && own < width)
		print_blanks(stream, width - own);
	own = print_cut(stream, text, width);
	if (!last && !right && own < width)
		print_blanks(stream, width - own);
}

/* A row's cells, the first in its tone; without cells the titles, all in it. */
static void print_line(const struct table *table, FILE *stream, const size_t *widths, char *const *cells, enum tone tone, bool colour)
{
	size_t last = table->count - 1;

	while (last > 0 && widths[last] == 0)
		last--;
	for (size_t i = 0; i <= last; i++) {
		const char *text = cells != NULL ? cells[i] : table->columns[i].title;
		bool toned = i == 0 || cells == NULL;

		if (widths[i] == 0)
			continue;
		fputs(tone_on(toned ? tone : TONE_PLAIN, colour), stream);
		print_cell(stream, text, widths[i], table->columns[i].right, i == last);
		fputs(tone_off(toned ? tone : TONE_PLAIN, colour), stream);
		if (i < last)
			print_blanks(stream, GAP);
	}
	putc('\n', stream);
}

void table_print(const struct table *table, FILE *stream, unsigned width)
{
	bool colour = stream_has_colour(stream);
	size_t room = width ? width : stream_width(stream);
	size_t *widths;

	if (table->rows_count == 0)
		return;
	widths = xcalloc(table->count, sizeof(size_t));
	natural_widths(table, widths);
	spare(table, widths, room);
	shrink(table, widths, room);
	print_line(table, stream, widths, NULL, TONE_FAINT, colour);
	for (size_t r = 0; r < table->rows_count; r++)
		print_line(table, stream, widths, table->rows[r].cells, table->rows[r].tone, colour);
	free(widths);
}
