/* What the tests of the index share: a folder of their own, an open index, and findings to record. */
#ifndef LEAKTRAWL_TESTS_INDEX_SUPPORT_H
#define LEAKTRAWL_TESTS_INDEX_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/documents.h"
#include "index/findings.h"
#include "index/index.h"
#include "index/runs.h"
#include "messages/messages.pb-c.h"

extern const uint8_t test_key[INDEX_KEY_BYTES];
static const int64_t test_now = INT64_C(1790000000000);

/* Where a test's files are; removed with everything in it. */
struct place {
	char folder[64];
	char path[96]; /* of the index in it */
};
void place_make(struct place *place);
void place_remove(struct place *place);

/* An open index with a run and a document; fails the test when it cannot be had. */
struct ground {
	struct place place;
	struct index *index;
	int64_t run, document;
};
int ground_setup(void **state); /* cmocka: *state is a struct ground */
int ground_teardown(void **state);
struct index *open_index(const char *path, enum index_mode mode);
int64_t begin_run(struct index *index, bool baseline);
int64_t open_document(struct index *index, const char *name);

/* A log-in as an inspector tells it. The ids are made of the texts as promised: service apart, fold_id without it. */
struct sample {
	Lt__FoundFinding found;
	Lt__Finding finding;
	Lt__Secret secret;
	Lt__Machine machine;
	uint8_t id[20], fold_id[20], fingerprint[20];
};
struct sample *sample_login(struct sample *sample, const char *account, const char *service, const char *secret);

/* Records it with the hooks; fails the test when that does not work. */
struct recorded record(struct ground *ground, const struct sample *sample, const struct record_rules *rules);
uint64_t count_alerts(struct index *index, int state);

#define assert_ok(expression) assert_int_equal((expression), INDEX_OK)

#endif
