#include "inspect/sieve/sieve.h"

#include <errno.h>
#include <hs/hs.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"

enum { DIGEST_BYTES = 32 };

struct sieve {
	struct literals literals;
	hs_database_t *database; /* NULL without literals */
	hs_scratch_t *scratch;
	size_t overlap;
	bool ready;
};

void literals_add(struct literals *literals, const void *bytes, size_t len, struct literal like)
{
	if (literals->count == literals->cap) {
		literals->cap = literals->cap == 0 ? 64 : literals->cap * 2;
		literals->list = xreallocarray(literals->list, literals->cap, sizeof *literals->list);
	}
	like.bytes = xmemdup(bytes, len);
	like.len = (uint32_t)len;
	literals->list[literals->count++] = like;
}

void literals_free(struct literals *literals)
{
	for (size_t i = 0; i < literals->count; i++)
		free(literals->list[i].bytes);
	free(literals->list);
	*literals = (struct literals){.list = NULL};
}

void literals_of_triggers(struct literals *literals)
{
	for (size_t i = 0; i < trigger_literal_count; i++) {
		const struct trigger_literal *trigger = &trigger_literals[i];
		struct literal like = {.is_trigger = true, .trigger = trigger->trigger, .caseless = true};

		literals_add(literals, trigger->bytes, trigger->len, like);
	}
}

static bool compile(struct sieve *sieve, char **why)
{
	size_t count = sieve->literals.count;
	const char **texts = xcalloc(count, sizeof *texts);
	unsigned *flags = xcalloc(count, sizeof *flags);
	unsigned *ids = xcalloc(count, sizeof *ids);
	size_t *lengths = xcalloc(count, sizeof *lengths);
	hs_compile_error_t *error = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct literal *literal = &sieve->literals.list[i];

		texts[i] = (const char *)literal->bytes;
		lengths[i] = literal->len;
		flags[i] = literal->caseless ? HS_FLAG_CASELESS : 0;
		ids[i] = (unsigned)i;
	}
	unsigned mode = sieve->literals.words ? HS_MODE_VECTORED : HS_MODE_BLOCK;
	hs_error_t result = hs_compile_lit_multi(texts, flags, ids, lengths, (unsigned)count, mode, NULL, &sieve->database, &error);

	if (result != HS_SUCCESS)
		*why = xasprintf("libhs does not take the names to look for: %s", error != NULL ? error->message : "no reason given");
	hs_free_compile_error(error);
	free(texts);
	free(flags);
	free(ids);
	free(lengths);
	return result == HS_SUCCESS;
}

struct sieve *sieve_unready(struct literals *literals)
{
	struct sieve *sieve = xcalloc(1, sizeof *sieve);

	sieve->literals = *literals;
	*literals = (struct literals){.list = NULL};
	sieve->ready = sieve->literals.count == 0;
	for (size_t i = 0; i < sieve->literals.count; i++)
		if (sieve->literals.list[i].len > sieve->overlap + 1)
			sieve->overlap = sieve->literals.list[i].len - 1;
	return sieve;
}

static bool get_ready(struct sieve *sieve, char **why)
{
	if (sieve->ready)
		return true;
	if (hs_valid_platform() != HS_SUCCESS)
		*why = xstrdup("libhs does not support this processor");
	else if (compile(sieve, why) && hs_alloc_scratch(sieve->database, &sieve->scratch) != HS_SUCCESS)
		*why = xstrdup("no memory for libhs");
	sieve->ready = *why == NULL;
	return sieve->ready;
}

struct sieve *sieve_new(struct literals *literals, char **why)
{
	struct sieve *sieve = sieve_unready(literals);

	*why = NULL;
	if (get_ready(sieve, why))
		return sieve;
	sieve_free(sieve);
	return NULL;
}

void sieve_ready(struct sieve *sieve)
{
	char *why = NULL;

	if (!get_ready(sieve, &why))
		log_fatal("%s", why);
}

void sieve_free(struct sieve *sieve)
{
	if (sieve == NULL)
		return;
	hs_free_scratch(sieve->scratch);
	hs_free_database(sieve->database);
	literals_free(&sieve->literals);
	free(sieve);
}

/* ---- for other processes ------------------------------------------------------------------------ */

