/*
 * leaktrawl-notify: takes payloads from the coordinator and posts each, signed, to the webhook it is for. It
 * reaches the hosts of its hooks (or their proxies) and nothing else, keeps nothing of what they answer, and
 * leaves trying again to the outbox.
 */
#include "config.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fetch/setup.h"
#include "fetch/transfers.h"
#include "notify/hooks.h"
#include "notify/signature.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/worker.h"

enum { HEADER_BYTES = 320, KEY_BYTES = 255, MOST_LINES = 4 };

static void send_delivered(Lt__Delivered *message)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_DELIVERED;
	envelope.delivered = message;
	worker_send(&envelope, -1);
}

static void send_failure(uint64_t id, const char *why)
{
	char text[LIMIT_FETCH_ERROR_BYTES];
	snprintf(text, sizeof(text), "%s", why);
	Lt__Delivered message = LT__DELIVERED__INIT;
	message.id = id;
	message.error = text;
	send_delivered(&message);
}

/* A receiver that said 2xx has it, whatever became of the rest of its answer. */
static void answered(const Lt__FetchDone *done, void *context)
{
	(void)context;
	char text[LIMIT_FETCH_ERROR_BYTES];
	Lt__Delivered message = LT__DELIVERED__INIT;
	message.id = done->id;
	message.ok = done->has_status && done->status >= 200 && done->status < 300;
	message.has_status = done->has_status;
	message.status = done->status;
	message.has_retry_after_s = done->has_retry_after_s;
	message.retry_after_s = done->retry_after_s;
	if (!message.ok) {
		bool redirect = done->has_status && done->status / 100 == 3;
		if (done->outcome == LT__FETCH_OUTCOME__FETCH_OK)
			snprintf(text, sizeof(text), "the webhook answered %u%s", done->status,
				redirect ? ": redirects are not followed" : "");
		else
			snprintf(text, sizeof(text), "%s", done->error == NULL ? "failed" : done->error);
		message.error = text;
	}
	send_delivered(&message);
}

/* Reads the payload and closes fd. False when it cannot be read or is larger than a payload may be. */
static bool read_payload(int fd, struct buf *payload)
{
	char chunk[16 * 1024];
	off_t at = 0;
	ssize_t got;
	buf_init(payload, LIMIT_HOOK_PAYLOAD_BYTES);
	while ((got = pread(fd, chunk, sizeof(chunk), at)) > 0 || (got < 0 && errno == EINTR)) {
		if (got > 0 && !buf_append(payload, chunk, (size_t)got))
			break;
		at += got > 0 ? got : 0;
	}
	close(fd);
	return got == 0;
}

static size_t header_lines(const struct hook *hook, const char *key, const struct buf *payload, char lines[MOST_LINES][HEADER_BYTES])
{
	char timestamp[24], signature[SIGNATURE_HEX];
	size_t count = 0;
	snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time(NULL));
	snprintf(lines[count++], HEADER_BYTES, "Content-Type: application/json");
	snprintf(lines[count++], HEADER_BYTES, "Idempotency-Key: %s", key);
	snprintf(lines[count++], HEADER_BYTES, "X-Leaktrawl-Timestamp: %s", timestamp);
	if (hook->secret_len > 0) {
		signature_of(hook->secret, hook->secret_len, timestamp, payload->data, payload->len, signature);
		snprintf(lines[count++], HEADER_BYTES, "X-Leaktrawl-Signature: sha256=%s", signature);
	}
	return count;
}

static void post(struct transfers *transfers, struct hook *hook, const Lt__Deliver *deliver, const struct buf *payload)
{
	char lines[MOST_LINES][HEADER_BYTES], *headers[MOST_LINES];
	struct transfer_request request = {
		.id = deliver->id,
		.route = &hook->route,
		.allowed = &hook->allowed,
		.allowed_count = 1,
		.url = hook->url,
		.method = "POST",
		.body = payload->data,
		.body_len = payload->len,
		.headers = headers,
		.header_count = header_lines(hook, deliver->idempotency_key, payload, lines),
		.user_agent = "leaktrawl/" PACKAGE_VERSION,
		.out_fd = -1,
		.max_bytes = LIMIT_HOOK_ANSWER_BYTES,
		.connect_timeout_ms = deliver->timeout_ms,
		.total_timeout_ms = deliver->timeout_ms,
	};
	for (size_t i = 0; i < request.header_count; i++)
		headers[i] = lines[i];
	transfers_start(transfers, &request);
}

static void take_delivery(struct transfers *transfers, struct hooks *hooks, const Lt__Deliver *deliver, int fd)
{
	struct buf payload;
	bool read = read_payload(fd, &payload);
	struct hook *hook = hooks_find(hooks, deliver->hook);
	if (hook == NULL)
		send_failure(deliver->id, "there is no webhook of that name");
	else if (hook->problem != NULL)
		send_failure(deliver->id, hook->problem);
	else if (strlen(deliver->idempotency_key) > KEY_BYTES)
		send_failure(deliver->id, "the idempotency key is too long");
	else if (!read)
		send_failure(deliver->id, "the payload cannot be read, or is larger than it may be");
	else
		post(transfers, hook, deliver, &payload);
	buf_free(&payload);
}

static void take_messages(struct transfers *transfers, struct hooks *hooks)
{
	Lt__Envelope *message;
	int fd;
	while ((message = worker_receive_now(&fd)) != NULL) {
		take_delivery(transfers, hooks, message->deliver, fd);
		channel_message_free(message);
	}
}

static void get_ready(const struct hooks *hooks)
{
	uint16_t ports[LIMIT_HOOKS];
	char *notes[LIMIT_HOOKS + 1] = {NULL};
	size_t note_count = 0;
	for (size_t i = 0; i < hooks->count; i++) {
		const struct hook *hook = &hooks->list[i];
		ports[i] = hook->port;
		if (hook->problem != NULL)
			notes[note_count++] = xasprintf("hook %s cannot be called: %s", hook->name, hook->problem);
	}
	struct sandbox_plan plan = {.profile = SANDBOX_NOTIFY, .ports = ports, .port_count = hooks->count};
	worker_ready(&plan, &(struct worker_facts){.versions = setup_versions(), .notes = (const char *const *)notes});
	for (size_t i = 0; i < note_count; i++)
		free(notes[i]);
}

int main(int argc, char **argv)
{
	static struct hooks hooks;
	struct buf certificates;
	int ca;
	clearenv(); /* no proxy, resolver, OpenSSL or locale setting of whoever started us */
	worker_start(argc, argv, "leaktrawl-notify", PEER_COORDINATOR_OF_NOTIFY);
	if (sodium_init() < 0)
		log_fatal("libsodium could not start");
	Lt__Envelope *setup = worker_receive(&ca);
	setup_check_sandbox(setup->notify_setup->sandbox);
	setup_read_ca(ca, &certificates);
	hooks_take(&hooks, setup->notify_setup);
	channel_message_free(setup);
	struct transfers *transfers = transfers_new(LIMIT_FETCH_PARALLEL, &certificates, &(struct transfers_calls){.done = answered});
	buf_free(&certificates);
	get_ready(&hooks);
	for (;;) {
		if (transfers_run(transfers, worker_fd()))
			take_messages(transfers, &hooks);
	}
}
