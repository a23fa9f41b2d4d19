/* Who is told about findings. */
#include <stdlib.h>
#include <string.h>

#include "config/tables.h"
#include "config/trust.h"
#include "crawl/url.h"

static const char *const severities[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
	[5] = NULL,
};

static void check_exec(struct reader *reader, const struct yaml *map, const struct hook *hook)
{
	const struct yaml *exec = yaml_get(map, "exec");
	const char *const webhook_keys[] = {"secret_file", "via"};
	const char *program;
	char *why;

	for (size_t i = 0; i < 2; i++)
		if (yaml_get(map, webhook_keys[i]) != NULL)
			yaml_fault(reader->file, yaml_get(map, webhook_keys[i]), "%s belongs to a webhook, not to exec: remove it",
				webhook_keys[i]);
	if (hook->exec_count == 0) {
		if (exec->kind == YAML_LIST)
			yaml_fault(reader->file, exec, "exec is empty: [/usr/local/bin/page-soc]");
		return;
	}
	program = hook->exec[0];
	if (program[0] == '\0')
		return;
	if (program[0] != '/') {
		yaml_fault(reader->file, exec->items[0],
			"exec: \"%s\" must be an absolute path: it is run without a shell and without PATH", program);
		return;
	}
	why = trust_check(program, TRUST_WRITERS | TRUST_PROGRAM);
	if (why != NULL)
		yaml_fault(reader->file, exec->items[0], "exec: %s %s", program, why);
	free(why);
}

static void check_webhook_url(struct reader *reader, const struct yaml *value, struct hook *hook)
{
	struct url url;
	enum url_error error = url_read(hook->webhook, strlen(hook->webhook), &url);

	if (error != URL_OK) {
		reader_url_fault(reader, value, "webhook", hook->webhook, url_error_text(error, &url));
		return;
	}
	free(hook->webhook);
	hook->webhook = url.text;
	if (!url.https && (url.host_class == HOST_NAME || url.host_class == HOST_ADDRESS))
		yaml_fault(reader->file, value, "webhook: findings do not travel the Internet in clear: use https://");
	if (url.host_class == HOST_ONION && hook->via != NULL && strcmp(hook->via, "direct") == 0)
		yaml_fault(reader->file, value, "webhook: an onion service is reached through a Tor proxy only, never via direct");
}

static void check_webhook(struct reader *reader, const struct yaml *map, struct hook *hook)
{
	const struct yaml *webhook = yaml_get(map, "webhook");
	char *why;

	check_webhook_url(reader, webhook, hook);
	reader_via(reader, yaml_get(map, "via"), hook->via);
	if (yaml_get(map, "via") == NULL)
		yaml_fault(reader->file, webhook, "a webhook needs via: the name of a proxy, or direct");
	if (yaml_get(map, "secret_file") == NULL)
		yaml_fault(reader->file, webhook, "a webhook needs secret_file: a file with the key its requests are signed with");
	if (hook->secret_file == NULL)
		return;
	why = trust_check(hook->secret_file, TRUST_WRITERS | TRUST_READERS);
	if (why != NULL)
		yaml_fault(reader->file, yaml_get(map, "secret_file"), "secret_file: %s %s", hook->secret_file, why);
	free(why);
}

static void check_hook(struct reader *reader, const struct yaml *map, void *object)
{
	struct hook *hook = object;
	bool exec = yaml_get(map, "exec") != NULL;
	bool webhook = yaml_get(map, "webhook") != NULL;

	(void)reader_name(reader, yaml_get(map, "name"), "the hook", hook->name);
	if (exec == webhook)
		yaml_fault(reader->file, map, "a hook has either exec or webhook%s", exec ? ", not both" : "");
	else if (exec)
		check_exec(reader, map, hook);
	else if (hook->webhook != NULL)
		check_webhook(reader, map, hook);
}

#define FIELD(kind_, field) .kind = kind_, .offset = offsetof(struct hook, field)

static const struct schema_key hook_keys[] = {
	{.name = "name", FIELD(VALUE_TEXT, name), .required = true, .help = "a word of your own for it"},
	{.name = "exec", FIELD(VALUE_TEXTS, exec), .count_offset = offsetof(struct hook, exec_count), .help = "[/usr/local/bin/page-soc]"},
	{.name = "webhook", FIELD(VALUE_TEXT, webhook), .help = "https://siem.example/in"},
	{.name = "secret_file", FIELD(VALUE_PATH, secret_file), .help = "siem.key"},
	{.name = "via", FIELD(VALUE_TEXT, via), .help = "the name of a proxy, or direct"},
	{.name = "min_severity", FIELD(VALUE_CHOICE, min_severity), .choices = severities, .help = "info, low, medium, high or critical"},
	{.name = "customers", FIELD(VALUE_BOOL, customers), .help = "true: also log-ins of customers"},
	{.name = "every_run", FIELD(VALUE_BOOL, every_run), .help = "true: also hears of the end of every run"},
	{0},
};
const struct schema hook_schema = {.what = "a hook", .size = sizeof(struct hook), .keys = hook_keys, .check = check_hook};
