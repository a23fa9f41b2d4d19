#include "config/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {
	{"ms", 1},
	{"s", 1000},
	{"m", 60000},
	{"h", 3600000},
	{"d", 86400000},
	{"w", UINT64_C(604800000)},
};
static const struct unit sizes[] = {
	{"", 1},
	{"K", UINT64_C(1) << 10},
	{"M", UINT64_C(1) << 20},
	{"G", UINT64_C(1) << 30},
	{"T", UINT64_C(1) << 40},
	{"KiB", UINT64_C(1) << 10},
	{"MiB", UINT64_C(1) << 20},
	{"GiB", UINT64_C(1) << 30},
	{"TiB", UINT64_C(1) << 40},
};
static const int64_t LONGEST_DURATION_MS = INT64_C(10) * 366 * 86400 * 1000;

/* Reads the digits text begins with; returns what follows them, or NULL when there are none or too many. */
static const char *digits(const char *text, uint64_t *number)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++) {
		if (value > (INT64_MAX - 9) / 10)
			return NULL;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*number = value;
	return text;
}

static bool with_unit(const char *text, const struct unit *units, size_t count, uint64_t *result)
{
	uint64_t number;
	const char *rest = digits(text, &number);

	if (rest == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(rest, units[i].name) == 0) {
			if (number > INT64_MAX / units[i].factor)
				return false;
			*result = number * units[i].factor;
			return true;
		}
	}
	return false;
}

bool units_number(const char *text, uint64_t *number)
{
	const char *rest = digits(text, number);

	return rest != NULL && *rest == '\0';
}

bool units_duration(const char *text, int64_t *milliseconds)
{
	uint64_t result;

	if (!with_unit(text, durations, sizeof durations / sizeof durations[0], &result) || result > (uint64_t)LONGEST_DURATION_MS)
		return false;
	*milliseconds = (int64_t)result;
	return true;
}

bool units_size(const char *text, uint64_t *bytes)
{
	return with_unit(text, sizes, sizeof sizes / sizeof sizes[0], bytes);
}

bool units_moment(const char *text, int64_t now_ms, int64_t *moment_ms)
{
	static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"};
	int64_t ago;

	if (units_duration(text, &ago)) {
		*moment_ms = now_ms - ago;
		return true;
	}
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct tm parts = {.tm_mday = 1};
		const char *end = strptime(text, formats[i], &parts);

		if (end != NULL && *end == '\0') {
			struct tm normalised = parts;

			*moment_ms = (int64_t)timegm(&normalised) * 1000;
			return normalised.tm_mday == parts.tm_mday;
		}
	}
	return false;
}

static void print_with(const struct unit *unit, int64_t milliseconds, char text[UNITS_TEXT_BYTES])
{
	(void)snprintf(text, UNITS_TEXT_BYTES, "%" PRId64 "%s", milliseconds / (int64_t)unit->factor, unit->name);
}

void units_print_duration(int64_t milliseconds, char text[UNITS_TEXT_BYTES])
{
	const struct unit *unit = &durations[0];

	for (size_t i = 1; i < sizeof durations / sizeof durations[0] && strcmp(durations[i].name, "w") != 0; i++)
		if (milliseconds % (int64_t)durations[i].factor == 0)
			unit = &durations[i];
	print_with(unit, milliseconds, text);
}

void units_print_moment(int64_t moment_ms, char text[UNITS_TEXT_BYTES])
{
	time_t seconds = (time_t)(moment_ms / 1000);
	struct tm parts;

	if (gmtime_r(&seconds, &parts) == NULL || strftime(text, UNITS_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		text[0] = '\0';
}

void units_print_age(int64_t milliseconds, char text[UNITS_TEXT_BYTES])
{
	const struct unit *unit = &durations[1];

	for (size_t i = 2; i < sizeof durations / sizeof durations[0] && strcmp(durations[i].name, "w") != 0; i++)
		if (milliseconds >= (int64_t)durations[i].factor)
			unit = &durations[i];
	print_with(unit, milliseconds > 0 ? milliseconds : 0, text);
}
