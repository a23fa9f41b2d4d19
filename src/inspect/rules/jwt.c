/* JSON Web Tokens: what their claims say, unverified (RFC 7519; the parts are base64url, RFC 4648 section 5). */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/cookies.h"
#include "shared/mem.h"

enum { JWT_PAYLOAD_MAX = 16 * 1024 };

static bool is_part_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '=';
}

/* Takes off what tokens are wrapped in: "Bearer ", quotes. */
static struct slice unwrapped(struct slice value)
{
	value = slice_trim(value);
	if (slice_starts_nocase(value, "bearer ") || slice_starts_nocase(value, "bearer%20") || slice_starts_nocase(value, "bearer+"))
		value = slice_trim(slice_from(value, value.data[6] == '%' ? 9 : 7));
	if (value.len > 2 && (value.data[0] == '"' || value.data[0] == '\''))
		value = slice_from(value, 1);
	return value;
}

/* The second of at least two parts that dots divide; false when value is no token in clear. */
static bool payload_of(struct slice value, struct slice *payload)
{
	size_t first = slice_find_byte(value, '.'), second;

	if (!slice_starts_nocase(value, "ey") || first < 10 || first == value.len)
		return false;
	second = slice_find_byte(slice_from(value, first + 1), '.');
	if (first + 1 + second >= value.len || second < 4)
		return false;
	for (size_t i = 0; i < first + second + 1; i++)
		if (i != first && !is_part_byte(value.data[i]))
			return false;
	*payload = (struct slice){value.data + first + 1, second};
	while (payload->len > 0 && payload->data[payload->len - 1] == '=')
		payload->len--;
	return payload->len <= JWT_PAYLOAD_MAX;
}

static void copy_claim(char *to, size_t cap, const json_t *claim)
{
	const char *text = json_string_value(claim);

	if (to[0] == 0 && text != NULL && json_string_length(claim) < cap && strlen(text) == json_string_length(claim))
		memcpy(to, text, json_string_length(claim) + 1);
}

static bool is_address(const json_t *claim)
{
	const char *text = json_string_value(claim), *at = text != NULL ? strchr(text, '@') : NULL;

	return at != NULL && at > text && strchr(at + 2, '.') != NULL && strpbrk(text, " /:|") == NULL;
}

/* Addresses first: those say whose token it is. */
static void copy_account(struct jwt_claims *claims, const json_t *object)
{
	static const char *const names[] = {"email", "upn", "preferred_username", "unique_name", "mail", "user_email", "username",
		"user_name", "userName", "login", "user", "name", "sub",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "https://aws.amazon.com/tags/principal_tags/Email"};
	static const char *const log_ins[] = {"upn", "preferred_username", "unique_name", "username", "user_name", "userName", "login"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_address(json_object_get(object, names[i])))
			copy_claim(claims->account, sizeof(claims->account), json_object_get(object, names[i]));
	for (size_t i = 0; i < sizeof(log_ins) / sizeof(log_ins[0]); i++)
		copy_claim(claims->account, sizeof(claims->account), json_object_get(object, log_ins[i]));
}

static void read_claims(struct jwt_claims *claims, const json_t *object)
{
	static const char *const inner[] = {"user", "profile", "data", "identity", "account", "context"};
	const json_t *expires = json_object_get(object, "exp");
	double value = json_number_value(expires);

	copy_account(claims, object);
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]) && claims->account[0] == 0; i++)
		if (json_is_object(json_object_get(object, inner[i])))
			copy_account(claims, json_object_get(object, inner[i]));
	copy_claim(claims->issuer, sizeof(claims->issuer), json_object_get(object, "iss"));
	if (json_is_number(expires) && value > 0 && value < 1e14)
		claims->expires_ms = value < 1e11 ? (int64_t)(value * 1000) : (int64_t)value;
}

bool jwt_read(struct slice value, struct jwt_claims *claims)
{
	struct slice payload;
	unsigned char *decoded;
	size_t len = 0;
	json_t *object = NULL;

	memset(claims, 0, sizeof(*claims));
	if (!payload_of(unwrapped(value), &payload))
		return false;
	decoded = xmalloc(payload.len);
	if (sodium_base642bin(
		    decoded, payload.len, payload.data, payload.len, NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
		object = json_loadb((const char *)decoded, len, JSON_DECODE_INT_AS_REAL, NULL);
	mem_wipe(decoded, payload.len);
	free(decoded);
	if (!json_is_object(object)) {
		json_decref(object);
		return false;
	}
	read_claims(claims, object);
	json_decref(object);
	return true;
}
