#include "config/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/tables.h"
#include "config/trust.h"
#include "shared/escape.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"

static const char SYSTEM_PATH[] = SYSCONFDIR "/leaktrawl/leaktrawl.yml";

const char *config_find(const char *explicit_path, const char **why)
{
	const char *named = getenv("LEAKTRAWL_CONFIG");

	if (explicit_path != NULL)
		return explicit_path;
	if (named == NULL || named[0] == '\0')
		return SYSTEM_PATH;
	if (named[0] == '/')
		return named;
	*why = "$LEAKTRAWL_CONFIG must be an absolute path, or the current folder would decide";
	return NULL;
}

static char *folder_of(const char *path)
{
	char *real = realpath(path, NULL);
	char *slash = real != NULL ? strrchr(real, '/') : NULL;

	if (slash == NULL) {
		free(real);
		return xstrdup("/");
	}
	slash[slash == real ? 1 : 0] = '\0';
	return real;
}

/* libyaml tells no place for what is no text at all. */
static bool check_text(const char *path, const char *data, size_t len, struct faults *faults)
{
	const char *wrong = NULL;
	unsigned line = 1;
	size_t step;

	for (size_t i = 0; i < len && wrong == NULL; i += step) {
		step = utf8_length(data + i, len - i);
		line += data[i] == '\n';
		if (step == 0)
			wrong = "this line is not UTF-8 text";
		else if (iscntrl((unsigned char)data[i]) && strchr("\t\n\r", data[i]) == NULL)
			wrong = "this line holds a control character";
		else if (data[i] == '\0')
			wrong = "this line holds a NUL byte";
	}
	if (wrong != NULL)
		faults_add(faults, path, line, 0, "%s", wrong);
	return wrong == NULL;
}

static void read_tree(struct config *config, const char *data, size_t len, struct faults *faults)
{
	struct yaml_file *file = check_text(config->path, data, len, faults) ? yaml_parse(config->path, data, len, faults) : NULL;
	struct reader reader = {file, config};

	if (file != NULL)
		schema_read(&reader, &config_schema, file->root, config);
	yaml_close(file);
}

/* Each file's together, from top to bottom. */
static int compare_faults(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;
	int files = strcmp(a->file, b->file);

	if (files != 0)
		return files;
	return a->line != b->line ? (a->line > b->line) - (a->line < b->line) : (a->column > b->column) - (a->column < b->column);
}

struct config *config_read(const char *path, struct faults *faults)
{
	struct config *config;
	char *why = NULL;
	size_t len;
	uint8_t *data = trust_read(path, TRUST_WRITERS, LIMIT_CONFIG_BYTES, &len, &why);

	if (data == NULL) {
		faults_add(faults, path, 0, 0, "%s", why);
		free(why);
		return NULL;
	}
	config = xcalloc(1, sizeof *config);
	config->path = xstrdup(path);
	config->folder = folder_of(path);
	read_tree(config, (const char *)data, len, faults);
	mem_wipe(data, len);
	free(data);
	if (faults->count == 0)
		return config;
	qsort(faults->list, faults->count, sizeof *faults->list, compare_faults);
	config_free(config);
	return NULL;
}

void config_print_faults(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		if (fault->line == 0)
			log_error("%s: %s", fault->file, fault->text);
		else if (fault->column == 0)
			log_error("%s:%u: %s", fault->file, fault->line, fault->text);
		else
			log_error("%s:%u:%u: %s", fault->file, fault->line, fault->column, fault->text);
	}
}

struct config *config_load(const char *explicit_path)
{
	struct faults faults = {NULL, 0};
	const char *why = NULL;
	const char *path = config_find(explicit_path, &why);
	struct config *config;

	if (path == NULL) {
		log_error("%s", why);
		return NULL;
	}
	config = config_read(path, &faults);
	config_print_faults(&faults);
	if (config == NULL && path == SYSTEM_PATH)
		log_error("no configuration was named: use --config FILE or $LEAKTRAWL_CONFIG; leaktrawl init DIR makes one");
	faults_free(&faults);
	return config;
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	schema_free(&config_schema, config);
	free(config->path);
	free(config->folder);
	free(config);
}

const struct proxy *config_proxy(const struct config *config, const char *name)
{
	static char direct_name[] = "direct";
	static const struct proxy direct = {.name = direct_name, .scheme = PROXY_DIRECT, .parallel = 32};

	if (strcmp(name, direct_name) == 0)
		return &direct;
	for (size_t i = 0; i < config->proxies_count; i++)
		if (strcmp(config->proxies[i].name, name) == 0)
			return &config->proxies[i];
	return NULL;
}

size_t config_proxy_pool(const struct config *config, const struct proxy *proxy)
{
	size_t count = 1;

	if (proxy->scheme == PROXY_DIRECT)
		return 1;
	while (proxy + count < config->proxies + config->proxies_count && strcmp(proxy[count].name, proxy->name) == 0)
		count++;
	return count;
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

char *config_site_path(const struct config *config, const char *site)
{
	char *name = xasprintf("data/sites/%s.yml", site);
	char *places[] = {xasprintf("%s/sites/%s.yml", config->folder, site), install_data(name)};
	char *found = NULL;

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (found == NULL && access(places[i], F_OK) == 0)
			found = places[i];
		else
			free(places[i]);
	}
	free(name);
	return found;
}
