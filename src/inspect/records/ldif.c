/* Entries of a directory: LDIF (RFC 2849) and what ldapsearch prints. */
#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/keys.h"
#include "inspect/records/ldif.h"
#include "inspect/records/readers.h"
#include "inspect/rules/cracked.h"
#include "inspect/rules/placeholders.h"
#include "inspect/sieve/lane.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum { ATTRIBUTE_BYTES = 64, SECRETS = 8 };

struct entry {
	struct slice account;
	bool account_ours;
	int account_rank;
	struct slice secrets[SECRETS];
	enum key_role roles[SECRETS];
	const char *formats[SECRETS]; /* where the attribute says which */
	size_t count;
	bool names_us; /* one of its names is an account of ours */
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
	while (at < to && at - from < ATTRIBUTE_BYTES && (isalnum((unsigned char)text->data[at]) || one_of(text->data[at], "-;.")))
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

/* {CRYPT}!, {CRYPT}*, {SASL}jdoe@corp.example: no password, or one that stands elsewhere. */
static bool is_locked(struct slice value)
{
	size_t close = slice_find_byte(value, '}');
	struct slice rest = slice_from(value, close + 1);

	if (value.data[0] != '{' || close >= value.len)
		return false;
	return slice_starts_nocase(value, "{SASL}") || slice_starts_nocase(value, "{KERBEROS}") || slice_starts_nocase(value, "{GSSAPI}") ||
	       rest.len < 3 || slice_starts_nocase(rest, "*LK") || slice_starts_nocase(rest, "*NP") || slice_starts_nocase(rest, "!!");
}

static void attribute_read(
	struct text *text, const struct hit *hit, struct slice name, struct slice value, bool holds_hit, struct entry *entry)
{
	const struct engine *engine = scan_engine(text->scan);
	int rank = account_rank(name);

	struct watched watched;

