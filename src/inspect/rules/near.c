/* Rules at work: on the pieces of a lane that stand around names of ours. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/show.h"
#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/rules/explain.h"
#include "inspect/rules/placeholders.h"
#include "inspect/rules/post.h"
#include "inspect/rules/rules_inside.h"
#include "inspect/sieve/lane.h"
#include "inspect/sieve/names.h"
#include "shared/mem.h"

enum {
	MATCHES_MOST = 1000, /* of one rule in one piece */
	POST_TEXT = 200,     /* bytes of a title, a price, a deadline */
	POST_HITS = 64,      /* posts are looked for at so many names of one piece */
	OTHERS_MOST = 100,   /* lines that an explained rule does not match, of one piece */
	OWN_FEW = 20,        /* so many rules of the user are all told of, when a file is tested */
};

/* What is matched at once, and the names that stand in it. */
struct piece {
	struct text *text;
	size_t from, to;
	const struct hit *hits; /* in the text */
	size_t hit_count;
	bool *posted; /* by hit: a rule has taken its post already; NULL: of no interest */
};

/* The name nearest to a place. */
static const struct hit *nearest(const struct piece *piece, size_t at)
{
	const struct hit *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < piece->hit_count; i++) {
		size_t there = piece->hits[i].at;
		size_t distance = there > at ? there - at : at - there;

		if (distance < least) {
			least = distance;
			best = &piece->hits[i];
		}
	}
	return best;
}

/* Mentions and listings are posts: what the rule's groups say of one. */
static void fill_post(const struct rule *rule, struct scan *scan, const struct slice *groups, Lt__Post *post)
{
	const Lt__Job *job = scan_job(scan);

	lt__post__init(post);
	struct slice title = rule->record == RULE_POST && rule->title == 0 ? post_title(groups[0]) : groups[rule->title];
	bool linked = rule->link > 0 && groups[rule->link].data != NULL;

	post->title = show_text(scan, slice_trim(title), POST_TEXT);
	post->link = linked ? show_text(scan, groups[rule->link], LIMIT_URL_BYTES) : job->url;
	post->deadline = rule->deadline > 0 ? show_text(scan, slice_trim(groups[rule->deadline]), POST_TEXT) : NULL;
	post->price = rule->price > 0 ? show_text(scan, slice_trim(groups[rule->price]), POST_TEXT) : NULL;
	post->site = job->site != NULL ? job->site : job->source;
}

static void emit(const struct rule *rule, const struct piece *piece, const struct slice *groups, struct slice secret)
{
	struct text *text = piece->text;
	Lt__Post post;
	struct candidate candidate = {.kind = rule->kind,
		.rule = rule->id,
		.account = rule->account > 0 ? groups[rule->account] : SLICE_NONE,
		.logon = rule->logon > 0 ? groups[rule->logon] : SLICE_NONE,
		.secret = secret,
		.url = rule->service > 0 ? groups[rule->service] : SLICE_NONE,
		.cookie_name = rule->cookie_name > 0 ? groups[rule->cookie_name] : SLICE_NONE,
		.cookie_domain = rule->cookie_domain > 0 ? groups[rule->cookie_domain] : SLICE_NONE,
		.cookie_path = rule->cookie_path > 0 ? groups[rule->cookie_path] : SLICE_NONE,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.token_type = rule->name,
		.by_rule = true,
		.confidence = rule->confidence,
		.at = (size_t)(groups[0].data - text->data)};

	if (rule->kind == CANDIDATE_LOGIN && rule->decode != DECODE_NONE && rule->account == 0 &&
		slice_find_byte(secret, ':') < secret.len) {
		candidate.account = slice_until(secret, slice_find_byte(secret, ':'));
		candidate.secret = slice_from(secret, candidate.account.len + 1);
	}
	candidate.near = nearest(piece, candidate.at);
	if (rule->kind == CANDIDATE_MENTION || rule->kind == CANDIDATE_LISTING) {
		fill_post(rule, text->scan, groups, &post);
		candidate.secret = SLICE_NONE;
		candidate.post = &post;
	}
	candidate_emit(text, &candidate);
}

/* One key is one secret, whatever its line breaks were turned into: "\\n" of JSON, CRLF, indented in YAML. */
static struct slice plain_key(struct scan *scan, struct slice key)
{
	char *out = scan_arena(scan, key.len);
	size_t len = 0;

