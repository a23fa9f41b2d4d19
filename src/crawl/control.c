#include "crawl/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/proxy_setup.h"
#include "coordinator/run.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	PORTS_KEPT = 4096,
	FIRST_AGAIN_MS = 5000, /* after it was given up; longer each time ... */
	GROWTH = 4,
	LAST_AGAIN_MS = 10 * 60 * 1000, /* ... up to this */
};

struct control_port {
	struct pool *pool;
	struct pool_worker *worker; /* NULL: it cannot even be told where Tor is */
	const struct proxy *proxy;
	bool settled;
	int64_t renewed_ms;
	int64_t again_ms, pause_ms; /* when it is started anew; 0: it runs, or the pool starts it */
	struct {
		uint16_t port;
		char circuit[LIMIT_CIRCUIT_BYTES];
	} seen[PORTS_KEPT];
};

static void give_up(struct control_port *control)
{
	control->pause_ms = control->pause_ms == 0 ? FIRST_AGAIN_MS : control->pause_ms * GROWTH;
	if (control->pause_ms > LAST_AGAIN_MS)
		control->pause_ms = LAST_AGAIN_MS;
	control->again_ms = run_now_ms() + control->pause_ms;
	control->settled = true;
}

static void on_setup(struct pool_worker *worker)
{
	struct control_port *control = worker->data;

	if (control != NULL && !proxy_setup_control(worker, control->proxy)) {
		worker->data = NULL;
		pool_remove(worker);
		control->worker = NULL;
		give_up(control);
	}
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct control_port *control = worker->data;

	(void)ready;
	if (control == NULL)
		return;
	if (control->pause_ms > 0)
		log_info("proxy %s: Tor's control port is of use again", control->proxy->name);
	control->pause_ms = 0;
	control->settled = true;
}

/* It stands in evidence and is shown to people. */
static bool plain(const char *circuit)
{
	for (; *circuit != '\0'; circuit++)
		if (*circuit < ' ' || *circuit > '~')
			return false;
	return true;
}

static void take_circuit(struct pool_worker *worker, struct control_port *control, const Lt__CircuitSeen *seen)
{
	if (seen->port == 0 || seen->port > UINT16_MAX || !plain(seen->circuit)) {
		pool_reject(worker, "a circuit that cannot be");
		return;
	}
	control->seen[seen->port % PORTS_KEPT].port = (uint16_t)seen->port;
	(void)snprintf(control->seen[seen->port % PORTS_KEPT].circuit, LIMIT_CIRCUIT_BYTES, "%s", seen->circuit);
}

static void on_message(struct pool_worker *worker, const Lt__Envelope *message)
{
	struct control_port *control = worker->data;

	if (control == NULL)
		return;
	if (message->body_case == LT__ENVELOPE__BODY_CIRCUIT_SEEN)
		take_circuit(worker, control, message->circuit_seen);
	else if (message->body_case != LT__ENVELOPE__BODY_IDENTITY_ANSWER)
		pool_reject(worker, "a message that control has no reason to send");
	else if (message->identity_answer->ok)
		log_info("proxy %s: Tor has a new identity", control->proxy->name);
	else
		log_warning("proxy %s: no new identity%s%s", control->proxy->name, message->identity_answer->error != NULL ? ": " : "",
			message->identity_answer->error != NULL ? message->identity_answer->error : "");
}

/* Circuits of before may be others by now. */
static void on_death(struct pool_worker *worker, const struct worker_death *death)
{
	struct control_port *control = worker->data;

	if (control == NULL)
		return;
	memset(control->seen, 0, sizeof control->seen);
	if (!control->settled || death->given_up)
		log_warning("proxy %s: Tor's control port is of no use%s, circuits are not told: %s", control->proxy->name,
			death->given_up ? "" : " now", death->last_log[0] != '\0' ? death->last_log : death->text);
	control->settled = true;
	if (death->given_up)
		give_up(control);
}

static const struct pool_events control_events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

struct control_port *control_start(struct pool *pool, const struct proxy *proxy)
{
	struct control_port *control;

	if (proxy->control_socket == NULL && proxy->control_host == NULL)
		return NULL;
	control = xcalloc(1, sizeof *control);
	control->pool = pool;
	control->proxy = proxy;
	control->worker = pool_add(pool, LT__ROLE__ROLE_CONTROL, &control_events, control);
	return control;
}

void control_tend(struct control_port *control)
{
	if (control == NULL || control->again_ms == 0 || run_now_ms() < control->again_ms)
		return;
	control->again_ms = 0;
	if (control->worker != NULL) {
		control->worker->data = NULL;
		pool_remove(control->worker);
	}
	control->worker = pool_add(control->pool, LT__ROLE__ROLE_CONTROL, &control_events, control);
}

void control_free(struct control_port *control)
{
	if (control == NULL)
		return;
	if (control->worker != NULL) {
		control->worker->data = NULL;
		pool_remove(control->worker);
	}
	free(control);
}

bool control_settled(const struct control_port *control)
{
	return control == NULL || control->settled;
}

const char *control_circuit(const struct control_port *control, uint32_t port)
{
	if (control == NULL || port == 0 || control->seen[port % PORTS_KEPT].port != port)
		return NULL;
	return control->seen[port % PORTS_KEPT].circuit;
}

void control_renew(struct control_port *control)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__NewIdentity identity = LT__NEW_IDENTITY__INIT;
	int64_t now = run_now_ms();

	if (control == NULL || control->worker == NULL || control->worker->state != WORKER_READY ||
		(control->renewed_ms != 0 && now - control->renewed_ms < LIMIT_IDENTITY_MS))
		return;
	envelope.body_case = LT__ENVELOPE__BODY_NEW_IDENTITY;
	envelope.new_identity = &identity;
	if (pool_send(control->worker, &envelope, -1))
		control->renewed_ms = now;
}
