#include "crawl/probe.h"

#include <stdlib.h>

#include "limits/limits.h"
#include "shared/mem.h"

struct held {
	size_t len;
	struct held *next;
	uint8_t packed[];
};

struct probe {
	size_t bytes;
	struct held *first, **end;
};

struct probe *probe_new(void)
{
	struct probe *probe = xcalloc(1, sizeof *probe);

	probe->end = &probe->first;
	return probe;
}

void probe_free(struct probe *probe)
{
	if (probe == NULL)
		return;
	while (probe->first != NULL) {
		struct held *held = probe->first;

		probe->first = held->next;
		free(held);
	}
	free(probe);
}

bool probe_hold(struct probe *probe, const Lt__FoundLink *link)
{
	size_t len = lt__found_link__get_packed_size(link);
	struct held *held;

	if (len > LIMIT_HELD_LINKS_BYTES - probe->bytes)
		return false;
	held = xmalloc(sizeof *held + len);
	held->len = lt__found_link__pack(link, held->packed);
	held->next = NULL;
	*probe->end = held;
	probe->end = &held->next;
	probe->bytes += len;
	return true;
}

void probe_release(const struct probe *probe, void (*each)(const Lt__FoundLink *link, void *context), void *context)
{
	for (const struct held *held = probe->first; held != NULL; held = held->next) {
		Lt__FoundLink *link = lt__found_link__unpack(NULL, held->len, held->packed);

		if (link != NULL)
			each(link, context);
		lt__found_link__free_unpacked(link, NULL);
	}
}
