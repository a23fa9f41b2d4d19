/* Recording a finding with its sighting and machine; what it owes stands in owe.c. */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "index/finding_detail.h"
#include "index/findings.h"
#include "index/machines.h"
#include "index/owe.h"
#include "index/severity.h"
#include "index/store.h"
#include "messages/legal.h"
#include "shared/mem.h"

enum { ID_BYTES = 20, FINGERPRINT_MAX = 32 };

/* One call of index_record_finding. */
struct recording {
	struct index *index;
	const Lt__FoundFinding *found;
	const Lt__Finding *finding;
	const struct evidence *evidence;
	const struct record_rules *rules;
	const struct staff *staff;
	int64_t number; /* of the finding it goes to; 0: it is new */
	int64_t source, machine, job_key;
	uint8_t alert_key[ID_BYTES], key_set[ID_BYTES];
	struct standing before, now; /* owe.h */
	struct recorded *recorded;
};

/* ---- what it goes to ------------------------------------------------------------------------------- */

/* (account, secret): what a hook hears of once. Where there is no secret, the finding itself. */
static void make_alert_key(const Lt__Finding *finding, uint8_t key[ID_BYTES])
{
	const char *account = finding->account ? finding->account : "";
	crypto_generichash_state state;
	uint8_t len[2];
	size_t account_len = strlen(account);

	if (!finding->secret) {
		memcpy(key, finding->id.data, ID_BYTES);
		return;
	}
	crypto_generichash_init(&state, NULL, 0, ID_BYTES);
	len[0] = (uint8_t)(account_len >> 8);
	len[1] = (uint8_t)account_len;
	crypto_generichash_update(&state, len, sizeof(len));
	for (size_t i = 0; i < account_len; i++) {
		uint8_t c = (uint8_t)account[i];
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		crypto_generichash_update(&state, &c, 1);
	}
	crypto_generichash_update(&state, finding->secret->fingerprint.data, finding->secret->fingerprint.len);
	crypto_generichash_final(&state, key, ID_BYTES);
}

static enum index_result find_by(struct recording *recording, enum statement statement, const ProtobufCBinaryData *id)
{
	struct query query = query_new(recording->index, statement);

	put_blob(&query, id->data, id->len);
	return query_value(&query, &recording->number);
}

/* A finding that had no service gets this one's; its first id stays, the new one becomes an alias. */
static enum index_result take_over(struct recording *recording)
{
	struct query query = query_new(recording->index, STATEMENT_FINDING_GIVE_SERVICE);
	enum index_result result;

	put_int(&query, recording->number);
	put_text(&query, recording->finding->service);
	put_text(&query, recording->finding->url);
	result = query_run(&query);
	if (result != INDEX_OK)
		return result;
	query = query_new(recording->index, STATEMENT_ALIAS_ADD);
	put_blob(&query, recording->finding->id.data, ID_BYTES);
	put_int(&query, recording->number);
	return query_run(&query);
}

/* The id without a service; NULL: this kind does not fold. Without a service it is the finding's own. */
static const ProtobufCBinaryData *fold_id(const Lt__Finding *finding)
{
	if (finding->has_fold_id)
		return &finding->fold_id;
	return finding->secret && !finding->service ? &finding->id : NULL;
}

static enum index_result fold(struct recording *recording)
{
	const ProtobufCBinaryData *id = fold_id(recording->finding);
	enum index_result result;

	if (!id)
		return INDEX_NONE;
	if (!recording->finding->service)
		return find_by(recording, STATEMENT_FINDING_BY_FOLD, id);
	result = find_by(recording, STATEMENT_FINDING_BY_FOLD_WITHOUT_SERVICE, id);
	return result == INDEX_OK ? take_over(recording) : result;
}

/* INDEX_NONE: it is a new finding. */
static enum index_result find_target(struct recording *recording)
{
	enum index_result result = find_by(recording, STATEMENT_FINDING_BY_ID, &recording->finding->id);

	if (result == INDEX_NONE)
		result = find_by(recording, STATEMENT_FINDING_BY_ALIAS, &recording->finding->id);
	return result == INDEX_NONE ? fold(recording) : result;
}

/* ---- the sealed value --------------------------------------------------------------------------------- */

