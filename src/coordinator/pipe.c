#include "coordinator/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coordinator/input.h"
#include "coordinator/pool.h"
#include "coordinator/reading.h"
#include "coordinator/record.h"
#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { CHUNK = 1 << 20, OVERLAP = LIMIT_RECORD_BYTES };

enum state {
	PIPE_HEAD,   /* gathers what decides */
	PIPE_ASKING, /* an inspector looks at it */
	PIPE_KEEPING,
	PIPE_CUTTING,
	PIPE_CLOSED, /* nothing more is read here */
};

struct pipe {
	struct run *run;
	enum state state;
	struct document *document; /* open, or NULL */
	int kept;                  /* what has come, from the first byte; the document's once it has one */
	uint64_t size;             /* of it, and of all that was read */
	uint64_t given;            /* bytes of it that ranges were made of */
	bool ended, watched;

	/* the range that is being filled */
	int range;
	uint64_t start, base, filled; /* its first byte; the first and the count of those kept for it */
	size_t out;                   /* ranges at inspectors or waiting */
	char *chunk;
};

static void on_ready(short events, void *context);

static void watch(struct pipe *pipe, bool wanted)
{
	if (wanted == pipe->watched)
		return;
	pipe->watched = wanted;
	if (wanted)
		pool_watch(pipe->run->pool, STDIN_FILENO, POLLIN, on_ready, pipe);
	else
		pool_unwatch(pipe->run->pool, STDIN_FILENO);
}

static void close_pipe(struct pipe *pipe)
{
	watch(pipe, false);
	pipe->state = PIPE_CLOSED;
}

static void fail(struct pipe *pipe, const char *what)
{
	log_error("%s: %s", what, strerror(errno));
	pipe->run->broken = pipe->run->stop = true;
	close_pipe(pipe);
}

static int memory(void)
{
	return memfd_create("leaktrawl-input", MFD_CLOEXEC);
}

/* ---- bytes ------------------------------------------------------------------------------------- */

/* What can be had at once, at most want; 0 at the end. */
static ssize_t take(struct pipe *pipe, size_t want)
{
	ssize_t got;

	want = want < CHUNK ? want : CHUNK;
	if (pipe->given < pipe->size && pipe->state == PIPE_CUTTING) {
		uint64_t left = pipe->size - pipe->given;

		got = pread(pipe->kept, pipe->chunk, left < want ? (size_t)left : want, (off_t)pipe->given);
	} else {
		do
			got = read(STDIN_FILENO, pipe->chunk, want);
		while (got < 0 && errno == EINTR);
		pipe->ended = got == 0;
		pipe->size += got > 0 ? (uint64_t)got : 0;
	}
	pipe->given += got > 0 && pipe->state == PIPE_CUTTING ? (uint64_t)got : 0;
	return got;
}

/* ---- ranges ------------------------------------------------------------------------------------ */

static uint64_t range_bytes(const struct pipe *pipe)
{
	uint64_t bytes = pipe->run->config->limits.range_bytes;

	return bytes < LIMIT_PIPE_RANGE_BYTES ? bytes : LIMIT_PIPE_RANGE_BYTES;
}

static size_t ranges_most(const struct pipe *pipe)
{
	uint64_t most = pipe->run->config->limits.input_memory_bytes / (range_bytes(pipe) + 2 * (uint64_t)OVERLAP);

	return most < 1 ? 1 : most > LIMIT_WORKERS ? LIMIT_WORKERS : (size_t)most;
}

static void send_range(struct pipe *pipe)
{
	uint64_t known = pipe->base + pipe->filled, end = pipe->start + range_bytes(pipe);
	struct part part = {.label = xstrdup("-"), .fd = pipe->range, .base = pipe->base, .size = known, .document = pipe->document->row};

	pipe->range = -1;
	pipe->out++;
	reading_add_range(pipe->run->reading, pipe->document, &part, pipe->start, end < known ? end : known);
}

