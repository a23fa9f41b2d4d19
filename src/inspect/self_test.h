/* JOB_SELF_TEST: does what this inspector rests on work here, behind its walls? */
#ifndef LEAKTRAWL_SELF_TEST_H
#define LEAKTRAWL_SELF_TEST_H

#include "inspect/scan.h"

/*
 * Answers one RuleReport a part ("libhs", "rules", "walls"), outcome "ok" or "failed", and one "failed" with its
 * place for each fault of the rule, data and site files and follow patterns (the job is ok all the same). With job->attempt only that call
 * is tried (sandbox.h): "ok" when the walls refused it; some walls answer with death.
 */
void self_test_run(struct scan *scan, Lt__JobDone *done);

#endif
