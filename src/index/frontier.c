#include "config.h"

#include "index/frontier.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "index/store.h"
#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { KEY_BYTES = 16, HOSTS_PER_TAKE = 64 };

/* ---- adding ---------------------------------------------------------------------------------------- */

static void make_key(const struct frontier_url *url, uint8_t key[KEY_BYTES])
{
	const char *parts[] = {url->method ? url->method : "GET", url->url, url->body ? url->body : ""};
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, KEY_BYTES);
	for (size_t i = 0; i < 3; i++)
		crypto_generichash_update(&state, (const uint8_t *)parts[i], strlen(parts[i]) + 1);
	crypto_generichash_final(&state, key, KEY_BYTES);
}

/* Field by field as an array of pairs: an object would lose repeated names and the order. */
static char *captured_text(const struct frontier_url *url)
{
	json_t *array;
	char *text;

	if (url->captured_count == 0)
		return NULL;
	array = json_array();
	for (size_t i = 0; i < url->captured_count; i++)
		json_array_append_new(array, json_pack("[ss]", url->captured[i]->name, url->captured[i]->value));
	text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	return text;
}

static enum index_result find_host(struct index *index, int64_t source, const char *name, int64_t due_ms, int64_t *host)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_HOST_PUT);

	put_int(&query, source);
	put_text(&query, name);
	put_int_or_null(&query, due_ms != INT64_MAX, due_ms);
	return query_value(&query, host);
}

static enum index_result insert_url(
	struct index *index, const struct frontier_url *url, int64_t source, int64_t host, const uint8_t *key, const char *captured)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_ADD);

	put_int(&query, source);
	put_int(&query, host);
	put_blob(&query, key, KEY_BYTES);
	put_text(&query, url->url);
	put_text(&query, url->method);
	put_text(&query, url->body);
	put_text(&query, url->role);
	put_int(&query, url->depth);
	put_int(&query, url->priority);
	put_int(&query, url->due_ms);
	put_text(&query, url->referer);
	put_text(&query, url->title);
	put_text(&query, url->item);
	put_text(&query, captured);
	put_int(&query, url->published_ms);
	put_int(&query, url->expires_ms);
	return query_run(&query);
}

static enum index_result is_known(struct index *index, int64_t source, const uint8_t *key)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_KNOWN);
	int64_t any;

	put_int(&query, source);
	put_blob(&query, key, KEY_BYTES);
	return query_value(&query, &any);
}

/* A page that rested is named anew: it is fetched again. */
static enum index_result wake(struct index *index, const struct frontier_url *url, const char *captured, int64_t source, const uint8_t *key)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_WAKE);
	int64_t host = 0;
	enum index_result result;

	put_int(&query, source);
	put_blob(&query, key, KEY_BYTES);
	put_int(&query, url->due_ms);
	put_int(&query, url->wake_before_ms);
	put_text(&query, url->wake_if_changed ? url->item : NULL);
	put_text(&query, captured);
	result = query_value(&query, &host);
	if (result == INDEX_OK)
		result = store_move(index, source, FRONTIER_RESTING, FRONTIER_WAITING);
	if (result == INDEX_OK)
		result = find_host(index, source, url->host, url->due_ms, &host);
	return result == INDEX_NONE ? INDEX_OK : result;
}

static enum index_result add(struct index *index, const struct frontier_url *url, const char *captured, bool *added)
{
	uint8_t key[KEY_BYTES];
	int64_t source = 0, host = 0;
	enum index_result result = store_source(index, url->source, &source);

	make_key(url, key);
	if (result == INDEX_OK)
		result = is_known(index, source, key);
	if (result == INDEX_OK && url->wake_before_ms > 0)
		return wake(index, url, captured, source, key);
	if (result != INDEX_NONE)
		return result;
	result = find_host(index, source, url->host, url->due_ms, &host);
	if (result == INDEX_OK)
		result = insert_url(index, url, source, host, key, captured);
	if (result == INDEX_OK)
		result = store_move(index, source, 0, FRONTIER_WAITING);
	*added = result == INDEX_OK;
	return result;
}

static bool texts_ok(const struct frontier_url *url)
{
	const char *texts[] = {url->source, url->url, url->host, url->method, url->body, url->role, url->referer, url->title, url->item};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i] && (strlen(texts[i]) > LIMIT_TEXT_FIELD_BYTES || !utf8_valid(texts[i], strlen(texts[i]))))
			return false;
	for (size_t i = 0; i < url->captured_count; i++)
		if (!utf8_valid(url->captured[i]->name, strlen(url->captured[i]->name)) ||
			!utf8_valid(url->captured[i]->value, strlen(url->captured[i]->value)))
			return false;
	return url->source && *url->source && url->url && url->host && url->priority < FRONTIER_PRIORITIES &&
	       strlen(url->url) <= LIMIT_URL_BYTES;
}

