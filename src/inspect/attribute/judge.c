#include "inspect/attribute/judge.h"

#include <ctype.h>
#include <string.h>

#include "inspect/attribute/show.h"
#include "inspect/records/keys.h"
#include "inspect/records/section.h"
#include "inspect/rules/cracked.h"
#include "inspect/rules/placeholders.h"
#include "inspect/sieve/lane.h"
#include "inspect/watch.h"
#include "limits/limits.h"
#include "shared/mem.h"

/* ---- what it is ------------------------------------------------------------------------------- */

/* A hash and the salt that stood apart from it are one value. */
static struct slice with_salt(struct scan *scan, struct slice hash, struct slice salt)
{
	if (salt.len == 0)
		return hash;
	char *joined = scan_arena(scan, hash.len + 1 + salt.len);

	if (joined == NULL)
		return hash;
	memcpy(joined, hash.data, hash.len);
	joined[hash.len] = ':';
	memcpy(joined + hash.len + 1, salt.data, salt.len);
	return (struct slice){joined, hash.len + 1 + salt.len};
}

/* A password in a list of cracked ones: written in hexadecimal digits, or behind its own hash, where a salt could be. */
static struct slice cracked(struct scan *scan, const struct candidate *candidate)
{
	struct slice secret = candidate->secret;
	size_t colon = slice_find_byte(secret, ':');

	/* {CLEARTEXT}x: a scheme of mail servers and directories that is none */
	if (slice_starts_nocase(secret, "{PLAIN}") || slice_starts_nocase(secret, "{CLEAR}") ||
		slice_starts_nocase(secret, "{CLEARTEXT}") || slice_starts_nocase(secret, "{PLAINTEXT}"))
		return slice_from(secret, slice_find_byte(secret, '}') + 1);
	if (slice_starts_nocase(secret, "$HEX[")) {
		char *out = scan_arena(scan, secret.len);
		size_t len = out != NULL ? cracked_hex(secret, out, secret.len) : 0;

		return len > 0 ? (struct slice){out, len} : SLICE_NONE;
	}
	/* 5f4dcc3b5aa765d61d8327deb882cf99 (password): as sqlmap prints what it cracked */
	size_t open = slice_find_nocase(secret, " (");
	struct hash_shape shape;
	if (open + 3 < secret.len && secret.data[secret.len - 1] == ')' &&
		hash_identify(scan_engine(scan), slice_until(secret, open), SLICE_NONE, true, &shape))
		return (struct slice){secret.data + open + 2, secret.len - open - 3};
	if (candidate->salt.len > 0 && cracked_proves(secret, candidate->salt))
		return candidate->salt;
	if (colon + 1 < secret.len && cracked_proves(slice_until(secret, colon), slice_from(secret, colon + 1)))
		return slice_from(secret, colon + 1);
	return SLICE_NONE;
}

/* Picture services take that of the address in small letters. */
static bool is_digest_of_address(struct scan *scan, struct slice secret, struct slice address)
{
	return cracked_proves(secret, address) || cracked_proves(secret, slice_of(show_folded(scan, address, LIMIT_ACCOUNT_BYTES)));
}

/* Blanks, 0 bytes of a damaged file and their like: nothing that somebody typed. */
static bool is_empty(struct slice secret)
{
	for (size_t i = 0; i < secret.len; i++)
		if ((unsigned char)secret.data[i] > ' ' && secret.data[i] != 0x7f)
			return false;
	return true;
}

static bool is_label(const struct keys *keys, struct slice value, enum key_role role)
{
	return value.len > 0 && !islower((unsigned char)value.data[0]) && keys_block_role(keys, value) == role;
}

/* Username and Password: what a form or its translation writes beside its fields. In small letters they may be a default log-in. */
static bool are_labels(const struct keys *keys, struct slice account, struct slice secret)
{
	return is_label(keys, secret, KEY_PASSWORD) && (is_label(keys, account, KEY_USER) || is_label(keys, account, KEY_EMAIL));
}

