#include "config.h"

#include "index/outbox.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/payload.h"
#include "index/query.h"
#include "index/store.h"
#include "shared/mem.h"

static const int64_t back_off_first_ms = 30 * 1000, back_off_last_ms = INT64_C(6) * 3600 * 1000;

/* ---- taking --------------------------------------------------------------------------------------- */

/* The longest-due alert of one hook. */
static enum index_result first_due(struct index *index, const char *hook, int64_t now_ms, int64_t *alert, int64_t *due_ms)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_FIRST);
	enum index_result result;

	put_text(&query, hook);
	put_int(&query, now_ms);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	*alert = get_int(&query, 0);
	*due_ms = get_int(&query, 1);
	query_end(&query);
	return INDEX_OK;
}

static enum index_result choose(struct index *index, const char *const *hooks, size_t count, int64_t now_ms, int64_t *chosen)
{
	int64_t earliest = INT64_MAX;

	*chosen = 0;
	for (size_t i = 0; i < count; i++) {
		int64_t alert, due_ms;
		enum index_result result = first_due(index, hooks[i], now_ms, &alert, &due_ms);
		if (result != INDEX_OK && result != INDEX_NONE)
			return result;
		if (result == INDEX_OK && due_ms < earliest) {
			earliest = due_ms;
			*chosen = alert;
		}
	}
	return *chosen ? INDEX_OK : INDEX_NONE;
}

/* The same for every try of one alert, and never for two. */
static void make_idempotency_key(struct alert *alert, const uint8_t *key, size_t key_len)
{
	uint8_t digest[20];
	crypto_generichash_state state;
	const uint8_t kind = (uint8_t)alert->kind;

	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	crypto_generichash_update(&state, (const uint8_t *)alert->hook, strlen(alert->hook) + 1);
	crypto_generichash_update(&state, &kind, 1);
	crypto_generichash_update(&state, key, key_len);
	crypto_generichash_final(&state, digest, sizeof(digest));
	sodium_bin2hex(alert->idempotency_key, sizeof(alert->idempotency_key), digest, sizeof(digest));
}

static enum index_result lease(struct index *index, int64_t alert, int64_t until_ms)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_LEASE);

	put_int(&query, alert);
	put_int(&query, until_ms);
	return query_run(&query);
}

static enum index_result read_alert(struct index *index, int64_t id, struct alert *alert, struct payload *payload)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_READ);
	const uint8_t *key;
	size_t key_len;
	enum index_result result;

	put_int(&query, id);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	*alert = (struct alert){
		.id = id,
		.hook = xstrdup(get_text(&query, 0)),
		.kind = (enum alert_kind)get_int(&query, 1),
		.attempts = (unsigned)get_int(&query, 3),
	};
	key_len = get_blob(&query, 2, &key);
	make_idempotency_key(alert, key, key_len);
	*payload = (struct payload){.kind = alert->kind,
		.hook = alert->hook,
		.finding = get_int(&query, 4),
		.run = get_int(&query, 5),
		.stored = get_text(&query, 6) ? xstrdup(get_text(&query, 6)) : NULL,
		.count = get_unsigned(&query, 7)};
	query_end(&query);
	return INDEX_OK;
}

static enum index_result take(
	struct index *index, const char *const *hooks, size_t count, int64_t now_ms, int64_t lease_ms, struct alert *alert)
{
	struct payload payload = {.stored = NULL};
	int64_t id;
	enum index_result result = choose(index, hooks, count, now_ms, &id);

	if (result == INDEX_OK)
		result = lease(index, id, now_ms + lease_ms);
	if (result == INDEX_OK)
		result = read_alert(index, id, alert, &payload);
	if (result == INDEX_OK)
		result = payload_text(index, &payload, now_ms, &alert->payload, &alert->payload_len);
	free(payload.stored);
	return result;
}

enum index_result index_alert_take(
	struct index *index, const char *const *hooks, size_t hooks_count, int64_t now_ms, int64_t lease_ms, struct alert *alert)
{
	enum index_result result;

	*alert = (struct alert){.id = 0};
	result = store_enter(index);
	if (result == INDEX_OK)
		result = take(index, hooks, hooks_count, now_ms, lease_ms, alert);
	result = store_leave(index, result);
	if (result != INDEX_OK)
		alert_clear(alert);
	return result;
}

void alert_clear(struct alert *alert)
{
	free(alert->hook);
	free(alert->payload);
	*alert = (struct alert){.id = 0};
}

enum index_result index_alert_next_due(struct index *index, int64_t *due_ms)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_NEXT_DUE);
	enum index_result result = query_step(&query);

	if (result != INDEX_OK)
		return result;
	result = get_null(&query, 0) ? INDEX_NONE : INDEX_OK;
	*due_ms = get_int(&query, 0);
	query_end(&query);
	return result;
}

/* ---- what came of it -------------------------------------------------------------------------------- */

enum index_result index_alert_delivered(struct index *index, int64_t alert, int64_t now_ms)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_OUTBOX_DELIVERED);
		put_int(&query, alert);
		put_int(&query, now_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

/* Doubles from try to try; up to half of it is chance, so that hooks are not all called at once. */
static int64_t back_off(int64_t attempts)
{
	int64_t wait = back_off_first_ms;

	for (int64_t i = 1; i < attempts && wait < back_off_last_ms; i++)
		wait *= 2;
	if (wait > back_off_last_ms)
		wait = back_off_last_ms;
	return wait / 2 + (int64_t)randombytes_uniform((uint32_t)(wait / 2) + 1);
}

static enum index_result read_attempts(struct index *index, int64_t alert, int64_t *attempts)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_ATTEMPTS);

	put_int(&query, alert);
	return query_value(&query, attempts);
}

