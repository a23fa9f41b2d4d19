/* Is a candidate ours, and what is it? No state: the same candidate in the same job is judged alike. */
#ifndef LEAKTRAWL_JUDGE_H
#define LEAKTRAWL_JUDGE_H

#include "inspect/engine.h"
#include "inspect/rules/cookies.h"
#include "inspect/rules/hashes.h"
#include "inspect/scan.h"

struct verdict {
	const char *rejected; /* why it is no finding; NULL if it is one */
	Lt__FindingKind kind;
	struct slice account, secret; /* account absent where it was a placeholder; secret with its salt */
	char host[HOST_TEXT_BYTES];   /* service; "" where there is none */
	bool account_ours, host_ours;
	bool account_is_email;
	struct watched watched;      /* what made it ours */
	struct watched watched_host; /* where host_ours */
	Lt__Attribution attribution;
	Lt__Audience audience;
	Lt__Confidence confidence;
	bool canary, fabricated;
	bool hashed;
	struct hash_shape hash;
	struct cookie_entry cookie;
	bool has_claims;
	struct jwt_claims claims; /* of a cookie's or token's value */
};

void judge(struct text *text, const struct candidate *candidate, struct verdict *verdict);

#endif