	if (out == NULL)
		return key;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.data[i], next = i + 1 < key.len ? key.data[i + 1] : '\0';

		if (c == '\\' && (next == 'n' || next == 'r')) {
			c = next == 'n' ? '\n' : '\r';
			i++;
		}
		if (c == '\r' || ((c == ' ' || c == '\t') && (len == 0 || out[len - 1] == '\n')))
			continue;
		while (c == '\n' && len > 0 && out[len - 1] == ' ')
			len--;
		out[len++] = c;
	}
	return slice_trim((struct slice){out, len});
}

/* What the base64 of a key in PEM holds, without its headers and its checksum; in the arena. */
static struct slice key_bytes(struct scan *scan, struct slice key)
{
	char *text = scan_arena(scan, key.len), *bytes = scan_arena(scan, key.len);
	size_t len = 0, decoded = 0;

	if (text == NULL || bytes == NULL)
		return SLICE_NONE;
	while (key.len > 0) {
		size_t end = slice_find_byte(key, '\n');
		struct slice line = slice_until(key, end);

		key = slice_from(key, end + 1);
		if (line.len == 0 || one_of(line.data[0], "-=") || slice_find_byte(line, ':') < line.len)
			continue;
		memcpy(text + len, line.data, line.len);
		len += line.len;
	}
	while (len > 0 && text[len - 1] == '=')
		len--;
	if (sodium_base642bin((unsigned char *)bytes, len, text, len, "\r ", &decoded, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) !=
		0)
		return SLICE_NONE;
	return (struct slice){bytes, decoded};
}

/* The name of a hit stands in the comment of the key itself, as OpenSSH and OpenPGP keep whose it is. */
static bool key_names(struct scan *scan, struct slice key, const struct hit *hit)
{
	struct slice bytes = key_bytes(scan, plain_key(scan, key));
	const char *name = watch_item(scan_engine(scan), hit->kind, hit->name);
	size_t len = name != NULL ? strlen(name) : 0;

	for (size_t at = 0; len > 0 && at + len <= bytes.len; at++) {
		at += slice_find_nocase(slice_from(bytes, at), name);
		if (at + len <= bytes.len && name_bounds(hit->kind, bytes.data, bytes.len, at, len) == BOUNDS_WHOLE)
			return true;
	}
	return false;
}

/* Names that stand there in base64 only are no surroundings: what they stand in may be somebody else's. A key they stand in is theirs. */
static bool is_near(const struct rule *rule, const struct piece *piece, struct slice secret)
{
	const char *begin = secret.data, *end = secret.data + secret.len, *data = piece->text->data;
	bool names = false;

	for (size_t i = 0; i < piece->hit_count; i++)
		if (piece->hits[i].encoding != ENCODING_BASE64)
			return true;
	for (size_t i = 0; i < piece->hit_count && !names; i++)
		names = rule->kind == CANDIDATE_PRIVATE_KEY && data + piece->hits[i].at > begin && data + piece->hits[i].at < end &&
			key_names(piece->text->scan, secret, &piece->hits[i]);
	return names || piece->hit_count == 0;
}

static void judge_match(const struct rule *rule, const struct piece *piece, const struct slice *groups)
{
	struct text *text = piece->text;
	size_t at = (size_t)(groups[0].data - text->data), from, to;
	char decoded[RULE_DECODED_BYTES];
	struct slice secret = rule_decoded(rule, groups[rule->secret].data != NULL ? groups[rule->secret] : groups[0], decoded);

	text_line(text, at, &from, &to);
	struct rule_match match = rule_match_of(rule, groups, secret, text_slice(text, from, to), slice_of(text->member->path));
	const char *why = rule_refuses(rule, &match);

	if (why == NULL && !is_near(rule, piece, secret))
		why = "a name of ours is near in base64 only";

	if (why == NULL && rule->account > 0 && placeholders_example(scan_engine(text->scan)->placeholders, groups[rule->account], secret))
		why = "what documentation writes for user and password";

	if (why != NULL)
		scan_tell(text, "rejected", rule->id, at, why);
	if (why == NULL && !rule->hidden) {
		size_t arena = scan_arena_mark(text->scan);

		emit(rule, piece, groups, rule->kind == CANDIDATE_PRIVATE_KEY ? plain_key(text->scan, secret) : secret);
		scan_arena_release(text->scan, arena);
	}
	if (rule->decode != DECODE_NONE)
		mem_wipe(decoded, secret.len);
}

