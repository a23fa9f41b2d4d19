/* The words of the contract for enumerations. */
#include "config.h"

#include <string.h>

#include "index/finding_json.h"
#include "index/frontier.h"
#include "index/outbox.h"
#include "index/query.h"
#include "index/severity.h"

struct word {
	int value;
	const char *name;
};

static const struct word kinds[] = {
	{LT__FINDING_KIND__KIND_PASSWORD, "password"},
	{LT__FINDING_KIND__KIND_HASH, "hash"},
	{LT__FINDING_KIND__KIND_COOKIE, "cookie"},
	{LT__FINDING_KIND__KIND_TOKEN, "token"},
	{LT__FINDING_KIND__KIND_PRIVATE_KEY, "private_key"},
	{LT__FINDING_KIND__KIND_MENTION, "mention"},
	{LT__FINDING_KIND__KIND_LISTING, "listing"},
	{0, NULL},
};
static const struct word audiences[] = {
	{LT__AUDIENCE__AUDIENCE_UNKNOWN, "unknown"},
	{LT__AUDIENCE__AUDIENCE_STAFF, "staff"},
	{LT__AUDIENCE__AUDIENCE_CUSTOMER, "customer"},
	{0, NULL},
};
static const struct word confidences[] = {
	{LT__CONFIDENCE__CONFIDENCE_LOW, "low"},
	{LT__CONFIDENCE__CONFIDENCE_MEDIUM, "medium"},
	{LT__CONFIDENCE__CONFIDENCE_HIGH, "high"},
	{0, NULL},
};
static const struct word attributions[] = {
	{LT__ATTRIBUTION__ATTR_ACCOUNT, "account"},
	{LT__ATTRIBUTION__ATTR_HOST, "host"},
	{LT__ATTRIBUTION__ATTR_MACHINE, "machine"},
	{LT__ATTRIBUTION__ATTR_KEYWORD, "keyword"},
	{0, NULL},
};
static const struct word severities[] = {
	{SEVERITY_INFO, "info"},
	{SEVERITY_LOW, "low"},
	{SEVERITY_MEDIUM, "medium"},
	{SEVERITY_HIGH, "high"},
	{SEVERITY_CRITICAL, "critical"},
	{0, NULL},
};
static const struct word states[] = {
	{FINDING_NEW, "new"},
	{FINDING_ACKNOWLEDGED, "acknowledged"},
	{FINDING_RESOLVED, "resolved"},
	{FINDING_FALSE_POSITIVE, "false_positive"},
	{0, NULL},
};
static const struct word causes[] = {
	{LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, "encrypted"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED, "unsupported"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "limit"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "malformed"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "truncated"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_RULE_LIMIT, "rule_limit"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_TIME, "time"},
	{LT__NOT_INSPECTED_CAUSE__CAUSE_IO, "io"},
	{0, NULL},
};
static const struct word alert_kinds[] = {
	{ALERT_FINDING, "finding"},
	{ALERT_SUMMARY, "summary"},
	{ALERT_RUN, "run"},
	{ALERT_OPERATOR, "operator"},
	{0, NULL},
};
static const struct word alert_states[] = {
	{ALERT_OWED, "owed"},
	{ALERT_DELIVERED, "delivered"},
	{ALERT_DEAD, "dead"},
	{ALERT_SUMMARISED, "summarised"},
	{0, NULL},
};
static const struct word healths[] = {
	{SOURCE_UNKNOWN, "unknown"},
	{SOURCE_OK, "ok"},
	{SOURCE_FAILING, "failing"},
	{SOURCE_BLOCKED, "blocked"},
	{SOURCE_DRIED_UP, "dried_up"},
	{SOURCE_NEEDS_HUMAN, "needs_human"},
	{0, NULL},
};

static const char *name_of(const struct word *words, int value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return "unknown";
}

static bool parse(const struct word *words, const char *name, int *value)
{
	for (; words->name; words++)
		if (strcmp(words->name, name) == 0) {
			*value = words->value;
			return true;
		}
	return false;
}

const char *finding_kind_name(Lt__FindingKind kind)
{
	return name_of(kinds, (int)kind);
}

const char *audience_name(Lt__Audience audience)
{
	return name_of(audiences, (int)audience);
}

const char *confidence_name(Lt__Confidence confidence)
{
	return name_of(confidences, (int)confidence);
}

const char *attribution_name(Lt__Attribution attribution)
{
	return name_of(attributions, (int)attribution);
}

const char *severity_name(enum severity severity)
{
	return name_of(severities, (int)severity);
}

const char *finding_state_name(enum finding_state state)
{
	return name_of(states, (int)state);
}

const char *not_inspected_cause_name(Lt__NotInspectedCause cause)
{
	return name_of(causes, (int)cause);
}

const char *alert_kind_name(enum alert_kind kind)
{
	return name_of(alert_kinds, (int)kind);
}

const char *alert_state_name(enum alert_state state)
{
	return name_of(alert_states, (int)state);
}

const char *source_health_name(enum source_health health)
{
	return name_of(healths, (int)health);
}

bool finding_kind_parse(const char *name, Lt__FindingKind *kind)
{
	int value;
	bool ok = parse(kinds, name, &value);

	if (ok)
		*kind = (Lt__FindingKind)value;
	return ok;
}

bool audience_parse(const char *name, Lt__Audience *audience)
{
	int value;
	bool ok = parse(audiences, name, &value);

	if (ok)
		*audience = (Lt__Audience)value;
	return ok;
}

bool severity_parse(const char *name, enum severity *severity)
{
	int value;
	bool ok = parse(severities, name, &value);

	if (ok)
		*severity = (enum severity)value;
	return ok;
}

bool finding_state_parse(const char *name, enum finding_state *state)
{
	int value;
	bool ok = parse(states, name, &value);

	if (ok)
		*state = (enum finding_state)value;
	return ok;
}
