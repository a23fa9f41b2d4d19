#include "config/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/trust.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { KEY_FILE_BYTES = 4096, TOR_COOKIE_BYTES = 32 };

static const struct {
	const char *header;
	const char *name;
	mode_t mode;
} kinds[] = {
	[KEY_FINGERPRINT] = {"leaktrawl fingerprint key", "a fingerprint key", 0600},
	[KEY_TEAM_PUBLIC] = {"leaktrawl team public key", "a team's public key", 0644},
	[KEY_TEAM_PRIVATE] = {"leaktrawl team private key", "a team's private key", 0600},
};

/* Who may read a key: the team's private one never is a service's. */
static const int demands[] = {
	[KEY_FINGERPRINT] = TRUST_WRITERS | TRUST_READERS,
	[KEY_TEAM_PUBLIC] = TRUST_WRITERS,
	[KEY_TEAM_PRIVATE] = TRUST_WRITERS | TRUST_OWNER,
};

/* A whole small file that meets the demands of trust.h. NULL, having said why. The caller wipes and frees. */
static char *read_file(const char *path, int demanded, size_t *len)
{
	char *why = NULL;
	uint8_t *data = trust_read(path, demanded, KEY_FILE_BYTES, len, &why);

	if (data == NULL)
		log_error("%s %s", path, why);
	free(why);
	return (char *)data;
}

static void free_file(char *text, size_t len)
{
	mem_wipe(text, len);
	free(text);
}

static enum key_kind kind_of(const char *text, size_t len, bool *known)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		*known = len == strlen(kinds[i].header) && memcmp(text, kinds[i].header, len) == 0;
		if (*known)
			return (enum key_kind)i;
	}
	return KEY_FINGERPRINT;
}

static bool parse(const char *path, enum key_kind kind, const char *text, size_t len, uint8_t key[KEY_BYTES])
{
	const char *end = memchr(text, '\n', len);
	size_t header = end != NULL ? (size_t)(end - text) : len;
	bool known;
	enum key_kind found = kind_of(text, header, &known);
	size_t got;

	if (!known) {
		log_error("%s: no key file of leaktrawl; `leaktrawl init` makes them", path);
		return false;
	}
	if (found != kind) {
		log_error("%s: this is %s, but %s belongs here", path, kinds[found].name, kinds[kind].name);
		return false;
	}
	if (end == NULL ||
		sodium_base642bin(key, KEY_BYTES, end + 1, len - header - 1, "\r\n ", &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
		got != KEY_BYTES) {
		log_error("%s: damaged: its second line is not a whole key", path);
		return false;
	}
	return true;
}

bool key_read(const char *path, enum key_kind kind, uint8_t key[KEY_BYTES])
{
	size_t len;
	char *text = read_file(path, demands[kind], &len);
	bool good;

	if (text == NULL)
		return false;
	good = parse(path, kind, text, len, key);
	free_file(text, len);
	return good;
}

static bool write_all(int fd, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t written = write(fd, text + at, len - at);

		if (written < 0 && errno != EINTR)
			return false;
		at += written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) == 0;
}

bool key_write(const char *path, enum key_kind kind, const uint8_t key[KEY_BYTES])
{
	char encoded[sodium_base64_ENCODED_LEN(KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kinds[kind].mode);
	bool good;

	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	(void)fchmod(fd, kinds[kind].mode);
	sodium_bin2base64(encoded, sizeof encoded, key, KEY_BYTES, sodium_base64_VARIANT_ORIGINAL);
	good = write_all(fd, kinds[kind].header, strlen(kinds[kind].header)) && write_all(fd, "\n", 1) &&
	       write_all(fd, encoded, strlen(encoded)) && write_all(fd, "\n", 1);
	if (!good)
		log_error("%s: cannot be written: %s", path, strerror(errno));
	mem_wipe(encoded, sizeof encoded);
	close(fd);
	return good;
}

bool keys_for_index(const struct config *config, uint8_t fingerprint[KEY_BYTES], uint8_t (*team)[KEY_BYTES])
{
	bool good;

	if (config->fingerprint_path == NULL || config->public_keys_count == 0) {
		log_error(
			"%s: recording findings needs keys: {public: [...], fingerprint: ...}; `leaktrawl init` makes them", config->path);
		return false;
	}
	good = key_read(config->fingerprint_path, KEY_FINGERPRINT, fingerprint);
	for (size_t i = 0; i < config->public_keys_count; i++)
		good = key_read(config->public_keys[i], KEY_TEAM_PUBLIC, team[i]) && good;
	return good;
}

bool keys_hook_secret(const char *path, uint8_t **secret, size_t *len)
{
	size_t whole;
	char *text = read_file(path, TRUST_WRITERS | TRUST_READERS, &whole);

	if (text == NULL)
		return false;
	for (*len = whole; *len > 0 && (text[*len - 1] == '\n' || text[*len - 1] == '\r'); --*len)
		;
	if (*len == 0)
		log_error("%s: is empty: the secret must stand in it", path);
	else
		*secret = xmemdup(text, *len);
	free_file(text, whole);
	return *len > 0;
}

bool keys_tor_cookie(const char *path, uint8_t **cookie, size_t *len)
{
	char *why = NULL;

	*cookie = trust_read(path, TRUST_NOTHING, KEY_FILE_BYTES, len, &why);
	if (*cookie == NULL)
		log_error("%s %s; Tor's cookie is readable by its group with CookieAuthFileGroupReadable 1", path, why);
	else if (*len != TOR_COOKIE_BYTES)
		log_error("%s: is %zu bytes long: Tor's control cookie has %d", path, *len, TOR_COOKIE_BYTES);
	free(why);
	if (*cookie != NULL && *len == TOR_COOKIE_BYTES)
		return true;
	mem_wipe(*cookie, *cookie != NULL ? *len : 0);
	free(*cookie);
	*cookie = NULL;
	return false;
}

bool key_is_private(const char *path)
{
	char *why = NULL;
	size_t len, header;
	uint8_t *data = trust_read(path, TRUST_NOTHING, KEY_FILE_BYTES, &len, &why);
	bool known = false;
	bool private = false;

	free(why);
	if (data == NULL)
		return false;
	header = strcspn((const char *)data, "\n");
	private = kind_of((const char *)data, header, &known) == KEY_TEAM_PRIVATE && known;
	free_file((char *)data, len);
	return private;
}
