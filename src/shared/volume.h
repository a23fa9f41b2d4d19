/* Names of the volumes of multi-part archives. */
#ifndef LEAKTRAWL_VOLUME_H
#define LEAKTRAWL_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum volume_kind {
	VOLUME_NONE,
	VOLUME_NUMBERED,  /* x.7z.001 x.7z.002; x.part1.rar x.part2.rar */
	VOLUME_LETTERED,  /* x.zip.aa x.zip.ab */
	VOLUME_OLD_RAR,   /* x.rar x.r00 x.r01 */
	VOLUME_SPLIT_ZIP, /* x.z01 x.z02 x.zip */
};

/* Where the last volume of a split zip stands. */
#define VOLUME_LAST UINT32_MAX

struct volume_series {
	enum volume_kind kind;
	size_t prefix;      /* bytes of the path before the number, or before the extension */
	int width;          /* of the number */
	uint32_t start;     /* number of the first */
	uint32_t place;     /* of the path itself, from 0; or VOLUME_LAST */
	const char *suffix; /* behind the number; of the path */
	bool upper;         /* letters of the extension */
	bool named_so;      /* the name says it by itself; else it depends on what stands beside it */
};

/* False where the path is no volume's by its name. The series points into the path. */
bool volume_series_of(struct volume_series *series, const char *path);
/* The path of the volume at this place, to be freed; path is that of any volume of the series. */
char *volume_nth(const struct volume_series *series, const char *path, uint32_t place);

#endif
