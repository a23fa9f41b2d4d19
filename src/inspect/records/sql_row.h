/* One row of an INSERT: "(1, 'a''b', N'c', 0x64, NULL, md5('e'))" in any dialect. */
#ifndef LEAKTRAWL_SQL_ROW_H
#define LEAKTRAWL_SQL_ROW_H

#include "inspect/records/table.h"

/* What a backslash in a string means: MySQL escapes with it, standard SQL does not. */
enum sql_dialect { SQL_BACKSLASH_ESCAPES, SQL_BACKSLASH_PLAIN };

/* The row whose bracket opens at `at`. False when there is none, or it does not close. Values stand in scan's arena. */
bool sql_row(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct row *row);

/* One value; *end is behind it. */
bool sql_value(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct cell *cell, size_t *end);

#endif
