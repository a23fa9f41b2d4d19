#include "crawl/jar.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/keys.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/slice.h"

static const char magic[] = "leaktrawl jar 1\n";
static const char http_only[] = "#HttpOnly_";

enum {
	FIELDS = 7,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	MAGIC_BYTES = sizeof magic - 1,
};

struct jar {
	char *path;
	uint8_t key[JAR_KEY_BYTES];
	char *lines[LIMIT_JAR_COOKIES];
	size_t count;
	bool changed;
};

bool jar_key(const struct config *config, uint8_t key[JAR_KEY_BYTES])
{
	static const char purpose[] = "leaktrawl cookie jars";
	uint8_t fingerprint[KEY_BYTES];

	if (config->fingerprint_path == NULL || !key_read(config->fingerprint_path, KEY_FINGERPRINT, fingerprint))
		return false;
	crypto_generichash(key, JAR_KEY_BYTES, (const unsigned char *)purpose, sizeof purpose - 1, fingerprint, sizeof fingerprint);
	mem_wipe(fingerprint, sizeof fingerprint);
	return true;
}

/* Source names are made of what file names may hold (config/sources.c). */
static char *jar_path(const struct config *config, const char *source)
{
	return xasprintf("%s.jar-%s", config->index_path, source);
}

bool jar_kept(const struct config *config, const char *source)
{
	char *path = jar_path(config, source);
	bool kept = access(path, F_OK) == 0;

	free(path);
	return kept;
}

/* ---- cookies ----------------------------------------------------------------------------------- */

/* domain, include sub-domains, path, secure, expiry, name, value (curl's COOKIELIST and browsers' cookies.txt). */
static bool split(const char *line, struct slice fields[FIELDS])
{
	struct slice rest = slice_of(line);

	for (size_t i = 0; i + 1 < FIELDS; i++) {
		size_t tab = slice_find_byte(rest, '\t');

		if (tab == rest.len)
			return false;
		fields[i] = slice_until(rest, tab);
		rest = slice_from(rest, tab + 1);
	}
	fields[FIELDS - 1] = rest;
	return fields[0].len > 0 && fields[5].len > 0;
}

static bool same_cookie(const char *a, const char *b)
{
	struct slice left[FIELDS];
	struct slice right[FIELDS];

	return split(a, left) && split(b, right) && slice_equal_nocase(left[0], right[0]) && slice_equal(left[2], right[2]) &&
	       slice_equal(left[5], right[5]);
}

static void wipe_line(char *line)
{
	mem_wipe(line, strlen(line));
	free(line);
}

static void put(struct jar *jar, const char *line)
{
	struct slice fields[FIELDS];
	size_t at = 0;

	if (!split(line, fields))
		return;
	while (at < jar->count && !same_cookie(jar->lines[at], line))
		at++;
	if (at < jar->count) {
		if (strcmp(jar->lines[at], line) == 0)
			return;
		wipe_line(jar->lines[at]);
	} else if (jar->count < LIMIT_JAR_COOKIES) {
		jar->count++;
	} else {
		return;
	}
	jar->lines[at] = xstrdup(line);
	jar->changed = true;
}

void jar_merge(struct jar *jar, char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(jar, lines[i]);
}

char *const *jar_lines(const struct jar *jar, size_t *count)
{
	*count = jar->count;
	return jar->lines;
}

/* ---- exports ----------------------------------------------------------------------------------- */

static bool flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : otherwise;
}

static int import_object(struct jar *jar, const json_t *object, bool onion)
{
	const char *domain = text(object, "domain", text(object, "host", ""));
	const char *name = text(object, "name", NULL);
	const char *value = text(object, "value", NULL);
	double expires = json_number_value(json_object_get(object, "expirationDate"));
	char *line;

	if (name == NULL || value == NULL || domain[0] == '\0' || strpbrk(value, "\t\r\n") != NULL)
		return 0;
	if (expires == 0)
		expires = json_number_value(json_object_get(object, "expires"));
	line = xasprintf("%s%s\t%s\t%s\t%s\t%.0f\t%s\t%s", flag(object, "httpOnly") ? http_only : "", domain,
		domain[0] == '.' && !flag(object, "hostOnly") ? "TRUE" : "FALSE", text(object, "path", "/"),
		flag(object, "secure") && !onion ? "TRUE" : "FALSE", expires > 0 ? expires : 0, name, value);
	put(jar, line);
	wipe_line(line);
	return 1;
}

static int import_json(struct jar *jar, const char *data, size_t len, bool onion)
{
	json_error_t error;
	json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &error);
	const json_t *list = json_is_object(root) ? json_object_get(root, "cookies") : root;
	int count = 0;

	if (!json_is_array(list)) {
		log_error("no cookie export: %s", root == NULL ? error.text : "neither a list of cookies nor an object with one");
		json_decref(root);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		count += import_object(jar, json_array_get(list, i), onion);
	json_decref(root);
	return count;
}

static int import_line(struct jar *jar, struct slice line, bool onion)
{
	struct slice fields[FIELDS];
	char *copy;
	bool cookie;

	if (line.len == 0 || (line.data[0] == '#' && !slice_starts_nocase(line, http_only)))
		return 0;
	copy = xstrndup(line.data, line.len);
	cookie = split(copy, fields);
	if (cookie && onion) {
		char *plain = xasprintf("%.*s\t%.*s\t%.*s\tFALSE\t%s", (int)fields[0].len, fields[0].data, (int)fields[1].len,
			fields[1].data, (int)fields[2].len, fields[2].data, fields[4].data);

		put(jar, plain);
		wipe_line(plain);
	} else if (cookie) {
		put(jar, copy);
	}
	wipe_line(copy);
	return cookie;
}

