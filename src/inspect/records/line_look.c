/* What a value of a line looks like: a secret, a word, or one of the many things that lists hold beside addresses. */
#include <string.h>

#include "inspect/records/line_bytes.h"
#include "inspect/records/line_token.h"

enum { LOOK_BYTES = 1024 /* a longer value looks as its beginning does */ };

static size_t digits_at(struct slice value, size_t at)
{
	size_t count = 0;

	while (at + count < value.len && is_digit(value.data[at + count]))
		count++;
	return count;
}

/* 2026-05-04, 04.05.2026, 5/4/26, 10:22, 10:22:33; with what follows a date. */
static bool is_date(struct slice value)
{
	size_t first = digits_at(value, 0);

	if (first == 0 || first > 4 || first >= value.len)
		return false;
	char sign = value.data[first];
	if (!one_of(sign, "-./:"))
		return false;
	size_t second = digits_at(value, first + 1), at = first + 1 + second;
	if (second == 0 || second > 2)
		return false;
	if (sign == ':')
		return first <= 2 && second == 2 && (at == value.len || one_of(value.data[at], ": apAP-"));
	if (at >= value.len || value.data[at] != sign)
		return false;
	size_t third = digits_at(value, at + 1);
	at += 1 + third;
	return (first == 4 ? third == 1 || third == 2 : first <= 2 && (third == 2 || third == 4)) &&
	       (at == value.len || one_of(value.data[at], " T,"));
}

bool token_is_phone(struct slice value)
{
	size_t digits = 0, signs_seen = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (is_digit(value.data[i]))
			digits++;
		else if (one_of(value.data[i], "+-() ./"))
			signs_seen++;
		else
			return false;
	}
	return digits >= 6 && digits <= 16 && signs_seen > 0 && (one_of(value.data[0], "+(") || signs_seen <= 6);
}

static bool is_release(struct slice name)
{
	static const char *const names[] = {"rc", "beta", "alpha", "pre", "dev", "snapshot", "final", "ga", "lts"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_starts_nocase(name, names[i]))
			return true;
	return false;
}

static bool is_version(struct slice value)
{
	size_t at = value.len > 1 && one_of(value.data[0], "vV") ? 1 : 0, parts = 0;

	while (digits_at(value, at) > 0) {
		at += digits_at(value, at);
		parts++;
		if (parts >= 2 && at < value.len && value.data[at] == '-') /* 2.0.1-rc1 */
			return is_release(slice_from(value, at + 1));
		if (at == value.len)
			return parts >= 2 || (parts == 1 && one_of(value.data[0], "vV"));
		if (value.data[at++] != '.')
			return false;
	}
	return false;
}

static const char *const file_endings[] = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".txt", ".csv", ".zip", ".tar", ".gz",
	".tgz", ".7z", ".rar", ".git", ".log", ".sql", ".jpg", ".jpeg", ".png", ".gif", ".html", ".htm", ".php", ".js", ".css", ".py",
	".sh", ".conf", ".cfg", ".xml", ".json", ".yml", ".yaml", ".bak", ".eml", ".msg", ".pst", ".iso", ".exe", ".dll", ".deb", ".rpm"};

static bool is_file(struct slice value)
{
	const char *dot = memrchr(value.data, '.', value.len);

	if (dot == NULL || value.data + value.len - dot > 5)
		return false;
	for (size_t i = 0; i < sizeof file_endings / sizeof *file_endings; i++)
		if (value.len > strlen(file_endings[i]) && slice_ends_nocase(value, file_endings[i]))
			return true;
	return false;
}

static bool is_path(struct slice value)
{
	if (value.data[0] == '/' && (value.len == 1 || memchr(value.data + 1, '/', value.len - 1) != NULL))
		return true;
	if (slice_starts_nocase(value, "~/") || slice_starts_nocase(value, "./") || slice_starts_nocase(value, "../"))
		return true;
	return value.len > 2 && is_alpha(value.data[0]) && value.data[1] == ':' && one_of(value.data[2], "\\/") &&
	       memchr(value.data + 3, '\\', value.len - 3) != NULL;
}

/* backup/, team/app: lower-case names between slashes. */
static bool is_relative_path(struct slice value)
{
	bool slash = false;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (!(c >= 'a' && c <= 'z') && !is_digit(c) && !one_of(c, "._-/"))
			return false;
		slash |= c == '/';
	}
	return slash;
}

