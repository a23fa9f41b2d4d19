/* Where a source begins: URLs, and lists of them in files of their own. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "config/tables.h"
#include "config/trust.h"
#include "crawl/url.h"
#include "shared/mem.h"
#include "shared/slice.h"

enum {
	LIST_BYTES = 64 * 1024 * 1024,
	LIST_MARK = '@',     /* before the path of a list */
	MOST_BAD_LINES = 20, /* told of one list */
};

/* What is gathered for one source; in time it replaces source->start. */
struct gathering {
	struct reader *reader;
	const struct yaml *value; /* the item of start being read */
	bool direct;              /* no proxy */
	char **list;
	size_t count, cap;
	void *seen; /* tree of struct seen_start, its text first, of those in list */
};

struct seen_start {
	const char *text;
	unsigned line; /* of the configuration, be it that of its list */
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct seen_start *)a)->text, ((const struct seen_start *)b)->text);
}

/* Takes text over, unless it is there already: then returns who was first. */
static const struct seen_start *gather(struct gathering *gathering, char *text)
{
	struct seen_start *new = xmalloc(sizeof *new), **place;

	*new = (struct seen_start){text, gathering->value->line};
	place = tsearch(new, &gathering->seen, by_text);
	if (place != NULL && *place != new) {
		free(new);
		return *place;
	}
	if (gathering->count == gathering->cap) {
		gathering->cap = gathering->cap * 2 + 8;
		gathering->list = xreallocarray(gathering->list, gathering->cap, sizeof *gathering->list);
	}
	gathering->list[gathering->count++] = text;
	return NULL;
}

static const char direct_onion[] = "an onion service is reached through a Tor proxy only, never via direct";

static void read_item(struct gathering *gathering, const char *text)
{
	struct reader *reader = gathering->reader;
	struct url url;
	enum url_error error = url_read(text, strlen(text), &url);
	const struct seen_start *first;

	if (error != URL_OK) {
		reader_url_fault(reader, gathering->value, "start", text, url_error_text(error, &url));
		return;
	}
	if (url.host_class == HOST_ONION && gathering->direct)
		yaml_fault(reader->file, gathering->value, "start: %s", direct_onion);
	first = gather(gathering, url.text);
	if (first == NULL)
		return;
	yaml_fault(reader->file, gathering->value, "\"%s\" stands here twice (first in line %u): remove one", url.text, first->line);
	url_free(&url);
}

/* ---- lists -------------------------------------------------------------------------------------- */

/* Lists of onion services often leave out what is the same everywhere. NULL, or what is wrong with the line. */
static const char *read_line(struct gathering *gathering, struct slice line)
{
	bool whole = memmem(line.data, line.len, "://", 3) != NULL;
	char *text = whole ? xstrndup(line.data, line.len) : xasprintf("http://%.*s", (int)line.len, line.data);
	struct url url;
	enum url_error error = url_read(text, strlen(text), &url);
	const char *why = error != URL_OK ? url_error_text(error, &url) : NULL;

	free(text);
	if (why != NULL)
		return whole ? why : "no URL";
	if (!whole && url.host_class != HOST_ONION)
		why = "no URL: write http:// or https:// before it";
	else if (url.host_class == HOST_ONION && gathering->direct)
		why = direct_onion;
	if (why != NULL || gather(gathering, url.text) != NULL)
		url_free(&url);
	return why;
}

/* False: there is no line that should be a URL. */
static bool read_lines(struct gathering *gathering, const char *path, struct slice rest)
{
	unsigned number = 0, bad = 0;
	bool any = false;

	while (rest.len > 0 && bad < MOST_BAD_LINES) {
		size_t end = slice_find_byte(rest, '\n');
		struct slice line = slice_trim(slice_until(rest, end));
		const char *why;

		number++;
		rest = slice_from(rest, end + 1);
		if (line.len == 0 || line.data[0] == '#')
			continue;
		any = true;
		why = memchr(line.data, '\0', line.len) != NULL ? "no text" : read_line(gathering, line);
		if (why == NULL)
			continue;
		bad++;
		faults_add(gathering->reader->file->faults, path, number, 0, "%s%s", why,
			bad == MOST_BAD_LINES ? " (the lines after it were not looked at)" : "");
	}
	return any;
}

