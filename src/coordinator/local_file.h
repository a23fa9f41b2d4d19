/* A document out of a local file: with the other volumes of an archive, and the texts beside it that may say its password. */
#ifndef LEAKTRAWL_LOCAL_FILE_H
#define LEAKTRAWL_LOCAL_FILE_H

#include <sys/stat.h>

#include "coordinator/document.h"
#include "coordinator/walk.h"

/*
 * The file the walk has come to. NULL where it is read with the first volume, which the walk meets, too: paths are those it was begun with.
 */
struct document *local_file(const struct walk *walk, const char *path, const struct stat *status, char **paths);

#endif
