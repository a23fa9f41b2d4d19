#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coordinator/proxy_setup.h"
#include "crawl/crawl_internal.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "index/documents.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	PARALLEL = 32,           /* transfers of one fetch process */
	PROXY_DOWN_TRIES = 3,    /* failures in a row before a proxy is given up for this run */
	RETRY_HORIZON_MS = 60000 /* a retry due later waits for the next run */
};

/* ---- requests ---------------------------------------------------------------------------------- */

static struct request *find_request(struct crawl *crawl, uint64_t id)
{
	struct request *request = crawl->requests;

	while (request != NULL && request->id != id)
		request = request->next;
	return request;
}

static void request_end(struct request *request)
{
	struct crawl *crawl = request->source->crawl;
	struct request **at = &crawl->requests;

	while (*at != NULL && *at != request)
		at = &(*at)->next;
	if (*at == request)
		*at = request->next;
	crawl->requests_count--;
	request->source->in_flight--;
	request->source->gateway->in_flight--;
	if (request->body >= 0)
		close(request->body);
	free(request->current);
	frontier_url_free(request->url);
	free(request);
}

static void put_result(struct request *request, const struct frontier_result *result)
{
	struct run *run = request->source->crawl->run;

	run_write(run);
	(void)run_checked(run, index_frontier_result(run->index, request->url->id, result));
}

/* Puts it back untried: not its fault. */
static void release(struct request *request)
{
	struct frontier_result result = {.outcome = FRONTIER_RELEASED, .next_due_ms = run_now_ms(), .now_ms = run_now_ms()};

	put_result(request, &result);
	request_end(request);
}

static void failed(struct request *request, const char *cause, const char *error, int64_t wait_ms)
{
	struct source_run *source = request->source;
	struct crawl *crawl = source->crawl;
	unsigned attempts = request->url->attempts + 1;
	bool exhausted = attempts >= crawl->run->config->limits.fetch_attempts;
	int64_t backoff = exhausted ? schedule_next(source->source->every_ms) : schedule_backoff(attempts);
	int64_t wait = wait_ms > backoff ? wait_ms : backoff;
	struct frontier_result result = {
		.outcome = FRONTIER_FAILED, .next_due_ms = run_now_ms() + wait, .error = cause, .now_ms = run_now_ms()};

	put_result(request, &result);
	log_info("%s: %s: %s%s%s", source->source->name, request->current, cause, error != NULL ? ": " : "", error != NULL ? error : "");
	if (request->url->attempts > 0 && source->retries_pending > 0)
		source->retries_pending--;
	if (!exhausted && !crawl->options.once && wait <= RETRY_HORIZON_MS) {
		source->retries_pending++;
		(void)snprintf(source->last_failure, sizeof source->last_failure, "%s", cause);
		if (result.next_due_ms > source->retry_until_ms)
			source->retry_until_ms = result.next_due_ms;
	} else {
		coverage_failed(source, cause);
	}
	request_end(request);
}

/* ---- bodies ------------------------------------------------------------------------------------ */

