#include "inspect/views/valid.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/views/track.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { CARRY_BYTES = 3, PIECE_BYTES = 16 * 1024 };

struct valid_stage {
	struct stage stage;
	struct stage *next;
	struct track track;
	uint64_t at;
	char carry[CARRY_BYTES];
	size_t carried;
};

static bool is_disguise(const char *text)
{
	return memcmp(text, "\xf4\x8f", 2) == 0 && (uint8_t)text[2] >= 0xbc;
}

/* Length of a character that may pass as it is, 0 for a byte that may not. */
static size_t passes(const char *text, size_t len)
{
	uint8_t first = (uint8_t)*text;
	if (first < 0x80)
		return first >= 0x20 || first == '\t' || first == '\n' || first == '\r';
	size_t n = utf8_length(text, len);
	if (n == 3 && memcmp(text, "\xef\xbf", 2) == 0 && (uint8_t)text[2] >= 0xbe)
		return 0;
	return n == 4 && is_disguise(text) ? 0 : n;
}

/* Whether text may be the beginning of a longer character. */
static bool incomplete(const char *text, size_t len)
{
	uint8_t first = (uint8_t)*text;
	size_t want = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
	if (first >= 0xf5 || len >= want)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

static void pass(struct valid_stage *self, const char *data, size_t len, uint64_t at)
{
	if (len == 0)
		return;
	self->next->mark(self->next, track_raw(&self->track, at));
	self->next->push(self->next, data, len);
}

static void disguise(struct valid_stage *self, uint8_t byte, uint64_t at)
{
	char masked[VALID_DISGUISE] = {(char)0xf4, (char)0x8f, (char)(0xbc + byte / 64), (char)(0x80 + byte % 64)};
	pass(self, masked, sizeof masked, at);
}

/* Returns how much was used: all, or all but the beginning of a character. */
static size_t sort_out(struct valid_stage *self, const char *data, size_t len, uint64_t at, bool last)
{
	size_t from = 0, i = 0;
	while (i < len) {
		size_t n = passes(data + i, len - i);
		if (n > 0) {
			i += n;
			continue;
		}
		pass(self, data + from, i - from, at + from);
		from = i;
		if (!last && incomplete(data + i, len - i))
			return i;
		disguise(self, (uint8_t)data[i], at + i);
		from = ++i;
	}
	pass(self, data + from, len - from, at + from);
	return len;
}

static void valid_push(struct stage *stage, const char *data, size_t len)
{
	struct valid_stage *self = (struct valid_stage *)stage;
	size_t done = 0;
	while (self->carried > 0 && done < len) {
		char joined[CARRY_BYTES + 1];
		memcpy(joined, self->carry, self->carried);
		joined[self->carried] = data[done++];
		size_t used = sort_out(self, joined, self->carried + 1, self->at - self->carried, false);
		self->at++;
		self->carried = self->carried + 1 - used;
		memcpy(self->carry, joined + used, self->carried);
	}
	while (done < len) {
		size_t piece = len - done < PIECE_BYTES ? len - done : PIECE_BYTES;
		size_t used = sort_out(self, data + done, piece, self->at, false);
		self->at += used;
		done += used;
		if (used < piece && len - done <= CARRY_BYTES) {
			self->carried = len - done;
			memcpy(self->carry, data + done, self->carried);
			self->at += self->carried;
			break;
		}
	}
}

static void valid_mark(struct stage *stage, uint64_t raw)
{
	struct valid_stage *self = (struct valid_stage *)stage;
	track_mark(&self->track, self->at, raw);
}

static void valid_close(struct stage *stage)
{
	struct valid_stage *self = (struct valid_stage *)stage;
	sort_out(self, self->carry, self->carried, self->at - self->carried, true);
	self->next->close(self->next);
	track_free(&self->track);
	free(self);
}

struct stage *stage_valid(struct stage *next)
{
	struct valid_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){valid_push, valid_mark, valid_close};
	self->next = next;
	return &self->stage;
}

size_t valid_plain(struct slice text)
{
	size_t at = 0;
	while (at < text.len) {
		const char *found = memchr(text.data + at, 0xf4, text.len - at);
		if (found == NULL)
			return text.len;
		at = (size_t)(found - text.data);
		if (text.len - at >= VALID_DISGUISE && is_disguise(found))
			return at;
		at++;
	}
	return text.len;
}

char valid_unmask(struct slice text)
{
	return (char)(((uint8_t)text.data[2] - 0xbc) * 64 + ((uint8_t)text.data[3] - 0x80));
}
