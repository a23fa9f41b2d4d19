/*
 * Objects of JSON: one that holds a secret and whose it is, is a record; what it lacks it takes from its nearest children.
 */
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/records/headers.h"
#include "inspect/records/json_walk.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum {
	CHECKSUM_TAG = 8, /* "sha256=" */
	LOGON_BYTES = 64, /* of a Windows domain */
	PENDING_MAX = 8,  /* whole log-ins whose host an outer object may name */
};

/* {"registry.corp.example": {"auth": "base64 of user:password"}}, as clients of registries keep it. */
static bool take_basic(struct json_walk *walk, struct slice name, struct slice text, struct json_login *own)
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
		login_add_secret(own, slice_from(plain, colon + 1), false);
	return true;
}

/* Whether a string has the signs that part an account from its secret. */
static bool may_hold_record(struct slice value)
{
	for (size_t i = 1; i < value.len; i++)
		if (one_of(value.data[i], ":|;\t\n") && !(value.data[i] == ':' && i + 2 < value.len && value.data[i + 1] == '/'))
			return true;
	return false;
}

/* A string that carries more than itself: a document, a URL with userinfo, a form. */
static void take_string(struct json_walk *walk, struct slice value, struct slice host)
{
	struct slice trimmed = slice_trim(value);
	struct span span;
	json_t *inner;

	bool loose = trimmed.len >= LOOSE_MIN && may_hold_record(trimmed) && trimmed.data[0] != '{' && trimmed.data[0] != '[';

	if (loose && walk->loose_count < LOOSE_MAX)
		walk->loose[walk->loose_count++] = trimmed;
	else if (loose)
		text_cut(walk->text, json_place(walk, value), "texts in JSON");
	if (slice_find_nocase(value, "://") < value.len)
		userinfo_emit(walk->text, url_around(value, slice_find_nocase(value, "://")), json_place(walk, value));
	if (trimmed.len > 8 && slice_find_byte(trimmed, '&') < trimmed.len && slice_find_byte(trimmed, ' ') == trimmed.len)
		form_emit(walk->text, trimmed, host, json_place(walk, value));
	if (trimmed.len < 8 || (trimmed.data[0] != '{' && trimmed.data[0] != '[') || walk->nested > 0)
		return;
	if (walk->inner_count == INNER_MAX) {
		text_cut(walk->text, json_place(walk, value), "JSON within JSON");
		return;
	}
	inner = json_load_at(trimmed, 0, &span);
	if (inner == NULL)
		return;
	walk->inner[walk->inner_count++] = inner;
	walk->nested++;
	struct json_login login = json_walk_value(walk, inner, host, SLICE_NONE);

	if (login_is_whole(&login))
		login_emit(walk, &login, host);
	walk->nested--;
}

/* A bare "hash" is that of a password unless its siblings speak of a file; a bare "sha256" only beside an account. */
static bool hash_belongs_to_password(const struct json_walk *walk, json_t *object, const char *key)
{
	bool named = strcasecmp(key, "hash") != 0, account = false;
	const char *sibling;
	json_t *value;

	if (!keys_hash_is_bare(slice_of(key)))
		return true;
	if (slice_starts_nocase(json_text(json_object_get(object, key)), "sha") && /* sha256=..., of a package */
		slice_find_byte(json_text(json_object_get(object, key)), '=') < CHECKSUM_TAG)
		return false;
	json_object_foreach(object, sibling, value)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, slice_of(sibling));

		if (keys_hash_is_other(walk->engine->keys, slice_of(sibling)))
			return false;
		account = account || role == KEY_USER || role == KEY_EMAIL;
	}
	return account || !named;
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

/* {"domainname": "CORP", "username": "jdoe"}: the Windows domain beside a log-in, which is no host of a DNS. */
static struct slice logon_domain(json_t *object)
{
	static const char *const names[] = {
		"domain", "domainname", "domain_name", "logon_domain", "logondomain", "netbios", "DomainName", "Domain"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct slice value = json_text(json_object_get(object, names[i]));

		if (value.len > 0 && value.len <= LOGON_BYTES && slice_find_byte(value, '.') == value.len &&
			slice_find_byte(value, ' ') == value.len)
			return value;
	}
	return SLICE_NONE;
}

