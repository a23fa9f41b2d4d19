#include "crawl/looks.h"

#include <stdlib.h>

#include "limits/limits.h"
#include "shared/mem.h"

struct looks {
	struct {
		uint64_t bits;
		unsigned met;
	} list[LIMIT_LOOKS];
	unsigned count, next;
};

struct looks *looks_new(void)
{
	return xcalloc(1, sizeof(struct looks));
}

void looks_free(struct looks *looks)
{
	free(looks);
}

unsigned looks_meet(struct looks *looks, uint64_t bits)
{
	for (unsigned i = 0; i < looks->count; i++)
		if (__builtin_popcountll(looks->list[i].bits ^ bits) <= LIMIT_LOOK_BITS)
			return looks->list[i].met++;
	looks->list[looks->next].bits = bits;
	looks->list[looks->next].met = 1;
	looks->next = (looks->next + 1) % LIMIT_LOOKS;
	looks->count += looks->count < LIMIT_LOOKS;
	return 0;
}
