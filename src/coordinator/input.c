#include "coordinator/input.h"

#include <errno.h>
#include <unistd.h>

#include "shared/mem.h"

bool input_write(int to, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(to, data, len);

		if (written < 0 && errno != EINTR)
			return false;
		data += written > 0 ? written : 0;
		len -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

bool input_copy(int from, int to, uint64_t max, uint64_t *size)
{
	static char chunk[1 << 20];
	ssize_t got = 1;
	bool good = true;

	while (good && got != 0 && *size <= max) {
		got = read(from, chunk, max - *size < sizeof chunk ? (size_t)(max - *size) + 1 : sizeof chunk);
		good = got >= 0 ? input_write(to, chunk, (size_t)got) : errno == EINTR;
		*size += good && got > 0 ? (uint64_t)got : 0;
	}
	mem_wipe(chunk, sizeof chunk);
	return good;
}
