/*
 * A finding on its way to JSON, whether it comes from a message or from a row of the index. Only files of
 * this room include it.
 */
#ifndef LEAKTRAWL_INDEX_FINDING_DETAIL_H
#define LEAKTRAWL_INDEX_FINDING_DETAIL_H

#include <jansson.h>

#include "config/config.h"
#include "messages/messages.pb-c.h"

/* The contract's cookie, hash, token and post objects of a message; {} for a plain password. */
json_t *finding_detail_json(const Lt__Finding *finding);
char *finding_detail_text(const Lt__Finding *finding); /* the same as text, freed by the caller */
/* When the cookie or token expires, if that is known. */
bool finding_expiry(const Lt__Finding *finding, int64_t *expires_ms);

/* Everything the contract tells; NULL, 0 and false where unknown. Nothing is owned. */
struct finding_view {
	const uint8_t *id; /* 20 bytes */
	bool ephemeral;
	Lt__FindingKind kind;
	const char *account;
	Lt__Audience audience;
	const char *service, *url;
	const char *secret_hint, *secret_length;
	const uint8_t *fingerprint, *value;
	size_t fingerprint_len, value_len;
	const json_t *detail; /* as finding_detail_json */
	bool has_expiry;
	int64_t expires_ms;
	const char *rule;
	Lt__Confidence confidence;
	enum severity severity;
	Lt__Attribution attribution;
	bool is_staff, staff_privileged;
	const char *staff_name, *staff_team;
	bool first_for_account;
	struct {
		const char *id, *name, *user, *domain, *ip, *country, *family, *build;
		bool has_infected_at;
		int64_t infected_at_ms;
	} machine;
	uint64_t sightings;
	int64_t first_seen_ms, last_seen_ms;
	const char *state;
	struct {
		const char *source, *url, *document, *path, *via, *circuit;
		bool has_line, has_offset;
		uint64_t line, offset;
		int64_t fetched_at_ms;
	} evidence;
};
json_t *finding_view_json(const struct finding_view *view, int64_t now_ms);

/* Sets name to a text or a time, unless it is unknown (NULL, 0). */
void set_text(json_t *object, const char *name, const char *text);
void set_time(json_t *object, const char *name, int64_t ms);
void set_count(json_t *object, const char *name, uint64_t value);
void set_hex(json_t *object, const char *name, const uint8_t *data, size_t len);

#endif