static int compare_copies(const void *a, const void *b)
{
	const Lt__SealedKey *one = *(const Lt__SealedKey *const *)a, *other = *(const Lt__SealedKey *const *)b;
	size_t len = one->key_id.len < other->key_id.len ? one->key_id.len : other->key_id.len;

	return memcmp(one->key_id.data, other->key_id.data, len);
}

/* digest names this job's key; key_set the team keys it is sealed to, whatever their order. */
static void digest_copies(const Lt__Sealed *sealed, uint8_t digest[ID_BYTES], uint8_t key_set[ID_BYTES])
{
	const Lt__SealedKey **sorted = xcalloc(sealed->n_keys, sizeof(const Lt__SealedKey *));
	crypto_generichash_state all, set;

	for (size_t i = 0; i < sealed->n_keys; i++)
		sorted[i] = sealed->keys[i];
	qsort(sorted, sealed->n_keys, sizeof(const Lt__SealedKey *), compare_copies);
	crypto_generichash_init(&all, NULL, 0, ID_BYTES);
	crypto_generichash_init(&set, NULL, 0, ID_BYTES);
	for (size_t i = 0; i < sealed->n_keys; i++) {
		crypto_generichash_update(&set, sorted[i]->key_id.data, sorted[i]->key_id.len);
		crypto_generichash_update(&all, sorted[i]->key_id.data, sorted[i]->key_id.len);
		crypto_generichash_update(&all, sorted[i]->box.data, sorted[i]->box.len);
	}
	crypto_generichash_final(&all, digest, ID_BYTES);
	crypto_generichash_final(&set, key_set, ID_BYTES);
	free(sorted);
}

static enum index_result add_copies(struct recording *recording, const Lt__Sealed *sealed)
{
	enum index_result result = INDEX_OK;

	for (size_t i = 0; i < sealed->n_keys && result == INDEX_OK; i++) {
		struct query query = query_new(recording->index, STATEMENT_JOB_KEY_COPY_ADD);
		put_int(&query, recording->job_key);
		put_blob(&query, sealed->keys[i]->key_id.data, sealed->keys[i]->key_id.len);
		put_blob(&query, sealed->keys[i]->box.data, sealed->keys[i]->box.len);
		result = query_run(&query);
	}
	return result;
}

/* The job's data key, kept once for all findings of the job. */
static enum index_result find_job_key(struct recording *recording, const Lt__Sealed *sealed, const uint8_t digest[ID_BYTES])
{
	struct query query = query_new(recording->index, STATEMENT_JOB_KEY_FIND);
	enum index_result result;

	put_blob(&query, digest, ID_BYTES);
	result = query_value(&query, &recording->job_key);
	if (result != INDEX_NONE)
		return result;
	query = query_new(recording->index, STATEMENT_JOB_KEY_ADD);
	put_blob(&query, digest, ID_BYTES);
	put_blob(&query, recording->key_set, sizeof(recording->key_set));
	result = query_run(&query);
	recording->job_key = store_last_id(recording->index);
	return result == INDEX_OK ? add_copies(recording, sealed) : result;
}

/* Findings of a job come in a row: its key is looked for once. */
static enum index_result keep_job_key(struct recording *recording, const Lt__Sealed *sealed)
{
	struct index *index = recording->index;
	uint8_t digest[ID_BYTES];
	enum index_result result;

	digest_copies(sealed, digest, recording->key_set);
	if (index->job_key != 0 && memcmp(index->job_key_digest, digest, ID_BYTES) == 0) {
		recording->job_key = index->job_key;
		return INDEX_OK;
	}
	result = find_job_key(recording, sealed, digest);
	index->job_key = result == INDEX_OK ? recording->job_key : 0;
	memcpy(index->job_key_digest, digest, ID_BYTES);
	return result;
}

static enum index_result put_sealed(struct recording *recording, const Lt__Sealed *sealed)
{
	struct query query = query_new(recording->index, STATEMENT_FINDING_SET_SEALED);

	put_int(&query, recording->number);
	put_int(&query, recording->job_key);
	put_blob(&query, sealed->nonce.data, sealed->nonce.len);
	put_blob(&query, sealed->box.data, sealed->box.len);
	put_blob(&query, recording->finding->id.data, ID_BYTES);
	return query_run(&query);
}

static const Lt__Sealed *sealed_of(const Lt__Finding *finding)
{
	return finding->secret && finding->secret->sealed && finding->secret->sealed->n_keys > 0 ? finding->secret->sealed : NULL;
}

