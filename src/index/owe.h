/* What a recorded finding owes which hook. Only files of this room include it. */
#ifndef LEAKTRAWL_INDEX_OWE_H
#define LEAKTRAWL_INDEX_OWE_H

#include "config/config.h"
#include "index/store.h"
#include "messages/messages.pb-c.h"

/* How a finding stands with regard to filters of hooks. */
struct standing {
	bool exists;
	enum severity severity;
	Lt__Audience audience;
	bool dismissed; /* a false positive: nothing is owed for it any more */
};

struct owing {
	struct index *index;
	int64_t finding;
	const uint8_t *alert_key; /* 20 bytes: (account, secret) */
	int64_t run;
	uint64_t alerts_per_run;
	int64_t now_ms;
	struct standing before, now;
};

/* Owes an alert to each hook for which this is news (findings.h); adds the number of them to *owed. */
enum index_result owe_alerts(const struct owing *owing, const struct hook *hooks, size_t count, unsigned *owed);

#endif
