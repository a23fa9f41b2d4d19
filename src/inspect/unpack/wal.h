/* The write-ahead log of an SQLite database: what was committed and did not get into the database yet. */
#ifndef LEAKTRAWL_WAL_H
#define LEAKTRAWL_WAL_H

#include <stdbool.h>

#include "shared/buf.h"
#include "shared/slice.h"

/* Whether content that begins so is a database that keeps such a log, or is such a log. */
bool wal_is_wanted(struct slice head);
bool wal_is_log(struct slice head);
/*
 * Writes the pages of all whole transactions over those of the database, which grows up to its buffer's maximum. False where it would have
 * to grow beyond. What is torn or left over from before ends the log, as it does for SQLite.
 */
bool wal_apply(struct buf *database, struct slice log);

#endif
