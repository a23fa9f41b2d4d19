#include "coordinator/input.h"

#include <errno.h>
#include <unistd.h>

#include "shared/mem.h"

bool input_copy(int from, int to, uint64_t max, uint64_t *size)
{
	static char chunk[1 << 20];
	ssize_t got;

	while (*size <= max && (got = read(from, chunk, max - *size < sizeof chunk ? (size_t)(max - *size) + 1 : sizeof chunk)) != 0) {
		if (got < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		for (ssize_t at = 0; at < got;) {
			ssize_t written = write(to, chunk + at, (size_t)(got - at));

			if (written < 0 && errno != EINTR)
				return false;
			at += written > 0 ? written : 0;
		}
		*size += (uint64_t)got;
	}
	mem_wipe(chunk, sizeof chunk);
	return true;
}
