#include "fetch/transfers.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { TICK_MS = 1000 };

struct slot {
	struct transfer *transfer; /* NULL: free */
	uint64_t told;             /* bytes of the last progress report */
	int64_t told_at_ms;
};

struct transfers {
	CURLM *multi;
	struct slot *slots;
	size_t max;
	struct trust *trust;
	struct transfers_calls calls;

	struct pollfd *polled; /* the process's channel, then what curl waits for */
	struct pollfd *ready;  /* of one turn: polled changes while it is worked on */
	size_t polled_count, polled_cap;
	int64_t due_ms;     /* when curl wants to look at its clocks; INT64_MAX: never */
	int64_t told_at_ms; /* when progress was last looked at */
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what curl waits for ---- */

static void resize(struct transfers *transfers)
{
	transfers->polled_cap = transfers->polled_cap * 2 + 8;
	transfers->polled = xreallocarray(transfers->polled, transfers->polled_cap, sizeof(*transfers->polled));
	transfers->ready = xreallocarray(transfers->ready, transfers->polled_cap, sizeof(*transfers->ready));
}

static void forget_socket(struct transfers *transfers, size_t at)
{
	curl_multi_assign(transfers->multi, transfers->polled[at].fd, NULL);
	transfers->polled[at] = transfers->polled[--transfers->polled_count];
	if (at < transfers->polled_count)
		curl_multi_assign(transfers->multi, transfers->polled[at].fd, (void *)(uintptr_t)at);
}

/* place: where the socket stands among polled; 0: it is new. */
static int on_socket(CURL *curl, curl_socket_t fd, int what, void *context, void *place)
{
	struct transfers *transfers = context;
	size_t at = (size_t)(uintptr_t)place;
	(void)curl;
	if (what == CURL_POLL_REMOVE) {
		if (at > 0)
			forget_socket(transfers, at);
		return 0;
	}
	if (at == 0) {
		if (transfers->polled_count == transfers->polled_cap)
			resize(transfers);
		at = transfers->polled_count++;
		curl_multi_assign(transfers->multi, fd, (void *)(uintptr_t)at);
	}
	transfers->polled[at] = (struct pollfd){
		.fd = fd, .events = (short)(((what & CURL_POLL_IN) != 0 ? POLLIN : 0) | ((what & CURL_POLL_OUT) != 0 ? POLLOUT : 0))};
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct transfers *transfers = context;
	(void)multi;
	transfers->due_ms = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
	return 0;
}

struct transfers *transfers_new(size_t max, const struct buf *ca, const struct transfers_calls *calls)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_fatal("libcurl could not start");
	struct transfers *transfers = xcalloc(1, sizeof(*transfers));
	transfers->multi = curl_multi_init();
	if (transfers->multi == NULL)
		log_fatal("no memory for transfers");
	transfers->max = max;
	transfers->slots = xcalloc(max, sizeof(*transfers->slots));
	transfers->trust = trust_new(ca);
	transfers->calls = *calls;
	transfers->due_ms = INT64_MAX;
	resize(transfers);
	transfers->polled_count = 1;
	curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
	curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
	curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, (long)max);
	curl_multi_setopt(transfers->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return transfers;
}

static void release(struct transfers *transfers, struct slot *slot)
{
	curl_multi_remove_handle(transfers->multi, transfer_handle(slot->transfer));
	transfer_free(slot->transfer);
	*slot = (struct slot){0};
}

void transfers_free(struct transfers *transfers)
{
	if (transfers == NULL)
		return;
	for (size_t i = 0; i < transfers->max; i++)
		if (transfers->slots[i].transfer != NULL)
			release(transfers, &transfers->slots[i]);
	curl_multi_cleanup(transfers->multi);
	trust_free(transfers->trust);
	free(transfers->polled);
	free(transfers->ready);
	free(transfers->slots);
	free(transfers);
	curl_global_cleanup();
}

static struct slot *slot_of(struct transfers *transfers, const struct transfer *transfer)
{
	for (size_t i = 0; i < transfers->max; i++)
		if (transfers->slots[i].transfer == transfer)
			return &transfers->slots[i];
	return NULL;
}

static void answer_unsent(struct transfers *transfers, uint64_t id, Lt__FetchOutcome outcome, const char *why)
{
	char text[LIMIT_FETCH_ERROR_BYTES];
	snprintf(text, sizeof(text), "%s", why);
	Lt__FetchDone done = LT__FETCH_DONE__INIT;
	done.id = id;
	done.outcome = outcome;
	done.error = text;
	transfers->calls.done(&done, transfers->calls.context);
}

