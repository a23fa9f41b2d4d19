#include "inspect/unpack/pack.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/machine.h"
#include "shared/mem.h"

/* Two are several; further folders change nothing, and a hostile archive has any number of them. */
enum { FOLDERS_MAX = 4096, SEVERAL = 2 };

struct folder {
	const char *path;
	bool machine, secrets, counted;
};

struct pack {
	const struct engine *engine;
	const char *below;
	void *folders; /* tree of struct folder */
	size_t folders_count;
	size_t machines;
	bool own; /* the bundle's folder is a machine's */
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct folder *)a)->path, ((const struct folder *)b)->path);
}

static void free_folder(void *folder)
{
	free((char *)(uintptr_t)((struct folder *)folder)->path);
	free(folder);
}

struct pack *pack_new(const struct engine *engine, const char *below)
{
	struct pack *pack = xcalloc(1, sizeof(*pack));

	pack->engine = engine;
	pack->below = below;
	pack->own = machine_is_folder(engine, below);
	return pack;
}

void pack_free(struct pack *pack)
{
	if (pack == NULL)
		return;
	tdestroy(pack->folders, free_folder);
	free(pack);
}

static bool is_own(const struct pack *pack, const struct member *member)
{
	return member->machine_dir == NULL || strcmp(member->machine_dir, pack->below) == 0;
}

static struct folder *folder_of(struct pack *pack, const char *path)
{
	const struct folder key = {.path = path};
	struct folder **found = tfind(&key, &pack->folders, by_path), *folder;

	if (found != NULL)
		return *found;
	if (pack->folders_count == FOLDERS_MAX)
		return NULL;
	folder = xcalloc(1, sizeof(*folder));
	folder->path = xstrdup(path);
	folder->machine = machine_is_folder(pack->engine, path);
	if (tsearch(folder, &pack->folders, by_path) == NULL) {
		free_folder(folder);
		return NULL;
	}
	pack->folders_count++;
	return folder;
}

static void count(struct pack *pack, struct folder *folder)
{
	if (folder->counted || !folder->machine || !folder->secrets)
		return;
	folder->counted = true;
	pack->machines++;
}

void pack_member(struct pack *pack, const struct member *member)
{
	struct folder *folder;

	if (is_own(pack, member) || pack->machines >= SEVERAL || (member->class != MEMBER_PASSWORDS && member->class != MEMBER_COOKIES))
		return;
	folder = folder_of(pack, member->machine_dir);
	if (folder == NULL)
		return;
	folder->secrets = true;
	count(pack, folder);
}

void pack_machine(struct pack *pack, const struct member *member, const Lt__Machine *machine)
{
	struct folder *folder;

	if (machine == NULL || (machine->name == NULL && machine->user == NULL))
		return;
	if (is_own(pack, member)) {
		pack->own = true;
		return;
	}
	folder = folder_of(pack, member->machine_dir);
	if (folder == NULL)
		return;
	folder->machine = true;
	count(pack, folder);
}

bool pack_is_several(const struct pack *pack)
{
	return !pack->own && pack->machines >= SEVERAL;
}
