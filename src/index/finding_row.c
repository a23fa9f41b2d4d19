#include "config.h"

#include "index/finding_row.h"

#include <sodium.h>
#include <string.h>

#include "index/finding_detail.h"
#include "index/query.h"

enum { ID_BYTES = 20, DIGEST_BYTES = 32, DOCUMENT_TEXT_BYTES = 7 + 2 * DIGEST_BYTES + 1 };

/* In the order of FINDING_COLUMNS. */
enum column {
	COLUMN_NUMBER,
	COLUMN_ID,
	COLUMN_KIND,
	COLUMN_ACCOUNT,
	COLUMN_AUDIENCE,
	COLUMN_SERVICE,
	COLUMN_URL,
	COLUMN_HINT,
	COLUMN_LENGTH,
	COLUMN_FINGERPRINT,
	COLUMN_DETAIL,
	COLUMN_EXPIRES,
	COLUMN_RULE,
	COLUMN_CONFIDENCE,
	COLUMN_SEVERITY,
	COLUMN_ATTRIBUTION,
	COLUMN_STAFF_NAME,
	COLUMN_STAFF_TEAM,
	COLUMN_STAFF_PRIVILEGED,
	COLUMN_FIRST_FOR_ACCOUNT,
	COLUMN_SIGHTINGS,
	COLUMN_FIRST_SEEN,
	COLUMN_LAST_SEEN,
	COLUMN_STATE,
	COLUMN_MACHINE_ID,
	COLUMN_MACHINE_NAME,
	COLUMN_MACHINE_USER,
	COLUMN_MACHINE_DOMAIN,
	COLUMN_MACHINE_IP,
	COLUMN_MACHINE_COUNTRY,
	COLUMN_MACHINE_INFECTED,
	COLUMN_MACHINE_FAMILY,
	COLUMN_MACHINE_BUILD,
	COLUMN_SOURCE,
	COLUMN_PAGE,
	COLUMN_SHA256,
	COLUMN_NAME,
	COLUMN_PATH,
	COLUMN_LINE,
	COLUMN_OFFSET,
	COLUMN_FETCHED,
	COLUMN_VIA,
	COLUMN_CIRCUIT,
};

static void view_who(struct finding_view *view, const struct query *query)
{
	view->is_staff = !get_null(query, COLUMN_STAFF_PRIVILEGED);
	view->staff_privileged = get_int(query, COLUMN_STAFF_PRIVILEGED) != 0;
	view->staff_name = get_text(query, COLUMN_STAFF_NAME);
	view->staff_team = get_text(query, COLUMN_STAFF_TEAM);
	view->machine.id = get_text(query, COLUMN_MACHINE_ID);
	view->machine.name = get_text(query, COLUMN_MACHINE_NAME);
	view->machine.user = get_text(query, COLUMN_MACHINE_USER);
	view->machine.domain = get_text(query, COLUMN_MACHINE_DOMAIN);
	view->machine.ip = get_text(query, COLUMN_MACHINE_IP);
	view->machine.country = get_text(query, COLUMN_MACHINE_COUNTRY);
	view->machine.has_infected_at = !get_null(query, COLUMN_MACHINE_INFECTED);
	view->machine.infected_at_ms = get_int(query, COLUMN_MACHINE_INFECTED);
	view->machine.family = get_text(query, COLUMN_MACHINE_FAMILY);
	view->machine.build = get_text(query, COLUMN_MACHINE_BUILD);
}

/* By its digest; else by the name it had before it was read whole. */
static const char *document_name(const struct query *query, char digest_text[DOCUMENT_TEXT_BYTES])
{
	const uint8_t *digest;

	if (get_blob(query, COLUMN_SHA256, &digest) != DIGEST_BYTES)
		return get_text(query, COLUMN_NAME);
	memcpy(digest_text, "sha256:", 7);
	sodium_bin2hex(digest_text + 7, 2 * DIGEST_BYTES + 1, digest, DIGEST_BYTES);
	return digest_text;
}

static void view_evidence(struct finding_view *view, const struct query *query, char digest_text[DOCUMENT_TEXT_BYTES])
{
	view->evidence.source = get_text(query, COLUMN_SOURCE);
	view->evidence.url = get_text(query, COLUMN_PAGE);
	view->evidence.document = document_name(query, digest_text);
	view->evidence.path = get_text(query, COLUMN_PATH);
	view->evidence.has_line = !get_null(query, COLUMN_LINE);
	view->evidence.line = get_unsigned(query, COLUMN_LINE);
	view->evidence.has_offset = !get_null(query, COLUMN_OFFSET) && get_int(query, COLUMN_OFFSET) >= 0;
	view->evidence.offset = get_unsigned(query, COLUMN_OFFSET);
	view->evidence.fetched_at_ms = get_int(query, COLUMN_FETCHED);
	view->evidence.via = get_text(query, COLUMN_VIA);
	view->evidence.circuit = get_text(query, COLUMN_CIRCUIT);
}

static struct finding_view view_row(const struct query *query)
{
	struct finding_view view = {
		.kind = (Lt__FindingKind)get_int(query, COLUMN_KIND),
		.account = get_text(query, COLUMN_ACCOUNT),
		.audience = (Lt__Audience)get_int(query, COLUMN_AUDIENCE),
		.service = get_text(query, COLUMN_SERVICE),
		.url = get_text(query, COLUMN_URL),
		.secret_hint = get_text(query, COLUMN_HINT),
		.secret_length = get_text(query, COLUMN_LENGTH),
		.has_expiry = !get_null(query, COLUMN_EXPIRES),
		.expires_ms = get_int(query, COLUMN_EXPIRES),
		.rule = get_text(query, COLUMN_RULE),
		.confidence = (Lt__Confidence)get_int(query, COLUMN_CONFIDENCE),
		.severity = (enum severity)get_int(query, COLUMN_SEVERITY),
		.attribution = (Lt__Attribution)get_int(query, COLUMN_ATTRIBUTION),
		.first_for_account = get_int(query, COLUMN_FIRST_FOR_ACCOUNT) != 0,
		.sightings = get_unsigned(query, COLUMN_SIGHTINGS),
		.first_seen_ms = get_int(query, COLUMN_FIRST_SEEN),
		.last_seen_ms = get_int(query, COLUMN_LAST_SEEN),
		.state = finding_state_name((enum finding_state)get_int(query, COLUMN_STATE)),
	};

	view.fingerprint_len = get_blob(query, COLUMN_FINGERPRINT, &view.fingerprint);
	return view;
}

json_t *finding_row_json(const struct query *query, int64_t now_ms)
{
	static const uint8_t no_id[ID_BYTES];
	char digest_text[DOCUMENT_TEXT_BYTES];
	struct finding_view view = view_row(query);
	json_t *detail = json_loads(get_text(query, COLUMN_DETAIL), 0, NULL);
	json_t *object;

	if (!detail)
		detail = json_object();
	view.detail = detail;
	if (get_blob(query, COLUMN_ID, &view.id) != ID_BYTES)
		view.id = no_id;
	view_who(&view, query);
	view_evidence(&view, query, digest_text);
	object = finding_view_json(&view, now_ms);
	json_decref(detail);
	return object;
}

enum index_result finding_json_by_number(struct index *index, int64_t number, int64_t now_ms, json_t **object)
{
	struct query query = query_new(index, STATEMENT_FINDING_READ);
	enum index_result result;

	put_int(&query, number);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	*object = finding_row_json(&query, now_ms);
	query_end(&query);
	return INDEX_OK;
}
