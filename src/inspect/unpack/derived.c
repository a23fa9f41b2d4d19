#include "inspect/unpack/derived.h"

#include <stdlib.h>

#include "inspect/job.h"
#include "inspect/unpack/walk.h"
#include "shared/mem.h"

void derived_walk(struct scan *scan, const struct member *member, const char *encoding, uint64_t offset, const void *data, size_t len)
{
	struct walk walk = {
		.scan = scan,
		.engine = scan_engine(scan),
		.part = member->part,
		.around = member,
		.read = len,
	};
	char *path = xasprintf("%s!/%s-%llu", member->path, encoding, (unsigned long long)offset);
	struct source *source = source_of_memory(data, len);
	struct scan_bounds bounds = scan_bounds_set(scan, scan_unbounded);
	walk_content(&walk, source, path, member->depth + 1);
	scan_bounds_set(scan, bounds);
	source_close(source);
	free(path);
	passwords_free(walk.passwords);
}
