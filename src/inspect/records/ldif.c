/* Entries of a directory: LDIF (RFC 2849) and what ldapsearch prints. */
#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "inspect/rules/placeholders.h"
#include "limits/limits.h"

enum { ATTRIBUTE_BYTES = 64, SECRETS = 8 };

struct entry {
	struct slice account;
	bool account_ours;
	int account_rank;
	struct slice secrets[SECRETS];
	enum key_role roles[SECRETS];
	size_t count;
};

/* ---- the entry around the hit ------------------------------------------------------------------------ */

static bool line_is_blank(const struct text *text, size_t from, size_t to)
{
	while (from < to && (text->data[from] == ' ' || text->data[from] == '\r' || text->data[from] == '\t'))
		from++;
	return from == to;
}

/* "name: value", "name:: value", a folded line or a comment. */
static bool line_is_attribute(const struct text *text, size_t from, size_t to)
{
	size_t at = from;

	if (from < to && (text->data[from] == ' ' || text->data[from] == '#'))
		return true;
	while (at < to && at - from < ATTRIBUTE_BYTES && (isalnum((unsigned char)text->data[at]) || strchr("-;.", text->data[at]) != NULL))
		at++;
	return at > from && at < to && text->data[at] == ':' && (at + 1 == to || text->data[at + 1] != '/'); /* no URL */
}

static bool entry_begin(const struct text *text, size_t hit, size_t *from)
{
	size_t at, to;

	text_line(text, hit, &at, &to);
	for (;;) {
		struct slice line = text_slice(text, at, to);
		if (slice_starts_nocase(line, "dn:")) {
			*from = at;
			return true;
		}
		if (at == 0 || hit - at > LIMIT_RECORD_BYTES || !line_is_attribute(text, at, to))
			return false;
		to = at - 1;
		const char *before = memrchr(text->data, '\n', to);
		at = before != NULL ? (size_t)(before - text->data) + 1 : 0;
		if (line_is_blank(text, at, to))
			return false;
	}
}

static size_t entry_end(const struct text *text, size_t hit)
{
	size_t at = hit;

	while (at < text->len && at - hit < LIMIT_RECORD_BYTES) {
		const char *end = memchr(text->data + at, '\n', text->len - at);
		if (end == NULL)
			return text->len;
		at = (size_t)(end - text->data) + 1;
		const char *next = memchr(text->data + at, '\n', text->len - at);
		size_t to = next != NULL ? (size_t)(next - text->data) : text->len;
		struct slice line = text_slice(text, at, to);
		if (line_is_blank(text, at, to) || slice_starts_nocase(line, "dn:"))
			return at;
	}
	return at;
}

/* ---- attributes --------------------------------------------------------------------------------------- */

/* The value from `from` on with its folded lines joined; *next is the line behind it. */
static struct slice unfold(struct text *text, size_t from, size_t entry_to, size_t *next)
{
	size_t len = 0, at = from;
	bool folded = false;
	char *out = NULL;

	for (;;) {
		const char *end = memchr(text->data + at, '\n', entry_to - at);
		size_t to = end != NULL ? (size_t)(end - text->data) : entry_to;
		size_t stop = to > at && text->data[to - 1] == '\r' ? to - 1 : to;
		*next = end != NULL ? to + 1 : entry_to;
		bool more = *next < entry_to && text->data[*next] == ' ';
		if (more && out == NULL) {
			out = scan_arena(text->scan, entry_to - from);
			folded = out != NULL;
		}
		if (!folded)
			return slice_trim(text_slice(text, from, stop));
		memcpy(out + len, text->data + at, stop - at);
		len += stop - at;
		if (!more)
			return slice_trim((struct slice){out, len});
		at = *next + 1;
	}
}

/* "P" 0 "w" 0 ...: the quoted UTF-16 that sets a password in Active Directory. */
static struct slice utf16_quoted(char *text, size_t count)
{
	size_t len = 0;

