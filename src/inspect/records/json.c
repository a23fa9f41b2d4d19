/*
 * JSON: exports of databases, cookies, password managers and browsers' traffic. An object that holds a secret
 * and whose it is, is a record; what it lacks it takes from its nearest children, then from the objects around.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/json_text.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "inspect/sieve/lane.h"
#include "inspect/views/stage.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	SECRETS_MAX = 4, /* of one object: password, old password, ... */
	PENDING_MAX = 8, /* whole log-ins whose host an outer object may name */
	WALK_DEPTH = 48,
	NUMBER_TEXT = 32,
	LOOSE_MAX = 256,
	INNER_MAX = 64,
	LOOSE_MIN = 8, /* bytes of a record */
};

/* What is known of a log-in so far. Slices point into the parsed document or the arena. */
struct login {
	struct slice user, email, host, salt;
	struct slice secrets[SECRETS_MAX];
	bool hashed[SECRETS_MAX];
	size_t secrets_count;
};

struct walk {
	struct text *text;
	const struct engine *engine;
	struct span span;              /* of the document in the text */
	unsigned depth, nested;        /* nested: documents within strings */
	struct slice loose[LOOSE_MAX]; /* strings that may hold records of other kinds */
	size_t loose_count;
	json_t *inner[INNER_MAX]; /* documents that stood in strings; live until the walk ends */
	size_t inner_count;
};

static struct login walk_value(struct walk *walk, json_t *value, struct slice host, struct slice account);

/* ---- values ----------------------------------------------------------------------------------- */

static struct slice string_of(const json_t *value)
{
	return json_is_string(value) ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE_NONE;
}

/* A string, or a number as it is written: passwords of digits are legal. */
static struct slice scalar_of(struct walk *walk, const json_t *value)
{
	char *copy;
	int len;

	if (!json_is_integer(value))
		return string_of(value);
	copy = scan_arena(walk->text->scan, NUMBER_TEXT);
	if (copy == NULL)
		return SLICE_NONE;
	len = snprintf(copy, NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return (struct slice){copy, (size_t)len};
}

/* {"$numberLong": "12"} and its like stand for their one value. */
static const json_t *unwrapped(const json_t *value)
{
	const char *key;
	json_t *inner;
	void *member = json_is_object(value) && json_object_size(value) == 1 ? json_object_iter((json_t *)(uintptr_t)value) : NULL;

	if (member == NULL)
		return value;
	key = json_object_iter_key(member);
	inner = json_object_iter_value(member);
	/* how DynamoDB, Firestore and Avro say what type a value is of */
	bool type = strcmp(key, "S") == 0 || strcmp(key, "N") == 0 || strcmp(key, "stringValue") == 0 || strcmp(key, "integerValue") == 0 ||
		    strcmp(key, "string") == 0;
	return (key[0] == '$' || type) && !json_is_object(inner) && !json_is_array(inner) ? inner : value;
}

static bool looks_like_host(struct slice key)
{
	size_t dots = 0;

	if (key.len < 4 || key.len > LIMIT_URL_BYTES || slice_find_byte(key, ' ') < key.len || slice_find_byte(key, '@') < key.len)
		return false;
	if (slice_find_nocase(key, "://") < key.len)
		return true;
	for (size_t i = 0; i < key.len; i++)
		dots += key.data[i] == '.';
	return dots > 0 && key.data[0] != '$';
}

/* Where a value stands in the text, as far as it stands there unescaped. */
static size_t place_of(const struct walk *walk, struct slice value)
{
	struct slice whole = {walk->text->data + walk->span.from, walk->span.to - walk->span.from};
	const char *found = value.len > 0 && whole.len > 0 ? memmem(whole.data, whole.len, value.data, value.len) : NULL;

	return found != NULL ? (size_t)(found - walk->text->data) : walk->span.from;
}

/* ---- out -------------------------------------------------------------------------------------- */

static struct slice account_of(const struct walk *walk, const struct login *login)
{
	struct watched watched;

