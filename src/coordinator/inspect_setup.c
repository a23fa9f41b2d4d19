#include "coordinator/inspect_setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/common_sieve.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { VERSION_BYTES = 16 };

struct setup_file {
	Lt__SetupKind kind;
	char *name; /* shown in errors */
	bool shipped;
	int fd;
};

struct inspect_setup {
	int watch_fd; /* sealed memfd: encoded InspectConfig */
	struct setup_file *files;
	size_t count;
	struct common_sieve *sieve;
	crypto_generichash_state digest;
	char version[VERSION_BYTES * 2 + 1];
};

/* ---- the watch-list ---------------------------------------------------------------------------- */

static void fill_hosts(Lt__InspectConfig *message, const struct watch *watch)
{
	message->n_hosts = watch->hosts_count;
	message->hosts = xcalloc(watch->hosts_count, sizeof *message->hosts);
	for (size_t i = 0; i < watch->hosts_count; i++) {
		Lt__InspectConfig__Host *host = xmalloc(sizeof *host);

		lt__inspect_config__host__init(host);
		host->name = watch->hosts[i].name;
		host->has_staff = true;
		host->staff = watch->hosts[i].staff;
		message->hosts[i] = host;
	}
}

static void fill_staff(Lt__InspectConfig *message, const struct watch *watch)
{
	message->n_staff = watch->staff_count;
	message->staff = xcalloc(watch->staff_count, sizeof *message->staff);
	for (size_t i = 0; i < watch->staff_count; i++) {
		Lt__InspectConfig__Staff *staff = xmalloc(sizeof *staff);

		lt__inspect_config__staff__init(staff);
		staff->address = watch->staff[i].address;
		staff->name = watch->staff[i].name;
		staff->team = watch->staff[i].team;
		staff->has_privileged = true;
		staff->privileged = watch->staff[i].privileged;
		message->staff[i] = staff;
	}
}

/* Canaries are accounts like any other to the inspector, which marks those it is told to ignore. */
static char **ignored(const struct watch *watch, size_t *count)
{
	char **all = xcalloc(watch->ignore_count + watch->canaries_count, sizeof *all);

	for (size_t i = 0; i < watch->ignore_count; i++)
		all[(*count)++] = watch->ignore[i];
	for (size_t i = 0; i < watch->canaries_count; i++)
		all[(*count)++] = watch->canaries[i];
	return all;
}

static char **follow_patterns(const struct config *config, size_t *count)
{
	char **all = NULL;

	for (size_t i = 0; i < config->sources_count; i++)
		for (size_t j = 0; j < config->sources[i].follow_count; j++) {
			all = xreallocarray(all, *count + 1, sizeof *all);
			all[(*count)++] = config->sources[i].follow[j];
		}
	return all;
}

static void fill_limits(Lt__InspectConfig *message, const struct limits *limits)
{
	message->n_limits = limit_row_count;
	message->limits = xcalloc(limit_row_count, sizeof *message->limits);
	for (size_t i = 0; i < limit_row_count; i++) {
		Lt__InspectConfig__Limit *limit = xmalloc(sizeof *limit);

		lt__inspect_config__limit__init(limit);
		limit->name = (char *)(uintptr_t)limit_rows[i].name;
		memcpy(&limit->value, (const char *)limits + limit_rows[i].offset, sizeof limit->value);
		message->limits[i] = limit;
	}
}

static void fill_keys(Lt__InspectConfig *message, const struct inspect_setup_options *options)
{
	message->has_ephemeral = message->has_reveal = true;
	message->ephemeral = options->ephemeral;
	message->reveal = options->reveal;
	message->has_fingerprint_key = true;
	message->fingerprint_key.data = (uint8_t *)(uintptr_t)options->fingerprint_key;
	message->fingerprint_key.len = 32;
	if (options->ephemeral)
		return;
	message->n_team_keys = options->team_key_count;
	message->team_keys = xcalloc(options->team_key_count, sizeof *message->team_keys);
	for (size_t i = 0; i < options->team_key_count; i++) {
		message->team_keys[i].data = (uint8_t *)(uintptr_t)options->team_keys[i];
		message->team_keys[i].len = 32;
	}
}

static void free_rows(void **rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(rows[i]);
	free(rows);
}

