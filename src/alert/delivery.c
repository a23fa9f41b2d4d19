#include "alert/delivery.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "alert/handing.h"
#include "coordinator/proxy_setup.h"
#include "coordinator/reading.h"
#include "index/outbox.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	AT_A_TIME = 8,
	LEASE_MARGIN_MS = 60000,
	WAIT_FOR_BUNDLES_MS = 60000, /* then what is known already is told */
	LOOK_AGAIN_MS = 1000,
};

struct outgoing {
	struct delivery *delivery;
	int64_t alert;   /* 0: free */
	uint64_t number; /* of the Deliver message */
	bool webhook;
	const struct hook *hook;
};

struct delivery {
	struct run *run;
	const char **hooks;
	size_t hooks_count;
	bool has_webhooks;
	struct pool_worker *notify;
	bool notify_dead;
	struct outgoing outgoing[AT_A_TIME];
	unsigned busy;
	uint64_t last_number;
	int64_t look_again_ms;
	int64_t waiting_since_ms;
};

/* ---- answers ----------------------------------------------------------------------------------- */

static void answered(struct outgoing *outgoing, bool delivered, const char *error, int64_t retry_after_ms)
{
	struct delivery *delivery = outgoing->delivery;
	struct run *run = delivery->run;
	bool dead = false;

	run_write(run);
	if (delivered) {
		(void)run_checked(run, index_alert_delivered(run->index, outgoing->alert, run_now_ms()));
	} else {
		(void)run_checked(run, index_alert_failed(run->index, outgoing->alert, error, retry_after_ms,
					       run->config->limits.alert_attempts, run_now_ms(), &dead));
		run->incomplete = true;
		log_warning("hook %s: alert not delivered: %s%s", outgoing->hook->name, error,
			dead ? "; given up, `leaktrawl alerts retry` owes it again" : "");
	}
	outgoing->alert = 0;
	delivery->busy--;
	delivery->look_again_ms = 0;
}

static void on_hook_done(const struct hook_result *result, void *context)
{
	answered(context, result->delivered, result->text, 0);
}

static struct outgoing *by_number(struct delivery *delivery, uint64_t number)
{
	for (size_t i = 0; i < AT_A_TIME; i++)
		if (delivery->outgoing[i].alert != 0 && delivery->outgoing[i].webhook && delivery->outgoing[i].number == number)
			return &delivery->outgoing[i];
	return NULL;
}

static void on_notify_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct delivery *delivery = worker->data;
	const Lt__Delivered *done = message->delivered;
	struct outgoing *outgoing = message->body_case == LT__ENVELOPE__BODY_DELIVERED ? by_number(delivery, done->id) : NULL;

	if (outgoing == NULL) {
		pool_reject(worker, "an answer to nothing that was asked");
		return;
	}
	pool_deadline(worker, 0);
	answered(outgoing, done->ok, done->error != NULL ? done->error : "refused", (int64_t)done->retry_after_s * 1000);
}

static void on_notify_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct delivery *delivery = worker->data;

	for (size_t i = 0; i < AT_A_TIME; i++)
		if (delivery->outgoing[i].alert != 0 && delivery->outgoing[i].webhook)
			answered(&delivery->outgoing[i], false, death->text, 0);
	if (death->given_up) {
		log_error("leaktrawl-notify does not start: %s: %s", death->text, death->last_log);
		delivery->notify_dead = true;
	}
}

/* ---- set-up ------------------------------------------------------------------------------------ */

static void on_notify_setup(struct pool_worker *worker)
{
	struct delivery *delivery = worker->data;

	if (!proxy_setup_notify(worker, delivery->run->config))
		delivery->notify_dead = true;
}

static const struct pool_events notify_events = {.setup = on_notify_setup, .message = on_notify_message, .death = on_notify_death};

struct delivery *delivery_new(struct run *run)
{
	const struct config *config = run->config;
	struct delivery *delivery = xcalloc(1, sizeof *delivery);

	delivery->run = run;
	delivery->hooks = xcalloc(config->hooks_count, sizeof *delivery->hooks);
	for (size_t i = 0; i < config->hooks_count; i++) {
		delivery->hooks[delivery->hooks_count++] = config->hooks[i].name;
		delivery->has_webhooks |= config->hooks[i].webhook != NULL;
	}
	for (size_t i = 0; i < AT_A_TIME; i++)
		delivery->outgoing[i].delivery = delivery;
	return delivery;
}

void delivery_free(struct delivery *delivery)
{
	if (delivery == NULL)
		return;
	free(delivery->hooks);
	free(delivery);
}

/* ---- handing out ------------------------------------------------------------------------------- */

