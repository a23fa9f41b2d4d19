/* The last reader: any line that no more specific record claimed. */
#include "inspect/records/line.h"

#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/keys.h"
#include "inspect/records/line_columns.h"
#include "inspect/records/line_work.h"
#include "inspect/records/readers.h"
#include "inspect/rules/cracked.h"
#include "shared/byteset.h"
#include "shared/escape.h"

enum {
	HOST_LINES = 3,      /* above labels */
	HOST_BYTES = 400,    /* of such a line */
	SEGMENT_BYTES = 4096 /* of a line too long to be one record, to either side of the name */
};

/* ---- judgement ------------------------------------------------------------------------------------ */

/* Signs that part fields stand at its ends or within: more than one field may have been taken for the secret. */
static bool holds_separators(struct slice secret)
{
	return secret.len > 1 && (one_of(secret.data[0], ":;|=>") || one_of(secret.data[secret.len - 1], ":;|=-,") ||
					 slice_find_nocase(secret, "=>") < secret.len || slice_find_nocase(secret, "->") < secret.len);
}

static bool is_doubtful(struct slice line, const struct line_reading *reading)
{
	return reading->order == LINE_NONE || (reading->url.len == 0 && token_scheme_next(line, 0) < line.len) || reading->end < line.len ||
	       token_is_email(reading->secret) || reading->evidence < LINE_ENOUGH + 2 || reading->fields > 1 ||
	       reading->look < LOOK_NUMBER || holds_separators(reading->secret);
}

/* No reading, or one in which a field is missing or taken for what it is not. */
static bool is_mixed(struct slice line, const struct line_reading *reading)
{
	struct token_url url;
	bool holds_host = token_url(reading->secret, 0, &url) && url.authority_end < reading->secret.len;

	return reading->order == LINE_NONE || reading->evidence < LINE_ENOUGH || token_is_email(reading->secret) ||
	       holds_separators(reading->secret) ||
	       (reading->url.len == 0 && (reading->fields > 1 || holds_host || token_scheme_next(line, 0) < line.len));
}

/* "x:address" says nothing by itself; the lines around may say that x is a secret. */
static bool is_front(struct slice line, size_t at)
{
	size_t from, to;

	return at < line.len && token_email(line, at, &from, &to) && to == line.len && line_sign_before(line, from) > 0;
}

/* "[2026-05-04 10:22] [-] jdoe@...:x": a tool's word for what it tried in vain. */
static bool is_told_failed(struct slice line, struct slice account)
{
	struct slice before = account.data > line.data && account.data <= line.data + line.len
				      ? slice_until(line, (size_t)(account.data - line.data))
				      : SLICE_NONE;

	return before.len > 0 && memmem(before.data, before.len, "[-] ", 4) != NULL;
}

/* t})}), of "{email:e,password:t})})" in a packed script: a variable of a letter or two, and what closes behind it. */
static bool is_brief_variable(struct slice secret)
{
	size_t end = secret.len;

	while (end > 0 && one_of(secret.data[end - 1], ")]};,"))
		end--;
	return end > 0 && end <= 2 && end < secret.len && secret.data[end] != ',' && (unsigned char)((secret.data[0] | 0x20) - 'a') < 26;
}

static bool discloses(const struct line_tables *tables, struct slice line, const struct line_reading *reading)
{
	if (reading->order == LINE_NONE || reading->evidence < LINE_ENOUGH)
		return false;
	if (placeholders_hold(tables->placeholders, reading->secret) ||
		(reading->order == LINE_LABELS && is_brief_variable(reading->secret)))
		return false;
	bool userinfo = reading->order == LINE_USERINFO && token_scheme_next(reading->url, 0) == 0;
	return reading->order == LINE_LABELS || userinfo || placeholders_line(tables->placeholders, line) == NULL;
}