static void read_members(struct json_walk *walk, json_t *object, struct json_login *own)
{
	bool headers = are_headers(object);
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		enum key_role role = keys_identifier_role(walk->engine->keys, slice_of(key));

		if (headers && strcasecmp(key, "server") == 0)
			continue;
		if (strcasecmp(key, "passwords") == 0 && json_is_string(json_array_get(value, 0)))
			role = KEY_PASSWORD; /* as a number, a count of them */
		if (role == KEY_HASH && !hash_belongs_to_password(walk, object, key))
			continue;
		login_member(walk, own, role, value);
	}
	if (own->user.len > 0)
		own->logon = logon_domain(object);
}

struct children {
	struct json_login pending[PENDING_MAX];
	size_t count;
};

static void take_child(struct json_walk *walk, struct json_login *own, struct children *children, const struct json_login *child)
{
	if (child->secrets_count > 0 && child->host.len > 0 && !login_is_whole(child))
		login_emit(walk, child, child->host); /* a service's own secret: no account beside it is its */
	else if (!login_is_whole(child))
		login_merge(own, child);
	else if (children->count < PENDING_MAX)
		children->pending[children->count++] = *child;
	else
		login_emit(walk, child, own->host);
}

/* "http.cookie" of traffic is a header, too. */
static struct slice carrier(struct slice name, enum key_role role)
{
	return role == KEY_COOKIES && !header_carries(name) ? SLICE_TEXT("cookie") : name;
}

static void walk_members(struct json_walk *walk, json_t *object, struct json_login *own, struct children *children, struct slice host)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		struct slice name = slice_of(key), text = json_text(value), near = json_names_host(name) ? name : host;
		enum key_role role = keys_identifier_role(walk->engine->keys, name);

		if (json_is_string(value)) {
			struct json_login pair = {.email = name};

			if (role == KEY_NONE && is_email_text(name) && !is_email_text(text)) {
				login_add_secret(&pair, text, false);
				login_emit(walk, &pair, host);
			} else if (!take_basic(walk, name, text, own) &&
				   !header_emit(walk->text, carrier(name, role), text, host, json_place(walk, text))) {
				take_string(walk, text, host);
			}
		} else if (role == KEY_COOKIES) {
			json_take_cookies(walk, value, near);
		} else if (json_is_array(value)) {
			if (!json_take_table(walk, object, value, near))
				json_take_list(walk, value, role, own, near);
		} else if (json_is_object(value)) {
			struct json_login child = {0};

			if (role != KEY_NONE)
				login_read_wrapped(walk, role, value, own);
			if (!json_take_cookie(walk, value, near, false))
				child = json_walk_value(walk, value, near, is_email_text(name) ? name : SLICE_NONE);
			if (child.host.len == 0 && json_names_host(name))
				child.host = name;
			take_child(walk, own, children, &child);
		}
	}
}

/* An object: emits what is whole in it, returns what an outer object may complete. */
static struct json_login walk_object(struct json_walk *walk, json_t *object, struct slice host, struct slice account)
{
	struct json_login own = {0};
	struct children children = {.count = 0};

	read_members(walk, object, &own);
	if (own.user.len == 0 && own.email.len == 0)
		own.email = account;
	if (own.host.len == 0)
		own.host = json_host_below(walk, object);
	if (own.host.len > 0)
		host = own.host;
	walk_members(walk, object, &own, &children, host);
	if (own.user.len == 0 && own.email.len == 0 && own.secrets_count > 0) {
		json_t *name = json_object_get(object, "name");

		own.user = json_text(name);
	}
	login_drop_hashes(&own);
	if (children.count == 1 && own.secrets_count == 0) {
		if (children.pending[0].host.len == 0)
			children.pending[0].host = own.host;
		return children.pending[0];
	}
	for (size_t i = 0; i < children.count; i++)
		login_emit(walk, &children.pending[i], host);
	return own;
}

struct json_login json_walk_value(struct json_walk *walk, json_t *value, struct slice host, struct slice account)
{
	struct json_login login = {0};

	if (walk->depth == WALK_DEPTH)
		return login;
	walk->depth++;
	if (json_is_object(value))
		login = walk_object(walk, value, host, account);
	else if (json_is_array(value) && !json_take_table(walk, NULL, value, host))
		json_take_list(walk, value, KEY_NONE, &login, host);
	else if (json_is_string(value))
		take_string(walk, json_text(value), host);
	walk->depth--;
	return login;
}
