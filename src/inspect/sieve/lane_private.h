/* What the files of a lane share: lane.c moves the window, the others work on what is found in it. */
#ifndef LEAKTRAWL_LANE_PRIVATE_H
#define LEAKTRAWL_LANE_PRIVATE_H

#include "inspect/job.h"
#include "inspect/records/section.h"
#include "inspect/records/shape.h"
#include "inspect/rules/rules.h"
#include "inspect/sieve/lane.h"
#include "inspect/sieve/sieve.h"
#include "inspect/views/views.h"
#include "limits/limits.h"

enum {
	AROUND = LIMIT_RECORD_BYTES, /* lookback and lookahead */
	WINDOW_BYTES = LIMIT_SIEVE_CORE_BYTES + 2 * AROUND,
};

/* A literal found, waiting until enough text stands behind it. */
struct event {
	uint32_t at; /* in the window */
	const struct literal *literal;
};

/* What another lane reads. */
struct elsewhere {
	uint64_t from, to;
};

struct lane {
	struct scan *scan;
	const struct sieve *sieves[2]; /* our names; in a bundle job the services too, else NULL */
	const struct member *member;
	enum view view;
	unsigned depth;

	char *window;
	size_t cap, len, high; /* high: most bytes ever held, for the wipe */
	uint64_t base;         /* of window[0] */
	size_t sieved;         /* bytes of the window the sieve has seen */
	size_t done;           /* ... whose hits were handed out */
	uint64_t range_from, range_to;
	struct scan_bounds told; /* a view's: where in the member its names are told */
	uint64_t claimed;        /* hits before this offset stand in a record that was read ... */
	bool claim_told;         /* ... and gave a finding */
	uint64_t lines;          /* line feeds before window[counted] */
	size_t counted;

	struct event *events;
	size_t event_count, event_cap;
	struct offset_entry *marks;
	size_t mark_count, mark_cap;
	struct elsewhere *elsewhere;
	size_t elsewhere_count, elsewhere_cap;
	enum encoding wide;
	bool for_tokens;
	struct span line; /* of the window: the one last looked at */
	bool mark_due;    /* lane_mark was called and no byte came since */

	struct sections *sections; /* machines within this text; made at the first word of one */
	bool passing;              /* one of them that is ours is looked through */
	struct shape *shape;
	struct views *views;
	struct rules_cursor *rules; /* made at the first name */
	bool begun;
	bool from_begin; /* of the member: lines can be numbered */
};

/* What views are to decode, gathered over one window. */
struct for_views {
	struct hit *encoded;
	size_t encoded_count;
	struct trigger_hit *triggers;
	size_t trigger_count;
};

/* ---- hits.c ----------------------------------------------------------------------------------- */

/* Names at this place are this lane's to tell: of its range, and where a view of a piece shows it as it is. */
bool lane_has(const struct lane *lane, size_t at);
/* Sieves what was pushed since; events are sorted by place. */
void lane_sieve(struct lane *lane);
int event_by_place(const void *a, const void *b);
/* To its reader, or to views: what stands at an event's place. What is not due yet is for views alone. */
void lane_hand_out(struct lane *lane, struct text *text, const struct event *event, bool due, struct for_views *views);
void lane_read_hit(struct lane *lane, struct text *text, struct hit *hit);

/* ---- machines.c: machines within a text --------------------------------------------------------- */

void lane_look_for_machine(struct lane *lane, struct text *text, size_t at);
/* The machines in sight, ahead of what is handed out: they may stand below their log-ins. */
void lane_look_for_machines(struct lane *lane, struct text *text);
/* Reads once more, for services and tokens, what stands before limit on machines of ours. */
void lane_pass_machines(struct lane *lane, struct text *text, size_t limit);

/* ---- places.c: where the bytes of a window stand, and which of them another lane reads ---------- */

/* What lies before the window, or was handed out, is forgotten. */
void lane_drop_marks(struct lane *lane);
void lane_drop_elsewhere(struct lane *lane);

#endif
