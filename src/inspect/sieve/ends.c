#include "inspect/sieve/ends.h"

#include <string.h>

/* A run of CR from at on: a line's end each, unless a line feed stands beside it. */
static size_t unify_returns(char *data, size_t len, size_t at, bool ends)
{
	size_t to = at;

	while (to < len && data[to] == '\r')
		to++;
	if (to == len && !ends) /* what follows is not here yet */
		return to;
	if ((to < len && (data[to] == '\n' || data[to] == '\0')) || (at > 0 && (data[at - 1] == '\n' || data[at - 1] == '\0')))
		return to;
	memset(data + at, '\n', to - at);
	return to;
}

static bool wide_end(const char *data, size_t len, size_t *width)
{
	static const char *const wide[] = {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

	for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
		*width = strlen(wide[i]);
		if (len >= *width && memcmp(data, wide[i], *width) == 0)
			return true;
	}
	return false;
}

void line_ends_unify(char *data, size_t len, bool ends)
{
	size_t width;

	for (size_t at = 0; at < len;) {
		unsigned char c = (unsigned char)data[at];

		if (c == '\r') {
			at = unify_returns(data, len, at, ends);
			continue;
		}
		if ((c == '\v' || c == '\f') && (at + 1 == len || data[at + 1] != '\0') && (at == 0 || data[at - 1] != '\0')) {
			data[at] = '\n';
		} else if ((c == 0xc2 || c == 0xe2) && wide_end(data + at, len - at, &width)) {
			memset(data + at, ' ', width - 1);
			data[at + width - 1] = '\n';
		}
		at++;
	}
}
