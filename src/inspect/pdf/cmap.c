#include "inspect/pdf/cmap.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/pdf/glyphs.h"
#include "inspect/pdf/lex.h"
#include "shared/mem.h"

enum { RANGES_MAX = 128 * 1024, SPACES_MAX = 64, UNITS_MAX = 12, CODE_BYTES = 4 };

/* Codes [from, to] stand for units, the last of them counted up. */
struct range {
	uint32_t from, to;
	uint16_t units[UNITS_MAX]; /* UTF-16 */
	uint8_t count;
};

struct space {
	size_t len;
	uint32_t from, to;
};

struct cmap {
	struct range *ranges; /* sorted once read */
	size_t count, cap;
	struct space spaces[SPACES_MAX];
	size_t space_count;
	bool cut;
};

static uint32_t code_of(struct slice bytes)
{
	uint32_t code = 0;
	for (size_t i = 0; i < bytes.len && i < CODE_BYTES; i++)
		code = code << 8 | (uint8_t)bytes.data[i];
	return code;
}

static void add(struct cmap *cmap, uint32_t from, uint32_t to, struct slice text)
{
	if (text.len == 0 || to < from)
		return;
	cmap->cut |= cmap->count == RANGES_MAX;
	if (cmap->count == RANGES_MAX)
		return;
	if (cmap->count == cmap->cap) {
		cmap->cap = cmap->cap > 0 ? 2 * cmap->cap : 128;
		cmap->ranges = xreallocarray(cmap->ranges, cmap->cap, sizeof *cmap->ranges);
	}
	struct range *range = &cmap->ranges[cmap->count++];
	*range = (struct range){.from = from, .to = to};
	if (text.len == 1) /* no UTF-16, but written */
		range->units[range->count++] = (uint8_t)text.data[0];
	for (size_t i = 0; i + 1 < text.len && range->count < UNITS_MAX; i += 2)
		range->units[range->count++] = (uint16_t)((uint8_t)text.data[i] << 8 | (uint8_t)text.data[i + 1]);
}

/* ---- reading ---------------------------------------------------------------------------------- */

enum section { SECTION_NONE, SECTION_SPACE, SECTION_CHAR, SECTION_RANGE };

static enum section section_of(struct slice word, enum section now)
{
	static const struct {
		const char *word;
		enum section section;
	} words[] = {{"begincodespacerange", SECTION_SPACE}, {"beginbfchar", SECTION_CHAR}, {"beginbfrange", SECTION_RANGE}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (slice_equal(word, slice_of(words[i].word)))
			return words[i].section;
	}
	return slice_starts_nocase(word, "end") ? SECTION_NONE : now;
}

/* Codes of an entry come first: given counts those that have. */
struct entry {
	uint32_t codes[2];
	size_t len; /* of a code, in bytes */
	unsigned given;
	bool list; /* within [ ] of a range */
};

static void take_string(struct cmap *cmap, enum section section, struct entry *entry, struct slice text)
{
	unsigned wanted = section == SECTION_RANGE ? 2 : 1;
	if (section == SECTION_NONE)
		return;
	if (entry->given < wanted) {
		entry->len = text.len;
		entry->codes[entry->given++] = code_of(text);
		return;
	}
	if (entry->list) {
		add(cmap, entry->codes[0], entry->codes[0], text);
		entry->codes[0]++;
		return;
	}
	if (section == SECTION_SPACE && cmap->space_count < SPACES_MAX && entry->len <= CODE_BYTES)
		cmap->spaces[cmap->space_count++] = (struct space){entry->len, entry->codes[0], code_of(text)};
	else if (section != SECTION_SPACE)
		add(cmap, entry->codes[0], section == SECTION_RANGE ? entry->codes[1] : entry->codes[0], text);
	entry->given = 0;
}

static void take_mark(struct entry *entry, char mark)
{
	if (mark == '[' && entry->given == 2)
		entry->list = true;
	else if (mark == ']' && entry->list)
		*entry = (struct entry){.given = 0};
}

/* The later of two entries for one code counts; ranges of other entries may begin between. */
static int by_code(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : (x->to > y->to) - (x->to < y->to);
}

struct cmap *cmap_read(struct source *source)
{
	struct cmap *cmap = xcalloc(1, sizeof *cmap);
	struct lexer lexer;
	struct token token;
	struct entry entry = {.given = 0};
	enum section section = SECTION_NONE;
	lexer_open(&lexer, source);
	while (lexer_next(&lexer, &token)) {
		if (token.kind == TOKEN_WORD) {
			section = section_of(token.text, section);
			entry = (struct entry){.given = 0};
		} else if (token.kind == TOKEN_STRING) {
			take_string(cmap, section, &entry, token.text);
		} else if (token.kind == TOKEN_MARK) {
			take_mark(&entry, token.text.data[0]);
		}
	}
	lexer_close(&lexer);
	if (cmap->count > 0)
		qsort(cmap->ranges, cmap->count, sizeof *cmap->ranges, by_code);
	return cmap;
}

void cmap_free(struct cmap *cmap)
{
	if (cmap == NULL)
		return;
	free(cmap->ranges);
	free(cmap);
}

/* ---- asking ----------------------------------------------------------------------------------- */

bool cmap_is_cut(const struct cmap *cmap)
{
	return cmap != NULL && cmap->cut;
}

bool cmap_has_text(const struct cmap *cmap)
{
	return cmap != NULL && cmap->count > 0;
}

size_t cmap_code_length(const struct cmap *cmap, struct slice codes, size_t fallback)
{
	for (size_t i = 0; cmap != NULL && i < cmap->space_count; i++) {
		const struct space *space = &cmap->spaces[i];
		uint32_t code = code_of(slice_until(codes, space->len));
		if (space->len > 0 && space->len <= codes.len && code >= space->from && code <= space->to)
			return space->len;
	}
	return fallback < codes.len ? fallback : codes.len;
}

static const struct range *find(const struct cmap *cmap, uint32_t code)
{
	size_t low = 0, high = cmap->count;
	while (low < high) { /* the last that begins at or before the code */
		size_t middle = low + (high - low) / 2;
		if (cmap->ranges[middle].from <= code)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && code <= cmap->ranges[low - 1].to ? &cmap->ranges[low - 1] : NULL;
}

size_t cmap_text(const struct cmap *cmap, uint32_t code, char *out)
{
	const struct range *range = cmap_has_text(cmap) ? find(cmap, code) : NULL;
	size_t len = 0;
	for (unsigned i = 0; range != NULL && i < range->count && len + 4 <= CMAP_TEXT_BYTES; i++) {
		uint32_t c = range->units[i], low = i + 1u < range->count ? range->units[i + 1] : 0;
		bool pair = c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000;
		if (pair)
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		i += pair;
		if (i + 1u == range->count)
			c += code - range->from;
		if (c >= 0x20 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff))
			len += glyph_utf8(c, out + len);
	}
	return len;
}