	(void)hit;
	if (rank > 0) {
		if (slice_starts_nocase(value, "smtp:"))
			value = slice_from(value, 5);
		entry->names_us |= watch_account(engine, value, &watched);
		if ((holds_hit && !entry->account_ours) || (!entry->account_ours && rank > entry->account_rank)) {
			entry->account = value;
			entry->account_rank = rank;
			entry->account_ours = holds_hit;
		}
		return;
	}
	enum key_role role = keys_identifier_role(engine->keys, name);
	if ((role == KEY_PASSWORD || role == KEY_HASH) && value.len > 0 && entry->count < SECRETS && !placeholder_is(engine, value) &&
		!is_locked(value)) {
		entry->roles[entry->count] = role;
		entry->formats[entry->count] = slice_equal_nocase(name, SLICE_TEXT("sambaNTPassword"))   ? "ntlm"
					       : slice_equal_nocase(name, SLICE_TEXT("sambaLMPassword")) ? "lm"
													 : NULL;
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

/* The hash of a password that another attribute has in clear. */
static bool told_in_clear(const struct entry *entry, size_t hash)
{
	for (size_t i = 0; i < entry->count; i++)
		if (i != hash && cracked_is_of(entry->secrets[hash], SLICE_NONE, entry->secrets[i]))
			return true;
	return false;
}

/* ou=customers: not everybody in a directory is staff. */
static bool is_of_customers(struct slice name)
{
	static const char *const words[] = {
		"customer", "client", "guest", "kunde", "public", "subscriber", "member", "external", "partner"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_find_nocase(name, words[i]) < name.len)
			return true;
	return false;
}

static void entry_emit(struct text *text, const struct entry *entry, size_t from, struct slice host, bool staff)
{
	for (size_t i = 0; i < entry->count; i++) {
		struct candidate candidate = {
			.kind = entry->roles[i] == KEY_HASH ? CANDIDATE_HASH : CANDIDATE_LOGIN,
			.rule = "lt.ldif.1",
			.account = entry->account,
			.secret = entry->secrets[i],
			.url = host,
			.hash_format = entry->formats[i],
			.of_directory = staff,
			.cookie_http_only = -1,
			.cookie_secure = -1,
			.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH,
			.at = from,
		};

		if (!told_in_clear(entry, i))
			candidate_emit(text, &candidate);
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
	entry_emit(text, &entry, from, SLICE_NONE, false);
	*claimed = (struct span){from, to};
	return true;
}

/* ---- names that no literal finds ----------------------------------------------------------------------- */

/* uid=jdoe,ou=people,DC=corp,DC=example: its domain, where that is ours. */
static bool domain_of(const struct engine *engine, struct slice name, char host[HOST_TEXT_BYTES])
{
	struct watched watched;
	size_t len = 0;

	for (size_t at = 0; at < name.len;) {
		size_t end = at + slice_find_byte(slice_from(name, at), ',');
		struct slice part = slice_trim(slice_until(slice_from(name, at), end - at));

		if (slice_starts_nocase(part, "dc=") && len + part.len < HOST_TEXT_BYTES) {
			if (len > 0)
				host[len++] = '.';
			memcpy(host + len, part.data + 3, part.len - 3);
			len += part.len - 3;
		}
		at = end + 1;
	}
	host[len] = '\0';
	return len > 0 && watch_host(engine, (struct slice){host, len}, &watched);
}

static bool is_host_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Whether the name around a fold is ours. */
static bool fold_cuts(const struct engine *engine, struct slice unfolded, size_t fold)
{
	struct watched watched;
	size_t from = fold, to = fold, least = fold > HOST_TEXT_BYTES ? fold - HOST_TEXT_BYTES : 0;
	size_t most = unfolded.len - fold > HOST_TEXT_BYTES ? fold + HOST_TEXT_BYTES : unfolded.len;

	while (from > least && is_host_byte(unfolded.data[from - 1]))
		from--;
	while (to < most && is_host_byte(unfolded.data[to]))
		to++;
	while (from < to && (unfolded.data[from] == '.' || unfolded.data[from] == '-'))
		from++;
	return from < fold && fold < to && watch_host(engine, (struct slice){unfolded.data + from, to - from}, &watched);
}

/* The entry in one line for each attribute; whether a fold was amid a name of ours. */
static bool entry_unfold(struct text *text, struct slice entry, struct slice *unfolded)
{
	const struct engine *engine = scan_engine(text->scan);
	size_t *folds, count = 0, len = 0;
	char *out;

	for (size_t at = 0; at + 1 < entry.len; at++)
		count += entry.data[at] == '\n' && entry.data[at + 1] == ' ';
	folds = count > 0 ? scan_arena(text->scan, count * sizeof *folds) : NULL;
	out = count > 0 ? scan_arena(text->scan, entry.len) : NULL;
	if (folds == NULL || out == NULL)
		return false;
	count = 0;
	for (size_t at = 0; at < entry.len;) {
		size_t end = at + slice_find_byte(slice_from(entry, at), '\n');
		size_t stop = end > at && entry.data[end - 1] == '\r' ? end - 1 : end;
		bool more = end + 1 < entry.len && entry.data[end + 1] == ' ';

		memcpy(out + len, entry.data + at, stop - at);
		len += stop - at;
		if (more)
			folds[count++] = len;
		else if (end < entry.len)
			out[len++] = '\n';
		at = end + 1 + more;
	}
	*unfolded = (struct slice){out, len};
	for (size_t i = 0; i < count; i++)
		if (fold_cuts(engine, *unfolded, folds[i]))
			return true;
	return false;
}

static void read_unfolded(struct text *text, size_t at, struct slice unfolded)
{
	struct lane *lane;

	if (text->depth >= scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
		return;
	}
	lane = lane_open(text->scan, text->member, VIEW_FOLDED, text->depth + 1);
	lane_mark(lane, text_raw_offset(text, at));
	lane_push(lane, unfolded.data, unfolded.len);
	lane_close(lane);
}

void ldif_entry(struct text *text, size_t at)
{
	const struct engine *engine = scan_engine(text->scan);
	struct hit nowhere = {.at = text->len};
	struct entry entry = {.account = SLICE_NONE};
	char host[HOST_TEXT_BYTES];
	struct slice unfolded;
	struct watched watched;
	size_t next;

	if (at > 0 && text->data[at - 1] != '\n')
		return;
	size_t to = entry_end(text, at);
	struct slice whole = text_slice(text, at, to);

	if (entry_unfold(text, whole, &unfolded)) {
		read_unfolded(text, at, unfolded);
		return;
	}
	bool base64 = at + 3 < to && text->data[at + 3] == ':';
	struct slice name = unfold(text, at + 3 + base64, to, &next);

	name = base64 ? decode(text, name) : name;
	if (!domain_of(engine, name, host))
		return;
	entry_read(text, &nowhere, at, to, &entry);
	if (!entry.names_us && !watch_account(engine, entry.account, &watched))
		entry_emit(text, &entry, at, slice_of(host), !is_of_customers(name));
}
