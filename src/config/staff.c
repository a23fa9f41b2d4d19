/* The staff roster: a CSV file (RFC 4180, comma or semicolon) with a header. */
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/doubles.h"
#include "config/tables.h"
#include "config/trust.h"
#include "shared/buf.h"
#include "shared/escape.h"
#include "shared/mem.h"
#include "shared/nearest.h"

enum { COLUMN_ADDRESS, COLUMN_NAME, COLUMN_TEAM, COLUMN_PRIVILEGED, COLUMNS, LONGEST_FIELD = 1024, MOST_FIELDS = 64 };
enum { LARGEST_STAFF_FILE = 64 * 1024 * 1024, NO_COLUMN = MOST_FIELDS };

static const char *const column_names[COLUMNS] = {"address", "name", "team", "privileged"};

struct csv {
	const char *path;
	struct faults *faults;
	const char *at, *end;
	char separator;
	unsigned line;     /* of at */
	unsigned row_line; /* where the present row began */
	struct buf fields[MOST_FIELDS];
	size_t fields_count;
	size_t columns[COLUMNS]; /* which field holds it, or NO_COLUMN */
	struct doubles *seen;
};

/* ---- CSV ---------------------------------------------------------------------------------------- */

static void csv_fault(struct csv *csv, const char *what)
{
	faults_add(csv->faults, csv->path, csv->row_line, 0, "%s", what);
}

/* at stands behind the opening quote. False: the closing one is missing, or something follows it. */
static bool read_quoted(struct csv *csv, struct buf *field, bool *fits)
{
	while (csv->at < csv->end) {
		char c = *csv->at++;

		if (c == '"' && (csv->at == csv->end || *csv->at != '"'))
			return csv->at == csv->end || *csv->at == csv->separator || *csv->at == '\n' || *csv->at == '\r';
		if (c == '"')
			csv->at++;
		if (c == '\n')
			csv->line++;
		*fits = *fits && buf_append_byte(field, (uint8_t)c);
	}
	return false;
}

static void read_bare(struct csv *csv, struct buf *field, bool *fits)
{
	while (csv->at < csv->end && *csv->at != csv->separator && *csv->at != '\n' && *csv->at != '\r')
		*fits = buf_append_byte(field, (uint8_t)*csv->at++) && *fits;
}

static void skip_line(struct csv *csv)
{
	while (csv->at < csv->end && *csv->at != '\n')
		csv->at++;
}

/* Reads one row into fields. False after a complaint; the row is then skipped as far as its line goes. */
static bool read_row(struct csv *csv)
{
	bool fits = true;
	bool sound = true;

	csv->row_line = csv->line;
	for (csv->fields_count = 0; sound && csv->fields_count < MOST_FIELDS;) {
		struct buf *field = &csv->fields[csv->fields_count++];

		buf_clear(field);
		if (csv->at < csv->end && *csv->at == '"') {
			csv->at++;
			sound = read_quoted(csv, field, &fits);
		} else {
			read_bare(csv, field, &fits);
		}
		if (!sound || csv->at == csv->end || *csv->at != csv->separator)
			break;
		csv->at++;
	}
	if (!sound)
		csv_fault(csv, "a quoted field is not closed, or something follows its closing quote");
	else if (!fits)
		csv_fault(csv, "a field is longer than 1024 bytes");
	else if (csv->at < csv->end && *csv->at == csv->separator)
		csv_fault(csv, "the row has more than 64 fields");
	skip_line(csv);
	if (csv->at < csv->end)
		csv->at++;
	csv->line++;
	return sound && fits;
}

static bool is_blank_row(struct csv *csv)
{
	return csv->fields_count == 1 && csv->fields[0].len == 0;
}

static struct slice field_text(struct csv *csv, unsigned column)
{
	size_t index = csv->columns[column];

	if (index >= csv->fields_count)
		return SLICE_NONE;
	return slice_trim((struct slice){buf_text(&csv->fields[index]), csv->fields[index].len});
}

/* ---- the roster --------------------------------------------------------------------------------- */

/* Which column a field of the header names, or COLUMNS. */
static unsigned column_of(struct slice name)
{
	unsigned column = 0;

	while (column < COLUMNS && !slice_equal_nocase(name, slice_of(column_names[column])))
		column++;
	return column;
}

static void say_unknown_column(struct csv *csv, struct slice name)
{
	struct nearest nearest;
	char *text = xstrndup(name.data, name.len);

	nearest_start(&nearest, text);
	for (unsigned column = 0; column < COLUMNS; column++)
		nearest_offer(&nearest, column_names[column]);
	if (nearest.best != NULL)
		faults_add(csv->faults, csv->path, csv->row_line, 0, "there is no column \"%s\"; did you mean %s?", text, nearest.best);
	else
		faults_add(csv->faults, csv->path, csv->row_line, 0, "there is no column \"%s\": address, name, team, privileged", text);
	free(text);
}

static void place_column(struct csv *csv, size_t index)
{
	struct slice name = slice_trim((struct slice){buf_text(&csv->fields[index]), csv->fields[index].len});
	unsigned column = column_of(name);

	if (column == COLUMNS)
		say_unknown_column(csv, name);
	else if (csv->columns[column] != NO_COLUMN)
		faults_add(csv->faults, csv->path, csv->row_line, 0, "the column \"%s\" stands here twice", column_names[column]);
	else
		csv->columns[column] = index;
}