int jar_import(struct jar *jar, const char *data, size_t len, bool onion)
{
	struct slice rest = slice_trim((struct slice){data, len});
	int count = 0;

	if (rest.len > 0 && (rest.data[0] == '[' || rest.data[0] == '{'))
		return import_json(jar, rest.data, rest.len, onion);
	while (rest.len > 0) {
		size_t end = slice_find_byte(rest, '\n');

		count += import_line(jar, slice_trim(slice_until(rest, end)), onion);
		rest = slice_from(rest, end + 1);
	}
	if (count == 0) {
		log_error("no cookie export: neither JSON nor lines of seven fields with tabs between them");
		return -1;
	}
	return count;
}

/* ---- the file ---------------------------------------------------------------------------------- */

static bool unseal(struct jar *jar, const uint8_t *data, size_t len)
{
	size_t plain_len = len - MAGIC_BYTES - NONCE_BYTES - TAG_BYTES;
	unsigned long long got = 0;
	char *plain;

	if (len < MAGIC_BYTES + NONCE_BYTES + TAG_BYTES || memcmp(data, magic, MAGIC_BYTES) != 0)
		return false;
	plain = xmalloc(plain_len + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain, &got, NULL, data + MAGIC_BYTES + NONCE_BYTES,
		    len - MAGIC_BYTES - NONCE_BYTES, data, MAGIC_BYTES, data + MAGIC_BYTES, jar->key) != 0) {
		free(plain);
		return false;
	}
	for (struct slice rest = {plain, (size_t)got}; rest.len > 0;) {
		size_t end = slice_find_byte(rest, '\n');
		char *line = xstrndup(rest.data, end);

		put(jar, line);
		wipe_line(line);
		rest = slice_from(rest, end + 1);
	}
	jar->changed = false;
	mem_wipe(plain, plain_len);
	free(plain);
	return true;
}

static bool load(struct jar *jar)
{
	uint8_t chunk[4096];
	struct buf data;
	ssize_t got;
	bool good;
	int fd = open(jar->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0) {
		log_error("%s: %s", jar->path, strerror(errno));
		return false;
	}
	buf_init(&data, LIMIT_JAR_BYTES * 2);
	good = true;
	while (good && (got = read(fd, chunk, sizeof chunk)) > 0)
		good = buf_append(&data, chunk, (size_t)got);
	good = good && unseal(jar, data.data, data.len);
	if (!good)
		log_error("%s: damaged, or sealed under another fingerprint key; import the cookies again", jar->path);
	buf_free(&data);
	close(fd);
	return good;
}

struct jar *jar_open(const struct config *config, const char *source, const uint8_t key[JAR_KEY_BYTES])
{
	struct jar *jar = xcalloc(1, sizeof *jar);

	jar->path = jar_path(config, source);
	memcpy(jar->key, key, sizeof jar->key);
	if (load(jar))
		return jar;
	jar_free(jar);
	return NULL;
}

void jar_free(struct jar *jar)
{
	if (jar == NULL)
		return;
	for (size_t i = 0; i < jar->count; i++)
		wipe_line(jar->lines[i]);
	mem_wipe(jar->key, sizeof jar->key);
	free(jar->path);
	free(jar);
}

/* Written beside and renamed, so that a crash leaves the old one. */
static bool write_file(const char *path, const void *data, size_t len)
{
	char *fresh = xasprintf("%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0;

	for (size_t at = 0; good && at < len;) {
		ssize_t written = write(fd, (const char *)data + at, len - at);

		good = written >= 0 || errno == EINTR;
		at += written > 0 ? (size_t)written : 0;
	}
	good = good && fsync(fd) == 0 && rename(fresh, path) == 0;
	if (!good)
		log_error("%s: cannot be written: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(fresh);
	return good;
}

bool jar_save(struct jar *jar)
{
	struct buf plain;
	uint8_t *sealed;
	bool good = true;

	if (!jar->changed)
		return true;
	buf_init(&plain, LIMIT_JAR_BYTES);
	for (size_t i = 0; i < jar->count && good; i++)
		good = buf_append_text(&plain, jar->lines[i]) && buf_append_byte(&plain, '\n');
	if (!good)
		log_warning("%s: more cookies than a jar holds; the rest is left out", jar->path);
	sealed = xmalloc(MAGIC_BYTES + NONCE_BYTES + plain.len + TAG_BYTES);
	memcpy(sealed, magic, MAGIC_BYTES);
	randombytes_buf(sealed + MAGIC_BYTES, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		sealed + MAGIC_BYTES + NONCE_BYTES, NULL, plain.data, plain.len, sealed, MAGIC_BYTES, NULL, sealed + MAGIC_BYTES, jar->key);
	good = write_file(jar->path, sealed, MAGIC_BYTES + NONCE_BYTES + plain.len + TAG_BYTES);
	jar->changed = !good;
	free(sealed);
	buf_free(&plain);
	return good;
}

bool jar_forget(struct jar *jar)
{
	if (unlink(jar->path) == 0 || errno == ENOENT)
		return true;
	log_error("%s: %s", jar->path, strerror(errno));
	return false;
}
