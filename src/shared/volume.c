#include "shared/volume.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/mem.h"
#include "shared/slice.h"

enum { DIGITS_MOST = 5 };

static size_t digits_before(const char *path, size_t end)
{
	size_t count = 0;

	while (count < end && isdigit((unsigned char)path[end - 1 - count]))
		count++;
	return count;
}

static bool set_number(struct volume_series *series, const char *path, size_t end, size_t digits)
{
	unsigned number = 0;

	if (digits == 0 || digits > DIGITS_MOST)
		return false;
	for (size_t i = end - digits; i < end; i++)
		number = number * 10 + (unsigned)(path[i] - '0');
	series->kind = VOLUME_NUMBERED;
	series->prefix = end - digits;
	series->width = (int)digits;
	series->start = number == 0 ? 0 : 1;
	series->place = number - series->start;
	series->suffix = path + end;
	return true;
}

/* x.part1.rar, x.part01, x.7z.001 */
static bool is_numbered(struct volume_series *series, const char *path)
{
	static const char *const archives[] = {".7z", ".zip", ".rar", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".zst"};
	size_t len = strlen(path), digits = digits_before(path, len), dot = len - digits;

	if (digits >= 3 && dot > 1 && path[dot - 1] == '.') {
		for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++)
			series->named_so |= slice_ends_nocase((struct slice){path, dot - 1}, archives[i]);
		return set_number(series, path, len, digits);
	}
	if (digits == 0) { /* an extension behind it */
		const char *extension = strrchr(path, '.');

		len = extension != NULL ? (size_t)(extension - path) : 0;
		digits = digits_before(path, len);
	}
	series->named_so = slice_ends_nocase((struct slice){path, len - digits}, ".part");
	return series->named_so && set_number(series, path, len, digits);
}

static bool is_extension(struct volume_series *series, const char *path)
{
	size_t len = strlen(path);
	const char *extension = len > 4 ? path + len - 4 : "";
	bool rar = strcasecmp(extension, ".rar") == 0, zip = strcasecmp(extension, ".zip") == 0;
	bool volume = extension[0] == '.' && isdigit((unsigned char)extension[2]) && isdigit((unsigned char)extension[3]);
	int letter = volume ? tolower((unsigned char)extension[1]) : 0;

	if (!rar && !zip && letter != 'r' && letter != 'z')
		return false;
	unsigned number = volume ? (unsigned)(extension[2] - '0') * 10 + (unsigned)(extension[3] - '0') : 0;

	series->kind = rar || letter == 'r' ? VOLUME_OLD_RAR : VOLUME_SPLIT_ZIP;
	series->prefix = len - 3;
	series->upper = isupper((unsigned char)extension[1]) != 0;
	series->named_so = volume;
	series->place = rar ? 0 : zip ? VOLUME_LAST : letter == 'r' ? number + 1 : number > 0 ? number - 1 : 0;
	return true;
}

bool volume_series_of(struct volume_series *series, const char *path)
{
	*series = (struct volume_series){.kind = VOLUME_NONE};
	return is_numbered(series, path) || is_extension(series, path);
}

char *volume_nth(const struct volume_series *series, const char *path, unsigned n)
{
	int prefix = (int)series->prefix;

	switch (series->kind) {
	case VOLUME_OLD_RAR:
		if (n == 0)
			return xasprintf("%.*s%s", prefix, path, series->upper ? "RAR" : "rar");
		return xasprintf("%.*s%c%02u", prefix, path, series->upper ? 'R' : 'r', n - 1);
	case VOLUME_SPLIT_ZIP:
		if (n == VOLUME_LAST)
			return xasprintf("%.*s%s", prefix, path, series->upper ? "ZIP" : "zip");
		return xasprintf("%.*s%c%02u", prefix, path, series->upper ? 'Z' : 'z', n + 1);
	default:
		return xasprintf("%.*s%0*u%s", prefix, path, series->width, series->start + n, series->suffix);
	}
}
