#include "config.h"

#include "index/finding_json.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index/finding_detail.h"
#include "index/query.h"
#include "index/secret_text.h"
#include "index/severity.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

void finding_id_text(const uint8_t id[20], char text[43])
{
	memcpy(text, "f_", 2);
	sodium_bin2hex(text + 2, 41, id, 20);
}

void time_text(int64_t ms, char text[32])
{
	static const int64_t first = INT64_C(-62135596800000),
			     last = INT64_C(253402300799000); /* years 1 and 9999: RFC 3339 knows no others */
	struct tm parts;
	int64_t rest;
	time_t seconds;
	size_t len;

	ms = ms < first ? first : ms > last ? last : ms;
	rest = ms % 1000;
	seconds = (time_t)(ms / 1000 - (rest < 0));
	gmtime_r(&seconds, &parts);
	len = (size_t)snprintf(text, 32, "%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
		parts.tm_hour, parts.tm_min, parts.tm_sec);
	if (rest != 0 && len < 32)
		len += (size_t)snprintf(text + len, 32 - len, ".%03d", (int)(rest < 0 ? rest + 1000 : rest));
	if (len < 32)
		snprintf(text + len, 32 - len, "Z");
}

/* ---- setting members ------------------------------------------------------------------------------- */

static void set(json_t *object, const char *name, json_t *value)
{
	if (!value || json_object_set_new(object, name, value) != 0)
		log_fatal("no memory for JSON, or a text that is not UTF-8 in %s", name);
}

void set_text(json_t *object, const char *name, const char *text)
{
	if (text)
		set(object, name, json_string(text));
}

void set_time(json_t *object, const char *name, int64_t ms)
{
	char text[32];

	if (ms == 0)
		return;
	time_text(ms, text);
	set(object, name, json_string(text));
}

void set_count(json_t *object, const char *name, uint64_t value)
{
	set(object, name, json_integer((json_int_t)value));
}

void set_hex(json_t *object, const char *name, const uint8_t *data, size_t len)
{
	char *text;

	if (!data)
		return;
	text = xmalloc(2 * len + 1);
	sodium_bin2hex(text, 2 * len + 1, data, len);
	set(object, name, json_string(text));
	free(text);
}

static void set_flag(json_t *object, const char *name, bool value)
{
	set(object, name, json_boolean(value));
}

static void set_unless_empty(json_t *object, const char *name, json_t *value)
{
	if (json_object_size(value) > 0)
		set(object, name, value);
	else
		json_decref(value);
}

/* ---- the parts that depend on the kind -------------------------------------------------------------- */

static json_t *cookie_json(const Lt__Cookie *cookie)
{
	json_t *object = json_object();

	set_text(object, "name", cookie->name);
	set_text(object, "domain", cookie->domain);
	set_text(object, "path", cookie->path);
	if (cookie->has_expires_ms)
		set_time(object, "expires", cookie->expires_ms);
	if (cookie->has_http_only)
		set_flag(object, "http_only", cookie->http_only);
	if (cookie->has_secure)
		set_flag(object, "secure", cookie->secure);
	set_text(object, "grants", cookie->grants);
	return object;
}

static json_t *hash_json(const Lt__Hash *hash)
{
	json_t *object = json_object();

	set_text(object, "format", hash->format);
	if (hash->n_candidates > 0) {
		json_t *candidates = json_array();
		for (size_t i = 0; i < hash->n_candidates; i++)
			json_array_append_new(candidates, json_string(hash->candidates[i]));
		set(object, "candidates", candidates);
	}
	if (hash->has_salt)
		set_flag(object, "salt", hash->salt);
	return object;
}

static json_t *token_json(const Lt__Token *token)
{
	json_t *object = json_object();

	set_text(object, "type", token->type);
	set_text(object, "issuer", token->issuer);
	if (token->has_expires_ms)
		set_time(object, "expires", token->expires_ms);
	return object;
}

