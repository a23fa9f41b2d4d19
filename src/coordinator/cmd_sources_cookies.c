#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/commands.h"
#include "coordinator/sources_cookies.h"
#include "crawl/jar.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

struct cookies_values {
	const char *import;
	bool export, forget;
};

static const struct option_row cookies_options[] = {
	{"import", 0, OPTION_TEXT, offsetof(struct cookies_values, import), "FILE",
		"a Netscape cookies.txt or a browser extension's\nJSON; - is standard input", NULL},
	{"export", 0, OPTION_FLAG, offsetof(struct cookies_values, export), NULL, "print the jar as a Netscape cookies.txt", NULL},
	{"forget", 0, OPTION_FLAG, offsetof(struct cookies_values, forget), NULL, "remove the jar", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct command_usage cookies_usage = {
	.operands = "SOURCE",
	.about = "The cookies of your own log-in at a source: sent with its requests, refreshed\n"
		 "from what it sets, kept sealed beside the index. Nothing is logged in by\n"
		 "itself: when the log-in has ended, the source needs a human again.\n",
	.options = cookies_options,
	.least = 1,
	.most = 1,
};

static bool read_export(const char *path, struct buf *data)
{
	char chunk[4096];
	ssize_t got;
	bool fits = true;
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	buf_init(data, LIMIT_JAR_BYTES * 16);
	while ((got = read(fd, chunk, sizeof chunk)) > 0 && fits)
		fits = buf_append(data, chunk, (size_t)got);
	mem_wipe(chunk, sizeof chunk);
	close(fd);
	if (got < 0 || !fits) {
		log_error("%s: %s", path, fits ? strerror(errno) : "longer than a cookie export can be");
		buf_free(data);
		return false;
	}
	return true;
}

static bool is_onion(const struct source *source)
{
	return source->start_count > 0 && strstr(source->start[0], ".onion") != NULL && strncmp(source->start[0], "http://", 7) == 0;
}

static bool import(struct jar *jar, const struct source *source, const char *path)
{
	struct buf data;
	int count;

	if (!read_export(path, &data))
		return false;
	count = jar_import(jar, buf_text(&data), data.len, is_onion(source));
	buf_free(&data);
	if (count < 0 || !jar_save(jar))
		return false;
	fprintf(stderr, "%d cookies are sealed for %s; the export itself is not needed any more\n", count, source->name);
	return true;
}

static void export(const struct jar *jar)
{
	size_t count;
	char *const *lines = jar_lines(jar, &count);

	puts("# Netscape HTTP Cookie File");
	for (size_t i = 0; i < count; i++)
		puts(lines[i]);
}

static bool act(struct jar *jar, const struct source *source, const struct cookies_values *values)
{
	size_t count;

	if (values->forget)
		return jar_forget(jar);
	if (values->import != NULL && !import(jar, source, values->import))
		return false;
	if (values->export)
		export(jar);
	if (values->import == NULL && !values->export) {
		(void)jar_lines(jar, &count);
		printf("%s: %zu cookies\n", source->name, count);
	}
	return true;
}

int sources_cookies(struct command_context *context, int argc, char **argv)
{
	struct cookies_values values = {0};
	const struct source *source;
	uint8_t key[JAR_KEY_BYTES];
	struct jar *jar;
	bool good;

	if (!command_begin(context, &cookies_usage, &values, &argc, &argv))
		return context->status;
	source = config_source(context->config, argv[0]);
	if (source == NULL)
		return command_misused(context, "there is no source '%s' in %s", argv[0], context->config->path);
	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	if (!jar_key(context->config, key))
		return STATUS_ERROR;
	jar = jar_open(context->config, source->name, key);
	mem_wipe(key, sizeof key);
	good = jar != NULL && act(jar, source, &values);
	jar_free(jar);
	return good ? STATUS_DONE : STATUS_ERROR;
}
