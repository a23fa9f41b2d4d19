#include "inspect/records/line_memo.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/mem.h"

enum { PLACE_BITS = 10, PLACES = 1 << PLACE_BITS };

struct place {
	const char *line;
	struct slice text; /* where it ends may cut the line short */
	uint64_t window;   /* they are known since */
	struct memo_line known;
};

struct line_memo {
	uint64_t window;      /* counts what was forgotten */
	struct place *places; /* made for the first line: most documents have none of ours */
	struct slice json_text;
	struct json_trail json;
};

struct line_memo *line_memo_new(void)
{
	struct line_memo *memo = xcalloc(1, sizeof *memo);

	memo->window = 1;
	return memo;
}

void line_memo_free(struct line_memo *memo)
{
	if (memo != NULL)
		free(memo->places);
	free(memo);
}

void line_memo_forget(struct line_memo *memo)
{
	memo->window++;
	memo->json_text = SLICE_NONE;
}

struct memo_line *line_memo_at(struct line_memo *memo, struct slice text, size_t from)
{
	if (memo == NULL)
		return NULL;
	if (memo->places == NULL)
		memo->places = xcalloc(PLACES, sizeof *memo->places);
	const char *line = text.data + from;
	struct place *place = &memo->places[(uintptr_t)line * UINT64_C(0x9e3779b97f4a7c15) >> (64 - PLACE_BITS)];

	if (place->line != line || place->text.data != text.data || place->text.len != text.len || place->window != memo->window) {
		place->line = line;
		place->text = text;
		place->window = memo->window;
		place->known.block_known = place->known.http_known = place->known.no_table = false;
		place->known.vote_len = 0;
	}
	return &place->known;
}

struct json_trail *line_memo_json(struct line_memo *memo, struct slice text)
{
	if (memo->json_text.data != text.data || memo->json_text.len != text.len) {
		memo->json_text = text;
		memo->json = (struct json_trail){.known = false};
	}
	return &memo->json;
}