	if (login->user.len == 0 || (login->email.len > 0 && watch_account(walk->engine, login->email, &watched)))
		return login->email;
	return login->user;
}

static bool is_whole(const struct login *login)
{
	return login->secrets_count > 0 && (login->user.len > 0 || login->email.len > 0);
}

static void emit_login(struct walk *walk, const struct login *login, struct slice host)
{
	struct candidate candidate = {.rule = "lt.json.1",
		.account = account_of(walk, login),
		.url = login->host.len > 0 ? login->host : host,
		.salt = login->salt};

	if (candidate.account.len == 0 && candidate.url.len == 0)
		return;
	candidate.at = place_of(walk, candidate.account.len > 0 ? candidate.account : candidate.url);
	for (size_t i = 0; i < login->secrets_count; i++) {
		candidate.kind = login->hashed[i] ? CANDIDATE_HASH : CANDIDATE_LOGIN;
		candidate.secret = login->secrets[i];
		candidate_emit(walk->text, &candidate);
	}
}

/* ---- cookies ---------------------------------------------------------------------------------- */

/* "https://.corp.example/" of some exports gives ".corp.example". */
static struct slice bare_domain(struct slice domain)
{
	size_t scheme = slice_find_nocase(domain, "://");

	if (scheme == domain.len)
		return domain;
	domain = slice_from(domain, scheme + 3);
	return slice_until(domain, slice_find_byte(domain, '/'));
}

static int truth_of(const json_t *value)
{
	struct slice text = string_of(value);

	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	if (slice_starts_nocase(text, "true") || slice_equal(text, SLICE_TEXT("1")))
		return 1;
	return text.len > 0 ? 0 : -1;
}

static int64_t expiry_of(struct walk *walk, const json_t *value)
{
	char number[NUMBER_TEXT];
	int len;

	value = unwrapped(value);
	if (!json_is_real(value))
		return cookie_time(scalar_of(walk, value));
	len = snprintf(number, sizeof(number), "%.3f", json_real_value(value));
	return len > 0 && (size_t)len < sizeof(number) ? cookie_time((struct slice){number, (size_t)len}) : 0;
}

static void cookie_member(struct walk *walk, struct cookie_fields *cookie, enum key_role role, const json_t *value, unsigned *roles)
{
	*roles |= 1u << role;
	switch (role) {
	case KEY_COOKIE_NAME:
		cookie->name = string_of(value);
		break;
	case KEY_COOKIE_VALUE:
		cookie->value = scalar_of(walk, value);
		break;
	case KEY_COOKIE_DOMAIN:
	case KEY_HOST:
		if (cookie->domain.len == 0 || role == KEY_COOKIE_DOMAIN)
			cookie->domain = bare_domain(string_of(value));
		break;
	case KEY_COOKIE_PATH:
		cookie->path = string_of(value);
		break;
	case KEY_COOKIE_EXPIRES:
		cookie->expires_ms = expiry_of(walk, value);
		break;
	case KEY_COOKIE_HTTP_ONLY:
		cookie->http_only = truth_of(value);
		break;
	case KEY_COOKIE_SECURE:
		cookie->secure = truth_of(value);
		break;
	default:
		break;
	}
}

/* An object with a name, a value and what only cookies have. in_cookies: its list says that it is one. */
static bool take_cookie(struct walk *walk, json_t *object, struct slice host, bool in_cookies)
{
	struct cookie_fields cookie = {.http_only = -1, .secure = -1};
	unsigned roles = 0, wanted = 1u << KEY_COOKIE_NAME | 1u << KEY_COOKIE_VALUE,
		 own = 1u << KEY_COOKIE_DOMAIN | 1u << KEY_HOST | 1u << KEY_COOKIE_PATH | 1u << KEY_COOKIE_EXPIRES |
		       1u << KEY_COOKIE_HTTP_ONLY | 1u << KEY_COOKIE_SECURE;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, slice_of(key));

		if (role == KEY_PASSWORD || role == KEY_HASH)
			return false;
		cookie_member(walk, &cookie, role, value, &roles);
	}
	if ((roles & wanted) != wanted || (!in_cookies && (roles & own) == 0) || cookie.name.len == 0)
		return false;
	if (cookie.domain.len == 0)
		cookie.domain = bare_domain(host);
	cookie.at = place_of(walk, cookie.value);
	cookie_emit(walk->text, "lt.cookie.json.1", &cookie);
	return true;
}

