#include "inspect/rules/services.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

struct services {
	struct service *list;
	size_t count;
};

struct services *services_new(void)
{
	return xcalloc(1, sizeof(struct services));
}

static void strings_free(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void services_free(struct services *services)
{
	if (services == NULL)
		return;
	for (size_t i = 0; i < services->count; i++) {
		free(services->list[i].name);
		free(services->list[i].category);
		strings_free(services->list[i].domains, services->list[i].domains_count);
	}
	free(services->list);
	free(services);
}

const struct service *services_all(const struct services *services, size_t *count)
{
	*count = services->count;
	return services->list;
}

const struct service *services_find(const struct services *services, struct slice host)
{
	while (host.len > 0 && host.data[0] == '.')
		host = slice_from(host, 1);
	for (size_t i = 0; i < services->count; i++)
		for (size_t d = 0; d < services->list[i].domains_count; d++) {
			const char *domain = services->list[i].domains[d];
			size_t len = strlen(domain);

			if (slice_ends_nocase(host, domain) && (host.len == len || host.data[host.len - len - 1] == '.'))
				return &services->list[i];
		}
	return NULL;
}

static void load_service(struct services *services, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"name", "category", "domains", NULL};
	static const char *const categories[] = {"sso", "mail", "vpn", "cloud", "code", "chat", "files", "crm", "support", "admin"};
	const char *name = yaml_need_text(file, node, "name"), *category = yaml_need_text(file, node, "category");
	const struct yaml *domains = yaml_get(node, "domains");
	struct service service = {0};
	bool is_category = false;

	if (name == NULL || category == NULL)
		return;
	yaml_check_keys(file, node, known);
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		is_category = is_category || strcmp(categories[i], category) == 0;
	if (!is_category)
		yaml_fault(file, yaml_get(node, "category"), "no such category: %s", category);
	for (size_t i = 0; i < yaml_count(domains); i++) {
		const char *domain = yaml_text(yaml_at(domains, i));

		if (domain == NULL || strchr(domain, '.') == NULL || strpbrk(domain, "/:@ ") != NULL) {
			yaml_fault(file, yaml_at(domains, i), "a host suffix or package is wanted");
			continue;
		}
		service.domains = xreallocarray(service.domains, service.domains_count + 1, sizeof(*service.domains));
		service.domains[service.domains_count++] = xstrdup(domain);
	}
	service.name = xstrdup(name);
	service.category = xstrdup(category);
	services->list = xreallocarray(services->list, services->count + 1, sizeof(*services->list));
	services->list[services->count++] = service;
}

void services_load(struct services *services, struct yaml_file *file)
{
	static const char *const known[] = {"services", NULL};
	const struct yaml *list = yaml_get(file->root, "services");

	yaml_check_keys(file, file->root, known);
	for (size_t i = 0; i < yaml_count(list); i++)
		load_service(services, file, yaml_at(list, i));
}
