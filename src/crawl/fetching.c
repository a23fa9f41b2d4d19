#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crawl/fetching.h"
#include "crawl/patience.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "index/documents.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	CLEAR_PARALLEL = 8,       /* of one source, unless it says otherwise */
	ONION_PARALLEL = 2,       /* of one onion service, whatever a source says: it serves each stream through six relays */
	RETRY_HORIZON_MS = 60000, /* a retry due later waits for the next run */
	ISOLATION_BYTES = 256,
};

/* ---- requests ---------------------------------------------------------------------------------- */

struct request *request_find(struct crawl *crawl, uint64_t id)
{
	struct request *request = crawl->requests;

	while (request != NULL && request->id != id)
		request = request->next;
	return request;
}

void request_leave_lane(struct request *request)
{
	if (request->lane != NULL)
		request->lane->in_flight--;
	request->lane = NULL;
}

void request_end(struct request *request)
{
	struct crawl *crawl = request->source->crawl;
	struct request **at = &crawl->requests;

	while (*at != NULL && *at != request)
		at = &(*at)->next;
	if (*at == request)
		*at = request->next;
	request_leave_lane(request);
	crawl->requests_count--;
	request->source->in_flight--;
	if (request->body >= 0)
		close(request->body);
	while (request->cookies_count > 0) {
		char *line = request->cookies[--request->cookies_count];

		mem_wipe(line, strlen(line));
		free(line);
	}
	free(request->current);
	free(request->host);
	frontier_url_free(request->url);
	free(request);
	fetch_wake(crawl);
}

void request_put_result(struct request *request, const struct frontier_result *result)
{
	struct run *run = request->source->crawl->run;

	run_write(run);
	(void)run_checked(run, index_frontier_result(run->index, request->url->id, result));
}

void request_release(struct request *request)
{
	struct frontier_result result = {.outcome = FRONTIER_RELEASED, .next_due_ms = run_now_ms(), .now_ms = run_now_ms()};

	request_put_result(request, &result);
	account_close(request->source->account, request->url->id);
	request->source->pages--;
	request_end(request);
}

void request_ask_human(struct request *request, const char *note)
{
	struct source_run *source = request->source;

	if (request->url->depth > 0)
		return;
	source->needs_human = true;
	if (source->note == NULL)
		source->note = xstrdup(note);
}

static int64_t pause_after(const struct request *request, enum retry retry, bool exhausted)
{
	int64_t every = request->source->source->every_ms;
	unsigned attempts = request->url->attempts + 1;
	int64_t gone = retry == RETRY_LATER ? schedule_gone(attempts) : 0;

	if (retry == RETRY_SOON && !exhausted)
		return schedule_backoff(attempts);
	return gone > every ? gone : schedule_next(every);
}

/* It stayed a wall to the last try, whoever asked. */
static void walled(struct request *request, const char *wall)
{
	struct source_run *source = request->source;

	source->over |= request->url->depth == 0 || ++source->walls >= BLOCKED_MAX;
	source->needs_human = true;
	free(source->note);
	source->note = xstrdup(wall);
	log_warning("%s: %s: the page is a %s page, not content", source->source->name, request->current, wall);
}

/* Of a mirror that has to prove itself its start alone is asked for: when it is due, and no more when not in this run. */
static void wait_for_start(struct source_run *source, int64_t due_ms)
{
	if (due_ms > source->retry_until_ms)
		source->over = true;
	else if (due_ms > source->probe_at_ms)
		source->probe_at_ms = due_ms;
}

bool request_last_try(const struct request *request)
{
	return request->source->crawl->options.once ||
	       request->url->attempts + 1 >= request->source->crawl->run->config->limits.fetch_attempts;
}

