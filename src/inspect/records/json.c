/*
 * JSON: exports of databases, cookies, password managers and browsers' traffic. An object that holds a secret
 * and whose it is, is a record; what it lacks it takes from its nearest children, then from the objects around.
 */
#include <jansson.h>
#include <stdlib.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/json_text.h"
#include "inspect/records/json_walk.h"
#include "inspect/records/line_memo.h"
#include "inspect/records/readers.h"
#include "inspect/sieve/lane.h"
#include "inspect/views/stage.h"
#include "limits/limits.h"
#include "shared/byteset.h"

/* The document that begins at from, NULL when it is none or too long. */
json_t *json_load_at(struct slice whole, size_t from, struct span *span)
{
	struct buf repaired;
	json_t *document = NULL;
	size_t used = 0;
	bool truncated;

	buf_init(&repaired, 2 * LIMIT_JSON_OBJECT_BYTES);
	if (json_repair(slice_from(whole, from), &repaired, &used, &truncated) && repaired.len > 0)
		document = json_loadb((const char *)repaired.data, repaired.len, JSON_ALLOW_NUL, NULL);
	buf_free(&repaired);
	*span = (struct span){from, from + used};
	return document;
}

/* ---- strings that are texts ---------------------------------------------------------------------- */

static void read_markup(const struct json_walk *walk, struct slice markup)
{
	const struct text *text = walk->text;
	struct stage *html = stage_html(text->scan, text->member, text->depth + 1);

	html->mark(html, text_raw_offset(text, json_place(walk, markup)));
	html->push(html, markup.data, markup.len);
	html->close(html);
}

/* A message, a line of a list: read as a text of its own. Last, since a new text ends the arena's memory. */
static void read_loose(const struct json_walk *walk)
{
	struct text *text = walk->text;

	if (walk->loose_count > 0 && text->depth >= walk->engine->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth",
			text_raw_offset(text, json_place(walk, walk->loose[0])));
		return;
	}
	for (size_t i = 0; i < walk->loose_count; i++) {
		struct slice loose = walk->loose[i];

		if (slice_find_nocase(loose, "</") < loose.len || slice_find_nocase(loose, "<br") < loose.len) {
			read_markup(walk, loose);
			continue;
		}
		struct lane *lane = lane_open(text->scan, text->member, VIEW_ESCAPES, text->depth + 1);

		lane_mark(lane, text_raw_offset(text, json_place(walk, walk->loose[i])));
		lane_push(lane, walk->loose[i].data, walk->loose[i].len);
		lane_close(lane);
	}
}

static bool has_failed(const struct json_trail *trail, size_t opener)
{
	for (size_t i = 0; i < trail->failed_count && i < JSON_ANCESTORS; i++)
		if (trail->failed[i] == opener)
			return true;
	return false;
}

/* The outermost document around the hit that fits the limit. */
static json_t *load_enclosing(struct text *text, const struct hit *hit, struct span *span)
{
	struct slice whole = {text->data, text->len};
	/* the domain of a log-on is found with the sign before it, here the quote */
	bool sign = hit->kind == NAME_LOGON && text->data[hit->at] == '"';
	struct json_trail *trail = line_memo_json(scan_line_memo(text->scan), whole);
	size_t count = json_enclosing(whole, hit->at + sign, trail);

	while (count > 0) {
		size_t opener = trail->openers[--count];

		if (has_failed(trail, opener))
			continue;
		json_t *document = json_load_at(whole, opener, span);

		if (document != NULL && span->to > hit->at)
			return document;
		json_decref(document);
		trail->failed[trail->failed_count++ % JSON_ANCESTORS] = opener;
	}
	return NULL;
}

static void walk_document(struct text *text, json_t *document, struct span span, struct slice host)
{
	struct json_walk walk = {.text = text, .engine = scan_engine(text->scan), .span = span};
	struct json_login login;

	if (!json_is_object(document) || !json_take_cookie(&walk, document, host, false)) {
		login = json_walk_value(&walk, document, host, SLICE_NONE);
		if (login_is_whole(&login) || (login.secrets_count > 0 && login.host.len > 0))
			login_emit(&walk, &login, host);
	}
	read_loose(&walk);
	for (size_t i = 0; i < walk.inner_count; i++)
		json_decref(walk.inner[i]);
}

bool json_emit(struct text *text, size_t at, struct slice url, size_t *end)
{
	struct span span;
	json_t *document = json_load_at((struct slice){text->data, text->len}, at, &span);

	if (document == NULL)
		return false;
	walk_document(text, document, span, url);
	json_decref(document);
	*end = span.to;
	return true;
}

/* Cookies.set("name", "value", {domain: ...}): the braces hold but a part of it. */
static bool is_argument(const struct text *text, size_t at)
{
	while (at > 0 && (text->data[at - 1] == ' ' || text->data[at - 1] == '\t'))
		at--;
	return at > 1 && text->data[at - 1] == ',' && one_of(text->data[at - 2], "\"'`");
}

/* ["https://host:9200"]: a value of something else that happens to be JSON. */
static bool is_list_of_urls(json_t *document)
{
	json_t *item;
	size_t i;

	json_array_foreach(document, i, item)
	{
		struct slice text = json_text(item);

		if (slice_find_nocase(text, "://") == text.len || slice_find_byte(text, '@') < text.len ||
			slice_find_byte(text, ' ') < text.len)
			return false;
	}
	return json_array_size(document) > 0 && json_array_size(document) <= 4;
}

/* The JSON document around a hit. */
bool reader_json(struct text *text, const struct hit *hit, struct span *claimed)
{
	json_t *document = load_enclosing(text, hit, claimed);

	if (document != NULL && is_argument(text, claimed->from) && reader_code(text, hit, claimed)) {
		json_decref(document);
		return true;
	}

	if (document == NULL)
		return false;
	if (is_list_of_urls(document)) {
		json_decref(document);
		return false;
	}
	walk_document(text, document, *claimed, SLICE_NONE);
	json_decref(document);
	return true;
}