static void digest_literals(const struct literals *literals, uint8_t digest[DIGEST_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
	for (size_t i = 0; i < literals->count; i++) {
		const struct literal *literal = &literals->list[i];
		uint32_t head[2] = {literal->len, literal->caseless};

		crypto_generichash_update(&state, (const uint8_t *)head, sizeof head);
		crypto_generichash_update(&state, literal->bytes, literal->len);
	}
	crypto_generichash_final(&state, digest, DIGEST_BYTES);
}

static bool write_whole(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t written = write(fd, (const char *)data + at, len - at);

		if (written < 0 && errno != EINTR)
			return false;
		at += written > 0 ? (size_t)written : 0;
	}
	return true;
}

bool sieve_save(const struct sieve *sieve, int fd)
{
	uint8_t digest[DIGEST_BYTES];
	char *saved = NULL;
	size_t len;

	if (sieve->database == NULL || hs_serialize_database(sieve->database, &saved, &len) != HS_SUCCESS)
		return false;
	digest_literals(&sieve->literals, digest);
	bool good = write_whole(fd, digest, sizeof digest) && write_whole(fd, saved, len);

	free(saved);
	return good;
}

struct sieve *sieve_load(struct literals *literals, const void *saved, size_t len)
{
	uint8_t digest[DIGEST_BYTES];
	hs_database_t *database;

	digest_literals(literals, digest);
	if (len <= sizeof digest || memcmp(saved, digest, sizeof digest) != 0 ||
		hs_deserialize_database((const char *)saved + sizeof digest, len - sizeof digest, &database) != HS_SUCCESS)
		return NULL;
	struct sieve *sieve = sieve_unready(literals);

	sieve->database = database;
	if (hs_alloc_scratch(database, &sieve->scratch) != HS_SUCCESS)
		log_fatal("no memory for libhs");
	sieve->ready = true;
	return sieve;
}

struct scanning {
	const struct sieve *sieve;
	sieve_found *found;
	void *context;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct scanning *scanning = context;
	const struct literal *literal = &scanning->sieve->literals.list[id];

	(void)from; /* not known without HS_FLAG_SOM_LEFTMOST; a literal's length says it */
	(void)flags;
	scanning->found(scanning->context, literal, (size_t)to - literal->len);
	return 0;
}

void sieve_scan(const struct sieve *sieve, const char *data, size_t len, sieve_found *found, void *context)
{
	struct scanning scanning = {sieve, found, context};

	if (sieve->database == NULL || len == 0)
		return;
	unsigned size = (unsigned)len;
	hs_error_t result = sieve->literals.words ? hs_scan_vector(sieve->database, &data, &size, 1, 0, sieve->scratch, on_match, &scanning)
						  : hs_scan(sieve->database, data, size, 0, sieve->scratch, on_match, &scanning);

	if (result != HS_SUCCESS)
		log_fatal("libhs failed to scan (error %d)", result);
}

size_t sieve_overlap(const struct sieve *sieve)
{
	return sieve->overlap;
}

/* ---- self-test -------------------------------------------------------------------------------- */

static void count_match(void *context, const struct literal *literal, size_t at)
{
	unsigned *seen = context;

	(void)at;
	seen[literal->name]++;
}

static const char *test_mode(bool words)
{
	enum { PROBES = 3, PLACES = 500, STEP = 131 };
	static const struct {
		const char *bytes;
		size_t len;
		bool caseless;
	} probes[PROBES] = {{"self-test.example", 17, true}, {"s\0e\0l\0f\0", 8, true}, {"c2VsZi10ZXN0", 12, false}};
	struct literals literals = {.words = words};
	unsigned seen[PROBES] = {0};
	char *why = NULL;

	for (size_t i = 0; i < PROBES; i++)
		literals_add(
			&literals, probes[i].bytes, probes[i].len, (struct literal){.caseless = probes[i].caseless, .name = (uint32_t)i});
	struct sieve *sieve = sieve_new(&literals, &why);

	free(why);
	if (sieve == NULL)
		return "libhs compiles no literals";
	char *text = xmalloc(PLACES * STEP);

	memset(text, '{', PLACES * STEP);
	for (size_t i = 0; i < PLACES; i++)
		memcpy(text + i * STEP + i % 64, probes[i % PROBES].bytes, probes[i % PROBES].len);
	sieve_scan(sieve, text, PLACES * STEP, count_match, seen);
	free(text);
	sieve_free(sieve);
	for (size_t i = 0; i < PROBES; i++)
		if (seen[i] != (PLACES + PROBES - 1 - i) / PROBES)
			return "libhs loses matches of literals";
	return NULL;
}

const char *sieve_self_test(void)
{
	const char *lost = test_mode(false);

	return lost != NULL ? lost : test_mode(true);
}
