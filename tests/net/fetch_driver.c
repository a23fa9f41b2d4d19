/*
 * Speaks to a real leaktrawl-fetch: sets it up by the options, sends every argument that is none as a request
 * at once, and prints each FetchDone as lines "NUMBER FIELD VALUE" in the order of the arguments. Options of a
 * request hold for those behind it. Exit status 1 when the worker did not end well.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"
#include "worker_driver.h"

enum { REQUESTS = 128 };

struct asked {
	Lt__FetchRequest request;
	char *save; /* where the body goes, or NULL */
	bool cancel;
	Lt__Envelope *answer; /* with its FetchDone */
	unsigned reports;     /* FetchProgress */
};

static Lt__FetchSetup setup = LT__FETCH_SETUP__INIT;
static const char *ca_path;
static struct asked asked[REQUESTS];
static size_t asked_count;
static Lt__FetchRequest current = LT__FETCH_REQUEST__INIT;
static char *save;
static bool cancel, show_ready;

static const struct option options[] = {
	{"proxy", required_argument, NULL, 'p'},
	{"user", required_argument, NULL, 'u'},
	{"password", required_argument, NULL, 'w'},
	{"ca", required_argument, NULL, 'c'},
	{"allow", required_argument, NULL, 'a'},
	{"parallel", required_argument, NULL, 'n'},
	{"agent", required_argument, NULL, 'g'},
	{"unsandboxed", no_argument, NULL, 'U'},
	{"ready", no_argument, NULL, 'r'},
	{"method", required_argument, NULL, 'm'},
	{"body", required_argument, NULL, 'b'},
	{"etag", required_argument, NULL, 'e'},
	{"last-modified", required_argument, NULL, 'l'},
	{"max-bytes", required_argument, NULL, 'x'},
	{"connect-ms", required_argument, NULL, 't'},
	{"total-ms", required_argument, NULL, 'T'},
	{"stall-s", required_argument, NULL, 's'},
	{"isolation", required_argument, NULL, 'i'},
	{"header", required_argument, NULL, 'h'},
	{"referer", required_argument, NULL, 'f'},
	{"save", required_argument, NULL, 'S'},
	{"cancel", no_argument, NULL, 'C'},
	{0},
};

static void append(char ***list, size_t *count, char *text)
{
	*list = xreallocarray(*list, *count + 1, sizeof(char *));
	(*list)[(*count)++] = text;
}

static void ask(char *url)
{
	if (asked_count == REQUESTS)
		log_fatal("too many requests");
	struct asked *ask = &asked[asked_count++];
	ask->request = current;
	ask->request.id = asked_count;
	ask->request.url = url;
	ask->save = save;
	ask->cancel = cancel;
}

static void read_setup_option(int option, char *value)
{
	switch (option) {
	case 'p':
		driver_proxy(&setup, value);
		break;
	case 'u':
		setup.user = value;
		break;
	case 'w':
		setup.password = value;
		break;
	case 'c':
		ca_path = value;
		break;
	case 'a':
		append(&setup.allow_private, &setup.n_allow_private, value);
		break;
	case 'n':
		setup.max_parallel = driver_number(value);
		break;
	case 'g':
		setup.user_agent = value;
		break;
	case 'U':
		setup.sandbox = false;
		break;
	case 'r':
		show_ready = true;
		break;
	default:
		exit(2);
	}
}

static void read_option(int option, char *value)
{
	switch (option) {
	case 'm':
		current.method = value;
		break;
	case 'b':
		current.body = value;
		break;
	case 'e':
		current.etag = value;
		break;
	case 'l':
		current.last_modified = value;
		break;
	case 'x':
		current.max_bytes = driver_number(value);
		break;
	case 't':
		current.connect_timeout_ms = driver_number(value);
		break;
	case 'T':
		current.total_timeout_ms = driver_number(value);
		break;
	case 's':
		current.low_speed_bytes = 50;
		current.low_speed_s = driver_number(value);
		break;
	case 'i':
		current.isolation = value;
		break;
	case 'h':
		append(&current.headers, &current.n_headers, value);
		break;
	case 'f':
		current.referer = value;
		break;
	case 'S':
		save = value;
		break;
	case 'C':
		cancel = true;
		break;
	default:
		read_setup_option(option, value);
	}
}

static int body_file(const char *path)
{
	int fd = path == NULL ? memfd_create("body", MFD_CLOEXEC) : open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		log_fatal_errno("cannot make a file for the body");
	return fd;
}

