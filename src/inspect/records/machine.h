/*
 * The infected computer a stealer log came from: which files of such a log hold what, which directory is one
 * machine, and what its system information says (data/machines.yml; spellings of the common families).
 */
#ifndef LEAKTRAWL_MACHINE_H
#define LEAKTRAWL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"
#include "shared/yaml.h"

struct machines; /* data/machines.yml, compiled; read-only */

struct machines *machines_new(void);
void machines_load(struct machines *machines, struct yaml_file *file);
void machines_free(struct machines *machines);

/*
 * A file's path: UTF-8, '/' between names, "!/" between containers; case is ignored. Its first `outer` bytes name the folder that
 * was asked for, or that the file asked for (named) stands in: where somebody keeps his files says nothing of them.
 */
struct machine_place {
	const char *path;
	size_t outer;
	bool named;
};

/* What the names in a path say about the file. */
enum member_class machine_path_class(const struct engine *engine, const struct machine_place *place);
/* Whether the path, or what the machine's folder is called, shows that this is a stealer's log and no collection of lists. */
bool machine_path_evident(const struct engine *engine, const struct machine_place *place);

/* Whether the last name of a folder's path is what stealers call a machine's. */
bool machine_is_folder(const struct engine *engine, const char *dir);

/*
 * How many bytes of path name the machine's directory, with its last '/'; 0 where the path does not tell.
 * "logs.zip!/PC-7/Browsers/Cookies/Chrome.txt" gives the length of "logs.zip!/PC-7/". A container holding one
 * machine counts as its directory: "PC-7.zip!/Passwords.txt" gives "PC-7.zip!/". So does the folder that was asked for;
 * nothing above it does.
 */
size_t machine_dir_of(const struct engine *engine, const struct machine_place *place);

/* The same over the data itself. */
enum member_class machines_path_class(const struct machines *machines, const struct machine_place *place);
bool machines_path_evident(const struct machines *machines, const struct machine_place *place);
size_t machines_dir_of(const struct machines *machines, const struct machine_place *place);

/*
 * Reads a system information file, or the part of a concatenated paste that is one, into fresh memory
 * (lt__machine__free_unpacked(machine, NULL)); NULL when it says nothing of a machine. machine_dir (may be
 * NULL) fills what the text leaves out. ->id holds the text that names the machine wherever it turns up
 * (hardware id, else name, user and directory; lower case, each length-prefixed): attribution puts its keyed
 * hash in its place.
 */
Lt__Machine *machine_read(const struct machines *machines, struct slice text, const char *machine_dir);

/* Whether it is in a domain of ours. */
bool machine_joined_us(const struct engine *engine, const Lt__Machine *machine);

#endif
