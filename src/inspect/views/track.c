#include "inspect/views/track.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

enum { FIRST_MARKS = 64 };

void track_free(struct track *track)
{
	free(track->marks);
	*track = (struct track){.marks = NULL};
}

static void make_room(struct track *track)
{
	if (track->first > 0) {
		memmove(track->marks, track->marks + track->first, track->count * sizeof *track->marks);
		track->first = 0;
	}
	if (track->count == track->cap) {
		track->cap = track->cap > 0 ? track->cap * 2 : FIRST_MARKS;
		track->marks = xreallocarray(track->marks, track->cap, sizeof *track->marks);
	}
}

void track_mark(struct track *track, uint64_t view, uint64_t raw)
{
	struct offset_entry *last = track->count > 0 ? &track->marks[track->first + track->count - 1] : NULL;
	if (last != NULL && last->view == view) {
		last->raw = raw;
		return;
	}
	if (last != NULL && last->raw + (view - last->view) == raw)
		return;
	if (track->first + track->count == track->cap)
		make_room(track);
	track->marks[track->first + track->count++] = (struct offset_entry){view, raw};
}

uint64_t track_raw(struct track *track, uint64_t view)
{
	while (track->count > 1 && track->marks[track->first + 1].view <= view) {
		track->first++;
		track->count--;
	}
	if (track->count == 0 || track->marks[track->first].view > view)
		return view;
	return track->marks[track->first].raw + (view - track->marks[track->first].view);
}