static void take_cookies(struct walk *walk, json_t *value, struct slice host);

/* {"cookies": {"corp.example": ...}}: what a host's name says of the cookies below it. */
static void take_grouped(struct walk *walk, json_t *value, struct slice host)
{
	walk->depth++;
	take_cookies(walk, value, host);
	walk->depth--;
}

/* Cookies as an object of names and values, or as one header. */
static void take_cookies(struct walk *walk, json_t *value, struct slice host)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(value)) {
		header_emit(walk->text, SLICE_TEXT("Cookie"), string_of(value), host, place_of(walk, string_of(value)));
		return;
	}
	json_array_foreach(value, i, member)
	{
		if (json_is_object(member))
			take_cookie(walk, member, host, true);
		else if (json_is_string(member))
			header_emit(walk->text, SLICE_TEXT("Set-Cookie"), string_of(member), host, place_of(walk, string_of(member)));
	}
	json_object_foreach(value, name, member)
	{
		struct cookie_fields cookie = {.name = slice_of(name), .domain = bare_domain(host), .http_only = -1, .secure = -1};

		cookie.value = scalar_of(walk, member);
		cookie.at = place_of(walk, cookie.value);
		if (cookie.value.len > 0)
			cookie_emit(walk->text, "lt.cookie.json.1", &cookie);
		else if (looks_like_host(slice_of(name)) && walk->depth < WALK_DEPTH)
			take_grouped(walk, member, slice_of(name));
		else if (json_is_object(member) || json_is_array(member))
			walk_value(walk, member, host, SLICE_NONE);
	}
}

/* ---- log-ins ---------------------------------------------------------------------------------- */

static void add_secret(struct login *login, struct slice secret, bool hashed)
{
	if (secret.len == 0 || login->secrets_count == SECRETS_MAX)
		return;
	login->hashed[login->secrets_count] = hashed;
	login->secrets[login->secrets_count++] = secret;
}

/* A password in clear makes its hash beside it worth nothing more. */
static void drop_hashes(struct login *login)
{
	size_t kept = 0;
	bool clear = false;

	for (size_t i = 0; i < login->secrets_count; i++)
		clear = clear || !login->hashed[i];
	for (size_t i = 0; clear && i < login->secrets_count; i++)
		if (!login->hashed[i]) {
			login->secrets[kept] = login->secrets[i];
			login->hashed[kept++] = false;
		}
	if (clear)
		login->secrets_count = kept;
}

/* Of several addresses the first that is ours, else the first. */
static struct slice pick_account(const struct walk *walk, const json_t *value)
{
	struct slice first = string_of(value);
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)value, i, item)
	{
		struct watched watched;
		struct slice text = string_of(item);

		if (text.len > 0 && watch_account(walk->engine, text, &watched))
			return text;
		if (first.len == 0)
			first = text;
	}
	return first;
}

/* Adds what a member of the role says; false when its value has to be walked into. */
static bool login_member(struct walk *walk, struct login *login, enum key_role role, const json_t *value)
{
	struct slice *slot = role == KEY_USER ? &login->user : role == KEY_EMAIL ? &login->email : role == KEY_HOST ? &login->host : NULL;
	const json_t *item;
	size_t i;

	value = unwrapped(value);
	if (json_is_object(value))
		return false;
	switch (role) {
	case KEY_USER:
	case KEY_EMAIL:
	case KEY_HOST:
		if (slot == NULL)
			return false;
		if (slot->len == 0)
			*slot = json_is_array(value) ? pick_account(walk, value) : scalar_of(walk, value);
		return slot->len > 0 || !json_is_array(value);
	case KEY_SALT:
		if (login->salt.len == 0)
			login->salt = scalar_of(walk, value);
		return true;
	case KEY_PASSWORD:
	case KEY_HASH:
		json_array_foreach((json_t *)(uintptr_t)value, i, item)
		{
			if (json_is_object(item))
				return false;
			add_secret(login, scalar_of(walk, item), role == KEY_HASH);
		}
		add_secret(login, scalar_of(walk, value), role == KEY_HASH);
		return true;
	default:
		return false;
	}
}

