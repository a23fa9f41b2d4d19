#include "inspect/links/sites.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

struct follow {
	char *pattern;
	struct expression *expression;
};

struct sites {
	struct follow *follows;
	size_t follows_count;
	struct site **list;
	size_t count;
	struct markers markers;
};

struct sites *sites_new(void)
{
	return xcalloc(1, sizeof(struct sites));
}

static void add_follow(struct sites *sites, const char *pattern, struct faults *faults)
{
	char error[EXPRESSION_ERROR_BYTES];
	struct expression *expression = expression_new(slice_of(pattern), 0, error);

	if (expression == NULL) {
		faults_add(faults, "configuration", 0, 0, "sources: follow '%s': %s", pattern, error);
		return;
	}
	sites->follows[sites->follows_count++] = (struct follow){xstrdup(pattern), expression};
}

void sites_load_follow(struct sites *sites, const Lt__InspectConfig *config, struct faults *faults)
{
	sites->follows = xcalloc(config->n_follow, sizeof *sites->follows);
	for (size_t i = 0; i < config->n_follow; i++)
		add_follow(sites, config->follow[i], faults);
}

void sites_load(struct sites *sites, struct yaml_file *file, bool shipped)
{
	struct site *site = site_read(file, shipped);

	if (site == NULL)
		return;
	for (size_t i = 0; i < sites->count; i++) {
		if (strcmp(sites->list[i]->name, site->name) != 0)
			continue;
		site_free(sites->list[i]);
		sites->list[i] = site;
		return;
	}
	sites->list = xreallocarray(sites->list, sites->count + 1, sizeof(struct site *));
	sites->list[sites->count++] = site;
}

void sites_load_markers(struct sites *sites, struct yaml_file *file)
{
	static const char *const known[] = {"blocked", NULL};

	yaml_check_keys(file, file->root, known);
	markers_read(file, yaml_get(file->root, "blocked"), &sites->markers);
}

void sites_free(struct sites *sites)
{
	if (sites == NULL)
		return;
	for (size_t i = 0; i < sites->follows_count; i++) {
		free(sites->follows[i].pattern);
		expression_free(sites->follows[i].expression);
	}
	for (size_t i = 0; i < sites->count; i++)
		site_free(sites->list[i]);
	markers_free(&sites->markers);
	free(sites->follows);
	free(sites->list);
	free(sites);
}

const struct expression *sites_follow(const struct sites *sites, const char *pattern)
{
	for (size_t i = 0; i < sites->follows_count; i++)
		if (strcmp(sites->follows[i].pattern, pattern) == 0)
			return sites->follows[i].expression;
	return NULL;
}

const struct site *sites_find(const struct sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->count; i++)
		if (strcmp(sites->list[i]->name, name) == 0)
			return sites->list[i];
	return NULL;
}

const struct site *sites_at(const struct sites *sites, size_t i)
{
	return i < sites->count ? sites->list[i] : NULL;
}

const struct markers *sites_markers(const struct sites *sites)
{
	return &sites->markers;
}
