/* The checks of `leaktrawl doctor`. Each prints lines of its own: a verdict, what was looked at, and where it is not well, the fix. */
#ifndef LEAKTRAWL_DOCTOR_H
#define LEAKTRAWL_DOCTOR_H

#include "coordinator/command.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct doctor {
	struct command_context *context;
	const struct config *config; /* NULL where it could not be read: only what needs none is checked */
	unsigned counts[3];          /* by verdict */
};

void doctor_say(struct doctor *doctor, enum verdict verdict, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The last error or warning logged since the last call, or "", so that a line of ours can repeat it: while the
 * doctor works, the log is heard and not shown. Valid until the next call.
 */
const char *doctor_heard(void);

void doctor_installation(struct doctor *doctor); /* workers, rules and data are where they belong */
void doctor_kernel(struct doctor *doctor);       /* what walls can be made of */
void doctor_keys(struct doctor *doctor);
void doctor_index(struct doctor *doctor);
void doctor_sources(struct doctor *doctor); /* sources, hooks, certificates: what a run would lack */
void doctor_proxies(struct doctor *doctor); /* a TCP connection to each, and nothing through it */
void doctor_workers(struct doctor *doctor); /* starts one of each: versions, walls, inspect's self-test */

#endif