static struct outgoing *free_place(struct delivery *delivery)
{
	for (size_t i = 0; i < AT_A_TIME; i++)
		if (delivery->outgoing[i].alert == 0)
			return &delivery->outgoing[i];
	return NULL;
}

/* Webhooks go one at a time: leaktrawl-notify works on one. */
static bool can_send(const struct delivery *delivery, const struct hook *hook)
{
	if (hook->webhook == NULL)
		return true;
	return delivery->notify != NULL && delivery->notify->state == WORKER_READY && !delivery->notify_dead;
}

static bool send_one(struct delivery *delivery)
{
	struct run *run = delivery->run;
	struct outgoing *outgoing = free_place(delivery);
	struct alert alert = {0};
	int64_t lease = (int64_t)run->config->limits.hook_deadline_ms + LEASE_MARGIN_MS;
	const char *hooks[AT_A_TIME * 8];
	size_t count = 0;
	const struct limits *limits = &run->config->limits;
	struct handed handed;

	for (size_t i = 0; i < delivery->hooks_count && count < sizeof hooks / sizeof hooks[0]; i++)
		if (can_send(delivery, &run->config->hooks[i]))
			hooks[count++] = delivery->hooks[i];
	if (outgoing == NULL || count == 0)
		return false;
	run_write(run);
	if (!run_checked(run, index_alert_take(run->index, hooks, count, run_now_ms(), lease, &alert)))
		return false;
	outgoing->alert = alert.id;
	outgoing->hook = config_hook(run->config, alert.hook);
	outgoing->webhook = outgoing->hook->webhook != NULL;
	outgoing->number = ++delivery->last_number;
	handed = (struct handed){alert.idempotency_key, alert.payload, alert.payload_len};
	delivery->busy++;
	if (!outgoing->webhook)
		hand_to_exec(run->pool, outgoing->hook, &handed, limits, on_hook_done, outgoing);
	else if (!hand_to_webhook(delivery->notify, outgoing->hook, outgoing->number, &handed, limits))
		answered(outgoing, false, "leaktrawl-notify ended", 0);
	alert_clear(&alert);
	return true;
}

/* What a bundle tells of the machine belongs into the alert. */
static bool held_by_bundles(struct delivery *delivery)
{
	int64_t now = run_now_ms();

	if (!reading_bundles_pending(delivery->run->reading)) {
		delivery->waiting_since_ms = 0;
		return false;
	}
	if (delivery->waiting_since_ms == 0)
		delivery->waiting_since_ms = now;
	return now - delivery->waiting_since_ms < WAIT_FOR_BUNDLES_MS;
}

void delivery_work(struct delivery *delivery)
{
	int64_t now = run_now_ms();

	if (now < delivery->look_again_ms || delivery->hooks_count == 0 || held_by_bundles(delivery))
		return;
	if (delivery->has_webhooks && delivery->notify == NULL)
		delivery->notify = pool_add(delivery->run->pool, LT__ROLE__ROLE_NOTIFY, &notify_events, delivery);
	run_commit(delivery->run);
	while (delivery->busy < AT_A_TIME && send_one(delivery))
		;
	if (delivery->busy == 0)
		delivery->look_again_ms = now + LOOK_AGAIN_MS;
}

void delivery_drain(struct delivery *delivery)
{
	struct run *run = delivery->run;
	int64_t due;

	if (delivery->has_webhooks && delivery->notify == NULL)
		delivery->notify = pool_add(run->pool, LT__ROLE__ROLE_NOTIFY, &notify_events, delivery);
	while (!run->broken) {
		bool notify_starting = delivery->notify != NULL && !delivery->notify_dead && delivery->notify->state != WORKER_READY;

		while (delivery->busy < AT_A_TIME && send_one(delivery))
			;
		run_commit(run);
		if (delivery->busy == 0 && (!notify_starting || index_alert_next_due(run->index, &due) != INDEX_OK || due > run_now_ms()))
			break;
		if (!pool_poll(run->pool, LOOK_AGAIN_MS))
			break;
	}
	run_commit(run);
}

/* ---- notices ----------------------------------------------------------------------------------- */

void delivery_operator_notice(struct run *run, const char *what, const char *key, const char *text)
{
	json_t *notice = json_pack("{s:s,s:s,s:s,s:s}", "schema", "leaktrawl.notice/1", "about", what, "subject", key, "text", text);
	char *payload = json_dumps(notice, JSON_COMPACT);
	char *full_key = xasprintf("%s:%s:%" PRId64, what, key, run->id);

	run_write(run);
	for (size_t i = 0; i < run->rules.hooks_count; i++)
		(void)run_checked(run, index_alert_notice(run->index, run->config->hooks[i].name, ALERT_OPERATOR, full_key, payload,
					       run->id, run_now_ms()));
	free(full_key);
	free(payload);
	json_decref(notice);
}
