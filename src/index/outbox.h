/*
 * The outbox: alerts owed to hooks until they are delivered or given up in plain sight. Delivery is at
 * least once; a hook tells repeats by the idempotency key.
 */
#ifndef LEAKTRAWL_INDEX_OUTBOX_H
#define LEAKTRAWL_INDEX_OUTBOX_H

#include "config/config.h"
#include "index/index.h"

enum alert_kind {
	ALERT_FINDING = 1,
	ALERT_SUMMARY = 2, /* what a run owed beyond the cap */
	ALERT_RUN = 3,     /* a run ended: for hooks with every_run */
	ALERT_OPERATOR = 4 /* something needs a person: a source, a missing canary */
};
enum alert_state {
	ALERT_OWED = 1,
	ALERT_DELIVERED = 2,
	ALERT_DEAD = 3,      /* given up after alert_attempts; `alerts retry` owes it again */
	ALERT_SUMMARISED = 4 /* told by its run's summary */
};
const char *alert_kind_name(enum alert_kind kind);
const char *alert_state_name(enum alert_state state);

struct alert {
	int64_t id;
	char *hook;
	enum alert_kind kind;
	unsigned attempts;        /* before this one */
	char idempotency_key[41]; /* the same for every try */
	char *payload;            /* JSON built now from the index, never a plain secret; NULL in lists */
	size_t payload_len;
};
void alert_clear(struct alert *alert);

/*
 * Takes the longest-due alert of one of these hooks and leases it until now_ms + lease_ms. INDEX_NONE: nothing is due.
 * Alerts of hooks that are no longer configured stay and are shown by the list.
 */
enum index_result index_alert_take(
	struct index *index, const char *const *hooks, size_t hooks_count, int64_t now_ms, int64_t lease_ms, struct alert *alert);
/* When the next one falls due, for the run loop's timer; INDEX_NONE: none is owed. */
enum index_result index_alert_next_due(struct index *index, int64_t *due_ms);
enum index_result index_alert_delivered(struct index *index, int64_t alert, int64_t now_ms);
/* retry_after_ms: what the hook asked for, or 0: exponential back-off with jitter. *dead: given up. */
enum index_result index_alert_failed(
	struct index *index, int64_t alert, const char *error, int64_t retry_after_ms, uint64_t max_attempts, int64_t now_ms, bool *dead);

/* Owes a notice to one hook. payload is the whole JSON text; run may be 0. The same (hook, key) is owed once. */
enum index_result index_alert_notice(
	struct index *index, const char *hook, enum alert_kind kind, const char *key, const char *payload, int64_t run, int64_t now_ms);
/* Owes "run ended" to each hook with every_run, payload leaktrawl.run/1 as index_run_json gives it. After index_run_end. */
enum index_result index_alert_run_ended(struct index *index, int64_t run, const struct hook *hooks, size_t hooks_count, int64_t now_ms);

struct alert_row {
	int64_t id;
	const char *hook;
	enum alert_kind kind;
	enum alert_state state;
	unsigned attempts;
	int64_t created_ms, due_ms, delivered_ms; /* 0: not */
	const char *error;                        /* of the last try, or NULL */
	const uint8_t *finding;                   /* 20 bytes, or NULL */
	uint64_t count;                           /* ALERT_SUMMARY: findings it stands for */
};
/* state 0: all. Newest first, at most limit (0: all). The texts live during the call. */
enum index_result index_alerts(struct index *index, enum alert_state state, const char *hook, uint64_t limit,
	void (*each)(const struct alert_row *row, void *context), void *context);
struct alert_counts {
	uint64_t owed, delivered, dead;
};
enum index_result index_alert_counts(struct index *index, struct alert_counts *counts);
/* Makes a dead or waiting alert due now with fresh attempts; alert 0: every dead one. *changed counts them. */
enum index_result index_alert_retry(struct index *index, int64_t alert, int64_t now_ms, uint64_t *changed);

#endif
