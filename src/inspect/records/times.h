/* Dates and times as leaks write them. */
#ifndef LEAKTRAWL_TIMES_H
#define LEAKTRAWL_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/slice.h"

/* Which of two numbers is the day where the text alone does not tell. */
enum date_order { DAY_FIRST, MONTH_FIRST };

/*
 * Reads the first date, with its time if one follows: "7/4/2024 5:43:07 PM", "2024-12-29T05:37:17Z", "Sat Jul 06 3:43:57 2024",
 * "03-12-2024, 23:45:57", "Thu, 01-Jan-2026 00:00:00 GMT", "... GMT+0200". Without a zone the time counts as UTC. Milliseconds
 * since the epoch; false when there is no date. A number above 12 overrules the order; with dots the day stands first everywhere.
 */
bool time_read(struct slice text, enum date_order order, int64_t *ms);

/*
 * A number of seconds, milliseconds, microseconds or nanoseconds since 1970, or of microseconds or 100 ns since 1601 (Chrome,
 * Windows), told by its size. False when it is none of them between 1990 and 2200.
 */
bool time_from_number(double number, int64_t *ms);

#endif
