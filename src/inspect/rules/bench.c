/*
 * `rules list` and `rules bench`: what each rule is, and what it costs. The bench takes every place of its corpus for one where a name
 * of ours stands: the worst case, and the same one for every rule.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/rules/bench.h"
#include "inspect/rules/rules_inside.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/mem.h"

/* ---- what a rule is ---------------------------------------------------------------------------- */

static const char *kind_word(enum candidate_kind kind)
{
	static const char *const words[] = {[CANDIDATE_LOGIN] = "password",
		[CANDIDATE_HASH] = "hash",
		[CANDIDATE_COOKIE] = "cookie",
		[CANDIDATE_TOKEN] = "token",
		[CANDIDATE_PRIVATE_KEY] = "private_key",
		[CANDIDATE_MENTION] = "mention",
		[CANDIDATE_LISTING] = "listing"};

	return words[kind];
}

/* What does not fit is cut: a list of words is for a person. */
static void add(struct buf *text, const char *more)
{
	if (!buf_append_text(text, more))
		return;
}

static void add_words(struct buf *text, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		add(text, i > 0 ? ", " : "");
		add(text, words->list[i]);
	}
}

/* A line "at least 3 digits"; nothing where it is none. */
static void add_least(struct buf *text, unsigned least, const char *of)
{
	if (least > 0 && !buf_printf(text, "at least %u %s%s\n", least, of, least > 1 ? "s" : ""))
		return;
}

static const char *record_word(const struct rule *rule)
{
	if (rule->record == RULE_POST)
		return "post";
	return rule->record == RULE_LINE || rule->gates.count == 0 ? "line" : "window";
}

static void describe_filters(const struct rule *rule, struct buf *text)
{
	static const char *const checksums[] = {[CHECKSUM_CRC32_BASE62] = "a CRC-32 in base 62 that is right\n",
		[CHECKSUM_BECH32] = "a Bech32 checksum that is right\n",
		[CHECKSUM_CRC32_HEX] = "a CRC-32 in hexadecimal that is right\n"};

	if (rule->min_entropy > 0 && !buf_printf(text, "entropy above %.2f bits a character\n", rule->min_entropy))
		return;
	add_least(text, rule->min_digits, "digit");
	add_least(text, rule->min_upper, "capital letter");
	add_least(text, rule->min_lower, "small letter");
	add_least(text, rule->min_special, "other character");
	if (rule->checksum != CHECKSUM_NONE)
		add(text, checksums[rule->checksum]);
	if (rule->decode != DECODE_NONE)
		add(text, "base64 that decodes\n");
	if (rule->stopwords.count > 0) {
		add(text, "none of the words ");
		add_words(text, &rule->stopwords);
		add(text, "\n");
	}
	if (rule->allowlists_count > 0)
		add(text, "no match in its allow-lists\n");
	if (rule->hidden)
		add(text, "helps other rules: no finding itself\n");
}

static void report_about(struct scan *scan, const struct rule *rule, const char *outcome, Lt__RuleCost *cost)
{
	static const char *const confidences[] = {"", "low", "medium", "high"};
	Lt__RuleReport message = LT__RULE_REPORT__INIT;
	Lt__RuleAbout about = LT__RULE_ABOUT__INIT;
	struct buf gate, filters, unused;

	buf_init(&gate, LIMIT_TEXT_FIELD_BYTES / 2);
	buf_init(&filters, LIMIT_TEXT_FIELD_BYTES / 2);
	add_words(&gate, &rule->gates);
	buf_init(&unused, LIMIT_TEXT_FIELD_BYTES / 2);
	describe_filters(rule, &filters);
	add_words(&unused, &rule->unused);
	about.name = rule->name;
	about.kind = (char *)(uintptr_t)kind_word(rule->kind);
	about.confidence = (char *)(uintptr_t)confidences[rule->confidence];
	about.record = (char *)(uintptr_t)record_word(rule);
	about.gate = (char *)(uintptr_t)buf_text(&gate);
	about.keywords = rule->gates_are_keywords;
	about.pattern = rule->pattern;
	about.filters = (char *)(uintptr_t)buf_text(&filters);
	about.examples = (uint32_t)yaml_count(rule->examples);
	about.near_misses = (uint32_t)yaml_count(rule->negative_examples);
	about.shipped = rule->shipped;
	about.description = rule->description;
	about.unused = rule->unused.count > 0 ? (char *)(uintptr_t)buf_text(&unused) : NULL;
	message.rule = rule->id;
	message.outcome = (char *)(uintptr_t)outcome;
	message.file = rule->file;
	message.has_line = true;
	message.line = rule->line;
	message.has_column = true;
	message.column = rule->column;
	message.about = &about;
	message.cost = cost;
	scan_send_report(scan, &message);
	buf_free(&gate);
	buf_free(&filters);
	buf_free(&unused);
}

void rules_list(struct scan *scan)
{
	const struct rules *rules = scan_engine(scan)->rules;
	const Lt__Job *job = scan_job(scan);

	for (size_t i = 0; i < rules->count; i++)
		if (rule_chosen(&rules->list[i], job->rule_ids, job->n_rule_ids))
			report_about(scan, &rules->list[i], "listed", NULL);
}

/* ---- what it costs ------------------------------------------------------------------------------ */

