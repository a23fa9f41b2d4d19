/* How a reading of a line is weighed. */
#include "inspect/records/block_values.h"
#include "inspect/records/keys.h"
#include "inspect/records/line_work.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum {
	LINE_NAME_BYTES = 40,
	LIKELY_LIST = 4, /* so many lines that may be records make a list */
	PROSE_WORDS = 64 /* a sentence shows in so many of its words */
};

size_t line_word_count(struct slice text)
{
	size_t words = 0;

	for (size_t i = 0; i < text.len; i++)
		words += !line_is_blank(text.data[i]) && (i == 0 || line_is_blank(text.data[i - 1]));
	return words;
}

static bool parts_names(char c)
{
	return line_is_blank(c) || c == ':';
}

bool line_is_persons_name(struct slice value, struct slice address)
{
	struct slice local = slice_until(address, slice_find_byte(address, '@'));
	bool shared = false;
	size_t words = 0;

	for (size_t at = 0; at < value.len; words++) {
		size_t end = at;
		char word[LINE_NAME_BYTES + 1];

		while (end < value.len && !parts_names(value.data[end]))
			end++;
		bool letters = end > at && end - at <= LINE_NAME_BYTES && (unsigned char)((value.data[at] & ~0x20) - 'A') < 26 &&
			       (value.data[at] & 0x20) == 0;
		for (size_t i = at; i < end; i++)
			letters = letters && ((unsigned char)((value.data[i] | 0x20) - 'a') < 26 || one_of(value.data[i], "-'."));
		if (!letters)
			return false;
		memcpy(word, value.data + at, end - at);
		word[end - at] = '\0';
		shared = shared || (end - at >= 3 && slice_find_nocase(local, word) < local.len);
		for (at = end; at < value.len && parts_names(value.data[at]); at++)
			;
	}
	return shared && words >= 2 && words <= 3;
}

bool line_is_port_of_string(const struct work *work, size_t from, struct slice secret)
{
	size_t digits = 0, end;

	while (digits < secret.len && secret.data[digits] >= '0' && secret.data[digits] <= '9')
		digits++;
	for (end = digits; end < secret.len; end++)
		if (!one_of(secret.data[end], "\"'`)],;:}"))
			return false;
	return digits > 0 && digits <= 5 && digits < secret.len && one_of(secret.data[digits], "\"'`") &&
	       memchr(work->line.data, secret.data[digits], from) != NULL;
}

bool line_has_prose(const struct work *work, struct slice text)
{
	size_t at = 0;

	for (int words = 0; at < text.len && words < PROSE_WORDS; words++) {
		size_t end = at;
		while (end < text.len && !one_of(text.data[end], " \t,.!?"))
			end++;
		if (end > at && keys_is_prose_word(work->tables->keys, line_between(text, at, end)))
			return true;
		at = end + 1;
	}
	return false;
}

static bool is_weak(const struct work *work, struct slice value, bool tight)
{
	while (value.len > 0 && one_of(value.data[value.len - 1], ".,!?:;"))
		value.len--;
	return placeholders_weak(work->tables->placeholders, value, tight);
}

int line_separator_evidence(const struct token_separator *separator)
{
	switch (separator->kind) {
	case ':':
		return !separator->before && !separator->behind ? 3 : separator->before && separator->behind ? 2 : 1;
	case '>':
		return 2;
	case '/':
		return separator->behind ? 2 : -1;
	case '-':
	case '=':
	case '~':
		return 1;
	case ',':
		return separator->behind ? -2 : 0;
	case ';':
		return separator->behind && !separator->before ? -1 : 0;
	case ' ':
		return -1;
	default:
		return 0;
	}
}

/* role=READER, xmlns:a="...": the next attribute of something else. */
static bool is_assignment(struct slice value)
{
	size_t at = 0;

	while (at < value.len && (one_of(value.data[at], "_-\\") || (value.data[at] >= 'a' && value.data[at] <= 'z')))
		at++;
	return at >= 2 && at + 1 < value.len && one_of(value.data[at], "=:") && !one_of(value.data[at + 1], "=:");
}

