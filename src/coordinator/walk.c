#include "coordinator/walk.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "shared/log.h"
#include "shared/mem.h"

#include <stdlib.h>

struct walk {
	FTS *fts;
	const FTSENT *last;
};

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

struct walk *walk_new(char **paths)
{
	struct walk *walk = xcalloc(1, sizeof *walk);

	/* A path given by name may be a link; those found below are not followed. */
	walk->fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (walk->fts == NULL)
		log_fatal_errno("cannot walk the folders");
	return walk;
}

void walk_free(struct walk *walk)
{
	if (walk == NULL)
		return;
	fts_close(walk->fts);
	free(walk);
}

enum walk_result walk_next(struct walk *walk, const char **path, struct stat *status)
{
	FTSENT *entry;

	while ((entry = fts_read(walk->fts)) != NULL) {
		*path = entry->fts_path;
		walk->last = entry;
		switch (entry->fts_info) {
		case FTS_F:
			*status = *entry->fts_statp;
			return WALK_FILE;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			errno = entry->fts_errno;
			return WALK_PROBLEM;
		case FTS_DEFAULT:
			if (entry->fts_level == FTS_ROOTLEVEL) {
				errno = EINVAL;
				return WALK_PROBLEM;
			}
			break;
		default:
			break;
		}
	}
	return WALK_END;
}

size_t walk_outer(const struct walk *walk, bool *named)
{
	const FTSENT *root = walk->last;
	const char *slash;

	while (root->fts_level > FTS_ROOTLEVEL)
		root = root->fts_parent;
	*named = root == walk->last;
	if (*named) {
		slash = strrchr(root->fts_path, '/');
		return slash != NULL ? (size_t)(slash - root->fts_path) + 1 : 0;
	}
	return root->fts_pathlen + (walk->last->fts_path[root->fts_pathlen - 1] != '/' ? 1u : 0u);
}