static json_t *post_json(const Lt__Post *post)
{
	json_t *object = json_object(), *counts = json_object();

	set_text(object, "title", post->title);
	set_text(object, "site", post->site);
	set_text(object, "link", post->link);
	set_text(object, "deadline", post->deadline);
	set_text(object, "price", post->price);
	for (size_t i = 0; i < post->n_counts; i++)
		set_count(counts, post->counts[i]->name, post->counts[i]->value);
	set_unless_empty(object, "counts", counts);
	return object;
}

json_t *finding_detail_json(const Lt__Finding *finding)
{
	json_t *object = json_object();

	if (finding->cookie)
		set(object, "cookie", cookie_json(finding->cookie));
	if (finding->hash)
		set(object, "hash", hash_json(finding->hash));
	if (finding->token)
		set(object, "token", token_json(finding->token));
	if (finding->post)
		set(object, "post", post_json(finding->post));
	return object;
}

char *finding_detail_text(const Lt__Finding *finding)
{
	json_t *object = finding_detail_json(finding);
	char *text = json_dumps(object, JSON_COMPACT);

	if (!text)
		log_fatal("no memory");
	json_decref(object);
	return text;
}

bool finding_expiry(const Lt__Finding *finding, int64_t *expires_ms)
{
	if (finding->cookie && finding->cookie->has_expires_ms)
		*expires_ms = finding->cookie->expires_ms;
	else if (finding->token && finding->token->has_expires_ms)
		*expires_ms = finding->token->expires_ms;
	else
		return false;
	return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static json_t *secret_json(const struct finding_view *view)
{
	json_t *object = json_object();

	set_text(object, "hint", view->secret_hint);
	set_text(object, "length", view->secret_length);
	set_hex(object, "fingerprint", view->fingerprint, view->fingerprint_len);
	if (view->value)
		secret_text_set(object, view->value, view->value_len);
	return object;
}

static json_t *machine_json(const struct finding_view *view)
{
	json_t *object = json_object();

	set_text(object, "id", view->machine.id);
	set_text(object, "name", view->machine.name);
	set_text(object, "user", view->machine.user);
	set_text(object, "domain", view->machine.domain);
	set_text(object, "ip", view->machine.ip);
	set_text(object, "country", view->machine.country);
	if (view->machine.has_infected_at)
		set_time(object, "infected_at", view->machine.infected_at_ms);
	set_text(object, "family", view->machine.family);
	set_text(object, "build", view->machine.build);
	return object;
}

static json_t *evidence_json(const struct finding_view *view)
{
	json_t *object = json_object();

	set_text(object, "source", view->evidence.source);
	set_text(object, "url", view->evidence.url);
	set_text(object, "document", view->evidence.document);
	set_text(object, "path", view->evidence.path);
	if (view->evidence.has_line)
		set_count(object, "line", view->evidence.line);
	if (view->evidence.has_offset)
		set_count(object, "offset", view->evidence.offset);
	set_time(object, "fetched_at", view->evidence.fetched_at_ms);
	set_text(object, "via", view->evidence.via);
	set_text(object, "circuit", view->evidence.circuit);
	return object;
}

static json_t *staff_json(const struct finding_view *view)
{
	json_t *object = json_object();

	set_text(object, "name", view->staff_name);
	set_text(object, "team", view->staff_team);
	set_flag(object, "privileged", view->staff_privileged);
	return object;
}

/* A session cookie lives until it expires; without an expiry nobody knows. */
static void set_detail(json_t *object, const struct finding_view *view, int64_t now_ms)
{
	const char *name;
	json_t *value;
	json_t *detail = json_deep_copy(view->detail);

	json_object_foreach(detail, name, value)
	{
		if (strcmp(name, "cookie") == 0 && view->has_expiry)
			set_flag(value, "live", view->expires_ms > now_ms);
		json_object_set(object, name, value);
	}
	json_decref(detail);
}

json_t *finding_view_json(const struct finding_view *view, int64_t now_ms)
{
	json_t *object = json_object();
	char id[43];

	finding_id_text(view->id, id);
	set_text(object, "schema", "leaktrawl.finding/1");
	set_text(object, "id", id);
	if (view->ephemeral)
		set_flag(object, "ephemeral", true);
	set_text(object, "kind", finding_kind_name(view->kind));
	set_text(object, "account", view->account);
	set_text(object, "audience", audience_name(view->audience));
	set_text(object, "service", view->service);
	set_text(object, "url", view->url);
	set_unless_empty(object, "secret", secret_json(view));
	set_detail(object, view, now_ms);
	set_text(object, "rule", view->rule);
	set_text(object, "confidence", confidence_name(view->confidence));
	set_text(object, "severity", severity_name(view->severity));
	set_text(object, "attribution", attribution_name(view->attribution));
	if (view->is_staff)
		set(object, "staff", staff_json(view));
	if (view->account && !view->ephemeral)
		set_flag(object, "first_for_account", view->first_for_account);
	set_unless_empty(object, "machine", machine_json(view));
	set_count(object, "sightings", view->sightings);
	set_time(object, "first_seen", view->first_seen_ms);
	set_time(object, "last_seen", view->last_seen_ms);
	set_text(object, "state", view->state);
	set_unless_empty(object, "evidence", evidence_json(view));
	return object;
}

/* ---- from a message ------------------------------------------------------------------------------------ */

static void view_secret(struct finding_view *view, const Lt__Secret *secret)
{
	if (!secret)
		return;
	view->secret_hint = secret->hint;
	view->secret_length = secret->length_bucket;
	view->fingerprint = secret->fingerprint.data;
	view->fingerprint_len = secret->fingerprint.len;
	if (secret->has_value) {
		view->value = secret->value.data ? secret->value.data : (const uint8_t *)"";
		view->value_len = secret->value.len;
	}
}

static void view_staff(struct finding_view *view, const struct staff *staff)
{
	if (!staff)
		return;
	view->is_staff = true;
	view->staff_name = staff->name;
	view->staff_team = staff->team;
	view->staff_privileged = staff->privileged;
}

static void view_machine(struct finding_view *view, const Lt__Machine *machine)
{
	if (!machine)
		return;
	view->machine.id = machine->id;
	view->machine.name = machine->name;
	view->machine.user = machine->user;
	view->machine.domain = machine->domain;
	view->machine.ip = machine->ip;
	view->machine.country = machine->country;
	view->machine.family = machine->family;
	view->machine.build = machine->build;
	view->machine.has_infected_at = machine->has_infected_at_ms;
	view->machine.infected_at_ms = machine->infected_at_ms;
}

static void view_evidence(struct finding_view *view, const Lt__FoundFinding *found, const struct evidence *evidence)
{
	view->evidence.path = found->path;
	view->evidence.has_line = found->has_line;
	view->evidence.line = found->line;
	view->evidence.has_offset = found->has_offset;
	view->evidence.offset = found->offset;
	if (!evidence)
		return;
	view->evidence.source = evidence->source;
	view->evidence.url = evidence->url;
	view->evidence.via = evidence->via;
	view->evidence.circuit = evidence->circuit;
	view->evidence.fetched_at_ms = evidence->fetched_at_ms;
}

json_t *finding_json_of_message(const Lt__FoundFinding *found, const struct evidence *evidence, const struct staff *staff,
	const struct finding_json_options *options)
{
	const Lt__Finding *finding = found->finding;
	json_t *detail = finding_detail_json(finding), *object;
	struct finding_view view = {
		.id = finding->id.data,
		.ephemeral = options->ephemeral,
		.kind = finding->kind,
		.account = finding->account,
		.audience = finding->audience,
		.service = finding->service,
		.url = finding->url,
		.detail = detail,
		.rule = finding->rule,
		.confidence = finding->confidence,
		.severity = severity_of(finding, staff, options->now_ms),
		.attribution = finding->attribution,
		.sightings = 1,
		.first_seen_ms = options->now_ms,
		.last_seen_ms = options->now_ms,
		.state = finding_state_name(FINDING_NEW),
	};

	view.has_expiry = finding_expiry(finding, &view.expires_ms);
	view.evidence.document = options->document;
	view_secret(&view, finding->secret);
	view_staff(&view, staff);
	view_machine(&view, finding->machine);
	view_evidence(&view, found, evidence);
	object = finding_view_json(&view, options->now_ms);
	json_decref(detail);
	return object;
}