/* Fills what is missing: own values stand nearer. */
static void login_merge(struct login *to, const struct login *from)
{
	if (to->user.len == 0 && to->email.len == 0) {
		to->user = from->user;
		to->email = from->email;
	} else if (to->email.len == 0 && from->secrets_count == 0) {
		to->email = from->email;
	}
	if (to->host.len == 0)
		to->host = from->host;
	if (to->salt.len == 0)
		to->salt = from->salt;
	if (to->secrets_count == 0) {
		memcpy(to->secrets, from->secrets, sizeof(to->secrets));
		memcpy(to->hashed, from->hashed, sizeof(to->hashed));
		to->secrets_count = from->secrets_count;
	}
}

/* The host a child names for its siblings: {"request": {"url": ...}, "response": ...}. */
static struct slice host_below(const struct walk *walk, json_t *object)
{
	static const char *const names[] = {
		"request", "overview", "meta", "site", "service", "target", "url", "uri", "endpoint", "page", "origin"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *key;
		json_t *value, *child = json_object_get(object, names[i]);

		if (json_is_string(child) && slice_find_nocase(string_of(child), "://") < string_of(child).len)
			return string_of(child);
		if (json_is_string(json_object_get(child, "raw")) || json_is_string(json_object_get(child, "href")))
			return string_of(json_object_get(child, json_object_get(child, "raw") != NULL ? "raw" : "href"));
		json_object_foreach(child, key, value)
		{
			if (json_is_string(value) && keys_identifier_role(walk->engine->keys, slice_of(key)) == KEY_HOST)
				return string_of(value);
		}
	}
	return SLICE_NONE;
}

/* {"name": "password", "value": "x"}: the role stands in a value. */
static bool take_named_pair(struct walk *walk, json_t *object, struct login *login, struct slice host)
{
	static const char *const name_keys[] = {"name", "key", "field", "designation", "id", "type", "label", "k"}, *const value_keys[] = {
															    "value", "val",
															    "v", "content",
															    "text"};
	json_t *value = NULL;

	for (size_t i = 0; i < sizeof(value_keys) / sizeof(value_keys[0]) && value == NULL; i++)
		value = json_object_get(object, value_keys[i]);
	if (value == NULL || json_is_object(value) || json_is_array(value))
		return false;
	for (size_t i = 0; i < sizeof(name_keys) / sizeof(name_keys[0]); i++) {
		struct slice name = string_of(json_object_get(object, name_keys[i]));
		enum key_role role = keys_identifier_role(walk->engine->keys, name);

		if (name.len == 0)
			continue;
		if (role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HASH || role == KEY_SALT ||
			(role == KEY_HOST && looks_like_host(string_of(value))))
			return login_member(walk, login, role, value);
		if (role == KEY_TOKEN && !header_carries(name))
			name = SLICE_TEXT("x-access-token");
		if (header_emit(walk->text, name, string_of(value), host, place_of(walk, string_of(value))))
			return true;
	}
	return false;
}

/* {"password": {"value": "x"}}: what a key says of the object it holds. */
static void read_wrapped(struct walk *walk, enum key_role role, json_t *object, struct login *own)
{
	static const char *const secret_names[] = {"value", "plain", "plaintext", "cleartext", "raw", "current"}, *const account_names[] = {
															  "value",
															  "address",
															  "name"};
	bool secret = role == KEY_PASSWORD || role == KEY_HASH || role == KEY_SALT, account = role == KEY_USER || role == KEY_EMAIL;
	const char *const *names = secret ? secret_names : account_names;
	size_t count = secret ? sizeof(secret_names) / sizeof(names[0]) : sizeof(account_names) / sizeof(names[0]);

	for (size_t i = 0; (secret || account) && i < count; i++)
		if (json_object_get(object, names[i]) != NULL)
			login_member(walk, own, role, json_object_get(object, names[i]));
}

/* Among headers as a list of names and values, the one that names the host. */
static struct slice host_in_list(json_t *list)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		struct slice name = string_of(json_object_get(item, "name"));

		if (name.len == 0)
			name = string_of(json_object_get(item, "key"));
		if (slice_equal_nocase(name, SLICE_TEXT("host")) || slice_equal_nocase(name, SLICE_TEXT(":authority")))
			return string_of(json_object_get(item, "value"));
	}
	return SLICE_NONE;
}

