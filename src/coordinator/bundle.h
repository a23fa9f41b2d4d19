/* The second pass over a machine that is ours: which descriptors it gets. */
#ifndef LEAKTRAWL_BUNDLE_H
#define LEAKTRAWL_BUNDLE_H

#include "coordinator/document.h"

/*
 * Adds a bundle piece for machine_dir, as the inspector names it: a prefix inside the document
 * ("logs.zip!/PC-7/", or "" for all of it), or a folder of local files ("logs/PC-7/"), whose files become the
 * piece's parts. NULL when the document has that bundle already, or the folder is not one the document stands in.
 */
struct reading_piece *bundle_add(struct document *document, const char *machine_dir);

/* True where machine_dir is a folder of local files that the document's own file stands below. */
bool bundle_is_folder(const struct document *document, const char *machine_dir);

#endif
