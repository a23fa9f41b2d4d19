/* Where the bytes of a lane's window stand in the member, and which of them another lane reads. */
#include <string.h>

#include "inspect/sieve/lane_private.h"
#include "shared/mem.h"

enum { MARKS_MAX = WINDOW_BYTES / 16 };

/* ---- read elsewhere ----------------------------------------------------------------------------- */

void lane_elsewhere(struct lane *lane, uint64_t from, uint64_t to)
{
	if (lane->elsewhere_count > 0 && lane->elsewhere[lane->elsewhere_count - 1].from == from) {
		lane->elsewhere[lane->elsewhere_count - 1].to = to;
		return;
	}
	if (lane->elsewhere_count == lane->elsewhere_cap) {
		lane->elsewhere_cap = lane->elsewhere_cap == 0 ? 16 : lane->elsewhere_cap * 2;
		lane->elsewhere = xreallocarray(lane->elsewhere, lane->elsewhere_cap, sizeof *lane->elsewhere);
	}
	lane->elsewhere[lane->elsewhere_count++] = (struct elsewhere){from, to};
}

bool lane_is_elsewhere(const struct lane *lane, uint64_t place)
{
	size_t low = 0, high = lane->elsewhere_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lane->elsewhere[middle].to <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lane->elsewhere_count && lane->elsewhere[low].from <= place;
}

/* Drops spans that were handed out; the last stays, its end may yet be told. */
void lane_drop_elsewhere(struct lane *lane)
{
	size_t gone = 0;

	while (gone + 1 < lane->elsewhere_count && lane->elsewhere[gone].to <= lane->base + lane->done)
		gone++;
	if (gone == 0)
		return;
	memmove(lane->elsewhere, lane->elsewhere + gone, (lane->elsewhere_count - gone) * sizeof *lane->elsewhere);
	lane->elsewhere_count -= gone;
}

/* ---- marks -------------------------------------------------------------------------------------- */

/* Drops marks that lie before the window, save the one its first byte counts from. */
void lane_drop_marks(struct lane *lane)
{
	size_t keep = 0;

	while (keep + 1 < lane->mark_count && lane->marks[keep + 1].view <= lane->base)
		keep++;
	if (keep == 0)
		return;
	memmove(lane->marks, lane->marks + keep, (lane->mark_count - keep) * sizeof *lane->marks);
	lane->mark_count -= keep;
}

/* Every other mark goes when there are too many: between two of them offsets are off by less than their distance. */
static void marks_thin(struct lane *lane)
{
	size_t kept = 0;

	for (size_t i = 0; i < lane->mark_count; i += 2)
		lane->marks[kept++] = lane->marks[i];
	lane->mark_count = kept;
}

void lane_mark(struct lane *lane, uint64_t raw)
{
	uint64_t view = lane_bytes(lane);

	if (lane->mark_due) {
		lane->marks[lane->mark_count - 1].raw = raw;
		return;
	}
	if (lane->mark_count > 0) {
		const struct offset_entry *last = &lane->marks[lane->mark_count - 1];

		if (last->raw + (view - last->view) == raw)
			return;
	}
	if (lane->mark_count >= MARKS_MAX)
		marks_thin(lane);
	if (lane->mark_count == lane->mark_cap) {
		lane->mark_cap = lane->mark_cap == 0 ? 16 : lane->mark_cap * 2;
		lane->marks = xreallocarray(lane->marks, lane->mark_cap, sizeof *lane->marks);
	}
	lane->marks[lane->mark_count++] = (struct offset_entry){view, raw};
	lane->mark_due = true;
}