/* Whether the rule's pattern matched anything, or ran into its limits. */
static bool run_rule(const struct rule *rule, const struct piece *piece, size_t from, size_t to)
{
	struct slice subject = text_slice(piece->text, from, to);
	struct slice groups[EXPRESSION_GROUPS];
	size_t at = 0;
	int matches = 0;

	for (; matches < MATCHES_MOST && at <= subject.len; matches++) {
		switch (expression_match(rule->expression, subject, at, groups)) {
		case EXPRESSION_NO:
			return matches > 0;
		case EXPRESSION_LIMIT:
			scan_not_inspected(piece->text->scan, piece->text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_RULE_LIMIT, rule->id,
				text_raw_offset(piece->text, from));
			return true;
		case EXPRESSION_YES:
			break;
		}
		size_t end = (size_t)(groups[0].data - subject.data) + groups[0].len;

		judge_match(rule, piece, groups);
		at = end > at ? end : at + 1;
	}
	if (matches == MATCHES_MOST)
		scan_not_inspected(piece->text->scan, piece->text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_RULE_LIMIT, rule->id,
			text_raw_offset(piece->text, from + (at < subject.len ? at : subject.len)));
	return matches > 0;
}

/* The line of a hit; of one that is longer than is matched at once, what stands around the hit. */
static void line_around(const struct piece *piece, size_t at, size_t *from, size_t *to)
{
	text_line(piece->text, at, from, to);
	if (*to - *from <= RULES_PIECE)
		return;
	*from = at - *from > RULES_REACH ? at - RULES_REACH : *from;
	*to = *to - at > RULES_REACH ? at + RULES_REACH : *to;
}

/* For whoever writes a rule: why it found nothing. Of shipped rules, and of hundreds, only those asked for are told. */
static void explain(const struct rule *rule, const struct piece *piece, bool gated)
{
	const struct scan *scan = piece->text->scan;
	size_t at = piece->hit_count > 0 ? piece->hits[0].at : piece->from, from = piece->from, to = piece->to;
	char why[EXPLAIN_BYTES] = "none of its keywords or literals stands near our name";

	if (!scan_explains(scan) || (rule->shipped && scan_job(scan)->n_rule_ids == 0) ||
		(!gated && scan_job(scan)->n_rule_ids == 0 && scan_engine(scan)->rules->own_count > OWN_FEW))
		return;
	if (gated && rule->record == RULE_POST) {
		struct span post;
		struct slice groups[EXPRESSION_GROUPS];

		rule_match_post(rule, piece->text, at, &post, groups);
		from = post.from;
		to = post.to;
	} else if (gated && (rule->record == RULE_LINE || rule->gates.count == 0) && piece->hit_count > 0) {
		line_around(piece, at, &from, &to);
	}
	if (gated)
		rule_explain(rule, text_slice(piece->text, from, to), text_slice(piece->text, piece->from, piece->to), why);
	scan_tell(piece->text, "note", rule->id, at, why);
}

/* Whether a match of the rule in the piece takes in some of [from, to). */
static bool is_matched(const struct rule *rule, struct slice piece, size_t from, size_t to)
{
	struct slice groups[EXPRESSION_GROUPS];
	size_t at = 0;

	for (int i = 0; i < MATCHES_MOST && at < piece.len && expression_match(rule->expression, piece, at, groups) == EXPRESSION_YES;
		i++) {
		size_t begin = (size_t)(groups[0].data - piece.data), end = begin + groups[0].len;

		if (begin >= to)
			return false;
		if (end > from)
			return true;
		at = end > at ? end : at + 1;
	}
	return false;
}

/* A rule that was asked for and has matched elsewhere: the lines with a gate that no match takes in. */
static void explain_others(const struct rule *rule, const struct piece *piece)
{
	struct slice all = text_slice(piece->text, piece->from, piece->to);
	char why[EXPLAIN_BYTES];
	int told = 0;

	for (size_t from = 0, to; from < all.len && told < OTHERS_MOST; from = to + 1) {
		struct slice line = slice_from(all, from);
		bool gated = false;

		line = slice_until(line, slice_find_byte(line, '\n'));
		to = from + line.len;
		for (size_t i = 0; i < rule->gates.count && !gated; i++)
			gated = slice_find_nocase(line, rule->gates.list[i]) < line.len;
		if (!gated || is_matched(rule, all, from, to))
			continue;
		rule_explain(rule, line, line, why);
		scan_tell(piece->text, "note", rule->id, piece->from + from, why);
		told++;
	}
}

