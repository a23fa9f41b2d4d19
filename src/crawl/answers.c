/* What fetch answers, and what follows from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crawl/fetching.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { BLAMELESS_DEATHS = 3 }; /* of fetch processes in a run */

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
	[OUTCOME(TOO_LARGE)] = {.cause = "too_large", .retry = RETRY_LATER},
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
		!proving_failed(source, cause))
		return false;
	request_release(request);
	return true;
}

static void redirect_failed(struct request *request, enum retry retry, const char *cause, const char *error)
{
	if (request->url->depth > 0 || !asked_elsewhere(request, cause))
		request_fail(request, retry, cause, error, 0, NULL);
}

/* Where it would have led, as far as that can be said of what a site wrote. */
static void redirect_refused(struct request *request, const char *to, enum scope_verdict verdict)
{
	struct source_run *source = request->source;
	struct url target;
	bool read = url_read(to, strlen(to), &target) == URL_OK;
	char *error = xasprintf("to %s: %s", read ? target.host : "what is no address", scope_text(verdict));

	if (request->url->depth == 0 && source->note == NULL && source->mirrors == NULL)
		source->note = xasprintf("its start leads %s", error);
	redirect_failed(request, RETRY_HUMAN, "redirect_refused", error);
	if (read)
		url_free(&target);
	free(error);
}

static bool has_log_in(const struct source_run *source)
{
	size_t count = 0;

	if (source->jar != NULL)
		(void)jar_lines(source->jar, &count);
	return count > 0;
}

/*
 * Some sites let nobody in who does not bring back the cookie that comes with the redirect. It lives as long as the request, so that
 * nobody is known by it from page to page; beside the cookies of an operator's log-in it goes to the jar.
 */
static void keep_cookies(struct request *request, const Lt__FetchDone *done)
{
	if (has_log_in(request->source))
		return;
	for (size_t i = 0; i < done->n_set_cookie && request->cookies_count < LIMIT_SET_COOKIES; i++) {
		const char *cookie = done->set_cookie[i];
		size_t len = strcspn(cookie, ";"), name = strcspn(cookie, "=;");

		if (name > 0 && name < len)
			request->cookies[request->cookies_count++] = xasprintf("%s\tFALSE\t/\tFALSE\t0\t%.*s\t%.*s", request->host,
				(int)name, cookie, (int)(len - name - 1), cookie + name + 1);
	}
}

static void redirected(struct request *request, const Lt__FetchDone *done)
{
	struct url target;
	enum scope_verdict verdict;

	if (done->redirect == NULL) {
		redirect_failed(request, RETRY_SOON, "redirects", "a redirect without a target that could be read");
		return;
	}
	if (request->hops >= request->source->crawl->run->config->limits.redirects) {
		redirect_failed(request, RETRY_HUMAN, "redirects", "too many redirects");
		return;
	}
	verdict = scope_check_redirect(request->source->source, request->current, done->redirect, &target);
	if (verdict != SCOPE_IN) {
		redirect_refused(request, done->redirect, verdict);
		return;
	}
	/* The same answer comes again, unless it was the cookie that came with it that was asked for. */
	if (strcmp(request->current, target.text) == 0 && (done->n_set_cookie == 0 || request->turned)) {
		redirect_failed(request, RETRY_HUMAN, "redirects", "to itself");
		url_free(&target);
		return;
	}
	request->turned |= strcmp(request->current, target.text) == 0;
	keep_cookies(request, done);
	request->hops++;
	request->tries = 0;
	request_point_at(request, &target);
	url_free(&target);
	request_send(request);
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
	source->listing_same |= request->url->depth == 0;
	account_close(source->account, request->url->id);
	request_put_result(request, &result);
	request_end(request);
}

static void gone(struct request *request, const char *cause)
{
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = cause, .now_ms = run_now_ms()};

	request->source->gone++;
	account_close(request->source->account, request->url->id);
	request_put_result(request, &result);
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
	request_leave_lane(request);
	request->held = true;
}

void fetch_refused(struct request *request, const char *wall)
{
	/* A queue moves on; before any other wall the same visitor stands again in a minute. */
	bool again = wall == NULL || strcmp(wall, "queue") == 0 || request->wait_ms > 0 || (request->renewed && strcmp(wall, "login") != 0);
	char cause[32];

	if (wall != NULL)
		(void)snprintf(cause, sizeof cause, "blocked_%s", wall);
	else
		(void)snprintf(cause, sizeof cause, "http_%u", request->status);
	request_fail(request, again ? RETRY_SOON : RETRY_HUMAN, cause, NULL, request->wait_ms, wall);
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
		request->renewed = fetch_renew_identity(source, request->lane);
	if ((status == 429 || status == 503) && wait > 0) {
		run_write(source->crawl->run);
		(void)run_checked(source->crawl->run,
			index_frontier_quiet(source->crawl->run->index, source->source->name, request->url->host, run_now_ms() + wait));
	}
	if (!is_refusal(status) || done->bytes == 0) {
		request_fail(request, RETRY_SOON, cause, NULL, wait, NULL);
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
		request_release(request);
	else
		request_send(request);
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

/* A body that will not come whole any more is read as far as it came. */
static bool broke_off(const struct request *request, const Lt__FetchDone *done)
{
	if (done->bytes == 0 || done->status < 200 || done->status >= 300)
		return false;
	switch ((int)done->outcome) {
	case OUTCOME(TOO_LARGE):
		return true;
	case OUTCOME(TIMEOUT):
	case OUTCOME(STALLED):
	case OUTCOME(TRUNCATED):
	case OUTCOME(PROTOCOL):
		return request_last_try(request);
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
	if (broke_off(request, done))
		crawl_fragment(request, done);
	if (row->retry == RETRY_HUMAN)
		request_ask_human(request, row->note);
	request_fail(request, row->retry, row->cause, done->error, (int64_t)done->retry_after_s * 1000, NULL);
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
	if (has_log_in(request->source))
		jar_merge(request->source->jar, done->cookies, done->n_cookies);
	if (done->outcome == OUTCOME(OK)) {
		http_answer(request, done);
	} else if (done->outcome == OUTCOME(TOO_LARGE) && wants_more_room(request)) {
		request->spooled = true;
		request_send(request);
	} else {
		not_answered(request, done);
	}
}

void fetch_answer(struct pool_worker *worker, struct lane *lane, const Lt__Envelope *message)
{
	struct crawl *crawl = ((struct way *)worker->data)->gateway->crawl;
	struct request *request;

	if (message->body_case == LT__ENVELOPE__BODY_FETCH_PROGRESS) {
		request = request_find(crawl, message->fetch_progress->id);
		if (request == NULL || request->lane != lane)
			pool_reject(worker, "progress of a request nobody made");
		return;
	}
	if (message->body_case != LT__ENVELOPE__BODY_FETCH_DONE) {
		pool_reject(worker, "a message that fetch has no reason to send");
		return;
	}
	request = request_find(crawl, message->fetch_done->id);
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
			request_fail(request, RETRY_SOON, "fetch_died", why, 0, NULL);
		else
			request_release(request);
		request = crawl->requests;
	}
}