enum index_result index_frontier_add(struct index *index, const struct frontier_url *url, bool *added)
{
	bool is_added = false;
	char *captured;
	enum index_result result;

	if (added)
		*added = false;
	if (!texts_ok(url))
		return store_fail(index, INDEX_REFUSED, "a URL that cannot be kept: too long, not UTF-8, or without source and host");
	captured = captured_text(url);
	result = store_enter_light(index);
	if (result == INDEX_OK)
		result = add(index, url, captured, &is_added);
	result = store_leave(index, result);
	free(captured);
	if (added)
		*added = is_added && result == INDEX_OK;
	return result;
}

enum index_result index_frontier_known(struct index *index, const char *source, const char *url)
{
	const struct frontier_url asked = {.url = url};
	uint8_t key[KEY_BYTES];
	int64_t row = 0;
	enum index_result result = store_enter_light(index);

	make_key(&asked, key);
	if (result == INDEX_OK)
		result = store_source(index, source, &row);
	if (result == INDEX_OK)
		result = is_known(index, row, key);
	return store_leave(index, result);
}

static enum index_result make_first(struct index *index, int64_t source, const uint8_t *key, const char *host)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_MAKE_FIRST);
	int64_t state = 0;
	int64_t row = 0;
	enum index_result result;

	put_int(&query, source);
	put_blob(&query, key, KEY_BYTES);
	result = query_value(&query, &state);
	if (result == INDEX_OK && state != FRONTIER_WAITING) {
		query = query_new(index, STATEMENT_FRONTIER_MAKE_WAIT);
		put_int(&query, source);
		put_blob(&query, key, KEY_BYTES);
		result = query_run(&query);
		if (result == INDEX_OK)
			result = store_move(index, source, (int)state, FRONTIER_WAITING);
	}
	return result == INDEX_OK ? find_host(index, source, host, 0, &row) : result;
}

enum index_result index_frontier_first(struct index *index, const char *source, const char *url, const char *host)
{
	const struct frontier_url asked = {.url = url};
	uint8_t key[KEY_BYTES];
	int64_t row = 0;
	enum index_result result = store_enter(index);

	make_key(&asked, key);
	if (result == INDEX_OK)
		result = store_source(index, source, &row);
	if (result == INDEX_OK)
		result = make_first(index, row, key, host);
	return store_leave(index, result == INDEX_NONE ? INDEX_OK : result);
}

/* ---- taking ---------------------------------------------------------------------------------------- */

struct taking {
	struct index *index;
	int64_t source, delay_ms, lease_ms, now_ms;
	int64_t host, url; /* what was chosen */
};

/* Sets the host's due time to what really waits there; it may have been too early. */
static enum index_result settle_host(struct index *index, int64_t host)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_HOST_SETTLE);

	put_int(&query, host);
	return query_run(&query);
}

static enum index_result due_on_host(struct taking *taking, int64_t host)
{
	for (int priority = 0; priority < FRONTIER_PRIORITIES; priority++) {
		struct query query = query_new(taking->index, STATEMENT_FRONTIER_FIRST);
		enum index_result result;
		put_int(&query, host);
		put_int(&query, priority);
		put_int(&query, taking->now_ms);
		result = query_value(&query, &taking->url);
		if (result == INDEX_OK)
			taking->host = host;
		if (result != INDEX_NONE)
			return result;
	}
	return INDEX_NONE;
}

/* A host that has nothing due after all is settled, so it costs one look only. */
static enum index_result choose(struct taking *taking)
{
	for (int tries = 0; tries < HOSTS_PER_TAKE; tries++) {
		struct query query = query_new(taking->index, STATEMENT_FRONTIER_HOST_READY);
		int64_t host;
		enum index_result result;
		put_int(&query, taking->source);
		put_int(&query, taking->now_ms);
		result = query_value(&query, &host);
		if (result == INDEX_OK)
			result = due_on_host(taking, host);
		else
			return result;
		if (result != INDEX_NONE)
			return result;
		result = settle_host(taking->index, host);
		if (result != INDEX_OK)
			return result;
	}
	return INDEX_NONE;
}

static enum index_result lease(struct taking *taking)
{
	struct query query = query_new(taking->index, STATEMENT_FRONTIER_LEASE);
	enum index_result result;

	put_int(&query, taking->url);
	put_int(&query, taking->now_ms + taking->lease_ms);
	result = query_run(&query);
	if (result == INDEX_OK && taking->delay_ms > 0) {
		query = query_new(taking->index, STATEMENT_FRONTIER_HOST_QUIET);
		put_int(&query, taking->host);
		put_int(&query, taking->now_ms + taking->delay_ms);
		result = query_run(&query);
	}
	return result == INDEX_OK ? store_move(taking->index, taking->source, FRONTIER_WAITING, FRONTIER_LEASED) : result;
}

