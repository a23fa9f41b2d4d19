#include "inspect/records/times.h"
#include "shared/byteset.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { TIME_TEXT_MAX = 128, NUMBERS_MAX = 8 };

static const int64_t since_1601_s = INT64_C(11644473600);

/* ---- one number ------------------------------------------------------------------------------- */

static bool plausible(double seconds, int64_t *ms)
{
	if (seconds < 631152000.0 || seconds > 7258118400.0) /* 1990 and 2200 */
		return false;
	*ms = (int64_t)(seconds * 1000.0);
	return true;
}

bool time_from_number(double number, int64_t *ms)
{
	static const double units[] = {1, 1e3, 1e6, 1e9};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (plausible(number / units[i], ms))
			return true;
	return plausible(number / 1e6 - (double)since_1601_s, ms) || plausible(number / 1e7 - (double)since_1601_s, ms) ||
	       plausible(number - (double)since_1601_s, ms) || plausible(number / 1e3 - (double)since_1601_s, ms);
}

/* ---- dates ------------------------------------------------------------------------------------ */

struct reading {
	int numbers[NUMBERS_MAX];
	size_t widths[NUMBERS_MAX];
	size_t count;
	int month;          /* by name */
	size_t month_after; /* numbers before its name */
	int hour, minute, second;
	bool has_time, pm, am;
	bool dotted; /* "05.09.2026" */
	int zone_minutes;
};

static int month_of(struct slice word)
{
	static const char *const names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

	for (int i = 0; i < 12; i++)
		if (word.len >= 3 && strncasecmp(word.data, names[i], 3) == 0)
			return i + 1;
	return 0;
}

static size_t digits_at(struct slice text, size_t at, int *value)
{
	size_t len = 0;

	*value = 0;
	while (at + len < text.len && len < 9 && isdigit((unsigned char)text.data[at + len])) {
		*value = *value * 10 + (text.data[at + len] - '0');
		len++;
	}
	return len;
}

/* In names of folders, where a colon must not stand, a clock behind a date has another sign: "2024_07_04T17_43_07". */
static bool parts_clock(struct slice text, size_t at, char sign, const struct reading *reading)
{
	bool behind_date = reading->count >= 3 && at > 0 && one_of(text.data[at - 1], "T _");

	return sign == ':' || (behind_date && (sign == '_' || sign == '-'));
}

/* "5:43:07", "05:37", behind it fractions and AM or PM. Returns the length, 0 where there is no clock. */
static size_t clock_at(struct slice text, size_t at, struct reading *reading)
{
	size_t start = at;
	int hour, minute, second = 0;
	char sign;
	size_t len = digits_at(text, at, &hour);

	if (len == 0 || len > 2 || at + len >= text.len || !parts_clock(text, at, text.data[at + len], reading))
		return 0;
	sign = text.data[at + len];
	at += len + 1;
	len = digits_at(text, at, &minute);
	if (len == 0 || len > 2)
		return 0;
	at += len;
	if (at + 1 < text.len && text.data[at] == sign && (len = digits_at(text, at + 1, &second)) > 0)
		at += len + 1;
	if (at + 1 < text.len && text.data[at] == '.' && isdigit((unsigned char)text.data[at + 1]))
		for (at++; at < text.len && isdigit((unsigned char)text.data[at]); at++)
			;
	reading->hour = hour;
	reading->minute = minute;
	reading->second = second;
	reading->has_time = true;
	return at - start;
}

/* "+0200", "+02:00", "-5" behind a time. */
static size_t zone_at(struct slice text, size_t at, struct reading *reading)
{
	int hours, minutes = 0, sign = text.data[at] == '-' ? -1 : 1;
	size_t len = digits_at(text, at + 1, &hours), end = at + 1 + len;

	if (len == 0 || len == 3 || len > 4)
		return 0;
	if (len == 4) {
		minutes = hours % 100;
		hours /= 100;
	} else if (end + 2 < text.len && text.data[end] == ':') {
		end += 1 + digits_at(text, end + 1, &minutes);
	}
	if (hours > 14 || minutes > 59)
		return 0;
	reading->zone_minutes = sign * (hours * 60 + minutes);
	return end - at;
}

