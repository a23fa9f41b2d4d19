#include "shared/install.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

/* The executables stand at the top of the build folder; below it there may be an installation of its own. */
static bool runs_in_place(void)
{
	char *executable = realpath("/proc/self/exe", NULL);
	char *folder = realpath(BUILD_FOLDER, NULL);
	bool in_place = false;

	if (executable != NULL && folder != NULL) {
		const char *slash = strrchr(executable, '/');

		in_place = (size_t)(slash - executable) == strlen(folder) && strncmp(executable, folder, strlen(folder)) == 0;
	}
	free(executable);
	free(folder);
	return in_place;
}

char *install_data(const char *what)
{
	char *source = runs_in_place() ? realpath(SOURCE_FOLDER, NULL) : NULL;
	char *path = xasprintf("%s/%s", source != NULL ? source : PKGDATADIR, what);

	free(source);
	return path;
}

char *install_worker(const char *name)
{
	return xasprintf("%s/%s", runs_in_place() ? BUILD_FOLDER : PKGLIBEXECDIR, name);
}