/* "thanks!", "lunch?": a word said. */
static bool is_remark(struct slice value)
{
	size_t len = value.len;

	while (len > 0 && one_of(value.data[len - 1], "!?."))
		len--;
	if (len == value.len || len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((value.data[i] | 0x20) < 'a' || (value.data[i] | 0x20) > 'z')
			return false;
	return true;
}

/* group:admins@...: the next entry of a list of addresses. */
static bool holds_email(struct slice value)
{
	size_t from, to;

	return token_email_next(value, 0, &from, &to) && (to == value.len || (value.len > 0 && one_of(value.data[0], "[({<")));
}

/* --recv-keys, \\-\\-domain of a manual: the next option of a command. ["#chan": the next argument of a call. */
static bool is_argument(struct slice value, char kind)
{
	size_t dash = value.len > 1 && value.data[0] == '\\' ? 1 : 0;

	if (value.len > dash + 3 && value.data[dash] == '-' && slice_starts_nocase(slice_from(value, dash + 1), dash > 0 ? "\\-" : "-"))
		return (unsigned char)((value.data[dash + 2 + dash] | 0x20) - 'a') < 26;
	return kind == ',' && value.len > 2 && one_of(value.data[0], "[b") && one_of(value.data[1], "\"'b");
}

/* Among lines that are parted alike. */
static bool is_listed(const struct work *work, char kind)
{
	return work->vote != NULL && work->vote->likely >= LIKELY_LIST && work->vote->separator == kind && kind != ' ';
}

int line_look_evidence(const struct work *work, struct slice secret, enum token_look look, const struct token_separator *inner)
{
	if (secret.len == 0)
		return -20;
	bool tight = inner->kind == ':' && !inner->before && !inner->behind;

	if (look < LOOK_FAIR && look != LOOK_SENTENCE && is_weak(work, secret, tight))
		return -3;
	if ((inner->kind == ' ' || inner->behind) && one_of(secret.data[secret.len - 1], ":,."))
		return -4;
	if (one_of(inner->kind, ",; -") && is_assignment(secret))
		return -5;
	/* email:me@host,IP:192.0.2.7 of a certificate */
	if (inner->kind == ',' && slice_starts_nocase(secret, "ip:") && token_is_ip(slice_from(secret, 3)))
		return -8;
	if (inner->kind != ':' && (holds_email(secret) || is_argument(secret, inner->kind)))
		return -5;
	if (inner->kind == ':' && inner->behind && !inner->before && is_remark(secret))
		return -3;
	if (inner->behind && value_is_call(secret))
		return -8;
	if (inner->kind == '/' && inner->behind && look == LOOK_NAME) /* "address / Payroll" */
		return -5;
	switch (look) {
	case LOOK_NEVER:
		return -20;
	case LOOK_OTHER:
		return -5;
	case LOOK_PORT:
		return tight && secret.len < 3 ? -5 : -4;
	case LOOK_NAME:
		return secret.len < 3 ? -3 : inner->kind == ':' && !tight ? -1 : 0;
	case LOOK_SENTENCE:
		if (line_has_prose(work, secret))
			return -6;
		return (tight || is_listed(work, inner->kind)) && line_word_count(secret) <= 5 ? -2 : -4;
	case LOOK_WORD:
		return secret.len < 3                                       ? -4
		       : inner->kind == ' ' && line_has_prose(work, secret) ? -2
		       : inner->kind == ':' && !tight                       ? -1
									    : 1;
	case LOOK_NUMBER:
		return 1;
	case LOOK_FAIR:
		return secret.len < 3 ? 0 : 2;
	case LOOK_STRONG:
		return 3;
	}
	return 0;
}

static bool is_logon(struct slice login)
{
	size_t from, to;

	return token_logon(login, 0, &from, &to) && from == 0 && to == login.len && slice_find_byte(login, '\\') < login.len;
}

bool line_is_cut_time(struct slice text)
{
	static const char shape[] = "0000-00-00T00";

	if (text.len != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (shape[i] == '0' ? !line_all_digits(line_between(text, i, i + 1))
				    : (text.data[i] & (shape[i] == 'T' ? ~0x20 : ~0)) != shape[i])
			return false;
	return true;
}

int line_login_evidence(const struct work *work, struct slice login)
{
	if (login.len == 0 || login.len > LIMIT_ACCOUNT_BYTES || line_is_cut_time(login))
		return -20;
	if (token_is_email(login) || is_logon(login))
		return 2;
	if (one_of(login.data[0], "-\\(") || login.data[login.len - 1] == '\\')
		return -9;
	if (line_all_digits(login))
		return login.len <= 3 ? -4 : 0;
	if (token_look(login) <= LOOK_OTHER && !one_of(login.data[0], "+"))
		return -4;
	for (size_t i = 0; i < login.len; i++)
		if (one_of(login.data[i], "/?=&<>()[]{}\"`#|%"))
			return one_of(login.data[i], "<>[]{}`%") && slice_find_nocase(login, "%40") == login.len ? -9 : -5;
	if (memchr(login.data, ' ', login.len) != NULL || memchr(login.data, '\t', login.len) != NULL)
		return line_word_count(login) > 2 || line_has_prose(work, login) ? -6 : -3;
	if (login.data[0] == '+' && login.len > 1 && !line_all_digits(slice_from(login, 1)))
		return -4;
	if (is_weak(work, login, true))
		return -2;
	return login.len == 1 ? -1 : 0;
}

int line_vote_evidence(const struct work *work)
{
	if (work->vote == NULL || work->vote->likely == 0)
		return 0;
	if (work->vote->lists >= 2)
		return 3;
	return work->vote->likely >= LIKELY_LIST ? 2 : work->vote->lists > 0;
}

void line_consider(struct work *work, const struct line_reading *reading, int preference)
{
	int rank = reading->evidence * 4 + preference;

	if (work->vote != NULL && work->vote->lists >= 2) {
		rank += work->vote->orders[reading->order] > 0 ? 6 : 0;
		rank += work->vote->separator == reading->inner ? 6 : 0;
	}
	if (reading->secret.len == 0 || reading->account.len == 0 || reading->secret.len > LIMIT_SECRET_BYTES)
		return;
	if (work->best.order == LINE_NONE || rank > work->best_rank) {
		work->best = *reading;
		work->best_rank = rank;
	}
}

bool line_is_hash(const struct work *work, struct slice value, struct hash_shape *shape)
{
	return value.len >= 13 && hashes_identify(work->tables->hashes, value, SLICE_NONE, false, shape);
}
