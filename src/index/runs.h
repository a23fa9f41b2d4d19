/* Runs and what they could and could not see. */
#ifndef LEAKTRAWL_INDEX_RUNS_H
#define LEAKTRAWL_INDEX_RUNS_H

#include "index/index.h"
#include "messages/messages.pb-c.h"

enum run_kind { RUN_CRAWL = 1, RUN_SCAN = 2 };
enum run_outcome { RUN_RUNNING = 0, RUN_DONE = 1, RUN_INCOMPLETE = 2 /* something was not covered */, RUN_FAILED = 3, RUN_INTERRUPTED = 4 };

struct run_start {
	enum run_kind kind;
	bool baseline;
	bool unsandboxed;
	const char *version;       /* of leaktrawl */
	const char *rules_version; /* as for documents */
	int64_t now_ms;
};
struct run_counters {
	uint64_t documents, bytes, findings_new, findings_seen, alerts, not_inspected, errors;
};

/*
 * Begins a run. Only under the run lock, so runs that never ended were interrupted: they are closed as
 * such, their leases (frontier, outbox) released, their summaries owed. *interrupted counts them.
 */
enum index_result index_run_begin(struct index *index, const struct run_start *start, int64_t *run, unsigned *interrupted);
/* Ends it and makes its summary alerts due. error: why it failed, or NULL. */
enum index_result index_run_end(
	struct index *index, int64_t run, enum run_outcome outcome, const struct run_counters *counters, const char *error, int64_t now_ms);

struct coverage_failure {
	const char *cause; /* "proxy_down", "timeout", "http_404", ... */
	uint64_t count;
};
struct coverage {
	const char *source; /* name in the configuration; "files" for a scan */
	/* due: the sum of the first six, which exclude one another */
	uint64_t due, fetched, unchanged, gone, failed, blocked, left, items, bytes;
	uint64_t alike; /* of those fetched: pages that look like many others */
	bool dried_up;  /* used to give items and gave none */
	const char *note;
	const struct coverage_failure *failures;
	size_t failures_count;
};
/* Puts or replaces a source's row of this run. */
enum index_result index_coverage_put(struct index *index, int64_t run, const struct coverage *coverage);

/* A piece of a document nobody looked at; the same (run, document, path, cause, detail) once. document may be 0. */
enum index_result index_not_inspected(struct index *index, int64_t run, int64_t document, const Lt__NotInspected *what);

/* A canary account came by; index_canary_last_ms gives 0 for never. */
enum index_result index_canary_seen(struct index *index, int64_t run, const char *account, int64_t now_ms);
enum index_result index_canary_last_ms(struct index *index, const char *account, int64_t *last_ms);

#endif
