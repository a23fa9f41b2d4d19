#include "limits/limits.h"

#include <string.h>

const struct limit_row limit_rows[] = {
#define LIMIT_ROW(name, value, reason) {#name, value, reason, offsetof(struct limits, name)},
	LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};
const size_t limit_row_count = sizeof limit_rows / sizeof limit_rows[0];

void limits_defaults(struct limits *limits)
{
	for (size_t i = 0; i < limit_row_count; i++)
		memcpy((char *)limits + limit_rows[i].offset, &limit_rows[i].standard, sizeof(uint64_t));
}

int limits_set(struct limits *limits, const char *name, uint64_t value)
{
	for (size_t i = 0; i < limit_row_count; i++) {
		if (strcmp(limit_rows[i].name, name) == 0) {
			memcpy((char *)limits + limit_rows[i].offset, &value, sizeof value);
			return 0;
		}
	}
	return -1;
}
