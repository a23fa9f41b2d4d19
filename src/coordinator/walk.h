/* The files a scan was asked for, one at a time: folders are walked in name order, links are not followed. */
#ifndef LEAKTRAWL_WALK_H
#define LEAKTRAWL_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct walk;

/* Paths end with NULL and outlive the walk. */
struct walk *walk_new(char **paths);
void walk_free(struct walk *walk);

enum walk_result {
	WALK_FILE,    /* *path and *status tell it; owned by the walk until the next call */
	WALK_PROBLEM, /* *path could not be looked at; errno says why */
	WALK_END,
};
enum walk_result walk_next(struct walk *walk, const char **path, struct stat *status);
/* Of the path told last: how many bytes name what the walk was begun with. named: that was the file itself, and they name its folder. */
size_t walk_outer(const struct walk *walk, bool *named);

#endif