void request_fail(struct request *request, enum retry retry, const char *cause, const char *error, int64_t wait_ms, const char *wall)
{
	struct source_run *source = request->source;
	struct crawl *crawl = source->crawl;
	bool exhausted = retry != RETRY_SOON || request->url->attempts + 1 >= crawl->run->config->limits.fetch_attempts;
	int64_t pause = pause_after(request, retry, exhausted);
	int64_t wait = wait_ms > pause ? wait_ms : pause;
	struct frontier_result result = {
		.outcome = FRONTIER_FAILED, .next_due_ms = run_now_ms() + wait, .error = cause, .now_ms = run_now_ms()};

	request_put_result(request, &result);
	log_info("%s: %s: %s%s%s", source->source->name, request->current, cause, error != NULL ? ": " : "", error != NULL ? error : "");
	if (!exhausted && !crawl->options.once && wait <= RETRY_HORIZON_MS) {
		account_retry(source->account, request->url->id, result.next_due_ms, cause, request->refused);
		if (result.next_due_ms > source->retry_until_ms)
			source->retry_until_ms = result.next_due_ms;
	} else {
		account_close(source->account, request->url->id);
		coverage_failed(source, cause, request->refused);
		if (wall != NULL)
			walled(request, wall);
	}
	if (source->mirrors != NULL && mirrors_unproved(source->mirrors) && request->url->depth == 0)
		wait_for_start(source, result.next_due_ms);
	request_end(request);
}

/* ---- bodies ------------------------------------------------------------------------------------ */

