/* data/machines.yml as compiled; shared by the readers of paths and of system information. */
#ifndef LEAKTRAWL_MACHINE_DATA_H
#define LEAKTRAWL_MACHINE_DATA_H

#include "inspect/records/machine.h"
#include "inspect/records/times.h"
#include "inspect/rules/expression.h"
#include "shared/buf.h"

struct texts {
	char **list;
	size_t count;
};

struct class_row {
	enum member_class class;
	bool machine; /* makes the folder around a machine's */
	struct texts files, folders;
};

enum system_field {
	FIELD_NONE,
	FIELD_HWID,
	FIELD_NAME,
	FIELD_USER,
	FIELD_USER_AND_NAME,
	FIELD_NAME_AND_USER,
	FIELD_DOMAIN,
	FIELD_IP,
	FIELD_COUNTRY,
	FIELD_DATE,
	FIELD_BUILD,
	FIELDS
};

struct family {
	char *name;
	struct texts all;
	enum date_order order;
	char *date; /* folded key, or NULL */
};

struct machines {
	struct class_row *classes;
	size_t classes_count;
	struct texts inner, inner_weak;
	struct expression **folders;
	size_t folders_count;
	struct texts fields[FIELDS]; /* folded keys */
	struct texts unknown;
	struct texts weak; /* folded keys that give way to others of their field */
	struct family *families;
	size_t families_count;
};

/* The class that machines.yml calls so; MEMBER_PLAIN where there is none. */
enum member_class machine_class_named(const char *name);

/* Letters and digits in lower case, without ASCII signs and blanks; at most cap bytes. */
size_t machine_fold(struct slice text, char *out, size_t cap);

/* The last name among the first len bytes of a path: "logs.zip!/PC-7/" gives "PC-7". */
struct slice machine_last_name(const char *path, size_t len);

/* What a folder's name says, as groups of the pattern that fits; NULL when none does. */
const struct expression *machine_folder_match(const struct machines *machines, struct slice name, struct slice groups[EXPRESSION_GROUPS]);

enum { MACHINE_TEXT_BYTES = 256 * 1024 };

/* Text that is a document of JSON or XML becomes lines in memory of lines; any other stays what it is. */
struct slice machine_text_plain(struct slice text, struct buf *lines);
/* Lines that are no UTF-8 are taken for those of an old code page, each by itself: files of several are joined. */
struct slice machine_text_utf8(struct slice text, struct buf *converted);

#endif
