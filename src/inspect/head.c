#include "inspect/head.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/attribute/show.h"
#include "inspect/job.h"
#include "inspect/records/csv.h"
#include "inspect/records/keys.h"
#include "inspect/records/shape_state.h"
#include "inspect/unpack/sniff.h"
#include "inspect/views/views.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	SAMPLE_BYTES = LIMIT_RECORD_BYTES,
	LONG_LINE = 4096, /* on average: not lines of a list */
	BLOCK_ROLES = 3,  /* different keys of a stealer block in one sample: not one record a line */
	KEY_BYTES_MAX = 40,
};

enum form { FORM_LINES, FORM_BINARY, FORM_JSON, FORM_SQL, FORM_BLOCKS, FORM_LONG, FORM_MACHINES, FORM_UNREADABLE };
static const char *const form_names[] = {"lines", "binary", "json", "sql", "blocks", "long", "machines", NULL};

/* Statements and directory entries: records of several lines. */
static bool starts_statement(struct slice line)
{
	static const char *const heads[] = {"INSERT ", "REPLACE INTO", "CREATE TABLE", "COPY ", "UPDATE ", "-- ", "dn: ", "dn:: ", NULL};

	for (size_t i = 0; heads[i] != NULL; i++)
		if (slice_starts_nocase(line, heads[i]))
			return true;
	return false;
}

/* The role of `Username: jdoe` as a bit, 0 for a line without a known key. */
static unsigned key_bit(const struct engine *engine, struct slice line)
{
	size_t colon = slice_find_byte(line, ':');

	if (colon == line.len || colon > KEY_BYTES_MAX)
		return 0;
	enum key_role role = keys_block_role(engine->keys, slice_trim(slice_until(line, colon)));

	return role == KEY_HOST || role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD ? 1U << role : 0;
}

/* System information stands above the log-ins of its machine: a range that begins behind it would not know whose they are. */
static bool tells_of_machine(struct slice text)
{
	for (size_t i = 0; i < trigger_literal_count; i++)
		if (trigger_literals[i].trigger == TRIGGER_SYSTEM && slice_find_nocase(text, trigger_literals[i].bytes) < text.len)
			return true;
	return false;
}

static enum form form_of_piece(const struct engine *engine, const char *data, size_t len)
{
	size_t lines = 0;
	unsigned roles = 0;

	if (sniff((const uint8_t *)data, len) != CONTENT_BYTES || memchr(data, '\0', len) != NULL)
		return FORM_BINARY;
	for (struct slice rest = {data, len}; rest.len > 0;) {
		size_t end = slice_find_byte(rest, '\n');
		struct slice line = slice_trim(slice_until(rest, end));

		if (line.len > 0 && strchr("{[<", line.data[0]) != NULL)
			return FORM_JSON;
		if (starts_statement(line))
			return FORM_SQL;
		roles |= key_bit(engine, line);
		lines++;
		rest = slice_from(rest, end < rest.len ? end + 1 : end);
	}
	if (__builtin_popcount(roles) >= BLOCK_ROLES)
		return tells_of_machine((struct slice){data, len}) ? FORM_MACHINES : FORM_BLOCKS;
	return lines == 0 || len / lines > LONG_LINE ? FORM_LONG : FORM_LINES;
}

/* By samples of the beginning, the middle and the end: one that cannot be split keeps the file whole. errno is set where unreadable. */
static enum form form_of_file(const struct engine *engine, int fd, char *sample)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return FORM_UNREADABLE;
	uint64_t size = (uint64_t)status.st_size;
	enum form all = FORM_LINES;
	const uint64_t places[] = {0, size / 2, size > SAMPLE_BYTES ? size - SAMPLE_BYTES : 0};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		ssize_t got = pread(fd, sample, SAMPLE_BYTES, (off_t)places[i]);

		if (got < 0)
			return FORM_UNREADABLE;
		char *begin = i == 0 ? sample : memchr(sample, '\n', (size_t)got);
		enum form form = begin != NULL ? form_of_piece(engine, begin, (size_t)(sample + got - begin)) : FORM_LONG;

		if (form != FORM_LINES && form != FORM_BLOCKS)
			return form;
		all = form == FORM_BLOCKS ? form : all;
	}
	return all;
}

/* The names of the columns where the first line is a header, so that ranges behind the first know them too. */
static void fill_columns(struct scan *scan, int fd, char *sample, Lt__Head *head)
{
	static char delimiter[2];
	ssize_t got = pread(fd, sample, SAMPLE_BYTES, 0);
	struct slice line = {sample, got > 0 ? (size_t)got : 0};
	struct columns columns = {0};
	struct row *row = NULL;
	size_t bom = sniff_bom((const uint8_t *)sample, line.len);

	line = slice_from(line, bom);
	line = slice_trim(slice_until(line, slice_find_byte(line, '\n')));
	if (!shape_header(scan_engine(scan)->keys, line, delimiter, &columns))
		return;
	row = scan_arena(scan, sizeof *row);
	if (row == NULL || !csv_split(scan, line, 0, line.len, delimiter[0], row))
		return;
	head->columns = scan_arena(scan, row->count * sizeof *head->columns);
	for (unsigned i = 0; head->columns != NULL && i < row->count; i++) {
		char *name = show_text(scan, slice_trim(row->cells[i].value), LIMIT_ACCOUNT_BYTES);

		head->columns[head->n_columns++] = name != NULL ? name : (char *)(uintptr_t) "";
	}
	head->delimiter = delimiter;
}

void head_run(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done)
{
	char *sample = xmalloc(SAMPLE_BYTES);
	Lt__Head head = LT__HEAD__INIT;
	enum form form = form_of_file(scan_engine(scan), part->fd, sample);

	if (form == FORM_UNREADABLE) {
		done->ok = false;
		done->error = strerror(errno);
	} else {
		head.splittable = form == FORM_LINES || form == FORM_BLOCKS;
		head.shape = (char *)(uintptr_t)form_names[form];
		if (head.splittable)
			fill_columns(scan, part->fd, sample, &head);
		scan_send_head(scan, &head);
	}
	mem_wipe(sample, SAMPLE_BYTES);
	free(sample);
}
