#include "inspect/setup.h"

#include <errno.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "inspect/attribute/identity.h"
#include "inspect/links/sites.h"
#include "inspect/own_data.h"
#include "inspect/records/keys.h"
#include "inspect/records/machine.h"
#include "inspect/rules/cookies.h"
#include "inspect/rules/hashes.h"
#include "inspect/rules/placeholders.h"
#include "inspect/rules/rules.h"
#include "inspect/rules/services.h"
#include "inspect/sieve/sieve.h"
#include "inspect/unpack/passwords.h"
#include "inspect/watch.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/seal.h"
#include "shared/worker.h"

enum { CONFIG_BYTES_MAX = 64 * 1024 * 1024, SIEVE_BYTES_MAX = 256 * 1024 * 1024, NOTES_MAX = 20, NOTE_BYTES = 512 };

/* The whole of a descriptor, followed by a 0 byte; refused when it is larger than max. */
static char *read_whole(int fd, size_t max, const char *what, size_t *len)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		worker_refuse("%s: the descriptor is no file", what);
	if (status.st_size < 0 || (uint64_t)status.st_size > max)
		worker_refuse("%s: larger than %zu bytes", what, max);
	char *data = xmalloc((size_t)status.st_size + 1);

	for (*len = 0; *len < (size_t)status.st_size;) {
		ssize_t got = pread(fd, data + *len, (size_t)status.st_size - *len, (off_t)*len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			worker_refuse("%s: cannot be read whole", what);
		*len += (size_t)got;
	}
	data[*len] = '\0';
	return data;
}

/* ---- configuration ---------------------------------------------------------------------------- */

static void check_keys(const Lt__InspectConfig *config)
{
	if (!config->has_fingerprint_key)
		worker_refuse("the set-up holds no fingerprint key");
	if (config->fingerprint_key.len != IDENTITY_KEY_BYTES)
		worker_refuse("the fingerprint key has %zu bytes instead of %d", config->fingerprint_key.len, IDENTITY_KEY_BYTES);
	for (size_t i = 0; i < config->n_team_keys; i++)
		if (config->team_keys[i].len != SEAL_PUBLIC_BYTES)
			worker_refuse("a team key has %zu bytes instead of %d", config->team_keys[i].len, SEAL_PUBLIC_BYTES);
}

