#include "crawl/trap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "limits/limits.h"
#include "shared/mem.h"

enum { SLOTS = 16384, PARTS_KEPT = 64 };

/* Queries seen per path, by hash: two paths in one slot only make the bound a little tighter. */
struct trap {
	uint16_t queries[SLOTS];
};

struct trap *trap_new(void)
{
	return xcalloc(1, sizeof(struct trap));
}

void trap_free(struct trap *trap)
{
	free(trap);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(const char *text, size_t len)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		value = (value ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return value;
}

static bool path_repeats(const char *path, size_t len)
{
	uint64_t parts[PARTS_KEPT];
	size_t count = 0;

	for (size_t at = 0; at < len;) {
		size_t part = strcspn(path + at, "/");
		unsigned same = 0;

		part = at + part > len ? len - at : part;
		if (part > 0) {
			uint64_t value = hash(path + at, part);

			for (size_t i = 0; i < count; i++)
				same += parts[i] == value;
			if (same >= 2 || count >= LIMIT_PATH_PARTS)
				return true;
			parts[count++] = value;
		}
		at += part + 1;
	}
	return false;
}

bool trap_caught(struct trap *trap, const char *url)
{
	const char *authority = strstr(url, "://");
	const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
	size_t len;
	uint16_t *queries;

	if (path == NULL)
		return false;
	len = strcspn(path, "?");
	if (path_repeats(path, len))
		return true;
	if (path[len] != '?')
		return false;
	queries = &trap->queries[hash(url, (size_t)(path - url) + len) % SLOTS];
	if (*queries >= LIMIT_QUERIES_PER_PATH)
		return true;
	(*queries)++;
	return false;
}
