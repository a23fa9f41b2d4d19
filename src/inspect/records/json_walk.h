/*
 * One walk through a JSON document. Shared by the files that read it: values, cookies, log-ins, lists and objects.
 */
#ifndef LEAKTRAWL_JSON_WALK_H
#define LEAKTRAWL_JSON_WALK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/keys.h"
#include "inspect/scan.h"
#include "shared/slice.h"

enum {
	SECRETS_MAX = 16, /* of one object: password, those before it, ... */
	WALK_DEPTH = 48,
	NUMBER_TEXT = 32,
	LOOSE_MAX = 256,
	INNER_MAX = 64,
	LOOSE_MIN = 8, /* bytes of a record */
};

/* What is known of a log-in so far. Slices point into the parsed document or the arena. */
struct json_login {
	struct slice user, email, host, salt;
	struct slice logon; /* the Windows domain of the user */
	struct slice secrets[SECRETS_MAX];
	bool hashed[SECRETS_MAX];
	bool cut; /* it had more of them */
	size_t secrets_count;
};

struct json_walk {
	struct text *text;
	const struct engine *engine;
	struct span span;              /* of the document in the text */
	unsigned depth, nested;        /* nested: documents within strings */
	struct slice loose[LOOSE_MAX]; /* strings that may hold records of other kinds */
	size_t loose_count;
	json_t *inner[INNER_MAX]; /* documents that stood in strings; live until the walk ends */
	size_t inner_count;
};

/* ---- values ---- */

/* A string's text; none of anything else. */
struct slice json_text(const json_t *value);

/* A string, or a number as it is written: passwords of digits are legal. */
struct slice json_scalar(struct json_walk *walk, const json_t *value);

/* {"$numberLong": "12"} and its like stand for their one value. */
const json_t *json_unwrapped(const json_t *value);

/* Whether a key names a host or a URL. */
bool json_names_host(struct slice key);

/* Where a value stands in the text, as far as it stands there unescaped. */
size_t json_place(const struct json_walk *walk, struct slice value);

/* The document that begins at from, NULL when it is none or too long. *span is where it stands. */
json_t *json_load_at(struct slice whole, size_t from, struct span *span);

/* ---- log-ins ---- */

/* Whether it has a secret and says whose. */
bool login_is_whole(const struct json_login *login);

/* Hands out each secret; host is what the surroundings say where the log-in itself names none. */
void login_emit(struct json_walk *walk, const struct json_login *login, struct slice host);

void login_add_secret(struct json_login *login, struct slice secret, bool hashed);

/* The hash of a password that stands beside it in clear tells nothing more: it goes. Another hash stays. */
void login_drop_hashes(struct json_login *login);

/* Adds what a member of the role says; false when its value has to be walked into. */
bool login_member(struct json_walk *walk, struct json_login *login, enum key_role role, const json_t *value);

/* Fills what is missing: own values stand nearer. */
void login_merge(struct json_login *to, const struct json_login *from);

/* {"name": "password", "value": "x"}: the role stands in a value. True when it was such a pair. */
bool login_take_named_pair(struct json_walk *walk, json_t *object, struct json_login *login, struct slice host);

/* {"password": {"value": "x"}}: what a key says of the object it holds. */
void login_read_wrapped(struct json_walk *walk, enum key_role role, json_t *object, struct json_login *own);

/* The host a child names for its siblings: {"request": {"url": ...}, "response": ...}. */
struct slice json_host_below(const struct json_walk *walk, json_t *object);

/* ---- cookies ---- */

/* An object with a name, a value and what only cookies have. in_cookies: its list says that it is one. */
bool json_take_cookie(struct json_walk *walk, json_t *object, struct slice host, bool in_cookies);

/* Cookies as a list, as an object of names and values, or as one header. */
void json_take_cookies(struct json_walk *walk, json_t *value, struct slice host);

/* ---- lists and objects ---- */

/* The items of a list that is no table; what they tell of the object around goes into login. */
void json_take_list(struct json_walk *walk, json_t *list, enum key_role role, struct json_login *login, struct slice host);

/* {"columns": ["email", "password"], "rows": [["jdoe@...", "x"]]}; false when the list is no table of log-ins. */
bool json_take_table(struct json_walk *walk, json_t *object, json_t *rows, struct slice host);

/* Any value: emits what is whole in it, returns what an outer object may complete. */
struct json_login json_walk_value(struct json_walk *walk, json_t *value, struct slice host, struct slice account);

#endif
