/*
 * Members of an archive that are volumes of another, or an SQLite database and its log: they are held until all members were met, and then
 * read as one, whatever order they stood in.
 */
#ifndef LEAKTRAWL_UNPACK_VOLUMES_H
#define LEAKTRAWL_UNPACK_VOLUMES_H

#include "inspect/unpack/walk.h"

struct volume;

struct volumes {
	struct volume *list;
	size_t count, cap;
	size_t held; /* bytes */
};

/* Whether the member is one of something that is wanted. */
bool volumes_want(const struct walk *walk, const char *path);
/* Takes all bytes of a member that is a volume; false, and nothing is read, where it is none. One that cannot be held is
 * read by itself. depth: of the members. */
bool volumes_take(struct volumes *volumes, struct walk *walk, struct source *source, const char *path, unsigned depth);
/* Reads what was taken, tells what is missing, and forgets it. depth: of the members. */
void volumes_read(struct volumes *volumes, struct walk *walk, unsigned depth);

#endif