static void judge_password(struct text *text, const struct candidate *candidate, struct verdict *verdict)
{
	const struct engine *engine = scan_engine(text->scan);
	bool stated = candidate->kind == CANDIDATE_HASH;
	struct slice plain = cracked(text->scan, candidate);
	struct hash_shape own;

	verdict->kind = LT__FINDING_KIND__KIND_PASSWORD;
	if ((slice_starts_nocase(candidate->secret, "',") || slice_starts_nocase(candidate->secret, "\",")) &&
		(slice_ends_nocase(candidate->secret, ")") || slice_ends_nocase(candidate->secret, ");"))) { /* print('User: ', x); */
		verdict->rejected = "what follows a text in source";
		return;
	}
	if (placeholders_variables(candidate->account, candidate->secret)) {
		verdict->rejected = "variables, for account and secret";
		return;
	}
	if (are_labels(engine->keys, candidate->account, candidate->secret)) {
		verdict->rejected = "labels, for account and secret";
		return;
	}
	if (plain.len > 0) {
		verdict->secret = plain;
		return;
	}
	if (verdict->account_is_email && is_digest_of_address(text->scan, candidate->secret, verdict->account)) {
		verdict->rejected = "the digest of the address itself";
		return;
	}
	/* $2y$.., $P$..: the salt is within, what else stands in a column for salts is none of its */
	bool whole = hash_identify(engine, candidate->secret, SLICE_NONE, stated, &own) && own.salted;
	struct slice salt = whole ? SLICE_NONE : candidate->salt;

	verdict->hashed = hash_identify(engine, candidate->secret, salt, stated, &verdict->hash);
	bool empty = verdict->hashed && verdict->hash.empty;
	if (candidate->hash_format != NULL && hashes_named(engine->hashes, candidate->hash_format, &verdict->hash))
		verdict->hash.empty = empty;
	if (stated || verdict->hashed)
		verdict->kind = LT__FINDING_KIND__KIND_HASH;
	if (verdict->hashed && verdict->hash.empty)
		verdict->rejected = "the hash of an empty password";
	if (verdict->kind == LT__FINDING_KIND__KIND_HASH)
		verdict->secret = with_salt(text->scan, candidate->secret, salt);
	if (stated && !verdict->hashed)
		verdict->confidence = LT__CONFIDENCE__CONFIDENCE_LOW;
}

static void judge_cookie(const struct engine *engine, const struct candidate *candidate, struct verdict *verdict)
{
	verdict->kind = LT__FINDING_KIND__KIND_COOKIE;
	verdict->cookie = cookie_lookup(engine, slice_of(verdict->host), candidate->cookie_name, candidate->secret);
	verdict->has_claims = jwt_read(candidate->secret, &verdict->claims);
	if (verdict->cookie.verdict == COOKIE_NO_SESSION)
		verdict->rejected = "a cookie that opens no session";
	else if (verdict->cookie.verdict == COOKIE_UNKNOWN)
		verdict->rejected = "a cookie nobody knows, without the look of a session";
	if (verdict->cookie.by_look && verdict->confidence > LT__CONFIDENCE__CONFIDENCE_MEDIUM)
		verdict->confidence = LT__CONFIDENCE__CONFIDENCE_MEDIUM;
}

static void judge_kind(struct text *text, const struct candidate *candidate, struct verdict *verdict)
{
	switch (candidate->kind) {
	case CANDIDATE_LOGIN:
	case CANDIDATE_HASH:
		judge_password(text, candidate, verdict);
		break;
	case CANDIDATE_COOKIE:
		judge_cookie(scan_engine(text->scan), candidate, verdict);
		break;
	case CANDIDATE_TOKEN:
		verdict->kind = LT__FINDING_KIND__KIND_TOKEN;
		verdict->has_claims = jwt_read(candidate->secret, &verdict->claims);
		break;
	case CANDIDATE_PRIVATE_KEY:
		verdict->kind = LT__FINDING_KIND__KIND_PRIVATE_KEY;
		break;
	case CANDIDATE_MENTION:
		verdict->kind = LT__FINDING_KIND__KIND_MENTION;
		break;
	case CANDIDATE_LISTING:
		verdict->kind = LT__FINDING_KIND__KIND_LISTING;
		break;
	}
}

/* ---- is it ours ------------------------------------------------------------------------------- */

static bool has_secret(enum candidate_kind kind)
{
	return kind != CANDIDATE_MENTION && kind != CANDIDATE_LISTING;
}

static void ours_by(struct verdict *verdict, Lt__Attribution attribution, const struct watched *watched)
{
	verdict->attribution = attribution;
	verdict->watched = *watched;
}