static void read_config(struct engine *engine, const Lt__InspectSetup *setup, int fd)
{
	size_t len;

	if (setup->sandbox == worker_unsandboxed())
		worker_refuse("the set-up and the command line do not agree on the sandbox");
	char *data = read_whole(fd, CONFIG_BYTES_MAX, "the set-up", &len);

	engine->config = lt__inspect_config__unpack(NULL, len, (const uint8_t *)data);
	mem_wipe(data, len);
	free(data);
	if (engine->config == NULL)
		worker_refuse("the set-up is malformed");
	check_keys(engine->config);
	for (size_t i = 0; i < engine->config->n_limits; i++)
		if (limits_set(&engine->limits, engine->config->limits[i]->name, engine->config->limits[i]->value) != 0)
			worker_refuse("there is no limit %s", engine->config->limits[i]->name);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	engine->now_ms = engine->config->has_now_ms ? engine->config->now_ms : (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	worker_limit_memory(engine->limits.inspect_memory_bytes);
	expression_limits(engine->limits.rule_match_steps, engine->limits.rule_heap_kib);
}

void engine_fingerprint_key(const struct engine *engine, uint8_t key[IDENTITY_KEY_BYTES])
{
	memcpy(key, engine->config->fingerprint_key.data, IDENTITY_KEY_BYTES);
}

/* ---- files ------------------------------------------------------------------------------------ */

/* Keeps or closes the file. own: data of the user, whose examples nobody has run yet. */
static void load(struct engine *engine, const Lt__SetupFile *setup, Lt__SetupKind kind, struct yaml_file *file, bool own)
{
	switch (kind) {
	case LT__SETUP_KIND__SETUP_RULES:
		rules_load(engine->rules, file, setup->has_shipped && setup->shipped);
		return;
	case LT__SETUP_KIND__SETUP_HASHES:
		hashes_load(engine->hashes, file);
		break;
	case LT__SETUP_KIND__SETUP_COOKIES:
		cookies_load(engine->cookies, file);
		break;
	case LT__SETUP_KIND__SETUP_KEYS:
		keys_load(engine->keys, file);
		break;
	case LT__SETUP_KIND__SETUP_PLACEHOLDERS:
		placeholders_load(engine->placeholders, file);
		break;
	case LT__SETUP_KIND__SETUP_MACHINES:
		machines_load(engine->machines, file);
		break;
	case LT__SETUP_KIND__SETUP_SERVICES:
		services_load(engine->services, file);
		break;
	case LT__SETUP_KIND__SETUP_SITE:
		sites_load(engine->sites, file, setup->has_shipped && setup->shipped);
		break;
	case LT__SETUP_KIND__SETUP_OTHER:
		if (slice_ends_nocase(slice_of(setup->name), "block-pages.yml"))
			sites_load_markers(engine->sites, file);
		if (slice_ends_nocase(slice_of(setup->name), "archive-passwords.yml"))
			archive_passwords_load(engine->archive_passwords, file);
		break;
	default:
		break;
	}
	if (own)
		own_data_check(engine, file, kind);
	yaml_close(file);
}

static bool holds_rules(const char *data, size_t len)
{
	static const char key[] = "\nrules:";

	return (len >= sizeof key - 2 && memcmp(data, key + 1, sizeof key - 2) == 0) || memmem(data, len, key, sizeof key - 1) != NULL;
}

static void read_file(struct engine *engine, const Lt__SetupFile *setup, int fd)
{
	size_t len;

	if (engine->config == NULL)
		worker_refuse("a file of the set-up came before the configuration");
	char *data = read_whole(fd, LIMIT_RULE_FILE_BYTES, setup->name, &len);
	bool rules = setup->kind == LT__SETUP_KIND__SETUP_RULES && !(setup->has_shipped && setup->shipped);

	bool data_file = rules && !holds_rules(data, len);
	Lt__SetupKind kind = data_file ? own_data_kind(setup->name, (struct slice){data, len}) : setup->kind;

	if (data_file && kind == LT__SETUP_KIND__SETUP_RULES) { /* of another tool's folder: lists of rules, its own settings */
		rules_left(engine->rules, setup->name);
		free(data);
		return;
	}
	struct yaml_file *file = yaml_parse(setup->name, data, len, &engine->faults);

	if (file != NULL)
		load(engine, setup, kind, file, data_file);
	free(data);
}

/* ---- the end ---------------------------------------------------------------------------------- */

/* The names as another inspector compiled them, or where they go for the others; fd -1: neither. */
struct common {
	int fd;
	bool compiled;
};

static void take_common(struct common *common, const Lt__SetupSieve *setup, int *fd)
{
	if (common->fd >= 0)
		worker_refuse("two files for the sieve in one set-up");
	*common = (struct common){*fd, setup->compiled};
	*fd = -1;
}

static struct sieve *load_sieve(struct literals *literals, int fd)
{
	size_t len;
	char *saved = read_whole(fd, SIEVE_BYTES_MAX, "the compiled names", &len);
	struct sieve *sieve = sieve_load(literals, saved, len);

	free(saved);
	if (sieve == NULL)
		log_warning("the names compiled by another inspector do not fit: they are compiled again");
	return sieve;
}

static void save_sieve(const struct sieve *sieve, int fd)
{
	if (!sieve_save(sieve, fd) && ftruncate(fd, 0) != 0) /* an empty file is no offer */
		worker_refuse("the compiled names cannot be written for the other inspectors");
}

/* Takes the literals over. */
static struct sieve *build_sieve(struct literals *literals, const struct common *common)
{
	char *why = NULL;
	struct sieve *sieve = common->compiled ? load_sieve(literals, common->fd) : NULL;

	if (sieve != NULL)
		return sieve;
	sieve = sieve_new(literals, &why);
	if (sieve == NULL)
		worker_refuse("%s", why);
	if (common->fd >= 0 && !common->compiled) {
		save_sieve(sieve, common->fd);
		(void)malloc_trim(0); /* compiling takes tens of times what is left of it */
	}
	return sieve;
}

static void build_sieves(struct engine *engine, const struct common *common)
{
	struct literals names = {.list = NULL}, services = {.list = NULL};

	literals_of_names(&names, engine);
	literals_of_triggers(&names);
	literals_of_services(&services, engine);
	engine->sieve = build_sieve(&names, common);
	engine->service_sieve = sieve_unready(&services);
}

/* Without its JIT, PCRE2 is tens of times slower: better to say so at once than to crawl on. */
static void check_jit(void)
{
	int error;
	PCRE2_SIZE at, size = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR) "a+b", 3, 0, &error, &at, NULL);

	if (code == NULL || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0 || pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) != 0 ||
		size == 0)
		worker_refuse("PCRE2 makes no JIT code here: is memory both writable and executable forbidden (hardened kernel, SELinux)?");
	pcre2_code_free(code);
}

