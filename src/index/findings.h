/*
 * Recording what inspect found: finding, sighting, machine and owed alerts, always in one transaction.
 *
 * Folding. A finding's id covers its service, its fold_id does not.
 *  - A sighting without a service goes to the oldest finding with the same fold_id, if there is one.
 *  - The first sighting with a service of a finding that had none gives it that service; the finding keeps
 *    the id it was alerted under, and the new id becomes an alias of it. Further services are findings of their own.
 *
 * Newness. A hook owes an alert when a finding passes its filter now and did not before (it is new, or its
 * severity or audience changed), and no other finding of the same (account, secret) ever passed it.
 * So a baseline, or everything before a hook existed, stays silent for good.
 */
#ifndef LEAKTRAWL_INDEX_FINDINGS_H
#define LEAKTRAWL_INDEX_FINDINGS_H

#include "config/config.h"
#include "index/index.h"
#include "messages/messages.pb-c.h"

/* What the coordinator knows of the place a finding was seen in. Texts may be NULL. */
struct evidence {
	int64_t run;
	int64_t document; /* from index_document_open */
	const char *source;
	const char *url;       /* the page's, not the log-in's */
	const char *via;       /* proxy name or "direct" */
	const char *circuit;   /* of Tor, "17 $FINGERPRINT~name" of its last relay; NULL: unknown, or none */
	int64_t fetched_at_ms; /* 0: a local file */
	int64_t now_ms;
};

struct record_rules {
	const struct hook *hooks;
	size_t hooks_count;          /* 0 under --no-alert */
	bool baseline;               /* indexed, nothing owed */
	uint64_t alerts_per_run;     /* past it the rest of a hook is one summary */
	const struct roster *roster; /* severity.h; NULL: nobody is known to be staff */
};

struct recorded {
	bool is_new;            /* the finding was not in the index */
	bool sighting_is_new;   /* false: this very place was recorded before (a job run again) */
	bool first_for_account; /* the account's first finding ever */
	enum severity severity;
	unsigned alerts; /* owed by this call */
	uint8_t id[20];  /* of the finding it went to */
};

/* found->finding must not be a canary. Values past limits.h or not UTF-8 are INDEX_REFUSED and store nothing. */
enum index_result index_record_finding(struct index *index, const Lt__FoundFinding *found, const struct evidence *evidence,
	const struct record_rules *rules, struct recorded *recorded);

/* What is known of the machine in that directory of the document; findings seen there are tied to it. */
enum index_result index_record_machine(
	struct index *index, int64_t document, const char *machine_dir, const Lt__Machine *machine, int64_t now_ms);

#endif