/* ".. _SCM: https://...": a link of a document in reStructuredText, and lists of them agree on their columns. */
static bool is_link_target(struct slice whole)
{
	whole = slice_trim(whole);
	return whole.len > 4 && (memcmp(whole.data, ".. _", 4) == 0 || memcmp(whole.data, ".. |", 4) == 0);
}

bool line_judge(const struct line_tables *tables, struct slice text, size_t from, size_t to, size_t at, struct line_reading *reading)
{
	size_t start;
	struct slice whole = {text.data + from, to - from}, line = line_clean(whole, &start);
	size_t place = at >= from + start && at < from + start + line.len ? at - from - start : line.len;

	*reading = (struct line_reading){.order = LINE_NONE};
	if (is_link_target(whole))
		return false;
	struct slice apart = line_apart(tables, line, place);

	place -= (size_t)(apart.data - line.data);
	start += (size_t)(apart.data - line.data);
	line = apart;
	*reading = line_labels(tables, line, place);
	if (reading->order == LINE_LABELS) {
		reading->end = to;
		return discloses(tables, line, reading) && !is_told_failed(whole, reading->account);
	}
	*reading = line_read(tables, line, place, NULL);
	bool doubtful = is_doubtful(line, reading);
	struct line_frame frame = {.brackets = false};
	bool framed = doubtful && line_frame(line, &frame);
	bool listed = doubtful && !frame.brackets && line_columns_read(tables, text, from, to, line, reading);
	if (!listed && doubtful && (reading->order != LINE_NONE || is_front(line, place) || framed)) {
		struct line_vote vote;
		line_vote_around(tables, text, from, to, &vote);
		*reading = line_read(tables, line, place, &vote);
	}
	if (!listed && doubtful && !frame.brackets && is_mixed(line, reading))
		line_columns_alone(tables, line, reading);
	if (reading->order == LINE_NONE)
		return false;
	reading->end += from + start;
	return discloses(tables, line, reading) && !is_told_failed(whole, reading->account);
}

/* ---- reader --------------------------------------------------------------------------------------- */

static const char *const rule_ids[LINE_ORDERS] = {
	[LINE_NONE] = "lt.combo.1",
	[LINE_LOGIN_SECRET] = "lt.combo.1",
	[LINE_URL_LOGIN_SECRET] = "lt.ulp.1",
	[LINE_LOGIN_SECRET_URL] = "lt.ulp.2",
	[LINE_LOGIN_URL_SECRET] = "lt.ulp.3",
	[LINE_URL_SECRET_LOGIN] = "lt.ulp.5",
	[LINE_USERINFO] = "lt.ulp.4",
	[LINE_LABELS] = "lt.combo.2",
};

/* "jdoe@...:Heron-9\\r\\nanna@...": a list that was printed as a string, with its line ends written. The next line names somebody, too. */
static size_t written_end(const struct text *text, size_t at, size_t to)
{
	const char *data = text->data, *feed = memmem(data + at, to - at, "\\n", 2);
	if (feed == NULL)
		return to;
	size_t end = (size_t)(feed - data), next = end + 2;
	const char *behind = memmem(data + next, to - next, "\\n", 2);
	struct slice line = {data + next, (behind != NULL ? (size_t)(behind - data) : to) - next};
	if (slice_find_byte(line, '@') == line.len && slice_find_nocase(line, "://") == line.len)
		return to;
	return end >= at + 2 && memcmp(data + end - 2, "\\r", 2) == 0 ? end - 2 : end;
}