struct bench {
	struct scan *scan;
	const struct rules *rules;
	Lt__RuleCost *costs; /* of each rule */
	bool *marked;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct slice line_of(struct slice piece, struct slice match)
{
	size_t at = (size_t)(match.data - piece.data), from = at;

	while (from > 0 && piece.data[from - 1] != '\n')
		from--;
	return slice_until(slice_from(piece, from), slice_find_byte(slice_from(piece, from), '\n'));
}

static void run_over(const struct rule *rule, struct slice subject, Lt__RuleCost *cost)
{
	struct slice groups[EXPRESSION_GROUPS];
	char decoded[RULE_DECODED_BYTES];
	size_t at = 0;

	while (at <= subject.len) {
		enum expression_result result = expression_match(rule->expression, subject, at, groups);

		cost->limits += result == EXPRESSION_LIMIT;
		if (result != EXPRESSION_YES)
			return;
		struct slice secret = rule_decoded(rule, groups[rule->secret].data != NULL ? groups[rule->secret] : groups[0], decoded);
		struct rule_match match = rule_match_of(rule, groups, secret, line_of(subject, groups[0]), SLICE_NONE);
		size_t end = (size_t)(groups[0].data - subject.data) + groups[0].len;

		cost->matches++;
		cost->secrets += rule_refuses(rule, &match) == NULL;
		at = end > at ? end : at + 1;
	}
}

static void run_over_lines(const struct rule *rule, struct slice piece, Lt__RuleCost *cost)
{
	while (piece.len > 0) {
		size_t end = slice_find_byte(piece, '\n');

		run_over(rule, slice_until(piece, end), cost);
		piece = slice_from(piece, end < piece.len ? end + 1 : end);
	}
}

static void mark_rule(void *context, const struct literal *literal, size_t at)
{
	bool *marked = context;

	(void)at;
	marked[literal->name] = true;
}

static void bench_piece(struct bench *bench, struct slice piece)
{
	const Lt__Job *job = scan_job(bench->scan);

	memset(bench->marked, 0, bench->rules->count * sizeof *bench->marked);
	sieve_ready(bench->rules->gates);
	sieve_scan(bench->rules->gates, piece.data, piece.len, mark_rule, bench->marked);
	for (size_t i = 0; i < bench->rules->count; i++) {
		const struct rule *rule = &bench->rules->list[i];
		uint64_t start;

		if (!rule_chosen(rule, job->rule_ids, job->n_rule_ids) || (rule->gates.count > 0 && !bench->marked[i]))
			continue;
		start = now_ns();
		if (rule->record == RULE_LINE || rule->gates.count == 0)
			run_over_lines(rule, piece, &bench->costs[i]);
		else
			run_over(rule, piece, &bench->costs[i]);
		bench->costs[i].time_ns += now_ns() - start;
		bench->costs[i].pieces++;
	}
}

/* Pieces of whole lines, as a scan cuts them. */
static void bench_text(struct bench *bench, struct slice text)
{
	while (text.len > 0) {
		size_t len = text.len < RULES_PIECE ? text.len : RULES_PIECE;
		const char *newline = len < text.len ? memrchr(text.data, '\n', len) : NULL;

		if (newline != NULL)
			len = (size_t)(newline - text.data) + 1;
		bench_piece(bench, slice_until(text, len));
		text = slice_from(text, len);
	}
}

static void bench_examples(struct bench *bench, Lt__JobDone *done)
{
	for (size_t i = 0; i < bench->rules->count; i++) {
		const struct yaml *lists[] = {bench->rules->list[i].examples, bench->rules->list[i].negative_examples};

		for (size_t list = 0; list < 2; list++)
			for (size_t e = 0; e < yaml_count(lists[list]); e++) {
				struct slice text = yaml_slice(yaml_at(lists[list], e));

				bench_text(bench, text);
				done->bytes += text.len;
			}
	}
}

static bool bench_part(struct bench *bench, const struct unpack_part *part, Lt__JobDone *done)
{
	enum { BLOCK = 1024 * 1024 };
	char *block = xmalloc(BLOCK);
	off_t offset = 0;
	ssize_t got;

	do {
		got = pread(part->fd, block, BLOCK, offset);
		if (got > 0) {
			bench_text(bench, (struct slice){block, (size_t)got});
			offset += got;
			scan_progress(bench->scan, part->part, 0, (uint64_t)offset);
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	mem_wipe(block, BLOCK);
	free(block);
	done->bytes += (uint64_t)offset;
	return got == 0;
}

void rules_bench(struct scan *scan, const struct unpack_part *parts, size_t count, Lt__JobDone *done)
{
	const struct rules *rules = scan_engine(scan)->rules;
	const Lt__Job *job = scan_job(scan);
	struct bench bench = {scan, rules, xcalloc(rules->count, sizeof(Lt__RuleCost)), xcalloc(rules->count, sizeof(bool))};

	for (size_t i = 0; i < rules->count; i++)
		lt__rule_cost__init(&bench.costs[i]);
	done->has_bytes = true;
	if (count == 0)
		bench_examples(&bench, done);
	for (size_t i = 0; i < count && done->ok; i++)
		done->ok = bench_part(&bench, &parts[i], done);
	if (!done->ok)
		done->error = (char *)(uintptr_t) "a file of the corpus cannot be read";
	for (size_t i = 0; i < rules->count; i++)
		if (rule_chosen(&rules->list[i], job->rule_ids, job->n_rule_ids))
			report_about(scan, &rules->list[i], "measured", &bench.costs[i]);
	free(bench.costs);
	free(bench.marked);
}
