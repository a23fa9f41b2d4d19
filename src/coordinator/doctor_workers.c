/* One worker of each kind is started as a run would, and asked what it is and what stands around it. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/ask.h"
#include "coordinator/doctor.h"
#include "coordinator/pool.h"
#include "coordinator/proxy_setup.h"
#include "shared/buf.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

enum { LONGEST_FACTS = 512, MOST_NOTES = 64 };

struct check {
	struct doctor *doctor;
	char *name; /* "fetch via tor" */
	Lt__Role role;
	const struct proxy *proxy; /* fetch, control */
	unsigned *waiting;         /* how many have not answered */
	bool over;
};

static void join(struct buf *out, const char *before, char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)!buf_printf(out, "%s%s", i == 0 ? before : ", ", texts[i]);
}

static void say_ready(struct doctor *doctor, const char *name, const Lt__Ready *ready)
{
	struct buf facts;
	bool bare = ready->n_walls == 0;

	buf_init(&facts, LONGEST_FACTS);
	join(&facts, "", ready->versions, ready->n_versions);
	if (bare)
		(void)!buf_printf(
			&facts, "%sno walls stand around it: hostile data would have this account's rights", facts.len > 0 ? "; " : "");
	join(&facts, facts.len > 0 ? "; walls: " : "walls: ", ready->walls, ready->n_walls);
	doctor_say(doctor, bare ? VERDICT_WARN : VERDICT_OK, name, "%s", buf_text(&facts));
	buf_free(&facts);
}

/* ---- inspect ------------------------------------------------------------------------------------ */

struct inspect_check {
	struct doctor *doctor;
	char *notes[MOST_NOTES]; /* of Ready; NULL once a report said the same with its place */
	size_t notes_count;
};

static void on_inspect_ready(const Lt__Ready *ready, void *context)
{
	struct inspect_check *check = context;

	say_ready(check->doctor, "inspect", ready);
	for (size_t i = 0; i < ready->n_notes && i < MOST_NOTES; i++)
		check->notes[check->notes_count++] = xstrdup(ready->notes[i]);
}

static void drop_note(struct inspect_check *check, const char *fault)
{
	for (size_t i = 0; i < check->notes_count; i++) {
		if (check->notes[i] != NULL && strstr(check->notes[i], fault) != NULL) {
			free(check->notes[i]);
			check->notes[i] = NULL;
		}
	}
}

static void on_inspect_report(const Lt__RuleReport *report, void *context)
{
	struct inspect_check *check = context;
	const char *detail = report->detail != NULL ? report->detail : "";

	if (report->file != NULL && report->line > 0)
		doctor_say(check->doctor, VERDICT_FAIL, "self-test", "%s:%u:%u: %s", report->file, report->line, report->column, detail);
	else if (report->file != NULL)
		doctor_say(check->doctor, VERDICT_FAIL, "self-test", "%s: %s", report->file, detail);
	else if (strcmp(report->outcome, "ok") == 0)
		doctor_say(check->doctor, VERDICT_OK, "self-test", "%s", report->rule);
	else
		doctor_say(check->doctor, VERDICT_FAIL, "self-test", "%s: %s", report->rule, detail);
	if (report->file != NULL)
		drop_note(check, detail);
}

static void say_notes(struct inspect_check *check)
{
	for (size_t i = 0; i < check->notes_count; i++) {
		if (check->notes[i] != NULL)
			doctor_say(check->doctor, VERDICT_WARN, "inspect", "%s", check->notes[i]);
		free(check->notes[i]);
	}
}

static void check_inspect(struct doctor *doctor)
{
	struct inspect_check check = {.doctor = doctor};
	Lt__Job job = LT__JOB__INIT;
	struct ask ask = {.job = &job, .ready = on_inspect_ready, .report = on_inspect_report, .context = &check};
	unsigned failures = doctor->counts[VERDICT_FAIL];
	enum ask_result result;
	char *why = NULL;

	job.kind = LT__JOB_KIND__JOB_SELF_TEST;
	result = ask_inspector(doctor->context, &ask, &why);
	say_notes(&check);
	if (result == ASK_DIED)
		doctor_say(doctor, VERDICT_FAIL, "self-test", "%s", why);
	else if (result == ASK_FAILED && doctor->counts[VERDICT_FAIL] == failures)
		doctor_say(doctor, VERDICT_FAIL, "inspect", "%s", doctor_heard());
	(void)doctor_heard();
	free(why);
}

