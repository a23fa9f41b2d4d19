/*
 * Labelled cases: one JSON object a line,
 *     {"id", "kind", "text" or "text_b64", "path"?, "leak"?, "expect": [{"account", "host", "secret_kind", "secret", ...}], "note"?}
 * A case expects exactly its findings. host is the finding's service, a cookie's secret is name=value, an absent account is null;
 * further keys of an expectation ("audience", "confidence", "attribution", "machine_dir", "line", "offset", "fabricated",
 * "canary", "grants", "format", "type", "title", "price") are compared where they stand.
 *
 * `--found` judges nothing and prints what is found in each, for a test that compares: {"id", "found": [...], "refused": [...]}. There
 * a case may stand in a file of other people's bytes, "before" and "after": {"file", "bytes"} (its last bytes, its first ones), and be
 * read in ranges that end at "borders": [...], if its head says that it can be split.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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
	if (finding->post != NULL) {
		set_text(object, "title", finding->post->title);
		set_text(object, "price", finding->post->price);
	}
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

/* What one job said; head is set when it told one. */
struct said {
	json_t *found, *refused;
	Lt__Envelope *head;
};

static void hear(struct said *said)
{
	for (bool done = false; !done;) {
		Lt__Envelope *message = job_next();

		if (message->body_case == LT__ENVELOPE__BODY_FINDING)
			json_array_append_new(said->found, found_json(message->finding));
		if (message->body_case == LT__ENVELOPE__BODY_NOT_INSPECTED)
			json_array_append_new(said->refused, message_json(message));
		done = message->body_case == LT__ENVELOPE__BODY_JOB_DONE;
		if (message->body_case == LT__ENVELOPE__BODY_HEAD && said->head == NULL)
			said->head = message;
		else
			channel_message_free(message);
	}
}

static void run_job(const json_t *entry, struct driver_part *part, struct driver_job *job, struct said *said)
{
	job->parts = part;
	job->count = 1;
	if (job->job.kind == LT__JOB_KIND__JOB_BUNDLE)
		job->job.machine_dir = (char *)(uintptr_t)json_string_value(json_object_get(entry, "machine_dir"));
	job->job.content_type = (char *)(uintptr_t)json_string_value(json_object_get(entry, "content_type"));
	job->job.has_leak_context = true;
	job->job.leak_context = json_is_true(json_object_get(entry, "leak"));
	job_send(job);
	hear(said);
}

static void run_whole(const json_t *entry, int fd, struct said *said)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	struct driver_part part = {fd, (char *)(uintptr_t)(path != NULL ? path : "case.txt"), false};
	struct driver_job job = {.job = LT__JOB__INIT};

	job.job.kind = json_is_true(json_object_get(entry, "bundle")) ? LT__JOB_KIND__JOB_BUNDLE : LT__JOB_KIND__JOB_DOCUMENT;
	run_job(entry, &part, &job, said);
}

static json_t *run_case(const json_t *entry)
{
	struct said said = {json_array(), json_array(), NULL};
	int fd = case_bytes(entry);

	run_whole(entry, fd, &said);
	close(fd);
	json_decref(said.refused);
	return said.found;
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

static void run_file(const char *path, void (*each)(const json_t *entry, const char *path))
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
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
		each(entry, path);
		json_decref(entry);
	}
	free(line);
	if (file != stdin)
		fclose(file);
}

int cases_run(char **files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_file(files[i], answer);
	printf("1..%u\n", run_count);
	fprintf(stderr, "# %u of %u cases are exact\n", run_count - failed_count, run_count);
	return failed_count > 0;
}

/* ---- what is found ---------------------------------------------------------------------------- */

static void append_file(int to, const json_t *piece, bool tail)
{
	const char *path = json_string_value(json_object_get(piece, "file"));
	off_t bytes = (off_t)json_integer_value(json_object_get(piece, "bytes"));
	int from = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat status;

	if (from < 0 || fstat(from, &status) != 0 || bytes > status.st_size)
		fail("%s: too short or not there", path != NULL ? path : "a case amid bytes");
	off_t at = tail ? status.st_size - bytes : 0;

	for (ssize_t sent; bytes > 0; bytes -= sent) {
		sent = sendfile(to, from, &at, (size_t)bytes);
		if (sent <= 0)
			fail("%s: %s", path, strerror(errno));
	}
	close(from);
}

/* A document of the case and what stands around it. */
static int case_document(const json_t *entry)
{
	const json_t *before = json_object_get(entry, "before"), *after = json_object_get(entry, "after");
	int own = case_bytes(entry), fd;
	struct stat status;
	off_t at = 0;

	if (before == NULL && after == NULL)
		return own;
	fd = job_bytes(NULL, 0);
	if (before != NULL)
		append_file(fd, before, true);
	if (fstat(own, &status) != 0 || (status.st_size > 0 && sendfile(fd, own, &at, (size_t)status.st_size) != status.st_size))
		fail("a case does not fit into memory");
	close(own);
	if (after != NULL)
		append_file(fd, after, false);
	return fd;
}

/* As the coordinator does it: its head says whether it can be split and what its columns are. */
static bool run_ranges(const json_t *entry, int fd, const json_t *borders, struct said *said)
{
	struct driver_part part = {fd, (char *)(uintptr_t) "case.txt", false};
	struct driver_job head = {.job = LT__JOB__INIT};
	struct stat status;
	uint64_t from = 0;

	head.job.kind = LT__JOB_KIND__JOB_HEAD;
	run_job(entry, &part, &head, said);
	if (said->head == NULL || !said->head->head->splittable || fstat(fd, &status) != 0)
		return false;
	for (size_t i = 0; i <= json_array_size(borders); i++) {
		bool last = i == json_array_size(borders);
		uint64_t to = last ? (uint64_t)status.st_size : (uint64_t)json_integer_value(json_array_get(borders, i));
		struct driver_job job = {.job = LT__JOB__INIT};

		if (to <= from || to > (uint64_t)status.st_size)
			continue;
		job.job.kind = LT__JOB_KIND__JOB_RANGE;
		job.job.has_range_start = job.job.has_range_end = true;
		job.job.range_start = from;
		job.job.range_end = from = to;
		job.job.head = said->head->head;
		run_job(entry, &part, &job, said);
	}
	return true;
}

static void print_found(const json_t *entry, const char *path)
{
	const json_t *borders = json_object_get(entry, "borders");
	struct said said = {json_array(), json_array(), NULL};
	json_t *answer = json_object();
	int fd = case_document(entry);

	(void)path;
	if (borders == NULL)
		run_whole(entry, fd, &said);
	else
		json_object_set_new(answer, "split", json_boolean(run_ranges(entry, fd, borders, &said)));
	close(fd);
	if (said.head != NULL)
		channel_message_free(said.head);
	json_object_set(answer, "id", json_object_get(entry, "id"));
	json_object_set_new(answer, "found", said.found);
	json_object_set_new(answer, "refused", said.refused);
	json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(answer);
}

int cases_found(char **files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_file(files[i], print_found);
	return 0;
}
