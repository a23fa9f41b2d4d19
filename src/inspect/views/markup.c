#include "inspect/views/markup.h"

#include <string.h>

uint64_t markup_position(const xmlParserCtxt *parser, uint64_t before)
{
	const xmlParserInput *input = parser->input;
	return before + input->consumed + (uint64_t)(input->cur - input->base);
}

struct slice markup_since(const xmlParserCtxt *parser, uint64_t before, uint64_t place)
{
	const xmlParserInput *input = parser->input;
	uint64_t end = markup_position(parser, before), held = (uint64_t)(input->cur - input->base);
	if (place > end || end - place > held)
		return SLICE_NONE;
	return (struct slice){(const char *)input->cur - (end - place), (size_t)(end - place)};
}

struct slice markup_rest(const xmlParserCtxt *parser)
{
	const xmlParserInput *input = parser->input;
	return (struct slice){(const char *)input->cur, (size_t)(input->end - input->cur)};
}

const char *markup_local_name(const xmlChar *name)
{
	const char *colon = strrchr((const char *)name, ':');
	return colon != NULL ? colon + 1 : (const char *)name;
}

/* ---- attributes ------------------------------------------------------------------------------- */

struct markup_values markup_values(const xmlParserCtxt *parser, uint64_t before, uint64_t after)
{
	struct slice tag = markup_since(parser, before, after);
	size_t begin = slice_find_byte(tag, '<');
	tag = slice_from(tag, begin < tag.len ? begin : 0);
	struct markup_values values = {tag, 1, markup_position(parser, before) - tag.len};
	while (values.at < tag.len && !one_of(tag.data[values.at], " \t\r\n/")) /* the element's name */
		values.at++;
	return values;
}

static size_t pass(struct slice tag, size_t at, const char *bytes)
{
	while (at < tag.len && one_of_text(tag.data[at], bytes))
		at++;
	return at;
}

static size_t find(struct slice tag, size_t at, const char *bytes)
{
	while (at < tag.len && !one_of_text(tag.data[at], bytes))
		at++;
	return at;
}

/* The next attribute: its name, and where its value begins. False behind the last. */
static bool next_value(struct markup_values *values, struct slice *name, size_t *begin)
{
	struct slice tag = values->tag;
	size_t from = pass(tag, values->at, " \t\r\n/"), to = find(tag, from, " \t\r\n/=");
	*name = slice_until(slice_from(tag, from), to - from);
	values->at = to;
	*begin = pass(tag, to, " \t\r\n");
	if (*begin < tag.len && tag.data[*begin] == '=') {
		*begin = pass(tag, *begin + 1, " \t\r\n");
		bool quoted = *begin < tag.len && (tag.data[*begin] == '"' || tag.data[*begin] == '\'');
		char quote[2] = {quoted ? tag.data[*begin] : '\0', '\0'};
		*begin += quoted;
		values->at = quoted ? find(tag, *begin, quote) + 1 : find(tag, *begin, " \t\r\n>");
	}
	if (to == from && values->at == to)
		values->at++;
	return from < tag.len;
}

uint64_t markup_value_place(struct markup_values *values, const xmlChar *name)
{
	struct markup_values ahead = *values;
	struct slice wanted = slice_of((const char *)name), met;
	size_t begin;
	while (next_value(&ahead, &met, &begin)) {
		if (!slice_equal_nocase(met, wanted))
			continue;
		*values = ahead;
		return values->place + begin;
	}
	return values->place;
}