static const char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void read_captured(struct frontier_url *url, const char *text)
{
	json_t *array = text ? json_loads(text, 0, NULL) : NULL;
	size_t count = json_array_size(array);
	Lt__Field **fields = xcalloc(count, sizeof(Lt__Field *));

	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(array, i);
		fields[i] = xmalloc(sizeof(Lt__Field));
		lt__field__init(fields[i]);
		fields[i]->name = xstrdup(json_string_value(json_array_get(pair, 0)));
		fields[i]->value = xstrdup(json_string_value(json_array_get(pair, 1)));
	}
	json_decref(array);
	url->captured = (const Lt__Field *const *)fields;
	url->captured_count = count;
}

static enum index_result read_url(struct index *index, int64_t id, struct frontier_url **out)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_READ);
	struct frontier_url *url;
	const uint8_t *digest;
	enum index_result result;

	put_int(&query, id);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	*out = url = xmalloc(sizeof(*url));
	*url = (struct frontier_url){
		.id = id,
		.source = copy(get_text(&query, 0)),
		.host = copy(get_text(&query, 1)),
		.url = copy(get_text(&query, 2)),
		.method = copy(get_text(&query, 3)),
		.body = copy(get_text(&query, 4)),
		.role = copy(get_text(&query, 5)),
		.depth = (unsigned)get_int(&query, 6),
		.priority = (unsigned)get_int(&query, 7),
		.due_ms = get_int(&query, 8),
		.etag = copy(get_text(&query, 9)),
		.last_modified = copy(get_text(&query, 10)),
		.attempts = (unsigned)get_int(&query, 12),
		.fetched_ms = get_int(&query, 13),
		.referer = copy(get_text(&query, 14)),
		.title = copy(get_text(&query, 15)),
		.item = copy(get_text(&query, 16)),
		.published_ms = get_int(&query, 18),
		.expires_ms = get_int(&query, 19),
		.every_ms = get_int(&query, 20),
		.look = (uint64_t)get_int(&query, 21),
	};
	url->has_digest = get_blob(&query, 11, &digest) == sizeof(url->digest);
	if (url->has_digest)
		memcpy(url->digest, digest, sizeof(url->digest));
	read_captured(url, get_text(&query, 17));
	query_end(&query);
	return INDEX_OK;
}

static void free_const(const void *memory)
{
	free((void *)(uintptr_t)memory);
}

void frontier_url_free(struct frontier_url *url)
{
	if (!url)
		return;
	for (size_t i = 0; i < url->captured_count; i++) {
		free(url->captured[i]->name);
		free(url->captured[i]->value);
		free_const(url->captured[i]);
	}
	free_const(url->captured);
	free_const(url->source);
	free_const(url->host);
	free_const(url->url);
	free_const(url->method);
	free_const(url->body);
	free_const(url->role);
	free_const(url->etag);
	free_const(url->last_modified);
	free_const(url->referer);
	free_const(url->title);
	free_const(url->item);
	free(url);
}

enum index_result index_frontier_take(
	struct index *index, const char *source, int64_t delay_ms, int64_t lease_ms, int64_t now_ms, struct frontier_url **url)
{
	struct taking taking = {.index = index, .delay_ms = delay_ms, .lease_ms = lease_ms, .now_ms = now_ms};
	enum index_result result = store_enter_light(index);

	*url = NULL;
	if (result == INDEX_OK)
		result = store_source(index, source, &taking.source);
	if (result == INDEX_OK)
		result = choose(&taking);
	if (result == INDEX_OK)
		result = lease(&taking);
	if (result == INDEX_OK)
		result = read_url(index, taking.url, url);
	result = store_leave(index, result);
	if (result != INDEX_OK) {
		frontier_url_free(*url);
		*url = NULL;
	}
	return result;
}

enum index_result index_frontier_next_due(struct index *index, const char *source, int64_t *due_ms)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_NEXT_DUE);
	enum index_result result;

	put_text(&query, source);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	result = get_null(&query, 0) ? INDEX_NONE : INDEX_OK;
	*due_ms = get_int(&query, 0);
	query_end(&query);
	return result;
}

enum index_result index_frontier_quiet(struct index *index, const char *source, const char *host, int64_t until_ms)
{
	int64_t source_row = 0, host_row = 0;
	enum index_result result = store_enter_light(index);

