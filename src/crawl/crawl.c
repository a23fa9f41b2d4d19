#include "crawl/crawl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/reading.h"
#include "crawl/crawl_internal.h"
#include "crawl/drop.h"
#include "crawl/scope.h"
#include "crawl/trap.h"
#include "index/outbox.h"
#include "shared/mem.h"

enum {
	LEASE_MS = 30 * 60 * 1000,
	READING_BACKLOG = 64, /* documents waiting for inspectors before fetching pauses */
};

/* ---- sources ----------------------------------------------------------------------------------- */

/* Pages behind its starts were found in earlier runs. */
static bool is_known(const struct source_run *source)
{
	bool found = false;

	return index_frontier_found(source->crawl->run->index, source->source->name, &found) == INDEX_OK && found;
}

static bool put_starts(struct source_run *source)
{
	struct run *run = source->crawl->run;

	for (size_t i = 0; i < source->source->start_count; i++) {
		struct url start;
		struct frontier_url url = {0};

		if (url_read(source->source->start[i], strlen(source->source->start[i]), &start) != URL_OK)
			continue;
		if (source->mirrors != NULL)
			proving_canonical(source, &start);
		url.source = source->source->name;
		url.url = start.text;
		url.host = start.host;
		url.role = source->source->site != NULL ? "listing" : "start";
		url.priority = 2;
		url.due_ms = run_now_ms();
		run_write(run);
		(void)run_checked(run, index_frontier_add(run->index, &url, NULL));
		url_free(&start);
	}
	return !run->broken;
}

static struct gateway *gateway_of(struct crawl *crawl, const char *via)
{
	const struct proxy *proxy = config_proxy(crawl->run->config, via);

	for (size_t i = 0; i < crawl->gateways_count; i++)
		if (crawl->gateways[i].proxies == proxy)
			return &crawl->gateways[i];
	gateway_start(&crawl->gateways[crawl->gateways_count], crawl, proxy);
	return &crawl->gateways[crawl->gateways_count++];
}

/* A jar that cannot be read is said, and the source is crawled as a stranger would: its markers tell. */
static void open_jars(struct crawl *crawl)
{
	uint8_t key[JAR_KEY_BYTES];

	if (!jar_key(crawl->run->config, key))
		return;
	for (size_t i = 0; i < crawl->sources_count; i++)
		crawl->sources[i].jar = jar_open(crawl->run->config, crawl->sources[i].source->name, key);
	mem_wipe(key, sizeof key);
}

static void add_sources(struct crawl *crawl)
{
	const struct config *config = crawl->run->config;

	crawl->sources = xcalloc(config->sources_count, sizeof *crawl->sources);
	crawl->gateways = xcalloc(config->sources_count, sizeof *crawl->gateways);
	for (size_t i = 0; i < config->sources_count; i++) {
		const struct source *source = &config->sources[i];
		struct source_run *added = &crawl->sources[crawl->sources_count];

		if (!source->enabled || source->drop != NULL ||
			(crawl->options.source != NULL && strcmp(crawl->options.source, source->name) != 0))
			continue;
		crawl->sources_count++;
		*added = (struct source_run){.crawl = crawl,
			.source = source,
			.gateway = gateway_of(crawl, source->via),
			.started_ms = run_now_ms(),
			.trap = trap_new(),
			.account = account_new()};
		added->mirrors = mirrors_new(source, source->mirrors && is_known(added));
		if (!put_starts(added))
			return;
		if (crawl->options.force || source->canary)
			(void)run_checked(crawl->run, index_frontier_force(crawl->run->index, source->name, run_now_ms()));
	}
}

/* Pages, bytes or time that one run may spend on a source are spent. */
static bool spent(const struct source_run *source)
{
	const struct source *configured = source->source;
	uint64_t pages = configured->max_pages > 0 ? configured->max_pages : source->crawl->run->config->limits.pages_per_run;

	return source->pages >= pages || (configured->max_bytes > 0 && source->bytes >= configured->max_bytes) ||
	       (configured->max_time_ms > 0 && run_now_ms() - source->started_ms >= configured->max_time_ms);
}

static bool may_fetch(const struct source_run *source)
{
	const struct crawl *crawl = source->crawl;

	return !source->over && source->in_flight < fetch_parallel(source->source) && !spent(source) &&
	       reading_open(crawl->run->reading) < READING_BACKLOG && gateway_open(source->gateway);
}

/* The site said that it would be gone by now, and it was never read. */
static bool expired(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = "expired", .now_ms = run_now_ms()};

	if (url->expires_ms == 0 || url->expires_ms > result.now_ms)
		return false;
	source->gone++;
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	frontier_url_free(url);
	return true;
}

