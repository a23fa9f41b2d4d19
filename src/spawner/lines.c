#include "spawner/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 16 * 1024 };

static const char silenced[] = "(prints too much; the rest is dropped)";

void lines_end(struct lines *lines)
{
	if (lines->len == 0)
		return;
	lines->count++;
	if (lines->count <= LIMIT_STDERR_LINES)
		lines->line(lines->data, lines->len, lines->context);
	else if (lines->count == LIMIT_STDERR_LINES + 1)
		lines->line(silenced, strlen(silenced), lines->context);
	lines->len = 0;
}

bool lines_read(struct lines *lines, int fd)
{
	char piece[PIECE_BYTES];
	ssize_t len = read(fd, piece, sizeof piece);

	if (len <= 0)
		return len == -1 && (errno == EAGAIN || errno == EINTR);
	for (ssize_t i = 0; i < len; i++) {
		if (piece[i] == '\n') {
			lines_end(lines);
			continue;
		}
		lines->data[lines->len++] = piece[i];
		if (lines->len == sizeof lines->data)
			lines_end(lines);
	}
	return true;
}