/* ---- fetch, control, notify ---------------------------------------------------------------------------- */

static void finish(struct check *check)
{
	if (!check->over)
		--*check->waiting;
	check->over = true;
}

static void on_setup(struct pool_worker *worker)
{
	struct check *check = worker->data;
	bool sent;

	if (check->over)
		return;
	if (check->role == LT__ROLE__ROLE_CONTROL)
		sent = proxy_setup_control(worker, check->proxy);
	else if (check->role == LT__ROLE__ROLE_FETCH)
		sent = proxy_setup_fetch(worker, check->doctor->config, check->proxy, 1);
	else
		sent = proxy_setup_notify(worker, check->doctor->config);
	if (sent)
		return;
	doctor_say(check->doctor, VERDICT_FAIL, check->name, "%s", doctor_heard());
	finish(check);
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct check *check = worker->data;

	if (check->over)
		return;
	say_ready(check->doctor, check->name, ready);
	for (size_t i = 0; i < ready->n_notes; i++)
		doctor_say(check->doctor, VERDICT_WARN, check->name, "%s", ready->notes[i]);
	finish(check);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	(void)worker;
	(void)message;
}

static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct check *check = worker->data;

	if (check->over || !death->given_up)
		return;
	(void)doctor_heard();
	doctor_say(check->doctor, VERDICT_FAIL, check->name, "does not start: %s%s%s", death->text, death->last_log[0] != '\0' ? ": " : "",
		death->last_log);
	finish(check);
}

static const struct pool_events events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

static bool via_used(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->sources_count; i++)
		if (config->sources[i].enabled && strcmp(config->sources[i].via, name) == 0)
			return true;
	return false;
}

static bool has_webhook(const struct config *config)
{
	for (size_t i = 0; i < config->hooks_count; i++)
		if (config->hooks[i].webhook != NULL)
			return true;
	return false;
}

/* A fetch process for each way out that sources use, one for the control port it may have, and notify where there are webhooks. */
static unsigned list_checks(struct doctor *doctor, struct check *checks)
{
	const struct config *config = doctor->config;
	unsigned count = 0;

	for (size_t i = 0; i <= config->proxies_count; i++) {
		const struct proxy *proxy = i < config->proxies_count ? &config->proxies[i] : config_proxy(config, "direct");

		if (!via_used(config, proxy->name))
			continue;
		checks[count++] = (struct check){.name = xasprintf("fetch %s", proxy->name), .role = LT__ROLE__ROLE_FETCH, .proxy = proxy};
		if (proxy->control_socket != NULL || proxy->control_host != NULL)
			checks[count++] = (struct check){
				.name = xasprintf("control %s", proxy->name), .role = LT__ROLE__ROLE_CONTROL, .proxy = proxy};
	}
	if (has_webhook(config))
		checks[count++] = (struct check){.name = xstrdup("notify"), .role = LT__ROLE__ROLE_NOTIFY};
	return count;
}

static void check_others(struct doctor *doctor)
{
	struct check *checks = xcalloc(2 * doctor->config->proxies_count + 2, sizeof *checks);
	unsigned count = list_checks(doctor, checks);
	unsigned waiting = count;
	struct pool *pool = count > 0 ? pool_new(spawner_start(), &doctor->config->limits, !doctor->context->allow_unsandboxed) : NULL;

	for (unsigned i = 0; i < count; i++) {
		checks[i].doctor = doctor;
		checks[i].waiting = &waiting;
		(void)pool_add(pool, checks[i].role, &events, &checks[i]);
	}
	while (waiting > 0 && pool_poll(pool, -1))
		;
	if (waiting > 0)
		doctor_say(doctor, VERDICT_FAIL, "workers", "the process that starts workers ended");
	for (unsigned i = 0; i < count; i++)
		checks[i].over = true;
	pool_free(pool);
	for (unsigned i = 0; i < count; i++)
		free(checks[i].name);
	free(checks);
}

void doctor_workers(struct doctor *doctor)
{
	doctor_say(doctor, VERDICT_OK, "coordinator", "sqlite/%s", sqlite3_libversion());
	check_inspect(doctor);
	check_others(doctor);
}
