#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/handing.h"
#include "coordinator/proxy_setup.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

/* Marked as a test in every field a person may look at. */
static const char test_finding[] =
	"{\"schema\":\"leaktrawl.finding/1\",\"test\":true,\"id\":\"f_0000000000000000000000000000000000000000\","
	"\"kind\":\"password\",\"account\":\"test@leaktrawl.invalid\",\"audience\":\"staff\",\"service\":\"test.leaktrawl.invalid\","
	"\"secret\":{\"hint\":\"\",\"length\":\"12-15\"},\"rule\":\"test\",\"confidence\":\"low\",\"severity\":\"info\","
	"\"attribution\":\"account\",\"state\":\"new\"}";

struct testing {
	struct command_context *context;
	struct pool *pool;
	struct pool_worker *notify;
	const struct hook *hook; /* the one being tried */
	struct handed handed;
	bool answered, delivered;
};

static void tell(struct testing *testing, bool delivered, const char *text)
{
	char shown[256];

	testing->answered = true;
	testing->delivered = delivered;
	escape_text(shown, sizeof shown, text, strlen(text));
	printf("%s: %s%s%s\n", testing->hook->name, delivered ? "delivered" : "failed", delivered ? "" : ": ", delivered ? "" : shown);
}

static void on_exec_done(const struct hook_result *result, void *context)
{
	tell(context, result->delivered, result->text);
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct testing *testing = worker->data;

	(void)ready;
	(void)hand_to_webhook(worker, testing->hook, 1, &testing->handed, &testing->context->config->limits);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct testing *testing = worker->data;

	if (message->body_case != LT__ENVELOPE__BODY_DELIVERED || message->delivered->id != 1) {
		pool_reject(worker, "an answer to nothing that was asked");
		return;
	}
	pool_deadline(worker, 0);
	tell(testing, message->delivered->ok, message->delivered->error != NULL ? message->delivered->error : "refused");
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct testing *testing = worker->data;

	if (!testing->answered && (death->cause != DEATH_START || death->given_up))
		tell(testing, false, death->last_log[0] != '\0' ? death->last_log : death->text);
}

static void on_setup(struct pool_worker *worker)
{
	struct testing *testing = worker->data;

	if (!proxy_setup_notify(worker, testing->context->config) && !testing->answered)
		tell(testing, false, "its set-up cannot be read");
}

static const struct pool_events events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

static bool try_hook(struct testing *testing, const struct hook *hook)
{
	testing->hook = hook;
	testing->answered = testing->delivered = false;
	if (hook->webhook != NULL)
		testing->notify = pool_add(testing->pool, LT__ROLE__ROLE_NOTIFY, &events, testing);
	else
		hand_to_exec(testing->pool, hook, &testing->handed, &testing->context->config->limits, on_exec_done, testing);
	while (!testing->answered && pool_poll(testing->pool, -1))
		;
	if (hook->webhook != NULL)
		pool_remove(testing->notify);
	return testing->delivered;
}

int hand_test(struct command_context *context, const char *hook_name)
{
	const struct config *config = context->config;
	struct testing testing = {.context = context};
	char key[33];
	uint8_t random[16];
	bool good = true;

	if (config->hooks_count == 0) {
		log_error("%s: there are no hooks to test", config->path);
		return STATUS_ERROR;
	}
	if (hook_name != NULL && config_hook(config, hook_name) == NULL)
		return command_misused(context, "there is no hook '%s' in %s", hook_name, config->path);
	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(key, sizeof key, random, sizeof random);
	testing.handed = (struct handed){key, test_finding, strlen(test_finding)};
	testing.pool = pool_new(spawner_start(), &config->limits, !context->allow_unsandboxed);
	for (size_t i = 0; i < config->hooks_count; i++)
		if (hook_name == NULL || strcmp(hook_name, config->hooks[i].name) == 0)
			good &= try_hook(&testing, &config->hooks[i]);
	pool_free(testing.pool);
	return good ? STATUS_DONE : STATUS_ERROR;
}