static void send_setup(struct channel *channel)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_SETUP;
	envelope.fetch_setup = &setup;
	int ca = driver_ca(ca_path);
	channel_send(channel, &envelope, ca);
	close(ca);
}

static void send_request(struct channel *channel, struct asked *ask)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_REQUEST;
	envelope.fetch_request = &ask->request;
	int body = body_file(ask->save);
	channel_send(channel, &envelope, body);
	close(body);
	if (!ask->cancel)
		return;
	Lt__FetchCancel message = LT__FETCH_CANCEL__INIT;
	message.id = ask->request.id;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_CANCEL;
	envelope.fetch_cancel = &message;
	channel_send(channel, &envelope, -1);
}

static void collect(struct channel *channel)
{
	for (size_t missing = asked_count; missing > 0;) {
		Lt__Envelope *message = driver_receive(channel);
		if (message == NULL)
			return;
		if (message->body_case == LT__ENVELOPE__BODY_FETCH_DONE) {
			struct asked *ask = &asked[message->fetch_done->id - 1];
			if (ask->answer != NULL)
				log_fatal("request %lu was answered twice", (unsigned long)message->fetch_done->id);
			ask->answer = message;
			missing--;
			continue;
		}
		if (message->body_case == LT__ENVELOPE__BODY_FETCH_PROGRESS)
			asked[message->fetch_progress->id - 1].reports++;
		channel_message_free(message);
	}
}

static void print_text(size_t number, const char *name, const char *text)
{
	if (text != NULL)
		printf("%zu %s %s\n", number, name, text);
}

static void print_fields(size_t number, const Lt__FetchDone *done)
{
	if (done->has_status)
		printf("%zu status %u\n", number, done->status);
	if (done->has_bytes)
		printf("%zu bytes %lu\n", number, (unsigned long)done->bytes);
	print_text(number, "error", done->error);
	print_text(number, "redirect", done->redirect);
	print_text(number, "type", done->content_type);
	for (size_t i = 0; i < done->n_content_encoding; i++)
		print_text(number, "coding", done->content_encoding[i]);
	print_text(number, "etag", done->etag);
	print_text(number, "modified", done->last_modified);
	if (done->has_retry_after_s)
		printf("%zu retry-after %u\n", number, done->retry_after_s);
	if (done->has_socks_code)
		printf("%zu socks %u\n", number, done->socks_code);
	for (size_t i = 0; i < done->n_set_cookie; i++)
		print_text(number, "cookie", done->set_cookie[i]);
}

static void print_answer(size_t number, const struct asked *ask)
{
	if (ask->answer == NULL) {
		print_text(number, "outcome", "NONE");
		return;
	}
	const Lt__FetchDone *done = ask->answer->fetch_done;
	const ProtobufCEnumValue *outcome = protobuf_c_enum_descriptor_get_value(&lt__fetch_outcome__descriptor, (int)done->outcome);
	print_text(number, "outcome", outcome == NULL ? "UNKNOWN" : outcome->name + strlen("FETCH_"));
	print_fields(number, done);
	if (ask->reports > 0)
		print_text(number, "progress", "yes");
}

static void converse(struct channel *channel)
{
	send_setup(channel);
	Lt__Envelope *ready = driver_receive(channel);
	if (ready == NULL)
		return;
	if (show_ready)
		driver_print_ready(ready->ready);
	channel_message_free(ready);
	for (size_t i = 0; i < asked_count; i++)
		send_request(channel, &asked[i]);
	collect(channel);
	for (size_t i = 0; i < asked_count; i++) {
		print_answer(i + 1, &asked[i]);
		channel_message_free(asked[i].answer);
	}
}

int main(int argc, char **argv)
{
	log_start("fetch_driver", LEVEL_DEBUG);
	setup.sandbox = driver_sandbox();
	setup.max_parallel = 8;
	current.max_bytes = 1024 * 1024;
	current.connect_timeout_ms = 30000;
	current.total_timeout_ms = 60000;
	int option;
	while ((option = getopt_long(argc, argv, "-", options, NULL)) != -1) {
		if (option == 1)
			ask(optarg);
		else
			read_option(option, optarg);
	}
	pid_t pid;
	struct channel *channel = driver_start("leaktrawl-fetch", PEER_FETCH, setup.sandbox, &pid);
	converse(channel);
	free(setup.proxy_address);
	free(setup.allow_private);
	free(current.headers);
	return driver_stop(channel, pid) ? 0 : 1;
}
