#include "inspect/records/table.h"

#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/cookie.h"
#include "inspect/records/line_token.h"
#include "inspect/rules/cracked.h"
#include "inspect/rules/hashes.h"
#include "inspect/rules/placeholders.h"

enum { DOMAIN_BYTES = 64 };

/* ---- one row ------------------------------------------------------------------------------------- */

struct reading {
	struct text *text;
	const struct hit *hit;
	const struct row *row;
	const struct columns *columns;
	const char *rule;
	Lt__Confidence confidence;
};

static enum key_role role_of(const struct reading *reading, unsigned i)
{
	return i < reading->columns->count ? (enum key_role)reading->columns->roles[i] : KEY_NONE;
}

static bool holds_hit(const struct reading *reading, unsigned i)
{
	const struct cell *cell = &reading->row->cells[i];

	return cell->from <= reading->hit->at && reading->hit->at < cell->to;
}

static bool is_account(const struct reading *reading, unsigned i)
{
	const struct cell *cell = &reading->row->cells[i];
	enum key_role role = role_of(reading, i);

	if (cell->value.len == 0)
		return false;
	return role == KEY_EMAIL || role == KEY_USER ||
	       (role != KEY_PASSWORD && role != KEY_HASH && role != KEY_HOST && token_is_email(cell->value));
}

static unsigned distance(unsigned a, unsigned b)
{
	return a > b ? a - b : b - a;
}

/* The account that holds our name; else the one nearest to the secret, an address before a name. */
static struct slice account_near(const struct reading *reading, unsigned secret)
{
	unsigned best = 0, best_distance = UINT32_MAX;

	for (unsigned i = 0; i < reading->row->count; i++) {
		if (!is_account(reading, i))
			continue;
		if (holds_hit(reading, i))
			return slice_trim(reading->row->cells[i].value);
		unsigned far = distance(i, secret) * 2 + (i > secret) + (role_of(reading, i) == KEY_NONE ? 8 : 0);
		if (far < best_distance) {
			best = i;
			best_distance = far;
		}
	}
	return best_distance == UINT32_MAX ? SLICE_NONE : slice_trim(reading->row->cells[best].value);
}

static struct slice near_role(const struct reading *reading, unsigned secret, enum key_role role)
{
	struct slice best = SLICE_NONE;
	unsigned best_distance = UINT32_MAX;

	for (unsigned i = 0; i < reading->row->count; i++) {
		if (role_of(reading, i) == role && reading->row->cells[i].value.len > 0 && distance(i, secret) < best_distance) {
			best = slice_trim(reading->row->cells[i].value);
			best_distance = distance(i, secret);
		}
	}
	return best;
}

/* The service of a log-in: its column, else the URL of ours in one that may name a service. */
static struct slice service_near(const struct reading *reading, unsigned secret)
{
	struct slice named = near_role(reading, secret, KEY_HOST);

	for (unsigned i = 0; named.len == 0 && i < reading->row->count && i < reading->columns->count; i++)
		if (reading->columns->place[i] && role_of(reading, i) == KEY_NONE && holds_hit(reading, i) &&
			token_scheme_next(slice_trim(reading->row->cells[i].value), 0) == 0)
			named = slice_trim(reading->row->cells[i].value);
	return named;
}

/* A column "domain" may hold CORP, of CORP\\jdoe, which is no host of a DNS. */
static bool is_windows_domain(struct slice value)
{
	return value.len > 0 && value.len <= DOMAIN_BYTES && slice_find_byte(value, '.') == value.len &&
	       slice_find_byte(value, ':') == value.len && slice_find_byte(value, ' ') == value.len &&
	       slice_find_byte(value, '/') == value.len;
}

static void value_emit(const struct reading *reading, unsigned secret, struct slice value, enum key_role role, struct slice salt)
{
	struct candidate candidate = {
		.kind = role == KEY_HASH ? CANDIDATE_HASH : CANDIDATE_LOGIN,
		.rule = reading->rule,
		.account = account_near(reading, secret),
		.secret = value,
		.url = service_near(reading, secret),
		.salt = salt,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.confidence = reading->confidence,
		.at = reading->row->from,
	};

	if (is_windows_domain(candidate.url)) {
		candidate.logon = candidate.url;
		candidate.url = SLICE_NONE;
	}
	candidate_emit(reading->text, &candidate);
}

