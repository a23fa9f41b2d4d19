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

static bool ends_as_archive(struct slice name)
{
	static const char *const archives[] = {".7z", ".zip", ".rar", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".zst"};

	for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++)
		if (slice_ends_nocase(name, archives[i]))
			return true;
	return false;
}

/* Few enough that no extension is one of them. */
static bool may_number(const char *letters, size_t count)
{
	static const char *const extensions[] = {"br", "bz", "db", NULL};

	for (size_t i = 0; extensions[i] != NULL; i++)
		if (strcmp(letters, extensions[i]) == 0)
			return false;
	return count == 2 ? letters[0] <= 'f' : count == 3 && letters[0] == 'a' && letters[1] == 'a';
}

/* x.tar.gz.aa, x.zip.part-aa: as split names them */
static bool is_lettered(struct volume_series *series, const char *path)
{
	size_t len = strlen(path), letters = 0, place = 0;

	while (letters < len && path[len - 1 - letters] >= 'a' && path[len - 1 - letters] <= 'z')
		letters++;
	size_t dot = len - letters;
	if (!may_number(path + dot, letters) || dot < 2 || strchr("._-", path[dot - 1]) == NULL)
		return false;
	struct slice name = {path, dot - 1};
	if (slice_ends_nocase(name, ".part"))
		name.len -= strlen(".part");
	if (!ends_as_archive(name))
		return false;
	for (size_t i = dot; i < len; i++)
		place = place * 26 + (size_t)(path[i] - 'a');
	*series = (struct volume_series){.kind = VOLUME_LETTERED, .prefix = dot, .width = (int)letters, .place = (uint32_t)place};
	series->named_so = true;
	return true;
}

static char *nth_lettered(const struct volume_series *series, const char *path, unsigned n)
{
	char *name = xasprintf("%.*s", (int)series->prefix + series->width, path);

	for (int i = series->width - 1; i >= 0; i--, n /= 26)
		name[series->prefix + (size_t)i] = (char)('a' + n % 26);
	return name;
}

/* x.part1.rar, x.part01, x.7z.001 */
static bool is_numbered(struct volume_series *series, const char *path)
{
	size_t len = strlen(path), digits = digits_before(path, len), dot = len - digits;

	if (digits >= 3 && dot > 1 && path[dot - 1] == '.') {
		series->named_so = ends_as_archive((struct slice){path, dot - 1});
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
	return is_numbered(series, path) || is_lettered(series, path) || is_extension(series, path);
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
	case VOLUME_LETTERED:
		return nth_lettered(series, path, n);
	default:
		return xasprintf("%.*s%0*u%s", prefix, path, series->width, series->start + n, series->suffix);
	}
}
