#include "inspect/self_test.h"

#include <string.h>

#include "inspect/job.h"
#include "inspect/rules/rules.h"
#include "inspect/sieve/sieve.h"
#include "sandbox/sandbox.h"
#include "shared/worker.h"

static void report(struct scan *scan, const char *part, const char *fault, Lt__JobDone *done)
{
	Lt__RuleReport message = LT__RULE_REPORT__INIT;

	message.rule = (char *)(uintptr_t)part;
	message.outcome = (char *)(uintptr_t)(fault == NULL ? "ok" : "failed");
	message.detail = (char *)(uintptr_t)fault;
	scan_send_report(scan, &message);
	done->ok = done->ok && fault == NULL;
}

/* What is wrong in the files and patterns this inspector was given: it works without them, which somebody should know. */
static void report_faults(struct scan *scan)
{
	const struct faults *faults = &scan_engine(scan)->faults;

	for (size_t i = 0; i < faults->count; i++) {
		Lt__RuleReport message = LT__RULE_REPORT__INIT;

		message.rule = (char *)(uintptr_t) "files";
		message.outcome = (char *)(uintptr_t) "failed";
		message.detail = faults->list[i].text;
		message.file = faults->list[i].file;
		message.has_line = message.has_column = true;
		message.line = faults->list[i].line;
		message.column = faults->list[i].column;
		scan_send_report(scan, &message);
	}
}

/* The shipped rules were compiled before the walls rose; one that has an example must find it still. */
static const char *test_rules(const struct scan *scan)
{
	struct slice groups[EXPRESSION_GROUPS];
	size_t count;
	const struct rule *rules = rules_all(scan_engine(scan)->rules, &count);

	for (size_t i = 0; i < count; i++) {
		struct slice example = yaml_slice(yaml_at(rules[i].examples, 0));

		if (!rules[i].shipped || example.data == NULL)
			continue;
		return expression_match(rules[i].expression, example, 0, groups) == EXPRESSION_YES ? NULL : "PCRE2 loses a match";
	}
	return "no shipped rules are loaded";
}

static const char *test_walls(void)
{
	return worker_unsandboxed() ? NULL : sandbox_self_test();
}

static const char *test_attempt(const char *name)
{
	int error = sandbox_attempt(name);

	if (error < 0)
		return "no such attempt";
	return error == 0 ? "the walls let it through" : NULL;
}

void self_test_run(struct scan *scan, Lt__JobDone *done)
{
	const char *attempt = scan_job(scan)->attempt;

	if (attempt != NULL) {
		report(scan, attempt, test_attempt(attempt), done);
	} else {
		report(scan, "libhs", sieve_self_test(), done);
		report(scan, "rules", test_rules(scan), done);
		report(scan, "walls", test_walls(), done);
		report_faults(scan);
	}
	if (!done->ok)
		done->error = (char *)(uintptr_t) "the self-test failed";
}
