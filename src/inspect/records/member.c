/* What is decided about a hit before any record: by the class of its member, by the encoding of its name. */
#include <ctype.h>

#include "inspect/records/readers.h"
#include "shared/byteset.h"

enum { TOKEN_REACH = 16 * 1024, HEX_REACH = 4096, WORD_REACH = 32 };

/* Word lists, cards (out of scope), forms without secrets, and what a stealer says of the machine itself. */
bool reader_member(struct text *text, const struct hit *hit, struct span *claimed)
{
	switch (text->member->class) {
	case MEMBER_SYSTEM:
		machine_told_by_system(text);
		/* fall through */
	case MEMBER_TRAP:
	case MEMBER_CARDS:
	case MEMBER_AUTOFILL:
		text_line(text, hit->at, &claimed->from, &claimed->to);
		return true;
	default:
		return false;
	}
}

/* 0x6a646f65.. and x'6a646f65..': a text as SQL may write it. */
static bool is_sql_hex(const struct text *text, size_t at)
{
	size_t least = at > HEX_REACH ? at - HEX_REACH : 0;

	while (at > least && isxdigit((unsigned char)text->data[at - 1]))
		at--;
	return at > 1 && (text->data[at - 1] == 'x' || text->data[at - 1] == 'X' || text->data[at - 1] == '\'');
}

bool reads_encoded(const struct text *text, const struct hit *hit)
{
	if (hit->encoding == ENCODING_HEX)
		return is_sql_hex(text, hit->at);

	size_t from = hit->at, dots = 0;
	struct slice before;

	while (from > 0 && hit->at - from < TOKEN_REACH) {
		char c = text->data[from - 1];

		if (!isalnum((unsigned char)c) && !one_of(c, "-_.=+/"))
			break;
		dots += c == '.';
		from--;
	}
	if (dots > 0 && slice_find_nocase((struct slice){text->data + from, hit->at - from}, "eyJ") < hit->at - from)
		return true;
	before = (struct slice){text->data + (from > WORD_REACH ? from - WORD_REACH : 0), from > WORD_REACH ? WORD_REACH : from};
	/* "username: anRlc3Q=": values of a key may all be encoded */
	return slice_ends_nocase(before, "basic ") || slice_ends_nocase(before, ": ") || slice_ends_nocase(before, "\"");
}
