/*
 * Speaks to a real leaktrawl-notify: every --hook NAME=URL is set up with the --secret and --proxy before it,
 * every other argument is a delivery to the hook of that name with the --payload, --key and --timeout before
 * it. Prints each Delivered as lines "NUMBER FIELD VALUE". Exit status 1 when the worker did not end well.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"
#include "worker_driver.h"

enum { DELIVERIES = 64, HOOKS = 128 };

struct delivery {
	Lt__Deliver message;
	const char *payload; /* a file */
	Lt__Envelope *answer;
};

static Lt__NotifySetup__Hook hooks[HOOKS], *hook_list[HOOKS];
static size_t hook_count;
static struct delivery deliveries[DELIVERIES];
static size_t delivery_count;
static Lt__NotifySetup__Hook next_hook = LT__NOTIFY_SETUP__HOOK__INIT;
static struct delivery next;
static const char *ca_path;
static bool sandbox, show_ready;

static const struct option options[] = {
	{"secret", required_argument, NULL, 's'},
	{"proxy", required_argument, NULL, 'p'},
	{"hook", required_argument, NULL, 'h'},
	{"payload", required_argument, NULL, 'f'},
	{"key", required_argument, NULL, 'k'},
	{"timeout", required_argument, NULL, 't'},
	{"ca", required_argument, NULL, 'c'},
	{"unsandboxed", no_argument, NULL, 'U'},
	{"ready", no_argument, NULL, 'r'},
	{0},
};

static void add_hook(char *value)
{
	char *equals = strchr(value, '=');
	if (equals == NULL || hook_count == HOOKS)
		log_fatal("--hook NAME=URL");
	Lt__NotifySetup__Hook *hook = &hooks[hook_count];
	*hook = next_hook;
	hook->name = xstrndup(value, (size_t)(equals - value));
	hook->url = equals + 1;
	hook_list[hook_count++] = hook;
}

static void set_proxy(const char *value)
{
	Lt__FetchSetup *proxy = xcalloc(1, sizeof(*proxy));
	lt__fetch_setup__init(proxy);
	proxy->sandbox = sandbox;
	proxy->max_parallel = 1;
	driver_proxy(proxy, value);
	next_hook.proxy = proxy;
}

static void add_delivery(char *hook)
{
	if (delivery_count == DELIVERIES)
		log_fatal("too many deliveries");
	struct delivery *delivery = &deliveries[delivery_count++];
	*delivery = next;
	delivery->message.id = delivery_count;
	delivery->message.hook = hook;
}

static void read_option(int option, char *value)
{
	switch (option) {
	case 1:
		add_delivery(value);
		break;
	case 's':
		next_hook.has_secret = true;
		next_hook.secret.data = (uint8_t *)value;
		next_hook.secret.len = strlen(value);
		break;
	case 'p':
		set_proxy(value);
		break;
	case 'h':
		add_hook(value);
		break;
	case 'f':
		next.payload = value;
		break;
	case 'k':
		next.message.idempotency_key = value;
		break;
	case 't':
		next.message.timeout_ms = driver_number(value);
		break;
	case 'c':
		ca_path = value;
		break;
	case 'U':
		sandbox = false;
		break;
	case 'r':
		show_ready = true;
		break;
	default:
		exit(2);
	}
}

static void send_setup(struct channel *channel)
{
	Lt__NotifySetup setup = LT__NOTIFY_SETUP__INIT;
	setup.sandbox = sandbox;
	setup.hooks = hook_list;
	setup.n_hooks = hook_count;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_NOTIFY_SETUP;
	envelope.notify_setup = &setup;
	int ca = driver_ca(ca_path);
	channel_send(channel, &envelope, ca);
	close(ca);
}

static void send_delivery(struct channel *channel, struct delivery *delivery)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	envelope.body_case = LT__ENVELOPE__BODY_DELIVER;
	envelope.deliver = &delivery->message;
	int payload = delivery->payload == NULL ? driver_memory("{}", 2) : driver_open(delivery->payload);
	channel_send(channel, &envelope, payload);
	close(payload);
}

static void print_answer(size_t number, const struct delivery *delivery)
{
	if (delivery->answer == NULL) {
		printf("%zu delivered unknown\n", number);
		return;
	}
	const Lt__Delivered *delivered = delivery->answer->delivered;
	printf("%zu delivered %s\n", number, delivered->ok ? "yes" : "no");
	if (delivered->has_status)
		printf("%zu status %u\n", number, delivered->status);
	if (delivered->error != NULL)
		printf("%zu error %s\n", number, delivered->error);
	if (delivered->has_retry_after_s)
		printf("%zu retry-after %u\n", number, delivered->retry_after_s);
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
	for (size_t i = 0; i < delivery_count; i++)
		send_delivery(channel, &deliveries[i]);
	for (size_t i = 0; i < delivery_count; i++) {
		Lt__Envelope *message = driver_receive(channel);
		if (message == NULL)
			break;
		deliveries[message->delivered->id - 1].answer = message;
	}
	for (size_t i = 0; i < delivery_count; i++) {
		print_answer(i + 1, &deliveries[i]);
		channel_message_free(deliveries[i].answer);
	}
}

int main(int argc, char **argv)
{
	char key[] = "key-1";
	log_start("notify_driver", LEVEL_DEBUG);
	sandbox = driver_sandbox();
	lt__deliver__init(&next.message);
	next.message.idempotency_key = key;
	next.message.timeout_ms = 5000;
	int option;
	while ((option = getopt_long(argc, argv, "-", options, NULL)) != -1)
		read_option(option, optarg);
	pid_t pid;
	struct channel *channel = driver_start("leaktrawl-notify", PEER_NOTIFY, sandbox, &pid);
	converse(channel);
	return driver_stop(channel, pid) ? 0 : 1;
}