/* The first sealed value stays, unless this one is sealed to other team keys: then keys were rotated. */
static enum index_result keep_sealed(struct recording *recording)
{
	const Lt__Sealed *sealed = sealed_of(recording->finding);
	struct query query;
	enum index_result result;
	const uint8_t *known;
	bool same;

	if (!sealed)
		return INDEX_OK;
	result = keep_job_key(recording, sealed);
	if (result != INDEX_OK)
		return result;
	query = query_new(recording->index, STATEMENT_FINDING_KEY_SET);
	put_int(&query, recording->number);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result == INDEX_NONE ? put_sealed(recording, sealed) : result;
	same = get_blob(&query, 0, &known) == ID_BYTES && memcmp(known, recording->key_set, ID_BYTES) == 0;
	query_end(&query);
	return same ? INDEX_OK : put_sealed(recording, sealed);
}

/* ---- the finding ------------------------------------------------------------------------------------ */

static enum index_result is_first_for_account(struct recording *recording, bool *first)
{
	struct query query;
	int64_t any;
	enum index_result result;

	*first = false;
	if (!recording->finding->account)
		return INDEX_OK;
	query = query_new(recording->index, STATEMENT_ACCOUNT_KNOWN);
	put_text(&query, recording->finding->account);
	result = query_value(&query, &any);
	*first = result == INDEX_NONE;
	return *first ? INDEX_OK : result;
}

static void put_staff(struct query *query, const struct staff *staff)
{
	put_text(query, staff ? staff->name : NULL);
	put_text(query, staff ? staff->team : NULL);
	put_int_or_null(query, staff != NULL, staff && staff->privileged);
}

static enum index_result insert(struct recording *recording, const char *detail)
{
	const Lt__Finding *finding = recording->finding;
	const Lt__Secret *secret = finding->secret;
	const Lt__Sealed *sealed = sealed_of(finding);
	const struct evidence *evidence = recording->evidence;
	struct query query = query_new(recording->index, STATEMENT_FINDING_ADD);
	int64_t expires_ms;
	bool expires = finding_expiry(finding, &expires_ms);

	put_blob(&query, finding->id.data, ID_BYTES);
	put_blob(&query, fold_id(finding) ? fold_id(finding)->data : NULL, ID_BYTES);
	put_blob(&query, recording->alert_key, ID_BYTES);
	put_int(&query, finding->kind);
	put_text(&query, finding->account);
	put_int(&query, finding->audience);
	put_text(&query, finding->service);
	put_text(&query, finding->url);
	put_text(&query, secret ? secret->hint : NULL);
	put_text(&query, secret ? secret->length_bucket : NULL);
	put_blob(&query, secret ? secret->fingerprint.data : NULL, secret ? secret->fingerprint.len : 0);
	put_text(&query, detail);
	put_int_or_null(&query, expires, expires_ms);
	put_text(&query, finding->rule);
	put_int(&query, finding->confidence);
	put_int(&query, recording->now.severity);
	put_int(&query, finding->attribution);
	put_text(&query, finding->watch_item);
	put_int(&query, finding->fabricated);
	put_staff(&query, recording->staff);
	put_int(&query, recording->recorded->first_for_account);
	put_int(&query, evidence->run);
	put_int(&query, recording->rules->baseline);
	put_int(&query, evidence->now_ms);
	put_int_or_null(&query, sealed != NULL, recording->job_key);
	put_blob(&query, sealed ? sealed->nonce.data : NULL, sealed ? sealed->nonce.len : 0);
	put_blob(&query, sealed ? sealed->box.data : NULL, sealed ? sealed->box.len : 0);
	put_blob(&query, sealed ? finding->id.data : NULL, ID_BYTES);
	return query_run(&query);
}

static enum index_result add_finding(struct recording *recording)
{
	enum index_result result = is_first_for_account(recording, &recording->recorded->first_for_account);
	char *detail;

	if (result == INDEX_OK && sealed_of(recording->finding))
		result = keep_job_key(recording, sealed_of(recording->finding));
	if (result != INDEX_OK)
		return result;
	recording->recorded->is_new = true;
	recording->now = (struct standing){
		.exists = true,
		.severity = severity_of(recording->finding, recording->staff, recording->evidence->now_ms),
		.audience = recording->finding->audience,
	};
	detail = finding_detail_text(recording->finding);
	result = insert(recording, detail);
	free(detail);
	recording->number = store_last_id(recording->index);
	memcpy(recording->recorded->id, recording->finding->id.data, ID_BYTES);
	return result;
}

