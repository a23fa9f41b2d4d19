#include "config/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"

enum { KEY_FILE_BYTES = 4096, HOOK_SECRET_BYTES = 4096 };

static const struct {
	const char *header;
	const char *name;
	mode_t mode;
} kinds[] = {
	[KEY_FINGERPRINT] = {"leaktrawl fingerprint key", "a fingerprint key", 0600},
	[KEY_TEAM_PUBLIC] = {"leaktrawl team public key", "a team's public key", 0644},
	[KEY_TEAM_PRIVATE] = {"leaktrawl team private key", "a team's private key", 0600},
};

/* Opens a file that holds a secret: its owner's alone, and the owner is the caller or root. */
static int open_secret(const char *path, bool secret)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &status) != 0) {
		log_error("%s: %s", path, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		log_error("%s: not a regular file", path);
	} else if (status.st_uid != geteuid() && status.st_uid != 0) {
		log_error("%s: belongs to somebody else; only root and the caller are trusted", path);
	} else if ((status.st_mode & (secret ? 077 : 022)) != 0) {
		log_error("%s: others may %s it; `chmod %s %s` mends that", path, secret ? "read" : "change", secret ? "600" : "644", path);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t got = read(fd, text + at, size - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		at += (size_t)got;
	}
	return (ssize_t)at;
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
	char text[KEY_FILE_BYTES];
	int fd = open_secret(path, kind != KEY_TEAM_PUBLIC);
	ssize_t len;
	bool good = false;

	if (fd < 0)
		return false;
	len = read_all(fd, text, sizeof text);
	if (len < 0)
		log_error("%s: %s", path, strerror(errno));
	else
		good = parse(path, kind, text, (size_t)len, key);
	mem_wipe(text, sizeof text);
	close(fd);
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
	char text[HOOK_SECRET_BYTES];
	int fd = open_secret(path, true);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read_all(fd, text, sizeof text);
	close(fd);
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == '\r'))
		got--;
	if (got <= 0) {
		log_error("%s: is empty: a webhook's secret must stand in it", path);
		return false;
	}
	*secret = xmemdup(text, (size_t)got);
	*len = (size_t)got;
	mem_wipe(text, sizeof text);
	return true;
}