static bool is_post(const struct rule *rule)
{
	return rule->kind == CANDIDATE_MENTION || rule->kind == CANDIDATE_LISTING;
}

/* Rules for one line at a time, and those without a gate, look at the lines our names stand on. */
static bool run_on_lines(const struct rule *rule, const struct piece *piece)
{
	size_t done = 0;
	bool matched = false;

	for (size_t i = 0; i < piece->hit_count; i++) {
		size_t from, to;

		if (piece->hits[i].at < done)
			continue;
		bool post = is_post(rule) && piece->posted != NULL;

		line_around(piece, piece->hits[i].at, &from, &to);
		struct piece line = {piece->text, from, to, &piece->hits[i], 1, NULL};

		if (!(post && piece->posted[i]) && run_rule(rule, piece, from, to)) {
			matched = true;
			if (post)
				piece->posted[i] = true;
		} else if (scan_job(piece->text->scan)->n_rule_ids > 0) {
			explain(rule, &line, true);
			matched = true; /* told already */
		}
		done = to;
	}
	return matched;
}

/* ---- posts ------------------------------------------------------------------------------------ */

static bool matches_line(const void *context, struct slice line)
{
	const struct rule *rule = context;
	struct slice groups[EXPRESSION_GROUPS];

	return expression_match(rule->expression, line, 0, groups) == EXPRESSION_YES;
}

enum expression_result rule_match_post(
	const struct rule *rule, const struct text *text, size_t at, struct span *post, struct slice groups[EXPRESSION_GROUPS])
{
	*post = post_around(text, at, NULL, NULL);
	enum expression_result result = expression_match(rule->expression, text_slice(text, post->from, post->to), 0, groups);

	if (result != EXPRESSION_YES)
		return result;
	struct span line = post_line(text, at);

	*post = matches_line(rule, text_slice(text, line.from, line.to)) ? line : post_around(text, at, matches_line, rule);
	return expression_match(rule->expression, text_slice(text, post->from, post->to), 0, groups);
}

/* The post around a name, if the rule matches it. */
static bool run_on_post(const struct rule *rule, struct text *text, const struct hit *hit)
{
	struct span post;
	struct slice groups[EXPRESSION_GROUPS];
	enum expression_result result = rule_match_post(rule, text, hit->at, &post, groups);
	struct piece piece = {text, post.from, post.to, hit, 1, NULL};

	if (result == EXPRESSION_LIMIT)
		scan_not_inspected(
			text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_RULE_LIMIT, rule->id, text_raw_offset(text, post.from));
	if (result != EXPRESSION_YES)
		return false;
	groups[0] = text_slice(text, post.from, post.to);
	judge_match(rule, &piece, groups);
	return true;
}

/* A name that may be what a post is about: no person's address, none in a record that was read. */
static bool may_name_victim(const struct text *text, const struct hit *hit)
{
	if (hit->at > 1 && text->data[hit->at - 1] == '@' && text->data[hit->at - 2] > ' ')
		return false;
	return (hit->kind == NAME_DOMAIN || hit->kind == NAME_HOST || hit->kind == NAME_KEYWORD) && !hit->encoded && !hit->told;
}

/* Many names in one post are few hits of a list: posts are read at their first names. */
static bool run_on_posts(const struct rule *rule, const struct piece *piece)
{
	bool matched = false;

	if (rule->kind == CANDIDATE_MENTION && scan_job(piece->text->scan)->leak_context) /* told for the source already */
		return false;
	for (size_t i = 0; i < piece->hit_count && i < POST_HITS; i++)
		if (may_name_victim(piece->text, &piece->hits[i]) && piece->posted != NULL && !piece->posted[i])
			matched |= piece->posted[i] = run_on_post(rule, piece->text, &piece->hits[i]);
	return matched;
}

bool rules_list_post(struct text *text, const struct hit *hit)
{
	const struct rules *rules = scan_engine(text->scan)->rules;
	bool listed = false;

	for (size_t i = 0; i < rules->count && !listed; i++)
		if (rules->list[i].record == RULE_POST && rules->list[i].kind == CANDIDATE_LISTING)
			listed = run_on_post(&rules->list[i], text, hit);
	return listed;
}

