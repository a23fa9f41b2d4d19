/* The watch-list and its lint: what would match strangers, or nothing, is refused. */
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/address.h"
#include "config/tables.h"
#include "config/trust.h"
#include "shared/escape.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { SHORTEST_KEYWORD = 5, LONGEST_KEYWORD = 128, SHORTEST_LOGON_DOMAIN = 3, LONGEST_LOGON_DOMAIN = 64 };

/* ---- lint data ---------------------------------------------------------------------------------- */

/* data/watch-lint.yml: names that are nobody's own. NULL only where the installation is broken. */
static struct yaml_file *load_lint(void)
{
	char *path = install_data("data/watch-lint.yml");
	struct faults faults = {NULL, 0};
	struct yaml_file *lint = NULL;
	char *why = NULL;
	size_t len;
	uint8_t *data = trust_read(path, TRUST_NOTHING, LIMIT_CONFIG_BYTES, &len, &why);

	if (data != NULL)
		lint = yaml_parse(path, (const char *)data, len, &faults);
	if (lint == NULL)
		log_fatal("%s %s: leaktrawl is not wholly installed", path, why != NULL ? why : "is damaged");
	free(why);
	free(data);
	faults_free(&faults);
	free(path);
	return lint;
}

static bool listed(const struct yaml_file *lint, const char *list, const char *text)
{
	const struct yaml *names = yaml_get(lint->root, list);

	for (size_t i = 0; i < yaml_count(names); i++)
		if (strcasecmp(yaml_text(yaml_at(names, i)), text) == 0)
			return true;
	return false;
}

/* ---- names -------------------------------------------------------------------------------------- */

static void lint_domain(
	struct reader *reader, const struct yaml *value, const struct yaml_file *lint, const char *domain, enum host_class class)
{
	const char *name = domain;

	if (class != HOST_NAME && class != HOST_ONION)
		yaml_fault(reader->file, value, "watch.domains: \"%s\" is %s: a domain is a public name (hosts, logon_domains take others)",
			name, host_class_text(class));
	else if (class == HOST_NAME && psl_is_public_suffix(psl_builtin(), name) != 0)
		yaml_fault(reader->file, value,
			"watch.domains: \"%s\" is a public suffix: what stands below it belongs to others; name your own domain", name);
	else if (listed(lint, "mail_providers", name))
		yaml_fault(reader->file, value,
			"watch.domains: \"%s\" is a mail provider: its addresses belong to others; name single addresses in watch.staff",
			name);
}

static void check_domains(struct reader *reader, const struct yaml *list, struct watch *watch)
{
	struct yaml_file *lint = load_lint();

	for (size_t i = 0; i < watch->domains_count; i++) {
		enum host_class class;

		if (reader_host(reader, list->items[i], "watch.domains", &watch->domains[i], &class))
			lint_domain(reader, list->items[i], lint, watch->domains[i], class);
	}
	reader_check_doubles(reader, list, watch->domains, watch->domains_count);
	yaml_close(lint);
}

static void check_host(struct reader *reader, const struct yaml *map, void *object)
{
	struct watch_host *host = object;
	const struct yaml *name = yaml_get(map, "name");
	enum host_class class;

	if (!reader_host(reader, name, "watch.hosts", &host->name, &class))
		return;
	if (class == HOST_PRIVATE || class == HOST_LOOPBACK)
		yaml_fault(reader->file, name, "watch.hosts: \"%s\" is %s: everybody has one; name a host that is yours alone", host->name,
			host_class_text(class));
	else if (class == HOST_SINGLE_LABEL)
		yaml_fault(reader->file, name, "watch.hosts: \"%s\" is a single label, which strangers use too: write the full name",
			host->name);
	else if (class == HOST_NAME && psl_is_public_suffix(psl_builtin(), host->name) != 0)
		yaml_fault(reader->file, name, "watch.hosts: \"%s\" is a public suffix, not a host", host->name);
}

static void read_role(struct reader *reader, const struct yaml *value, void *object)
{
	const char *role = yaml_text(value);

	if (role != NULL && strcmp(role, "staff") == 0)
		((struct watch_host *)object)->staff = true;
	else if (role == NULL || strcmp(role, "public") != 0)
		yaml_fault(reader->file, value, "role must be staff (only staff log in there) or public (customers do too)");
}

