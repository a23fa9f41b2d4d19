/* Questions to the index, and triage. Answers are JSON objects of the published contract (finding_json.h). */
#ifndef LEAKTRAWL_INDEX_QUERY_H
#define LEAKTRAWL_INDEX_QUERY_H

#include <jansson.h>

#include "index/findings.h"
#include "index/index.h"

enum finding_state { FINDING_NEW = 1, FINDING_ACKNOWLEDGED = 2, FINDING_RESOLVED = 3, FINDING_FALSE_POSITIVE = 4 };
const char *finding_state_name(enum finding_state state);
bool finding_state_parse(const char *name, enum finding_state *state);

/* Zero or NULL: not asked for. Texts compare without ASCII case. */
struct finding_filter {
	const char *account; /* whole, or with '*' as wildcard */
	const char *domain;  /* of the account or service, sub-domains too */
	const char *service;
	Lt__FindingKind kind;
	bool has_audience;
	Lt__Audience audience;
	bool has_severity;
	enum severity min_severity;
	enum finding_state state;
	int64_t since_ms;   /* first seen then or later */
	int64_t until_ms;   /* first seen before */
	const char *source; /* seen in it */
	const char *machine;
	const char *text;       /* anywhere in account, service, url, rule, post, evidence path */
	int64_t run;            /* first seen in it */
	uint64_t limit;         /* 0: all */
	const char *after;      /* id of the last finding already had: goes on behind it */
	bool order_by_severity; /* most severe first, then newest; else newest first */
};

/* Calls each with a contract object it may change but not keep; false stops. *matched counts all that match, limit aside; may be NULL. */
enum index_result index_findings(struct index *index, const struct finding_filter *filter, int64_t now_ms,
	bool (*each)(json_t *finding, void *context), void *context, uint64_t *matched);

/*
 * The finding with that id ("f_..." or a prefix of at least 6 characters, aliases too) with everything:
 * "sightings_list", "same_machine", "history", "not_inspected" beside the contract's keys. *finding is the caller's.
 * INDEX_NONE: no such id; INDEX_REFUSED: several begin so.
 */
enum index_result index_finding_show(struct index *index, const char *id, int64_t now_ms, json_t **finding);

/* Newest first; limit 0: all. Objects of leaktrawl.run/1. */
enum index_result index_runs(struct index *index, uint64_t limit, bool (*each)(json_t *run, void *context), void *context);
/* One run (0: the last) with coverage and what was not inspected. The caller's. */
enum index_result index_run_json(struct index *index, int64_t run, json_t **object);
/* {"sources":[{source,last_run,reached,...}],"last_run":..}: the latest row of every source. The caller's. */
enum index_result index_coverage_json(struct index *index, json_t **object);

struct index_counts {
	uint64_t findings, findings_new, sightings, documents, machines, runs;
};
enum index_result index_counts(struct index *index, struct index_counts *counts);

/* ---- triage and audit -------------------------------------------------------------------------- */

/* Sets the state and writes an audit row; *id_out (43 characters with 0) may be NULL. */
enum index_result index_triage(
	struct index *index, const char *id, enum finding_state state, const char *reason, const char *who, int64_t now_ms);
/* What was done to a finding that is no triage, say "reveal". */
enum index_result index_audit(
	struct index *index, const char *who, const char *action, const char *finding_id, const char *detail, int64_t now_ms);

/* The sealed value of a finding; freed with sealed_finding_free. INDEX_NONE: no such finding, or nothing sealed. */
struct sealed_copy {
	uint8_t *key_id, *box;
	size_t key_id_len, box_len;
};
struct sealed_finding {
	uint8_t id[20];        /* of the finding */
	uint8_t sealed_id[20]; /* the id it was sealed under: authenticated with the box */
	char *account;
	char *kind;
	uint8_t *nonce, *box;
	size_t nonce_len, box_len;
	struct sealed_copy *copies; /* the job's data key for each team key */
	size_t copies_count;
};
enum index_result index_sealed(struct index *index, const char *id, struct sealed_finding *sealed);
void sealed_finding_free(struct sealed_finding *sealed);

#endif