static bool fetch_one(struct source_run *source)
{
	struct run *run = source->crawl->run;
	struct frontier_url *url = NULL;

	if (!may_fetch(source) || proving_waits(source) || !proving_start_first(source))
		return false;
	run_write(run);
	if (!run_checked(
		    run, index_frontier_take(run->index, source->source->name, source->source->delay_ms, LEASE_MS, run_now_ms(), &url)))
		return false;
	if (expired(source, url) || proving_moved(source, url))
		return true;
	if (proving_too_early(source, url))
		return false;
	source->early_since_ms = 0;
	return fetch_begin(source, url);
}

/* A page waiting for its turn, or a retry that this run waits for. */
static bool has_more(struct source_run *source, int64_t *when)
{
	int64_t now = run_now_ms();
	int64_t horizon = now + source->source->delay_ms + CRAWL_IDLE_MS;
	int64_t due;

	if (gateway_down(source->gateway) || spent(source) || source->over)
		return false;
	if (proving_waits(source)) {
		if (source->probe_at_ms > now && source->probe_at_ms < *when)
			*when = source->probe_at_ms;
		return source->probe_at_ms > now;
	}
	if (source->retry_until_ms > horizon)
		horizon = source->retry_until_ms;
	if (index_frontier_next_due(source->crawl->run->index, source->source->name, &due) != INDEX_OK || due > horizon)
		return false;
	if (due < gateway_open_ms(source->gateway))
		due = gateway_open_ms(source->gateway);
	if (due < *when)
		*when = due;
	return true;
}

/* How long to wait; -1: nothing is left to do. */
static int next_wait(struct crawl *crawl)
{
	int64_t now = run_now_ms();
	int64_t when = now + CRAWL_IDLE_MS;
	bool more = crawl->requests_count > 0 || reading_open(crawl->run->reading) > 0;

	for (size_t i = 0; i < crawl->sources_count; i++)
		more |= has_more(&crawl->sources[i], &when);
	if (!more)
		return -1;
	return when > now ? (int)(when - now) : 10;
}

static void finish(struct crawl *crawl)
{
	/* Alerts are handed out after this, while inspectors may still be at work. */
	reading_let_go(crawl->run->reading);
	while (crawl->requests != NULL) {
		struct request *request = crawl->requests;

		crawl->requests = request->next;
		if (request->body >= 0)
			close(request->body);
		frontier_url_free(request->url);
		free(request->current);
		free(request->host);
		free(request);
	}
	for (size_t i = 0; i < crawl->sources_count; i++) {
		coverage_put(&crawl->sources[i]);
		free(crawl->sources[i].note);
		trap_free(crawl->sources[i].trap);
		looks_free(crawl->sources[i].looks);
		account_free(crawl->sources[i].account);
		mirrors_free(crawl->sources[i].mirrors);
		if (crawl->sources[i].jar != NULL)
			(void)jar_save(crawl->sources[i].jar);
		jar_free(crawl->sources[i].jar);
	}
	for (size_t i = 0; i < crawl->gateways_count; i++)
		gateway_free(&crawl->gateways[i]);
	free(crawl->sources);
	free(crawl->gateways);
}

void crawl(struct run *run, const struct crawl_options *options)
{
	struct crawl crawl = {.run = run, .options = *options};

	add_sources(&crawl);
	open_jars(&crawl);
	while (!run->stop) {
		bool busy = true;
		int wait;

		while (busy) {
			busy = false;
			for (size_t i = 0; i < crawl.sources_count; i++)
				busy |= fetch_one(&crawl.sources[i]);
		}
		wait = next_wait(&crawl);
		if (wait < 0 || !run_turn(run, wait))
			break;
	}
	coverage_print(&crawl);
	drop_read_all(run, options->source);
	finish(&crawl);
}

int64_t crawl_next_due(const struct config *config, const char *source)
{
	struct index *index = NULL;
	char *why = NULL;
	int64_t next = INT64_MAX;
	int64_t due;

	if (index_open(&index, config->index_path, INDEX_READ, NULL, &why) != INDEX_OK) {
		free(why);
		return next;
	}
	for (size_t i = 0; i < config->sources_count; i++) {
		const struct source *each = &config->sources[i];

		if (!each->enabled || (source != NULL && strcmp(source, each->name) != 0))
			continue;
		if (index_frontier_next_due(index, each->name, &due) == INDEX_OK && due < next)
			next = due;
	}
	if (config->hooks_count > 0 && index_alert_next_due(index, &due) == INDEX_OK && due < next)
		next = due;
	index_close(index);
	return next;
}
