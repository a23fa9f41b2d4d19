/* Hands one alert to one hook: exec hooks by the spawner, webhooks by leaktrawl-notify. */
#ifndef LEAKTRAWL_HANDING_H
#define LEAKTRAWL_HANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "coordinator/command.h"
#include "coordinator/pool.h"

/* The JSON and the key that tells its repeats apart. */
struct handed {
	const char *idempotency_key;
	const char *payload;
	size_t payload_len;
};

/* done is called once. The key stands in $LEAKTRAWL_ALERT, the JSON on standard input. */
void hand_to_exec(struct pool *pool, const struct hook *hook, const struct handed *handed, const struct limits *limits,
	void (*done)(const struct hook_result *result, void *context), void *context);

/* notify answers with Delivered{number}. False when no process can take it. */
bool hand_to_webhook(
	struct pool_worker *notify, const struct hook *hook, uint64_t number, const struct handed *handed, const struct limits *limits);

/* `alerts test`: sends an invented finding to one hook (NULL: to all) and says how each went. Returns an exit status. */
int hand_test(struct command_context *context, const char *hook_name);

#endif
