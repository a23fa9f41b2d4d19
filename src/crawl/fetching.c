#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crawl/crawl_internal.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "index/documents.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	CLEAR_PARALLEL = 8,       /* of one source, unless it says otherwise */
	ONION_PARALLEL = 2,       /* of one onion service, whatever a source says: it serves each stream through six relays */
	BLAMELESS_DEATHS = 3,     /* of fetch processes in a run */
	RETRY_HORIZON_MS = 60000, /* a retry due later waits for the next run */
	ISOLATION_BYTES = 256,
};

/* What a failure asks for. */
enum retry {
	RETRY_SOON,  /* as the way may be better in a moment */
	RETRY_LATER, /* gone, if not for ever */
	RETRY_HUMAN, /* nothing changes by itself */
};

/* ---- requests ---------------------------------------------------------------------------------- */

static struct request *find_request(struct crawl *crawl, uint64_t id)
{
	struct request *request = crawl->requests;

	while (request != NULL && request->id != id)
		request = request->next;
	return request;
}

static void wake(struct crawl *crawl);

static void leave_lane(struct request *request)
{
	if (request->lane != NULL)
		request->lane->in_flight--;
	request->lane = NULL;
}

static void request_end(struct request *request)
{
	struct crawl *crawl = request->source->crawl;
	struct request **at = &crawl->requests;

	while (*at != NULL && *at != request)
		at = &(*at)->next;
	if (*at == request)
		*at = request->next;
	leave_lane(request);
	crawl->requests_count--;
	request->source->in_flight--;
	if (request->body >= 0)
		close(request->body);
	free(request->current);
	free(request->host);
	frontier_url_free(request->url);
	free(request);
	wake(crawl);
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
	account_close(request->source->account, request->url->id);
	request->source->pages--;
	request_end(request);
}

/* The start shows whether a source can be had at all. */
static void ask_human(struct request *request, const char *note)
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