/* The text of a piece of a message: a string, or {"type": "link", "text": "x"}. */
static struct slice piece_of(const json_t *item, bool *typed)
{
	struct slice text = string_of(json_object_get(item, "text"));

	if (json_is_string(item))
		return string_of(item);
	if (text.data == NULL || !json_is_string(json_object_get(item, "type")))
		return SLICE_NONE;
	*typed = true;
	return text;
}

/* A message that a chat export took apart where links and marks stand in it: read as the text it was. */
static bool take_pieces(struct walk *walk, json_t *list)
{
	size_t len = 0, i;
	bool typed = false;
	json_t *item;
	char *joined;

	json_array_foreach(list, i, item)
	{
		struct slice piece = piece_of(item, &typed);

		if (piece.data == NULL)
			return false;
		len += piece.len;
	}
	if (!typed || len < LOOSE_MIN || walk->loose_count == LOOSE_MAX || (joined = scan_arena(walk->text->scan, len)) == NULL)
		return false;
	walk->loose[walk->loose_count++] = (struct slice){joined, len};
	json_array_foreach(list, i, item)
	{
		struct slice piece = piece_of(item, &typed);

		memcpy(joined, piece.data, piece.len);
		joined += piece.len;
	}
	return true;
}

/* What the items lack of each other is not made up; only a lone item, or a list of addresses, tells of its owner. */
static void take_list(struct walk *walk, json_t *list, enum key_role role, struct login *login, struct slice host)
{
	bool tells = json_array_size(list) == 1 || role != KEY_NONE;
	struct login pairs = {0};
	json_t *item;
	size_t i;

	if (host_in_list(list).len > 0)
		host = host_in_list(list);
	if (take_pieces(walk, list))
		return;
	json_array_foreach(list, i, item)
	{
		struct login child;

		if (json_is_object(item) && (role == KEY_EMAIL || role == KEY_USER) && json_object_get(item, "address") != NULL) {
			read_wrapped(walk, role, item, login);
			continue;
		}
		if (json_is_object(item) && (take_cookie(walk, item, host, false) || take_named_pair(walk, item, &pairs, host)))
			continue;
		child = walk_value(walk, item, host, SLICE_NONE);
		if (is_whole(&child))
			emit_login(walk, &child, host);
		else if (tells)
			login_merge(login, &child);
	}
	login_merge(login, &pairs);
}

/* ---- tables ----------------------------------------------------------------------------------- */

/* A column's name: a string, or {"name": "email"}. */
static struct slice column_name(json_t *column)
{
	return json_is_object(column) ? string_of(json_object_get(column, "name")) : string_of(column);
}

static bool names_a_login(const struct walk *walk, json_t *header)
{
	unsigned roles = 0;
	json_t *column;
	size_t i;

	json_array_foreach(header, i, column)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, column_name(column));

		roles |= 1u << role;
	}
	return (roles & (1u << KEY_USER | 1u << KEY_EMAIL)) != 0 && (roles & (1u << KEY_PASSWORD | 1u << KEY_HASH)) != 0;
}

/* The list of the columns' names: beside the rows, or the first of them; NULL when there is none. */
static json_t *header_of(const struct walk *walk, json_t *object, json_t *rows)
{
	static const char *const names[] = {"columns", "fields", "header", "headers", "cols", "column_names", "schema"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *header = json_object_get(object, names[i]);

		if (json_is_array(header) && header != rows && names_a_login(walk, header))
			return header;
	}
	return names_a_login(walk, json_array_get(rows, 0)) ? json_array_get(rows, 0) : NULL;
}

/* {"columns": ["email", "password"], "rows": [["jdoe@...", "x"]]}; false when the list is no table of log-ins. */
static bool take_table(struct walk *walk, json_t *object, json_t *rows, struct slice host)
{
	json_t *header = json_is_array(json_array_get(rows, 0)) ? header_of(walk, object, rows) : NULL, *row, *cell;
	size_t i, column;

	if (header == NULL)
		return false;
	json_array_foreach(rows, i, row)
	{
		struct login login = {0};

		if (row == header || json_array_size(row) != json_array_size(header))
			continue;
		json_array_foreach(row, column, cell)
		{
			struct slice name = column_name(json_array_get(header, column));

			login_member(walk, &login, keys_identifier_role(walk->engine->keys, name), cell);
		}
		drop_hashes(&login);
		if (is_whole(&login))
			emit_login(walk, &login, host);
	}
	return true;
}

