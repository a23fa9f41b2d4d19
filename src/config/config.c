#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/log.h"

struct config *config_load(const char *explicit_path)
{
	log_error("%s: the configuration cannot be read", explicit_path != NULL ? explicit_path : SYSCONFDIR "/leaktrawl/leaktrawl.yml");
	return NULL;
}

void config_free(struct config *config)
{
	free(config);
}

const struct proxy *config_proxy(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->proxies_count; i++)
		if (strcmp(config->proxies[i].name, name) == 0)
			return &config->proxies[i];
	return NULL;
}

const struct source *config_source(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->sources_count; i++)
		if (strcmp(config->sources[i].name, name) == 0)
			return &config->sources[i];
	return NULL;
}

const struct hook *config_hook(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->hooks_count; i++)
		if (strcmp(config->hooks[i].name, name) == 0)
			return &config->hooks[i];
	return NULL;
}
