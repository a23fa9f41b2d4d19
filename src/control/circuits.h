/*
 * Which circuit carries the stream that came from a port, as Tor's events tell. Holds the last so many circuits and
 * streams; of the hosts that streams lead to, which may be those of other programs, nothing is kept.
 */
#ifndef LEAKTRAWL_CONTROL_CIRCUITS_H
#define LEAKTRAWL_CONTROL_CIRCUITS_H

#include <stdint.h>

#include "limits/limits.h"

struct circuits {
	/* Set by the caller: a stream is on its circuit, told as "17 $FINGERPRINT~name" of the last relay. */
	void (*seen)(uint16_t port, const char *circuit, void *context);
	void *context;
	/* kept here */
	struct known_circuit {
		uint64_t id;
		char last[LIMIT_CIRCUIT_BYTES / 2 + 20]; /* "$", 40 digits, "~", 19 letters */
	} known[LIMIT_CIRCUITS];
	struct known_stream {
		uint64_t id;
		uint16_t port; /* 0: unknown */
	} streams[LIMIT_CIRCUITS];
};

/* A line of GETINFO circuit-status. */
void circuits_status(struct circuits *circuits, const char *line);
/* "CIRC ..." or "STREAM ..."; other events, and what is not as it should be, are passed over. */
void circuits_event(struct circuits *circuits, const char *event);

#endif
