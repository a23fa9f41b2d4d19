#include "crawl/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/proxy_setup.h"
#include "coordinator/run.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { PORTS_KEPT = 4096 };

struct control_port {
	struct pool_worker *worker;
	const struct proxy *proxy;
	bool settled;
	int64_t renewed_ms;
	struct {
		uint16_t port;
		char circuit[LIMIT_CIRCUIT_BYTES];
	} seen[PORTS_KEPT];
};

static void on_setup(struct pool_worker *worker)
{
	struct control_port *control = worker->data;

	if (control != NULL && !proxy_setup_control(worker, control->proxy)) {
		control->settled = true;
		worker->data = NULL;
		pool_remove(worker);
		control->worker = NULL;
	}
}

static void on_ready(struct pool_worker *worker, const Lt__Ready *ready)
{
	struct control_port *control = worker->data;

	(void)ready;
	if (control != NULL)
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
}

static const struct pool_events control_events = {.setup = on_setup, .ready = on_ready, .message = on_message, .death = on_death};

struct control_port *control_start(struct pool *pool, const struct proxy *proxy)
{
	struct control_port *control;

	if (proxy->control_socket == NULL && proxy->control_host == NULL)
		return NULL;
	control = xcalloc(1, sizeof *control);
	control->proxy = proxy;
	control->worker = pool_add(pool, LT__ROLE__ROLE_CONTROL, &control_events, control);
	return control;
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