/* {"registry.corp.example": {"auth": "base64 of user:password"}}, as clients of registries keep it. */
static bool take_basic(struct walk *walk, struct slice name, struct slice text, struct login *own)
{
	if (!slice_equal_nocase(name, SLICE_TEXT("auth")) && !slice_equal_nocase(name, SLICE_TEXT("_auth")))
		return false;
	struct slice plain = base64_decoded(walk->text->scan, text);
	size_t colon = slice_find_byte(plain, ':');

	if (colon == 0 || colon + 1 >= plain.len)
		return false;
	if (own->user.len == 0)
		own->user = slice_until(plain, colon);
	if (own->secrets_count == 0)
		add_secret(own, slice_from(plain, colon + 1), false);
	return true;
}

/* ---- objects ---------------------------------------------------------------------------------- */

/* The document that begins at from, NULL when it is none or too long. */
static json_t *load_at(struct slice whole, size_t from, struct span *span)
{
	struct buf repaired;
	json_t *document = NULL;
	size_t used = 0;
	bool truncated;

	buf_init(&repaired, 2 * LIMIT_JSON_OBJECT_BYTES);
	if (json_repair(slice_from(whole, from), &repaired, &used, &truncated) && repaired.len > 0)
		document = json_loadb((const char *)repaired.data, repaired.len, JSON_ALLOW_NUL, NULL);
	buf_free(&repaired);
	*span = (struct span){from, from + used};
	return document;
}

/* Whether a string has the signs that part an account from its secret. */
static bool may_hold_record(struct slice value)
{
	for (size_t i = 1; i < value.len; i++)
		if (strchr(":|;\t\n", value.data[i]) != NULL && value.data[i] != 0 &&
			!(value.data[i] == ':' && i + 2 < value.len && value.data[i + 1] == '/'))
			return true;
	return false;
}

/* A string that carries more than itself: a document, a URL with userinfo, a form. */
static void take_string(struct walk *walk, struct slice value, struct slice host)
{
	struct slice trimmed = slice_trim(value);
	struct span span;
	json_t *inner;

	if (trimmed.len >= LOOSE_MIN && may_hold_record(trimmed) && trimmed.data[0] != '{' && trimmed.data[0] != '[' &&
		walk->loose_count < LOOSE_MAX)
		walk->loose[walk->loose_count++] = trimmed;
	if (slice_find_nocase(value, "://") < value.len)
		userinfo_emit(walk->text, url_around(value, slice_find_nocase(value, "://")), place_of(walk, value));
	if (trimmed.len > 8 && slice_find_byte(trimmed, '&') < trimmed.len && slice_find_byte(trimmed, ' ') == trimmed.len)
		form_emit(walk->text, trimmed, host, place_of(walk, value));
	if (trimmed.len < 8 || (trimmed.data[0] != '{' && trimmed.data[0] != '[') || walk->nested > 0 || walk->inner_count == INNER_MAX)
		return;
	inner = load_at(trimmed, 0, &span);
	if (inner == NULL)
		return;
	walk->inner[walk->inner_count++] = inner;
	walk->nested++;
	struct login login = walk_value(walk, inner, host, SLICE_NONE);

	if (is_whole(&login))
		emit_login(walk, &login, host);
	walk->nested--;
}

static bool hash_belongs_to_password(const struct walk *walk, json_t *object, const char *key)
{
	const char *sibling;
	json_t *value;

	if (strcasecmp(key, "hash") != 0)
		return true;
	json_object_foreach(object, sibling, value)
	{
		if (keys_hash_is_other(walk->engine->keys, slice_of(sibling)))
			return false;
	}
	return true;
}

static bool is_email_text(struct slice text)
{
	return text.len > 5 && text.len <= LIMIT_ACCOUNT_BYTES && is_email(text);
}