static int sealed_memfd(const void *data, size_t len)
{
	int fd = memfd_create("leaktrawl-setup", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		log_fatal_errno("cannot make a memory file");
	for (size_t at = 0; at < len;) {
		ssize_t written = write(fd, (const char *)data + at, len - at);

		if (written < 0 && errno != EINTR)
			log_fatal_errno("cannot write to a memory file");
		at += written > 0 ? (size_t)written : 0;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		log_fatal_errno("cannot seal a memory file");
	return fd;
}

/* Digest of what decides findings, without the keys and the clock. */
static void digest_watch(struct inspect_setup *setup, Lt__InspectConfig *message)
{
	size_t size = lt__inspect_config__get_packed_size(message);
	uint8_t *packed = xmalloc(size);

	lt__inspect_config__pack(message, packed);
	crypto_generichash_update(&setup->digest, packed, size);
	free(packed);
}

static void encode_watch(struct inspect_setup *setup, const struct config *config, const struct inspect_setup_options *options)
{
	const struct watch *watch = &config->watch;
	Lt__InspectConfig message = LT__INSPECT_CONFIG__INIT;
	size_t size;
	uint8_t *packed;

	message.organisation = config->organisation;
	message.n_domains = watch->domains_count;
	message.domains = watch->domains;
	message.n_services = watch->services_count;
	message.services = watch->services;
	message.n_logon_domains = watch->logon_domains_count;
	message.logon_domains = watch->logon_domains;
	message.n_keywords = watch->keywords_count;
	message.keywords = watch->keywords;
	message.ignore = ignored(watch, &message.n_ignore);
	message.n_archive_passwords = config->archive_passwords_count;
	message.archive_passwords = config->archive_passwords;
	message.follow = follow_patterns(config, &message.n_follow);
	fill_hosts(&message, watch);
	fill_staff(&message, watch);
	fill_limits(&message, &config->limits);
	digest_watch(setup, &message);
	fill_keys(&message, options);
	message.has_now_ms = true;
	message.now_ms = options->now_ms;

	size = lt__inspect_config__get_packed_size(&message);
	packed = xmalloc(size);
	lt__inspect_config__pack(&message, packed);
	setup->watch_fd = sealed_memfd(packed, size);
	mem_wipe(packed, size);
	free(packed);
	free(message.ignore);
	free(message.follow);
	free(message.team_keys);
	free_rows((void **)message.hosts, message.n_hosts);
	free_rows((void **)message.staff, message.n_staff);
	free_rows((void **)message.limits, message.n_limits);
}

/* ---- rule and data files ----------------------------------------------------------------------- */

static bool add_file(struct inspect_setup *setup, Lt__SetupKind kind, const char *path, bool shipped)
{
	uint8_t chunk[16384];
	struct stat status;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &status) != 0) {
		log_error("%s: cannot read: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (!S_ISREG(status.st_mode) || status.st_size > LIMIT_RULE_FILE_BYTES) {
		log_error("%s: not a regular file of at most %d bytes", path, LIMIT_RULE_FILE_BYTES);
		close(fd);
		return false;
	}
	while ((got = read(fd, chunk, sizeof chunk)) > 0)
		crypto_generichash_update(&setup->digest, chunk, (unsigned long long)got);
	(void)lseek(fd, 0, SEEK_SET);
	setup->files = xreallocarray(setup->files, setup->count + 1, sizeof *setup->files);
	setup->files[setup->count++] = (struct setup_file){kind, xstrdup(path), shipped, fd};
	return true;
}

static const struct {
	const char *name;
	Lt__SetupKind kind;
} data_kinds[] = {
	{"hashes.yml", LT__SETUP_KIND__SETUP_HASHES},
	{"cookies.yml", LT__SETUP_KIND__SETUP_COOKIES},
	{"keys.yml", LT__SETUP_KIND__SETUP_KEYS},
	{"placeholders.yml", LT__SETUP_KIND__SETUP_PLACEHOLDERS},
	{"machines.yml", LT__SETUP_KIND__SETUP_MACHINES},
	{"services.yml", LT__SETUP_KIND__SETUP_SERVICES},
};

static Lt__SetupKind kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof data_kinds / sizeof data_kinds[0]; i++)
		if (strcmp(data_kinds[i].name, name) == 0)
			return data_kinds[i].kind;
	return LT__SETUP_KIND__SETUP_OTHER;
}

static int yaml_only(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' &&
	       ((len > 4 && strcmp(entry->d_name + len - 4, ".yml") == 0) || (len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0));
}

static int folders_only(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/* Which files of a folder go with the set-up, and as what. */
struct picking {
	struct inspect_setup *setup;
	Lt__SetupKind kind;
	bool shipped, deep; /* deep: with the folders below */
};

static bool add_folder(const struct picking *picking, const char *folder, unsigned depth);

static bool add_entry(const struct picking *picking, const char *path, const char *name, unsigned depth, bool folder)
{
	struct stat status;
	Lt__SetupKind kind = picking->kind == LT__SETUP_KIND__SETUP_OTHER ? kind_of(name) : picking->kind;

	if (!folder)
		return add_file(picking->setup, kind, path, picking->shipped);
	return lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) || add_folder(picking, path, depth + 1);
}

static bool add_entries(const struct picking *picking, const char *folder, unsigned depth, bool folders)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, folders ? folders_only : yaml_only, alphasort);
	bool good = true;

	if (count < 0) {
		log_error("%s: cannot read this folder: %s", folder, strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		size_t len = strlen(folder);
		char *path = xasprintf("%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", entries[i]->d_name);

		good = good && add_entry(picking, path, entries[i]->d_name, depth, folders);
		free(path);
		free(entries[i]);
	}
	free(entries);
	return good;
}

static bool add_folder(const struct picking *picking, const char *folder, unsigned depth)
{
	if (depth > LIMIT_RULE_FOLDER_DEPTH) {
		log_error("%s: folders of rules are nested deeper than %d", folder, LIMIT_RULE_FOLDER_DEPTH);
		return false;
	}
	return add_entries(picking, folder, depth, false) && (!picking->deep || add_entries(picking, folder, depth, true));
}

