#include "inspect/records/machine.h"

struct machines *machines_new(void)
{
	return NULL;
}

void machines_load(struct machines *machines, struct yaml_file *file)
{
	(void)machines;
	(void)file;
}

enum member_class machine_path_class(const struct engine *engine, const char *path)
{
	(void)engine;
	(void)path;
	return MEMBER_PLAIN;
}

size_t machine_dir_of(const struct engine *engine, const char *path)
{
	(void)engine;
	(void)path;
	return 0;
}

Lt__Machine *machine_read(const struct machines *machines, struct slice text, const char *machine_dir)
{
	(void)machines;
	(void)text;
	(void)machine_dir;
	return NULL;
}