/* Whether the members are the headers of a message: there "Server" names a program. */
static bool are_headers(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (json_is_string(value) && header_carries(slice_of(key)))
			return true;
	}
	return false;
}

static void read_members(struct walk *walk, json_t *object, struct login *own)
{
	bool headers = are_headers(object);
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, slice_of(key));

		if (headers && strcasecmp(key, "server") == 0)
			continue;
		if (role == KEY_HASH && !hash_belongs_to_password(walk, object, key))
			continue;
		login_member(walk, own, role, value);
	}
}

struct children {
	struct login pending[PENDING_MAX];
	size_t count;
};

static void take_child(struct walk *walk, struct login *own, struct children *children, const struct login *child)
{
	if (child->secrets_count > 0 && child->host.len > 0 && !is_whole(child))
		emit_login(walk, child, child->host); /* a service's own secret: no account beside it is its */
	else if (!is_whole(child))
		login_merge(own, child);
	else if (children->count < PENDING_MAX)
		children->pending[children->count++] = *child;
	else
		emit_login(walk, child, own->host);
}

/* "http.cookie" of traffic is a header, too. */
static struct slice carrier(struct slice name, enum key_role role)
{
	return role == KEY_COOKIES && !header_carries(name) ? SLICE_TEXT("cookie") : name;
}

static void walk_members(struct walk *walk, json_t *object, struct login *own, struct children *children, struct slice host)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		struct slice name = slice_of(key), text = string_of(value), near = looks_like_host(name) ? name : host;
		enum key_role role = keys_identifier_role(walk->engine->keys, name);

		if (json_is_string(value)) {
			struct login pair = {.email = name};

			if (role == KEY_NONE && is_email_text(name) && !is_email_text(text)) {
				add_secret(&pair, text, false);
				emit_login(walk, &pair, host);
			} else if (!take_basic(walk, name, text, own) &&
				   !header_emit(walk->text, carrier(name, role), text, host, place_of(walk, text))) {
				take_string(walk, text, host);
			}
		} else if (role == KEY_COOKIES) {
			take_cookies(walk, value, near);
		} else if (json_is_array(value)) {
			if (!take_table(walk, object, value, near))
				take_list(walk, value, role, own, near);
		} else if (json_is_object(value)) {
			struct login child = {0};

			if (role != KEY_NONE)
				read_wrapped(walk, role, value, own);
			if (!take_cookie(walk, value, near, false))
				child = walk_value(walk, value, near, is_email_text(name) ? name : SLICE_NONE);
			if (child.host.len == 0 && looks_like_host(name))
				child.host = name;
			take_child(walk, own, children, &child);
		}
	}
}

/* An object: emits what is whole in it, returns what an outer object may complete. */
static struct login walk_object(struct walk *walk, json_t *object, struct slice host, struct slice account)
{
	struct login own = {0};
	struct children children = {.count = 0};

	read_members(walk, object, &own);
	if (own.user.len == 0 && own.email.len == 0)
		own.email = account;
	if (own.host.len == 0)
		own.host = host_below(walk, object);
	if (own.host.len > 0)
		host = own.host;
	walk_members(walk, object, &own, &children, host);
	if (own.user.len == 0 && own.email.len == 0 && own.secrets_count > 0) {
		json_t *name = json_object_get(object, "name");

		own.user = string_of(name);
	}
	drop_hashes(&own);
	if (children.count == 1 && own.secrets_count == 0) {
		if (children.pending[0].host.len == 0)
			children.pending[0].host = own.host;
		return children.pending[0];
	}
	for (size_t i = 0; i < children.count; i++)
		emit_login(walk, &children.pending[i], host);
	return own;
}

static struct login walk_value(struct walk *walk, json_t *value, struct slice host, struct slice account)
{
	struct login login = {0};

	if (walk->depth == WALK_DEPTH)
		return login;
	walk->depth++;
	if (json_is_object(value))
		login = walk_object(walk, value, host, account);
	else if (json_is_array(value) && !take_table(walk, NULL, value, host))
		take_list(walk, value, KEY_NONE, &login, host);
	else if (json_is_string(value))
		take_string(walk, string_of(value), host);
	walk->depth--;
	return login;
}

