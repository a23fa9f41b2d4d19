/*
 * Labelled cases: one JSON object a line,
 *     {"id", "kind", "text" or "text_b64", "path"?, "leak"?, "expect": [{"account", "host", "secret_kind", "secret", ...}], "note"?}
 * A case expects exactly its findings. host is the finding's service, a cookie's secret is name=value, an absent account is null;
 * further keys of an expectation ("audience", "confidence", "attribution", "machine_dir", "line", "offset", "fabricated",
 * "canary", "grants", "format", "type", "title") are compared where they stand.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/mem.h"
#include "tests/inspect/driver.h"

static unsigned run_count, failed_count;

static const char *lower_kind(Lt__FindingKind kind)
{
	static const char *const names[] = {"", "password", "hash", "cookie", "token", "private_key", "mention", "listing"};

	return names[kind];
}

static void lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + 'a' - 'A');
}

/* "staff" of AUDIENCE_STAFF. */
static json_t *enum_json(const ProtobufCEnumDescriptor *type, int value)
{
	const char *name = protobuf_c_enum_descriptor_get_value(type, value)->name;
	char *text = xstrdup(strchr(name, '_') + 1);

	lower(text);
	json_t *json = json_string(text);

	free(text);
	return json;
}

static json_t *secret_json(const Lt__Finding *finding)
{
	ProtobufCBinaryData value = finding->secret != NULL ? finding->secret->value : (ProtobufCBinaryData){0, NULL};

	if (finding->cookie == NULL)
		return bytes_json(value.data, value.len);
	size_t name = strlen(finding->cookie->name);
	char *joined = xmalloc(name + 1 + value.len);

	memcpy(joined, finding->cookie->name, name);
	joined[name] = '=';
	memcpy(joined + name + 1, value.data, value.len);
	json_t *json = bytes_json(joined, name + 1 + value.len);

	free(joined);
	return json;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

/* A finding with the keys cases use. */
static json_t *found_json(const Lt__FoundFinding *found)
{
	const Lt__Finding *finding = found->finding;
	json_t *object = json_object();

	set_text(object, "account", finding->account);
	set_text(object, "host", finding->service);
	set_text(object, "secret_kind", lower_kind(finding->kind));
	json_object_set_new(object, "secret", secret_json(finding));
	json_object_set_new(object, "audience", enum_json(&lt__audience__descriptor, (int)finding->audience));
	json_object_set_new(object, "confidence", enum_json(&lt__confidence__descriptor, (int)finding->confidence));
	json_object_set_new(object, "attribution", enum_json(&lt__attribution__descriptor, (int)finding->attribution));
	set_text(object, "rule", finding->rule);
	set_text(object, "path", found->path);
	set_text(object, "url", finding->url);
	set_text(object, "machine_dir", found->machine_dir);
	json_object_set_new(object, "offset", json_integer((json_int_t)found->offset));
	json_object_set_new(object, "line", json_integer((json_int_t)found->line));
	json_object_set_new(object, "fabricated", json_boolean(finding->fabricated));
	json_object_set_new(object, "canary", json_boolean(finding->canary));
	if (finding->cookie != NULL)
		set_text(object, "grants", finding->cookie->grants);
	if (finding->hash != NULL)
		set_text(object, "format", finding->hash->format);
	if (finding->token != NULL)
		set_text(object, "type", finding->token->type);
	if (finding->post != NULL)
		set_text(object, "title", finding->post->title);
	return object;
}

static bool same(const json_t *wanted, const json_t *got)
{
	static const char *const always[] = {"account", "host", "secret_kind", "secret"};
	const char *key;
	json_t *value;

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
		const json_t *a = json_object_get(wanted, always[i]), *b = json_object_get(got, always[i]);

		if (json_is_null(a))
			a = NULL;
		if (a == NULL && b != NULL && strcmp(always[i], "secret") == 0 && json_string_length(b) == 0)
			continue;
		if ((a == NULL) != (b == NULL) || (a != NULL && !json_equal(a, b)))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
	{
		if (strcmp(key, "account") == 0 || strcmp(key, "host") == 0 || strcmp(key, "secret_kind") == 0 ||
			strcmp(key, "secret") == 0)
			continue;
		if (!json_equal(value, json_object_get(got, key)))
			return false;
	}
	return true;
}

/* Strikes from both lists what agrees. */
static void compare(json_t *wanted, json_t *got)
{
	for (size_t i = json_array_size(wanted); i > 0; i--) {
		for (size_t j = 0; j < json_array_size(got); j++) {
			if (!same(json_array_get(wanted, i - 1), json_array_get(got, j)))
				continue;
			json_array_remove(wanted, i - 1);
			json_array_remove(got, j);
			break;
		}
	}
}

static void complain(const char *what, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		char *text = json_dumps(json_array_get(list, i), JSON_COMPACT | JSON_PRESERVE_ORDER);

		printf("#   %s: %s\n", what, text);
		free(text);
	}
}

