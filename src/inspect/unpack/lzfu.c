/* Source: [MS-OXRTFCP]. */
#include "inspect/unpack/lzfu.h"

#include <stdint.h>
#include <string.h>

enum { HEADER_BYTES = 16, WINDOW = 4096, SHORTEST = 2 };

/* What the window holds at the beginning. */
static const char known[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
			    "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
			    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct window {
	char bytes[WINDOW];
	size_t at;
	struct buf *out;
};

static bool put(struct window *window, char byte)
{
	window->bytes[window->at] = byte;
	window->at = (window->at + 1) % WINDOW;
	return buf_append_byte(window->out, (uint8_t)byte);
}

/* A run of bytes that stand in the window; one that begins where the next byte goes ends the text. */
static bool put_run(struct window *window, const uint8_t *token, bool *over)
{
	size_t from = (size_t)token[0] << 4 | token[1] >> 4, len = (token[1] & 0x0f) + SHORTEST;
	*over = from == window->at;
	for (size_t i = 0; !*over && i < len; i++)
		if (!put(window, window->bytes[(from + i) % WINDOW]))
			return false;
	return true;
}

static bool inflate_all(struct slice data, struct window *window)
{
	const uint8_t *bytes = (const uint8_t *)data.data;
	bool over = false;
	for (size_t at = 0; at < data.len;) {
		uint8_t kinds = bytes[at++];
		for (int bit = 0; bit < 8; bit++) {
			bool run = (kinds >> bit & 1) != 0;
			if (data.len - at < (run ? 2u : 1u))
				return false;
			if (run ? !put_run(window, bytes + at, &over) : !put(window, (char)bytes[at]))
				return false;
			if (over)
				return true;
			at += run ? 2 : 1;
		}
	}
	return false;
}

bool lzfu_read(struct slice data, struct buf *out)
{
	struct window window = {.at = sizeof known - 1, .out = out};
	if (data.len < HEADER_BYTES)
		return false;
	struct slice content = slice_from(data, HEADER_BYTES);
	if (memcmp(data.data + 8, "MELA", 4) == 0)
		return buf_append(out, content.data, content.len);
	if (memcmp(data.data + 8, "LZFu", 4) != 0)
		return false;
	memcpy(window.bytes, known, sizeof known - 1);
	return inflate_all(content, &window);
}