/* The next range sees the end of this one, as far as a record may reach. */
static bool next_range(struct pipe *pipe)
{
	uint64_t start = pipe->start + range_bytes(pipe), base = start > OVERLAP ? start - OVERLAP : 0;
	uint64_t known = pipe->base + pipe->filled;
	size_t len = (size_t)(known - base);
	int next = memory();
	char *seen = xmalloc(len);
	bool good = next >= 0 && pread(pipe->range, seen, len, (off_t)(base - pipe->base)) == (ssize_t)len && input_write(next, seen, len);

	mem_wipe(seen, len);
	free(seen);
	send_range(pipe);
	pipe->range = next;
	pipe->start = start;
	pipe->base = base;
	pipe->filled = len;
	return good;
}

/* What was read ahead of a range's end may be a range of its own. */
static void end_ranges(struct pipe *pipe)
{
	while (pipe->start + range_bytes(pipe) < pipe->base + pipe->filled)
		if (!next_range(pipe)) {
			fail(pipe, "standard input cannot be kept");
			return;
		}
	if (pipe->base + pipe->filled > pipe->start)
		send_range(pipe);
	close_pipe(pipe);
	reading_release(pipe->run->reading, pipe->document);
}

static void cut(struct pipe *pipe)
{
	while (pipe->state == PIPE_CUTTING && pipe->out < ranges_most(pipe)) {
		uint64_t want = pipe->start + range_bytes(pipe) + OVERLAP - (pipe->base + pipe->filled);
		struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};

		if (pipe->given == pipe->size && !pipe->ended && poll(&ready, 1, 0) == 0)
			break;
		ssize_t got = take(pipe, (size_t)want);

		if (got < 0 || !input_write(pipe->range, pipe->chunk, (size_t)got)) {
			fail(pipe, "standard input");
			return;
		}
		pipe->filled += (uint64_t)got;
		if (got == 0) {
			end_ranges(pipe);
			return;
		}
		if ((uint64_t)got == want && !next_range(pipe)) {
			fail(pipe, "standard input cannot be kept");
			return;
		}
	}
	watch(pipe, pipe->state == PIPE_CUTTING && pipe->out < ranges_most(pipe));
}

static void on_range_over(struct document *document, void *context)
{
	struct pipe *pipe = context;

	(void)document;
	pipe->out--;
	cut(pipe);
}

/* ---- the other ways ---------------------------------------------------------------------------- */

static bool to_spool(struct pipe *pipe)
{
	int spool = run_spool(pipe->run);
	uint64_t copied = 0;
	bool good = spool >= 0 && lseek(pipe->kept, 0, SEEK_SET) == 0 && input_copy(pipe->kept, spool, UINT64_MAX - 1, &copied);

	if (!good) {
		if (spool >= 0)
			close(spool);
		return false;
	}
	close(pipe->kept);
	pipe->kept = pipe->document->parts[0].fd = spool;
	return true;
}

static void read_kept(struct pipe *pipe)
{
	close_pipe(pipe);
	pipe->document->parts[0].size = pipe->size;
	reading_add_whole(pipe->run->reading, pipe->document);
	reading_release(pipe->run->reading, pipe->document);
}

static uint64_t kept_most(const struct pipe *pipe)
{
	return pipe->run->options.no_index ? pipe->run->config->limits.input_memory_bytes : UINT64_MAX - 1;
}

/* Bytes that come are kept; past the limit there is no room for them. */
static void keep(struct pipe *pipe)
{
	uint64_t most = kept_most(pipe), left = pipe->size <= most ? most + 1 - pipe->size : 0;
	ssize_t got = left > 0 ? take(pipe, left < CHUNK ? (size_t)left : CHUNK) : 0;

	if (got < 0 || !input_write(pipe->kept, pipe->chunk, (size_t)got)) {
		fail(pipe, "standard input cannot be kept");
		return;
	}
	if (pipe->size > most)
		record_input_cut(pipe->run, pipe->document, pipe->size - 1);
	if (pipe->ended || pipe->size > most)
		read_kept(pipe);
	else
		watch(pipe, true);
}

