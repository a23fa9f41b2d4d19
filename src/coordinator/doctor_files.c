/* What lies on the disk: installation, keys, index. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "config/keys.h"
#include "coordinator/doctor.h"
#include "index/index.h"
#include "shared/install.h"
#include "shared/mem.h"

static const uint64_t LOW_SPACE_BYTES = UINT64_C(1) << 30;

/* ---- installation ------------------------------------------------------------------------------- */

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".yml") == 0;
}

static void check_shipped(struct doctor *doctor, const char *what)
{
	char *path = install_data(what);
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_yaml, NULL);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (count > 0)
		doctor_say(doctor, VERDICT_OK, what, "%s: %d files", path, count);
	else
		doctor_say(doctor, VERDICT_FAIL, what, "%s holds no .yml files: install leaktrawl again", path);
	free(path);
}

void doctor_installation(struct doctor *doctor)
{
	static const char *const workers[] = {"leaktrawl-control", "leaktrawl-fetch", "leaktrawl-inspect", "leaktrawl-notify"};

	check_shipped(doctor, "patterns");
	check_shipped(doctor, "data");
	for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
		char *path = install_worker(workers[i]);

		if (access(path, X_OK) != 0)
			doctor_say(doctor, VERDICT_FAIL, "programs", "%s: %s: install leaktrawl again", path, strerror(errno));
		free(path);
	}
}

/* ---- keys --------------------------------------------------------------------------------------- */

static void check_key(struct doctor *doctor, const char *path, enum key_kind kind)
{
	uint8_t key[KEY_BYTES];

	if (key_read(path, kind, key))
		doctor_say(doctor, VERDICT_OK, "keys", "%s", path);
	else
		doctor_say(doctor, VERDICT_FAIL, "keys", "%s", doctor_heard());
	mem_wipe(key, sizeof key);
}

/* The host that crawls is the one an attacker of our workers reaches first. */
static void check_private_keys(struct doctor *doctor)
{
	DIR *folder = opendir(doctor->config->folder);
	bool crawled = index_is_crawled(doctor->config->index_path);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char *path = xasprintf("%s/%s", doctor->config->folder, entry->d_name);

		if (key_is_private(path))
			doctor_say(doctor, crawled ? VERDICT_FAIL : VERDICT_WARN, "keys",
				"%s is a team's private key: it belongs on the team's machine; where leaktrawl crawls it gives every "
				"secret away",
				path);
		free(path);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

void doctor_keys(struct doctor *doctor)
{
	const struct config *config = doctor->config;

	if (config->fingerprint_path == NULL) {
		doctor_say(doctor, VERDICT_WARN, "keys", "none are configured: only scan --no-index works; leaktrawl init makes them");
	} else {
		check_key(doctor, config->fingerprint_path, KEY_FINGERPRINT);
		for (size_t i = 0; i < config->public_keys_count; i++)
			check_key(doctor, config->public_keys[i], KEY_TEAM_PUBLIC);
	}
	check_private_keys(doctor);
}

/* ---- index -------------------------------------------------------------------------------------- */

static void check_space(struct doctor *doctor)
{
	char *folder = xstrdup(doctor->config->index_path);
	struct statvfs space;

	*strrchr(folder, '/') = '\0';
	if (statvfs(folder[0] != '\0' ? folder : "/", &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize < LOW_SPACE_BYTES)
		doctor_say(doctor, VERDICT_WARN, "index", "%s has less than 1 GiB free", folder);
	free(folder);
}

static void check_open_index(struct doctor *doctor, const uint8_t *key)
{
	const char *path = doctor->config->index_path;
	struct index *index = NULL;
	char *why = NULL;

	if (index_open(&index, path, INDEX_READ, key, &why) != INDEX_OK)
		doctor_say(doctor, VERDICT_FAIL, "index", "%s", why);
	else if (index_check(index) != INDEX_OK)
		doctor_say(doctor, VERDICT_FAIL, "index", "%s: %s", path, index_why(index));
	else
		doctor_say(doctor, VERDICT_OK, "index", "%s: opens, is sound%s", path, key != NULL ? " and fits the fingerprint key" : "");
	index_close(index);
	free(why);
}

void doctor_index(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	uint8_t key[KEY_BYTES];
	bool with_key = config->fingerprint_path != NULL && key_read(config->fingerprint_path, KEY_FINGERPRINT, key);
	struct stat status;

	(void)doctor_heard();
	if (stat(config->index_path, &status) != 0 && errno == ENOENT)
		doctor_say(doctor, VERDICT_OK, "index", "%s: not there yet, the first crawl or scan makes it", config->index_path);
	else
		check_open_index(doctor, with_key ? key : NULL);
	mem_wipe(key, sizeof key);
	check_space(doctor);
}