/* A header without an address column is taken for a row of the roster: what its fields are called is then no help. */
static bool read_header(struct csv *csv)
{
	size_t before = csv->faults->count;
	size_t line_len = strcspn(csv->at, "\n");
	bool has_address = false;

	csv->separator = memchr(csv->at, ';', line_len) != NULL && memchr(csv->at, ',', line_len) == NULL ? ';' : ',';
	for (unsigned column = 0; column < COLUMNS; column++)
		csv->columns[column] = NO_COLUMN;
	if (!read_row(csv))
		return false;
	for (size_t i = 0; i < csv->fields_count; i++)
		has_address = has_address ||
			      column_of(slice_trim((struct slice){buf_text(&csv->fields[i]), csv->fields[i].len})) == COLUMN_ADDRESS;
	if (!has_address)
		csv_fault(csv, "the first line must be the header: address,name,team,privileged");
	for (size_t i = 0; i < csv->fields_count && has_address; i++)
		place_column(csv, i);
	return csv->faults->count == before;
}

static bool read_privileged(struct csv *csv)
{
	static const char *const yes[] = {"true", "yes", "1", "x"}, *const no[] = {"", "false", "no", "0"};
	struct slice text = field_text(csv, COLUMN_PRIVILEGED);

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (slice_equal_nocase(text, slice_of(yes[i])))
			return true;
		if (slice_equal_nocase(text, slice_of(no[i])))
			return false;
	}
	csv_fault(csv, "privileged must be true or false");
	return false;
}

static char *optional_text(struct slice text)
{
	return text.len > 0 ? xstrndup(text.data, text.len) : NULL;
}

/* The canonical address of the row, or NULL after a complaint. */
static char *read_row_address(struct csv *csv)
{
	struct slice field = field_text(csv, COLUMN_ADDRESS);
	char *text = xstrndup(field.data != NULL ? field.data : "", field.len);
	char *address = NULL;
	const char *why = address_read(text, &address);

	if (why != NULL)
		faults_add(csv->faults, csv->path, csv->row_line, 0, "address \"%s\" %s", text, why);
	free(text);
	return address;
}

static void read_person(struct csv *csv, struct watch *watch)
{
	struct staff *staff = &watch->staff[watch->staff_count];
	unsigned first;

	staff->address = read_row_address(csv);
	if (staff->address == NULL)
		return;
	watch->staff_count++;
	first = doubles_add(csv->seen, staff->address, csv->row_line);
	if (first > 0)
		faults_add(csv->faults, csv->path, csv->row_line, 0, "address \"%s\" stands here twice (first in line %u)", staff->address,
			first);
	staff->privileged = read_privileged(csv);
	staff->name = optional_text(field_text(csv, COLUMN_NAME));
	staff->team = optional_text(field_text(csv, COLUMN_TEAM));
}

static size_t count_lines(const struct csv *csv)
{
	size_t lines = 1;

	for (const char *at = csv->at; at < csv->end; at++)
		lines += *at == '\n';
	return lines;
}

static void read_roster(struct csv *csv, struct watch *watch)
{
	if (csv->end - csv->at >= 3 && memcmp(csv->at, "\xef\xbb\xbf", 3) == 0)
		csv->at += 3;
	if (!utf8_valid(csv->at, (size_t)(csv->end - csv->at)) || memchr(csv->at, '\0', (size_t)(csv->end - csv->at)) != NULL) {
		faults_add(csv->faults, csv->path, 0, 0, "is not UTF-8 text: export it as CSV UTF-8");
		return;
	}
	for (size_t i = 0; i < MOST_FIELDS; i++)
		buf_init(&csv->fields[i], LONGEST_FIELD);
	watch->staff = xcalloc(count_lines(csv), sizeof *watch->staff);
	csv->seen = doubles_new(count_lines(csv));
	if (read_header(csv))
		while (csv->at < csv->end)
			if (read_row(csv) && !is_blank_row(csv))
				read_person(csv, watch);
	for (size_t i = 0; i < MOST_FIELDS; i++)
		buf_free(&csv->fields[i]);
	doubles_free(csv->seen);
}

void staff_read(struct reader *reader, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);
	char *path, *why = NULL;
	uint8_t *data;
	size_t len;

	if (text == NULL || text[0] == '\0') {
		yaml_fault(reader->file, value, "staff must be the path of a CSV file: staff.csv");
		return;
	}
	path = reader_path(reader, text);
	data = trust_read(path, TRUST_WRITERS, LARGEST_STAFF_FILE, &len, &why);
	if (data == NULL) {
		yaml_fault(reader->file, value, "%s %s", path, why);
	} else {
		struct csv *csv = xcalloc(1, sizeof *csv);

		csv->path = path;
		csv->faults = reader->file->faults;
		csv->at = (const char *)data;
		csv->end = csv->at + len;
		csv->line = 1;
		read_roster(csv, object);
		free(csv);
	}
	free(data);
	free(why);
	free(path);
}

void staff_free(struct watch *watch)
{
	for (size_t i = 0; i < watch->staff_count; i++) {
		free(watch->staff[i].address);
		free(watch->staff[i].name);
		free(watch->staff[i].team);
	}
	free(watch->staff);
}