static void secret_emit(const struct reading *reading, unsigned secret, struct slice salt)
{
	value_emit(reading, secret, reading->row->cells[secret].value, role_of(reading, secret), salt);
}

/* ---- PHP's serialized values: XenForo's column `data`, a:1:{s:4:"hash";s:60:"$2y$..."} ------------ */

/* The text that begins with s:4:" at `at`, and the place behind its last quote; 0 where none begins. */
static size_t serialized_text(struct slice value, size_t at, struct slice *text)
{
	size_t len = 0;

	if (value.len < at + 6 || memcmp(value.data + at, "s:", 2) != 0)
		return 0;
	for (at += 2; at < value.len && value.data[at] >= '0' && value.data[at] <= '9' && len < value.len; at++)
		len = len * 10 + (size_t)(value.data[at] - '0');
	if (value.len < at + 3 || len > value.len - at - 3 || value.data[at] != ':' || value.data[at + 1] != '"' ||
		value.data[at + 2 + len] != '"')
		return 0;
	*text = (struct slice){value.data + at + 2, len};
	return at + len + 3;
}

static void serialized_emit(const struct reading *reading, unsigned cell)
{
	const struct keys *keys = scan_engine(reading->text->scan)->keys;
	struct slice value = reading->row->cells[cell].value, name, secret;

	for (size_t at = 0; at + 1 < value.len && value.data[0] == 'a';) {
		size_t next = serialized_text(value, at, &name);

		if (next == 0) {
			at++;
			continue;
		}
		at = next;
		enum key_role role = keys_identifier_role(keys, name);
		if ((role != KEY_PASSWORD && role != KEY_HASH) || at >= value.len || value.data[at] != ';' ||
			(next = serialized_text(value, at + 1, &secret)) == 0)
			continue;
		at = next;
		value_emit(reading, cell, secret, role, SLICE_NONE);
	}
}

/* ---- columns known ------------------------------------------------------------------------------- */

static bool is_secret(const struct reading *reading, unsigned i)
{
	struct slice value = reading->row->cells[i].value;
	enum key_role role = role_of(reading, i);
	const struct engine *engine = scan_engine(reading->text->scan);

	if ((role != KEY_PASSWORD && role != KEY_HASH) || value.len == 0 || placeholder_is(engine, value))
		return false;
	/* ORD-2024-0001, 12.50: a number of something, in a column `hash` */
	struct hash_shape shape;
	if (role == KEY_HASH && token_look(value) == LOOK_OTHER && !hash_identify(engine, value, SLICE_NONE, true, &shape))
		return false;
	/* a flag or a count by its value, whatever the column's name */
	return reading->row->cells[i].text || value.len > 1;
}

/* The hash of a password that another column has in clear. */
static bool is_told_in_clear(const struct reading *reading, unsigned hash)
{
	struct slice value = slice_trim(reading->row->cells[hash].value), salt = near_role(reading, hash, KEY_SALT);

	for (unsigned i = 0; i < reading->row->count; i++)
		if (i != hash && is_secret(reading, i) && cracked_is_of(value, salt, reading->row->cells[i].value))
			return true;
	return false;
}

static struct slice first_of(const struct reading *reading, enum key_role role)
{
	return near_role(reading, 0, role);
}

static void cookie_row_emit(const struct reading *reading)
{
	struct slice secure = first_of(reading, KEY_COOKIE_SECURE), http_only = first_of(reading, KEY_COOKIE_HTTP_ONLY);
	struct cookie_fields cookie = {.domain = first_of(reading, KEY_COOKIE_DOMAIN),
		.path = first_of(reading, KEY_COOKIE_PATH),
		.name = first_of(reading, KEY_COOKIE_NAME),
		.value = first_of(reading, KEY_COOKIE_VALUE),
		.expires_ms = cookie_time(first_of(reading, KEY_COOKIE_EXPIRES)),
		.http_only = http_only.len > 0 ? cookie_flag(http_only) : -1,
		.secure = secure.len > 0 ? cookie_flag(secure) : -1,
		.at = reading->row->from};

	/* moz_cookies calls the domain host, with its leading dot; others have a URL there */
	if (cookie.domain.len == 0) {
		struct slice host = first_of(reading, KEY_HOST);
		*(slice_find_nocase(host, "://") < host.len ? &cookie.url : &cookie.domain) = host;
	}
	cookie_emit(reading->text, "lt.cookie.table.1", &cookie);
}

