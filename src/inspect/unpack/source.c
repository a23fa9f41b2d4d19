#include "inspect/unpack/source.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inspect/unpack/walk.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { READ_BYTES = 256 * 1024, PEEK_MAX = 64 * 1024, STREAM_WAIT_MS = 5000 };

void source_init(struct source *source)
{
	buf_init(&source->head, PEEK_MAX);
	source->head_given = 0;
	source->rest = SLICE_NONE;
	source->ended = source->failed = false;
	source->at = 0;
	source->fill = NULL;
}

void source_close(struct source *source)
{
	if (source == NULL)
		return;
	buf_free(&source->head);
	source->close(source);
}

static ssize_t read_on(struct source *source, const uint8_t **data)
{
	if (source->failed || source->ended)
		return source->failed ? -1 : 0;
	ssize_t got = source->read(source, data);
	source->failed |= got < 0;
	source->ended = got == 0;
	return got;
}

ssize_t source_read(struct source *source, const uint8_t **data)
{
	ssize_t got;
	if (source->head_given < source->head.len) {
		*data = source->head.data + source->head_given;
		got = (ssize_t)(source->head.len - source->head_given);
		source->head_given = source->head.len;
	} else if (source->rest.len > 0) {
		*data = (const uint8_t *)source->rest.data;
		got = (ssize_t)source->rest.len;
		source->rest = SLICE_NONE;
	} else {
		got = read_on(source, data);
	}
	if (got > 0)
		source->at += (uint64_t)got;
	return got;
}

ssize_t source_fill(struct source *source, void *data, size_t len)
{
	const uint8_t *held;
	ssize_t got;
	if (source->head_given < source->head.len || source->rest.len > 0) {
		got = source_read(source, &held);
		size_t take = (size_t)got < len ? (size_t)got : len;
		memcpy(data, held, take);
		source->rest = take < (size_t)got ? (struct slice){(const char *)held + take, (size_t)got - take} : source->rest;
		source->at -= (size_t)got - take;
		return (ssize_t)take;
	}
	if (source->failed || source->ended)
		return source->failed ? -1 : 0;
	got = source->fill(source, data, len);
	source->failed |= got < 0;
	source->ended = got == 0;
	source->at += got > 0 ? (uint64_t)got : 0;
	return got;
}

struct slice source_peek(struct source *source, size_t want)
{
	while (source->head.len < want) {
		if (source->rest.len == 0) {
			const uint8_t *data;
			ssize_t got = read_on(source, &data);
			if (got <= 0)
				break;
			source->rest = (struct slice){(const char *)data, (size_t)got};
		}
		size_t missing = want - source->head.len, take = missing < source->rest.len ? missing : source->rest.len;
		if (!buf_append(&source->head, source->rest.data, take))
			log_fatal("%zu bytes are too many to look ahead", want);
		source->rest = slice_from(source->rest, take);
	}
	return (struct slice){buf_text(&source->head), source->head.len};
}

void source_fail(struct source *source, Lt__NotInspectedCause cause, const char *why)
{
	source->failed = true;
	source->cause = cause;
	snprintf(source->why, sizeof source->why, "%s", why);
}

void source_seek(struct source *source, uint64_t offset)
{
	buf_clear(&source->head);
	source->head_given = 0;
	source->rest = SLICE_NONE;
	source->ended = false;
	source->at = offset;
	source->seek(source, offset);
}

bool source_slurp(struct source *source, struct buf *into)
{
	const uint8_t *data;
	ssize_t got;
	while ((got = source_read(source, &data)) > 0) {
		if (!buf_append(into, data, (size_t)got)) {
			source->rest = (struct slice){(const char *)data, (size_t)got};
			source->at -= (uint64_t)got;
			return false;
		}
	}
	return true;
}

/* ---- descriptors ------------------------------------------------------------------------------ */

struct parts_source {
	struct source source;
	struct walk *walk;
	const struct unpack_part *parts;
	size_t count, current;
	uint64_t offset; /* in the current part */
	uint8_t *buffer;
	size_t high;  /* most bytes it held, for the wipe */
	bool forward; /* a part is a pipe */
};

/* A pipe: it only goes forward. */
static bool is_stream(const struct unpack_part *part)
{
	struct stat stat;
	return fstat(part->fd, &stat) == 0 && !S_ISREG(stat.st_mode);
}

/* Whoever fills a pipe may take his time; that is no reason to take us for stuck. */
static ssize_t read_stream(struct walk *walk, int fd, uint8_t *data, size_t len)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	while (poll(&ready, 1, STREAM_WAIT_MS) == 0)
		walk_read(walk, 0);
	return read(fd, data, len);
}