/* wait_ms: what the server asked for, or 0. wall: the marker of the wall that the page was, or NULL. */
static void fail(struct request *request, enum retry retry, const char *cause, const char *error, int64_t wait_ms, const char *wall)
{
	struct source_run *source = request->source;
	struct crawl *crawl = source->crawl;
	bool exhausted = retry != RETRY_SOON || request->url->attempts + 1 >= crawl->run->config->limits.fetch_attempts;
	int64_t pause = pause_after(request, retry, exhausted);
	int64_t wait = wait_ms > pause ? wait_ms : pause;
	struct frontier_result result = {
		.outcome = FRONTIER_FAILED, .next_due_ms = run_now_ms() + wait, .error = cause, .now_ms = run_now_ms()};

	put_result(request, &result);
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

static void failed(struct request *request, enum retry retry, const char *cause, const char *error, int64_t wait_ms)
{
	fail(request, retry, cause, error, wait_ms, NULL);
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
	fetch.connect_timeout_ms = (uint32_t)(request->onion ? limits->onion_connect_ms : limits->fetch_connect_ms);
	fetch.total_timeout_ms = (uint32_t)(request->onion ? limits->onion_total_ms : limits->fetch_total_ms);
	fetch.low_speed_bytes = (uint32_t)limits->stall_bytes;
	fetch.low_speed_s = (uint32_t)limits->stall_seconds;
	fetch.isolation = (char *)(uintptr_t)isolation_of(request, gateway_proxy(gateway, lane), isolation);
	if (request->source->jar != NULL)
		fetch.cookies = (char **)(uintptr_t)jar_lines(request->source->jar, &fetch.n_cookies);
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

	leave_lane(request);
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

static void send_or_release(struct request *request)
{
	if (!send(request))
		release(request);
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

static void wake(struct crawl *crawl)
{
	struct request *request;

	if (crawl->waking)
		return;
	crawl->waking = true;
	while (!crawl->run->broken && (request = next_awake(crawl)) != NULL)
		send_or_release(request);
	crawl->waking = false;
}

static void point_at(struct request *request, const struct url *target)
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
	point_at(request, &target);
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
	release(request);
	return false;
}

/* ---- answers ----------------------------------------------------------------------------------- */

#define OUTCOME(name) LT__FETCH_OUTCOME__FETCH_##name

struct outcome_row {
	const char *cause;
	enum retry retry;
	const char *note; /* RETRY_HUMAN: what the human should do */
};

static const struct outcome_row outcomes[] = {
	[OUTCOME(OK)] = {.cause = "ok"},
	[OUTCOME(PROXY_DOWN)] = {.cause = "proxy_down"},
	[OUTCOME(PROXY_AUTH)] = {.cause = "proxy_auth"},
	[OUTCOME(PROXY_REFUSED)] = {.cause = "proxy_refused"},
	[OUTCOME(DNS)] = {.cause = "dns"},
	[OUTCOME(CONNECT)] = {.cause = "connect"},
	[OUTCOME(TLS)] = {.cause = "tls"},
	[OUTCOME(TIMEOUT)] = {.cause = "timeout"},
	[OUTCOME(STALLED)] = {.cause = "stalled"},
	[OUTCOME(TOO_LARGE)] = {.cause = "too_large"},
	[OUTCOME(TRUNCATED)] = {.cause = "truncated"},
	[OUTCOME(PROTOCOL)] = {.cause = "protocol"},
	[OUTCOME(REFUSED_URL)] = {.cause = "refused_url"},
	[OUTCOME(CANCELLED)] = {.cause = "cancelled"},
	[OUTCOME(WRITE)] = {.cause = "write"},
	[OUTCOME(ONION_GONE)] = {.cause = "onion_gone", .retry = RETRY_LATER},
	[OUTCOME(ONION_UNREACHABLE)] = {.cause = "onion_unreachable"},
	[OUTCOME(ONION_AUTH)] =
		{
			.cause = "onion_needs_authorization",
			.retry = RETRY_HUMAN,
			.note = "the onion service wants a client key: give it to Tor (leaktrawl.yml(5), Tor)",
		},
	[OUTCOME(ONION_BAD)] =
		{
			.cause = "onion_bad_address",
			.retry = RETRY_HUMAN,
			.note = "no onion service can have this address: is it mistyped?",
		},
};

/* What a later version of fetch may say is a failure like others. */
static const struct outcome_row *outcome_row(Lt__FetchOutcome outcome)
{
	static const struct outcome_row unknown = {.cause = "unknown"};

	if (outcome < 0 || (size_t)outcome >= sizeof outcomes / sizeof outcomes[0] || outcomes[outcome].cause == NULL)
		return &unknown;
	return &outcomes[outcome];
}

/* The site's address does not answer, or no longer is the one in use: the page is asked of another. */
static bool asked_elsewhere(struct request *request, const char *cause)
{
	struct source_run *source = request->source;

	if (source->mirrors == NULL)
		return false;
	/* What stands elsewhere is nobody's to stand in for; where a start leads away, its address is of no use. */
	if (!mirrors_have(source->mirrors, request->current) && request->url->depth > 0)
		return false;
	if ((!mirrors_have(source->mirrors, request->current) || mirrors_is_current(source->mirrors, request->current)) &&
		!crawl_mirror_failed(source, cause))
		return false;
	release(request);
	return true;
}

static void redirect_failed(struct request *request, const char *cause, const char *error)
{
	if (request->url->depth > 0 || !asked_elsewhere(request, cause))
		failed(request, RETRY_SOON, cause, error, 0);
}

static void redirected(struct request *request, const Lt__FetchDone *done)
{
	struct url target;
	enum scope_verdict verdict;

	if (done->redirect == NULL || request->hops >= request->source->crawl->run->config->limits.redirects) {
		redirect_failed(request, "redirects", done->redirect == NULL ? "a redirect without a target" : "too many redirects");
		return;
	}
	verdict = scope_check_redirect(request->source->source, request->current, done->redirect, &target);
	if (verdict != SCOPE_IN) {
		redirect_failed(request, "redirect_refused", scope_text(verdict));
		return;
	}
	request->hops++;
	request->tries = 0;
	point_at(request, &target);
	url_free(&target);
	send_or_release(request);
}

static void unchanged(struct request *request)
{
	struct source_run *source = request->source;
	bool rests = request->url->depth > 0 && source->source->site != NULL;
	int64_t every = crawl_interval(source, request->url, false);
	struct frontier_result result = {
		.outcome = FRONTIER_UNCHANGED,
		.next_due_ms = rests ? 0 : run_now_ms() + schedule_next(every),
		.every_ms = every,
		.now_ms = run_now_ms(),
	};

	source->unchanged++;
	account_close(source->account, request->url->id);
	put_result(request, &result);
	request_end(request);
}

static void gone(struct request *request, const char *cause)
{
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = cause, .now_ms = run_now_ms()};

	request->source->gone++;
	account_close(request->source->account, request->url->id);
	put_result(request, &result);
	request_end(request);
}

/* An onion service, too, may count by circuit. */
bool fetch_renew_identity(struct source_run *source, const struct lane *lane)
{
	const struct proxy *proxy = gateway_proxy(source->gateway, lane);

	if (source->identity >= MOST_IDENTITIES ||
		(proxy->isolate == ISOLATE_NONE && proxy->control_socket == NULL && proxy->control_host == NULL))
		return false;
	source->identity++;
	control_renew(gateway_control(source->gateway, lane));
	return true;
}

static bool is_refusal(unsigned status)
{
	return status == 401 || status == 403 || status == 407 || status == 429 || status == 451 || status == 503;
}

void fetch_hold(struct request *request)
{
	leave_lane(request);
	request->held = true;
}

void fetch_refused(struct request *request, const char *wall)
{
	char cause[32];

	if (wall != NULL)
		(void)snprintf(cause, sizeof cause, "blocked_%s", wall);
	else
		(void)snprintf(cause, sizeof cause, "http_%u", request->status);
	fail(request, RETRY_SOON, cause, NULL, request->wait_ms, wall);
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
		crawl_page(request, done);
		request_end(request);
		return;
	}
	(void)snprintf(cause, sizeof cause, "http_%u", status);
	if ((status == 502 || status == 503 || status == 504 || request->url->depth == 0) && asked_elsewhere(request, cause))
		return;
	/* A deleted item is an answer; a source whose start is gone is not covered. */
	if ((status == 404 || status == 410) && request->url->depth > 0) {
		gone(request, status == 410 ? "http_410" : "http_404");
		return;
	}
	request->refused = is_refusal(status);
	if ((status == 403 || status == 429) && wait == 0)
		(void)fetch_renew_identity(source, request->lane);
	if ((status == 429 || status == 503) && wait > 0) {
		run_write(source->crawl->run);
		(void)run_checked(source->crawl->run,
			index_frontier_quiet(source->crawl->run->index, source->source->name, request->url->host, run_now_ms() + wait));
	}
	if (!is_refusal(status) || done->bytes == 0) {
		failed(request, RETRY_SOON, cause, NULL, wait);
		return;
	}
	request->status = status;
	request->wait_ms = wait;
	crawl_refused(request, done);
}

