#include "coordinator/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/printer.h"
#include "index/finding_json.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { NOT_INSPECTED_LINES = 20 }; /* said on standard error; the index has them all */

static struct part *part_of(struct reading_piece *piece, uint32_t number)
{
	return piece->parts != NULL ? &piece->parts[number] : &piece->document->parts[number];
}

/* A bundle's files are documents of their own, which the first pass may have met already or not yet. */
static int64_t part_document(struct run *run, struct reading_piece *piece, uint32_t number)
{
	struct part *part = part_of(piece, number);
	struct document_start start = {.path = part->label, .size = part->size, .run = run->id, .now_ms = run_now_ms()};
	enum document_state state;
	char *name;

	if (piece->parts == NULL)
		return piece->document->row;
	if (part->document != 0)
		return part->document;
	name = document_file_name(&part->found);
	start.name = name;
	start.rules_version = inspect_setup_version(run->setup);
	if (!run_checked(run, index_document_open(run->index, &start, &part->document, &state)))
		part->document = piece->document->row;
	free(name);
	return part->document;
}

static struct evidence evidence_of(struct run *run, const struct document *document)
{
	return (struct evidence){
		.run = run->id,
		.document = document->row,
		.source = document->source,
		.url = document->url,
		.via = document->via,
		.circuit = document->circuit,
		.fetched_at_ms = document->fetched_at_ms,
		.now_ms = run_now_ms(),
	};
}

static void store(struct run *run, struct reading_piece *piece, const Lt__FoundFinding *found)
{
	struct evidence evidence = evidence_of(run, piece->document);
	struct recorded recorded;
	enum index_result result;

	run_write(run);
	if (found->finding->canary) {
		(void)run_checked(run, index_canary_seen(run->index, run->id, found->finding->account, evidence.now_ms));
		return;
	}
	evidence.document = part_document(run, piece, found->part);
	result = index_record_finding(run->index, found, &evidence, &run->rules, &recorded);
	if (result == INDEX_REFUSED) {
		run->incomplete = true;
		run->counters.errors++;
		log_warning("%s: a finding was not stored: %s", found->path, index_why(run->index));
		return;
	}
	if (!run_checked(run, result))
		return;
	piece->document->findings++;
	piece->document->findings_new += recorded.is_new;
	run->counters.findings_new += recorded.is_new;
	run->counters.findings_seen += !recorded.is_new;
	run->counters.alerts += recorded.alerts;
}

void record_finding(struct run *run, struct reading_piece *piece, const Lt__FoundFinding *found)
{
	struct evidence evidence;

	if (piece->document->found != NULL)
		piece->document->found(piece->document, piece->document->context);
	if (run->index != NULL) {
		store(run, piece, found);
		return;
	}
	if (found->finding->canary)
		return;
	evidence = evidence_of(run, piece->document);
	piece->document->findings++;
	if (printer_finding(run->printer, found, &evidence, piece->kind == LT__JOB_KIND__JOB_BUNDLE))
		run->counters.findings_new++;
}

void record_machine(struct run *run, struct reading_piece *piece, const Lt__FoundMachine *found)
{
	if (run->index == NULL)
		return;
	run_write(run);
	for (size_t i = 0; i < (piece->parts != NULL ? piece->parts_count : 1); i++)
		(void)run_checked(run, index_record_machine(run->index, part_document(run, piece, (uint32_t)i), found->machine_dir,
					       found->machine, run_now_ms()));
}

static void say_not_inspected(struct run *run, const Lt__NotInspected *what)
{
	run->incomplete = true;
	run->counters.not_inspected++;
	if (run->counters.not_inspected <= NOT_INSPECTED_LINES)
		log_warning("not inspected: %s: %s%s%s", what->path, not_inspected_cause_name(what->cause),
			what->detail != NULL ? ": " : "", what->detail != NULL ? what->detail : "");
	else if (run->counters.not_inspected == NOT_INSPECTED_LINES + 1)
		log_warning("not inspected: more of the same%s", run->index != NULL ? "; `leaktrawl runs` lists all" : "");
}

void record_not_inspected(struct run *run, struct document *document, const Lt__NotInspected *what)
{
	say_not_inspected(run, what);
	if (run->index == NULL)
		return;
	run_write(run);
	(void)run_checked(run, index_not_inspected(run->index, run->id, document->row, what));
}

static void record_gap(struct run *run, struct document *document, const char *label, Lt__NotInspectedCause cause, const char *detail)
{
	Lt__NotInspected what = LT__NOT_INSPECTED__INIT;

	what.path = (char *)(uintptr_t)label;
	what.cause = cause;
	what.detail = (char *)(uintptr_t)detail;
	record_not_inspected(run, document, &what);
}

void record_input_cut(struct run *run, struct document *document, uint64_t kept)
{
	char *detail = xasprintf("input_memory_bytes: what a pipe holds past %" PRIu64 " bytes is not kept without an index", kept);

	document->incomplete = true;
	record_gap(run, document, document->parts[0].label, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, detail);
	free(detail);
}

void record_links_cut(struct run *run, struct document *document)
{
	char *detail = xasprintf("links of a mirror's start past %d bytes are not followed", LIMIT_HELD_LINKS_BYTES);

	document->incomplete = true;
	record_gap(run, document, document->parts[0].label, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, detail);
	free(detail);
}

void record_volume_missing(struct run *run, struct document *document, const char *which)
{
	char *detail = xasprintf("a multi-part archive is not whole: %s is not there", which);

	document->incomplete = true;
	record_gap(run, document, document->parts[0].label, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, detail);
	free(detail);
}

void record_not_read(struct run *run, struct document *document, const char *label, const char *why)
{
	record_gap(run, document, label, LT__NOT_INSPECTED_CAUSE__CAUSE_IO, why);
}

void record_quarantine(struct run *run, struct reading_piece *piece, const char *cause)
{
	char *detail;

	if (piece->kind == LT__JOB_KIND__JOB_RANGE)
		detail = xasprintf("bytes %" PRIu64 " to %" PRIu64 ": %s", piece->range_start, piece->range_end, cause);
	else if (piece->has_checkpoint && piece->checkpoint_member > 0)
		detail = xasprintf("behind member %" PRIu64 ": %s", piece->checkpoint_member, cause);
	else
		detail = xstrdup(cause);
	record_gap(run, piece->document,
		piece->machine_key != NULL && piece->machine_key[0] != '\0' ? piece->machine_key : piece->document->parts[0].label,
		LT__NOT_INSPECTED_CAUSE__CAUSE_TIME, detail);
	free(detail);
}

void record_left_out(struct run *run, struct document *document, const char *folder, uint64_t files)
{
	char *detail = xasprintf("%" PRIu64 " files of this machine are past the limit of one bundle", files);

	record_gap(run, document, folder, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, detail);
	free(detail);
}

void record_document_done(struct run *run, struct document *document)
{
	if (run->printer != NULL && document->parts[0].file == NULL)
		printer_release(run->printer);
}