static Lt__Audience closer(Lt__Audience a, Lt__Audience b)
{
	if (a == LT__AUDIENCE__AUDIENCE_STAFF || b == LT__AUDIENCE__AUDIENCE_STAFF)
		return LT__AUDIENCE__AUDIENCE_STAFF;
	return a == LT__AUDIENCE__AUDIENCE_UNKNOWN ? b : a;
}

static enum index_result read_before(struct recording *recording)
{
	struct query query = query_new(recording->index, STATEMENT_FINDING_STANDING);
	const uint8_t *id;
	enum index_result result;

	put_int(&query, recording->number);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	recording->before = (struct standing){
		.exists = true,
		.severity = (enum severity)get_int(&query, 0),
		.audience = (Lt__Audience)get_int(&query, 1),
		.dismissed = get_int(&query, 2) != 0,
	};
	recording->recorded->first_for_account = get_int(&query, 3) != 0;
	if (get_blob(&query, 4, &id) == ID_BYTES)
		memcpy(recording->recorded->id, id, ID_BYTES);
	query_end(&query);
	return INDEX_OK;
}

/* Seen again, a finding stands as its worst and surest sighting has it. */
static enum index_result strengthen(struct recording *recording)
{
	const Lt__Finding *finding = recording->finding;
	enum severity seen = severity_of(finding, recording->staff, recording->evidence->now_ms);
	enum index_result result = read_before(recording);
	struct query query;

	if (result != INDEX_OK)
		return result;
	recording->now = recording->before;
	recording->now.audience = closer(recording->before.audience, finding->audience);
	if (seen > recording->now.severity)
		recording->now.severity = seen;
	query = query_new(recording->index, STATEMENT_FINDING_STRENGTHEN);
	put_int(&query, recording->number);
	put_int(&query, recording->now.severity);
	put_int(&query, recording->now.audience);
	put_int(&query, finding->confidence);
	put_int(&query, finding->attribution);
	put_int(&query, finding->fabricated);
	put_staff(&query, recording->staff);
	return query_run(&query);
}

/* ---- the sighting ------------------------------------------------------------------------------------ */

static enum index_result add_sighting(struct recording *recording)
{
	const Lt__FoundFinding *found = recording->found;
	const struct evidence *evidence = recording->evidence;
	struct query query = query_new(recording->index, STATEMENT_SIGHTING_ADD);
	enum index_result result;

	put_int(&query, recording->number);
	put_int(&query, evidence->document);
	put_text(&query, found->path);
	put_int(&query, found->has_offset ? (int64_t)found->offset : -1);
	put_int_or_null(&query, found->has_line, (int64_t)found->line);
	put_text(&query, found->machine_dir);
	put_int_or_null(&query, recording->source != 0, recording->source);
	put_text(&query, evidence->url);
	put_text(&query, evidence->via);
	put_int_or_null(&query, evidence->fetched_at_ms != 0, evidence->fetched_at_ms);
	put_int(&query, evidence->run);
	put_int(&query, evidence->now_ms);
	put_text(&query, evidence->circuit);
	result = query_run(&query);
	recording->recorded->sighting_is_new = result == INDEX_OK && store_changes(recording->index) > 0;
	return result;
}

/*
 * The second pass over a machine tells of the only sighting there is what the first did not know, when the machine was
 * infected: then it stands as it is seen now, even where that is less.
 */
static enum index_result settle(struct recording *recording)
{
	enum severity seen = severity_of(recording->finding, recording->staff, recording->evidence->now_ms);
	struct query query;

	if (recording->recorded->is_new || recording->recorded->sighting_is_new || recording->finding->machine == NULL ||
		seen >= recording->now.severity)
		return INDEX_OK;
	query = query_new(recording->index, STATEMENT_FINDING_SETTLE);
	put_int(&query, recording->number);
	put_int(&query, seen);
	return query_run(&query);
}

static enum index_result count_sighting(struct recording *recording, int64_t sighting)
{
	struct query query = query_new(recording->index, STATEMENT_FINDING_COUNT_SIGHTING);