void transfers_start(struct transfers *transfers, const struct transfer_request *request)
{
	struct slot *slot = slot_of(transfers, NULL);
	if (slot == NULL) {
		if (request->out_fd >= 0)
			close(request->out_fd);
		answer_unsent(transfers, request->id, LT__FETCH_OUTCOME__FETCH_CANCELLED, "more requests at once than agreed");
		return;
	}
	const char *why;
	struct transfer *transfer = transfer_new(request, transfers->trust, &why);
	if (transfer == NULL) {
		answer_unsent(transfers, request->id, LT__FETCH_OUTCOME__FETCH_REFUSED_URL, why);
		return;
	}
	*slot = (struct slot){.transfer = transfer, .told_at_ms = now_ms()};
	if (curl_multi_add_handle(transfers->multi, transfer_handle(transfer)) != CURLM_OK)
		log_fatal("libcurl took no further transfer");
}

void transfers_cancel(struct transfers *transfers, uint64_t id)
{
	for (size_t i = 0; i < transfers->max; i++) {
		struct slot *slot = &transfers->slots[i];
		if (slot->transfer == NULL || transfer_id(slot->transfer) != id)
			continue;
		release(transfers, slot);
		answer_unsent(transfers, id, LT__FETCH_OUTCOME__FETCH_CANCELLED, "cancelled");
		return;
	}
}

static void collect(struct transfers *transfers)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(transfers->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		struct slot *slot = slot_of(transfers, transfer_of(message->easy_handle));
		if (slot == NULL)
			log_fatal("libcurl ended a transfer it was not given");
		transfers->calls.done(transfer_end(slot->transfer, code), transfers->calls.context);
		release(transfers, slot);
	}
}

static void tell_progress(struct transfers *transfers)
{
	int64_t now = now_ms();
	if (now - transfers->told_at_ms < TICK_MS / 4)
		return;
	transfers->told_at_ms = now;
	for (size_t i = 0; i < transfers->max; i++) {
		struct slot *slot = &transfers->slots[i];
		if (slot->transfer == NULL || now - slot->told_at_ms < TICK_MS || transfer_bytes(slot->transfer) == slot->told)
			continue;
		slot->told = transfer_bytes(slot->transfer);
		slot->told_at_ms = now;
		transfers->calls.progress(transfer_id(slot->transfer), slot->told, transfers->calls.context);
	}
}

/*
 * Many relays write an answer piece by piece and hold each back until the one before is acknowledged, which the kernel puts
 * off for 40 ms unless it is told not to, each time anew.
 */
static void acknowledge(int fd)
{
	const int on = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static void act(struct transfers *transfers, curl_socket_t fd, int events)
{
	int running;
	if (curl_multi_socket_action(transfers->multi, fd, events, &running) != CURLM_OK)
		log_fatal("libcurl lost its transfers");
}

/* An error shows when the socket is read or written. */
static void serve(struct transfers *transfers, const struct pollfd *ready)
{
	bool broken = (ready->revents & ~(POLLIN | POLLOUT)) != 0;
	int events = ((ready->revents & POLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((ready->revents & POLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
	if (broken)
		events |= (ready->events & POLLIN) != 0 ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
	if ((events & CURL_CSELECT_IN) != 0)
		acknowledge(ready->fd);
	act(transfers, ready->fd, events);
}

static int time_to_wait(const struct transfers *transfers)
{
	int64_t left = transfers->due_ms == INT64_MAX ? TICK_MS : transfers->due_ms - now_ms();
	return left < 0 ? 0 : left < TICK_MS ? (int)left : TICK_MS;
}

bool transfers_run(struct transfers *transfers, int fd)
{
	size_t count = 0;
	transfers->polled[0] = (struct pollfd){.fd = fd, .events = POLLIN};
	int found = poll(transfers->polled, (nfds_t)transfers->polled_count, time_to_wait(transfers));
	if (found < 0 && errno != EINTR)
		log_fatal_errno("cannot wait for transfers");
	bool channel_ready = found > 0 && transfers->polled[0].revents != 0;
	for (size_t i = 1; found > 0 && i < transfers->polled_count; i++)
		if (transfers->polled[i].revents != 0)
			transfers->ready[count++] = transfers->polled[i];
	for (size_t i = 0; i < count; i++)
		serve(transfers, &transfers->ready[i]);
	if (transfers->due_ms <= now_ms()) {
		transfers->due_ms = INT64_MAX;
		act(transfers, CURL_SOCKET_TIMEOUT, 0);
	}
	collect(transfers);
	if (transfers->calls.progress != NULL)
		tell_progress(transfers);
	return channel_ready;
}
