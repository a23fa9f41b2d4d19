/*
 * What the members of an object say of a log-in, and what becomes of it.
 */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/headers.h"
#include "inspect/records/json_walk.h"
#include "inspect/rules/cracked.h"

static struct slice account_of(const struct json_walk *walk, const struct json_login *login)
{
	struct watched watched;

	if (login->user.len == 0 || (login->email.len > 0 && watch_account(walk->engine, login->email, &watched)))
		return login->email;
	return login->user;
}

bool login_is_whole(const struct json_login *login)
{
	return login->secrets_count > 0 && (login->user.len > 0 || login->email.len > 0);
}

void login_emit(struct json_walk *walk, const struct json_login *login, struct slice host)
{
	struct candidate candidate = {.rule = "lt.json.1",
		.account = account_of(walk, login),
		.url = login->host.len > 0 ? login->host : host,
		.logon = login->logon,
		.salt = login->salt};

	if (candidate.account.len == 0 && candidate.url.len == 0)
		return;
	candidate.at = json_place(walk, candidate.account.len > 0 ? candidate.account : candidate.url);
	if (login->cut)
		text_cut(walk->text, candidate.at, "secrets of an object");
	for (size_t i = 0; i < login->secrets_count; i++) {
		candidate.kind = login->hashed[i] ? CANDIDATE_HASH : CANDIDATE_LOGIN;
		candidate.secret = login->secrets[i];
		candidate_emit(walk->text, &candidate);
	}
}

void login_add_secret(struct json_login *login, struct slice secret, bool hashed)
{
	if (secret.len == 0)
		return;
	if (login->secrets_count == SECRETS_MAX) {
		login->cut = true;
		return;
	}
	login->hashed[login->secrets_count] = hashed;
	login->secrets[login->secrets_count++] = secret;
}

/* The hash of a password that stands beside it in clear tells nothing more. */
void login_drop_hashes(struct json_login *login)
{
	bool drop[SECRETS_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < login->secrets_count; i++) {
		bool told = false;

		for (size_t k = 0; k < login->secrets_count && !told; k++)
			told = k != i && cracked_is_of(login->secrets[i], login->salt, login->secrets[k]);
		drop[i] = told;
	}
	for (size_t i = 0; i < login->secrets_count; i++)
		if (!drop[i]) {
			login->secrets[kept] = login->secrets[i];
			login->hashed[kept++] = login->hashed[i];
		}
	login->secrets_count = kept;
}

/* Of several addresses the first that is ours, else the first. */
static struct slice pick_account(const struct json_walk *walk, const json_t *value)
{
	struct slice first = json_text(value);
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)value, i, item)
	{
		struct watched watched;
		struct slice text = json_text(item);

		if (text.len > 0 && watch_account(walk->engine, text, &watched))
			return text;
		if (first.len == 0)
			first = text;
	}
	return first;
}

/* Adds what a member of the role says; false when its value has to be walked into. */
bool login_member(struct json_walk *walk, struct json_login *login, enum key_role role, const json_t *value)
{
	struct slice *slot = role == KEY_USER ? &login->user : role == KEY_EMAIL ? &login->email : role == KEY_HOST ? &login->host : NULL;
	const json_t *item;
	size_t i;

	value = json_unwrapped(value);
	if (json_is_object(value))
		return false;
	switch (role) {
	case KEY_USER:
	case KEY_EMAIL:
	case KEY_HOST:
		if (slot == NULL)
			return false;
		if (slot->len == 0)
			*slot = json_is_array(value) ? pick_account(walk, value) : json_scalar(walk, value);
		return slot->len > 0 || !json_is_array(value);
	case KEY_SALT:
		if (login->salt.len == 0)
			login->salt = json_scalar(walk, value);
		return true;
	case KEY_PASSWORD:
	case KEY_HASH:
		json_array_foreach((json_t *)(uintptr_t)value, i, item)
		{
			if (json_is_object(item))
				return false;
			login_add_secret(login, json_scalar(walk, item), role == KEY_HASH);
		}
		login_add_secret(login, json_scalar(walk, value), role == KEY_HASH);
		return true;
	default:
		return false;
	}
}

/* Fills what is missing: own values stand nearer. */
void login_merge(struct json_login *to, const struct json_login *from)
{
	if (to->user.len == 0 && to->email.len == 0) {
		to->user = from->user;
		to->email = from->email;
	} else if (to->email.len == 0 && from->secrets_count == 0) {
		to->email = from->email;
	}
	if (to->logon.len == 0)
		to->logon = from->logon;
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
struct slice json_host_below(const struct json_walk *walk, json_t *object)
{
	static const char *const names[] = {
		"request", "overview", "meta", "site", "service", "target", "url", "uri", "endpoint", "page", "origin"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *key;
		json_t *value, *child = json_object_get(object, names[i]);

		if (json_is_string(child) && slice_find_nocase(json_text(child), "://") < json_text(child).len)
			return json_text(child);
		if (json_is_string(json_object_get(child, "raw")) || json_is_string(json_object_get(child, "href")))
			return json_text(json_object_get(child, json_object_get(child, "raw") != NULL ? "raw" : "href"));
		json_object_foreach(child, key, value)
		{
			if (json_is_string(value) && keys_identifier_role(walk->engine->keys, slice_of(key)) == KEY_HOST)
				return json_text(value);
		}
	}
	return SLICE_NONE;
}

/* {"name": "password", "value": "x"}: the role stands in a value. */
bool login_take_named_pair(struct json_walk *walk, json_t *object, struct json_login *login, struct slice host)
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
		struct slice name = json_text(json_object_get(object, name_keys[i]));
		enum key_role role = keys_identifier_role(walk->engine->keys, name);

		if (name.len == 0)
			continue;
		if (role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HASH || role == KEY_SALT ||
			(role == KEY_HOST && json_names_host(json_text(value))))
			return login_member(walk, login, role, value);
		if (role == KEY_TOKEN && !header_carries(name))
			name = SLICE_TEXT("x-access-token");
		if (header_emit(walk->text, name, json_text(value), host, json_place(walk, json_text(value))))
			return true;
	}
	return false;
}

/* {"password": {"value": "x"}}: what a key says of the object it holds. */
void login_read_wrapped(struct json_walk *walk, enum key_role role, json_t *object, struct json_login *own)
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