	put_int(&query, recording->number);
	put_int(&query, sighting);
	put_int(&query, recording->evidence->now_ms);
	return query_run(&query);
}

static enum index_result tie_machine(struct recording *recording)
{
	struct query query;

	if (recording->machine == 0)
		return INDEX_OK;
	query = query_new(recording->index, STATEMENT_FINDING_TIE_MACHINE);
	put_int(&query, recording->number);
	put_int(&query, recording->machine);
	return query_run(&query);
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static enum index_result record(struct recording *recording)
{
	const struct evidence *evidence = recording->evidence;
	enum index_result result = find_target(recording);

	if (result == INDEX_NONE)
		result = add_finding(recording);
	else if (result == INDEX_OK && (result = strengthen(recording)) == INDEX_OK)
		result = keep_sealed(recording);
	if (result == INDEX_OK)
		result = store_source(recording->index, evidence->source, &recording->source);
	if (result == INDEX_OK)
		result = add_sighting(recording);
	if (result == INDEX_OK && recording->recorded->sighting_is_new)
		result = count_sighting(recording, store_last_id(recording->index));
	if (result == INDEX_OK)
		result = settle(recording);
	if (result == INDEX_OK)
		result = machine_of(recording->index, evidence->document, recording->found->machine_dir, recording->finding->machine,
			evidence->now_ms, &recording->machine);
	if (result == INDEX_OK)
		result = tie_machine(recording);
	return result;
}

/* What the file must not be without: a worker's message has all of it, though it may be empty. */
static bool is_whole(const Lt__FoundFinding *found)
{
	const Lt__Finding *finding = found->finding;
	const Lt__Sealed *sealed = sealed_of(finding);

	if (!found->path || !finding->rule)
		return false;
	for (size_t i = 0; sealed && i < sealed->n_keys; i++)
		if (sealed->keys[i]->key_id.len == 0 || sealed->keys[i]->box.len == 0)
			return false;
	return true;
}

/* All that the file would refuse is refused here: one bad finding may not cost the others of its transaction. */
static enum index_result check(struct index *index, const Lt__FoundFinding *found)
{
	const Lt__Finding *finding = found->finding;
	char why[200];

	if (!legal_content(&found->base, why, sizeof(why)))
		return store_fail(index, INDEX_REFUSED, "a finding that cannot be kept: %s", why);
	if (finding->id.len != ID_BYTES || (finding->has_fold_id && finding->fold_id.len != ID_BYTES))
		return store_fail(index, INDEX_REFUSED, "a finding without a proper id");
	if (finding->secret && (finding->secret->fingerprint.len == 0 || finding->secret->fingerprint.len > FINGERPRINT_MAX))
		return store_fail(index, INDEX_REFUSED, "a finding without a proper fingerprint");
	if ((found->has_offset && found->offset > INT64_MAX) || (found->has_line && found->line > INT64_MAX))
		return store_fail(index, INDEX_REFUSED, "a finding at a place no document has");
	if (!is_whole(found))
		return store_fail(index, INDEX_REFUSED, "a finding without its path, its rule or its keys");
	if (finding->has_canary && finding->canary)
		return store_fail(index, INDEX_REFUSED, "a canary is no finding");
	return INDEX_OK;
}

enum index_result index_record_finding(struct index *index, const Lt__FoundFinding *found, const struct evidence *evidence,
	const struct record_rules *rules, struct recorded *recorded)
{
	struct recording recording = {
		.index = index, .found = found, .finding = found->finding, .evidence = evidence, .rules = rules, .recorded = recorded};
	enum index_result result = check(index, found);

	*recorded = (struct recorded){.is_new = false};
	if (result != INDEX_OK)
		return result;
	make_alert_key(found->finding, recording.alert_key);
	if (rules->roster && found->finding->account)
		recording.staff = roster_find(rules->roster, found->finding->account);
	result = store_enter_light(index);
	if (result == INDEX_OK)
		result = record(&recording);
	recorded->severity = recording.now.severity;
	if (result == INDEX_OK && !rules->baseline) {
		const struct owing owing = {index, recording.number, recording.alert_key, evidence->run, rules->alerts_per_run,
			evidence->now_ms, recording.before, recording.now};
		result = owe_alerts(&owing, rules->hooks, rules->hooks_count, &recorded->alerts);
	}
	return store_leave(index, result);
}
