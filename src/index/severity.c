/*
 * Severity, from what a thief could do with the finding today. First the base:
 *
 *	cookie    expired                                                low
 *	          customer's                                             low
 *	          of a sign-on (SSO) for several services                critical
 *	          live (its expiry lies ahead), or of a staff host       high
 *	          else (nobody knows whether it lives)                   medium
 *	password  customer's                                             low
 *	          on a staff host (whoever logs in there is staff)       critical
 *	          staff's elsewhere, or by machine                       high
 *	          else                                                   medium
 *	hash      as the password, one step lower where it is fast to crack, two where it is slow; none
 *	          where it is reversed at once (hash_cost "none")
 *	token     expired                                                low
 *	private key, other tokens                                        high
 *	listing   of log-ins or access for sale                          high
 *	mention   in a leak context                                      medium
 *
 * then, one step each: up for privileged staff; down for low confidence; down where the row looks
 * fabricated (the account's own domain as the service and nothing else known); down where the machine was
 * infected more than a year ago (not for privileged staff, nor for cookies and tokens: they expire by
 * themselves). Never below info or above critical.
 */
#include "config.h"

#include "index/severity.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

static const int64_t old_ms = INT64_C(365) * 24 * 3600 * 1000;

static bool expired(bool has, int64_t expires_ms, int64_t now_ms)
{
	return has && expires_ms <= now_ms;
}

static int of_cookie(const Lt__Finding *finding, int64_t now_ms)
{
	const Lt__Cookie *cookie = finding->cookie;

	if (cookie && expired(cookie->has_expires_ms, cookie->expires_ms, now_ms))
		return SEVERITY_LOW;
	if (finding->audience == LT__AUDIENCE__AUDIENCE_CUSTOMER)
		return SEVERITY_LOW;
	if (finding->sso_cookie)
		return SEVERITY_CRITICAL;
	if (finding->host_is_staff || (cookie && cookie->has_expires_ms))
		return SEVERITY_HIGH;
	return SEVERITY_MEDIUM;
}

static int of_password(const Lt__Finding *finding)
{
	bool staff = finding->audience == LT__AUDIENCE__AUDIENCE_STAFF;

	if (finding->audience == LT__AUDIENCE__AUDIENCE_CUSTOMER)
		return SEVERITY_LOW;
	if (staff && finding->host_is_staff)
		return SEVERITY_CRITICAL;
	if (staff || finding->host_is_staff || finding->attribution == LT__ATTRIBUTION__ATTR_MACHINE)
		return SEVERITY_HIGH;
	return SEVERITY_MEDIUM;
}

static int crack_steps(const Lt__Finding *finding)
{
	const char *cost = finding->hash_cost ? finding->hash_cost : "fast";

	if (strcmp(cost, "none") == 0)
		return 0;
	return strcmp(cost, "slow") == 0 ? 2 : 1;
}

static int base(const Lt__Finding *finding, int64_t now_ms)
{
	const Lt__Token *token = finding->token;

	switch (finding->kind) {
	case LT__FINDING_KIND__KIND_COOKIE:
		return of_cookie(finding, now_ms);
	case LT__FINDING_KIND__KIND_HASH:
		return of_password(finding) - crack_steps(finding);
	case LT__FINDING_KIND__KIND_TOKEN:
		return token && expired(token->has_expires_ms, token->expires_ms, now_ms) ? SEVERITY_LOW : SEVERITY_HIGH;
	case LT__FINDING_KIND__KIND_PRIVATE_KEY:
	case LT__FINDING_KIND__KIND_LISTING:
		return SEVERITY_HIGH;
	case LT__FINDING_KIND__KIND_MENTION:
		return SEVERITY_MEDIUM;
	default:
		return of_password(finding);
	}
}

static bool is_old(const Lt__Finding *finding, int64_t now_ms)
{
	const Lt__Machine *machine = finding->machine;

	if (finding->kind != LT__FINDING_KIND__KIND_PASSWORD && finding->kind != LT__FINDING_KIND__KIND_HASH)
		return false;
	return machine && machine->has_infected_at_ms && machine->infected_at_ms > 0 && now_ms - machine->infected_at_ms > old_ms;
}

enum severity severity_of(const Lt__Finding *finding, const struct staff *staff, int64_t now_ms)
{
	bool privileged = staff && staff->privileged;
	int severity = base(finding, now_ms);

	if (privileged)
		severity++;
	if (finding->confidence == LT__CONFIDENCE__CONFIDENCE_LOW)
		severity--;
	if (finding->fabricated)
		severity--;
	if (!privileged && is_old(finding, now_ms))
		severity--;
	if (severity < SEVERITY_INFO)
		return SEVERITY_INFO;
	return severity > SEVERITY_CRITICAL ? SEVERITY_CRITICAL : (enum severity)severity;
}

/* ---- roster ---------------------------------------------------------------------------------------- */

struct roster {
	const struct staff **sorted;
	size_t count;
};

static int compare_staff(const void *a, const void *b)
{
	return strcasecmp((*(const struct staff *const *)a)->address, (*(const struct staff *const *)b)->address);
}

static int compare_address(const void *address, const void *staff)
{
	return strcasecmp(address, (*(const struct staff *const *)staff)->address);
}

struct roster *roster_new(const struct watch *watch)
{
	struct roster *roster = xcalloc(1, sizeof(*roster));

	roster->count = watch->staff_count;
	roster->sorted = xcalloc(roster->count, sizeof(const struct staff *));
	for (size_t i = 0; i < roster->count; i++)
		roster->sorted[i] = &watch->staff[i];
	qsort(roster->sorted, roster->count, sizeof(const struct staff *), compare_staff);
	return roster;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	free(roster->sorted);
	free(roster);
}

const struct staff *roster_find(const struct roster *roster, const char *account)
{
	const struct staff **found = bsearch(account, roster->sorted, roster->count, sizeof(const struct staff *), compare_address);

	return found ? *found : NULL;
}
