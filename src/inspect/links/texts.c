#include "inspect/links/texts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

static size_t slot_of(const struct texts *texts, const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (const char *at = text; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
	size_t slot = (size_t)(hash ^ (hash >> 32)) & (texts->cap - 1);

	while (texts->slots[slot] != NULL && strcmp(texts->slots[slot], text) != 0)
		slot = (slot + 1) & (texts->cap - 1);
	return slot;
}

static void grow(struct texts *texts)
{
	struct texts bigger = {NULL, texts->cap > 0 ? texts->cap * 2 : 16, texts->count};

	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < texts->cap; i++)
		if (texts->slots[i] != NULL)
			bigger.slots[slot_of(&bigger, texts->slots[i])] = texts->slots[i];
	free(texts->slots);
	*texts = bigger;
}

bool texts_add(struct texts *texts, const char *text)
{
	if (texts->count * 2 >= texts->cap)
		grow(texts);
	char **slot = &texts->slots[slot_of(texts, text)];

	if (*slot != NULL)
		return false;
	*slot = xstrdup(text);
	texts->count++;
	return true;
}

void texts_free(struct texts *texts)
{
	for (size_t i = 0; i < texts->cap; i++)
		free(texts->slots[i]);
	free(texts->slots);
	*texts = (struct texts){NULL, 0, 0};
}
