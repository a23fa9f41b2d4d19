#include "fetch/transfers.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
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
	struct curl_blob ca;
	struct transfers_calls calls;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
	transfers->ca = (struct curl_blob){.data = ca->data, .len = ca->len, .flags = CURL_BLOB_NOCOPY};
	transfers->calls = *calls;
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
	struct transfer *transfer = transfer_new(request, &transfers->ca, &why);
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
	for (size_t i = 0; i < transfers->max; i++) {
		struct slot *slot = &transfers->slots[i];
		if (slot->transfer == NULL || now - slot->told_at_ms < TICK_MS || transfer_bytes(slot->transfer) == slot->told)
			continue;
		slot->told = transfer_bytes(slot->transfer);
		slot->told_at_ms = now;
		transfers->calls.progress(transfer_id(slot->transfer), slot->told, transfers->calls.context);
	}
}

void transfers_run(struct transfers *transfers, int fd)
{
	struct curl_waitfd wait = {.fd = fd, .events = CURL_WAIT_POLLIN};
	int running;
	if (curl_multi_poll(transfers->multi, &wait, 1, TICK_MS, NULL) != CURLM_OK ||
		curl_multi_perform(transfers->multi, &running) != CURLM_OK)
		log_fatal("libcurl lost its transfers");
	collect(transfers);
	if (transfers->calls.progress != NULL)
		tell_progress(transfers);
}
