#include "coordinator/ask.h"

#include <sodium.h>
#include <stdlib.h>

#include "coordinator/inspect_setup.h"
#include "coordinator/pool.h"
#include "coordinator/run.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

struct asking {
	const struct ask *ask;
	struct inspect_setup *setup;
	uint64_t progress_ms;
	bool over;
	enum ask_result result;
	char *why;
};

static bool send_question(struct pool_worker *worker, struct asking *asking)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__JobPart part = LT__JOB_PART__INIT;
	bool sent;

	asking->ask->job->id = 1;
	asking->ask->job->parts = (uint32_t)asking->ask->parts_count;
	envelope.body_case = LT__ENVELOPE__BODY_JOB;
	envelope.job = asking->ask->job;
	sent = pool_send(worker, &envelope, -1);
	part.job = 1;
	part.has_size = true;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_PART;
	envelope.job_part = &part;
	for (size_t i = 0; i < asking->ask->parts_count && sent; i++) {
		part.part = (uint32_t)i;
		part.path = (char *)(uintptr_t)asking->ask->parts[i].label;
		part.size = asking->ask->parts[i].size;
		sent = pool_send(worker, &envelope, asking->ask->parts[i].fd);
	}
	return sent;
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct asking *asking = worker->data;

	if (asking->over)
		return;
	if (asking->ask->ready != NULL)
		asking->ask->ready(ready, asking->ask->context);
	pool_deadline(worker, asking->progress_ms);
	(void)send_question(worker, asking);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct asking *asking = worker->data;
	const struct ask *ask = asking->ask;

	pool_touch(worker);
	switch (message->body_case) {
	case LT__ENVELOPE__BODY_RULE_REPORT:
		if (ask->report != NULL)
			ask->report(message->rule_report, ask->context);
		break;
	case LT__ENVELOPE__BODY_JOB_DONE:
		pool_deadline(worker, 0);
		asking->over = true;
		asking->result = message->job_done->ok ? ASK_DONE : ASK_FAILED;
		if (message->job_done->error != NULL)
			log_error("%s", message->job_done->error);
		break;
	default:
		if (ask->other != NULL)
			ask->other(message, ask->context);
		break;
	}
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct asking *asking = worker->data;

	if (asking->over || (death->cause == DEATH_START && !death->given_up))
		return;
	asking->over = true;
	asking->result = death->cause == DEATH_START ? ASK_FAILED : ASK_DIED;
	asking->why = xstrdup(death->text);
	if (death->cause == DEATH_START)
		log_error("leaktrawl-inspect does not start: %s%s%s", death->text, death->last_log[0] != '\0' ? ": " : "", death->last_log);
}

static void on_setup(struct pool_worker *worker)
{
	struct asking *asking = worker->data;

	inspect_setup_send(asking->setup, worker);
}

static const struct pool_events events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

enum ask_result ask_inspector(struct command_context *context, const struct ask *ask, char **why)
{
	struct inspect_setup_options options = {.ephemeral = true, .now_ms = run_now_ms()};
	struct asking asking = {.ask = ask, .progress_ms = context->config->limits.progress_ms, .result = ASK_FAILED};
	struct channel *spawner = spawner_start();
	struct pool *pool;

	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	pool = pool_new(spawner, &context->config->limits, !context->allow_unsandboxed);
	asking.setup = inspect_setup_new(context->config, &options);
	if (asking.setup != NULL) {
		pool_add(pool, LT__ROLE__ROLE_INSPECT, &events, &asking);
		while (!asking.over && pool_poll(pool, -1))
			;
	}
	asking.over = true;
	pool_free(pool);
	inspect_setup_free(asking.setup);
	if (why != NULL)
		*why = asking.why;
	else
		free(asking.why);
	return asking.result;
}
