#include "config.h"

#include "index/documents.h"

#include <string.h>

#include "index/store.h"
#include "shared/escape.h"

/* ---- opening ------------------------------------------------------------------------------------- */

static enum index_result add_name(struct index *index, int64_t document, const char *name)
{
	struct query query = query_new(index, STATEMENT_DOCUMENT_NAME_ADD);

	put_text(&query, name);
	put_int(&query, document);
	return query_run(&query);
}

static enum index_result add_document(struct index *index, const struct document_start *start, int64_t *document)
{
	int64_t source = 0;
	enum index_result result = store_source(index, start->source, &source);
	struct query query;

	if (result != INDEX_OK)
		return result;
	query = query_new(index, STATEMENT_DOCUMENT_ADD);
	put_text(&query, start->path);
	put_text(&query, start->url);
	put_int_or_null(&query, source != 0, source);
	put_unsigned(&query, start->size);
	put_text(&query, start->rules_version);
	put_int_or_null(&query, start->run != 0, start->run);
	put_int(&query, start->now_ms);
	result = query_run(&query);
	*document = store_last_id(index);
	if (result == INDEX_OK && start->name)
		result = add_name(index, *document, start->name);
	return result;
}

static enum index_result run_on(struct index *index, enum statement statement, int64_t document)
{
	struct query query = query_new(index, statement);

	put_int(&query, document);
	return query_run(&query);
}

/* What was read under other rules counts for nothing now. */
static enum index_result start_over(struct index *index, int64_t document, const char *rules_version)
{
	enum index_result result = run_on(index, STATEMENT_PIECES_FORGET, document);
	struct query query;

	if (result != INDEX_OK)
		return result;
	query = query_new(index, STATEMENT_DOCUMENT_START_OVER);
	put_int(&query, document);
	put_text(&query, rules_version);
	return query_run(&query);
}

static enum index_result open_document(
	struct index *index, const struct document_start *start, int64_t *document, enum document_state *state)
{
	struct query query;
	enum index_result result;
	bool same_rules;

	*state = DOCUMENT_READING;
	if (!start->name)
		return add_document(index, start, document);
	query = query_new(index, STATEMENT_DOCUMENT_FIND);
	put_text(&query, start->name);
	result = query_step(&query);
	if (result == INDEX_NONE)
		return add_document(index, start, document);
	if (result != INDEX_OK)
		return result;
	*document = get_int(&query, 0);
	same_rules = strcmp(get_text(&query, 2), start->rules_version) == 0;
	if (same_rules && get_int(&query, 1) == DOCUMENT_DONE)
		*state = DOCUMENT_DONE;
	query_end(&query);
	return same_rules ? INDEX_OK : start_over(index, *document, start->rules_version);
}

static bool text_ok(const char *text)
{
	return !text || utf8_valid(text, strlen(text));
}

enum index_result index_document_open(
	struct index *index, const struct document_start *start, int64_t *document, enum document_state *state)
{
	enum index_result result;

	if (!text_ok(start->name) || !text_ok(start->path) || !text_ok(start->url))
		return store_fail(index, INDEX_REFUSED, "a document's name is not UTF-8");
	result = store_enter_light(index);
	if (result == INDEX_OK)
		result = open_document(index, start, document, state);
	return store_leave(index, result);
}

/* ---- naming by digest ------------------------------------------------------------------------------ */

static enum index_result find_digest(struct index *index, const uint8_t sha256[32], int64_t *document)
{
	struct query query = query_new(index, STATEMENT_DOCUMENT_FIND_DIGEST);

	put_blob(&query, sha256, 32);
	return query_value(&query, document);
}

static enum index_result set_digest(struct index *index, int64_t document, const uint8_t sha256[32])
{
	struct query query = query_new(index, STATEMENT_DOCUMENT_SET_DIGEST);

	put_int(&query, document);
	put_blob(&query, sha256, 32);
	return query_run(&query);
}

static enum index_result move(struct index *index, enum statement statement, int64_t from, int64_t to)
{
	struct query query = query_new(index, statement);

	put_int(&query, from);
	put_int(&query, to);
	return query_run(&query);
}

/*
 * The younger row's names, sightings and the rest go to the older one. Where both saw the same finding at
 * the same place it was one sighting all along. The older row is read as far as the younger one was: under
 * its rules and with its pieces.
 */
static enum index_result merge(struct index *index, int64_t younger, int64_t older)
{
	static const enum statement moves[] = {STATEMENT_MERGE_EVIDENCE, STATEMENT_MERGE_COUNTS, STATEMENT_MERGE_DROP_SIGHTINGS,
		STATEMENT_MERGE_SIGHTINGS, STATEMENT_MERGE_NAMES, STATEMENT_MERGE_NOT_INSPECTED, STATEMENT_MERGE_PLACES,
		STATEMENT_MERGE_FORGET_PIECES, STATEMENT_MERGE_PIECES, STATEMENT_MERGE_STATE, STATEMENT_MERGE_DROP};
	enum index_result result = INDEX_OK;

	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves) && result == INDEX_OK; i++)
		result = move(index, moves[i], younger, older);
	return result;
}

