/* A finding as the published JSON contract has it (leaktrawl.finding/1): absent means unknown. */
#ifndef LEAKTRAWL_INDEX_FINDING_JSON_H
#define LEAKTRAWL_INDEX_FINDING_JSON_H

#include <jansson.h>

#include "index/findings.h"

struct finding_json_options {
	int64_t now_ms;       /* for `live` */
	bool ephemeral;       /* ids are under a random key */
	const char *document; /* identity of the document, or NULL */
};

/*
 * From a bare message, without an index: severity and staff by the same rules, "state" new, the message's place
 * as evidence. The plain value appears only if the message carries one (--reveal). evidence may be NULL.
 */
json_t *finding_json_of_message(const Lt__FoundFinding *found, const struct evidence *evidence, const struct staff *staff,
	const struct finding_json_options *options);

const char *finding_kind_name(Lt__FindingKind kind);
bool finding_kind_parse(const char *name, Lt__FindingKind *kind);
const char *audience_name(Lt__Audience audience);
bool audience_parse(const char *name, Lt__Audience *audience);
const char *confidence_name(Lt__Confidence confidence);
const char *attribution_name(Lt__Attribution attribution);
const char *not_inspected_cause_name(Lt__NotInspectedCause cause);

/* "f_" and 40 hexadecimal digits. */
void finding_id_text(const uint8_t id[20], char text[43]);
/* RFC 3339 in UTC with milliseconds where there are any. */
void time_text(int64_t ms, char text[32]);

#endif