static void read_file(struct gathering *gathering, const char *name)
{
	static const char bom[] = "\xef\xbb\xbf";
	char *path = reader_path(gathering->reader, name), *why = NULL;
	size_t len;
	uint8_t *data = trust_read(path, TRUST_WRITERS, LIST_BYTES, &len, &why);
	struct slice text = {(const char *)data, data != NULL ? len : 0};

	if (data == NULL)
		yaml_fault(gathering->reader->file, gathering->value, "start: %s %s", path, why);
	else if (!read_lines(gathering, path, slice_from(text, slice_starts_nocase(text, bom) ? 3 : 0)))
		yaml_fault(gathering->reader->file, gathering->value, "start: %s names no URL", path);
	free(data);
	free(why);
	free(path);
}

/* ---- hosts -------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *host_key(const char *host, unsigned port)
{
	return xasprintf("%s:%u", host, port);
}

static void add_hosts(struct source *source)
{
	size_t kept = 0;

	source->start_hosts = xcalloc(source->start_count, sizeof *source->start_hosts);
	for (size_t i = 0; i < source->start_count; i++) {
		struct url url;

		if (url_read(source->start[i], strlen(source->start[i]), &url) != URL_OK)
			continue;
		source->start_hosts[source->start_hosts_count++] = host_key(url.host, url.port);
		url_free(&url);
	}
	qsort(source->start_hosts, source->start_hosts_count, sizeof *source->start_hosts, by_name);
	for (size_t i = 0; i < source->start_hosts_count; i++) {
		if (kept > 0 && strcmp(source->start_hosts[kept - 1], source->start_hosts[i]) == 0)
			free(source->start_hosts[i]);
		else
			source->start_hosts[kept++] = source->start_hosts[i];
	}
	source->start_hosts_count = kept;
}

bool config_source_names(const struct source *source, const char *host, unsigned port)
{
	char *key = host_key(host, port);
	bool found = source->start_hosts_count > 0 &&
		     bsearch(&key, source->start_hosts, source->start_hosts_count, sizeof *source->start_hosts, by_name) != NULL;

	free(key);
	return found;
}

/* What may be reached though it is private travels to fetch in one message. */
static void check_private(struct reader *reader, const struct yaml *list, const struct source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < source->start_count; i++)
		count += config_start_is_private(source, i);
	if (count > LIMIT_PRIVATE_STARTS)
		yaml_fault(reader->file, list, "start names %zu %s: %d are possible", count,
			strcmp(source->via, "direct") == 0 ? "addresses that are reached directly" : "private addresses",
			LIMIT_PRIVATE_STARTS);
}

bool config_start_is_private(const struct source *source, size_t at)
{
	struct url url;
	bool private;

	if (url_read(source->start[at], strlen(source->start[at]), &url) != URL_OK)
		return false;
	private = strcmp(source->via, "direct") == 0 || !url_may_follow(&url);
	url_free(&url);
	return private;
}

void starts_read(struct reader *reader, const struct yaml *list, struct source *source)
{
	struct gathering gathering = {.reader = reader, .direct = source->via != NULL && strcmp(source->via, "direct") == 0};

	if (source->start_count == 0 && list != NULL && list->kind == YAML_LIST)
		yaml_fault(reader->file, list, "start is empty: give at least one URL");
	for (size_t i = 0; i < source->start_count; i++) {
		gathering.value = list->items[i];
		if (source->start[i][0] == LIST_MARK)
			read_file(&gathering, source->start[i] + 1);
		else if (source->start[i][0] != '\0')
			read_item(&gathering, source->start[i]);
		free(source->start[i]);
	}
	tdestroy(gathering.seen, free);
	free(source->start);
	source->start = gathering.list;
	source->start_count = gathering.count;
	add_hosts(source);
	if (source->via != NULL)
		check_private(reader, list, source);
}

void starts_free(struct source *source)
{
	for (size_t i = 0; i < source->start_hosts_count; i++)
		free(source->start_hosts[i]);
	free(source->start_hosts);
}
