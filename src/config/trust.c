#include "config/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/mem.h"

static bool foreign(const struct stat *status)
{
	return status->st_uid != 0 && status->st_uid != geteuid();
}

bool trust_private(const struct stat *status)
{
	mode_t open = status->st_mode & (S_IRWXG | S_IRWXO);

	return open == 0 || (open == S_IRGRP && status->st_uid == 0 && (geteuid() == 0 || status->st_gid == getegid()));
}

static char *judge_file(const struct stat *status, int demands)
{
	if (foreign(status))
		return xasprintf("belongs to user %u: only its owner root or you can be trusted with it", (unsigned)status->st_uid);
	if ((demands & TRUST_WRITERS) != 0 && (status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return xstrdup("can be written by others: chmod go-w");
	if ((demands & TRUST_READERS) != 0 && !trust_private(status))
		return xstrdup("can be read by others: chmod 600 (where a service reads it: root's, its group's, 640)");
	if ((demands & TRUST_OWNER) != 0 && (status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return xstrdup("can be read by others: chmod 600");
	if ((demands & TRUST_PROGRAM) != 0 && (status->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return xstrdup("is not executable: chmod +x");
	return NULL;
}

static char *judge_folder(const char *folder)
{
	struct stat status;

	if (stat(folder, &status) != 0)
		return xasprintf("stands in %s, which cannot be looked at: %s", folder, strerror(errno));
	if (foreign(&status))
		return xasprintf("stands in %s, which belongs to user %u, who could replace it", folder, (unsigned)status.st_uid);
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0)
		return xasprintf("stands in %s, where others can write: chmod go-w %s", folder, folder);
	return NULL;
}

/* Every folder on the way to path, with links resolved. */
static char *judge_folders(const char *path)
{
	char *real = realpath(path, NULL);
	char *why = NULL;

	if (real == NULL)
		return xasprintf("cannot be resolved: %s", strerror(errno));
	for (char *slash = strrchr(real, '/'); slash != NULL && why == NULL; slash = strrchr(real, '/')) {
		*slash = '\0';
		why = judge_folder(real[0] != '\0' ? real : "/");
	}
	free(real);
	return why;
}

static char *judge(const char *path, const struct stat *status, int demands)
{
	char *why;

	if (demands == 0)
		return NULL;
	why = judge_file(status, demands);
	return why != NULL ? why : judge_folders(path);
}

int trust_open(const char *path, int demands, char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0) {
		*why = xasprintf("cannot be opened: %s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &status) != 0)
		*why = xasprintf("cannot be looked at: %s", strerror(errno));
	else if (!S_ISREG(status.st_mode))
		*why = xstrdup("is not a regular file");
	else
		*why = judge(path, &status, demands);
	if (*why == NULL)
		return fd;
	(void)close(fd);
	return -1;
}

char *trust_check(const char *path, int demands)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return xasprintf("cannot be looked at: %s", strerror(errno));
	if (!S_ISREG(status.st_mode) && !(S_ISDIR(status.st_mode) && demands == TRUST_WRITERS))
		return xstrdup("is not a regular file");
	return judge(path, &status, demands);
}

/* Reads what fstat promised; a file that grows meanwhile is refused as too large. */
static uint8_t *read_all(int fd, size_t size, size_t *len, char **why)
{
	uint8_t *data = xmalloc(size + 2);
	ssize_t got;

	*len = 0;
	do {
		got = read(fd, data + *len, size + 1 - *len);
		*len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		*why = xasprintf("cannot be read: %s", strerror(errno));
	else if (*len > size)
		*why = xstrdup("grows while it is read");
	data[*len] = '\0';
	if (*why == NULL)
		return data;
	mem_wipe(data, size + 2);
	free(data);
	return NULL;
}

uint8_t *trust_read(const char *path, int demands, size_t max, size_t *len, char **why)
{
	int fd = trust_open(path, demands, why);
	uint8_t *data = NULL;
	struct stat status;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) != 0)
		*why = xasprintf("cannot be looked at: %s", strerror(errno));
	else if ((size_t)status.st_size > max)
		*why = xasprintf("is larger than %zu bytes", max);
	else
		data = read_all(fd, (size_t)status.st_size, len, why);
	(void)close(fd);
	return data;
}