static void known_emit(const struct reading *reading)
{
	if (columns_of_cookies(reading->columns)) {
		cookie_row_emit(reading);
		return;
	}
	for (unsigned i = 0; i < reading->row->count; i++) {
		if (is_secret(reading, i) && !is_told_in_clear(reading, i))
			secret_emit(reading, i, near_role(reading, i, KEY_SALT));
		else if (role_of(reading, i) == KEY_NONE && slice_starts_nocase(reading->row->cells[i].value, "a:"))
			serialized_emit(reading, i);
	}
}

/* ---- columns unknown ----------------------------------------------------------------------------- */

static bool is_hash(const struct reading *reading, unsigned i, struct hash_shape *shape)
{
	return hash_identify(scan_engine(reading->text->scan), reading->row->cells[i].value, SLICE_NONE, false, shape) && !shape->empty;
}

static bool salt_shaped(struct slice value)
{
	enum token_look look = token_look(value);

	return value.len >= 2 && value.len <= 64 && look >= LOOK_WORD && look != LOOK_SENTENCE;
}

static void unknown_emit(struct reading *reading, bool plain)
{
	unsigned account = reading->row->count, best = reading->row->count, best_distance = UINT32_MAX;
	struct hash_shape shape;

	for (unsigned i = 0; i < reading->row->count && account == reading->row->count; i++)
		if (holds_hit(reading, i) && token_is_email(slice_trim(reading->row->cells[i].value)))
			account = i;
	if (account == reading->row->count)
		return;
	for (unsigned i = 0; i < reading->row->count; i++) {
		if (i == account || !is_hash(reading, i, &shape))
			continue;
		/* bare digits may be a token; $2y$... is none */
		unsigned far = distance(i, account) + (shape.ambiguous ? TABLE_COLUMNS : 0);
		if (far < best_distance) {
			best = i;
			best_distance = far;
		}
	}
	if (best < reading->row->count) {
		struct slice next = best + 1 < reading->row->count ? reading->row->cells[best + 1].value : SLICE_NONE;
		bool salt = is_hash(reading, best, &shape) && !shape.salted && best + 1 != account &&
			    reading->row->cells[best + 1 < reading->row->count ? best + 1 : best].text && salt_shaped(next);
		secret_emit(reading, best, salt ? next : SLICE_NONE);
		return;
	}
	for (unsigned i = 0; plain && i < reading->row->count; i++)
		if (i != account && reading->row->cells[i].text && token_look(reading->row->cells[i].value) >= LOOK_FAIR &&
			(best == reading->row->count || distance(i, account) < distance(best, account)))
			best = i;
	reading->confidence = LT__CONFIDENCE__CONFIDENCE_LOW;
	if (best < reading->row->count)
		secret_emit(reading, best, SLICE_NONE);
}

void row_emit(struct text *text, const struct hit *hit, const struct row *row, const struct columns *columns, bool plain, const char *rule)
{
	struct reading reading = {text, hit, row, columns, rule, LT__CONFIDENCE__CONFIDENCE_HIGH};

	if (columns->count > 0)
		known_emit(&reading);
	else
		unknown_emit(&reading, plain);
}

void row_emit_guessed(
	struct text *text, const struct hit *hit, const struct row *row, const struct columns *columns, unsigned guessed, const char *rule)
{
	struct columns as = *columns;
	struct reading reading = {text, hit, row, &as, rule, LT__CONFIDENCE__CONFIDENCE_LOW};

	as.roles[guessed] = KEY_PASSWORD;
	known_emit(&reading);
}