static enum index_result name_by_digest(struct index *index, int64_t *document, const uint8_t sha256[32])
{
	int64_t known = 0;
	enum index_result result = find_digest(index, sha256, &known);

	if (result == INDEX_OK && known != *document) {
		result = merge(index, *document, known);
		*document = known;
		return result;
	}
	return result == INDEX_NONE ? set_digest(index, *document, sha256) : result;
}

enum index_result index_document_digest(struct index *index, int64_t *document, const uint8_t sha256[32])
{
	int64_t given = *document;
	enum index_result result = store_enter_light(index);

	if (result == INDEX_OK)
		result = name_by_digest(index, document, sha256);
	result = store_leave(index, result);
	if (result != INDEX_OK)
		*document = given;
	return result;
}

enum index_result index_document_note_digest(struct index *index, int64_t document, const uint8_t sha256[32])
{
	enum index_result result = store_enter_light(index);
	int64_t known = 0;

	if (result == INDEX_OK)
		result = find_digest(index, sha256, &known);
	if (result == INDEX_NONE)
		result = set_digest(index, document, sha256);
	return store_leave(index, result);
}

enum index_result index_document_done(struct index *index, int64_t document, int64_t now_ms)
{
	enum index_result result = store_enter_light(index);

	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_DOCUMENT_DONE);
		put_int(&query, document);
		put_int(&query, now_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

enum index_result index_document_known(struct index *index, const uint8_t sha256[32], const char *rules_version, bool *known)
{
	struct query query = query_new(index, STATEMENT_DOCUMENT_KNOWN);
	int64_t document = 0;
	enum index_result result;

	put_blob(&query, sha256, 32);
	put_text(&query, rules_version);
	result = query_value(&query, &document);
	*known = result == INDEX_OK;
	return result == INDEX_NONE ? INDEX_OK : result;
}

/* ---- pieces -------------------------------------------------------------------------------------- */

static enum index_result put_piece(struct index *index, int64_t document, const struct piece *piece)
{
	struct query query = query_new(index, STATEMENT_PIECE_PUT);

	put_int(&query, document);
	put_int(&query, piece->kind);
	put_unsigned(&query, piece->start);
	put_unsigned(&query, piece->end);
	put_text(&query, piece->machine_dir ? piece->machine_dir : "");
	put_int(&query, piece->state);
	put_int_or_null(&query, piece->has_checkpoint, piece->checkpoint_part);
	put_int_or_null(&query, piece->has_checkpoint, (int64_t)piece->checkpoint_member);
	put_int_or_null(&query, piece->has_checkpoint, (int64_t)piece->checkpoint_offset);
	put_int(&query, piece->attempts);
	put_text(&query, piece->cause);
	return query_run(&query);
}

enum index_result index_piece_put(struct index *index, int64_t document, const struct piece *piece)
{
	enum index_result result;

	if (!text_ok(piece->machine_dir) || !text_ok(piece->cause) || piece->checkpoint_member > INT64_MAX ||
		piece->checkpoint_offset > INT64_MAX)
		return store_fail(index, INDEX_REFUSED, "a checkpoint that no document has");
	result = store_enter_light(index);
	if (result == INDEX_OK)
		result = put_piece(index, document, piece);
	return store_leave(index, result);
}

enum index_result index_pieces(struct index *index, int64_t document, void (*each)(const struct piece *piece, void *context), void *context)
{
	struct query query = query_new(index, STATEMENT_PIECES);
	enum index_result result;

	put_int(&query, document);
	while ((result = query_step(&query)) == INDEX_OK) {
		const struct piece piece = {
			.kind = (enum piece_kind)get_int(&query, 0),
			.start = get_unsigned(&query, 1),
			.end = get_unsigned(&query, 2),
			.machine_dir = *get_text(&query, 3) ? get_text(&query, 3) : NULL,
			.state = (enum piece_state)get_int(&query, 4),
			.has_checkpoint = !get_null(&query, 5),
			.checkpoint_part = (uint32_t)get_int(&query, 5),
			.checkpoint_member = get_unsigned(&query, 6),
			.checkpoint_offset = get_unsigned(&query, 7),
			.attempts = (unsigned)get_int(&query, 8),
			.cause = get_text(&query, 9),
		};
		each(&piece, context);
	}
	return result == INDEX_NONE ? INDEX_OK : result;
}
