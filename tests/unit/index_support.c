#include "config.h"

#include "tests/unit/index_support.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "index/outbox.h"
#include "shared/mem.h"

const uint8_t test_key[INDEX_KEY_BYTES] = "0123456789abcdef0123456789abcde";

void place_make(struct place *place)
{
	const char *base = getenv("TMPDIR");

	snprintf(place->folder, sizeof(place->folder), "%s/leaktrawl.XXXXXX", base && strlen(base) < 40 ? base : "/tmp");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/index.db", place->folder);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

void place_remove(struct place *place)
{
	nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct index *open_index(const char *path, enum index_mode mode)
{
	struct index *index = NULL;
	char *why = NULL;

	if (index_open(&index, path, mode, test_key, &why) != INDEX_OK)
		fail_msg("%s", why);
	return index;
}

int64_t begin_run(struct index *index, bool baseline)
{
	const struct run_start start = {
		.kind = RUN_CRAWL, .baseline = baseline, .version = "test", .rules_version = "r1", .now_ms = test_now};
	int64_t run = 0;
	unsigned interrupted;

	assert_ok(index_run_begin(index, &start, &run, &interrupted));
	return run;
}

int64_t open_document(struct index *index, const char *name)
{
	const struct document_start start = {.name = name, .path = "dump.txt", .rules_version = "r1", .size = 100, .now_ms = test_now};
	int64_t document = 0;
	enum document_state state;

	assert_ok(index_document_open(index, &start, &document, &state));
	return document;
}

int ground_setup(void **state)
{
	struct ground *ground = xcalloc(1, sizeof(*ground));

	place_make(&ground->place);
	ground->index = open_index(ground->place.path, INDEX_CREATE);
	ground->run = begin_run(ground->index, false);
	ground->document = open_document(ground->index, "file:1,2,3,4");
	*state = ground;
	return 0;
}

int ground_teardown(void **state)
{
	struct ground *ground = *state;

	index_close(ground->index);
	place_remove(&ground->place);
	free(ground);
	return 0;
}

static void digest(uint8_t out[20], const char *one, const char *two, const char *three)
{
	const char *parts[] = {one, two, three};
	crypto_generichash_state hash;

	crypto_generichash_init(&hash, test_key, sizeof(test_key), 20);
	for (size_t i = 0; i < 3; i++) {
		const char *part = parts[i] ? parts[i] : "";
		crypto_generichash_update(&hash, (const uint8_t *)part, strlen(part) + 1);
	}
	crypto_generichash_final(&hash, out, 20);
}

static char *text(const char *constant)
{
	return (char *)(uintptr_t)constant; /* protobuf-c has no const texts; nothing writes to them */
}

struct sample *sample_login(struct sample *sample, const char *account, const char *service, const char *secret)
{
	lt__found_finding__init(&sample->found);
	lt__finding__init(&sample->finding);
	lt__secret__init(&sample->secret);
	lt__machine__init(&sample->machine);
	digest(sample->id, account, service, secret);
	digest(sample->fold_id, account, NULL, secret);
	digest(sample->fingerprint, "secret", NULL, secret);
	sample->secret.hint = text("S\u2026");
	sample->secret.length_bucket = text("12-15");
	sample->secret.fingerprint = (ProtobufCBinaryData){20, sample->fingerprint};
	sample->finding.id = (ProtobufCBinaryData){20, sample->id};
	sample->finding.has_fold_id = true;
	sample->finding.fold_id = (ProtobufCBinaryData){20, sample->fold_id};
	sample->finding.kind = LT__FINDING_KIND__KIND_PASSWORD;
	sample->finding.account = text(account);
	sample->finding.service = text(service);
	sample->finding.audience = LT__AUDIENCE__AUDIENCE_STAFF;
	sample->finding.rule = text("lt.combo.1");
	sample->finding.confidence = LT__CONFIDENCE__CONFIDENCE_HIGH;
	sample->finding.attribution = LT__ATTRIBUTION__ATTR_ACCOUNT;
	sample->finding.secret = &sample->secret;
	sample->found.finding = &sample->finding;
	sample->found.path = text("dump.txt");
	sample->found.has_offset = true;
	sample->found.offset = 42;
	return sample;
}

struct recorded record(struct ground *ground, const struct sample *sample, const struct record_rules *rules)
{
	const struct evidence evidence = {.run = ground->run,
		.document = ground->document,
		.source = "paste",
		.url = "https://leaks.example/p/1",
		.via = "tor",
		.fetched_at_ms = test_now,
		.now_ms = test_now};
	struct recorded recorded;

	if (index_record_finding(ground->index, &sample->found, &evidence, rules, &recorded) != INDEX_OK)
		fail_msg("%s", index_why(ground->index));
	return recorded;
}

static void count_one(const struct alert_row *row, void *context)
{
	(void)row;
	++*(uint64_t *)context;
}

uint64_t count_alerts(struct index *index, int state)
{
	uint64_t count = 0;

	assert_ok(index_alerts(index, (enum alert_state)state, NULL, 0, count_one, &count));
	return count;
}
