/*
 * From a job's descriptors to the bytes of the innermost members.
 *
 * HTTP content codings are undone first (outer part only), then the content decides: archives and
 * compressed streams are opened, one within another, bounded by the unpack_* limits. Each innermost member
 * goes to an intake (views/intake.h). Descriptors are only ever read with pread: a file may shrink
 * or grow while it is read. What cannot be read is recorded (scan_not_inspected), what came before the
 * fault is kept.
 *
 * Members are numbered from 0 in the order they are met over all containers of a part; the same bytes give
 * the same numbers. A checkpoint {part, member, offset} says that everything before that member, and offset
 * bytes of it, is wholly done; a job that resumes at {part, member, offset} starts there. So the member that
 * killed a worker is passed by resuming at member + 1, a place in plain text by a later offset.
 */
#ifndef LEAKTRAWL_UNPACK_H
#define LEAKTRAWL_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"

/* A descriptor of the job, still owned by the caller. continues: volume of the one before it. note: what stands beside it, behind all. */
struct unpack_part {
	int fd;
	uint32_t part;
	const char *path;
	size_t outer; /* bytes of path that name what was asked for (records/machine.h) */
	bool named;
	bool continues;
	bool note;
	uint64_t base; /* of a range: place of the descriptor's first byte */
};

struct unpack_totals {
	uint64_t bytes;    /* read from descriptors, or produced by decoding where that is more */
	uint64_t members;  /* innermost */
	bool sha256_known; /* one part, read whole, no longer than limits.sha256_bytes */
	uint8_t sha256[32];
};

/*
 * Reads every part of a JOB_DOCUMENT or JOB_BUNDLE. A bundle visits only members below job.machine_dir,
 * those of class MEMBER_SYSTEM first. Returns false, with *error (static text), when not one byte could be read.
 */
bool unpack_job(struct scan *scan, const struct unpack_part *parts, size_t count, struct unpack_totals *totals, const char **error);

/* Only undoes the HTTP codings of a page and hands it on; false when it could not be read to its end (recorded). */
bool unpack_body(
	struct scan *scan, const struct unpack_part *part, void (*push)(const void *data, size_t len, void *context), void *context);

/* Once, before the sandbox: tables and character sets the decoders need. */
void unpack_start(void);

#endif
