/*
 * Reads one YAML file (the configuration, patterns/, data/) into a tree whose nodes know where they stand, so that every
 * complaint carries file:line:column. Files are capped (bytes, depth, nodes, aliases); only the core
 * shape is kept: mappings, sequences, scalars as text. Complaints go to struct faults; a loader goes on
 * with the next entry after one, so that all of them are seen at once.
 */
#ifndef LEAKTRAWL_YAML_H
#define LEAKTRAWL_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/slice.h"

/* What is wrong in the files, in the order found. */
struct fault {
	char *file;
	unsigned line, column; /* 1-based; 0 where there is none */
	char *text;
};
struct faults {
	struct fault *list;
	size_t count;
};
void faults_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void faults_free(struct faults *faults);

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	bool plain; /* a scalar without quotes: may mean null, true, a number */
	unsigned line, column;
	unsigned key_line, key_column; /* of its key, for an entry of a map */
	char *text;                    /* YAML_TEXT: 0-terminated, may hold 0 bytes inside */
	size_t text_len;
	char **keys; /* YAML_MAP: as many as items */
	struct yaml **items;
	size_t count;
};

struct yaml_file {
	char *name; /* for complaints and reports */
	struct yaml *root;
	struct faults *faults;
};

/* NULL after a complaint. name is copied; faults must outlive the file. An empty file has a root of YAML_MAP with no items. */
struct yaml_file *yaml_parse(const char *name, const char *data, size_t len, struct faults *faults);
void yaml_close(struct yaml_file *file);

/* All take a NULL node as absent. */
const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL when absent, null, or map is no mapping */
const char *yaml_text(const struct yaml *node);                       /* NULL unless a scalar that is not null */
struct slice yaml_slice(const struct yaml *node);
size_t yaml_count(const struct yaml *list);                    /* items of a list; 1 for a scalar; 0 when absent */
const struct yaml *yaml_at(const struct yaml *list, size_t i); /* a scalar counts as a list of one */
bool yaml_number(const struct yaml *node, double *value);      /* false unless a number */
bool yaml_bool(const struct yaml *node, bool standard);        /* standard when absent or no boolean */
/* As the above for an entry of a map, with a complaint where the type is another. */
const char *yaml_need_text(struct yaml_file *file, const struct yaml *map, const char *key);

void yaml_fault(struct yaml_file *file, const struct yaml *node, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Complains about keys of map that are not among known (ends with NULL). */
void yaml_check_keys(struct yaml_file *file, const struct yaml *map, const char *const *known);

#endif
