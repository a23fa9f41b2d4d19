#include "inspect/range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspect/job.h"
#include "inspect/records/machine.h"
#include "inspect/sieve/lane.h"
#include "limits/limits.h"
#include "shared/mem.h"

/* Reads up to len bytes; fewer at the end of the file. -1 with errno on failure. */
static ssize_t read_at(int fd, char *data, size_t len, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, data, len, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/* How much is to be read next. What began in the range and is decoded as it comes is read on: others do not see its beginning. */
static size_t wanted(struct lane *lane, uint64_t at, uint64_t to)
{
	if (at < to || at - to < LIMIT_RECORD_BYTES)
		return at < to && to - at > SIZE_MAX - LIMIT_RECORD_BYTES ? SIZE_MAX : (size_t)(to + LIMIT_RECORD_BYTES - at);
	lane_settle(lane);
	return lane_goes_on(lane) && at - to < LIMIT_RUN_ON_BYTES ? LIMIT_RECORD_BYTES : 0;
}

void range_run(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done)
{
	const Lt__Job *job = scan_job(scan);
	struct machine_place place = {part->path, part->outer, part->named};
	size_t dir = machine_dir_of(scan_engine(scan), &place);
	char *machine_dir = dir > 0 ? xstrndup(part->path, dir) : NULL;
	struct member member = {
		.part = part->part, .path = part->path, .machine_dir = machine_dir, .class = machine_path_class(scan_engine(scan), &place)};
	uint64_t from = job->range_start, to = job->range_end;

	if (job->resume != NULL && job->resume->has_offset && job->resume->offset > from)
		from = job->resume->offset;
	uint64_t at = from > LIMIT_RECORD_BYTES ? from - LIMIT_RECORD_BYTES : 0;

	at = at > part->base ? at : part->base;
	struct lane *lane = lane_open(scan, &member, VIEW_RAW, 0);

	lane_range(lane, at, from, to);
	for (size_t want; (want = wanted(lane, at, to)) > 0;) {
		size_t room;
		char *window = lane_reserve(lane, &room);
		ssize_t got = read_at(part->fd, window, want < room ? want : room, at - part->base);

		if (got < 0) {
			scan_not_inspected(scan, &member, LT__NOT_INSPECTED_CAUSE__CAUSE_IO, strerror(errno), at);
			done->ok = at > from;
			done->error = done->ok ? NULL : (char *)(uintptr_t) "the file cannot be read";
		}
		if (got == 0 && at < to)
			scan_not_inspected(
				scan, &member, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "the file ends before the range does", at);
		if (got <= 0)
			break;
		lane_commit(lane, (size_t)got);
		at += (uint64_t)got;
		uint64_t safe = lane_done(lane);

		if (safe > from)
			scan_progress(scan, part->part, 0, safe < to ? safe : to);
	}
	done->has_bytes = true;
	done->bytes = at <= from ? 0 : at < to ? at - from : to - from;
	/* a kept piece of a pipe ends there, whatever follows */
	if (at > to && (at - to == LIMIT_RECORD_BYTES || at - to >= LIMIT_RUN_ON_BYTES))
		scan_cut_at(scan, at - LIMIT_RECORD_BYTES);
	lane_close(lane);
	scan_cut_at(scan, UINT64_MAX);
	free(machine_dir);
}