static int case_bytes(const json_t *entry)
{
	const json_t *text = json_object_get(entry, "text");
	const char *encoded = json_string_value(json_object_get(entry, "text_b64"));

	if (text != NULL)
		return job_bytes(json_string_value(text), json_string_length(text));
	if (encoded == NULL)
		fail("a case without text");
	size_t cap = strlen(encoded), len;
	uint8_t *data = xmalloc(cap + 1);

	if (sodium_base642bin(data, cap, encoded, cap, "\r\n ", &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		fail("a case whose text_b64 is no base64");
	int fd = job_bytes(data, len);

	free(data);
	return fd;
}

static json_t *run_case(const json_t *entry)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	struct driver_part part = {case_bytes(entry), (char *)(uintptr_t)(path != NULL ? path : "case.txt"), false};
	struct driver_job job = {LT__JOB__INIT, &part, 1};
	json_t *got = json_array();

	job.job.kind = json_is_true(json_object_get(entry, "bundle")) ? LT__JOB_KIND__JOB_BUNDLE : LT__JOB_KIND__JOB_DOCUMENT;
	if (job.job.kind == LT__JOB_KIND__JOB_BUNDLE)
		job.job.machine_dir = (char *)(uintptr_t)json_string_value(json_object_get(entry, "machine_dir"));
	job.job.content_type = (char *)(uintptr_t)json_string_value(json_object_get(entry, "content_type"));
	job.job.has_leak_context = true;
	job.job.leak_context = json_is_true(json_object_get(entry, "leak"));
	job_send(&job);
	close(part.fd);
	for (bool done = false; !done;) {
		Lt__Envelope *message = job_next();

		if (message->body_case == LT__ENVELOPE__BODY_FINDING)
			json_array_append_new(got, found_json(message->finding));
		done = message->body_case == LT__ENVELOPE__BODY_JOB_DONE;
		channel_message_free(message);
	}
	return got;
}

static void answer(const json_t *entry, const char *file)
{
	json_t *wanted = json_deep_copy(json_object_get(entry, "expect"));
	json_t *got = run_case(entry);

	compare(wanted, got);
	bool good = json_array_size(wanted) == 0 && json_array_size(got) == 0;
	const char *id = json_string_value(json_object_get(entry, "id"));
	const char *kind = json_string_value(json_object_get(entry, "kind"));
	const char *note = json_string_value(json_object_get(entry, "note"));
	const char *name = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;

	run_count++;
	failed_count += !good;
	printf("%sok %u - %s %s %s\n", good ? "" : "not ", run_count, name, id != NULL ? id : "", kind != NULL ? kind : "");
	if (!good && note != NULL)
		printf("#   %s\n", note);
	complain("missing", wanted);
	complain("invented", got);
	json_decref(wanted);
	json_decref(got);
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	unsigned number = 0;

	if (file == NULL)
		fail("%s: %s", path, strerror(errno));
	while (getline(&line, &cap, file) > 0) {
		json_error_t error;
		json_t *entry;

		number++;
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		entry = json_loads(line, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
		if (entry == NULL || !json_is_array(json_object_get(entry, "expect")))
			fail("%s:%u: %s", path, number, entry == NULL ? error.text : "no list under \"expect\"");
		answer(entry, path);
		json_decref(entry);
	}
	free(line);
	fclose(file);
}

int cases_run(char **files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_file(files[i]);
	printf("1..%u\n", run_count);
	fprintf(stderr, "# %u of %u cases are exact\n", run_count - failed_count, run_count);
	return failed_count > 0;
}
