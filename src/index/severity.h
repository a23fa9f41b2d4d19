/*
 * How bad a finding is, by documented rules, and who of the staff it belongs to. The table stands in
 * severity.c; README repeats it for the reader.
 */
#ifndef LEAKTRAWL_INDEX_SEVERITY_H
#define LEAKTRAWL_INDEX_SEVERITY_H

#include "config/config.h"
#include "messages/messages.pb-c.h"

enum severity severity_of(const Lt__Finding *finding, const struct staff *staff, int64_t now_ms);
const char *severity_name(enum severity severity); /* "critical" ... */
bool severity_parse(const char *name, enum severity *severity);

/* The staff list by address. It keeps pointers into watch. */
struct roster;
struct roster *roster_new(const struct watch *watch);
void roster_free(struct roster *roster);
const struct staff *roster_find(const struct roster *roster, const char *account); /* ASCII case folded; NULL: not listed */

#endif
