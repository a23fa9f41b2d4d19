/*
 * Tables that programs make, by name and columns (section `tables` of data/keys.yml): a dump whose INSERT names no columns
 * and whose CREATE TABLE is gone is read by them.
 */
#ifndef LEAKTRAWL_LAYOUTS_H
#define LEAKTRAWL_LAYOUTS_H

#include "inspect/records/table.h"

struct layouts; /* read-only once loaded */

struct layouts *layouts_new(void);
void layouts_free(struct layouts *layouts);
/* The roles that keys.yml gives to the columns must be loaded already. */
void layouts_load(struct layouts *layouts, const struct keys *keys, struct yaml_file *file, const struct yaml *list);
/*
 * The columns of the table's layout that the row fits: as many, a host and a path where there has to be one. Layouts differ from
 * version to version of a program. NULL when none fits.
 */
const struct columns *layouts_find(const struct layouts *layouts, struct slice table, const struct row *row);

#endif
