#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "coordinator/output.h"
#include "index/finding_json.h"
#include "index/query.h"
#include "index/severity.h"
#include "shared/log.h"

enum { TABLE_LIMIT = 50 }; /* what a person looks through */

static const char *const kind_words[] = {
	"any", "password", "hash", "cookie", "token", "private_key", "mention", "listing", NULL}; /* by Lt__FindingKind */
static const char *const audience_words[] = {"unknown", "staff", "customer", NULL};               /* by Lt__Audience */
static const char *const severity_words[] = {"info", "low", "medium", "high", "critical", NULL};  /* by enum severity */
static const char *const state_words[] = {"any", "new", "acknowledged", "resolved", "false_positive", NULL};
static const char *const sort_words[] = {"severity", "newest", NULL};

struct findings_values {
	struct finding_filter filter;
	int kind, audience, severity, state, sort, format;
	uint64_t limit, run;
};

#define VALUE(field) offsetof(struct findings_values, field)
static const struct option_row findings_options[] = {
	{"account", 'a', OPTION_TEXT, VALUE(filter.account), "NAME", "of this account; * stands for anything", NULL},
	{"domain", 'd', OPTION_TEXT, VALUE(filter.domain), "NAME", "account or service in this domain or below it", NULL},
	{"service", 's', OPTION_TEXT, VALUE(filter.service), "HOST", "for this host", NULL},
	{"kind", 'k', OPTION_CHOICE, VALUE(kind), NULL, "of this kind", kind_words},
	{"audience", 0, OPTION_CHOICE, VALUE(audience), NULL, "of this audience", audience_words},
	{"severity", 0, OPTION_CHOICE, VALUE(severity), NULL, "at least this severe", severity_words},
	{"state", 0, OPTION_CHOICE, VALUE(state), NULL, "in this state of triage", state_words},
	{"since", 0, OPTION_MOMENT, VALUE(filter.since_ms), "WHEN", "first seen then or later: 7d, 2026-01-31", NULL},
	{"until", 0, OPTION_MOMENT, VALUE(filter.until_ms), "WHEN", "first seen before then", NULL},
	{"source", 0, OPTION_TEXT, VALUE(filter.source), "NAME", "seen in this source", NULL},
	{"machine", 0, OPTION_TEXT, VALUE(filter.machine), "NAME", "from this machine, by id or name", NULL},
	{"text", 't', OPTION_TEXT, VALUE(filter.text), "TEXT",
		"with this anywhere in account, service, URL,\nrule, post, file or machine name", NULL},
	{"run", 0, OPTION_NUMBER, VALUE(run), "RUN", "first seen in this run", NULL},
	{"sort", 0, OPTION_CHOICE, VALUE(sort), NULL, "the most severe first, or the newest", sort_words},
	{"limit", 'n', OPTION_NUMBER, VALUE(limit), "N", "at most so many; 0 is all; 50 in a table unless\ngiven", NULL},
	{"after", 0, OPTION_TEXT, VALUE(filter.after), "ID", "go on behind this finding", NULL},
	{"format", 'f', OPTION_CHOICE, VALUE(format), NULL, "how to print", output_format_names},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct command_usage findings_usage = {
	.about = "Lists findings, the most severe first. Filters add up. What is left out and what\n"
		 "the last run could not see is told on standard error.\n",
	.options = findings_options,
};

struct listing {
	struct output *output;
	uint64_t count, limit; /* 0: none */
	bool more;             /* than the limit lets through */
	char last[44];
};

static bool take(json_t *finding, void *context)
{
	struct listing *listing = context;
	const char *id = json_string_value(json_object_get(finding, "id"));

	listing->more = listing->limit != 0 && listing->count == listing->limit;
	if (listing->more)
		return false;
	listing->count++;
	snprintf(listing->last, sizeof(listing->last), "%s", id ? id : "");
	output_finding(listing->output, json_incref(finding));
	return true;
}

static struct finding_filter filter_of(struct findings_values *values)
{
	struct finding_filter filter = values->filter;

	filter.kind = (Lt__FindingKind)values->kind;
	filter.has_audience = values->audience >= 0;
	filter.audience = (Lt__Audience)values->audience;
	filter.has_severity = values->severity >= 0;
	filter.min_severity = (enum severity)values->severity;
	filter.state = (enum finding_state)values->state;
	filter.run = values->run > INT64_MAX ? INT64_MAX : (int64_t)values->run;
	filter.order_by_severity = values->sort == 0;
	filter.limit = values->limit != UINT64_MAX ? values->limit : values->format == OUTPUT_TABLE ? TABLE_LIMIT : 0;
	return filter;
}

static void tell_left_out(const struct listing *listing, uint64_t matched)
{
	if (matched == 0)
		log_info("no finding matches");
	else if (listing->more)
		log_info("%llu of %llu findings shown: --limit 0 shows all, --after %.12s goes on", (unsigned long long)listing->count,
			(unsigned long long)matched, listing->last);
}

/* One more than the limit is asked for, to know whether something is left out. */
static int list(struct index *index, struct finding_filter *filter, enum output_format format)
{
	struct listing listing = {.output = output_new(format), .limit = filter->limit};
	json_t *coverage = NULL;
	uint64_t matched = 0;
	enum index_result result;

	filter->limit += filter->limit != 0;
	result = index_findings(index, filter, wall_ms(), take, &listing, &matched);
	if (result == INDEX_OK)
		result = index_coverage_json(index, &coverage);
	if (!output_end(listing.output, coverage))
		return STATUS_ERROR;
	if (result != INDEX_OK) {
		log_error("%s", index_why(index));
		return STATUS_ERROR;
	}
	tell_left_out(&listing, matched);
	print_coverage(index);
	return STATUS_DONE;
}

int cmd_findings(struct command_context *context, int argc, char **argv)
{
	struct findings_values values = {.audience = -1, .severity = -1, .limit = UINT64_MAX};
	struct finding_filter filter;
	struct index *index;
	int status;

	if (!command_begin(context, &findings_usage, &values, &argc, &argv))
		return context->status;
	filter = filter_of(&values);
	index = open_for_query(context->config->index_path, INDEX_READ);
	if (!index)
		return STATUS_ERROR;
	status = list(index, &filter, (enum output_format)values.format);
	index_close(index);
	return status;
}
