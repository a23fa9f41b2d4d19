/* `rules check`: every rule against its own examples and near misses, and against text that makes bad expressions explode. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/rules/rules_inside.h"
#include "inspect/sieve/names.h"
#include "shared/mem.h"

enum { STRAIN_BYTES = 4096, DETAIL_BYTES = 512, SHOWN_BYTES = 60, POST_NAMES = 16 };

static void report(struct scan *scan, const struct rule *rule, const char *outcome, const char *detail, const struct yaml *where)
{
	Lt__RuleReport message = LT__RULE_REPORT__INIT;

	message.rule = rule->id;
	message.outcome = (char *)(uintptr_t)outcome;
	message.detail = (char *)(uintptr_t)detail;
	message.file = rule->file;
	message.has_line = true;
	message.line = where != NULL ? where->line : rule->line;
	message.has_column = true;
	message.column = where != NULL ? where->column : rule->column;
	scan_send_report(scan, &message);
}

/* The line of subject a match begins in. */
static struct slice line_of(struct slice subject, struct slice match)
{
	size_t at = (size_t)(match.data - subject.data), from = at;

	while (from > 0 && subject.data[from - 1] != '\n')
		from--;
	struct slice rest = slice_from(subject, from);

	return slice_until(rest, slice_find_byte(rest, '\n'));
}

/* Whether the rule finds something in subject; *why says how it went. */
static bool finds(const struct rule *rule, struct slice subject, const char **why)
{
	struct slice groups[EXPRESSION_GROUPS];
	size_t at = 0;

	*why = "the pattern does not match";
	while (at <= subject.len) {
		enum expression_result result = expression_match(rule->expression, subject, at, groups);

		if (result == EXPRESSION_LIMIT)
			*why = "the pattern runs into its limits";
		if (result != EXPRESSION_YES)
			return false;
		char decoded[RULE_DECODED_BYTES];
		struct slice secret = rule_decoded(rule, groups[rule->secret].data != NULL ? groups[rule->secret] : groups[0], decoded);
		size_t end = (size_t)(groups[0].data - subject.data) + groups[0].len;

		struct rule_match match = rule_match_of(rule, groups, secret, line_of(subject, groups[0]), SLICE_NONE);

		*why = rule_refuses(rule, &match);
		if (*why == NULL)
			return true;
		at = end > at ? end : at + 1;
	}
	return false;
}

/* ---- posts ------------------------------------------------------------------------------------ */

struct places {
	struct slice subject;
	size_t at[POST_NAMES];
	size_t count;
};

static void on_name(void *context, const struct literal *literal, size_t at)
{
	struct places *places = context;
	struct slice subject = places->subject;

	if (!literal->is_trigger && literal->encoding == ENCODING_NONE && places->count < POST_NAMES &&
		(at == 0 || subject.data[at - 1] != '@') &&
		name_bounds(literal->kind, subject.data, subject.len, at, literal->len) == BOUNDS_WHOLE)
		places->at[places->count++] = at;
}

/* Where names of ours stand in an example, as a scan finds its posts by them; 0 where none does: another watch-list's example. */
static size_t find_names(const struct engine *engine, struct places *places)
{
	if (places->subject.len > 0)
		sieve_scan(engine->sieve, places->subject.data, places->subject.len, on_name, places);
	return places->count;
}

static bool finds_post(struct scan *scan, const struct rule *rule, struct places *places, const char **why)
{
	struct text text = {.scan = scan, .data = places->subject.data, .len = places->subject.len, .begins = true, .ends = true};
	struct slice groups[EXPRESSION_GROUPS];
	struct span post;

	for (size_t i = 0; i < places->count; i++) {
		if (rule_match_post(rule, &text, places->at[i], &post, groups) == EXPRESSION_YES &&
			finds(rule, text_slice(&text, post.from, post.to), why))
			return true;
	}
	*why = "the pattern does not match the post around a name of ours: a line that it matches by itself is a post of its own";
	return false;
}

/* As a scan reads it: a line at a time where the rule asks for that, posts around the names in them. */
static bool finds_as_read(struct scan *scan, const struct rule *rule, struct slice subject, const char **why)
{
	struct slice rest = subject;
	struct places places = {.subject = subject};
	bool found = false;

	if (rule->record == RULE_POST && find_names(scan_engine(scan), &places) > 0)
		return finds_post(scan, rule, &places, why);
	if (rule->record != RULE_LINE)
		return finds(rule, subject, why);
	for (size_t end; rest.len > 0 && !found; rest = slice_from(rest, end < rest.len ? end + 1 : end)) {
		end = slice_find_byte(rest, '\n');
		found = finds(rule, slice_until(rest, end), why);
	}
	if (!found && finds(rule, subject, why))
		*why = "the pattern matches over several lines, but with `record: line` it sees one at a time: leave that out";
	return found;
}

static bool gate_stands(const struct rule *rule, struct slice subject)
{
	for (size_t i = 0; i < rule->gates.count; i++)
		if (slice_find_nocase(subject, rule->gates.list[i]) < subject.len)
			return true;
	return rule->gates.count == 0;
}

static size_t check_example(struct scan *scan, const struct rule *rule, const struct yaml *example, bool wanted)
{
	struct slice subject = yaml_slice(example);
	const char *why = "the pattern does not match";
	bool found = finds_as_read(scan, rule, subject, &why);
	char detail[DETAIL_BYTES];

	if (wanted && found && !gate_stands(rule, subject))
		why = "the pattern matches, but none of the rule's keywords stands in it";
	else if (found == wanted)
		return 0;
	snprintf(detail, sizeof detail, "%s: %.*s%s: %s", wanted ? "an example is not found" : "a near miss is found",
		(int)(subject.len < SHOWN_BYTES ? subject.len : SHOWN_BYTES), subject.data != NULL ? subject.data : "",
		subject.len > SHOWN_BYTES ? "..." : "", wanted ? why : "the pattern matches and no filter refuses it");
	report(scan, rule, "failed", detail, example);
	return 1;
}