/* 50%, -3.5 GB, 9,99 EUR, $20. */
static bool is_measure(struct slice value)
{
	static const char *const units[] = {
		"", "%", "gb", "mb", "kb", "tb", "ms", "px", "kg", "km", "usd", "eur", "gbp", "\xe2\x82\xac", "$"};
	size_t at = 0;

	while (at < value.len && one_of(value.data[at], "+-$~<> "))
		at++;
	size_t digits = at, marks = 0;
	while (at < value.len && (is_digit(value.data[at]) || one_of(value.data[at], ".,")))
		marks += !is_digit(value.data[at++]);
	if (at == digits + marks || (at == value.len && digits == 0 && marks == 0))
		return false;
	struct slice unit = slice_trim(slice_from(value, at));
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (slice_equal_nocase(unit, slice_of(units[i])))
			return true;
	return false;
}

/* CN=John Doe, OU=Sales: a distinguished name goes on. */
static bool is_attribute(struct slice value)
{
	size_t at = 0;

	while (at < value.len && value.data[at] >= 'A' && value.data[at] <= 'Z')
		at++;
	return at > 0 && at <= 3 && at + 1 < value.len && value.data[at] == '=' && is_alpha(value.data[at + 1]) &&
	       value.data[value.len - 1] != '=';
}

/* 550e8400-e29b-41d4-a716-446655440000. */
static bool is_uuid(struct slice value)
{
	if (value.len != 36)
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? value.data[i] != '-' : !is_hex(value.data[i]))
			return false;
	return true;
}

/* Seconds or milliseconds since 1970, of 2014 to 2033. */
static bool is_epoch(struct slice value)
{
	return (value.len == 10 || value.len == 13) && digits_at(value, 0) == value.len && value.data[0] == '1' && value.data[1] >= '4';
}

/* INV-2024-00123, CVE-2026-1234, RP123456789DE: what clerks and trackers number things by. */
static bool is_reference(struct slice value)
{
	size_t letters = 0, at;

	while (letters < value.len && value.data[letters] >= 'A' && value.data[letters] <= 'Z')
		letters++;
	if (letters == 2 && value.len == 13 && digits_at(value, 2) == 9)
		return is_alpha(value.data[11]) && is_alpha(value.data[12]);
	if (letters < 2 || letters > 5 || letters == value.len)
		return false;
	for (at = letters; at < value.len && value.data[at] == '-'; at += digits_at(value, at))
		if (digits_at(value, ++at) == 0)
			return false;
	return at == value.len;
}

/* DE89 3704...: two letters, and the check digits are right. */
static bool is_iban(struct slice value)
{
	unsigned rest = 0;

	if (value.len < 15 || value.len > 34 || !is_alpha(value.data[0]) || !is_alpha(value.data[1]) || digits_at(value, 2) < 2)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[(i + 4) % value.len];
		if (!is_digit(c) && (c < 'A' || c > 'Z'))
			return false;
		rest = is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1;
}

/* de-DE, pt_BR. */
static bool is_locale(struct slice value)
{
	return value.len == 5 && one_of(value.data[2], "-_") && value.data[0] >= 'a' && value.data[0] <= 'z' && value.data[1] >= 'a' &&
	       value.data[1] <= 'z' && value.data[3] >= 'A' && value.data[3] <= 'Z' && value.data[4] >= 'A' && value.data[4] <= 'Z';
}

/* 5F:4D:CC:..., Fingerprint=5F:4D:CC:...: of a certificate or a key. */
static bool is_fingerprint(struct slice value)
{
	size_t sign = slice_find_byte(value, '='), at = sign < value.len ? sign + 1 : 0, pairs = 0;

	while (at + 1 < value.len && is_hex(value.data[at]) && is_hex(value.data[at + 1])) {
		pairs++;
		at += 2;
		if (at < value.len && value.data[at++] != ':')
			return false;
	}
	return pairs >= 6 && at >= value.len;
}

/* #ff8800, 0x1A2B3C. */
static bool is_code_number(struct slice value)
{
	size_t at = value.data[0] == '#' ? 1 : 2;

	if (value.data[0] == '#' ? value.len != 7 : value.len > 18 || value.len < 3 || !slice_starts_nocase(value, "0x"))
		return false;
	while (at < value.len && is_hex(value.data[at]))
		at++;
	return at == value.len;
}

/* Mozilla/5.0, curl/8.4.0: a program and its version. */
static bool is_product(struct slice value)
{
	size_t at = 0;

	while (at < value.len && (is_alpha(value.data[at]) || value.data[at] == '-'))
		at++;
	if (at < 2 || at + 1 >= value.len || value.data[at] != '/')
		return false;
	return memchr(value.data + at, '.', value.len - at) != NULL && is_version(slice_from(value, at + 1));
}

/* application/xhtml+xml. */
static bool is_media_type(struct slice value)
{
	static const char *const types[] = {"application/", "text/", "image/", "audio/", "video/", "multipart/", "message/", "font/"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_starts_nocase(value, types[i]))
			return true;
	return false;
}

