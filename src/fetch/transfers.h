/*
 * Many transfers at once over one curl multi handle, in one thread, woken by one more descriptor: the
 * process's channel.
 */
#ifndef LEAKTRAWL_FETCH_TRANSFERS_H
#define LEAKTRAWL_FETCH_TRANSFERS_H

#include <stddef.h>
#include <stdint.h>

#include "fetch/transfer.h"
#include "shared/buf.h"

struct transfers;

struct transfers_calls {
	/* A transfer ended, well or not. The message is valid until the call returns. */
	void (*done)(const Lt__FetchDone *done, void *context);
	/* Bytes of a body so far: once a second at most, and only where there is something new. NULL: not wanted. */
	void (*progress)(uint64_t id, uint64_t bytes, void *context);
	void *context;
};

/*
 * At most max transfers at once. ca is a PEM bundle that stays the caller's; no certificate but those in it is trusted. Made before the
 * process narrows itself, since curl and OpenSSL look around the system here.
 */
struct transfers *transfers_new(size_t max, const struct buf *ca, const struct transfers_calls *calls);
void transfers_free(struct transfers *transfers);

/* Every request is answered by one call of done; for a refused one it comes before this returns. */
void transfers_start(struct transfers *transfers, const struct transfer_request *request);
/* Ends it with FETCH_CANCELLED. One that is not there has been answered already. */
void transfers_cancel(struct transfers *transfers, uint64_t id);
/* Waits until a transfer moves, fd is readable or a second has passed, and does what is to be done. Returns whether fd is readable. */
bool transfers_run(struct transfers *transfers, int fd);

#endif
