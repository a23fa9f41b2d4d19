#include <sys/types.h>
#include <unistd.h>

#include "inspect/job.h"
#include "inspect/sieve/lane.h"
#include "inspect/unpack/unpack.h"

bool unpack_job(struct scan *scan, const struct unpack_part *parts, size_t count, struct unpack_totals *totals, const char **error)
{
	*error = "no part could be read";
	for (size_t i = 0; i < count; i++) {
		struct member member = {.part = parts[i].part, .index = i, .path = parts[i].path};
		struct lane *lane = lane_open(scan, &member, VIEW_RAW, 0);
		size_t room;
		char *window = lane_reserve(lane, &room);
		ssize_t got;

		for (off_t at = 0; (got = pread(parts[i].fd, window, room, at)) > 0; at += got) {
			lane_commit(lane, (size_t)got);
			totals->bytes += (uint64_t)got;
			window = lane_reserve(lane, &room);
		}
		lane_close(lane);
		totals->members++;
	}
	return true;
}

void unpack_start(void)
{
}