static void check_hosts(struct reader *reader, const struct yaml *list, const struct watch *watch)
{
	char **names = xcalloc(watch->hosts_count, sizeof *names);
	char none[] = "";

	for (size_t i = 0; i < watch->hosts_count; i++)
		names[i] = watch->hosts[i].name != NULL ? watch->hosts[i].name : none;
	reader_check_doubles(reader, list, names, watch->hosts_count);
	free(names);
}

static void check_services(struct reader *reader, const struct yaml *list, struct watch *watch)
{
	for (size_t i = 0; i < watch->services_count; i++) {
		enum host_class class;

		if (reader_host(reader, list->items[i], "watch.services", &watch->services[i], &class) && class != HOST_NAME)
			yaml_fault(reader->file, list->items[i], "watch.services: \"%s\" is %s: name a service by its public host",
				watch->services[i], host_class_text(class));
	}
	reader_check_doubles(reader, list, watch->services, watch->services_count);
}

static void check_logon_domain(struct reader *reader, const struct yaml *value, const struct yaml_file *lint, const char *name)
{
	size_t len = strlen(name);

	if (len == 0)
		return;
	if (len < SHORTEST_LOGON_DOMAIN || len > LONGEST_LOGON_DOMAIN)
		yaml_fault(reader->file, value, "watch.logon_domains: \"%s\" must have 3 to 64 characters", name);
	else if (strpbrk(name, "\\/@:*?\"<>| ") != NULL)
		yaml_fault(
			reader->file, value, "watch.logon_domains: \"%s\": write the NetBIOS name or UPN suffix alone, as ROYALPOST", name);
	else if (listed(lint, "workgroups", name))
		yaml_fault(reader->file, value,
			"watch.logon_domains: \"%s\" is a name that every computer may have: it would match strangers", name);
}

static void check_logon_domains(struct reader *reader, const struct yaml *list, const struct watch *watch)
{
	struct yaml_file *lint = load_lint();

	for (size_t i = 0; i < watch->logon_domains_count; i++)
		check_logon_domain(reader, list->items[i], lint, watch->logon_domains[i]);
	reader_check_doubles(reader, list, watch->logon_domains, watch->logon_domains_count);
	yaml_close(lint);
}

/* ---- keywords and accounts ---------------------------------------------------------------------- */

static size_t characters(const char *text)
{
	size_t count = 0;

	for (size_t i = 0, len = strlen(text); i < len; count++) {
		size_t step = utf8_length(text + i, len - i);

		i += step > 0 ? step : 1;
	}
	return count;
}

static void check_keywords(struct reader *reader, const struct yaml *list, const struct watch *watch)
{
	for (size_t i = 0; i < watch->keywords_count; i++) {
		const char *keyword = watch->keywords[i];
		size_t len = strlen(keyword);

		if (len == 0)
			continue;
		if (keyword[0] == ' ' || keyword[len - 1] == ' ')
			yaml_fault(reader->file, list->items[i], "watch.keywords: \"%s\" begins or ends with a blank", keyword);
		else if (characters(keyword) < SHORTEST_KEYWORD)
			yaml_fault(reader->file, list->items[i],
				"watch.keywords: \"%s\" is shorter than 5 characters: it would match by chance", keyword);
		else if (len > LONGEST_KEYWORD)
			yaml_fault(reader->file, list->items[i], "watch.keywords: \"%s\" is longer than 128 bytes", keyword);
	}
	reader_check_doubles(reader, list, watch->keywords, watch->keywords_count);
}

static void check_ignored(struct reader *reader, const struct yaml *list, struct watch *watch)
{
	for (size_t i = 0; i < watch->ignore_count; i++)
		if (strchr(watch->ignore[i], '@') != NULL)
			(void)reader_address(reader, list->items[i], "watch.ignore", &watch->ignore[i]);
	reader_check_doubles(reader, list, watch->ignore, watch->ignore_count);
}

static bool is_watched(const struct watch *watch, const char *host)
{
	for (size_t i = 0; i < watch->domains_count; i++)
		if (watch->domains[i][0] != '\0' && host_within(host, watch->domains[i]))
			return true;
	return false;
}