static void finish(struct engine *engine, const struct common *common)
{
	if (engine->config == NULL)
		worker_refuse("the set-up ended without a configuration");
	engine->watch = watch_new(engine->config);
	sites_load_follow(engine->sites, engine->config, &engine->faults);
	build_sieves(engine, common);
	if (common->fd >= 0)
		close(common->fd);
	check_jit();
	const char *lost = sieve_self_test();
	char *why = NULL;

	if (lost != NULL)
		worker_refuse("%s: this libhs cannot be trusted", lost);
	if (!rules_finish(engine->rules, &why))
		worker_refuse("%s", why);
}

static struct engine *engine_new(void)
{
	struct engine *engine = xcalloc(1, sizeof *engine);

	limits_defaults(&engine->limits);
	engine->archive_passwords = archive_passwords_new();
	engine->rules = rules_new();
	engine->hashes = hashes_new();
	engine->placeholders = placeholders_new();
	engine->cookies = cookies_new();
	engine->services = services_new();
	engine->keys = keys_new();
	engine->machines = machines_new();
	engine->sites = sites_new();
	return engine;
}

struct engine *setup_receive(void)
{
	struct engine *engine = engine_new();
	struct common common = {-1, false};
	bool ended = false;

	if (sodium_init() < 0)
		worker_refuse("libsodium does not start");
	while (!ended) {
		int fd = -1;
		Lt__Envelope *message = worker_receive(&fd);

		switch (message->body_case) {
		case LT__ENVELOPE__BODY_INSPECT_SETUP:
			if (engine->config != NULL)
				worker_refuse("two configurations in one set-up");
			read_config(engine, message->inspect_setup, fd);
			break;
		case LT__ENVELOPE__BODY_SETUP_FILE:
			read_file(engine, message->setup_file, fd);
			break;
		case LT__ENVELOPE__BODY_SETUP_SIEVE:
			take_common(&common, message->setup_sieve, &fd);
			break;
		case LT__ENVELOPE__BODY_SETUP_END:
			ended = true;
			break;
		default:
			worker_refuse("a message that is no part of the set-up");
		}
		if (fd >= 0)
			close(fd);
		channel_message_free(message);
	}
	finish(engine, &common);
	return engine;
}

const char *const *setup_notes(const struct engine *engine)
{
	static char texts[NOTES_MAX][NOTE_BYTES];
	static const char *notes[NOTES_MAX + 1];
	size_t count = engine->faults.count < NOTES_MAX ? engine->faults.count : NOTES_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct fault *fault = &engine->faults.list[i];

		snprintf(texts[i], NOTE_BYTES, "%s:%u:%u: %s", fault->file, fault->line, fault->column, fault->text);
		notes[i] = texts[i];
		log_warning("%s", texts[i]);
	}
	notes[count] = NULL;
	return notes;
}
