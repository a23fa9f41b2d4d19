#include "config.h"

#include "coordinator/open_index.h"

#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "index/outbox.h"
#include "index/query.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { LINE_BYTES = 2000 };

struct index *open_for_query(const char *path, enum index_mode mode)
{
	struct index *index = NULL;
	char *why = NULL;

	if (index_open(&index, path, mode, NULL, &why) != INDEX_OK)
		log_error("%s", why);
	free(why);
	return index;
}

int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *who_asks(void)
{
	const struct passwd *account = getpwuid(getuid());
	const char *behind = getenv("SUDO_USER");
	char *name = account ? xstrdup(account->pw_name) : xasprintf("uid %ld", (long)getuid());
	char *both;

	if (!behind || getuid() != 0)
		return name;
	both = xasprintf("%s (%s)", name, behind);
	free(name);
	return both;
}

/* ---- coverage ---------------------------------------------------------------------------------------- */

static uint64_t count_in(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

/* What is wrong with a source's last visit; NULL: nothing. */
static const char *trouble(const json_t *source)
{
	if (count_in(source, "blocked") > 0)
		return "blocked";
	if (json_is_true(json_object_get(source, "dried_up")))
		return "dried up";
	if (count_in(source, "fetched") + count_in(source, "unchanged") == 0 && count_in(source, "due") > 0)
		return "not reached";
	return count_in(source, "failed") > 0 ? "failed in part" : NULL;
}

static bool append_sources(struct buf *line, const json_t *sources)
{
	size_t i, good = 0;
	const json_t *source;
	bool ok;

	json_array_foreach(sources, i, source) good += trouble(source) == NULL;
	ok = buf_printf(line, "; %zu of %zu sources complete", good, json_array_size(sources));
	json_array_foreach(sources, i, source) if (ok && trouble(source)) ok =
		buf_printf(line, ", %s %s", json_string_value(json_object_get(source, "source")), trouble(source));
	return ok;
}

static void append_run(struct buf *line, const json_t *run)
{
	const char *started = json_string_value(json_object_get(run, "started"));
	uint64_t missed = count_in(run, "not_inspected");

	(void)!buf_printf(line, "last %s (run %llu, %.16sZ) %s", json_string_value(json_object_get(run, "kind")),
		(unsigned long long)count_in(run, "id"), started ? started : "", json_string_value(json_object_get(run, "outcome")));
	if (missed > 0)
		(void)!buf_printf(line, "; %llu places not inspected (leaktrawl runs %llu)", (unsigned long long)missed,
			(unsigned long long)count_in(run, "id"));
}

/* An alert nobody got is worse than none that was due. */
static void warn_of_dead_alerts(struct index *index)
{
	struct alert_counts counts;

	if (index_alert_counts(index, &counts) == INDEX_OK && counts.dead > 0)
		log_warning("%llu alerts could not be delivered and were given up (leaktrawl alerts list --state dead)",
			(unsigned long long)counts.dead);
}

void print_coverage(struct index *index)
{
	json_t *coverage = NULL;
	const json_t *run;
	struct buf line;

	if (index_coverage_json(index, &coverage) != INDEX_OK)
		return;
	run = json_object_get(coverage, "last_run");
	buf_init(&line, LINE_BYTES);
	if (!run) {
		(void)!buf_append_text(&line, "nothing was crawled or scanned yet");
	} else {
		append_run(&line, run);
		if (json_array_size(json_object_get(coverage, "sources")) > 0)
			(void)!append_sources(&line, json_object_get(coverage, "sources"));
	}
	log_info("coverage: %s", buf_text(&line));
	buf_free(&line);
	json_decref(coverage);
	warn_of_dead_alerts(index);
}
