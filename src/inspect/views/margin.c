#include "inspect/views/margin.h"

#include <string.h>

#include "inspect/views/valid.h"

enum { BREAKS_MAX = 2, TABS_MAX = 64 };

/* A paragraph of nothing but &nbsp; is how editors write an empty line. */
static void end_empty_line(struct margin *margin)
{
	if (margin->filler)
		margin->hard = BREAKS_MAX;
	margin->filler = false;
}

void margin_block(struct margin *margin)
{
	if (margin->cell_empty)
		return;
	end_empty_line(margin);
	margin->block = true;
}

void margin_break(struct margin *margin)
{
	if (!margin->cell_empty && margin->hard < BREAKS_MAX)
		margin->hard++;
}

static void forget_blanks(struct margin *margin)
{
	margin->block = margin->space = margin->tab = margin->filler = false;
	margin->soft = margin->hard = 0;
}

void margin_row(struct margin *margin)
{
	margin->empty_row = margin->empty_row || (margin->row && margin->filler_cell && margin->cells == 1);
	margin->filler_cell = false;
	margin->row = true;
	margin->cells = margin->tabs = 0;
	margin->cell_empty = false;
}

void margin_cell_end(struct margin *margin)
{
	forget_blanks(margin);
	margin->cell_empty = true;
}

void margin_cell(struct margin *margin)
{
	margin_cell_end(margin);
	if (margin->cells++ > 0 && margin->tabs < TABS_MAX)
		margin->tabs++;
}

static void put(struct margin *margin, const char *data, size_t len)
{
	lane_push(margin->lane, data, len);
}

static void separate(struct margin *margin)
{
	unsigned feeds = margin->block && margin->hard == 0 ? 1 : margin->block || margin->hard > 0 ? margin->hard : margin->soft;
	if (margin->row)
		feeds = margin->empty_row ? BREAKS_MAX : 1;
	for (unsigned i = 0; margin->written && i < feeds; i++)
		put(margin, "\n", 1);
	for (unsigned i = 0; i < margin->tabs; i++)
		put(margin, "\t", 1);
	if (margin->written && feeds == 0 && margin->tabs == 0 && (margin->space || margin->tab))
		put(margin, margin->tab ? "\t" : " ", 1);
	forget_blanks(margin);
	margin->row = margin->cell_empty = margin->empty_row = margin->filler_cell = false;
	margin->tabs = 0;
	margin->written = true;
}

/* Bytes in disguise become themselves again. */
static void put_text(struct margin *margin, struct slice text, uint64_t place)
{
	uint64_t raw = margin->track != NULL ? track_raw(margin->track, place) : place;
	margin->raw = raw > margin->raw ? raw : margin->raw;
	lane_mark(margin->lane, margin->raw);
	while (text.len > 0) {
		size_t plain = valid_plain(text);
		put(margin, text.data, plain);
		text = slice_from(text, plain);
		if (text.len == 0)
			break;
		char byte = valid_unmask(text);
		put(margin, &byte, 1);
		text = slice_from(text, VALID_DISGUISE);
	}
}

static size_t blank_length(struct slice text)
{
	if (one_of(text.data[0], " \t\r\n\f"))
		return 1;
	return text.len >= 2 && memcmp(text.data, "\xc2\xa0", 2) == 0 ? 2 : 0; /* U+00A0 */
}

static void note_blank(struct margin *margin, char blank)
{
	bool fills = blank == '\xc2';

	margin->filler_cell = margin->filler_cell || (fills && margin->row);
	if (margin->cell_empty)
		return;
	margin->filler = margin->filler || (fills && margin->block);
	if (blank == '\n' && margin->soft < BREAKS_MAX)
		margin->soft++;
	margin->tab |= blank == '\t';
	margin->space |= blank != '\n';
}

static size_t word_length(struct slice text)
{
	size_t len = 0;
	while (len < text.len && blank_length(slice_from(text, len)) == 0)
		len++;
	return len;
}

void margin_text(struct margin *margin, struct slice text, uint64_t place, bool kept)
{
	if (kept && text.len > 0) {
		separate(margin);
		put_text(margin, text, place);
		return;
	}
	while (text.len > 0) {
		size_t blank = blank_length(text);
		size_t len = blank > 0 ? blank : word_length(text);
		if (blank > 0) {
			note_blank(margin, text.data[0]);
		} else {
			separate(margin);
			put_text(margin, slice_until(text, len), place);
		}
		text = slice_from(text, len);
		place += len;
	}
}

void margin_line(struct margin *margin, struct slice text, uint64_t place)
{
	if (text.len == 0)
		return;
	put_text(margin, text, place);
	put(margin, "\n", 1);
}
