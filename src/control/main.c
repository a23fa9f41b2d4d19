/*
 * leaktrawl-control: speaks to the control port of one Tor client, over one connection that stands before the process
 * narrows itself: afterwards it can open none. It tells which circuit carries the stream from which port, and asks for a
 * new identity when it is told to. Nothing else is ever said to Tor.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/circuits.h"
#include "control/login.h"
#include "control/replies.h"
#include "shared/log.h"
#include "shared/worker.h"

struct control {
	int fd;
	struct replies replies;
	struct circuits circuits;
	bool listing; /* the data block is circuit-status */
	bool told;    /* ... and it is over: events come from now on */
	bool asked;   /* for a new identity: the next answer is to that */
};

static void send_circuit(uint16_t port, const char *text, void *context)
{
	char copy[LIMIT_CIRCUIT_BYTES];
	Lt__CircuitSeen seen = LT__CIRCUIT_SEEN__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	(void)context;
	(void)snprintf(copy, sizeof copy, "%s", text);
	seen.port = port;
	seen.circuit = copy;
	envelope.body_case = LT__ENVELOPE__BODY_CIRCUIT_SEEN;
	envelope.circuit_seen = &seen;
	worker_send(&envelope, -1);
}

static void answer_identity(bool ok, const char *error)
{
	char copy[LIMIT_FETCH_ERROR_BYTES];
	Lt__IdentityAnswer answer = LT__IDENTITY_ANSWER__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	(void)snprintf(copy, sizeof copy, "%s", error);
	answer.ok = ok;
	answer.error = ok ? NULL : copy;
	envelope.body_case = LT__ENVELOPE__BODY_IDENTITY_ANSWER;
	envelope.identity_answer = &answer;
	worker_send(&envelope, -1);
}

/* ---- from Tor --------------------------------------------------------------------------------- */

static void take_answer(unsigned code, bool last, const char *text, void *context)
{
	static const char key[] = "circuit-status=";
	struct control *control = context;

	if (strncmp(text, key, sizeof key - 1) == 0) {
		control->listing = true;
		circuits_status(&control->circuits, text + sizeof key - 1);
	}
	if (!last)
		return;
	if (!control->told) {
		if (code != 250)
			worker_refuse("Tor does not tell of its circuits: %u", code);
		control->told = control->listing;
		control->listing = false;
	} else if (control->asked) {
		control->asked = false;
		answer_identity(code == 250, "Tor refuses a new identity");
	}
}

static void take_data(const char *text, void *context)
{
	struct control *control = context;

	if (control->listing)
		circuits_status(&control->circuits, text);
}

static void take_event(const char *text, void *context)
{
	struct control *control = context;

	circuits_event(&control->circuits, text);
}

/* False: nothing came. An end is the worker's: its place is filled anew, with the cookie Tor has by then. */
static bool hear_tor(struct control *control)
{
	char bytes[16 * 1024];
	ssize_t got = read(control->fd, bytes, sizeof bytes);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (got <= 0)
		worker_refuse("Tor closed its control connection");
	if (!replies_feed(&control->replies, bytes, (size_t)got))
		worker_refuse("what listens there is not Tor's control port");
	return true;
}

/* Commands are a few bytes: they fit, or Tor has stopped reading. */
static void say(struct control *control, const char *command)
{
	size_t len = strlen(command);

	if (write(control->fd, command, len) != (ssize_t)len)
		worker_refuse("Tor closed its control connection");
}

/* ---- from the coordinator --------------------------------------------------------------------- */

static void take_messages(struct control *control)
{
	Lt__Envelope *message;

	while ((message = worker_receive_now(NULL)) != NULL) {
		if (message->body_case == LT__ENVELOPE__BODY_NEW_IDENTITY && !control->asked) {
			control->asked = true;
			say(control, "SIGNAL NEWNYM\r\n");
		}
		channel_message_free(message);
	}
}

static void start(struct control *control, char version[LOGIN_VERSION_BYTES])
{
	Lt__Envelope *message = worker_receive(NULL);
	const Lt__ControlSetup *setup = message->control_setup;
	time_t until = login_deadline();

	if (setup->sandbox == worker_unsandboxed())
		worker_refuse("the set-up and the command line disagree about the sandbox");
	control->fd = login(setup, until, version);
	channel_message_free(message);
	control->replies = (struct replies){.answer = take_answer, .data = take_data, .event = take_event, .context = control};
	replies_init(&control->replies);
	control->circuits.seen = send_circuit;
	say(control, "SETEVENTS CIRC STREAM\r\n");
	say(control, "GETINFO circuit-status\r\n");
	while (!control->told)
		if (!hear_tor(control) || (!control->told && login_overdue(until)))
			worker_refuse("Tor's control port does not answer in time");
	if (fcntl(control->fd, F_SETFL, O_NONBLOCK) == -1)
		worker_refuse("the control connection cannot be used: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static struct control control;
	char number[LOGIN_VERSION_BYTES] = "", version[LOGIN_VERSION_BYTES + 8];
	const char *versions[] = {version, NULL};
	const struct sandbox_plan plan = {.profile = SANDBOX_CONTROL};

	clearenv();
	worker_start(argc, argv, "leaktrawl-control", PEER_COORDINATOR_OF_CONTROL);
	if (sodium_init() < 0)
		log_fatal("libsodium could not start");
	start(&control, number);
	(void)snprintf(version, sizeof version, "tor/%s", number);
	worker_ready(&plan, &(struct worker_facts){.versions = versions});
	for (;;) {
		struct pollfd fds[] = {{.fd = worker_fd(), .events = POLLIN}, {.fd = control.fd, .events = POLLIN}};

		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			log_fatal_errno("cannot wait for Tor");
		if (fds[1].revents != 0)
			(void)hear_tor(&control);
		if (fds[0].revents != 0)
			take_messages(&control);
	}
}