/* Not the site's fault: another proxy of the pool takes over, or the URL stays due until one is back. */
static void proxy_failed(struct request *request, const Lt__FetchDone *done)
{
	struct gateway *gateway = request->source->gateway;

	gateway_failed(gateway, request->lane, outcome_row(done->outcome)->cause, done->error, request->sent_ms);
	if (++request->tries >= gateway->count)
		release(request);
	else
		send_or_release(request);
}

static bool wants_more_room(const struct request *request)
{
	const struct limits *limits = &request->source->crawl->run->config->limits;

	return !request->spooled && limits->fetch_bytes > limits->spool_memory_bytes;
}

/* The way to this one address. */
static bool site_failed(Lt__FetchOutcome outcome)
{
	switch ((int)outcome) {
	case OUTCOME(DNS):
	case OUTCOME(CONNECT):
	case OUTCOME(TLS):
	case OUTCOME(TIMEOUT):
	case OUTCOME(STALLED):
	case OUTCOME(TRUNCATED):
	case OUTCOME(PROTOCOL):
	case OUTCOME(ONION_GONE):
	case OUTCOME(ONION_UNREACHABLE):
	case OUTCOME(ONION_AUTH):
	case OUTCOME(ONION_BAD):
		return true;
	default:
		return false;
	}
}

