/*
 * Where the fields of one line begin and end. Every place where a URL, a log-in and a secret could end is tried; what
 * speaks for a reading is added up as evidence, and the best reading wins.
 */
#include "inspect/records/line_work.h"

/* Where the host that `at` stands in begins, with the labels before it. */
static size_t host_begin(struct slice line, size_t at)
{
	while (at > 0 && (one_of(line.data[at - 1], ".-_") || (line.data[at - 1] >= '0' && line.data[at - 1] <= '9') ||
				 ((line.data[at - 1] | 0x20) >= 'a' && (line.data[at - 1] | 0x20) <= 'z') ||
				 (unsigned char)line.data[at - 1] >= 0x80))
		at--;
	return at;
}

static bool url_around(struct slice line, size_t at, size_t *from)
{
	size_t scheme = line.len;

	for (size_t next = token_scheme_next(line, 0); next <= at && next < line.len; next = token_scheme_next(line, next + 3))
		if (memchr(line.data + next, ' ', at - next) == NULL && memchr(line.data + next, '\t', at - next) == NULL)
			scheme = scheme < line.len && memchr(line.data + scheme, ' ', next - scheme) == NULL ? scheme : next;
	if (scheme < line.len) {
		*from = scheme;
		return true;
	}
	*from = host_begin(line, at);
	return *from == 0 || line.data[*from - 1] != '@';
}

/* user@ROYALPOST: a log-on name that is no e-mail address. */
static bool principal(struct slice line, size_t at, size_t *from, size_t *to)
{
	at += at < line.len && line.data[at] == '@';
	size_t start = at > 0 ? at - 1 : 0, end = at;

	if (at == 0 || line.data[start] != '@')
		return false;
	while (start > 0 && !one_of(line.data[start - 1], " \t:;|,\"'`<>()[]=/\\"))
		start--;
	while (end < line.len && !one_of(line.data[end], " \t:;|,\"'`<>()[]=/\\"))
		end++;
	*from = start;
	*to = end;
	return start + 1 < at;
}

struct line_reading line_read(const struct line_tables *tables, struct slice line, size_t at, const struct line_vote *vote)
{
	struct work work = {.tables = tables, .line = line, .vote = vote};
	size_t from, to, url = line.len;
	struct token_url first;

	if (line.len < 5)
		return work.best;
	if (token_url(line, 0, &first) && (first.scheme || first.authority_end < line.len))
		line_url_first(&work, 0);
	if (at < line.len ? token_email(line, at, &from, &to) : token_email_next(line, 0, &from, &to)) {
		if (work.best.order == LINE_NONE || work.best.account.data != line.data + from)
			line_login_first(&work, from, to);
		line_login_last(&work, from, to);
		line_url_reversed(&work, from, to);
		line_userinfo_without_scheme(&work, from, to);
		line_framed(&work);
	} else if (at < line.len && (token_logon(line, at, &from, &to) || principal(line, at, &from, &to))) {
		if (work.best.order == LINE_NONE || work.best.account.data != line.data + from)
			line_login_first(&work, from, to);
	} else if (at < line.len && url_around(line, at, &url)) {
		if (url > 0) {
			line_url_last(&work, url);
			work.lead = line_has_prose(&work, line_between(line, 0, url)) ? -3 : -1;
			line_url_first(&work, url);
		}
		if (token_email(line, line.len - 1, &from, &to))
			line_url_reversed(&work, from, to);
		if (token_email_next(line, 0, &from, &to) && from == 0)
			line_login_first(&work, from, to);
	} else if (at >= line.len && (url = token_scheme_next(line, 1)) < line.len) {
		line_url_last(&work, url);
	}
	return work.best;
}
