#include "inspect/unpack/shut.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/walk.h"
#include "limits/limits.h"
#include "shared/mem.h"

struct shut_fault {
	char *path, *detail;
};

struct container {
	char *path;
	size_t learned;
	struct shut_fault *faults;
	size_t faults_count;
};

struct shut {
	struct container containers[LIMIT_SHUT_CONTAINERS];
	size_t count;
};

struct shut *shut_new(void)
{
	return xcalloc(1, sizeof(struct shut));
}

void shut_free(struct shut *shut)
{
	for (size_t i = 0; shut != NULL && i < shut->count; i++) {
		struct container *container = &shut->containers[i];
		for (size_t f = 0; f < container->faults_count; f++) {
			free(container->faults[f].path);
			free(container->faults[f].detail);
		}
		free(container->faults);
		free(container->path);
	}
	free(shut);
}

static struct container *container_at(struct shut *shut, const char *path, size_t learned)
{
	for (size_t i = 0; i < shut->count; i++) {
		if (strcmp(shut->containers[i].path, path) == 0)
			return &shut->containers[i];
	}
	if (shut->count == LIMIT_SHUT_CONTAINERS)
		return NULL;
	shut->containers[shut->count] = (struct container){.path = xstrdup(path), .learned = learned};
	return &shut->containers[shut->count++];
}

bool shut_add(struct shut *shut, const char *path, const char *member_path, const char *detail, size_t learned)
{
	if (shut == NULL || strstr(path, "!/") == NULL)
		return false;
	struct container *container = container_at(shut, path, learned);
	if (container == NULL)
		return false;
	container->faults = xreallocarray(container->faults, container->faults_count + 1, sizeof *container->faults);
	container->faults[container->faults_count++] = (struct shut_fault){xstrdup(member_path), xstrdup(detail)};
	return true;
}

size_t shut_count(const struct shut *shut)
{
	return shut->count;
}

size_t shut_path(const struct shut *shut, size_t i, const char **path)
{
	*path = shut->containers[i].path;
	return shut->containers[i].learned;
}

void shut_tell(const struct shut *shut, size_t i, struct walk *walk)
{
	const struct container *container = &shut->containers[i];
	for (size_t f = 0; f < container->faults_count; f++)
		walk_fault(walk, container->faults[f].path, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, container->faults[f].detail, 0);
}