/* A line longer than any record: what stands between blanks around the name. */
static void segment(const struct text *text, size_t at, size_t *from, size_t *to)
{
	if (at - *from > SEGMENT_BYTES) {
		*from = at - SEGMENT_BYTES;
		while (*from < at && !one_of(text->data[*from], " \t,|;<>\0"))
			(*from)++;
	}
	if (*to - at > SEGMENT_BYTES) {
		*to = at + SEGMENT_BYTES;
		while (*to > at && !one_of(text->data[*to - 1], " \t,|;<>\0"))
			(*to)--;
	}
	for (size_t i = *from; i < at; i++)
		if (text->data[i] == '\r' || text->data[i] == 0)
			*from = i + 1;
	for (size_t i = at; i < *to; i++)
		if (text->data[i] == '\r' || text->data[i] == 0)
			*to = i;
	*to = written_end(text, at, *to);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-encoding, and '+' for a blank in a form. */
static struct slice percent_decode(struct scan *scan, struct slice value, bool form)
{
	if (slice_find_byte(value, '%') == value.len && (!form || slice_find_byte(value, '+') == value.len))
		return value;
	char *out = scan_arena(scan, value.len);
	size_t len = 0;
	if (out == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		int high = i + 2 < value.len + 0 && value.data[i] == '%' ? hex_digit(value.data[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(value.data[i + 2]) : -1;
		if (low >= 0) {
			out[len++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[len++] = form && value.data[i] == '+' ? ' ' : value.data[i];
		}
	}
	return (struct slice){out, len};
}

/* A value that stood in quotes, with a quote written twice in it. */
static struct slice undoubled(const struct text *text, struct slice value)
{
	bool quoted = value.data > text->data && value.data <= text->data + text->len && value.data[-1] == '"';
	char *out = quoted && slice_find_nocase(value, "\"\"") < value.len ? scan_arena(text->scan, value.len) : NULL;
	size_t len = 0;

	if (out == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		i += value.data[i] == '"' && i + 1 < value.len && value.data[i + 1] == '"';
		out[len++] = value.data[i];
	}
	return (struct slice){out, len};
}

/* "Pl\\xc3\\xb6ver": as Python prints bytes. Only characters that ASCII does not have. */
static struct slice unprinted(const struct text *text, struct slice value)
{
	char *out = slice_find_nocase(value, "\\x") < value.len ? scan_arena(text->scan, value.len) : NULL;
	size_t len = 0;

	if (out == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		bool escape = i + 3 < value.len && value.data[i] == '\\' && value.data[i + 1] == 'x';
		int high = escape ? hex_digit(value.data[i + 2]) : -1, low = high >= 8 ? hex_digit(value.data[i + 3]) : -1;

		out[len++] = value.data[i];
		if (low >= 0)
			out[len - 1] = (char)(high << 4 | low);
		i += low >= 0 ? 3 : 0;
	}
	return utf8_valid(out, len) ? (struct slice){out, len} : value;
}

static Lt__Confidence confidence_of(const struct line_reading *reading)
{
	if (reading->evidence >= 7)
		return LT__CONFIDENCE__CONFIDENCE_HIGH;
	return reading->evidence >= LINE_ENOUGH + 1 ? LT__CONFIDENCE__CONFIDENCE_MEDIUM : LT__CONFIDENCE__CONFIDENCE_LOW;
}

static struct line_tables tables_of(const struct text *text)
{
	const struct engine *engine = scan_engine(text->scan);

	return (struct line_tables){engine->hashes, engine->placeholders, engine->keys, scan_line_memo(text->scan)};
}

static void reading_emit(struct text *text, const struct line_reading *reading, size_t from)
{
	bool form = reading->order == LINE_LABELS;
	struct candidate candidate = {
		.kind = CANDIDATE_LOGIN,
		.rule = rule_ids[reading->order],
		.account = reading->percent ? percent_decode(text->scan, reading->account, form) : reading->account,
		.secret = reading->percent ? percent_decode(text->scan, reading->secret, form)
					   : unprinted(text, undoubled(text, reading->secret)),
		.url = reading->url,
		.salt = reading->salt,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.confidence = confidence_of(reading),
		.at = from,
	};

	candidate_emit(text, &candidate);
	if (reading->beside.len > 0 && reading->beside.data != reading->secret.data &&
		!cracked_is_of(reading->beside, reading->salt, candidate.secret)) {
		candidate.kind = CANDIDATE_HASH;
		candidate.secret = reading->beside;
		candidate_emit(text, &candidate);
	}
}

/* The URL or host in one of the lines right above, which the labels below it are for. */
static struct slice host_above(const struct line_tables *tables, const struct text *text, size_t from)
{
	struct token_url url;

	for (int i = 0; i < HOST_LINES && from > 0; i++) {
		size_t to = from - 1, start;
		const char *before = memrchr(text->data, '\n', to);
		from = before != NULL ? (size_t)(before - text->data) + 1 : 0;
		struct slice line = line_clean(text_slice(text, from, to), &start);
		size_t colon = slice_find_byte(line, ':');
		if (line.len == 0 || line.len > HOST_BYTES)
			return SLICE_NONE;
		if (colon < line.len && keys_block_role(tables->keys, slice_until(line, colon)) == KEY_HOST)
			line = slice_trim(slice_from(line, colon + 1));
		struct line_reading row = line_read(tables, line, line.len, NULL);
		if (row.order != LINE_NONE && row.evidence >= LINE_ENOUGH) /* a log-in of its own */
			return SLICE_NONE;
		if (token_url(line, 0, &url) && (url.scheme || url.authority_end == line.len))
			return slice_until(line, slice_find_byte(line, ' '));
	}
	return SLICE_NONE;
}

bool reader_labels(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct line_tables tables = tables_of(text);
	size_t from, to, start;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE)
		return false;
	text_line(text, hit->at, &from, &to);
	if (to - from > SEGMENT_BYTES)
		return false;
	struct slice line = line_clean(text_slice(text, from, to), &start);
	if (hit->at < from + start || hit->at >= from + start + line.len ||
		line_apart(&tables, line, hit->at - from - start).len < line.len)
		return false;
	struct line_reading reading = line_labels(&tables, line, hit->at - from - start);
	if (reading.order != LINE_LABELS)
		return false;
	if (reading.url.len == 0)
		reading.url = host_above(&tables, text, from);
	if (discloses(&tables, line, &reading))
		reading_emit(text, &reading, from);
	else
		scan_explain(text, rule_ids[LINE_LABELS], hit->at, "the labelled secret is a placeholder or a sentence");
	*claimed = (struct span){from, to};
	return true;
}

/* [for] NUL user NUL secret: what AUTH PLAIN of mail says, in base64. */
static bool reader_plain(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct slice all = {text->data, text->len}, user, secret;

	if (text->view != VIEW_BASE64 || !text->begins || !text->ends || all.len > SEGMENT_BYTES)
		return false;
	size_t first = slice_find_byte(all, 0),
	       second = first + 1 < all.len ? first + 1 + slice_find_byte(slice_from(all, first + 1), 0) : all.len;

	if (second + 1 >= all.len || hit->at > second)
		return false;
	user = (struct slice){all.data + first + 1, second - first - 1};
	secret = slice_from(all, second + 1);
	for (size_t i = 0; i < secret.len; i++)
		if ((unsigned char)secret.data[i] < ' ')
			return false;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN,
		.rule = "lt.combo.3",
		.account = user,
		.secret = secret,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH};

	*claimed = (struct span){0, all.len};
	return candidate_emit(text, &candidate);
}

bool reader_line(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct line_tables tables = tables_of(text);
	struct line_reading reading;
	size_t from, to;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE)
		return false;
	if (reader_plain(text, hit, claimed))
		return true;
	text_line(text, hit->at, &from, &to);
	segment(text, hit->at, &from, &to);
	struct slice all = {text->data, text->len};
	if (!line_judge(&tables, all, from, to, hit->at, &reading)) {
		scan_explain(text, "lt.combo.1", hit->at,
			reading.order == LINE_NONE
				? "the line has no account and secret"
				: "it does not look like a disclosed secret: its signs add up to %d, and %d are asked for",
			reading.evidence, LINE_ENOUGH);
		return false;
	}
	reading_emit(text, &reading, from);
	*claimed = (struct span){from, to};
	if (reading.end > hit->at && reading.end < to)
		claimed->to = reading.end;
	return true;
}