static int body_file(const struct run *run, bool spooled)
{
	return spooled ? run_spool(run) : memfd_create("leaktrawl-body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* Streams with another key get another circuit; so a source that blocks us sees somebody else under the next identity. */
static const char *isolation_of(const struct request *request, const struct proxy *proxy, char key[ISOLATION_BYTES])
{
	const char *name = proxy->isolate == ISOLATE_HOST ? request->host : request->source->source->name;
	unsigned identity = request->source->identity;
	bool tor = proxy->control_socket != NULL || proxy->control_host != NULL;

	if (proxy->isolate == ISOLATE_NONE && (!tor || identity == 0))
		return NULL;
	if (identity == 0)
		(void)snprintf(key, ISOLATION_BYTES, "%s", name);
	else
		(void)snprintf(key, ISOLATION_BYTES, "%s+%u", name, identity);
	return key;
}

/*
 * Validators only where the page was read under the present rules: else it has to come again. Items of a site come
 * whole, since only a page that was read tells whether it is to be visited again.
 */
static bool read_already(const struct request *request)
{
	struct run *run = request->source->crawl->run;
	bool known = false;

	if (!request->url->has_digest || request->source->source->canary ||
		(request->source->mirrors != NULL && mirrors_unproved(request->source->mirrors)) ||
		(request->source->source->site != NULL && request->url->depth > 0))
		return false;
	return index_document_known(run->index, request->url->digest, inspect_setup_version(run->setup), &known) == INDEX_OK && known;
}

/* Under the address that is asked now: one mirror need not know of another. The caller frees. */
static char *actual_referer(const struct request *request)
{
	const struct mirrors *mirrors = request->source->mirrors;
	char *canonical, *actual;

	if (request->url->referer == NULL || mirrors == NULL)
		return request->url->referer != NULL ? xstrdup(request->url->referer) : NULL;
	canonical = mirrors_canonical(mirrors, request->url->referer);
	actual = mirrors_actual(mirrors, canonical);
	free(canonical);
	return actual;
}

static bool send_through(struct request *request, struct lane *lane)
{
	struct gateway *gateway = request->source->gateway;
	const struct limits *limits = &request->source->crawl->run->config->limits;
	char isolation[ISOLATION_BYTES];
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__FetchRequest fetch = LT__FETCH_REQUEST__INIT;
	char *referer;
	bool sent;

	fetch.id = request->id;
	fetch.url = request->current;
	fetch.method = (char *)(uintptr_t)request->url->method;
	fetch.body = (char *)(uintptr_t)request->url->body;
	fetch.referer = referer = actual_referer(request);
	if (request->hops == 0 && read_already(request)) {
		fetch.etag = (char *)(uintptr_t)request->url->etag;
		fetch.last_modified = (char *)(uintptr_t)request->url->last_modified;
	}
	fetch.max_bytes = request->spooled ? limits->fetch_bytes : limits->spool_memory_bytes;
	patience_fill(&fetch, limits, request->onion);
	fetch.isolation = (char *)(uintptr_t)isolation_of(request, gateway_proxy(gateway, lane), isolation);
	if (request->source->jar != NULL)
		fetch.cookies = (char **)(uintptr_t)jar_lines(request->source->jar, &fetch.n_cookies);
	if (fetch.n_cookies == 0) {
		fetch.cookies = request->cookies;
		fetch.n_cookies = request->cookies_count;
	}
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_REQUEST;
	envelope.fetch_request = &fetch;
	sent = gateway_send(gateway, lane, &envelope, request->body);
	free(referer);
	if (!sent)
		return false;
	request->lane = lane;
	request->sent_ms = run_now_ms();
	lane->in_flight++;
	return true;
}

/* The onion service has as many requests under way as it gets. */
static bool host_full(const struct request *request)
{
	unsigned under_way = 0;

	if (!request->onion)
		return false;
	for (const struct request *other = request->source->crawl->requests; other != NULL; other = other->next)
		under_way += other->lane != NULL && strcmp(other->host, request->host) == 0;
	return under_way >= ONION_PARALLEL;
}

/* Sends the request, or leaves it waiting for its host. False: there is no way now. */
static bool send(struct request *request)
{
	struct lane *lane;

	request_leave_lane(request);
	if (host_full(request))
		return true;
	lane = gateway_lane(request->source->gateway, request->host, request->url->attempts + request->tries);
	if (lane == NULL)
		return false;
	if (request->body >= 0)
		close(request->body);
	request->body = body_file(request->source->crawl->run, request->spooled);
	if (request->body < 0) {
		log_error("cannot make room for a page: %s", strerror(errno));
		return false;
	}
	return send_through(request, lane);
}

void request_send(struct request *request)
{
	if (!send(request))
		request_release(request);
}

/* The one that has waited longest among those that wait no longer for their host. */
static struct request *next_awake(const struct crawl *crawl)
{
	struct request *oldest = NULL;

	for (struct request *request = crawl->requests; request != NULL; request = request->next)
		if (request->lane == NULL && !request->held && !host_full(request))
			oldest = request;
	return oldest;
}

void fetch_wake(struct crawl *crawl)
{
	struct request *request;

	if (crawl->waking)
		return;
	crawl->waking = true;
	while (!crawl->run->broken && (request = next_awake(crawl)) != NULL)
		request_send(request);
	crawl->waking = false;
}

void request_point_at(struct request *request, const struct url *target)
{
	free(request->current);
	free(request->host);
	request->current = xstrdup(target->text);
	request->host = xstrdup(target->host);
	request->onion = target->host_class == HOST_ONION;
}

unsigned fetch_parallel(const struct source *source)
{
	struct url start;
	bool onion = false;

	if (source->parallel > 0)
		return source->parallel;
	if (source->start_count > 0 && url_read(source->start[0], strlen(source->start[0]), &start) == URL_OK) {
		onion = start.host_class == HOST_ONION;
		url_free(&start);
	}
	return onion ? ONION_PARALLEL : CLEAR_PARALLEL;
}

bool fetch_begin(struct source_run *source, struct frontier_url *url)
{
	struct crawl *crawl = source->crawl;
	struct request *request;
	struct url target;
	char *actual;

	actual = source->mirrors != NULL ? mirrors_actual(source->mirrors, url->url) : xstrdup(url->url);
	if (url_check(actual, strlen(actual), &target) != URL_OK)
		log_fatal("the frontier holds what is not a URL");
	free(actual);
	request = xcalloc(1, sizeof *request);
	request->id = ++crawl->last_request;
	request->source = source;
	request->url = url;
	request_point_at(request, &target);
	url_free(&target);
	request->body = -1;
	request->next = crawl->requests;
	crawl->requests = request;
	crawl->requests_count++;
	source->in_flight++;
	source->pages++;
	account_open(source->account, url->id);
	if (send(request))
		return true;
	request_release(request);
	return false;
}