	if (result == INDEX_OK)
		result = store_source(index, source, &source_row);
	if (result == INDEX_OK)
		result = find_host(index, source_row, host, INT64_MAX, &host_row);
	if (result == INDEX_OK) {
		struct query query = query_new(index, STATEMENT_FRONTIER_HOST_QUIET);
		put_int(&query, host_row);
		put_int(&query, until_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

/* ---- results --------------------------------------------------------------------------------------- */

static enum frontier_state state_after(const struct frontier_result *result)
{
	if (result->outcome == FRONTIER_IS_GONE)
		return FRONTIER_GONE;
	return result->next_due_ms == 0 ? FRONTIER_RESTING : FRONTIER_WAITING;
}

static enum index_result host_due(struct index *index, int64_t host, int64_t due_ms)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_HOST_DUE);

	put_int(&query, host);
	put_int(&query, due_ms);
	return query_run(&query);
}

static enum index_result write_result(struct index *index, int64_t url, const struct frontier_result *result)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_RESULT);

	put_int(&query, url);
	put_int(&query, state_after(result));
	put_int(&query, result->next_due_ms);
	put_int(&query, result->outcome == FRONTIER_FETCHED);
	put_int(&query, result->outcome == FRONTIER_FETCHED || result->outcome == FRONTIER_UNCHANGED);
	put_int(&query, result->outcome == FRONTIER_FAILED);
	put_text(&query, result->etag);
	put_text(&query, result->last_modified);
	put_blob(&query, result->digest, 32);
	put_text(&query, result->error);
	put_int(&query, result->now_ms);
	put_int(&query, result->every_ms);
	put_int_or_null(&query, result->look != 0, (int64_t)result->look);
	return query_run(&query);
}

static enum index_result apply(struct index *index, int64_t url, const struct frontier_result *what)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_WHERE);
	int64_t source, host;
	int state;
	enum index_result result;

	put_int(&query, url);
	result = query_step(&query);
	if (result != INDEX_OK)
		return result;
	source = get_int(&query, 0);
	host = get_int(&query, 1);
	state = (int)get_int(&query, 2);
	query_end(&query);
	result = write_result(index, url, what);
	if (result == INDEX_OK && state_after(what) == FRONTIER_WAITING)
		result = host_due(index, host, what->next_due_ms);
	return result == INDEX_OK ? store_move(index, source, state, (int)state_after(what)) : result;
}

enum index_result index_frontier_result(struct index *index, int64_t url, const struct frontier_result *what)
{
	enum index_result result;

	if (what->error && !utf8_valid(what->error, strlen(what->error)))
		return store_fail(index, INDEX_REFUSED, "an error that is not UTF-8");
	result = store_enter_light(index);
	if (result == INDEX_OK)
		result = apply(index, url, what);
	return store_leave(index, result);
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

/* Rare and on demand, so it may take its time: every row of the source is written. */
enum index_result index_frontier_force(struct index *index, const char *source, int64_t now_ms)
{
	static const enum statement steps[] = {STATEMENT_FRONTIER_FORCE, STATEMENT_FRONTIER_FORCE_HOSTS, STATEMENT_FRONTIER_FORCE_COUNTS};
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = store_settle(index);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && result == INDEX_OK; i++) {
		struct query query = query_new(index, steps[i]);
		put_text(&query, source);
		put_int(&query, now_ms);
		result = query_run(&query);
	}
	return store_leave(index, result);
}

enum index_result index_frontier_found(struct index *index, const char *source, bool *found)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_FOUND);
	int64_t value = 0;
	enum index_result result;

	put_text(&query, source);
	result = query_value(&query, &value);
	*found = result == INDEX_OK && value != 0;
	return result == INDEX_NONE ? INDEX_OK : result;
}

enum index_result index_frontier_counts(struct index *index, const char *source, struct frontier_counts *counts)
{
	enum index_result result = store_settle(index);
	struct query query = query_new(index, STATEMENT_FRONTIER_COUNTS);

	*counts = (struct frontier_counts){0, 0, 0, 0, 0};
	put_text(&query, source);
	if (result == INDEX_OK)
		result = query_step(&query);
	if (result != INDEX_OK)
		return result == INDEX_NONE ? INDEX_OK : result;
	counts->waiting = get_unsigned(&query, 0);
	counts->leased = get_unsigned(&query, 1);
	counts->resting = get_unsigned(&query, 2);
	counts->gone = get_unsigned(&query, 3);
	counts->known = counts->waiting + counts->leased + counts->resting + counts->gone;
	query_end(&query);
	return INDEX_OK;
}

enum index_result index_frontier_due(struct index *index, const char *source, int64_t now_ms, uint64_t cap, uint64_t *due)
{
	struct query query = query_new(index, STATEMENT_FRONTIER_DUE_COUNT);
	int64_t count = 0;
	enum index_result result;

	put_text(&query, source);
	put_int(&query, now_ms);
	put_unsigned(&query, cap);
	result = query_value(&query, &count);
	*due = (uint64_t)count;
	return result;
}
