#include "inspect/head.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/job.h"
#include "inspect/records/keys.h"
#include "inspect/records/machine.h"
#include "inspect/unpack/sniff.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	SAMPLE_BYTES = LIMIT_RECORD_BYTES,
	LONG_LINE = 4096, /* on average: not lines of a list */
	BLOCK_ROLES = 3,  /* different keys of a stealer block in one sample: not one record a line */
	KEY_BYTES_MAX = 40,
};

/* Statements and directory entries: records of several lines. */
static bool starts_statement(struct slice line)
{
	static const char *const heads[] = {"INSERT ", "REPLACE INTO", "CREATE TABLE", "COPY ", "UPDATE ", "-- ", "dn: ", "dn:: ", NULL};

	for (size_t i = 0; heads[i] != NULL; i++)
		if (slice_starts_nocase(line, heads[i]))
			return true;
	return false;
}

/* The role of `Username: jdoe` as a bit, 0 for a line without a known key. */
static unsigned key_bit(const struct engine *engine, struct slice line)
{
	size_t colon = slice_find_byte(line, ':');

	if (colon == line.len || colon > KEY_BYTES_MAX)
		return 0;
	enum key_role role = keys_block_role(engine->keys, slice_trim(slice_until(line, colon)));

	return role == KEY_HOST || role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD ? 1U << role : 0;
}

/* Why a piece of the file is not one record a line; NULL when it looks like a list. */
static const char *not_lines(const struct engine *engine, const char *data, size_t len)
{
	size_t lines = 0;
	unsigned roles = 0;

	if (sniff((const uint8_t *)data, len) != CONTENT_BYTES || memchr(data, '\0', len) != NULL)
		return "binary";
	for (struct slice rest = {data, len}; rest.len > 0;) {
		size_t end = slice_find_byte(rest, '\n');
		struct slice line = slice_trim(slice_until(rest, end));

		if (line.len > 0 && strchr("{[<", line.data[0]) != NULL)
			return "json";
		if (starts_statement(line))
			return "sql";
		roles |= key_bit(engine, line);
		lines++;
		rest = slice_from(rest, end < rest.len ? end + 1 : end);
	}
	if (__builtin_popcount(roles) >= BLOCK_ROLES)
		return "blocks";
	return lines == 0 || len / lines > LONG_LINE ? "long" : NULL;
}

/* Samples at the beginning, the middle and the end. */
static const char *shape_of(const struct engine *engine, const struct unpack_part *part, uint64_t size, char *sample, const char **why)
{
	const uint64_t places[] = {0, size / 2, size > SAMPLE_BYTES ? size - SAMPLE_BYTES : 0};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		ssize_t got = pread(part->fd, sample, SAMPLE_BYTES, (off_t)places[i]);

		if (got < 0) {
			*why = strerror(errno);
			return NULL;
		}
		char *begin = i == 0 ? sample : memchr(sample, '\n', (size_t)got);
		const char *shape = "long";

		if (begin != NULL)
			shape = not_lines(engine, begin, (size_t)(sample + got - begin));
		if (shape != NULL)
			return shape;
	}
	return "lines";
}

void head_run(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done)
{
	struct stat status;
	const char *why = NULL, *shape = NULL;
	char *sample = xmalloc(SAMPLE_BYTES);
	Lt__Head head = LT__HEAD__INIT;

	if (fstat(part->fd, &status) != 0)
		why = strerror(errno);
	else
		shape = shape_of(scan_engine(scan), part, (uint64_t)status.st_size, sample, &why);
	if (shape == NULL) {
		done->ok = false;
		done->error = (char *)(uintptr_t)why;
	} else {
		head.splittable = strcmp(shape, "lines") == 0;
		head.shape = (char *)(uintptr_t)shape;
		scan_send_head(scan, &head);
	}
	mem_wipe(sample, SAMPLE_BYTES);
	free(sample);
}