/* A name of ours stands near: what tokens, keys, mentions and listings go by. */
static bool ours_by_near(const struct engine *engine, const struct candidate *candidate, struct verdict *verdict)
{
	const struct hit *near = candidate->near;

	if (near == NULL || near->kind == NAME_SERVICE || near->kind == NAME_RULE)
		return false;
	/* a log-in that says whose it is, or for what, is a stranger's, whoever is named beside it */
	if ((candidate->kind == CANDIDATE_LOGIN || candidate->kind == CANDIDATE_HASH || candidate->kind == CANDIDATE_COOKIE) &&
		(verdict->host[0] != '\0' || verdict->account_is_email))
		return false;
	struct watched watched = {.kind = near->kind, .name = near->name, .item = watch_item(engine, near->kind, near->name)};

	ours_by(verdict,
		near->kind == NAME_KEYWORD || !has_secret(candidate->kind) ? LT__ATTRIBUTION__ATTR_KEYWORD : LT__ATTRIBUTION__ATTR_HOST,
		&watched);
	return true;
}

/* In the second pass over a machine of ours: log-ins and cookies for services we use, and its tokens and keys. */
static bool ours_by_machine(const struct text *text, const struct candidate *candidate, struct verdict *verdict)
{
	const struct scan *scan = text->scan;
	const struct section *section = lane_section(text, candidate->at);
	struct watched service = {.kind = NAME_SERVICE, .item = ""};

	/* Where a text holds several machines, each is judged for itself. */
	if (section != NULL ? !section->ours || !lane_passing(text) : !scan_is_bundle(scan))
		return false;
	if (candidate->kind != CANDIDATE_TOKEN && candidate->kind != CANDIDATE_PRIVATE_KEY &&
		!(verdict->host[0] != '\0' && watch_service(scan_engine(scan), slice_of(verdict->host), &service)))
		return false;
	ours_by(verdict, LT__ATTRIBUTION__ATTR_MACHINE, &service);
	return true;
}

static bool is_ours(const struct text *text, const struct candidate *candidate, struct verdict *verdict)
{
	const struct engine *engine = scan_engine(text->scan);
	struct watched watched;

	verdict->host_ours = verdict->host[0] != '\0' && watch_host(engine, slice_of(verdict->host), &verdict->watched_host);
	verdict->account_ours = watch_account(engine, verdict->account, &watched);
	if (verdict->account_ours)
		ours_by(verdict, LT__ATTRIBUTION__ATTR_ACCOUNT, &watched);
	else if (verdict->host_ours)
		ours_by(verdict, LT__ATTRIBUTION__ATTR_HOST, &verdict->watched_host);
	else
		return ours_by_machine(text, candidate, verdict) || ours_by_near(engine, candidate, verdict);
	return true;
}

static Lt__Audience audience_of(const struct verdict *verdict, bool of_directory)
{
	if (verdict->account_ours || verdict->attribution == LT__ATTRIBUTION__ATTR_MACHINE)
		return LT__AUDIENCE__AUDIENCE_STAFF;
	if (!verdict->host_ours)
		return LT__AUDIENCE__AUDIENCE_UNKNOWN;
	if (verdict->watched_host.staff || of_directory)
		return LT__AUDIENCE__AUDIENCE_STAFF;
	return verdict->watched_host.public_host ? LT__AUDIENCE__AUDIENCE_CUSTOMER : LT__AUDIENCE__AUDIENCE_UNKNOWN;
}

/* ---- does it look made up --------------------------------------------------------------------- */

/*
 * Rows URL:login:password are made from plain combos by putting the address's own domain in front. Such a
 * row knows nothing but the address: the URL is its domain, bare or as www, without a path, and no machine
 * or staff host vouches for it.
 */
static bool looks_fabricated(const struct text *text, const struct candidate *candidate, const struct verdict *verdict)
{
	char domain[HOST_TEXT_BYTES];
	const char *host = verdict->host;
	struct slice account = verdict->account;

	if (candidate->kind != CANDIDATE_LOGIN || host[0] == '\0' || !verdict->account_is_email || text->member->machine_dir != NULL ||
		text->member->class == MEMBER_PASSWORDS || (verdict->host_ours && verdict->watched_host.staff))
		return false;
	if (!host_canonical(slice_from(account, slice_find_byte(account, '@') + 1), domain))
		return false;
	if (strncmp(host, "www.", 4) == 0)
		host += 4;
	if (strcmp(host, domain) != 0)
		return false;
	size_t scheme = slice_find_nocase(candidate->url, "://");
	struct slice rest = scheme < candidate->url.len ? slice_from(candidate->url, scheme + 3) : candidate->url;
	size_t slash = slice_find_byte(rest, '/');

	return slash + 1 >= rest.len;
}

/* ---- all together ----------------------------------------------------------------------------- */

