/*
 * Grows a frontier step by step and measures at each size what a crawl does with it: taking the next URL that is due,
 * and putting its result. One JSON line a step, and one for a crawl that begins anew when nothing of the file is in memory.
 * The clock is made up, the file and its durability are real.
 *
 *     frontier_bench FOLDER URLS STEP
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "index/frontier.h"
#include "index/index.h"
#include "shared/mem.h"

enum {
	SOURCES = 4,
	HOSTS = 2500,         /* of each source */
	LOAD_WRITES = 100000, /* URLs added in one transaction */
	CRAWL_WRITES = 500,   /* and taken in one: a run commits four times a second */
	TAKES = 5000,         /* at each size */
	DELAY_MS = 100,       /* between two requests to a host */
	DUE_ONE_IN = 10,      /* the others fall due within a month */
	MONTH_S = 30 * 86400,
};

static const int64_t start_ms = INT64_C(1764200000000);

static uint64_t random_state = 20261123;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void need(struct index *index, enum index_result result, const char *what)
{
	if (result == INDEX_OK)
		return;
	fprintf(stderr, "frontier_bench: %s: %s\n", what, index_why(index));
	exit(1);
}

static const char *source_name(uint64_t number)
{
	static const char *const names[SOURCES] = {"pastes", "leaks", "market", "forum"};

	return names[number % SOURCES];
}

static void add(struct index *index, uint64_t number)
{
	char host[64], address[160];
	uint64_t which = next_random();
	struct frontier_url url = {.source = source_name(which),
		.url = address,
		.host = host,
		.role = "item",
		.depth = 1,
		.priority = (unsigned)(which >> 8) % 3};

	(void)snprintf(host, sizeof host, "h%u.example", (unsigned)(which >> 16) % HOSTS);
	(void)snprintf(address, sizeof address, "http://%s/archive/%" PRIu64 "/paste-%016" PRIx64, host, number, next_random());
	url.due_ms = start_ms - (int64_t)(next_random() % 1000);
	if (next_random() % DUE_ONE_IN != 0)
		url.due_ms += (int64_t)(next_random() % MONTH_S) * 1000;
	need(index, index_frontier_add(index, &url, NULL), "adding");
}

static double load(struct index *index, uint64_t from, uint64_t to)
{
	int64_t began = now_us();

	for (uint64_t at = from; at < to;) {
		uint64_t end = to - at > LOAD_WRITES ? at + LOAD_WRITES : to;

		need(index, index_begin(index), "beginning");
		for (; at < end; at++)
			add(index, at);
		need(index, index_commit(index), "committing");
	}
	return (double)(to - from) * 1e6 / (double)(now_us() - began);
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct measured {
	int64_t takes[TAKES], next_due_us, put_us, commit_worst_us, clock_ms;
	unsigned count;
};

static void put(struct index *index, struct measured *measured, const struct frontier_url *url)
{
	const struct frontier_result result = {.outcome = FRONTIER_FETCHED,
		.next_due_ms = measured->clock_ms + 86400000,
		.etag = "\"bench\"",
		.now_ms = measured->clock_ms};
	int64_t began = now_us();

	need(index, index_frontier_result(index, url->id, &result), "putting a result");
	measured->put_us += now_us() - began;
}

static void take_one(struct index *index, struct measured *measured)
{
	const char *source = source_name(measured->count);
	struct frontier_url *url = NULL;
	int64_t due, began = now_us();

	need(index, index_frontier_next_due(index, source, &due), "asking when something falls due");
	measured->next_due_us += now_us() - began;
	began = now_us();
	need(index, index_frontier_take(index, source, DELAY_MS, 60000, measured->clock_ms, &url), "taking");
	measured->takes[measured->count++] = now_us() - began;
	put(index, measured, url);
	frontier_url_free(url);
	measured->clock_ms++;
}

static void crawl(struct index *index, struct measured *measured)
{
	while (measured->count < TAKES) {
		int64_t began;

		need(index, index_begin(index), "beginning");
		for (unsigned i = 0; i < CRAWL_WRITES && measured->count < TAKES; i++)
			take_one(index, measured);
		began = now_us();
		need(index, index_commit(index), "committing");
		began = now_us() - began;
		if (began > measured->commit_worst_us)
			measured->commit_worst_us = began;
	}
}

static void report(struct measured *measured, uint64_t urls, bool cold, double adds, const char *path)
{
	struct stat file;
	int64_t sum = 0;

	for (size_t i = 0; i < TAKES; i++)
		sum += measured->takes[i];
	qsort(measured->takes, TAKES, sizeof measured->takes[0], by_time);
	printf("{\"urls\":%" PRIu64 ",\"cold\":%s,\"adds_per_s\":%.0f,\"next_due_us\":%.1f,\"take_us\":%.1f,\"take_p99_us\":%" PRId64
	       ",\"take_worst_us\":%" PRId64 ",\"result_us\":%.1f,\"commit_worst_ms\":%.1f,\"megabytes\":%.0f}\n",
		urls, cold ? "true" : "false", adds, (double)measured->next_due_us / TAKES, (double)sum / TAKES,
		measured->takes[TAKES * 99 / 100], measured->takes[TAKES - 1], (double)measured->put_us / TAKES,
		(double)measured->commit_worst_us / 1000, stat(path, &file) == 0 ? (double)file.st_size / 1e6 : 0.0);
	(void)fflush(stdout);
}

static struct index *open_index(const char *path)
{
	static const uint8_t key[INDEX_KEY_BYTES] = {1};
	struct index *index = NULL;
	char *why = NULL;

	if (index_open(&index, path, INDEX_CREATE, key, &why) != INDEX_OK) {
		fprintf(stderr, "frontier_bench: %s\n", why);
		exit(1);
	}
	need(index, index_run_lock(index), "locking");
	return index;
}

static void forget(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	sync(); /* only what is written can go out of memory */
	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		fprintf(stderr, "frontier_bench: the file stays in memory\n");
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static struct measured measured;
	struct index *index;
	char *path;
	uint64_t urls, step;

	if (argc != 4)
		return 2;
	urls = strtoull(argv[2], NULL, 10);
	step = strtoull(argv[3], NULL, 10);
	path = xasprintf("%s/index.db", argv[1]);
	if (step == 0)
		return 2;
	index = open_index(path);
	measured.clock_ms = start_ms;
	for (uint64_t at = 0; at < urls; at += step) {
		double adds = load(index, at, at + step < urls ? at + step : urls);

		measured = (struct measured){.clock_ms = measured.clock_ms};
		sync(); /* what loading left is not the crawl's */
		crawl(index, &measured);
		report(&measured, at + step < urls ? at + step : urls, false, adds, path);
	}
	index_close(index);
	forget(path);
	index = open_index(path);
	measured = (struct measured){.clock_ms = measured.clock_ms};
	crawl(index, &measured);
	report(&measured, urls, true, 0, path);
	index_close(index);
	free(path);
	return 0;
}