/* ---- strings that are texts ---------------------------------------------------------------------- */

static void read_markup(const struct walk *walk, struct slice markup)
{
	const struct text *text = walk->text;
	struct stage *html = stage_html(text->scan, text->member, text->depth + 1);

	html->mark(html, text_raw_offset(text, place_of(walk, markup)));
	html->push(html, markup.data, markup.len);
	html->close(html);
}

/* A message, a line of a list: read as a text of its own. Last, since a new text ends the arena's memory. */
static void read_loose(const struct walk *walk)
{
	struct text *text = walk->text;

	if (text->depth >= walk->engine->limits.view_depth)
		return;
	for (size_t i = 0; i < walk->loose_count; i++) {
		struct slice loose = walk->loose[i];

		if (slice_find_nocase(loose, "</") < loose.len || slice_find_nocase(loose, "<br") < loose.len) {
			read_markup(walk, loose);
			continue;
		}
		struct lane *lane = lane_open(text->scan, text->member, VIEW_ESCAPES, text->depth + 1);

		lane_mark(lane, text_raw_offset(text, place_of(walk, walk->loose[i])));
		lane_push(lane, walk->loose[i].data, walk->loose[i].len);
		lane_close(lane);
	}
}

/* ---- reading a hit ------------------------------------------------------------------------------ */

/* The outermost document around the hit that fits the limit. */
static json_t *load_enclosing(struct text *text, const struct hit *hit, struct span *span)
{
	struct slice whole = {text->data, text->len};
	size_t openers[JSON_ANCESTORS], count = json_enclosing(whole, hit->at, openers);

	while (count > 0) {
		json_t *document = load_at(whole, openers[--count], span);

		if (document != NULL && span->to > hit->at)
			return document;
		json_decref(document);
	}
	return NULL;
}

static void walk_document(struct text *text, json_t *document, struct span span, struct slice host)
{
	struct walk walk = {.text = text, .engine = scan_engine(text->scan), .span = span};
	struct login login;

	if (!json_is_object(document) || !take_cookie(&walk, document, host, false)) {
		login = walk_value(&walk, document, host, SLICE_NONE);
		if (is_whole(&login) || (login.secrets_count > 0 && login.host.len > 0))
			emit_login(&walk, &login, host);
	}
	read_loose(&walk);
	for (size_t i = 0; i < walk.inner_count; i++)
		json_decref(walk.inner[i]);
}

bool json_emit(struct text *text, size_t at, struct slice url, size_t *end)
{
	struct span span;
	json_t *document = load_at((struct slice){text->data, text->len}, at, &span);

	if (document == NULL)
		return false;
	walk_document(text, document, span, url);
	json_decref(document);
	*end = span.to;
	return true;
}

/* Cookies.set("name", "value", {domain: ...}): the braces hold but a part of it. */
static bool is_argument(const struct text *text, size_t at)
{
	while (at > 0 && (text->data[at - 1] == ' ' || text->data[at - 1] == '\t'))
		at--;
	return at > 1 && text->data[at - 1] == ',' && strchr("\"'`", text->data[at - 2]) != NULL;
}

/* ["https://host:9200"]: a value of something else that happens to be JSON. */
static bool is_list_of_urls(json_t *document)
{
	json_t *item;
	size_t i;

	json_array_foreach(document, i, item)
	{
		struct slice text = string_of(item);

		if (slice_find_nocase(text, "://") == text.len || slice_find_byte(text, '@') < text.len ||
			slice_find_byte(text, ' ') < text.len)
			return false;
	}
	return json_array_size(document) > 0 && json_array_size(document) <= 4;
}

/* The JSON document around a hit. */
bool reader_json(struct text *text, const struct hit *hit, struct span *claimed)
{
	json_t *document = load_enclosing(text, hit, claimed);

	if (document != NULL && is_argument(text, claimed->from) && reader_code(text, hit, claimed)) {
		json_decref(document);
		return true;
	}

	if (document == NULL)
		return false;
	if (is_list_of_urls(document)) {
		json_decref(document);
		return false;
	}
	walk_document(text, document, *claimed, SLICE_NONE);
	json_decref(document);
	return true;
}
