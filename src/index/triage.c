/* What people do with findings: triage, reading the sealed value, and the log of both. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "index/find.h"
#include "index/finding_json.h"
#include "index/query.h"
#include "index/store.h"
#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/mem.h"

static enum index_result write_audit(
	struct index *index, const char *who, const char *action, int64_t number, const char *detail, int64_t now_ms)
{
	struct query query = query_new(index, STATEMENT_AUDIT_ADD);

	put_int(&query, now_ms);
	put_text(&query, who);
	put_text(&query, action);
	put_int_or_null(&query, number != 0, number);
	put_text(&query, detail);
	return query_run(&query);
}

static bool text_ok(const char *text)
{
	return !text || (strlen(text) <= LIMIT_TEXT_FIELD_BYTES && utf8_valid(text, strlen(text)));
}

static enum index_result set_state(struct index *index, int64_t number, enum finding_state state)
{
	struct query query = query_new(index, STATEMENT_FINDING_SET_STATE);

	put_int(&query, number);
	put_int(&query, state);
	return query_run(&query);
}

static enum index_result triage(
	struct index *index, const char *id, enum finding_state state, const char *reason, const char *who, int64_t now_ms)
{
	int64_t number = 0;
	char *detail;
	enum index_result result = find_finding(index, id, &number);

	if (result == INDEX_OK)
		result = set_state(index, number, state);
	if (result != INDEX_OK)
		return result;
	detail = xasprintf("%s%s%s", finding_state_name(state), reason ? ": " : "", reason ? reason : "");
	result = write_audit(index, who, "triage", number, detail, now_ms);
	free(detail);
	return result;
}

enum index_result index_triage(
	struct index *index, const char *id, enum finding_state state, const char *reason, const char *who, int64_t now_ms)
{
	enum index_result result;

	if (!text_ok(reason) || !text_ok(who))
		return store_fail(index, INDEX_REFUSED, "the reason must be UTF-8 text");
	result = store_enter(index);
	if (result == INDEX_OK)
		result = triage(index, id, state, reason, who, now_ms);
	return store_leave(index, result);
}

enum index_result index_audit(
	struct index *index, const char *who, const char *action, const char *finding_id, const char *detail, int64_t now_ms)
{
	int64_t number = 0;
	enum index_result result;

	if (!text_ok(detail) || !text_ok(who))
		return store_fail(index, INDEX_REFUSED, "the audit log takes UTF-8 text");
	result = store_enter(index);
	if (result == INDEX_OK && finding_id)
		result = find_finding(index, finding_id, &number);
	if (result == INDEX_OK)
		result = write_audit(index, who, action, number, detail, now_ms);
	return store_leave(index, result);
}

/* ---- sealed values ----------------------------------------------------------------------------------- */

static uint8_t *copy_blob(const struct query *query, int column, size_t *len)
{
	const uint8_t *data;

	*len = get_blob(query, column, &data);
	return *len ? xmemdup(data, *len) : NULL;
}

static enum index_result read_copies(struct index *index, int64_t job_key, struct sealed_finding *sealed)
{
	struct query query = query_new(index, STATEMENT_JOB_KEY_COPIES);
	enum index_result result;

	put_int(&query, job_key);
	while ((result = query_step(&query)) == INDEX_OK) {
		struct sealed_copy *copy;
		sealed->copies = xreallocarray(sealed->copies, sealed->copies_count + 1, sizeof(*sealed->copies));
		copy = &sealed->copies[sealed->copies_count++];
		copy->key_id = copy_blob(&query, 0, &copy->key_id_len);
		copy->box = copy_blob(&query, 1, &copy->box_len);
	}
	return result == INDEX_NONE ? INDEX_OK : result;
}

static enum index_result read_sealed(struct index *index, int64_t number, struct sealed_finding *sealed, int64_t *job_key)
{
	struct query query = query_new(index, STATEMENT_FINDING_SEALED);
	const uint8_t *id;
	enum index_result result;

	put_int(&query, number);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	if (get_blob(&query, 0, &id) == sizeof(sealed->id))
		memcpy(sealed->id, id, sizeof(sealed->id));
	if (get_blob(&query, 1, &id) == sizeof(sealed->sealed_id))
		memcpy(sealed->sealed_id, id, sizeof(sealed->sealed_id));
	sealed->account = get_text(&query, 2) ? xstrdup(get_text(&query, 2)) : NULL;
	sealed->kind = xstrdup(finding_kind_name((Lt__FindingKind)get_int(&query, 3)));
	sealed->nonce = copy_blob(&query, 4, &sealed->nonce_len);
	sealed->box = copy_blob(&query, 5, &sealed->box_len);
	*job_key = get_int(&query, 6);
	query_end(&query);
	return INDEX_OK;
}

enum index_result index_sealed(struct index *index, const char *id, struct sealed_finding *sealed)
{
	int64_t number = 0, job_key = 0;
	enum index_result result = find_finding(index, id, &number);

	*sealed = (struct sealed_finding){.account = NULL};
	if (result == INDEX_OK)
		result = read_sealed(index, number, sealed, &job_key);
	if (result == INDEX_NONE && number != 0)
		result = store_fail(index, INDEX_NONE, "%s: nothing is sealed for it", id);
	if (result == INDEX_OK)
		result = read_copies(index, job_key, sealed);
	if (result != INDEX_OK)
		sealed_finding_free(sealed);
	return result;
}

void sealed_finding_free(struct sealed_finding *sealed)
{
	for (size_t i = 0; i < sealed->copies_count; i++) {
		free(sealed->copies[i].key_id);
		free(sealed->copies[i].box);
	}
	free(sealed->copies);
	free(sealed->account);
	free(sealed->kind);
	free(sealed->nonce);
	free(sealed->box);
	*sealed = (struct sealed_finding){.account = NULL};
}