static void stream(struct pipe *pipe)
{
	struct part *part = document_add_part(pipe->document, "-", NULL, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), 0);

	part->continues = true;
	pipe->document->once = true;
	close_pipe(pipe);
	reading_add_whole(pipe->run->reading, pipe->document);
	reading_release(pipe->run->reading, pipe->document);
}

static void on_headed(struct document *document, const Lt__Head *head, void *context)
{
	struct pipe *pipe = context;

	(void)document;
	if (head->splittable) {
		pipe->state = PIPE_CUTTING;
		pipe->range = memory();
		if (pipe->range < 0)
			fail(pipe, "standard input cannot be kept");
		else
			cut(pipe);
	} else if (head->shape != NULL && strcmp(head->shape, "binary") == 0) {
		pipe->state = PIPE_KEEPING;
		if (!pipe->run->options.no_index && !to_spool(pipe))
			fail(pipe, "standard input cannot be kept");
		else if (pipe->size > kept_most(pipe))
			keep(pipe);
		else
			watch(pipe, true);
	} else {
		stream(pipe);
	}
}

static void on_done(struct document *document, void *context)
{
	struct pipe *pipe = context;

	(void)document;
	pipe->document = NULL;
	pipe->kept = -1;
	close_pipe(pipe);
}

/* ---- the beginning ----------------------------------------------------------------------------- */

static void hand_over(struct pipe *pipe)
{
	struct document *document = document_new();

	watch(pipe, false);
	pipe->state = pipe->ended ? PIPE_CLOSED : PIPE_ASKING;
	pipe->document = document;
	document->context = pipe;
	document->done = on_done;
	document->dropped = on_done;
	document->headed = pipe->ended ? NULL : on_headed;
	document->piece_over = on_range_over;
	document_add_part(document, "-", NULL, pipe->kept, pipe->size);
	reading_add(pipe->run->reading, document);
}

/* As much as a file has that is not split, and a byte more. */
static void gather(struct pipe *pipe)
{
	uint64_t split = pipe->run->config->limits.split_bytes, kept = kept_most(pipe);
	uint64_t most = (split < kept ? split : kept) + 1;
	ssize_t got = take(pipe, (size_t)(most - pipe->size));

	if (got < 0 || !input_write(pipe->kept, pipe->chunk, (size_t)got))
		fail(pipe, "standard input cannot be kept");
	else if (pipe->ended || pipe->size == most)
		hand_over(pipe);
}

static void on_ready(short events, void *context)
{
	struct pipe *pipe = context;

	(void)events;
	if (pipe->state == PIPE_HEAD)
		gather(pipe);
	else if (pipe->state == PIPE_KEEPING)
		keep(pipe);
	else if (pipe->state == PIPE_CUTTING)
		cut(pipe);
}

/* ---- life -------------------------------------------------------------------------------------- */

struct pipe *pipe_new(struct run *run)
{
	struct pipe *pipe = xcalloc(1, sizeof *pipe);

	pipe->run = run;
	pipe->chunk = xmalloc(CHUNK);
	pipe->range = -1;
	pipe->kept = memory();
	if (pipe->kept < 0)
		fail(pipe, "standard input cannot be kept");
	else
		watch(pipe, true);
	return pipe;
}

bool pipe_is_open(const struct pipe *pipe)
{
	return pipe != NULL && pipe->state != PIPE_CLOSED;
}

void pipe_free(struct pipe *pipe)
{
	if (pipe == NULL)
		return;
	watch(pipe, false);
	if (pipe->document != NULL) {
		pipe->document->done = pipe->document->dropped = pipe->document->piece_over = NULL;
		pipe->document->headed = NULL;
	} else if (pipe->kept >= 0) {
		close(pipe->kept);
	}
	if (pipe->range >= 0)
		close(pipe->range);
	mem_wipe(pipe->chunk, CHUNK);
	free(pipe->chunk);
	free(pipe);
}
