/*
 * Reads a YAML mapping into a C struct as a table says: which keys there are, what they take, which must
 * be there, and where their value goes. Every fault is reported where it stands, and reading goes on, so
 * that a person sees all of them at once.
 */
#ifndef LEAKTRAWL_SCHEMA_H
#define LEAKTRAWL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "shared/yaml.h"

struct reader {
	struct yaml_file *file;
	struct config *config; /* as far as it has been read */
};

/* What a key takes, and the type of its field. */
enum value_kind {
	VALUE_TEXT,     /* not empty -> char * */
	VALUE_PATH,     /* a path, relative to the configuration's folder -> char * */
	VALUE_TEXTS,    /* a list of texts -> char **, and size_t at count_offset */
	VALUE_PATHS,    /* a list of paths -> the same */
	VALUE_BOOL,     /* true, false -> bool */
	VALUE_DURATION, /* 30m -> int64_t, milliseconds */
	VALUE_NUMBER,   /* a whole number -> uint64_t */
	VALUE_UNSIGNED, /* a whole number up to 1,000 -> unsigned */
	VALUE_CHOICE,   /* one of choices -> an enum whose values count from 0 as choices do */
	VALUE_SECTION,  /* a mapping read by schema -> the struct itself */
	VALUE_LIST,     /* a list of mappings read by schema -> array of structs, and size_t at count_offset */
	VALUE_NAMED,    /* a mapping of names to such mappings, or to lists of them -> the same; the name is the struct's first field */
	VALUE_CUSTOM,   /* read by a function */
	VALUE_RESERVED, /* a key of a later version: refused, saying so */
};

struct schema_key {
	const char *name;
	enum value_kind kind;
	bool required;
	size_t offset, count_offset;
	const char *help; /* what belongs here, with an example: ends the message that it is missing or wrong */
	const char *const *choices;
	const struct schema *schema;
	void (*read)(struct reader *reader, const struct yaml *value, void *object);
};

struct schema {
	const char *what; /* "a source" */
	size_t size;
	const struct schema_key *keys;                                              /* ends with a row without a name */
	void (*start)(void *object);                                                /* sets what is not 0 by default; may be NULL */
	void (*check)(struct reader *reader, const struct yaml *map, void *object); /* after all keys; may be NULL */
	void (*release)(void *object);                                              /* what VALUE_CUSTOM made; may be NULL */
};

/*
 * Fills object (zeroed). A list keeps one entry for each item of the file, "" for a text that was refused:
 * item i of the YAML list is item i of the array.
 */
void schema_read(struct reader *reader, const struct schema *schema, const struct yaml *map, void *object);
void schema_free(const struct schema *schema, void *object);

/* text as a path: absolute, or relative to the configuration's folder. The caller frees. */
char *reader_path(const struct reader *reader, const char *text);

/* Complains about entries of a list that stand there twice, compared without case. */
void reader_check_doubles(struct reader *reader, const struct yaml *list, char *const *texts, size_t count);

#endif
