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
