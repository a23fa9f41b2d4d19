#include "inspect/attribute/seen.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

enum { FIRST_SLOTS = 256 }; /* a power of two, as all that follow; most jobs report little or nothing */

/* An open-addressing table; an identity is a keyed hash, so its first bytes are its place. All zero is an empty slot. */
struct table {
	uint8_t (*slots)[IDENTITY_BYTES];
	size_t count, cap;
};

struct seen {
	struct table young, old;
};

struct seen *seen_new(void)
{
	return xcalloc(1, sizeof(struct seen));
}

void seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	free(seen->young.slots);
	free(seen->old.slots);
	free(seen);
}

static uint8_t *slot_of(const struct table *table, const uint8_t identity[IDENTITY_BYTES])
{
	static const uint8_t empty[IDENTITY_BYTES];
	uint32_t place;

	memcpy(&place, identity, sizeof place);
	for (size_t slot = place & (table->cap - 1);; slot = (slot + 1) & (table->cap - 1)) {
		uint8_t *at = table->slots[slot];

		if (memcmp(at, identity, IDENTITY_BYTES) == 0 || memcmp(at, empty, IDENTITY_BYTES) == 0)
			return at;
	}
}

static bool holds(const struct table *table, const uint8_t identity[IDENTITY_BYTES])
{
	return table->slots != NULL && memcmp(slot_of(table, identity), identity, IDENTITY_BYTES) == 0;
}

/* At most half of the slots are taken, so that a search ends soon. */
static void make_room(struct table *table)
{
	static const uint8_t empty[IDENTITY_BYTES];
	struct table larger = {.count = table->count, .cap = table->cap > 0 ? table->cap * 2 : FIRST_SLOTS};

	if (table->count * 2 < table->cap)
		return;
	larger.slots = xcalloc(larger.cap, sizeof *larger.slots);
	for (size_t i = 0; i < table->cap; i++)
		if (memcmp(table->slots[i], empty, IDENTITY_BYTES) != 0)
			memcpy(slot_of(&larger, table->slots[i]), table->slots[i], IDENTITY_BYTES);
	free(table->slots);
	*table = larger;
}

bool seen_add(struct seen *seen, const uint8_t identity[IDENTITY_BYTES])
{
	if (holds(&seen->young, identity))
		return true;
	bool known = holds(&seen->old, identity);

	if (seen->young.count == SEEN_GENERATION) {
		free(seen->old.slots);
		seen->old = seen->young;
		seen->young = (struct table){0};
	}
	make_room(&seen->young);
	memcpy(slot_of(&seen->young, identity), identity, IDENTITY_BYTES);
	seen->young.count++;
	return known;
}
