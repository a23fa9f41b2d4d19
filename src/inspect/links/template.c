#include "inspect/links/template.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

/* Text, then a value (name NULL: the end). */
struct piece {
	char *text;
	char *name;
	bool raw; /* {+name} */
};

struct template
{
	struct piece *pieces;
	size_t count;
};

static bool name_valid(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.data[i]) && name.data[i] != '_')
			return false;
	return name.len > 0;
}

/* The piece at the beginning of text, which is cut off. */
static bool read_piece(struct slice *text, struct piece *piece)
{
	size_t open = slice_find_byte(*text, '{');
	struct slice rest = slice_from(*text, open);

	piece->text = xstrndup(text->data, open);
	*text = SLICE_NONE;
	if (rest.len == 0)
		return true;
	size_t close = slice_find_byte(rest, '}');
	struct slice name = slice_until(slice_from(rest, 1), close - 1);

	piece->raw = name.len > 0 && name.data[0] == '+';
	if (piece->raw)
		name = slice_from(name, 1);
	if (close == rest.len || !name_valid(name))
		return false;
	piece->name = xstrndup(name.data, name.len);
	*text = slice_from(rest, close + 1);
	return true;
}

struct template *template_new(struct slice text, char error[TEMPLATE_ERROR_BYTES])
{
	struct template *template = xcalloc(1, sizeof *template);
	bool good = true;

	while (text.len > 0 && good) {
		template->pieces = xreallocarray(template->pieces, template->count + 1, sizeof *template->pieces);
		struct piece *piece = &template->pieces[template->count++];

		memset(piece, 0, sizeof *piece);
		good = read_piece(&text, piece);
	}
	if (good)
		return template;
	(void)snprintf(error, TEMPLATE_ERROR_BYTES, "in a template a value is {name} or {+name}, of letters, digits and _");
	template_free(template);
	return NULL;
}

void template_free(struct template *template)
{
	if (template == NULL)
		return;
	for (size_t i = 0; i < template->count; i++) {
		free(template->pieces[i].text);
		free(template->pieces[i].name);
	}
	free(template->pieces);
	free(template);
}

const char *template_name(const struct template *template, size_t i)
{
	return i < template->count ? template->pieces[i].name : NULL;
}

bool percent_encode(struct slice text, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	bool fits = true;

	for (size_t i = 0; i < text.len && fits; i++) {
		unsigned char c = (unsigned char)text.data[i];
		char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

		fits = isalnum(c) || memchr("-._~", c, 4) != NULL ? buf_append_byte(out, c) : buf_append(out, escape, sizeof escape);
	}
	return fits;
}

bool template_fill(const struct template *template, template_value *value, void *context, struct buf *out)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct piece *piece = &template->pieces[i];

		if (!buf_append_text(out, piece->text))
			return false;
		if (piece->name == NULL)
			continue;
		struct slice text = value(context, piece->name);

		if (text.data == NULL)
			return false;
		if (piece->raw ? !buf_append(out, text.data, text.len) : !percent_encode(text, out))
			return false;
	}
	return true;
}
