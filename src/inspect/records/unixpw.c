/* Lines of password files and of what dumps credentials from Windows: fields between colons in a fixed order. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/line_token.h"
#include "inspect/records/readers.h"
#include "inspect/rules/hashes.h"
#include "shared/byteset.h"

enum { FIELDS = 10, LINE_BYTES = 8192, JOHN_COLUMN = 17, JOHN_REACH = 2048 };

struct line {
	struct text *text;
	size_t from;
	struct slice whole, fields[FIELDS];
	size_t count;
};

static void line_split(struct line *line)
{
	struct slice rest = line->whole;

	for (line->count = 0; line->count < FIELDS;) {
		size_t end = line->count == FIELDS - 1 ? rest.len : slice_find_byte(rest, ':');
		line->fields[line->count++] = slice_until(rest, end);
		if (end >= rest.len)
			return;
		rest = slice_from(rest, end + 1);
	}
}

static bool all_of(struct slice value, const char *set)
{
	for (size_t i = 0; i < value.len; i++)
		if (!one_of_text(value.data[i], set))
			return false;
	return value.len > 0;
}

static bool is_hex(struct slice value, size_t len)
{
	return value.len == len && all_of(value, "0123456789abcdefABCDEF");
}

static bool is_number(struct slice value)
{
	return value.len <= 10 && all_of(value, "0123456789");
}

static bool is_empty_hash(const struct line *line, struct slice value)
{
	struct hash_shape shape;

	return hash_identify(scan_engine(line->text->scan), value, SLICE_NONE, true, &shape) && shape.empty;
}

static void emit_as(
	const struct line *line, struct slice account, struct slice secret, enum candidate_kind kind, const char *rule, const char *format)
{
	struct candidate candidate = {
		.kind = kind,
		.hash_format = format,
		.rule = rule,
		.account = account,
		.secret = secret,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH,
		.at = line->from,
	};

	candidate_emit(line->text, &candidate);
}

static void emit(const struct line *line, struct slice account, struct slice secret, enum candidate_kind kind, const char *rule)
{
	emit_as(line, account, secret, kind, rule, NULL);
}

/* [DOM\]user:RID:LM:NT::: of pwdump, fgdump, secretsdump. The NT hash opens what the LM hash opens, and more. */
static bool pwdump(const struct line *line)
{
	struct slice none = SLICE_TEXT("NO PASSWORD");

	if (line->count < 5 || line->fields[0].len == 0 || !is_number(line->fields[1]))
		return false;
	struct slice lm = line->fields[2], nt = line->fields[3];
	bool lm_hash = is_hex(lm, 32), nt_hash = is_hex(nt, 32);
	if (!(lm_hash || lm.len == 0 || slice_starts_nocase(lm, none.data)) || !(nt_hash || slice_starts_nocase(nt, none.data)) ||
		(!lm_hash && !nt_hash))
		return false;
	if (nt_hash && !is_empty_hash(line, nt))
		emit_as(line, line->fields[0], nt, CANDIDATE_HASH, "lt.pwdump.1", "ntlm");
	else if (lm_hash && !is_empty_hash(line, lm))
		emit_as(line, line->fields[0], lm, CANDIDATE_HASH, "lt.pwdump.1", "lm");
	return true;
}

/* "[SMB] NTLMv2-SSP Hash     : " before it: the words of the tool that caught it. */
static void label_drop(struct line *line)
{
	size_t colon = slice_find_nocase(line->whole, ": ");

	if (slice_find_byte(line->fields[0], ' ') == line->fields[0].len || colon > 60 || colon >= line->whole.len)
		return;
	line->whole = slice_trim(slice_from(line->whole, colon + 2));
	line_split(line);
}

/* user::DOMAIN:challenge:response:blob of Responder and its like. The domain belongs to the account. */
static bool netntlm(struct line *line)
{
	struct hash_shape shape;

	struct slice plain = line->count > 6 ? slice_from(line->whole, (size_t)(line->fields[6].data - line->whole.data)) : SLICE_NONE;

	if (line->count < 6 || line->fields[1].len != 0 || line->fields[0].len == 0)
		return false;
	if (plain.len > 0) /* cracked: what the answer was made of stands behind it */
		line->whole.len -= plain.len + 1;
	if (!hash_identify(scan_engine(line->text->scan), line->whole, SLICE_NONE, false, &shape) ||
		slice_find_nocase(slice_of(shape.format), "netntlm") != 0)
		return false;
	struct slice user = line->fields[0], domain = line->fields[2];
	char *account = domain.len > 0 ? scan_arena(line->text->scan, user.len + domain.len + 1) : NULL;
	if (account != NULL && slice_find_byte(user, '\\') == user.len && slice_find_byte(user, '@') == user.len) {
		memcpy(account, domain.data, domain.len);
		account[domain.len] = '\\';
		memcpy(account + domain.len + 1, user.data, user.len);
		user = (struct slice){account, user.len + domain.len + 1};
	}
	if (plain.len > 0)
		emit(line, user, plain, CANDIDATE_LOGIN, "lt.netntlm.1");
	else
		emit(line, user, line->whole, CANDIDATE_HASH, "lt.netntlm.1");
	return true;
}