static void mark_rule(void *context, const struct literal *literal, size_t at)
{
	bool *marked = context;

	(void)at;
	marked[literal->name] = true;
}

/* Weak rules come last: what better ones read is theirs. Without a name of ours, on a machine of ours, they do not count at all. */
static void run_marked(const struct piece *piece, const bool *marked, bool weak)
{
	const struct rules *rules = scan_engine(piece->text->scan)->rules;
	const Lt__Job *job = scan_job(piece->text->scan);
	bool tokens_only = lane_is_for_tokens(piece->text);

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		bool gated = rule->gates.count == 0 || marked[i], matched = false;

		if (tokens_only &&
			(weak || rule->record != RULE_WINDOW || (rule->kind != CANDIDATE_TOKEN && rule->kind != CANDIDATE_PRIVATE_KEY)))
			continue;
		if ((rule->confidence == LT__CONFIDENCE__CONFIDENCE_LOW) != weak || !rule_chosen(rule, job->rule_ids, job->n_rule_ids))
			continue;
		if (gated && rule->record == RULE_POST)
			matched = run_on_posts(rule, piece);
		else if (gated && (rule->record == RULE_LINE || rule->gates.count == 0))
			matched = run_on_lines(rule, piece);
		else if (gated)
			matched = run_rule(rule, piece, piece->from, piece->to);
		if (matched && rule->record == RULE_WINDOW && job->n_rule_ids > 0 && scan_explains(piece->text->scan))
			explain_others(rule, piece);
		if (!matched)
			explain(rule, piece, gated);
	}
}

static void run_piece(struct piece *piece)
{
	const struct rules *rules = scan_engine(piece->text->scan)->rules;
	bool *marked = xcalloc(rules->count, sizeof *marked);

	piece->posted = xcalloc(piece->hit_count, sizeof *piece->posted);
	sieve_ready(rules->gates);
	sieve_scan(rules->gates, piece->text->data + piece->from, piece->to - piece->from, mark_rule, marked);
	run_marked(piece, marked, false);
	if (piece->hit_count > 0)
		run_marked(piece, marked, true);
	free(marked);
	free(piece->posted);
}

/* ---- pieces ----------------------------------------------------------------------------------- */

/* Where the first whole line of [from, first) begins, if one does. */
static size_t line_start(const struct text *text, size_t from, size_t first)
{
	if (from == 0 || text->data[from - 1] == '\n')
		return from;
	const char *newline = memchr(text->data + from, '\n', first - from);

	return newline != NULL ? (size_t)(newline - text->data) + 1 : from;
}

void rules_flush(struct rules_cursor *cursor, struct text *text)
{
	struct hit hits[RULES_HITS];

	if (cursor->hit_count == 0)
		return;
	for (size_t i = 0; i < cursor->hit_count; i++) {
		hits[i] = cursor->hits[i];
		hits[i].at = (size_t)(cursor->hit_at[i] - text->base);
	}
	struct piece piece = {text, (size_t)(cursor->from - text->base), (size_t)(cursor->to - text->base), hits, cursor->hit_count, NULL};

	piece.from = line_start(text, piece.from, hits[0].at);
	cursor->hit_count = 0;
	run_piece(&piece);
}

void rules_near(struct rules_cursor *cursor, struct text *text, const struct hit *hit)
{
	uint64_t at = text->base + hit->at, ends = text->base + text->len;
	uint64_t from = at - text->base > RULES_REACH ? at - RULES_REACH : text->base;
	uint64_t to = ends - at > RULES_REACH ? at + RULES_REACH : ends;

	if (cursor->hit_count > 0 && (from > cursor->to || to - cursor->from > RULES_PIECE || cursor->hit_count == RULES_HITS))
		rules_flush(cursor, text);
	if (cursor->hit_count == 0)
		cursor->from = from;
	cursor->to = to;
	cursor->hits[cursor->hit_count] = *hit;
	cursor->hit_at[cursor->hit_count++] = at;
}

void rules_everywhere(struct text *text, struct span fresh)
{
	for (size_t at = fresh.from; at < fresh.to;) {
		size_t from = at > RULES_REACH ? at - RULES_REACH : 0;
		size_t to = fresh.to - at > RULES_PIECE ? at + RULES_PIECE : fresh.to;
		struct piece piece = {text, from, to, NULL, 0, NULL};

		run_piece(&piece);
		at = to;
	}
}
