/*
 * What a key, a column or a header of a leak means: "Username", "U53RN4M3", "user_email", "Логин" are all
 * spellings of a few roles (data/keys.yml). One table serves stealer blocks, JSON, headers, environment files,
 * CSV headers and SQL columns.
 */
#ifndef LEAKTRAWL_KEYS_H
#define LEAKTRAWL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"
#include "shared/yaml.h"

struct commands;
struct layouts;
struct keys; /* data/keys.yml, compiled; read-only */

struct keys *keys_new(void);
void keys_load(struct keys *keys, struct yaml_file *file);
void keys_free(struct keys *keys);

enum key_role {
	KEY_NONE,
	KEY_SOFTWARE,
	KEY_PROFILE,
	KEY_HOST, /* URL, host or site the log-in is for */
	KEY_PORT,
	KEY_USER,
	KEY_EMAIL,
	KEY_PASSWORD,
	KEY_HASH, /* the secret is a hash by its key */
	KEY_SALT,
	KEY_COOKIES, /* a Cookie header or a list of cookies */
	KEY_COOKIE_NAME,
	KEY_COOKIE_VALUE,
	KEY_COOKIE_DOMAIN,
	KEY_COOKIE_PATH,
	KEY_COOKIE_EXPIRES,
	KEY_COOKIE_HTTP_ONLY,
	KEY_COOKIE_SECURE,
	KEY_TOKEN,
	KEY_PAIR,   /* log-in and password, as one value: jdoe:x */
	KEY_SKIP,   /* known, says nothing: advertisements, notes, dates */
	KEY_SYSTEM, /* a line of system information: of a machine, not of a log-in */
	KEY_ROLES,
};

/* The role that keys.yml calls so; KEY_NONE where there is none. */
enum key_role keys_role_named(const char *name);

/*
 * The role of a key as a person or a repacker writes it. Case, blanks, '_', '-', '.', digits for letters and
 * letters of other alphabets that look alike do not matter; a trailing number ("Login 2") is ignored.
 */
enum key_role keys_block_role(const struct keys *keys, struct slice key);

/*
 * The role of an identifier (JSON key, column, form field, environment variable): as above, and by its last
 * words ("user_email", "smtpPassword", "services.password.bcrypt"), unless its other words forbid it
 * ("password_policy", "passwordResetRequired", "has_password").
 */
enum key_role keys_identifier_role(const struct keys *keys, struct slice identifier);

/* A key that names a hash and not what was hashed: "hash", "md5". */
bool keys_hash_is_bare(struct slice key);

/* A key beside which a bare `hash` is that of a commit or a file, not of a password. */
bool keys_hash_is_other(const struct keys *keys, struct slice sibling);

/* A column whose name says nothing of what it holds: its values may be passwords. */
bool keys_column_is_open(const struct keys *keys, struct slice name);

/* A word that makes a value of several words a sentence. */
bool keys_is_prose_word(const struct keys *keys, struct slice word);
/* A word of a log-in page that stands where a value would: "Forgot?", "Show". */
bool keys_is_interface_word(const struct keys *keys, struct slice word);
/* Whether a URL leads to a channel that posts advertise, not to a service. */
bool keys_is_advertising(const struct keys *keys, struct slice url);

/* The programs of the section `commands` (command.h). */
const struct commands *keys_commands(const struct keys *keys);
/* The tables of the section `tables` (layouts.h). */
const struct layouts *keys_layouts(const struct keys *keys);

/* The character at the beginning of text, *len bytes, in lower case; returns how many bytes that is. */
size_t keys_lower_character(struct slice text, char out[4], size_t *len);
/* Folds text as keys are compared: at most cap bytes; returns the length. */
size_t keys_fold(const struct keys *keys, struct slice text, char *out, size_t cap);

#endif
