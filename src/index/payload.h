/* What a hook is told: an alert's JSON, built from the index at the moment of delivery. */
#ifndef LEAKTRAWL_INDEX_PAYLOAD_H
#define LEAKTRAWL_INDEX_PAYLOAD_H

#include "index/outbox.h"
#include "index/store.h"

struct payload {
	enum alert_kind kind;
	const char *hook;
	int64_t finding, run; /* rows; 0: none */
	char *stored;         /* of a notice; owned by whoever made this */
	uint64_t count;       /* ALERT_SUMMARY: findings it stands for */
};

/*
 * A finding as leaktrawl.finding/1, a summary as leaktrawl.summary/1, a notice as it was put. Kept below
 * LIMIT_HOOK_PAYLOAD_BYTES: a longer finding loses its post and detail, and says so. *text is the caller's.
 */
enum index_result payload_text(struct index *index, const struct payload *payload, int64_t now_ms, char **text, size_t *len);

#endif
