/*
 * leaktrawl-fetch: takes requests from the coordinator, sends each over the one route it was set up with,
 * writes the body to the descriptor that came with the request and says how it ended. It decides nothing
 * about content: redirects are reported, codings stay as they are, cookies are handed back.
 */
#include <stdlib.h>
#include <string.h>

#include "fetch/route.h"
#include "fetch/setup.h"
#include "fetch/transfers.h"
#include "limits/limits.h"
#include "shared/mem.h"
#include "shared/worker.h"

/*
 * What Tor Browser sends, in its order, so that behind Tor our requests look like most others. The codings are
 * those that inspect unpacks.
 */
static const char browser_agent[] = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0";
static const char *const browser_lines[] = {
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.5",
	"Accept-Encoding: gzip, deflate, br",
};

enum { BROWSER_LINES = sizeof(browser_lines) / sizeof(browser_lines[0]), VALIDATORS = 2 };

struct fetch {
	struct route route;
	char *user_agent;
	char **allowed;
	size_t allowed_count;
	size_t max_parallel;
	struct buf ca;
	struct transfers *transfers;
};

static void send_done(const Lt__FetchDone *done, void *context)
{
	(void)context;
	Lt__FetchDone message = *done;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_DONE;
	envelope.fetch_done = &message;
	worker_send(&envelope, -1);
}

static void send_progress(uint64_t id, uint64_t bytes, void *context)
{
	(void)context;
	Lt__FetchProgress message = LT__FETCH_PROGRESS__INIT;
	message.id = id;
	message.bytes = bytes;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_PROGRESS;
	envelope.fetch_progress = &message;
	worker_send(&envelope, -1);
}

static void take_setup(struct fetch *fetch, const Lt__FetchSetup *setup, int ca)
{
	setup_check_sandbox(setup->sandbox);
	const char *why = route_from_setup(&fetch->route, setup);
	if (why != NULL)
		worker_refuse("the set-up is unusable: %s", why);
	if (setup->max_parallel == 0 || setup->max_parallel > LIMIT_FETCH_PARALLEL)
		worker_refuse("%u transfers at once: 1 to %d are possible", setup->max_parallel, LIMIT_FETCH_PARALLEL);
	fetch->max_parallel = setup->max_parallel;
	fetch->user_agent = xstrdup(setup->user_agent == NULL ? browser_agent : setup->user_agent);
	fetch->allowed_count = setup->n_allow_private;
	fetch->allowed = xcalloc(setup->n_allow_private + 1, sizeof(*fetch->allowed));
	for (size_t i = 0; i < setup->n_allow_private; i++)
		fetch->allowed[i] = xstrdup(setup->allow_private[i]);
	setup_read_ca(ca, &fetch->ca);
}

static void get_ready(struct fetch *fetch)
{
	struct transfers_calls calls = {.done = send_done, .progress = send_progress};
	fetch->transfers = transfers_new(fetch->max_parallel, &fetch->ca, &calls);
	buf_free(&fetch->ca);
	bool direct = fetch->route.kind == ROUTE_DIRECT;
	uint16_t port = direct ? 0 : address_port(&fetch->route.proxy);
	struct sandbox_plan plan = {
		.profile = SANDBOX_FETCH,
		.resolves_names = direct,
		.ports = direct ? NULL : &port,
		.port_count = direct ? 0 : 1,
	};
	worker_ready(&plan, &(struct worker_facts){.versions = setup_versions()});
}

struct lines {
	char **list;
	size_t count;
};

/* Our own lines, the validators, then what the coordinator adds. */
static struct lines lines_of(const Lt__FetchRequest *request)
{
	struct lines lines = {xcalloc(BROWSER_LINES + VALIDATORS + request->n_headers, sizeof(char *)), 0};
	for (size_t i = 0; i < BROWSER_LINES; i++)
		lines.list[lines.count++] = xstrdup(browser_lines[i]);
	if (request->etag != NULL)
		lines.list[lines.count++] = xasprintf("If-None-Match: %s", request->etag);
	if (request->last_modified != NULL)
		lines.list[lines.count++] = xasprintf("If-Modified-Since: %s", request->last_modified);
	for (size_t i = 0; i < request->n_headers; i++)
		lines.list[lines.count++] = xstrdup(request->headers[i]);
	return lines;
}

static void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		mem_wipe(lines->list[i], strlen(lines->list[i])); /* may be a Cookie line */
		free(lines->list[i]);
	}
	free(lines->list);
}

static void start_request(struct fetch *fetch, const Lt__FetchRequest *message, int fd)
{
	struct lines lines = lines_of(message);
	struct transfer_request request = {
		.id = message->id,
		.route = &fetch->route,
		.allowed = fetch->allowed,
		.allowed_count = fetch->allowed_count,
		.url = message->url,
		.method = message->method == NULL ? "GET" : message->method,
		.body = message->body,
		.body_len = message->body == NULL ? 0 : strlen(message->body),
		.headers = lines.list,
		.cookies = message->cookies,
		.cookie_count = message->n_cookies,
		.header_count = lines.count,
		.user_agent = fetch->user_agent,
		.referer = message->referer,
		.isolation = message->isolation,
		.conditional = message->etag != NULL || message->last_modified != NULL,
		.out_fd = fd,
		.max_bytes = message->max_bytes,
		.connect_timeout_ms = message->connect_timeout_ms,
		.total_timeout_ms = message->total_timeout_ms,
		.low_speed_bytes = message->low_speed_bytes,
		.low_speed_s = message->low_speed_s,
	};
	transfers_start(fetch->transfers, &request);
	lines_free(&lines);
}

static void take_messages(struct fetch *fetch)
{
	Lt__Envelope *message;
	int fd;
	while ((message = worker_receive_now(&fd)) != NULL) {
		if (message->body_case == LT__ENVELOPE__BODY_FETCH_REQUEST)
			start_request(fetch, message->fetch_request, fd);
		else if (message->body_case == LT__ENVELOPE__BODY_FETCH_CANCEL)
			transfers_cancel(fetch->transfers, message->fetch_cancel->id);
		channel_message_free(message);
	}
}

int main(int argc, char **argv)
{
	struct fetch fetch = {0};
	clearenv(); /* no proxy, resolver, OpenSSL or locale setting of whoever started us */
	worker_start(argc, argv, "leaktrawl-fetch", PEER_COORDINATOR_OF_FETCH);
	int ca;
	Lt__Envelope *setup = worker_receive(&ca);
	take_setup(&fetch, setup->fetch_setup, ca);
	channel_message_free(setup);
	get_ready(&fetch);
	for (;;) {
		if (transfers_run(fetch.transfers, worker_fd()))
			take_messages(&fetch);
	}
}
