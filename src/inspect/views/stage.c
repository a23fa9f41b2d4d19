#include "inspect/views/stage.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/views/track.h"
#include "shared/mem.h"

/* ---- into a lane ------------------------------------------------------------------------------ */

struct lane_stage {
	struct stage stage;
	struct lane *lane;
};

static void lane_stage_push(struct stage *stage, const char *data, size_t len)
{
	lane_push(((struct lane_stage *)stage)->lane, data, len);
}

static void lane_stage_mark(struct stage *stage, uint64_t raw)
{
	lane_mark(((struct lane_stage *)stage)->lane, raw);
}

static void lane_stage_close(struct stage *stage)
{
	lane_close(((struct lane_stage *)stage)->lane);
	free(stage);
}

struct stage *stage_lane(struct lane *lane)
{
	struct lane_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){lane_stage_push, lane_stage_mark, lane_stage_close};
	self->lane = lane;
	return &self->stage;
}

/* ---- charsets --------------------------------------------------------------------------------- */

/* Converted at a time: a piece is marked at its beginning, so offsets inside are off by less. */
enum { PIECE_BYTES = 128, CARRY_BYTES = 8, OUT_BYTES = 8 * PIECE_BYTES };

struct charset_stage {
	struct stage stage;
	struct stage *next;
	int charset;
	struct track track;
	uint64_t at;             /* bytes pushed */
	char carry[CARRY_BYTES]; /* an incomplete character */
	size_t carried;
	struct buf out;
};

static size_t convert_piece(struct charset_stage *self, struct slice piece, uint64_t at, bool last)
{
	buf_clear(&self->out);
	size_t used = charset_convert(self->charset, piece, last, &self->out);
	self->next->mark(self->next, track_raw(&self->track, at));
	self->next->push(self->next, buf_text(&self->out), self->out.len);
	return used;
}

/* Up to the end of a line in a wide charset, so that lines begin where the mark says. */
static size_t piece_length(const char *data, size_t len, size_t unit)
{
	size_t most = len < PIECE_BYTES ? len : PIECE_BYTES;
	const char *feed = memchr(data, '\n', most), *back = memchr(data, '\r', feed != NULL ? (size_t)(feed - data) : most);
	if (back != NULL && !(feed != NULL && (size_t)(feed - back) <= unit)) /* no CR LF */
		feed = back;
	size_t piece = feed != NULL ? (size_t)(feed - data) / unit * unit + unit : PIECE_BYTES;
	return piece < len ? piece : len;
}

/* Completes the character that the piece before left, byte by byte; charsets have at most four bytes a character. */
static size_t complete_carry(struct charset_stage *self, const char *data, size_t len)
{
	size_t taken = 0;
	while (self->carried > 0 && taken < len && self->carried < CARRY_BYTES) {
		self->carry[self->carried++] = data[taken++];
		uint64_t at = self->at + taken - self->carried;
		size_t used = convert_piece(self, (struct slice){self->carry, self->carried}, at, self->carried == CARRY_BYTES);
		memmove(self->carry, self->carry + used, self->carried - used);
		self->carried -= used;
	}
	return taken;
}

static void charset_push(struct stage *stage, const char *data, size_t len)
{
	struct charset_stage *self = (struct charset_stage *)stage;
	size_t done = complete_carry(self, data, len);
	while (done < len) {
		size_t left = len - done, piece = piece_length(data + done, left, charset_unit(self->charset));
		size_t used = convert_piece(self, (struct slice){data + done, piece}, self->at + done, false);
		if (used == 0) /* half a character before a line break */
			used = convert_piece(
				self, (struct slice){data + done, left < CARRY_BYTES ? left : CARRY_BYTES}, self->at + done, false);
		if (used == 0) {
			self->carried = left;
			memcpy(self->carry, data + done, left);
			break;
		}
		done += used;
	}
	self->at += len;
}

static void charset_mark(struct stage *stage, uint64_t raw)
{
	struct charset_stage *self = (struct charset_stage *)stage;
	track_mark(&self->track, self->at, raw);
}

static void charset_close(struct stage *stage)
{
	struct charset_stage *self = (struct charset_stage *)stage;
	if (self->carried > 0)
		convert_piece(self, (struct slice){self->carry, self->carried}, self->at - self->carried, true);
	self->next->close(self->next);
	track_free(&self->track);
	buf_free(&self->out);
	mem_wipe(self->carry, sizeof self->carry);
	free(self);
}

struct stage *stage_charset(int charset, struct stage *next)
{
	struct charset_stage *self = xcalloc(1, sizeof *self);
	self->stage = (struct stage){charset_push, charset_mark, charset_close};
	self->next = next;
	self->charset = charset;
	buf_init(&self->out, OUT_BYTES);
	return &self->stage;
}
