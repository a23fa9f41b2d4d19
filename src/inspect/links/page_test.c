/* `sources check`: are the descriptions sound, and what do they make of a saved page? */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/page.h"
#include "inspect/links/sites.h"

static void report(struct scan *scan, const char *site, const char *outcome, const char *file)
{
	Lt__RuleReport report = LT__RULE_REPORT__INIT;

	report.rule = (char *)(uintptr_t)site;
	report.outcome = (char *)(uintptr_t)outcome;
	report.file = (char *)(uintptr_t)file;
	scan_send_report(scan, &report);
}

static void report_fault(struct scan *scan, const struct fault *fault)
{
	Lt__RuleReport report = LT__RULE_REPORT__INIT;

	report.rule = (char *)(uintptr_t) "";
	report.outcome = (char *)(uintptr_t) "failed";
	report.detail = fault->text;
	report.file = fault->file;
	report.has_line = report.has_column = true;
	report.line = fault->line;
	report.column = fault->column;
	scan_send_report(scan, &report);
}

static void check_all(struct scan *scan)
{
	const struct engine *engine = scan_engine(scan);
	const char *wanted = scan_job(scan)->site;
	const struct site *site;

	for (size_t i = 0; i < engine->faults.count; i++)
		report_fault(scan, &engine->faults.list[i]);
	for (size_t i = 0; (site = sites_at(engine->sites, i)) != NULL; i++)
		if (wanted == NULL || strcmp(site->name, wanted) == 0)
			report(scan, site->name, "ok", site->file);
}

static void push(const void *data, size_t len, void *page)
{
	page_push(page, data, len);
}

void page_test(struct scan *scan, const struct unpack_part *part, Lt__JobDone *done)
{
	struct member member = {.path = part != NULL ? part->path : ""};
	struct page *page;

	if (part == NULL) {
		check_all(scan);
		return;
	}
	page = page_open(scan, &member);
	done->ok = unpack_body(scan, part, push, page);
	page_close(page);
	done->error = done->ok ? NULL : (char *)(uintptr_t) "the page cannot be read to its end";
}
