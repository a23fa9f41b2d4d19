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
};

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

struct sites *sites_new(const Lt__InspectConfig *config, struct faults *faults)
{
	struct sites *sites = xcalloc(1, sizeof *sites);

	sites->follows = xcalloc(config->n_follow, sizeof *sites->follows);
	for (size_t i = 0; i < config->n_follow; i++)
		add_follow(sites, config->follow[i], faults);
	return sites;
}

void sites_free(struct sites *sites)
{
	if (sites == NULL)
		return;
	for (size_t i = 0; i < sites->follows_count; i++) {
		free(sites->follows[i].pattern);
		expression_free(sites->follows[i].expression);
	}
	free(sites->follows);
	free(sites);
}

const struct expression *sites_follow(const struct sites *sites, const char *pattern)
{
	for (size_t i = 0; i < sites->follows_count; i++)
		if (strcmp(sites->follows[i].pattern, pattern) == 0)
			return sites->follows[i].expression;
	return NULL;
}
