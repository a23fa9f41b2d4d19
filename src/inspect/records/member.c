/* What is decided about a hit before any record: by the class of its member, by the encoding of its name. */
#include <ctype.h>
#include <string.h>

#include "inspect/records/readers.h"

enum { TOKEN_REACH = 16 * 1024, WORD_REACH = 32 };

/* Word lists, cards (out of scope), forms without secrets, and what a stealer says of the machine itself. */
bool reader_member(struct text *text, const struct hit *hit, struct span *claimed)
{
	switch (text->member->class) {
	case MEMBER_TRAP:
	case MEMBER_CARDS:
	case MEMBER_AUTOFILL:
	case MEMBER_SYSTEM:
		text_line(text, hit->at, &claimed->from, &claimed->to);
		return true;
	default:
		return false;
	}
}

bool reads_encoded(const struct text *text, const struct hit *hit)
{
	size_t from = hit->at, dots = 0;
	struct slice before;

	while (from > 0 && hit->at - from < TOKEN_REACH) {
		char c = text->data[from - 1];

		if (!isalnum((unsigned char)c) && strchr("-_.=+/", c) == NULL)
			break;
		dots += c == '.';
		from--;
	}
	if (dots > 0 && slice_find_nocase((struct slice){text->data + from, hit->at - from}, "eyJ") < hit->at - from)
		return true;
	before = (struct slice){text->data + (from > WORD_REACH ? from - WORD_REACH : 0), from > WORD_REACH ? WORD_REACH : from};
	return slice_ends_nocase(before, "basic ");
}