/* DOM\user:aes256-cts-hmac-sha1-96:key and DOM\user:CLEARTEXT:secret of secretsdump. */
static bool secretsdump(const struct line *line)
{
	if (line->count < 3)
		return false;
	struct slice kind = line->fields[1], value = line->fields[2];
	if (slice_starts_nocase(kind, "aes") || slice_starts_nocase(kind, "des-cbc") || slice_starts_nocase(kind, "rc4_hmac") ||
		slice_starts_nocase(kind, "dec-cbc")) {
		if (!is_hex(value, 16) && !is_hex(value, 32) && !is_hex(value, 64))
			return false;
		emit_as(line, line->fields[0], value, CANDIDATE_HASH, "lt.secretsdump.1", "kerberos-key");
		return true;
	}
	if (!slice_equal_nocase(kind, SLICE_TEXT("CLEARTEXT")))
		return false;
	struct slice secret = {value.data, (size_t)(line->whole.data + line->whole.len - value.data)};
	emit(line, line->fields[0], secret, CANDIDATE_LOGIN, "lt.secretsdump.1");
	return true;
}

/* DOMAIN/user:$DCC2$10240#user#hash: (date) */
static bool cached(const struct line *line)
{
	if (line->count < 2 || !slice_starts_nocase(line->fields[1], "$DCC"))
		return false;
	emit(line, line->fields[0], line->fields[1], CANDIDATE_HASH, "lt.secretsdump.1");
	return true;
}

static bool is_number_or_none(struct slice value)
{
	return value.len == 0 || is_number(value);
}

/* user:secret:uid:gid:gecos:home:shell, user:secret:changed:min:max:...: what john --show prints of those files. */
static bool shown(const struct line *line, struct slice account)
{
	const struct slice *fields = line->fields;
	bool passwd = line->count == 7 && is_number(fields[2]) && is_number(fields[3]) && fields[5].len > 0 && fields[5].data[0] == '/',
	     shadow = line->count == 9 && is_number(fields[2]) && is_number_or_none(fields[3]) && is_number_or_none(fields[4]) &&
		      is_number_or_none(fields[5]) && is_number_or_none(fields[6]) && is_number_or_none(fields[7]) && fields[8].len == 0;

	if (!passwd && !shadow)
		return false;
	emit(line, account, fields[1], CANDIDATE_LOGIN, "lt.passwd.1");
	return true;
}

/* user:hash:uid:gid:gecos:home:shell, user:hash:changed:min:max:...: of a mail or shell account. */
static bool password_file(const struct line *line, const struct hit *hit)
{
	struct hash_shape shape;
	size_t begin, end;

	if (line->count < 6 || line->count > 9 || line->fields[0].len == 0 || (line->fields[2].len > 0 && !is_number(line->fields[2])) ||
		(line->fields[3].len > 0 && !is_number(line->fields[3])))
		return false;
	struct slice hash = line->fields[1], account = line->fields[0];
	if (hash.len > 0 && hash.data[0] == '!')
		hash = slice_from(hash, 1);
	if (!token_is_email(account) && token_email(line->whole, hit->at - line->from, &begin, &end))
		account = (struct slice){line->whole.data + begin, end - begin};
	if (slice_starts_nocase(hash, "{PLAIN}") || slice_starts_nocase(hash, "{CLEAR")) {
		emit(line, account, hash, CANDIDATE_LOGIN, "lt.passwd.1");
		return true;
	}
	if (!hash_identify(scan_engine(line->text->scan), hash, SLICE_NONE, hash.len == 13, &shape))
		return hash.len < 3 || shown(line, account);
	if (!shape.empty)
		emit(line, account, hash, CANDIDATE_HASH, "lt.passwd.1");
	return true;
}

static bool john_speaks(const struct text *text, size_t at)
{
	static const char *const words[] = {"password hash", "different salts", "cracked", "guesses: ", "g 0:"};
	size_t from = at > JOHN_REACH ? at - JOHN_REACH : 0;
	struct slice around = text_slice(text, from, text->len - at > JOHN_REACH ? at + JOHN_REACH : text->len);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_find_nocase(around, words[i]) < around.len)
			return true;
	return false;
}

/* "secret           (user)": what john prints as it runs, secrets padded to sixteen characters. */
static bool found_by_john(const struct line *line)
{
	const char *open = line->whole.len > 0 ? memrchr(line->whole.data, '(', line->whole.len) : NULL;
	size_t at = open != NULL ? (size_t)(open - line->whole.data) : 0;

	if (at < JOHN_COLUMN || line->whole.data[line->whole.len - 1] != ')' || line->whole.data[at - 1] != ' ')
		return false;
	struct slice secret = slice_until(line->whole, at - 1), account = slice_from(line->whole, at + 1);

	while (secret.len > 0 && secret.data[secret.len - 1] == ' ')
		secret.len--;
	if (secret.len == 0 || (at > JOHN_COLUMN && (secret.len + 1 != at || slice_find_byte(secret, ' ') < secret.len)) ||
		slice_find_byte(account, ' ') < account.len || !john_speaks(line->text, line->from))
		return false;
	emit(line, slice_until(account, account.len - 1), secret, CANDIDATE_LOGIN, "lt.passwd.1");
	return true;
}

bool reader_unixpw(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct line line = {.text = text};
	size_t to;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE)
		return false;
	text_line(text, hit->at, &line.from, &to);
	while (line.from < hit->at && (text->data[line.from] == ' ' || text->data[line.from] == '\t'))
		line.from++;
	if (to - line.from > LINE_BYTES)
		return false;
	line.whole = slice_trim(text_slice(text, line.from, to));
	line_split(&line);
	label_drop(&line);
	if (!pwdump(&line) && !netntlm(&line) && !secretsdump(&line) && !cached(&line) && !password_file(&line, hit) &&
		!found_by_john(&line))
		return false;
	*claimed = (struct span){line.from, to};
	return true;
}
