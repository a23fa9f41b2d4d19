/* Source: "WAL-mode File Format", sqlite.org/walformat.html. */
#include "inspect/unpack/wal.h"

#include <stdint.h>
#include <string.h>

enum { LOG_HEADER = 32, FRAME_HEADER = 24, SALTS = 16, SUM = 24, PAGE_LEAST = 512, PAGE_MOST = 65536 };

static uint32_t big32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | (uint32_t)data[3];
}

static uint32_t little32(const uint8_t *data)
{
	return (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[1] << 8 | (uint32_t)data[0];
}

bool wal_is_wanted(struct slice head)
{
	return head.len >= 20 && memcmp(head.data, "SQLite format 3", 16) == 0 && head.data[18] == 2;
}

bool wal_is_log(struct slice head)
{
	return head.len >= 4 && (big32((const uint8_t *)head.data) & ~1u) == 0x377f0682;
}

struct log {
	const uint8_t *data;
	size_t len;
	bool big; /* words of the sums */
	uint32_t sum[2];
	size_t page;
};

static void add_up(struct log *log, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		log->sum[0] += (log->big ? big32(data + i) : little32(data + i)) + log->sum[1];
		log->sum[1] += (log->big ? big32(data + i + 4) : little32(data + i + 4)) + log->sum[0];
	}
}

static bool adds_up(const struct log *log, const uint8_t *said)
{
	return log->sum[0] == big32(said) && log->sum[1] == big32(said + 4);
}

static bool begin(struct log *log, struct slice bytes)
{
	*log = (struct log){.data = (const uint8_t *)bytes.data, .len = bytes.len};
	if (bytes.len < LOG_HEADER || !wal_is_log(bytes))
		return false;
	log->big = (log->data[3] & 1) != 0;
	log->page = big32(log->data + 8);
	add_up(log, log->data, SUM);
	return log->page >= PAGE_LEAST && log->page <= PAGE_MOST && (log->page & (log->page - 1)) == 0 && adds_up(log, log->data + SUM);
}

/* Whether the frame at this place belongs to the log. */
static bool is_whole(struct log *log, size_t at)
{
	const uint8_t *frame = log->data + at;
	if (log->len - at < FRAME_HEADER + log->page || memcmp(frame + 8, log->data + SALTS, 8) != 0 || big32(frame) == 0)
		return false;
	add_up(log, frame, 8);
	add_up(log, frame + FRAME_HEADER, log->page);
	return adds_up(log, frame + 16);
}

static bool put_page(struct buf *database, const struct log *log, size_t at)
{
	static const uint8_t nothing[PAGE_LEAST];
	uint64_t place = (uint64_t)(big32(log->data + at) - 1) * log->page;
	if (place + log->page > database->max)
		return false;
	while (database->len < place + log->page) {
		size_t missing = (size_t)place + log->page - database->len;
		if (!buf_append(database, nothing, missing < sizeof nothing ? missing : sizeof nothing))
			return false;
	}
	memcpy(database->data + place, log->data + at + FRAME_HEADER, log->page);
	return true;
}

bool wal_apply(struct buf *database, struct slice bytes)
{
	struct log log;
	if (!begin(&log, bytes))
		return true;
	size_t done = LOG_HEADER, step = FRAME_HEADER + log.page;
	for (size_t at = LOG_HEADER; at < log.len && is_whole(&log, at); at += step) {
		if (big32(log.data + at + 4) == 0) /* no end of a transaction */
			continue;
		for (; done <= at; done += step)
			if (!put_page(database, &log, done))
				return false;
	}
	return true;
}
