/* Durations, sizes, numbers and moments as people write them. */
#ifndef LEAKTRAWL_UNITS_H
#define LEAKTRAWL_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only, up to 2^63-1. */
bool units_number(const char *text, uint64_t *number);

/* A whole number and a unit: 500ms, 90s, 30m, 12h, 1d, 2w. At most ten years. */
bool units_duration(const char *text, int64_t *milliseconds);

/* A whole number of bytes, or with KiB, MiB, GiB, TiB (also K, M, G, T): 64MiB. */
bool units_size(const char *text, uint64_t *bytes);

/* 2026-01-31, 2026-01-31T08:00:00Z (always UTC), or a duration before now. Milliseconds since the epoch. */
bool units_moment(const char *text, int64_t now_ms, int64_t *moment_ms);

enum { UNITS_TEXT_BYTES = 32 };

/* The largest unit that tells it in whole numbers: 30m, 36h, 7d. */
void units_print_duration(int64_t milliseconds, char text[UNITS_TEXT_BYTES]);

/* RFC 3339 in UTC: 2026-01-31T08:00:00Z. */
void units_print_moment(int64_t moment_ms, char text[UNITS_TEXT_BYTES]);

/* About how long, for a person: "3h" for 3 hours and some. */
void units_print_age(int64_t milliseconds, char text[UNITS_TEXT_BYTES]);

#endif
