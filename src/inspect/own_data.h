/*
 * Data of the user's own beside the rules: a file in a folder of `rules:` that is called like one of data/ (cookies.yml, keys.yml,
 * machines.yml, hashes.yml, placeholders.yml, services.yml) and holds such lists adds to it. Its examples and near misses are run when
 * it is loaded: what they show to be wrong is a fault of the file.
 */
#ifndef LEAKTRAWL_OWN_DATA_H
#define LEAKTRAWL_OWN_DATA_H

#include "inspect/engine.h"
#include "shared/slice.h"

/* What a file that holds no rules is by its name and its lists; SETUP_RULES where it is nothing of the kind. */
Lt__SetupKind own_data_kind(const char *name, struct slice data);
/* After the file was loaded. */
void own_data_check(const struct engine *engine, struct yaml_file *file, Lt__SetupKind kind);

#endif