	if (count < 6 || count % 2 != 0 || text[0] != '"' || text[count - 2] != '"')
		return (struct slice){text, count};
	for (size_t i = 1; i < count; i += 2)
		if (text[i] != 0)
			return (struct slice){text, count};
	for (size_t i = 2; i + 2 < count; i += 2)
		text[len++] = text[i];
	return (struct slice){text, len};
}

static struct slice decode(struct text *text, struct slice value)
{
	char *out = scan_arena(text->scan, value.len + 1);
	size_t len;

	if (out == NULL || sodium_base642bin((unsigned char *)out, value.len + 1, value.data, value.len, " \t", &len, NULL,
				   sodium_base64_VARIANT_ORIGINAL) != 0)
		return SLICE_NONE;
	return utf16_quoted(out, len);
}

/* How well an attribute names the account; 0 not at all. */
static int account_rank(struct slice name)
{
	static const char *const names[] = {"cn", "displayname", "gecos", "uid", "samaccountname", "userid", "mailalternateaddress",
		"proxyaddresses", "userprincipalname", "krbprincipalname", "mail", "rfc822mailbox", "email"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_equal_nocase(name, slice_of(names[i])))
			return (int)i + 1;
	return 0;
}

static void attribute_read(
	struct text *text, const struct hit *hit, struct slice name, struct slice value, bool holds_hit, struct entry *entry)
{
	const struct engine *engine = scan_engine(text->scan);
	int rank = account_rank(name);

	(void)hit;
	if (rank > 0) {
		if (slice_starts_nocase(value, "smtp:"))
			value = slice_from(value, 5);
		if ((holds_hit && !entry->account_ours) || (!entry->account_ours && rank > entry->account_rank)) {
			entry->account = value;
			entry->account_rank = rank;
			entry->account_ours = holds_hit;
		}
		return;
	}
	enum key_role role = keys_identifier_role(engine->keys, name);
	if ((role == KEY_PASSWORD || role == KEY_HASH) && value.len > 0 && entry->count < SECRETS && !placeholder_is(engine, value)) {
		entry->roles[entry->count] = role;
		entry->secrets[entry->count++] = value;
	}
}

static void entry_read(struct text *text, const struct hit *hit, size_t from, size_t to, struct entry *entry)
{
	for (size_t at = from, next; at < to; at = next) {
		const char *colon = memchr(text->data + at, ':', to - at < ATTRIBUTE_BYTES ? to - at : ATTRIBUTE_BYTES);
		size_t place = colon != NULL ? (size_t)(colon - text->data) : at;
		struct slice name = text_slice(text, at, place);
		name = slice_until(name, slice_find_byte(name, ';'));
		bool base64 = place + 1 < to && text->data[place + 1] == ':';
		struct slice value = unfold(text, colon != NULL ? place + 1 + base64 : at, to, &next);
		if (colon == NULL || text->data[at] == '#')
			continue;
		bool holds = hit->at >= at && hit->at < next;
		attribute_read(text, hit, name, base64 ? decode(text, value) : value, holds, entry);
	}
}

bool reader_ldif(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct entry entry = {.account = SLICE_NONE};
	size_t from;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || !entry_begin(text, hit->at, &from))
		return false;
	size_t to = entry_end(text, hit->at);
	entry_read(text, hit, from, to, &entry);
	for (size_t i = 0; i < entry.count; i++) {
		struct candidate candidate = {
			.kind = entry.roles[i] == KEY_HASH ? CANDIDATE_HASH : CANDIDATE_LOGIN,
			.rule = "lt.ldif.1",
			.account = entry.account,
			.secret = entry.secrets[i],
			.cookie_http_only = -1,
			.cookie_secure = -1,
			.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH,
			.at = from,
		};
		candidate_emit(text, &candidate);
	}
	*claimed = (struct span){from, to};
	return true;
}
