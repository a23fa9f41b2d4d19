/*
 * The frontier: the persisted queue of URLs to fetch, or to fetch again, and the state of each source.
 * Every operation touches a bounded number of rows through an index, whatever the size of the queue.
 */
#ifndef LEAKTRAWL_INDEX_FRONTIER_H
#define LEAKTRAWL_INDEX_FRONTIER_H

#include "index/index.h"
#include "messages/messages.pb-c.h"

enum { FRONTIER_PRIORITIES = 4 }; /* 0 goes first */

enum frontier_state {
	FRONTIER_WAITING = 1, /* fetched when due */
	FRONTIER_LEASED = 2,  /* somebody fetches it now */
	FRONTIER_RESTING = 3, /* done, and not fetched again by itself */
	FRONTIER_GONE = 4     /* the site says it is no more; --force tries again */
};

struct frontier_url {
	int64_t id; /* out */
	const char *source;
	const char *url;    /* canonical, absolute, without fragment */
	const char *host;   /* of the url: pacing counts per source and host */
	const char *method; /* NULL: GET */
	const char *body;   /* POST fields */
	const char *role;   /* page role the site description gives it, or "start", "follow", "redirect" */
	unsigned depth;
	unsigned priority;
	const char *referer, *title, *item;
	const Lt__Field *const *captured;
	size_t captured_count;
	int64_t published_ms, expires_ms; /* 0: unknown */
	int64_t due_ms;
	int64_t wake_before_ms; /* in: known, resting and last fetched before then, it is due again; 0: left alone */
	bool wake_if_changed;   /* in: ... where item differs */
	/* what the last good fetch left; out only */
	const char *etag, *last_modified;
	uint8_t digest[32];
	bool has_digest;
	unsigned attempts;  /* failures since the last good fetch */
	int64_t fetched_ms; /* last good fetch, 0: never */
	int64_t every_ms;   /* between the last visits, 0: none was settled */
	uint64_t look;      /* of its text, 0: unknown */
};

/* Adds it unless this source has (method, url, body) already. *added: it was new; may be NULL. */
enum index_result index_frontier_add(struct index *index, const struct frontier_url *url, bool *added);

/* INDEX_OK: this source has the URL (by GET); INDEX_NONE: it has not. */
enum index_result index_frontier_known(struct index *index, const char *source, const char *url);
/* It is due now and before all others of its host, unless somebody fetches it. */
enum index_result index_frontier_first(struct index *index, const char *source, const char *url, const char *host);

/*
 * Leases the most urgent due URL of a source whose host may be asked again, and keeps that host quiet for
 * delay_ms. INDEX_NONE: nothing may be fetched now. Free with frontier_url_free.
 */
enum index_result index_frontier_take(
	struct index *index, const char *source, int64_t delay_ms, int64_t lease_ms, int64_t now_ms, struct frontier_url **url);
void frontier_url_free(struct frontier_url *url);
/* Earliest time index_frontier_take may give something (due and pacing); INDEX_NONE: the source has nothing waiting. */
enum index_result index_frontier_next_due(struct index *index, const char *source, int64_t *due_ms);
/* Keeps a host quiet until then (429, Retry-After, delay after slow answers). */
enum index_result index_frontier_quiet(struct index *index, const char *source, const char *host, int64_t until_ms);

enum frontier_outcome {
	FRONTIER_FETCHED,   /* new content */
	FRONTIER_UNCHANGED, /* 304, or the same digest */
	FRONTIER_FAILED,    /* tried again at next_due_ms, attempts counted */
	FRONTIER_RELEASED,  /* not tried: as it was, due at next_due_ms */
	FRONTIER_IS_GONE
};
struct frontier_result {
	enum frontier_outcome outcome;
	int64_t next_due_ms;              /* 0: never by itself (FRONTIER_RESTING) */
	const char *etag, *last_modified; /* FRONTIER_FETCHED: NULL forgets them */
	const uint8_t *digest;            /* 32 bytes or NULL */
	int64_t every_ms;                 /* 0: as it was */
	uint64_t look;                    /* FRONTIER_FETCHED: 0 forgets it */
	const char *error;
	int64_t now_ms;
};
enum index_result index_frontier_result(struct index *index, int64_t url, const struct frontier_result *result);

/* --force: everything of the source (NULL: all sources) is due now; validators stay. */
enum index_result index_frontier_force(struct index *index, const char *source, int64_t now_ms);

struct frontier_counts {
	uint64_t known, waiting, leased, resting, gone;
};
enum index_result index_frontier_counts(struct index *index, const char *source, struct frontier_counts *counts);
/* Whether anything but starts is known of the source. */
enum index_result index_frontier_found(struct index *index, const char *source, bool *found);
/* URLs due at now_ms, counted no further than cap. */
enum index_result index_frontier_due(struct index *index, const char *source, int64_t now_ms, uint64_t cap, uint64_t *due);

/* ---- sources ---------------------------------------------------------------------------------- */

enum source_health {
	SOURCE_UNKNOWN = 0,
	SOURCE_OK = 1,
	SOURCE_FAILING = 2,
	SOURCE_BLOCKED = 3,
	SOURCE_DRIED_UP = 4,
	SOURCE_NEEDS_HUMAN = 5
};
const char *source_health_name(enum source_health health);

struct source_state {
	enum source_health health;
	const char *reason;
	int64_t last_try_ms, last_good_ms, last_item_ms; /* 0: never */
};
/* Puts the state; times of 0 and a NULL reason under SOURCE_OK keep / clear what stood there. */
enum index_result index_source_put(struct index *index, const char *source, const struct source_state *state);
/* INDEX_NONE: never heard of. reason is owned by the index until the next call. */
enum index_result index_source_get(struct index *index, const char *source, struct source_state *state);

#endif