static int body_file(const struct run *run, bool spooled)
{
	char *folder;
	char *slash;
	int fd;

	if (!spooled)
		return memfd_create("leaktrawl-body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	folder = xstrdup(run->config->index_path);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	fd = open(slash != NULL ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(folder);
	return fd;
}

static bool is_onion(const char *host)
{
	size_t len = strlen(host);

	return len > 6 && strcmp(host + len - 6, ".onion") == 0;
}

static const char *isolation_of(const struct request *request)
{
	switch (request->source->gateway->proxy->isolate) {
	case ISOLATE_HOST:
		return request->url->host;
	case ISOLATE_SOURCE:
		return request->source->source->name;
	case ISOLATE_NONE:
		break;
	}
	return NULL;
}

/* Validators only where the page was read under the present rules: else it has to come again. */
static bool read_already(const struct request *request)
{
	struct run *run = request->source->crawl->run;
	bool known = false;

	if (!request->url->has_digest || request->source->source->canary)
		return false;
	return index_document_known(run->index, request->url->digest, inspect_setup_version(run->setup), &known) == INDEX_OK && known;
}

static bool send(struct request *request)
{
	const struct limits *limits = &request->source->crawl->run->config->limits;
	bool onion = is_onion(request->url->host);
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__FetchRequest fetch = LT__FETCH_REQUEST__INIT;

	if (request->body >= 0)
		close(request->body);
	request->body = body_file(request->source->crawl->run, request->spooled);
	if (request->body < 0) {
		log_error("cannot make room for a page: %s", strerror(errno));
		return false;
	}
	fetch.id = request->id;
	fetch.url = request->current;
	fetch.method = (char *)(uintptr_t)request->url->method;
	fetch.body = (char *)(uintptr_t)request->url->body;
	fetch.referer = (char *)(uintptr_t)request->url->referer;
	if (request->hops == 0 && read_already(request)) {
		fetch.etag = (char *)(uintptr_t)request->url->etag;
		fetch.last_modified = (char *)(uintptr_t)request->url->last_modified;
	}
	fetch.max_bytes = request->spooled ? limits->fetch_bytes : limits->spool_memory_bytes;
	fetch.connect_timeout_ms = (uint32_t)(onion ? limits->onion_connect_ms : limits->fetch_connect_ms);
	fetch.total_timeout_ms = (uint32_t)(onion ? limits->onion_total_ms : limits->fetch_total_ms);
	fetch.low_speed_bytes = (uint32_t)limits->stall_bytes;
	fetch.low_speed_s = (uint32_t)limits->stall_seconds;
	fetch.isolation = (char *)(uintptr_t)isolation_of(request);
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_REQUEST;
	envelope.fetch_request = &fetch;
	return pool_send(request->source->gateway->worker, &envelope, request->body);
}

bool fetch_begin(struct source_run *source, struct frontier_url *url)
{
	struct crawl *crawl = source->crawl;
	struct request *request = xcalloc(1, sizeof *request);

	request->id = ++crawl->last_request;
	request->source = source;
	request->url = url;
	request->current = xstrdup(url->url);
	request->body = -1;
	request->next = crawl->requests;
	crawl->requests = request;
	crawl->requests_count++;
	source->in_flight++;
	source->gateway->in_flight++;
	source->pages++;
	if (send(request))
		return true;
	release(request);
	return false;
}

/* ---- answers ----------------------------------------------------------------------------------- */

static const char *cause_name(Lt__FetchOutcome outcome)
{
	switch (outcome) {
	case LT__FETCH_OUTCOME__FETCH_OK:
		return "ok";
	case LT__FETCH_OUTCOME__FETCH_PROXY_DOWN:
		return "proxy_down";
	case LT__FETCH_OUTCOME__FETCH_PROXY_AUTH:
		return "proxy_auth";
	case LT__FETCH_OUTCOME__FETCH_PROXY_REFUSED:
		return "proxy_refused";
	case LT__FETCH_OUTCOME__FETCH_DNS:
		return "dns";
	case LT__FETCH_OUTCOME__FETCH_CONNECT:
		return "connect";
	case LT__FETCH_OUTCOME__FETCH_TLS:
		return "tls";
	case LT__FETCH_OUTCOME__FETCH_TIMEOUT:
		return "timeout";
	case LT__FETCH_OUTCOME__FETCH_STALLED:
		return "stalled";
	case LT__FETCH_OUTCOME__FETCH_TOO_LARGE:
		return "too_large";
	case LT__FETCH_OUTCOME__FETCH_TRUNCATED:
		return "truncated";
	case LT__FETCH_OUTCOME__FETCH_PROTOCOL:
		return "protocol";
	case LT__FETCH_OUTCOME__FETCH_REFUSED_URL:
		return "refused_url";
	case LT__FETCH_OUTCOME__FETCH_CANCELLED:
		return "cancelled";
	case LT__FETCH_OUTCOME__FETCH_WRITE:
		return "write";
	case LT__FETCH_OUTCOME__FETCH_ONION_GONE:
		return "onion_gone";
	case LT__FETCH_OUTCOME__FETCH_ONION_UNREACHABLE:
		return "onion_unreachable";
	case LT__FETCH_OUTCOME__FETCH_ONION_AUTH:
		return "onion_needs_authorization";
	case LT__FETCH_OUTCOME__FETCH_ONION_BAD:
		return "onion_bad_address";
	default:
		return "unknown";
	}
}

static void redirected(struct request *request, const Lt__FetchDone *done)
{
	struct url target;
	enum scope_verdict verdict;

	if (done->redirect == NULL || request->hops >= request->source->crawl->run->config->limits.redirects) {
		failed(request, "redirects", done->redirect == NULL ? "a redirect without a target" : "too many redirects", 0);
		return;
	}
	verdict = scope_check_redirect(request->source->source, request->current, done->redirect, &target);
	if (verdict != SCOPE_IN) {
		failed(request, "redirect_refused", scope_text(verdict), 0);
		return;
	}
	request->hops++;
	free(request->current);
	request->current = xstrdup(target.text);
	url_free(&target);
	if (!send(request))
		release(request);
}

static void unchanged(struct request *request)
{
	struct source_run *source = request->source;
	bool item = request->url->depth > 0 && request->url->role != NULL && strcmp(request->url->role, "raw") == 0;
	struct frontier_result result = {
		.outcome = FRONTIER_UNCHANGED,
		.next_due_ms = item ? 0 : run_now_ms() + schedule_next(source->source->every_ms),
		.now_ms = run_now_ms(),
	};

	source->unchanged++;
	source->listing_seen |= request->url->depth == 0;
	if (request->url->attempts > 0 && source->retries_pending > 0)
		source->retries_pending--;
	put_result(request, &result);
	request_end(request);
}

static void gone(struct request *request, unsigned status)
{
	struct frontier_result result = {
		.outcome = FRONTIER_IS_GONE, .error = status == 410 ? "http_410" : "http_404", .now_ms = run_now_ms()};

	put_result(request, &result);
	request_end(request);
}

static void http_answer(struct request *request, const Lt__FetchDone *done)
{
	struct source_run *source = request->source;
	unsigned status = done->status;
	int64_t wait = (int64_t)done->retry_after_s * 1000;
	char cause[32];

	if (status == 304) {
		unchanged(request);
		return;
	}
	if (status >= 300 && status < 400) {
		redirected(request, done);
		return;
	}
	if (status >= 200 && status < 300) {
		if (request->url->attempts > 0 && source->retries_pending > 0)
			source->retries_pending--;
		crawl_page(request, done);
		request_end(request);
		return;
	}
	/* A deleted item is an answer; a source whose start is gone is not covered. */
	if ((status == 404 || status == 410) && request->url->depth > 0) {
		gone(request, status);
		return;
	}
	if (status == 401 || status == 403 || status == 407 || status == 429 || status == 451 || status == 503)
		source->blocked++;
	if ((status == 429 || status == 503) && wait > 0) {
		run_write(source->crawl->run);
		(void)run_checked(source->crawl->run,
			index_frontier_quiet(source->crawl->run->index, source->source->name, request->url->host, run_now_ms() + wait));
	}
	(void)snprintf(cause, sizeof cause, "http_%u", status);
	failed(request, cause, NULL, wait);
}

/* A proxy that refuses connections fails everything behind it: the URLs stay due, the proxy is left alone. */
static void proxy_failed(struct request *request, const Lt__FetchDone *done)
{
	struct gateway *gateway = request->source->gateway;

	gateway->failures++;
	if (gateway->failures >= PROXY_DOWN_TRIES || request->source->crawl->options.once) {
		if (!gateway->down)
			log_warning("proxy %s cannot be used: %s", gateway->proxy->name, done->error != NULL ? done->error : "down");
		gateway->down = true;
		if (gateway->why == NULL)
			gateway->why = xstrdup(cause_name(done->outcome));
	}
	release(request);
}

static void answered(struct request *request, const Lt__FetchDone *done)
{
	struct source_run *source = request->source;

	switch (done->outcome) {
	case LT__FETCH_OUTCOME__FETCH_OK:
		source->gateway->failures = 0;
		http_answer(request, done);
		return;
	case LT__FETCH_OUTCOME__FETCH_PROXY_DOWN:
	case LT__FETCH_OUTCOME__FETCH_PROXY_AUTH:
		proxy_failed(request, done);
		return;
	case LT__FETCH_OUTCOME__FETCH_TOO_LARGE:
		if (!request->spooled &&
			source->crawl->run->config->limits.fetch_bytes > source->crawl->run->config->limits.spool_memory_bytes) {
			request->spooled = true;
			if (!send(request))
				release(request);
			return;
		}
		break;
	default:
		break;
	}
	failed(request, cause_name(done->outcome), done->error, (int64_t)done->retry_after_s * 1000);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct gateway *gateway = worker->data;
	struct request *request;

	if (message->body_case == LT__ENVELOPE__BODY_FETCH_PROGRESS) {
		if (find_request(gateway->crawl, message->fetch_progress->id) == NULL)
			pool_reject(worker, "progress of a request nobody made");
		return;
	}
	if (message->body_case != LT__ENVELOPE__BODY_FETCH_DONE) {
		pool_reject(worker, "a message that fetch has no reason to send");
		return;
	}
	request = find_request(gateway->crawl, message->fetch_done->id);
	if (request == NULL || request->source->gateway != gateway) {
		pool_reject(worker, "an answer to a request nobody made");
		return;
	}
	answered(request, message->fetch_done);
}

/* Its requests are tried again by the fresh process. */
static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct gateway *gateway = worker->data;
	struct request *next;

	log_warning("leaktrawl-fetch for %s ended: %s", gateway->proxy->name, death->text);
	for (struct request *request = gateway->crawl->requests; request != NULL; request = next) {
		next = request->next;
		if (request->source->gateway == gateway)
			failed(request, "fetch_died", death->text, 0);
	}
	if (death->given_up) {
		gateway->down = true;
		gateway->why = xstrdup("fetch_does_not_start");
		log_error("leaktrawl-fetch does not start: %s: %s", death->text, death->last_log);
	}
}

static void on_setup(struct pool_worker *worker)
{
	struct gateway *gateway = worker->data;

	if (!proxy_setup_fetch(worker, gateway->crawl->run->config, gateway->proxy, PARALLEL)) {
		gateway->down = true;
		if (gateway->why == NULL)
			gateway->why = xstrdup("proxy_setup");
	}
}

static const struct pool_events fetch_events = {.setup = on_setup, .message = on_message, .death = on_death};

struct gateway *gateway_start(struct crawl *crawl, struct gateway *gateway)
{
	gateway->worker = pool_add(crawl->run->pool, LT__ROLE__ROLE_FETCH, &fetch_events, gateway);
	return gateway;
}
