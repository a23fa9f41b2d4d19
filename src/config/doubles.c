#include "config/doubles.h"

#include <search.h>
#include <stdlib.h>
#include <strings.h>

#include "shared/log.h"
#include "shared/mem.h"

struct double_text {
	const char *text;
	unsigned line;
};

struct doubles {
	void *tree;
	size_t count, most;
	struct double_text entries[];
};

struct doubles *doubles_new(size_t most)
{
	struct doubles *doubles = xcalloc(1, sizeof *doubles + most * sizeof(struct double_text));

	doubles->most = most;
	return doubles;
}

static int compare(const void *a, const void *b)
{
	return strcasecmp(((const struct double_text *)a)->text, ((const struct double_text *)b)->text);
}

unsigned doubles_add(struct doubles *doubles, const char *text, unsigned line)
{
	struct double_text *entry = &doubles->entries[doubles->count];
	struct double_text **found;

	if (doubles->count == doubles->most)
		log_fatal("more than the %zu texts announced are compared", doubles->most);
	*entry = (struct double_text){text, line};
	found = tsearch(entry, &doubles->tree, compare);
	if (found == NULL)
		log_fatal("out of memory");
	if (*found != entry)
		return (*found)->line;
	doubles->count++;
	return 0;
}

static void keep(void *entry)
{
	(void)entry;
}

void doubles_free(struct doubles *doubles)
{
	tdestroy(doubles->tree, keep);
	free(doubles);
}