static uint64_t part_size(const struct unpack_part *part)
{
	struct stat stat;
	return fstat(part->fd, &stat) == 0 && stat.st_size > 0 ? (uint64_t)stat.st_size : 0;
}

static ssize_t parts_fill(struct source *source, uint8_t *data, size_t len)
{
	struct parts_source *self = (struct parts_source *)source;
	while (self->current < self->count) {
		ssize_t got;
		do {
			int fd = self->parts[self->current].fd;
			got = self->forward && is_stream(&self->parts[self->current]) ? read_stream(self->walk, fd, data, len)
										      : pread(fd, data, len, (off_t)self->offset);
		} while (got < 0 && errno == EINTR);
		if (got < 0) {
			source_fail(source, LT__NOT_INSPECTED_CAUSE__CAUSE_IO, strerror(errno));
			return -1;
		}
		if (got > 0) {
			self->offset += (uint64_t)got;
			if (data == self->buffer && (size_t)got > self->high)
				self->high = (size_t)got;
			walk_read(self->walk, (size_t)got);
			return got;
		}
		self->current++;
		self->offset = 0;
	}
	return 0;
}

static ssize_t parts_read(struct source *source, const uint8_t **data)
{
	struct parts_source *self = (struct parts_source *)source;
	*data = self->buffer;
	return parts_fill(source, self->buffer, READ_BYTES);
}

static void parts_seek(struct source *source, uint64_t offset)
{
	struct parts_source *self = (struct parts_source *)source;
	for (self->current = 0; self->current + 1 < self->count; self->current++) {
		uint64_t size = part_size(&self->parts[self->current]);
		if (offset < size)
			break;
		offset -= size;
	}
	self->offset = offset;
}

static uint64_t parts_size(struct source *source)
{
	struct parts_source *self = (struct parts_source *)source;
	uint64_t size = 0;
	for (size_t i = 0; i < self->count; i++)
		size += part_size(&self->parts[i]);
	return size;
}

static void parts_close(struct source *source)
{
	struct parts_source *self = (struct parts_source *)source;
	mem_wipe(self->buffer, self->high);
	free(self->buffer);
	free(self);
}

struct source *source_of_parts(struct walk *walk, const struct unpack_part *parts, size_t count)
{
	struct parts_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = parts_read;
	self->source.fill = parts_fill;
	for (size_t i = 0; i < count; i++)
		self->forward |= is_stream(&parts[i]);
	self->source.seek = self->forward ? NULL : parts_seek;
	self->source.size = self->forward ? NULL : parts_size;
	self->source.close = parts_close;
	self->walk = walk;
	self->parts = parts;
	self->count = count;
	self->buffer = xmalloc(READ_BYTES);
	return &self->source;
}

/* ---- memory ----------------------------------------------------------------------------------- */

struct memory_source {
	struct source source;
	const uint8_t *data;
	size_t len, offset;
};

static ssize_t memory_read(struct source *source, const uint8_t **data)
{
	struct memory_source *self = (struct memory_source *)source;
	size_t left = self->len - self->offset, got = left < READ_BYTES ? left : READ_BYTES;
	*data = self->data + self->offset;
	self->offset += got;
	return (ssize_t)got;
}

static void memory_seek(struct source *source, uint64_t offset)
{
	struct memory_source *self = (struct memory_source *)source;
	self->offset = offset < self->len ? (size_t)offset : self->len;
}

static uint64_t memory_size(struct source *source)
{
	return ((struct memory_source *)source)->len;
}

static void plain_close(struct source *source)
{
	free(source);
}

struct source *source_of_memory(const void *data, size_t len)
{
	struct memory_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = memory_read;
	self->source.seek = memory_seek;
	self->source.size = memory_size;
	self->source.close = plain_close;
	self->data = data;
	self->len = len;
	return &self->source;
}

/* ---- head and tail ---------------------------------------------------------------------------- */

struct joined_source {
	struct source source;
	struct slice head;
	struct source *tail;
};

static ssize_t joined_read(struct source *source, const uint8_t **data)
{
	struct joined_source *self = (struct joined_source *)source;
	if (self->head.len > 0) {
		*data = (const uint8_t *)self->head.data;
		ssize_t got = (ssize_t)self->head.len;
		self->head = SLICE_NONE;
		return got;
	}
	ssize_t got = source_read(self->tail, data);
	if (got < 0)
		source_fail(source, self->tail->cause, self->tail->why);
	return got;
}

struct source *source_joined(struct slice head, struct source *tail)
{
	struct joined_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = joined_read;
	self->source.close = plain_close;
	self->head = head;
	self->tail = tail;
	return &self->source;
}
