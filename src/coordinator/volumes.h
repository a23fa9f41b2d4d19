/*
 * Files that are volumes of one archive: x.7z.001, x.part1.rar, x.rar with x.r00, x.z01 with x.zip. Told by their names; one behind
 * the other they are one document.
 */
#ifndef LEAKTRAWL_VOLUMES_H
#define LEAKTRAWL_VOLUMES_H

#include <stdbool.h>

#include "coordinator/document.h"

/*
 * *further: by its name path is a volume, and not the first. Then the path of the first is returned (to be freed), or NULL where that
 * is not there.
 */
char *volumes_first(const char *path, bool *further);
/*
 * document has path as its only part: adds the volumes behind it, if it is a first one, and names the document by all of them. Returns
 * what is missing (to be freed), or NULL.
 */
char *volumes_join(struct document *document, const char *path);

#endif
