/* Messages of an inspector as JSON, with the names of the finding contract where they are the same thing. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"
#include "tests/inspect/driver.h"

json_t *bytes_json(const void *data, size_t len)
{
	json_t *text = json_stringn(data, len);

	if (text != NULL)
		return text;
	size_t cap = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	char *encoded = xmalloc(cap);

	sodium_bin2base64(encoded, cap, data, len, sodium_base64_VARIANT_ORIGINAL);
	text = json_pack("{s:s}", "base64", encoded);
	free(encoded);
	return text;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

static const char *enum_name(const ProtobufCEnumDescriptor *type, int value)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

	return found != NULL ? found->name : "?";
}

static void set_hex(json_t *object, const char *key, ProtobufCBinaryData bytes)
{
	char hex[129];

	sodium_bin2hex(hex, sizeof hex, bytes.data, bytes.len < 64 ? bytes.len : 64);
	set_text(object, key, hex);
}

static json_t *secret_json(const Lt__Secret *secret)
{
	json_t *object = json_object();

	set_text(object, "hint", secret->hint);
	set_text(object, "length", secret->length_bucket);
	set_hex(object, "fingerprint", secret->fingerprint);
	if (secret->has_value)
		json_object_set_new(object, "value", bytes_json(secret->value.data, secret->value.len));
	return object;
}

static json_t *cookie_json(const Lt__Cookie *cookie)
{
	json_t *object = json_object();

	set_text(object, "name", cookie->name);
	set_text(object, "domain", cookie->domain);
	set_text(object, "path", cookie->path);
	set_text(object, "grants", cookie->grants);
	if (cookie->has_expires_ms)
		json_object_set_new(object, "expires_ms", json_integer(cookie->expires_ms));
	if (cookie->has_http_only)
		json_object_set_new(object, "http_only", json_boolean(cookie->http_only));
	if (cookie->has_secure)
		json_object_set_new(object, "secure", json_boolean(cookie->secure));
	return object;
}

static json_t *hash_json(const Lt__Hash *hash)
{
	json_t *candidates = json_array();

	for (size_t i = 0; i < hash->n_candidates; i++)
		json_array_append_new(candidates, json_string(hash->candidates[i]));
	return json_pack("{s:s, s:o, s:b}", "format", hash->format, "candidates", candidates, "salt", hash->salt);
}

static json_t *machine_json(const Lt__Machine *machine)
{
	json_t *object = json_object();

	set_text(object, "id", machine->id);
	set_text(object, "name", machine->name);
	set_text(object, "user", machine->user);
	set_text(object, "domain", machine->domain);
	set_text(object, "ip", machine->ip);
	set_text(object, "country", machine->country);
	set_text(object, "family", machine->family);
	set_text(object, "build", machine->build);
	if (machine->has_infected_at_ms)
		json_object_set_new(object, "infected_at_ms", json_integer(machine->infected_at_ms));
	return object;
}

static json_t *token_json(const Lt__Token *token)
{
	json_t *object = json_object();

	set_text(object, "type", token->type);
	set_text(object, "issuer", token->issuer);
	if (token->has_expires_ms)
		json_object_set_new(object, "expires_ms", json_integer(token->expires_ms));
	return object;
}

static json_t *post_json(const Lt__Post *post)
{
	json_t *object = json_object();

	set_text(object, "title", post->title);
	set_text(object, "site", post->site);
	set_text(object, "link", post->link);
	set_text(object, "deadline", post->deadline);
	set_text(object, "price", post->price);
	return object;
}

static json_t *finding_json(const Lt__FoundFinding *found)
{
	const Lt__Finding *finding = found->finding;
	json_t *object = json_object();

	set_text(object, "kind", enum_name(&lt__finding_kind__descriptor, (int)finding->kind));
	set_text(object, "account", finding->account);
	set_text(object, "service", finding->service);
	if (finding->secret != NULL)
		json_object_set_new(object, "secret", secret_json(finding->secret));
	set_text(object, "url", finding->url);
	set_text(object, "audience", enum_name(&lt__audience__descriptor, (int)finding->audience));
	set_text(object, "confidence", enum_name(&lt__confidence__descriptor, (int)finding->confidence));
	set_text(object, "attribution", enum_name(&lt__attribution__descriptor, (int)finding->attribution));
	set_text(object, "watch_item", finding->watch_item);
	set_text(object, "rule", finding->rule);
	if (finding->cookie != NULL)
		json_object_set_new(object, "cookie", cookie_json(finding->cookie));
	if (finding->hash != NULL)
		json_object_set_new(object, "hash", hash_json(finding->hash));
	if (finding->token != NULL)
		json_object_set_new(object, "token", token_json(finding->token));
	if (finding->post != NULL)
		json_object_set_new(object, "post", post_json(finding->post));
	if (finding->machine != NULL)
		json_object_set_new(object, "machine", machine_json(finding->machine));
	if (finding->canary)
		json_object_set_new(object, "canary", json_true());
	if (finding->fabricated)
		json_object_set_new(object, "fabricated", json_true());
	set_hex(object, "id", finding->id);
	if (finding->has_fold_id)
		set_hex(object, "fold_id", finding->fold_id);
	set_text(object, "path", found->path);
	set_text(object, "machine_dir", found->machine_dir);
	json_object_set_new(object, "offset", json_integer((json_int_t)found->offset));
	if (found->has_line)
		json_object_set_new(object, "line", json_integer((json_int_t)found->line));
	return object;
}

static json_t *head_json(const Lt__Head *head)
{
	json_t *columns = json_array();

	for (size_t i = 0; i < head->n_columns; i++)
		json_array_append_new(columns, json_string(head->columns[i]));
	json_t *object = json_pack("{s:b, s:o}", "splittable", head->splittable, "columns", columns);

	set_text(object, "encoding", head->encoding);
	set_text(object, "shape", head->shape);
	set_text(object, "delimiter", head->delimiter);
	return object;
}

static json_t *report_json(const Lt__RuleReport *report)
{
	json_t *object = json_object();

	set_text(object, "rule", report->rule);
	set_text(object, "outcome", report->outcome);
	set_text(object, "detail", report->detail);
	set_text(object, "file", report->file);
	if (report->has_line)
		json_object_set_new(object, "line", json_integer(report->line));
	if (report->has_column)
		json_object_set_new(object, "column", json_integer(report->column));
	if (report->has_offset)
		json_object_set_new(object, "offset", json_integer((json_int_t)report->offset));
	return object;
}

static json_t *done_json(const Lt__JobDone *done)
{
	json_t *object = json_pack("{s:b}", "ok", done->ok);

	set_text(object, "error", done->error);
	json_object_set_new(object, "bytes", json_integer((json_int_t)done->bytes));
	json_object_set_new(object, "members", json_integer((json_int_t)done->members));
	json_object_set_new(object, "findings", json_integer((json_int_t)done->findings));
	json_object_set_new(object, "hits", json_integer((json_int_t)done->hits));
	json_object_set_new(object, "lines", json_integer((json_int_t)done->lines));
	return object;
}

static json_t *not_inspected_json(const Lt__NotInspected *message)
{
	json_t *object = json_object();

	set_text(object, "cause", enum_name(&lt__not_inspected_cause__descriptor, (int)message->cause));
	set_text(object, "detail", message->detail);
	set_text(object, "path", message->path);
	json_object_set_new(object, "offset", json_integer((json_int_t)message->offset));
	return object;
}

static json_t *found_machine_json(const Lt__FoundMachine *message)
{
	json_t *object = message->machine != NULL ? machine_json(message->machine) : json_object();

	set_text(object, "machine_dir", message->machine_dir);
	return object;
}

json_t *message_json(const Lt__Envelope *message)
{
	switch (message->body_case) {
	case LT__ENVELOPE__BODY_FINDING:
		return json_pack("{s:o}", "finding", finding_json(message->finding));
	case LT__ENVELOPE__BODY_MACHINE:
		return json_pack("{s:o}", "machine", found_machine_json(message->machine));
	case LT__ENVELOPE__BODY_HEAD:
		return json_pack("{s:o}", "head", head_json(message->head));
	case LT__ENVELOPE__BODY_RULE_REPORT:
		return json_pack("{s:o}", "report", report_json(message->rule_report));
	case LT__ENVELOPE__BODY_NOT_INSPECTED:
		return json_pack("{s:o}", "not_inspected", not_inspected_json(message->not_inspected));
	case LT__ENVELOPE__BODY_LINK:
		return json_pack("{s:{s:s, s:s}}", "link", "kind", enum_name(&lt__link_kind__descriptor, (int)message->link->kind), "url",
			message->link->url);
	case LT__ENVELOPE__BODY_JOB_DONE:
		return json_pack("{s:o}", "done", done_json(message->job_done));
	default:
		return json_pack("{s:i}", "message", (int)message->body_case);
	}
}