/* "CEST": minutes east of Greenwich, 0 for any other word. */
static int zone_named(struct slice word)
{
	static const struct {
		const char *name;
		int minutes;
	} zones[] = {{"cet", 60}, {"cest", 120}, {"eet", 120}, {"eest", 180}, {"msk", 180}, {"bst", 60}, {"est", -300}, {"edt", -240},
		{"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}};

	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
		if (slice_equal_nocase(word, slice_of(zones[i].name)))
			return zones[i].minutes;
	return 0;
}

static size_t word_at(struct slice text, size_t at, struct reading *reading)
{
	size_t len = 0;
	struct slice word;

	while (at + len < text.len && isalpha((unsigned char)text.data[at + len]))
		len++;
	word = (struct slice){text.data + at, len};
	if (reading->has_time && slice_equal_nocase(word, SLICE_TEXT("pm")))
		reading->pm = true;
	else if (reading->has_time && slice_equal_nocase(word, SLICE_TEXT("am")))
		reading->am = true;
	else if (reading->has_time && reading->zone_minutes == 0 && zone_named(word) != 0)
		reading->zone_minutes = zone_named(word);
	else if (reading->month == 0 && (reading->month = month_of(word)) != 0)
		reading->month_after = reading->count;
	return len;
}

static void read_tokens(struct slice text, struct reading *reading)
{
	size_t at = 0, len = 0;

	while (at < text.len) {
		char c = text.data[at];

		if (isdigit((unsigned char)c)) {
			len = !reading->has_time ? clock_at(text, at, reading) : 0;
			if (len == 0) {
				int value;

				len = digits_at(text, at, &value);
				if (reading->count == 0)
					reading->dotted = at + len < text.len && text.data[at + len] == '.';
				if (reading->count < NUMBERS_MAX) {
					reading->numbers[reading->count] = value;
					reading->widths[reading->count++] = len;
				}
			}
		} else if (isalpha((unsigned char)c)) {
			len = word_at(text, at, reading);
		} else if ((c == '+' || c == '-') && reading->has_time && at + 1 < text.len && isdigit((unsigned char)text.data[at + 1]) &&
			   reading->zone_minutes == 0) {
			len = zone_at(text, at, reading);
		} else if (c == '(' && reading->has_time && reading->count > 1) {
			return;
		} else {
			len = 1;
		}
		at += len > 0 ? len : 1;
	}
}

static bool resolve_numbers(const struct reading *reading, enum date_order order, int *year, int *month, int *day)
{
	const int *n = reading->numbers;
	size_t first = 0;

	if (reading->month != 0) { /* "06 Jul 2024", "Jul 06 2024", "Jul 06 ... 2024" */
		if (reading->count < 2)
			return false;
		*month = reading->month;
		*day = n[0];
		*year = n[1];
		if (n[0] > 31) {
			*year = n[0];
			*day = n[1];
		}
	} else if (reading->count > 0 && reading->widths[0] == 8) { /* 20240706 */
		*year = n[0] / 10000;
		*month = n[0] / 100 % 100;
		*day = n[0] % 100;
	} else if (reading->count >= 3 && reading->widths[0] == 4) {
		*year = n[0];
		*month = n[1];
		*day = n[2];
	} else {
		while (first + 2 < reading->count && reading->widths[first] > 2)
			first++;
		if (first + 2 >= reading->count)
			return false;
		*day = order == DAY_FIRST ? n[first] : n[first + 1];
		*month = order == DAY_FIRST ? n[first + 1] : n[first];
		*year = n[first + 2];
		if (*month > 12 && *day <= 12) {
			int swap = *month;

			*month = *day;
			*day = swap;
		}
	}
	if (*year < 100)
		*year += 2000;
	return *year >= 1990 && *year < 2200 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= 31;
}

bool time_read(struct slice text, enum date_order order, int64_t *ms)
{
	struct reading reading = {0};
	struct tm parts = {0};
	int year, month, day;

	text = slice_until(slice_trim(text), TIME_TEXT_MAX);
	read_tokens(text, &reading);
	if (!resolve_numbers(&reading, reading.dotted ? DAY_FIRST : order, &year, &month, &day))
		return false;
	parts.tm_year = year - 1900;
	parts.tm_mon = month - 1;
	parts.tm_mday = day;
	parts.tm_hour = reading.pm && reading.hour < 12 ? reading.hour + 12 : reading.am && reading.hour == 12 ? 0 : reading.hour;
	parts.tm_min = reading.minute;
	parts.tm_sec = reading.second;
	if (parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
		return false;
	*ms = ((int64_t)timegm(&parts) - reading.zone_minutes * INT64_C(60)) * 1000;
	return true;
}
