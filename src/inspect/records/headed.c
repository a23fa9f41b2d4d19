/*
 * Lists of log-ins under one host: "creds for vpn.corp.example:", then jdoe:x on every line. A heading that speaks of log-ins is
 * believed with one of them below; a host alone with three, all of which look like log-ins.
 */
#include <ctype.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/keys.h"
#include "inspect/records/line.h"
#include "inspect/records/readers.h"
#include "shared/byteset.h"

enum {
	HEADING_BYTES = 160,
	REMARK_BYTES = 40,
	PART_BYTES = 256,
	BARE_LEAST = 3,
	HEX_LEAST = 7,
};

struct heading {
	struct slice url;
	bool speaks; /* of log-ins */
	size_t next; /* where the line below begins */
};

struct pair {
	struct slice account, secret;
	char sign;
	bool address; /* somebody's, who may have nothing to do with the host */
	bool setting; /* "name: x", or an address: what a host alone says nothing about */
};

static bool is_sign(char c)
{
	static const char signs[] = "=*#-_~[](){}<>|+!:.,'\"` \t\r";

	return memchr(signs, c, sizeof signs - 1) != NULL || (unsigned char)c >= 0x80;
}

static struct slice without_signs(struct slice text)
{
	while (text.len > 0 && is_sign(text.data[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && is_sign(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* Whether one of the words is what people call log-ins: creds, logins, accounts, Zugangsdaten, доступы. */
static bool speaks_of_logins(const struct keys *keys, struct slice text)
{
	for (size_t at = 0; at < text.len;) {
		size_t end = at;

		while (end < text.len && !one_of(text.data[end], " \t:,/()[]*="))
			end++;
		struct slice word = {text.data + at, end - at};
		enum key_role role = word.len > 2 ? keys_block_role(keys, word) : KEY_NONE;

		if (role == KEY_NONE && word.len > 3 && (word.data[word.len - 1] | 0x20) == 's')
			role = keys_block_role(keys, slice_until(word, word.len - 1));
		if (role == KEY_PAIR || role == KEY_USER || role == KEY_PASSWORD)
			return true;
		at = end + 1;
	}
	return false;
}

/* The host at the hit, with what stands before and behind it on its line. */
static bool read_heading(struct text *text, const struct hit *hit, struct heading *heading)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	size_t from, to, begin = hit->at, end = hit->at;
	struct token_url url;

	text_line(text, hit->at, &from, &to);
	if (to - from > HEADING_BYTES || to >= text->len)
		return false;
	while (begin > from && !one_of(text->data[begin - 1], " \t[(<{\"'="))
		begin--;
	while (end < to && !one_of(text->data[end], " \t\r])>}\"'="))
		end++;
	while (end > begin && one_of(text->data[end - 1], ":,.;*"))
		end--;
	heading->url = text_slice(text, begin, end);
	if (!token_url(heading->url, 0, &url) || url.secret_to > 0 || slice_find_byte(heading->url, '@') < heading->url.len ||
		(!url.scheme && url.authority_end < heading->url.len && heading->url.data[url.authority_end] != '/') ||
		slice_find_byte(slice_from(heading->url, url.authority_end), ':') < heading->url.len - url.authority_end)
		return false;
	struct slice before = text_slice(text, from, begin), behind = slice_trim(text_slice(text, end, to)), rest = without_signs(behind);
	bool remark = behind.len > 0 && one_of(behind.data[0], "([") && rest.len <= REMARK_BYTES;

	heading->speaks = speaks_of_logins(keys, before);
	heading->next = text_next_line(text, to);
	if (without_signs(before).len == 0 && behind.len > 0 && behind.data[behind.len - 1] == ':' && speaks_of_logins(keys, rest))
		return heading->speaks = true; /* "vpn.corp.example accounts:" */
	return (rest.len == 0 || remark) && (heading->speaks || without_signs(before).len == 0);
}

static bool is_one_word(struct slice text)
{
	return text.len > 0 && text.len <= PART_BYTES && slice_find_byte(text, ' ') == text.len && slice_find_byte(text, '\t') == text.len;
}

/* jdoe:x, jdoe / x, jdoe | x; a remark in brackets behind it is no part of the secret. */
static bool read_pair(const struct keys *keys, struct slice line, struct pair *pair)
{
	size_t start, sign = 1;

	line = line_clean(line, &start);
	while (sign < line.len && !one_of(line.data[sign], ":;|\t") &&
		!(one_of(line.data[sign], "/-") && line.data[sign - 1] == ' ' && sign + 1 < line.len && line.data[sign + 1] == ' '))
		sign++;
	if (sign + 1 >= line.len)
		return false;
	pair->sign = line.data[sign];
	pair->account = slice_trim(slice_until(line, sign));
	pair->secret = slice_trim(slice_from(line, sign + 1));
	size_t blank = slice_find_byte(pair->secret, ' ');
	if (blank + 1 < pair->secret.len && one_of(pair->secret.data[blank + 1], "([#|"))
		pair->secret = slice_until(pair->secret, blank);
	if (!is_one_word(pair->account) || !is_one_word(pair->secret) || one_of(pair->secret.data[0], "/<\"'{[") ||
		one_of(pair->account.data[0], "\"'{[<*"))
		return false;
	enum key_role role = keys_block_role(keys, pair->account);

	pair->address = token_is_email(pair->account);
	pair->setting = (role == KEY_NONE && !pair->address && !keys_column_is_open(keys, pair->account)) ||
			(pair->sign == ':' && line.data[sign + 1] == ' ' && line.data[sign - 1] != ' ') || pair->address;
	return role == KEY_NONE || role == KEY_USER;
}

static bool is_hexadecimal(struct slice value)
{
	size_t hex = 0;

	while (hex < value.len && isxdigit((unsigned char)value.data[hex]))
		hex++;
	return hex == value.len && hex >= HEX_LEAST;
}

struct list {
	unsigned pairs, strong, others, settings;
	bool same;     /* every secret is the first one */
	bool accounts; /* none is what no log-in is called */
	struct slice first;
};

static void weigh(struct list *list, const struct pair *pair)
{
	enum token_look look = token_look(pair->secret), account = token_look(pair->account);
	bool hex = is_hexadecimal(pair->secret);

	if (list->pairs++ == 0)
		*list = (struct list){.pairs = 1, .same = true, .accounts = true, .first = pair->secret};
	list->strong += look >= LOOK_FAIR && !hex;
	list->others += look == LOOK_NEVER || look == LOOK_OTHER || look == LOOK_PORT || hex;
	list->settings += pair->setting;
	list->same = list->same && slice_equal(list->first, pair->secret);
	list->accounts = list->accounts && (account > LOOK_PORT || token_is_email(pair->account));
}

/* Lines may be heading and log-in at once, so each of a hostile text could ask for all lines below it. */
static bool may_go_on(struct text *text, const struct heading *heading, size_t at, size_t next, bool emit)
{
	if (at - heading->next >= LIMIT_RECORD_BYTES) {
		if (emit)
			text_cut(text, at, "a list of log-ins under a heading was read for 64 KiB");
		return false;
	}
	if (!scan_afford(text->scan, next - at)) {
		text_cut(text, at, "many lists of log-ins under headings: not all were read to their end");
		return false;
	}
	scan_spend(text->scan, next - at);
	return true;
}

/* Goes down the lines from `at` for as long as they are log-ins parted alike; weighs each for the list, or emits it. */
static void walk(struct text *text, const struct heading *heading, bool emit, struct list *list)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	size_t at = heading->next, from, to;
	char sign = 0;

	for (unsigned lines = 0; at < text->len; lines++) {
		struct pair pair;
		struct watched watched;

		text_line(text, at, &from, &to);
		struct slice line = slice_trim(text_slice(text, from, to));
		size_t begin = at;

		at = text_next_line(text, to);
		if (line.len == 0 && lines == 0)
			continue;
		if (line.len == 0 || !read_pair(keys, line, &pair) || (sign != 0 && sign != pair.sign) ||
			(pair.address && !watch_account(scan_engine(text->scan), pair.account, &watched)))
			return;
		if (!may_go_on(text, heading, begin, at, emit))
			return;
		sign = pair.sign;
		if (!emit) {
			weigh(list, &pair);
			continue;
		}
		candidate_emit(
			text, &(struct candidate){.kind = CANDIDATE_LOGIN,
				      .rule = "lt.list.headed.1",
				      .account = pair.account,
				      .secret = pair.secret,
				      .url = heading->url,
				      .cookie_http_only = -1,
				      .cookie_secure = -1,
				      .confidence = heading->speaks ? LT__CONFIDENCE__CONFIDENCE_MEDIUM : LT__CONFIDENCE__CONFIDENCE_LOW,
				      .at = from});
	}
}

bool reader_headed(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct heading heading;
	struct list list = {.pairs = 0};

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || !read_heading(text, hit, &heading))
		return false;
	walk(text, &heading, false, &list);
	if (list.pairs < (heading.speaks ? 1 : BARE_LEAST) || list.strong * 4 < list.pairs * 3 || list.others * 4 > list.pairs ||
		!list.accounts || (list.same && list.pairs > 1) || list.settings * 2 > list.pairs || (!heading.speaks && list.settings > 0))
		return false;
	walk(text, &heading, true, NULL);
	*claimed = (struct span){hit->at, heading.next};
	return true;
}
