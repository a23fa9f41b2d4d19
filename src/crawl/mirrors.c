#include "crawl/mirrors.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

enum { REST_MS = 10 * 60 * 1000, MOST_HEARD = 20000 };

/* A link of a start: its hash, and whose. */
struct heard {
	uint64_t link;
	size_t mirror;
};

struct mirror {
	char *origin; /* "http://a.example:8080" */
	bool proved, lies;
	int64_t rests_until_ms;
};

struct mirrors {
	struct mirror *list;
	size_t count;
	size_t current;
	bool known; /* there is something to prove */
	struct heard *heard;
	size_t heard_count;
};

/* Whether url stands at origin: what follows is its path. */
static bool stands_at(const char *url, const char *origin)
{
	size_t len = strlen(origin);

	return strncmp(url, origin, len) == 0 && url[len] == '/';
}

static struct mirror *find(const struct mirrors *mirrors, const char *url)
{
	for (size_t i = 0; i < mirrors->count; i++)
		if (stands_at(url, mirrors->list[i].origin))
			return &mirrors->list[i];
	return NULL;
}

struct mirrors *mirrors_new(const struct source *source, bool known)
{
	struct mirrors *mirrors;

	if (!source->mirrors)
		return NULL;
	mirrors = xcalloc(1, sizeof *mirrors);
	mirrors->known = known;
	mirrors->list = xcalloc(source->start_count, sizeof *mirrors->list);
	for (size_t i = 0; i < source->start_count; i++) {
		struct url start;

		if (find(mirrors, source->start[i]) != NULL || url_read(source->start[i], strlen(source->start[i]), &start) != URL_OK)
			continue;
		mirrors->list[mirrors->count++].origin = xstrndup(start.text, start.path);
		url_free(&start);
	}
	return mirrors;
}

void mirrors_free(struct mirrors *mirrors)
{
	if (mirrors == NULL)
		return;
	for (size_t i = 0; i < mirrors->count; i++)
		free(mirrors->list[i].origin);
	free(mirrors->list);
	free(mirrors->heard);
	free(mirrors);
}

static char *move(const char *url, const struct mirror *from, const struct mirror *to)
{
	return xasprintf("%s%s", to->origin, url + strlen(from->origin));
}

char *mirrors_canonical(const struct mirrors *mirrors, const char *url)
{
	const struct mirror *at = find(mirrors, url);

	return at != NULL ? move(url, at, &mirrors->list[0]) : xstrdup(url);
}

char *mirrors_actual(const struct mirrors *mirrors, const char *url)
{
	if (!stands_at(url, mirrors->list[0].origin))
		return xstrdup(url);
	return move(url, &mirrors->list[0], &mirrors->list[mirrors->current]);
}

bool mirrors_have(const struct mirrors *mirrors, const char *url)
{
	return find(mirrors, url) != NULL;
}

bool mirrors_is_other(const struct mirrors *mirrors, const char *url)
{
	const struct mirror *at = find(mirrors, url);

	return at != NULL && at != &mirrors->list[0];
}

bool mirrors_is_current(const struct mirrors *mirrors, const char *url)
{
	return find(mirrors, url) == &mirrors->list[mirrors->current];
}

const char *mirrors_current(const struct mirrors *mirrors)
{
	return mirrors->list[mirrors->current].origin;
}

bool mirrors_unproved(const struct mirrors *mirrors)
{
	return mirrors->known && !mirrors->list[mirrors->current].proved;
}

void mirrors_prove(struct mirrors *mirrors)
{
	mirrors->list[mirrors->current].proved = true;
	mirrors->known = true;
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return value;
}

bool mirrors_agree(struct mirrors *mirrors, const char *url)
{
	struct heard link = {hash(url), mirrors->current};
	bool agree = false;

	for (size_t i = 0; i < mirrors->heard_count && !agree; i++)
		agree = mirrors->heard[i].link == link.link && mirrors->heard[i].mirror != link.mirror;
	if (mirrors->heard == NULL)
		mirrors->heard = xcalloc(MOST_HEARD, sizeof *mirrors->heard);
	if (!agree && mirrors->heard_count < MOST_HEARD)
		mirrors->heard[mirrors->heard_count++] = link;
	return agree;
}

static bool next(struct mirrors *mirrors, int64_t now_ms)
{
	for (size_t i = 0; i < mirrors->count; i++) {
		if (mirrors->list[i].lies || mirrors->list[i].rests_until_ms > now_ms)
			continue;
		mirrors->current = i;
		return true;
	}
	return false;
}

bool mirrors_failed(struct mirrors *mirrors, int64_t now_ms)
{
	mirrors->list[mirrors->current].rests_until_ms = now_ms + REST_MS;
	return next(mirrors, now_ms);
}

bool mirrors_lies(struct mirrors *mirrors, int64_t now_ms)
{
	mirrors->list[mirrors->current].lies = true;
	return next(mirrors, now_ms);
}
