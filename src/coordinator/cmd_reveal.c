/* Opens sealed values where the team's private key is: never on the host that crawls. */
#include "config.h"

#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "coordinator/commands.h"
#include "coordinator/open_index.h"
#include "coordinator/table.h"
#include "index/finding_json.h"
#include "index/query.h"
#include "index/secret_text.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/seal.h"

static const char *const reveal_formats[] = {"text", "jsonl", NULL};

struct reveal_values {
	const char *key, *index, *export;
	int format;
};
static const struct option_row reveal_options[] = {
	{"key", 'k', OPTION_TEXT, offsetof(struct reveal_values, key), "FILE", "the team's private key", NULL},
	{"index", 'i', OPTION_TEXT, offsetof(struct reveal_values, index), "FILE",
		"the copy of the index to read; else the\nconfiguration's", NULL},
	{"export", 0, OPTION_TEXT, offsetof(struct reveal_values, export), "FILE",
		"on the crawling host: write such a copy, to be\ncarried to the team's machine", NULL},
	{"format", 'f', OPTION_CHOICE, offsetof(struct reveal_values, format), NULL, "how to print", reveal_formats},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage reveal_usage = {
	.operands = "[ID...]",
	.about = "Prints the account and the plain secret of findings. Each one is written to the\n"
		 "audit log of the index before it is shown.\n"
		 "\n"
		 "The private key never belongs on the host that crawls. There, make a copy with\n"
		 "  leaktrawl reveal --export FILE\n"
		 "and on the team's machine\n"
		 "  leaktrawl reveal --index FILE --key team.key ID...\n",
	.options = reveal_options,
	.least = 0,
	.most = -1,
};

struct key_pair {
	uint8_t public[KEY_BYTES], private[KEY_BYTES], id[SEAL_KEY_ID_BYTES];
};

static bool read_pair(const char *path, struct key_pair *pair)
{
	if (!key_read(path, KEY_TEAM_PRIVATE, pair->private))
		return false;
	if (crypto_scalarmult_base(pair->public, pair->private) != 0) {
		log_error("%s: is no usable private key", path);
		return false;
	}
	seal_key_id(pair->public, pair->id);
	return true;
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static const struct sealed_copy *copy_for(const struct sealed_finding *sealed, const struct key_pair *pair)
{
	for (size_t i = 0; i < sealed->copies_count; i++) {
		const struct sealed_copy *copy = &sealed->copies[i];
		if (copy->key_id_len == sizeof(pair->id) && memcmp(copy->key_id, pair->id, sizeof(pair->id)) == 0 &&
			copy->box_len == SEAL_COPY_BYTES)
			return copy;
	}
	return NULL;
}

/* The secret in memory the caller wipes and frees; NULL, having said why. */
static uint8_t *open_secret(const char *id, const struct sealed_finding *sealed, const struct key_pair *pair, size_t *len)
{
	const struct sealed_copy *copy = copy_for(sealed, pair);
	uint8_t *secret;

	if (!copy) {
		log_error("%s: is not sealed to this key", id);
		return NULL;
	}
	if (sealed->box_len < SEAL_OVERHEAD_BYTES || sealed->nonce_len != SEAL_NONCE_BYTES) {
		log_error("%s: its sealed value is damaged", id);
		return NULL;
	}
	*len = sealed->box_len - SEAL_OVERHEAD_BYTES;
	secret = xmalloc(*len + 1);
	if (seal_open(pair->public, pair->private, copy->box, sealed->sealed_id, sealed->nonce, sealed->box, sealed->box_len, secret))
		return secret;
	log_error("%s: its sealed value was changed since it was sealed", id);
	free(secret);
	return NULL;
}

static void print_text(const char *id, const struct sealed_finding *sealed, const uint8_t *secret, size_t len)
{
	char *safe = escape_dup((const char *)secret, len, len);

	printf("%s\t%s\t", id, sealed->kind);
	print_escaped(stdout, sealed->account ? sealed->account : "-");
	printf("\t%s\n", safe);
	mem_wipe(safe, strlen(safe));
	free(safe);
}

static void print_json(const char *id, const struct sealed_finding *sealed, const uint8_t *secret, size_t len)
{
	json_t *object = json_pack("{ss,ss}", "id", id, "kind", sealed->kind), *value = json_object();

	if (sealed->account)
		json_object_set_new(object, "account", json_string(sealed->account));
	secret_text_set(value, secret, len);
	json_object_set_new(object, "secret", value);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(object);
}

static bool audited(struct index *index, const char *id, const char *who)
{
	if (index_audit(index, who, "reveal", id, NULL, wall_ms()) == INDEX_OK)
		return true;
	log_error("%s: not shown, since it cannot be written to the audit log: %s", id, index_why(index));
	return false;
}

static bool reveal(struct index *index, const char *given, const struct key_pair *pair, const char *who, bool json)
{
	struct sealed_finding sealed;
	uint8_t *secret;
	size_t len = 0;
	char id[43];
	bool ok;

	if (index_sealed(index, given, &sealed) != INDEX_OK) {
		log_error("%s", index_why(index));
		return false;
	}
	finding_id_text(sealed.id, id);
	secret = open_secret(id, &sealed, pair, &len);
	ok = secret && audited(index, id, who);
	if (ok && json)
		print_json(id, &sealed, secret, len);
	else if (ok)
		print_text(id, &sealed, secret, len);
	if (secret)
		mem_wipe(secret, len);
	free(secret);
	sealed_finding_free(&sealed);
	return ok;
}

/* ---- the command ----------------------------------------------------------------------------------------- */

static int export_copy(const char *from, const char *to)
{
	struct index *index = open_for_query(from, INDEX_READ);
	enum index_result result;

	if (!index)
		return STATUS_ERROR;
	result = index_copy(index, to);
	if (result != INDEX_OK)
		log_error("%s", index_why(index));
	else
		log_info("%s: a copy of the index: carry it to the team's machine", to);
	index_close(index);
	return result == INDEX_OK ? STATUS_DONE : STATUS_ERROR;
}

static int reveal_all(const char *path, const struct reveal_values *values, int count, char **ids)
{
	struct key_pair pair;
	struct index *index;
	char *who;
	int status = STATUS_DONE;

	if (index_is_crawled(path)) {
		log_error("%s: is the index of a host that crawls, where the private key must not be: "
			  "make a copy with `leaktrawl reveal --export FILE` and open that on the team's machine",
			path);
		return STATUS_ERROR;
	}
	if (!read_pair(values->key, &pair))
		return STATUS_ERROR;
	index = open_for_query(path, INDEX_WRITE);
	who = who_asks();
	for (int i = 0; index && i < count; i++)
		if (!reveal(index, ids[i], &pair, who, values->format == 1))
			status = STATUS_ERROR;
	free(who);
	mem_wipe(&pair, sizeof(pair));
	index_close(index);
	return index ? status : STATUS_ERROR;
}

static int run(struct command_context *context, const struct reveal_values *values, int count, char **ids)
{
	const char *path = values->index;

	if (!path) {
		context->config = config_load(context->config_path);
		if (!context->config)
			return STATUS_USAGE;
		path = context->config->index_path;
	}
	if (values->export)
		return export_copy(path, values->export);
	return reveal_all(path, values, count, ids);
}

int cmd_reveal(struct command_context *context, int argc, char **argv)
{
	struct reveal_values values = {.format = 0};

	if (!command_begin(context, &reveal_usage, &values, &argc, &argv))
		return context->status;
	if (values.export && (values.key || argc > 0))
		return command_misused(context, "--export stands alone: it shows nothing and needs no key");
	if (!values.export && argc == 0)
		return command_misused(context, "which findings? give their ids");
	if (!values.export && !values.key)
		return command_misused(context, "--key is missing: the team's private key");
	return run(context, &values, argc, argv);
}