/* kind SETUP_OTHER: by file name. A missing folder is an error unless optional. */
static bool add_tree(const struct picking *picking, const char *folder, bool optional)
{
	return (optional && access(folder, F_OK) != 0 && errno == ENOENT) || add_folder(picking, folder, 0);
}

static bool add_shipped(struct inspect_setup *setup, const char *what, Lt__SetupKind kind, bool optional)
{
	char *folder = install_data(what);
	struct picking picking = {setup, kind, true, false};
	bool good = add_tree(&picking, folder, optional);

	free(folder);
	return good;
}

static bool add_configured(struct inspect_setup *setup, const struct config *config)
{
	struct picking rules = {setup, LT__SETUP_KIND__SETUP_RULES, false, true}, site = {setup, LT__SETUP_KIND__SETUP_SITE, false, false};
	char *sites;
	bool good = true;

	for (size_t i = 0; i < config->rules_count && good; i++) {
		struct stat status;

		if (stat(config->rules[i], &status) == 0 && S_ISDIR(status.st_mode))
			good = add_tree(&rules, config->rules[i], false);
		else
			good = add_file(setup, LT__SETUP_KIND__SETUP_RULES, config->rules[i], false);
	}
	sites = xasprintf("%s/sites", config->folder);
	good = good && add_tree(&site, sites, true);
	free(sites);
	return good;
}

static size_t names_count(const struct watch *watch)
{
	return watch->domains_count + watch->hosts_count + watch->logon_domains_count + watch->keywords_count + watch->staff_count;
}

static void send_end(struct pool_worker *worker)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__SetupEnd last = LT__SETUP_END__INIT;

	envelope.body_case = LT__ENVELOPE__BODY_SETUP_END;
	envelope.setup_end = &last;
	(void)pool_send(worker, &envelope, -1);
}

struct inspect_setup *inspect_setup_new(const struct config *config, const struct inspect_setup_options *options)
{
	struct inspect_setup *setup = xcalloc(1, sizeof *setup);
	uint8_t digest[VERSION_BYTES], run_key[32];
	struct inspect_setup_options chosen = *options;

	setup->watch_fd = -1;
	setup->sieve = common_sieve_new(names_count(&config->watch), send_end);
	if (options->ephemeral) { /* one key for all inspectors: what two of them find is one finding */
		randombytes_buf(run_key, sizeof run_key);
		chosen.fingerprint_key = run_key;
	}
	crypto_generichash_init(&setup->digest, NULL, 0, sizeof digest);
	encode_watch(setup, config, &chosen);
	mem_wipe(run_key, sizeof run_key);
	if (!add_shipped(setup, "data", LT__SETUP_KIND__SETUP_OTHER, false) ||
		!add_shipped(setup, "patterns", LT__SETUP_KIND__SETUP_RULES, false) ||
		!add_shipped(setup, "data/sites", LT__SETUP_KIND__SETUP_SITE, true) || !add_configured(setup, config)) {
		inspect_setup_free(setup);
		return NULL;
	}
	crypto_generichash_final(&setup->digest, digest, sizeof digest);
	sodium_bin2hex(setup->version, sizeof setup->version, digest, sizeof digest);
	return setup;
}

void inspect_setup_free(struct inspect_setup *setup)
{
	if (setup == NULL)
		return;
	if (setup->watch_fd >= 0)
		close(setup->watch_fd);
	for (size_t i = 0; i < setup->count; i++) {
		close(setup->files[i].fd);
		free(setup->files[i].name);
	}
	free(setup->files);
	common_sieve_free(setup->sieve);
	free(setup);
}

/* ---- sending ----------------------------------------------------------------------------------- */

void inspect_setup_send(struct inspect_setup *setup, struct pool_worker *worker)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__InspectSetup first = LT__INSPECT_SETUP__INIT;

	first.sandbox = pool_sandbox(worker->pool);
	envelope.body_case = LT__ENVELOPE__BODY_INSPECT_SETUP;
	envelope.inspect_setup = &first;
	(void)pool_send(worker, &envelope, setup->watch_fd);
	for (size_t i = 0; i < setup->count; i++) {
		Lt__SetupFile file = LT__SETUP_FILE__INIT;

		file.kind = setup->files[i].kind;
		file.name = setup->files[i].name;
		file.has_shipped = true;
		file.shipped = setup->files[i].shipped;
		envelope.body_case = LT__ENVELOPE__BODY_SETUP_FILE;
		envelope.setup_file = &file;
		(void)pool_send(worker, &envelope, setup->files[i].fd);
	}
	common_sieve_offer(setup->sieve, worker);
}

void inspect_setup_ready(struct inspect_setup *setup, struct pool_worker *worker)
{
	common_sieve_ready(setup->sieve, worker);
}

void inspect_setup_dead(struct inspect_setup *setup, const struct pool_worker *worker)
{
	common_sieve_dead(setup->sieve, worker);
}

const char *inspect_setup_version(const struct inspect_setup *setup)
{
	return setup->version;
}
