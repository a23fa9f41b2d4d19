/* Findings by filter. */
#include "config.h"

#include "index/query.h"

#include <stdlib.h>
#include <string.h>

#include "index/find.h"
#include "index/finding_row.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { PATTERN_BYTES = 4 * LIMIT_TEXT_FIELD_BYTES };

/* The filter's texts as LIKE patterns; NULL where not asked for. */
struct patterns {
	char *account, *domain, *domain_below, *domain_mail, *domain_mail_below, *text;
};

/* text between before and after, with what LIKE would read as a wildcard escaped; '*' is one where asked for. */
static char *pattern(const char *before, const char *text, const char *after, bool stars)
{
	struct buf out;
	char *result;
	bool ok;

	buf_init(&out, PATTERN_BYTES);
	ok = buf_append_text(&out, before);
	for (; ok && *text; text++) {
		if (stars && *text == '*') {
			ok = buf_append_byte(&out, '%');
			continue;
		}
		if (strchr("%_\\", *text))
			ok = buf_append_byte(&out, '\\');
		ok = ok && buf_append_byte(&out, (uint8_t)*text);
	}
	ok = ok && buf_append_text(&out, after);
	result = ok ? xstrdup(buf_text(&out)) : xstrdup("");
	buf_free(&out);
	return result;
}

static struct patterns patterns_of(const struct finding_filter *filter)
{
	struct patterns patterns = {NULL, NULL, NULL, NULL, NULL, NULL};

	if (filter->account && strchr(filter->account, '*'))
		patterns.account = pattern("", filter->account, "", true);
	if (filter->domain) {
		patterns.domain = pattern("", filter->domain, "", false);
		patterns.domain_below = pattern("%.", filter->domain, "", false);
		patterns.domain_mail = pattern("%@", filter->domain, "", false);
		patterns.domain_mail_below = pattern("%@%.", filter->domain, "", false);
	}
	if (filter->text)
		patterns.text = pattern("%", filter->text, "%", false);
	return patterns;
}

static void patterns_free(struct patterns *patterns)
{
	free(patterns->account);
	free(patterns->domain);
	free(patterns->domain_below);
	free(patterns->domain_mail);
	free(patterns->domain_mail_below);
	free(patterns->text);
}

/* In the order of FINDING_FILTER (statements.h). */
static void put_filter(struct query *query, const struct finding_filter *filter, const struct patterns *patterns)
{
	put_text(query, patterns->account ? NULL : filter->account);
	put_text(query, patterns->account);
	put_text(query, patterns->domain);
	put_text(query, patterns->domain_below);
	put_text(query, patterns->domain_mail);
	put_text(query, patterns->domain_mail_below);
	put_text(query, filter->service);
	put_int_or_null(query, filter->kind != 0, filter->kind);
	put_int_or_null(query, filter->has_audience, filter->audience);
	put_int_or_null(query, filter->has_severity, filter->min_severity);
	put_int_or_null(query, filter->state != 0, filter->state);
	put_int_or_null(query, filter->since_ms != 0, filter->since_ms);
	put_int_or_null(query, filter->until_ms != 0, filter->until_ms);
	put_text(query, filter->source);
	put_text(query, filter->machine);
	put_text(query, patterns->text);
	put_int_or_null(query, filter->run != 0, filter->run);
}

/* The statement whose index serves the filter best. */
static enum statement list_statement(const struct finding_filter *filter, const struct patterns *patterns)
{
	if (filter->account && !patterns->account)
		return filter->order_by_severity ? STATEMENT_FINDINGS_ACCOUNT_WORST : STATEMENT_FINDINGS_ACCOUNT_NEWEST;
	return filter->order_by_severity ? STATEMENT_FINDINGS_WORST : STATEMENT_FINDINGS_NEWEST;
}

/* Returns how many it listed, and whether more may match. */
static enum index_result list(struct index *index, const struct finding_filter *filter, const struct patterns *patterns, int64_t after,
	int64_t now_ms, bool (*each)(json_t *finding, void *context), void *context, uint64_t *listed, bool *cut)
{
	struct query query = query_new(index, list_statement(filter, patterns));
	enum index_result result;
	bool more = true;

	put_filter(&query, filter, patterns);
	put_int_or_null(&query, after != 0, after);
	put_int(&query, filter->limit == 0 || filter->limit > INT64_MAX ? -1 : (int64_t)filter->limit);
	while (more && (result = query_step(&query)) == INDEX_OK) {
		json_t *finding = finding_row_json(&query, now_ms);
		more = each(finding, context);
		(*listed)++;
		json_decref(finding);
	}
	if (!more)
		query_end(&query);
	*cut = !more || after != 0 || (filter->limit > 0 && *listed == filter->limit);
	return !more || result == INDEX_NONE ? INDEX_OK : result;
}

static bool asks_for_all(const struct finding_filter *filter)
{
	return !filter->account && !filter->domain && !filter->service && !filter->kind && !filter->has_audience && !filter->has_severity &&
	       !filter->state && !filter->since_ms && !filter->until_ms && !filter->source && !filter->machine && !filter->text &&
	       !filter->run;
}

static enum index_result count(struct index *index, const struct finding_filter *filter, const struct patterns *patterns, uint64_t *matched)
{
	bool account = filter->account && !patterns->account, all = asks_for_all(filter);
	struct query query = query_new(index, all       ? STATEMENT_FINDINGS_COUNT_ALL
					      : account ? STATEMENT_FINDINGS_ACCOUNT_COUNT
							: STATEMENT_FINDINGS_COUNT);
	int64_t value = 0;
	enum index_result result;

	if (!all)
		put_filter(&query, filter, patterns);
	result = query_value(&query, &value);
	*matched = (uint64_t)value;
	return result;
}

enum index_result index_findings(struct index *index, const struct finding_filter *filter, int64_t now_ms,
	bool (*each)(json_t *finding, void *context), void *context, uint64_t *matched)
{
	struct patterns patterns = patterns_of(filter);
	int64_t after = 0;
	uint64_t listed = 0;
	bool cut = false;
	enum index_result result = INDEX_OK;

	if (filter->after)
		result = find_finding(index, filter->after, &after);
	if (result == INDEX_OK)
		result = list(index, filter, &patterns, after, now_ms, each, context, &listed, &cut);
	if (matched)
		*matched = listed;
	if (result == INDEX_OK && matched && cut)
		result = count(index, filter, &patterns, matched);
	patterns_free(&patterns);
	return result;
}

enum index_result index_counts(struct index *index, struct index_counts *counts)
{
	struct query query = query_new(index, STATEMENT_COUNTS);
	enum index_result result = query_step(&query);

	if (result != INDEX_OK)
		return result;
	*counts = (struct index_counts){
		.findings = get_unsigned(&query, 0),
		.findings_new = get_unsigned(&query, 1),
		.sightings = get_unsigned(&query, 2),
		.documents = get_unsigned(&query, 3),
		.machines = get_unsigned(&query, 4),
		.runs = get_unsigned(&query, 5),
	};
	query_end(&query);
	return INDEX_OK;
}