enum kind { KIND_LOWER, KIND_UPPER, KIND_DIGIT, KIND_BLANK, KIND_HIGH, KIND_SIGN, KINDS };

struct kinds {
	size_t lower, upper, digit, sign, high, blank, inner_upper, hyphen;
};

static enum kind kind_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return KIND_LOWER;
	if (c >= 'A' && c <= 'Z')
		return KIND_UPPER;
	if (is_digit(c))
		return KIND_DIGIT;
	return is_blank(c) ? KIND_BLANK : is_high(c) ? KIND_HIGH : KIND_SIGN;
}

/* Values of lists have their kinds counted more often than anything else is done with them: one count a byte. */
static struct kinds kinds_of(struct slice value)
{
	size_t counts[KINDS] = {0}, inner_upper = 0, hyphen = 0;
	enum kind before = KIND_SIGN;

	for (size_t i = 0; i < value.len; i++) {
		enum kind kind = kind_of(value.data[i]);

		counts[kind]++;
		inner_upper += kind == KIND_UPPER && before == KIND_LOWER;
		hyphen += kind == KIND_SIGN && one_of(value.data[i], "-'.");
		before = kind;
	}
	return (struct kinds){.lower = counts[KIND_LOWER],
		.upper = counts[KIND_UPPER],
		.digit = counts[KIND_DIGIT],
		.sign = counts[KIND_SIGN],
		.high = counts[KIND_HIGH],
		.blank = counts[KIND_BLANK],
		.inner_upper = inner_upper,
		.hyphen = hyphen};
}

static enum token_look look_of_kinds(const struct kinds *kinds, size_t len)
{
	int count = (kinds->lower > 0) + (kinds->upper > 0) + (kinds->digit > 0) + (kinds->sign > 0) + (kinds->high > 0);

	if (kinds->digit == len)
		return len <= 5 ? LOOK_PORT : LOOK_NUMBER;
	if (kinds->digit == 0 && kinds->sign == kinds->hyphen && kinds->inner_upper == 0) {
		if (kinds->upper > 0 || kinds->high > 0)
			return LOOK_NAME;
		return kinds->sign > 0 && len < 12 ? LOOK_NAME : LOOK_WORD;
	}
	if (count >= 3 || (count == 2 && len >= 8 && kinds->digit > 0) || (kinds->sign > 2 && len >= 8))
		return LOOK_STRONG;
	return LOOK_FAIR;
}

/* With two dots a host; with one it may be john.doe. */
static bool is_deep_host(struct slice value)
{
	const char *dot = memchr(value.data, '.', value.len);

	return dot != NULL && memrchr(value.data, '.', value.len) != dot && token_is_host(value);
}

/* (OI)(CI)(F), as icacls prints who may do what. */
static bool is_access_list(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((value.data[i] < 'A' || value.data[i] > 'Z') && !one_of(value.data[i], "(),"))
			return false;
	return true;
}

enum token_look token_look(struct slice value)
{
	value = slice_trim(slice_until(value, LOOK_BYTES));
	if (value.len == 0 || is_path(value) || (value.data[0] == '<' && value.data[value.len - 1] == '>'))
		return LOOK_NEVER;
	if (value.data[0] == '(' && value.data[value.len - 1] == ')')
		return is_access_list(value) ? LOOK_NEVER : LOOK_OTHER;
	struct kinds kinds = kinds_of(value);
	if (is_deep_host(value) || token_is_ip(value) || is_date(value) || is_version(value) || is_file(value) || is_attribute(value) ||
		is_relative_path(value) || is_measure(value) || is_uuid(value) || is_epoch(value) || is_reference(value) ||
		is_iban(value) || is_product(value) || is_code_number(value) || is_fingerprint(value) || is_locale(value) ||
		is_media_type(value))
		return LOOK_OTHER;
	if (kinds.digit < value.len && token_is_phone(value))
		return LOOK_OTHER;
	if (token_is_email(value) || (value.len > 3 && token_scheme_next(value, 0) == 0) || slice_starts_nocase(value, "mailto:") ||
		(slice_starts_nocase(value, "www.") && token_is_host(slice_until(value, slice_find_byte(value, '/')))))
		return LOOK_OTHER;
	if (kinds.blank > 0)
		return LOOK_SENTENCE;
	return look_of_kinds(&kinds, value.len);
}

unsigned token_skeleton(struct slice value)
{
	unsigned hash = 5381;

	for (size_t i = 0; i < value.len; i++)
		if (is_alpha(value.data[i]))
			hash = hash * 33 + (unsigned char)(value.data[i] | 0x20);
	return hash;
}