static enum index_result fail(
	struct index *index, int64_t alert, const char *error, int64_t retry_after_ms, uint64_t max_attempts, int64_t now_ms, bool *dead)
{
	int64_t attempts = 0;
	enum index_result result = read_attempts(index, alert, &attempts);
	struct query query;

	if (result != INDEX_OK)
		return result;
	attempts++;
	*dead = (uint64_t)attempts >= max_attempts;
	if (retry_after_ms > back_off_last_ms)
		retry_after_ms = back_off_last_ms;
	query = query_new(index, STATEMENT_OUTBOX_FAILED);
	put_int(&query, alert);
	put_int(&query, *dead ? ALERT_DEAD : ALERT_OWED);
	put_int(&query, attempts);
	put_int(&query, now_ms + (retry_after_ms > 0 ? retry_after_ms : back_off(attempts)));
	put_text(&query, error);
	return query_run(&query);
}

enum index_result index_alert_failed(
	struct index *index, int64_t alert, const char *error, int64_t retry_after_ms, uint64_t max_attempts, int64_t now_ms, bool *dead)
{
	enum index_result result = store_enter(index);

	*dead = false;
	if (result == INDEX_OK)
		result = fail(index, alert, error, retry_after_ms, max_attempts, now_ms, dead);
	return store_leave(index, result);
}

/* ---- notices ------------------------------------------------------------------------------------------ */

enum index_result index_alert_notice(
	struct index *index, const char *hook, enum alert_kind kind, const char *key, const char *payload, int64_t run, int64_t now_ms)
{
	enum index_result result = store_enter(index);

	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_OUTBOX_ADD);
		put_text(&query, hook);
		put_int(&query, kind);
		put_blob(&query, key, strlen(key));
		put_int(&query, ALERT_OWED);
		put_null(&query);
		put_int_or_null(&query, run != 0, run);
		put_text(&query, payload);
		put_int(&query, now_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

enum index_result index_alert_run_ended(struct index *index, int64_t run, const struct hook *hooks, size_t hooks_count, int64_t now_ms)
{
	char key[32];
	json_t *object = NULL;
	char *payload;
	enum index_result result = index_run_json(index, run, &object);

	if (result != INDEX_OK)
		return result;
	json_object_del(object, "not_inspected_list");
	payload = json_dumps(object, JSON_COMPACT);
	snprintf(key, sizeof(key), "run:%lld", (long long)run);
	for (size_t i = 0; i < hooks_count && result == INDEX_OK; i++)
		if (hooks[i].every_run)
			result = index_alert_notice(index, hooks[i].name, ALERT_RUN, key, payload, run, now_ms);
	free(payload);
	json_decref(object);
	return result;
}

/* ---- lists --------------------------------------------------------------------------------------------- */

enum index_result index_alerts(struct index *index, enum alert_state state, const char *hook, uint64_t limit,
	void (*each)(const struct alert_row *row, void *context), void *context)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_LIST);
	enum index_result result;

	put_int(&query, (int)state);
	put_text(&query, hook);
	put_int(&query, limit == 0 || limit > INT64_MAX ? -1 : (int64_t)limit);
	while ((result = query_step(&query)) == INDEX_OK) {
		struct alert_row row = {
			.id = get_int(&query, 0),
			.hook = get_text(&query, 1),
			.kind = (enum alert_kind)get_int(&query, 2),
			.state = (enum alert_state)get_int(&query, 3),
			.attempts = (unsigned)get_int(&query, 4),
			.created_ms = get_int(&query, 5),
			.due_ms = get_int(&query, 6),
			.delivered_ms = get_int(&query, 7),
			.error = get_text(&query, 8),
			.count = get_unsigned(&query, 10),
		};
		if (get_blob(&query, 9, &row.finding) != 20)
			row.finding = NULL;
		each(&row, context);
	}
	return result == INDEX_NONE ? INDEX_OK : result;
}

enum index_result index_alert_counts(struct index *index, struct alert_counts *counts)
{
	struct query query = query_new(index, STATEMENT_OUTBOX_COUNTS);
	enum index_result result;

	*counts = (struct alert_counts){0, 0, 0};
	while ((result = query_step(&query)) == INDEX_OK) {
		switch ((enum alert_state)get_int(&query, 0)) {
		case ALERT_OWED:
			counts->owed = get_unsigned(&query, 1);
			break;
		case ALERT_DELIVERED:
			counts->delivered = get_unsigned(&query, 1);
			break;
		case ALERT_DEAD:
			counts->dead = get_unsigned(&query, 1);
			break;
		case ALERT_SUMMARISED:
			break;
		}
	}
	return result == INDEX_NONE ? INDEX_OK : result;
}

enum index_result index_alert_retry(struct index *index, int64_t alert, int64_t now_ms, uint64_t *changed)
{
	enum index_result result = store_enter(index);

	*changed = 0;
	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_OUTBOX_RETRY);
		put_int(&query, alert);
		put_int(&query, now_ms);
		result = query_run(&query);
		*changed = result == INDEX_OK ? (uint64_t)store_changes(index) : 0;
	}
	return store_leave(index, result);
}