static void check_canaries(struct reader *reader, const struct yaml *list, struct watch *watch)
{
	for (size_t i = 0; i < watch->canaries_count; i++) {
		char **canary = &watch->canaries[i];

		if (reader_address(reader, list->items[i], "watch.canaries", canary) && !is_watched(watch, address_domain(*canary)))
			yaml_fault(reader->file, list->items[i],
				"watch.canaries: \"%s\" stands in none of watch.domains: it could never be found", *canary);
	}
	reader_check_doubles(reader, list, watch->canaries, watch->canaries_count);
}

/* ---- the section -------------------------------------------------------------------------------- */

static void check_amount(struct reader *reader, const struct yaml *map, const struct watch *watch)
{
	static const char *const lists[] = {"domains", "hosts", "staff", "logon_domains", "keywords"};
	size_t names = watch->domains_count + watch->hosts_count + watch->services_count + watch->staff_count + watch->logon_domains_count +
		       watch->keywords_count;
	size_t given = 0;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		given += yaml_count(yaml_get(map, lists[i]));
	if (given == 0)
		yaml_fault(reader->file, map,
			"watch names nothing of yours: give at least one of domains, hosts, staff, logon_domains, keywords");
	if (names > LIMIT_WATCH_NAMES)
		yaml_fault(reader->file, map, "watch has %zu names: %d at most", names, LIMIT_WATCH_NAMES);
}

static void check_watch(struct reader *reader, const struct yaml *map, void *object)
{
	struct watch *watch = object;

	if (watch->domains_count > 0)
		check_domains(reader, yaml_get(map, "domains"), watch);
	if (watch->hosts_count > 0)
		check_hosts(reader, yaml_get(map, "hosts"), watch);
	if (watch->services_count > 0)
		check_services(reader, yaml_get(map, "services"), watch);
	if (watch->logon_domains_count > 0)
		check_logon_domains(reader, yaml_get(map, "logon_domains"), watch);
	if (watch->keywords_count > 0)
		check_keywords(reader, yaml_get(map, "keywords"), watch);
	if (watch->ignore_count > 0)
		check_ignored(reader, yaml_get(map, "ignore"), watch);
	if (watch->canaries_count > 0)
		check_canaries(reader, yaml_get(map, "canaries"), watch);
	check_amount(reader, map, watch);
}

static void release_watch(void *object)
{
	staff_free(object);
}

static const struct schema_key host_keys[] = {
	{.name = "name",
		.kind = VALUE_TEXT,
		.required = true,
		.offset = offsetof(struct watch_host, name),
		.help = "access.royal-post.example"},
	{.name = "role",
		.kind = VALUE_CUSTOM,
		.required = true,
		.help = "staff (only staff log in there) or public (customers do too)",
		.read = read_role},
	{0},
};
static const struct schema host_schema = {.what = "a host", .size = sizeof(struct watch_host), .keys = host_keys, .check = check_host};

#define TEXTS(field) .kind = VALUE_TEXTS, .offset = offsetof(struct watch, field), .count_offset = offsetof(struct watch, field##_count)

static const struct schema_key watch_keys[] = {
	{.name = "domains", TEXTS(domains), .help = "[royal-post.example]"},
	{.name = "hosts",
		.kind = VALUE_LIST,
		.offset = offsetof(struct watch, hosts),
		.count_offset = offsetof(struct watch, hosts_count),
		.schema = &host_schema,
		.help = "[{name: access.royal-post.example, role: staff}]"},
	{.name = "services", TEXTS(services), .help = "[login.microsoftonline.com]"},
	{.name = "staff", .kind = VALUE_CUSTOM, .help = "staff.csv", .read = staff_read},
	{.name = "logon_domains", TEXTS(logon_domains), .help = "[ROYALPOST]"},
	{.name = "keywords", TEXTS(keywords), .help = "[\"Royal Post Group\"]"},
	{.name = "ignore", TEXTS(ignore), .help = "[old.account@royal-post.example]"},
	{.name = "canaries", TEXTS(canaries), .help = "[canary@royal-post.example]"},
	{0},
};

const struct schema watch_schema = {
	.what = "watch", .size = sizeof(struct watch), .keys = watch_keys, .check = check_watch, .release = release_watch};
