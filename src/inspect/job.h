/*
 * One job in progress: its parts, what it may send, its counters. struct scan is opaque to the stages; what they need of
 * it stands in scan.h and here.
 */
#ifndef LEAKTRAWL_JOB_H
#define LEAKTRAWL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/engine.h"
#include "inspect/scan.h"
#include "messages/channel.h"

/* A descriptor of the job; read with pread only, it may shrink under us. */
struct part {
	int fd;
	char *path; /* label; never opened */
	uint64_t size;
	bool continues; /* volume of the part before */
};

const struct part *scan_parts(const struct scan *scan, size_t *count);

/*
 * The checkpoint: everything before it is done and its findings are sent. Sends Progress at most every few hundred
 * milliseconds; call it as often as you like. offset counts in the part, or in the member where member is not 0.
 */
void scan_progress(struct scan *scan, uint32_t part, uint64_t member, uint64_t offset);
/* Bytes read from descriptors and bytes produced by containers, for progress and limits. */
void scan_count_in(struct scan *scan, uint64_t bytes);
void scan_count_unpacked(struct scan *scan, uint64_t bytes);
uint64_t scan_bytes_in(const struct scan *scan);
uint64_t scan_bytes_unpacked(const struct scan *scan);
void scan_count_member(struct scan *scan);

/* Sends a message of this job; fills in the job number. Message stays the caller's. */
void scan_send_link(struct scan *scan, Lt__FoundLink *link);
void scan_send_verdict(struct scan *scan, Lt__PageVerdict *verdict);
void scan_send_head(struct scan *scan, Lt__Head *head);
void scan_send_report(struct scan *scan, Lt__RuleReport *report);

/*
 * JOB_RULES_TEST: why a candidate or a place was not made a finding, or which reader read it. Cheap no-op in
 * every other job, so readers may call it freely. rule: id of reader or rule; at: in the text.
 */
void scan_explain(const struct text *text, const char *rule, size_t at, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool scan_explains(const struct scan *scan);

#endif