/* DOMAIN\user where the domain stood apart and is none of a DNS. */
static struct slice with_logon(struct scan *scan, struct slice account, struct slice logon)
{
	if (logon.len == 0 || logon.len + 1 + account.len > LIMIT_ACCOUNT_BYTES || slice_find_byte(logon, '.') < logon.len ||
		slice_find_byte(account, '@') < account.len || slice_find_byte(account, '\\') < account.len)
		return account;
	char *joined = scan_arena(scan, logon.len + 1 + account.len);

	if (joined == NULL)
		return account;
	memcpy(joined, logon.data, logon.len);
	joined[logon.len] = '\\';
	memcpy(joined + logon.len + 1, account.data, account.len);
	return (struct slice){joined, logon.len + 1 + account.len};
}

/* Without the characters nobody sees that stand in it. */
static struct slice without_invisible(struct scan *scan, struct slice account)
{
	static const char *const signs[] = {
		"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xc2\xad"};
	char *out = NULL;
	size_t len = 0;

	for (size_t at = 0; at < account.len;) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof signs / sizeof signs[0] && (unsigned char)account.data[at] >= 0xc2; i++)
			if (slice_starts_nocase(slice_from(account, at), signs[i]))
				skip = strlen(signs[i]);
		if (skip > 0 && out == NULL) {
			out = scan_arena(scan, account.len);
			if (out == NULL)
				return account;
			memcpy(out, account.data, at);
			len = at;
		}
		if (skip == 0 && out != NULL)
			out[len++] = account.data[at];
		at += skip > 0 ? skip : 1;
	}
	return out != NULL ? (struct slice){out, len} : account;
}

static struct slice account_of(const struct text *text, const struct candidate *candidate)
{
	struct slice account = slice_trim(without_invisible(text->scan, candidate->account));

	if (account.len == 0 || account.len > LIMIT_ACCOUNT_BYTES || placeholder_is(scan_engine(text->scan), account))
		return SLICE_NONE;
	if (account.data[account.len - 1] == '.' && is_email(slice_until(account, account.len - 1))) /* the dot of the root */
		account.len--;
	return with_logon(text->scan, account, slice_trim(candidate->logon));
}

static void service_of(const struct candidate *candidate, struct verdict *verdict)
{
	struct slice domain = candidate->cookie_domain;

	verdict->host[0] = '\0';
	if (candidate->kind != CANDIDATE_COOKIE || domain.len == 0) {
		if (!host_of(candidate->url, verdict->host))
			verdict->host[0] = '\0';
		return;
	}
	while (domain.len > 0 && domain.data[0] == '.')
		domain = slice_from(domain, 1);
	if (!host_canonical(domain, verdict->host))
		verdict->host[0] = '\0';
}

void judge(struct text *text, const struct candidate *candidate, struct verdict *verdict)
{
	const struct engine *engine = scan_engine(text->scan);

	memset(verdict, 0, sizeof *verdict);
	verdict->confidence = candidate->confidence != 0 ? candidate->confidence : LT__CONFIDENCE__CONFIDENCE_MEDIUM;
	verdict->account = account_of(text, candidate);
	verdict->account_is_email = is_email(verdict->account);
	verdict->secret = candidate->secret;
	service_of(candidate, verdict);
	if (has_secret(candidate->kind)) {
		if (is_empty(candidate->secret))
			verdict->rejected = "an empty secret";
		else if (candidate->secret.len > LIMIT_SECRET_BYTES)
			verdict->rejected = "longer than any secret";
		else if (placeholder_is(engine, candidate->secret) ||
			 placeholders_twice(engine->placeholders, verdict->account, candidate->secret))
			verdict->rejected = "a placeholder or a mask";
	}
	if (verdict->rejected != NULL)
		return;
	judge_kind(text, candidate, verdict);
	if (verdict->account.data == NULL && verdict->has_claims && verdict->claims.account[0] != '\0') {
		verdict->account = slice_of(verdict->claims.account);
		verdict->account_is_email = is_email(verdict->account);
	}
	if (verdict->rejected == NULL && !is_ours(text, candidate, verdict))
		verdict->rejected = "not ours";
	if (verdict->rejected != NULL)
		return;
	verdict->audience = audience_of(verdict, candidate->of_directory);
	verdict->canary = watch_ignored(engine, verdict->account);
	verdict->fabricated = looks_fabricated(text, candidate, verdict);
	if (verdict->fabricated || (candidate->kind == CANDIDATE_LOGIN && verdict->account.data == NULL))
		verdict->confidence = LT__CONFIDENCE__CONFIDENCE_LOW;
}