/* Text of one kind all through, where expressions with nested repetition need exponential time. */
static bool strains(const struct rule *rule)
{
	static const char *const units[] = {"a", " ", "A1b2", "\n", "{\"", "a.", "-"};
	char text[STRAIN_BYTES];

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t len = strlen(units[i]);

		for (size_t at = 0; at < sizeof text; at++)
			text[at] = units[i][at % len];
		if (expression_match(rule->expression, (struct slice){text, sizeof text}, 0, NULL) == EXPRESSION_LIMIT)
			return true;
	}
	return false;
}

static size_t check_rule(struct scan *scan, const struct rule *rule)
{
	size_t failed = 0;

	for (size_t i = 0; i < yaml_count(rule->examples); i++)
		failed += check_example(scan, rule, yaml_at(rule->examples, i), true);
	for (size_t i = 0; i < yaml_count(rule->negative_examples); i++)
		failed += check_example(scan, rule, yaml_at(rule->negative_examples, i), false);
	if (rule->shipped && (yaml_count(rule->examples) == 0 || yaml_count(rule->negative_examples) == 0)) {
		report(scan, rule, "failed", "a shipped rule needs examples and near misses", NULL);
		failed++;
	}
	if (strains(rule))
		report(scan, rule, "note", "runs into its limits on uniform text: nested repetition?", NULL);
	for (size_t i = 0; i < rule->notes.count; i++)
		report(scan, rule, "note", rule->notes.list[i], NULL);
	if (failed == 0)
		report(scan, rule, "ok", NULL, NULL);
	return failed;
}

static void report_fault(struct scan *scan, const struct fault *fault)
{
	Lt__RuleReport message = LT__RULE_REPORT__INIT;

	message.rule = (char *)(uintptr_t) "";
	message.outcome = (char *)(uintptr_t) "failed";
	message.detail = fault->text;
	message.file = fault->file;
	message.has_line = true;
	message.line = fault->line;
	message.has_column = true;
	message.column = fault->column;
	scan_send_report(scan, &message);
}

static void report_left(struct scan *scan, char *file)
{
	Lt__RuleReport message = LT__RULE_REPORT__INIT;

	message.rule = (char *)(uintptr_t) "";
	message.outcome = (char *)(uintptr_t) "note";
	message.detail = (char *)(uintptr_t) "holds no `rules:` list, and is not called like a file of data/, so nothing of it is read";
	message.file = file;
	scan_send_report(scan, &message);
}

static bool holds(const struct words *words, const char *text)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->list[i], text) == 0)
			return true;
	return false;
}

size_t rules_unknown(struct scan *scan)
{
	const struct rules *rules = scan_engine(scan)->rules;
	const Lt__Job *job = scan_job(scan);
	size_t unknown = 0;

	for (size_t id = 0; id < job->n_rule_ids; id++) {
		Lt__RuleReport message = LT__RULE_REPORT__INIT;
		size_t i = 0;

		while (i < rules->count && strcmp(rules->list[i].id, job->rule_ids[id]) != 0)
			i++;
		if (i < rules->count)
			continue;
		message.rule = job->rule_ids[id];
		message.outcome = (char *)(uintptr_t) "failed";
		message.detail = (char *)(uintptr_t) "there is no such rule: leaktrawl rules list names them";
		scan_send_report(scan, &message);
		unknown++;
	}
	return unknown;
}

/* "validation (12 rules)": what other tools do with such a key nobody does here. */
static void report_unused(struct scan *scan, const struct rules *rules)
{
	struct words keys = {NULL, 0};
	Lt__RuleReport message = LT__RULE_REPORT__INIT;

	for (size_t i = 0; i < rules->count; i++)
		for (size_t k = 0; k < rules->list[i].unused.count; k++)
			if (!holds(&keys, rules->list[i].unused.list[k]))
				words_add(&keys, rules->list[i].unused.list[k], strlen(rules->list[i].unused.list[k]));
	for (size_t k = 0; k < keys.count; k++) {
		size_t count = 0;

		for (size_t i = 0; i < rules->count; i++)
			count += holds(&rules->list[i].unused, keys.list[k]);
		char *detail = xasprintf(
			"`%s:` of %zu rule%s is not used: no secret is ever tried out", keys.list[k], count, count == 1 ? "" : "s");

		message.rule = (char *)(uintptr_t) "";
		message.outcome = (char *)(uintptr_t) "note";
		message.detail = detail;
		scan_send_report(scan, &message);
		free(detail);
	}
	words_free(&keys);
}

size_t rules_check(struct scan *scan)
{
	const struct engine *engine = scan_engine(scan);
	const Lt__Job *job = scan_job(scan);
	size_t failed = rules_unknown(scan);

	for (size_t i = 0; i < engine->faults.count; i++)
		report_fault(scan, &engine->faults.list[i]);
	failed += engine->faults.count;
	for (size_t i = 0; i < engine->rules->left.count && job->n_rule_ids == 0; i++)
		report_left(scan, engine->rules->left.list[i]);
	for (size_t i = 0; i < engine->rules->count; i++)
		if (rule_chosen(&engine->rules->list[i], job->rule_ids, job->n_rule_ids))
			failed += check_rule(scan, &engine->rules->list[i]);
	if (job->n_rule_ids == 0)
		report_unused(scan, engine->rules);
	return failed;
}
