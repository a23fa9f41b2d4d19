/*
 * Cookies in JSON: exports of browsers, extensions and tools, grouped or listed.
 */
#include <stdio.h>

#include "inspect/engine.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/json_walk.h"

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
	struct slice text = json_text(value);

	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	if (slice_starts_nocase(text, "true") || slice_equal(text, SLICE_TEXT("1")))
		return 1;
	return text.len > 0 ? 0 : -1;
}

static int64_t expiry_of(struct json_walk *walk, const json_t *value)
{
	char number[NUMBER_TEXT];
	int len;

	value = json_unwrapped(value);
	if (!json_is_real(value))
		return cookie_time(json_scalar(walk, value));
	len = snprintf(number, sizeof(number), "%.3f", json_real_value(value));
	return len > 0 && (size_t)len < sizeof(number) ? cookie_time((struct slice){number, (size_t)len}) : 0;
}

static void cookie_member(struct json_walk *walk, struct cookie_fields *cookie, enum key_role role, const json_t *value, unsigned *roles)
{
	*roles |= 1u << role;
	switch (role) {
	case KEY_COOKIE_NAME:
		cookie->name = json_text(value);
		break;
	case KEY_COOKIE_VALUE:
		cookie->value = json_scalar(walk, value);
		break;
	case KEY_COOKIE_DOMAIN:
	case KEY_HOST:
		if (cookie->domain.len == 0 || role == KEY_COOKIE_DOMAIN)
			cookie->domain = bare_domain(json_text(value));
		break;
	case KEY_COOKIE_PATH:
		cookie->path = json_text(value);
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
bool json_take_cookie(struct json_walk *walk, json_t *object, struct slice host, bool in_cookies)
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
	cookie.at = json_place(walk, cookie.value);
	cookie_emit(walk->text, "lt.cookie.json.1", &cookie);
	return true;
}

/* {"cookies": {"corp.example": ...}}: what a host's name says of the cookies below it. */
static void take_grouped(struct json_walk *walk, json_t *value, struct slice host)
{
	walk->depth++;
	json_take_cookies(walk, value, host);
	walk->depth--;
}

/* Cookies as an object of names and values, or as one header. */
void json_take_cookies(struct json_walk *walk, json_t *value, struct slice host)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(value)) {
		header_emit(walk->text, SLICE_TEXT("Cookie"), json_text(value), host, json_place(walk, json_text(value)));
		return;
	}
	json_array_foreach(value, i, member)
	{
		if (json_is_object(member))
			json_take_cookie(walk, member, host, true);
		else if (json_is_string(member))
			header_emit(walk->text, SLICE_TEXT("Set-Cookie"), json_text(member), host, json_place(walk, json_text(member)));
	}
	json_object_foreach(value, name, member)
	{
		struct cookie_fields cookie = {.name = slice_of(name), .domain = bare_domain(host), .http_only = -1, .secure = -1};

		cookie.value = json_scalar(walk, member);
		cookie.at = json_place(walk, cookie.value);
		if (cookie.value.len > 0)
			cookie_emit(walk->text, "lt.cookie.json.1", &cookie);
		else if (json_names_host(slice_of(name)) && walk->depth < WALK_DEPTH)
			take_grouped(walk, member, slice_of(name));
		else if (json_is_object(member) || json_is_array(member))
			json_walk_value(walk, member, host, SLICE_NONE);
	}
}
