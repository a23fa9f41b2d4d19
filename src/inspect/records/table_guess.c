/* A column of passwords whose header nobody knows, by what stands in it. */
#include <string.h>

#include "inspect/records/csv.h"
#include "inspect/records/line_bytes.h"
#include "inspect/records/line_token.h"
#include "inspect/records/table.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum {
	ROWS_EACH_WAY = 8,
	ROWS_LEAST = 3,
	COLUMNS_MOST = 16, /* a wider table has names that say what is in it */
	ROW_BYTES = 2048,
	RUN = 3, /* letters of a name that make a value one of its own */
};

struct tally {
	unsigned rows, fair, bad, codes, lower, names, alike;
	size_t len; /* of the first value */
	bool same_len;
	unsigned skeleton; /* letters of the first value */
};

/* X7K2M9, 0a1b2c3d: what a program numbers things by. */
static bool is_code(struct slice value)
{
	bool upper = true, hex = true;

	for (size_t i = 0; i < value.len; i++) {
		upper = upper && ((value.data[i] >= 'A' && value.data[i] <= 'Z') || is_digit(value.data[i]) || one_of(value.data[i], "-_"));
		hex = hex && is_hex(value.data[i]);
	}
	return upper || hex;
}

/* jdoe99 beside jdoe@...: a name. */
static bool is_name_of(struct slice value, struct slice account)
{
	struct slice local = slice_until(account, slice_find_byte(account, '@'));

	for (size_t i = 0; i + RUN <= local.len; i++) {
		char run[RUN + 1] = {local.data[i], local.data[i + 1], local.data[i + 2], 0};

		if (is_alpha(run[0]) && is_alpha(run[1]) && is_alpha(run[2]) && slice_find_nocase(value, run) < value.len)
			return true;
	}
	return false;
}

static void count(struct tally *tally, struct slice value, struct slice account)
{
	enum token_look look = token_look(value);
	bool lower = false;

	for (size_t i = 0; i < value.len; i++)
		lower = lower || (value.data[i] >= 'a' && value.data[i] <= 'z');
	if (tally->rows++ == 0) {
		tally->len = value.len;
		tally->same_len = true;
		tally->skeleton = token_skeleton(value);
	} else {
		tally->alike += tally->skeleton == token_skeleton(value);
	}
	tally->same_len = tally->same_len && tally->len == value.len;
	tally->fair += look >= LOOK_FAIR;
	tally->bad += look == LOOK_NEVER || look == LOOK_OTHER || look == LOOK_SENTENCE || look == LOOK_PORT;
	tally->codes += is_code(value);
	tally->lower += lower;
	tally->names += is_name_of(value, account);
}

static bool looks_secret(const struct tally *tally)
{
	return tally->rows >= ROWS_LEAST && tally->bad == 0 && tally->fair * 3 >= tally->rows * 2 && tally->lower * 2 >= tally->rows &&
	       tally->codes * 3 <= tally->rows && tally->names * 3 <= tally->rows && tally->alike * 2 < tally->rows &&
	       (!tally->same_len || tally->rows > ROWS_LEAST);
}

static void count_row(const struct text *text, struct span line, char delimiter, const struct columns *columns, struct tally *tallies)
{
	struct row row UNSET;
	struct slice account = SLICE_NONE;

	if (line.to - line.from > ROW_BYTES ||
		!csv_split(NULL, (struct slice){text->data, text->len}, line.from, line.to, delimiter, &row) || row.count != columns->count)
		return;
	for (unsigned i = 0; i < row.count && account.len == 0; i++)
		if (token_is_email(slice_trim(row.cells[i].value)))
			account = slice_trim(row.cells[i].value);
	for (unsigned i = 0; i < row.count && account.len > 0; i++)
		if (columns->open[i] && row.cells[i].value.len > 0)
			count(&tallies[i], slice_trim(row.cells[i].value), account);
}

unsigned table_guess(const struct text *text, size_t from, size_t to, char delimiter, const struct columns *columns)
{
	struct tally tallies[COLUMNS_MOST] = {{0}};
	unsigned found = columns->count, open = 0;

	for (unsigned i = 0; i < columns->count; i++) {
		if (columns->roles[i] == KEY_PASSWORD || columns->roles[i] == KEY_HASH)
			return columns->count;
		open += columns->open[i];
	}
	if (open == 0 || columns->count > COLUMNS_MOST || !columns_have(columns, KEY_EMAIL))
		return columns->count;
	count_row(text, (struct span){from, to}, delimiter, columns, tallies);
	size_t at = from, begin, end;
	for (int i = 0; i < ROWS_EACH_WAY && at > 0; i++, at = begin) {
		text_line(text, at - 1, &begin, &end);
		count_row(text, (struct span){begin, end}, delimiter, columns, tallies);
	}
	at = to;
	for (int i = 0; i < ROWS_EACH_WAY && (at = text_next_line(text, at)) < text->len; i++, at = end) {
		text_line(text, at, &begin, &end);
		count_row(text, (struct span){begin, end}, delimiter, columns, tallies);
	}
	for (unsigned i = 0; i < columns->count; i++) {
		if (!columns->open[i] || !looks_secret(&tallies[i]))
			continue;
		if (found < columns->count)
			return columns->count;
		found = i;
	}
	return found;
}