static void not_answered(struct request *request, const Lt__FetchDone *done)
{
	const struct outcome_row *row = outcome_row(done->outcome);

	if (site_failed(done->outcome) && asked_elsewhere(request, row->cause))
		return;
	if (done->outcome == OUTCOME(ONION_BAD) && request->url->depth > 0) {
		gone(request, row->cause);
		return;
	}
	if (row->retry == RETRY_HUMAN)
		ask_human(request, row->note);
	failed(request, row->retry, row->cause, done->error, (int64_t)done->retry_after_s * 1000);
}

/* The proxy had no part in it. */
static bool proxy_unasked(Lt__FetchOutcome outcome)
{
	return outcome == OUTCOME(REFUSED_URL) || outcome == OUTCOME(CANCELLED) || outcome == OUTCOME(WRITE);
}

static void answered(struct request *request, const Lt__FetchDone *done)
{
	if (done->outcome == OUTCOME(PROXY_DOWN) || done->outcome == OUTCOME(PROXY_AUTH)) {
		proxy_failed(request, done);
		return;
	}
	if (!proxy_unasked(done->outcome))
		gateway_worked(request->source->gateway, request->lane);
	if (request->source->jar != NULL)
		jar_merge(request->source->jar, done->cookies, done->n_cookies);
	if (done->outcome == OUTCOME(OK)) {
		http_answer(request, done);
	} else if (done->outcome == OUTCOME(TOO_LARGE) && wants_more_room(request)) {
		request->spooled = true;
		send_or_release(request);
	} else {
		not_answered(request, done);
	}
}

void fetch_answer(struct pool_worker *worker, struct lane *lane, const Lt__Envelope *message)
{
	struct crawl *crawl = ((struct way *)worker->data)->gateway->crawl;
	struct request *request;

	if (message->body_case == LT__ENVELOPE__BODY_FETCH_PROGRESS) {
		request = find_request(crawl, message->fetch_progress->id);
		if (request == NULL || request->lane != lane)
			pool_reject(worker, "progress of a request nobody made");
		return;
	}
	if (message->body_case != LT__ENVELOPE__BODY_FETCH_DONE) {
		pool_reject(worker, "a message that fetch has no reason to send");
		return;
	}
	request = find_request(crawl, message->fetch_done->id);
	if (request == NULL || request->lane != lane) {
		pool_reject(worker, "an answer to a request nobody made");
		return;
	}
	answered(request, message->fetch_done);
}

/* One of them may have been its death, or none: the first deaths of a run are nobody's fault, so that the others do not pay. */
void fetch_lost(struct crawl *crawl, const struct lane *lane, const char *why)
{
	struct request *request = crawl->requests;
	bool blame = ++crawl->fetch_deaths > BLAMELESS_DEATHS;

	while (request != NULL) {
		if (request->lane != lane) {
			request = request->next;
			continue;
		}
		if (blame)
			failed(request, RETRY_SOON, "fetch_died", why, 0);
		else
			release(request);
		request = crawl->requests;
	}
}
