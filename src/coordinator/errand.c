#include "coordinator/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/pool.h"
#include "coordinator/proxy_setup.h"
#include "crawl/patience.h"
#include "crawl/scope.h"
#include "limits/limits.h"
#include "messages/messages.pb-c.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

/* One proxy being asked; the fetch process lives as long. */
struct going {
	const struct errand *errand;
	const struct proxy *proxy;
	struct errand_answer *answer;
	struct pool_worker *worker;
	uint64_t id;
	unsigned hops;
	bool over, proxy_down;
};

static void end(struct going *going, char *error)
{
	free(going->answer->error);
	going->answer->error = error;
	going->over = true;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static bool is_onion(const char *url)
{
	struct url target;
	bool onion = false;

	if (url_read(url, strlen(url), &target) == URL_OK) {
		onion = target.host_class == HOST_ONION;
		url_free(&target);
	}
	return onion;
}

static void ask(struct going *going)
{
	const struct errand *errand = going->errand;
	struct errand_answer *answer = going->answer;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__FetchRequest fetch = LT__FETCH_REQUEST__INIT;

	if (answer->body >= 0)
		close(answer->body);
	answer->body = memfd_create("leaktrawl-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (answer->body < 0) {
		end(going, xstrdup(strerror(errno)));
		return;
	}
	fetch.id = ++going->id;
	fetch.url = answer->url;
	if (going->hops == 0) {
		fetch.method = (char *)(uintptr_t)errand->method;
		fetch.body = (char *)(uintptr_t)errand->body;
	}
	fetch.referer = (char *)(uintptr_t)errand->referer;
	fetch.max_bytes = LIMIT_PAGE_BYTES;
	patience_fill(&fetch, &errand->context->config->limits, is_onion(answer->url));
	if (going->proxy->isolate != ISOLATE_NONE)
		fetch.isolation = errand->source->name;
	if (errand->jar != NULL)
		fetch.cookies = (char **)(uintptr_t)jar_lines(errand->jar, &fetch.n_cookies);
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_REQUEST;
	envelope.fetch_request = &fetch;
	if (!pool_send(going->worker, &envelope, answer->body))
		end(going, xstrdup("the fetch process is gone"));
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void redirected(struct going *going, const char *to)
{
	struct url target;
	enum scope_verdict verdict = scope_check_redirect(going->errand->source, going->answer->url, to, &target);

	if (verdict != SCOPE_IN) {
		end(going, xasprintf("it redirects to %s: %s", to, scope_text(verdict)));
		return;
	}
	free(going->answer->url);
	going->answer->url = target.text;
	if (++going->hops > going->errand->context->config->limits.redirects)
		end(going, xstrdup("too many redirects"));
	else
		ask(going);
}

static void keep(struct errand_answer *answer, const Lt__FetchDone *done)
{
	struct stat status;

	answer->status = done->status;
	answer->content_type = done->content_type != NULL ? xstrdup(done->content_type) : NULL;
	answer->codings = xcalloc(done->n_content_encoding, sizeof *answer->codings);
	for (size_t i = 0; i < done->n_content_encoding; i++)
		answer->codings[answer->codings_count++] = xstrdup(done->content_encoding[i]);
	(void)fcntl(answer->body, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	answer->size = fstat(answer->body, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static const char *outcome_name(Lt__FetchOutcome outcome)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&lt__fetch_outcome__descriptor, (int)outcome);

	return value != NULL ? value->name : "FETCH_UNKNOWN";
}

static void answered(struct going *going, const Lt__FetchDone *done)
{
	if (going->errand->jar != NULL)
		jar_merge(going->errand->jar, done->cookies, done->n_cookies);
	if (done->outcome != LT__FETCH_OUTCOME__FETCH_OK) {
		going->proxy_down =
			done->outcome == LT__FETCH_OUTCOME__FETCH_PROXY_DOWN || done->outcome == LT__FETCH_OUTCOME__FETCH_PROXY_AUTH;
		end(going, xasprintf("%s: %s", outcome_name(done->outcome) + strlen("FETCH_"), done->error != NULL ? done->error : ""));
	} else if (done->status >= 300 && done->status < 400 && done->redirect != NULL) {
		redirected(going, done->redirect);
	} else {
		keep(going->answer, done);
		going->over = true;
	}
}

static void on_setup(struct pool_worker *worker)
{
	struct going *going = worker->data;

	if (!going->over && !proxy_setup_fetch(worker, going->errand->context->config, going->proxy, 1))
		end(going, xstrdup("the proxy cannot be set up"));
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct going *going = worker->data;

	(void)ready;
	going->worker = worker;
	if (!going->over)
		ask(going);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct going *going = worker->data;

	if (going->over || message->body_case == LT__ENVELOPE__BODY_FETCH_PROGRESS)
		return;
	if (message->body_case == LT__ENVELOPE__BODY_FETCH_DONE && message->fetch_done->id == going->id)
		answered(going, message->fetch_done);
	else
		pool_reject(worker, "an answer to a request nobody made");
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct going *going = worker->data;

	if (!going->over && (death->cause != DEATH_START || death->given_up))
		end(going, xasprintf("the fetch process ended: %s", death->text));
}

static const struct pool_events events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

static void go(struct going *going)
{
	const struct command_context *context = going->errand->context;
	struct pool *pool = pool_new(spawner_start(), &context->config->limits, !context->allow_unsandboxed);

	(void)pool_add(pool, LT__ROLE__ROLE_FETCH, &events, going);
	while (!going->over)
		if (!pool_poll(pool, -1))
			end(going, xstrdup("the process that starts workers ended"));
	pool_free(pool);
}

void errand_run(const struct errand *errand, struct errand_answer *answer)
{
	const struct proxy *proxy = config_proxy(errand->context->config, errand->source->via);
	size_t count = config_proxy_pool(errand->context->config, proxy);
	bool down = true;

	*answer = (struct errand_answer){.url = xstrdup(errand->url), .body = -1};
	for (size_t i = 0; i < count && down; i++) {
		struct going going = {.errand = errand, .proxy = &proxy[i], .answer = answer};

		go(&going);
		down = going.proxy_down;
		if (!down && answer->status > 0)
			end(&going, NULL);
	}
}

void errand_answer_free(struct errand_answer *answer)
{
	if (answer->body >= 0)
		close(answer->body);
	for (size_t i = 0; i < answer->codings_count; i++)
		free(answer->codings[i]);
	free(answer->codings);
	free(answer->content_type);
	free(answer->error);
	free(answer->url);
}
