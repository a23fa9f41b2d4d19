#include "crawl/drop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/local_file.h"
#include "coordinator/reading.h"
#include "coordinator/walk.h"
#include "index/frontier.h"
#include "shared/log.h"
#include "shared/mem.h"

struct dropped {
	struct run *run;
	const struct source *source;
	uint64_t files, bytes, problems;
};

static void add_file(struct dropped *dropped, const struct walk *walk, const char *path, const struct stat *status)
{
	char *paths[] = {dropped->source->drop, NULL};
	struct document *document = local_file(walk, path, status, paths);

	if (document == NULL) /* a volume, read with the first */
		return;
	document->source = xstrdup(dropped->source->name);
	document->configured = dropped->source;
	document->leak_context = dropped->source->leak_context;
	document->always = dropped->source->canary;
	dropped->files++;
	for (size_t i = 0; i < document->parts_count - document->notes_count; i++)
		dropped->bytes += document->parts[i].size;
	reading_add(dropped->run->reading, document);
}

static void add_some(struct dropped *dropped, struct walk *walk, bool *more)
{
	const char *path;
	struct stat status;

	while (*more && reading_wants_more(dropped->run->reading) && !dropped->run->stop) {
		switch (walk_next(walk, &path, &status)) {
		case WALK_FILE:
			if (status.st_size > 0)
				add_file(dropped, walk, path, &status);
			break;
		case WALK_PROBLEM:
			dropped->problems++;
			log_warning("%s: drop folder: %s: %s", dropped->source->name, path, strerror(errno));
			break;
		case WALK_END:
			*more = false;
			break;
		}
	}
}

static void record(const struct dropped *dropped)
{
	struct run *run = dropped->run;
	struct coverage_failure failure = {"unreadable", dropped->problems};
	struct coverage coverage = {
		.source = dropped->source->name,
		.due = dropped->files + dropped->problems,
		.fetched = dropped->files,
		.failed = dropped->problems,
		.bytes = dropped->bytes,
		.failures = &failure,
		.failures_count = dropped->problems > 0,
	};
	struct source_state state = {
		.health = dropped->problems > 0 ? SOURCE_FAILING : SOURCE_OK,
		.reason = dropped->problems > 0 ? failure.cause : NULL,
		.last_try_ms = run_now_ms(),
		.last_good_ms = dropped->problems > 0 ? 0 : run_now_ms(),
	};

	run->incomplete |= dropped->problems > 0;
	run_write(run);
	(void)run_checked(run, index_coverage_put(run->index, run->id, &coverage));
	(void)run_checked(run, index_source_put(run->index, dropped->source->name, &state));
	if (!run->options.quiet)
		fprintf(stderr, "  %-24.24s %7" PRIu64 " files in %s\n", dropped->source->name, dropped->files, dropped->source->drop);
}

static void read_folder(struct run *run, const struct source *source)
{
	struct dropped dropped = {.run = run, .source = source};
	char *paths[] = {source->drop, NULL};
	struct walk *walk = walk_new(paths);
	bool more = true;

	do {
		add_some(&dropped, walk, &more);
		if (!more && reading_open(run->reading) == 0)
			break;
	} while (run_turn(run, -1));
	walk_free(walk);
	if (!run->broken)
		record(&dropped);
}

void drop_read_all(struct run *run, const char *only)
{
	for (size_t i = 0; i < run->config->sources_count && !run->stop; i++) {
		const struct source *source = &run->config->sources[i];

		if (source->drop != NULL && source->enabled && (only == NULL || strcmp(only, source->name) == 0))
			read_folder(run, source);
	}
}
