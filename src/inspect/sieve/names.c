/* The names of the watch-list as literals, in every encoding that keeps them recognisable. */
#include "inspect/sieve/names.h"

#include <ctype.h>
#include <idn2.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/services.h"
#include "inspect/sieve/sieve.h"
#include "inspect/watch.h"
#include "shared/mem.h"

enum { NAME_BYTES = 512, BASE64_LEAST = 10, ESCAPED_ESCAPE = 9, DASHES = 3 };

static struct literal in_encoding(struct literal like, enum encoding encoding, bool caseless)
{
	like.encoding = encoding;
	like.caseless = caseless;
	return like;
}

static size_t to_utf16(const char *name, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = name[i];
		out[2 * i + 1] = '\0';
	}
	return 2 * len;
}

/* The characters of base64 that depend on the name alone, for each of the three ways it can be aligned. */
static void add_base64(struct literals *literals, const char *bytes, size_t len, struct literal like)
{
	unsigned char padded[2 * NAME_BYTES + 2];
	char encoded[sodium_base64_ENCODED_LEN(sizeof padded, sodium_base64_VARIANT_ORIGINAL)];

	for (size_t shift = 0; shift < 3; shift++) {
		memset(padded, 0, shift);
		memcpy(padded + shift, bytes, len);
		sodium_bin2base64(encoded, sizeof encoded, padded, len + shift, sodium_base64_VARIANT_ORIGINAL);
		size_t from = (shift * 8 + 5) / 6, to = (shift + len) * 8 / 6;

		if (to - from >= BASE64_LEAST)
			literals_add(literals, encoded + from, to - from, in_encoding(like, ENCODING_BASE64, false));
	}
}

static void add_base64_cases(struct literals *literals, const char *name, size_t len, struct literal like)
{
	char cased[3][NAME_BYTES];
	char wide[2 * NAME_BYTES];

	for (size_t i = 0; i < len; i++) {
		cased[0][i] = name[i];
		cased[1][i] = (char)tolower((unsigned char)name[i]);
		cased[2][i] = (char)toupper((unsigned char)name[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		if (i == 1 && memcmp(cased[1], cased[0], len) == 0)
			continue;
		add_base64(literals, cased[i], len, like);
		add_base64(literals, wide, to_utf16(cased[i], len, wide), like);
	}
}

/* Percent-encoding: what URLs must escape; the same in a form; that and every '.', '-' and '_'; and every byte. */
static void add_percent(struct literals *literals, const char *name, size_t len, struct literal like)
{
	static const char *const kept[] = {".-_", ".-_ ", "", NULL};
	char out[3 * NAME_BYTES];

	for (size_t form = 0; form < sizeof kept / sizeof *kept; form++) {
		size_t used = 0;
		bool escaped = form == 1 && memchr(name, ' ', len) != NULL;

		for (size_t i = 0; i < len; i++) {
			bool letter = isalnum((unsigned char)name[i]) != 0;

			if (kept[form] != NULL && (letter || strchr(kept[form], name[i]) != NULL)) {
				out[used++] = name[i] == ' ' ? '+' : name[i];
				continue;
			}
			out[used++] = '%';
			out[used++] = "0123456789ABCDEF"[(unsigned char)name[i] >> 4];
			out[used++] = "0123456789ABCDEF"[(unsigned char)name[i] & 15];
			escaped = true;
		}
		if (escaped)
			literals_add(literals, out, used, in_encoding(like, ENCODING_PERCENT, true));
	}
}

/* separator: between two bytes, or 0. */
static void add_hex(struct literals *literals, const char *bytes, size_t len, char separator, struct literal like)
{
	char out[6 * NAME_BYTES];
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (separator != '\0' && i > 0)
			out[used++] = separator;
		out[used++] = "0123456789abcdef"[(unsigned char)bytes[i] >> 4];
		out[used++] = "0123456789abcdef"[(unsigned char)bytes[i] & 15];
	}
	literals_add(literals, out, used, in_encoding(like, ENCODING_HEX, true));
}

static void add_name(struct literals *literals, const char *name, enum name_kind kind, size_t index)
{
	struct literal like = {.kind = kind, .name = (uint32_t)index};
	size_t len = strlen(name);
	char wide[2 * NAME_BYTES];

	if (len == 0 || len > NAME_BYTES)
		return;
	literals_add(literals, name, len, in_encoding(like, ENCODING_NONE, true));
	/* From the first letter to the last both byte orders read alike; the offset tells them apart (lane.c). libhs takes no
	 * literal that begins with a 0 byte. */
	literals_add(literals, wide, to_utf16(name, len, wide) - 1, in_encoding(like, ENCODING_UTF16LE, true));
	add_percent(literals, name, len, like);
	add_base64_cases(literals, name, len, like);
	for (const char *separator = " :-"; *separator != '\0'; separator++)
		add_hex(literals, name, len, *separator, like);
	add_hex(literals, name, len, '\0', like);
	add_hex(literals, wide, to_utf16(name, len, wide), '\0', like);
}

/* A host or domain, and the form with letters of its own alphabet where it is an IDN. */
static void add_host(struct literals *literals, const char *name, enum name_kind kind, size_t index)
{
	char *unicode = NULL;

	add_name(literals, name, kind, index);
	if (idn2_to_unicode_8z8z(name, &unicode, 0) == IDN2_OK && strcasecmp(unicode, name) != 0)
		literals_add(literals, unicode, strlen(unicode), (struct literal){.kind = kind, .name = (uint32_t)index, .caseless = true});
	idn2_free(unicode);
}

/* ": ROYALPOST", "=ROYALPOST", ">ROYALPOST<", ",ROYALPOST,": alone, as the value of a key or of a column; jdoe@ROYALPOST. */
static void add_logon_values(struct literals *literals, const char *name, size_t index)
{
	static const char *const before[] = {": ", "=", ":", "\"", "'", ">", "= ", "@", ",", ";", "|", "\t"};
	struct literal like = {.kind = NAME_LOGON, .name = (uint32_t)index};

	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		char *text = xasprintf("%s%s", before[i], name), wide[2 * NAME_BYTES];
		size_t len = strlen(text);

		if (len <= NAME_BYTES) {
			literals_add(literals, text, len, in_encoding(like, ENCODING_NONE, true));
			literals_add(literals, wide, to_utf16(text, len, wide) - 1, in_encoding(like, ENCODING_UTF16LE, true));
		}
		free(text);
	}
}

/* ROYALPOST\ and ROYALPOST/, and ::ROYALPOST: as captured NTLM answers have it; a DNS name (the UPN suffix) as a domain. */
static void add_logon(struct literals *literals, const char *name, size_t index)
{
	if (strchr(name, '.') != NULL) {
		add_host(literals, name, NAME_LOGON, index);
		return;
	}
	for (const char *separator = "\\/"; *separator != '\0'; separator++) {
		char *text = xasprintf("%s%c", name, *separator);

		add_name(literals, text, NAME_LOGON, index);
		free(text);
	}
	char *captured = xasprintf("::%s:", name);

	add_name(literals, captured, NAME_LOGON, index);
	free(captured);
	add_logon_values(literals, name, index);
}

/* Whether the text of a host or of an address already holds the name of a watched domain. */
static bool covered(const struct host_set *domains, const char *host)
{
	uint32_t entry;
	bool exact;

	return host_set_find(domains, host, &exact, &entry);
}

void literals_of_services(struct literals *literals, const struct engine *engine)
{
	size_t count, own = engine->config->n_services;
	const struct service *all = services_all(engine->services, &count);

	for (size_t i = 0; i < own; i++)
		add_host(literals, engine->config->services[i], NAME_SERVICE, i);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < all[i].domains_count; j++)
			add_host(literals, all[i].domains[j], NAME_SERVICE, own + i);
}

void literals_of_names(struct literals *literals, const struct engine *engine)
{
	const Lt__InspectConfig *config = engine->config;
	struct host_set *domains = host_set_new();

	for (size_t i = 0; i < config->n_domains; i++) {
		host_set_add(domains, config->domains[i], (uint32_t)i);
		add_host(literals, config->domains[i], NAME_DOMAIN, i);
	}
	for (size_t i = 0; i < config->n_hosts; i++)
		if (!covered(domains, config->hosts[i]->name))
			add_host(literals, config->hosts[i]->name, NAME_HOST, i);
	for (size_t i = 0; i < config->n_logon_domains; i++)
		add_logon(literals, config->logon_domains[i], i);
	for (size_t i = 0; i < config->n_keywords; i++)
		add_name(literals, config->keywords[i], NAME_KEYWORD, i);
	for (size_t i = 0; i < config->n_staff; i++) {
		const char *at = strchr(config->staff[i]->address, '@');

		if (at != NULL && !covered(domains, at + 1))
			add_name(literals, config->staff[i]->address, NAME_STAFF, i);
	}
	host_set_free(domains);
}

/* ---- borders ---------------------------------------------------------------------------------- */

static bool word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* An escape that is percent-encoded itself, as in %5Cu0040royal-post.example: its view tells. */
static bool percent_before(const char *data, size_t at)
{
	size_t least = at > ESCAPED_ESCAPE ? at - ESCAPED_ESCAPE : 0;

	while (at > least && isalnum((unsigned char)data[at - 1]))
		at--;
	return at > least && data[at - 1] == '%';
}

/* Whether what ends at `at` is an escape whose last character looks like part of the name. */
static bool escape_before(const char *data, size_t at)
{
	if (at >= 2 && data[at - 2] == '\\' && one_of(data[at - 1], "nrtbf"))
		return true;
	if (at >= 3 && (data[at - 3] == '%' || data[at - 3] == '='))
		return isxdigit((unsigned char)data[at - 2]) && isxdigit((unsigned char)data[at - 1]);
	if (at >= 4 && data[at - 4] == '\\' && (data[at - 3] == 'x' || data[at - 3] == 'X'))
		return isxdigit((unsigned char)data[at - 2]) && isxdigit((unsigned char)data[at - 1]);
	if (at >= 6 && data[at - 6] == '\\' && (data[at - 5] == 'u' || data[at - 5] == 'U'))
		return true;
	return percent_before(data, at);
}

/* "address----secret": a row of hyphens parts fields, and stands in no name. */
static bool is_rule(const char *data, size_t data_len, size_t at)
{
	return at + DASHES <= data_len && memcmp(data + at, "---", DASHES) == 0;
}

static enum bounds before(const char *data, size_t at, const char *joins)
{
	if (at >= DASHES && is_rule(data, at, at - DASHES))
		return BOUNDS_WHOLE;
	if (at == 0 || (!isalnum((unsigned char)data[at - 1]) && memchr(joins, data[at - 1], strlen(joins)) == NULL))
		return BOUNDS_WHOLE;
	return escape_before(data, at) ? BOUNDS_ESCAPED : BOUNDS_PART;
}

enum bounds name_bounds(enum name_kind kind, const char *data, size_t data_len, size_t at, size_t len)
{
	size_t end = at + len;
	char next = end < data_len ? data[end] : '\0';
	char after = end + 1 < data_len ? data[end + 1] : '\0';

	if (kind == NAME_KEYWORD)
		return word_byte(next) ? BOUNDS_PART : before(data, at, "_");
	if (kind == NAME_LOGON && data[end - 1] == ':')
		return BOUNDS_WHOLE;
	if (kind == NAME_LOGON && !isalnum((unsigned char)data[at]) && data[at] != '_') /* as a value, whatever its key */
		return word_byte(next) || one_of(next, "-.\\/") ? BOUNDS_PART : BOUNDS_WHOLE;
	if (kind == NAME_LOGON && (data[end - 1] == '\\' || data[end - 1] == '/'))
		return before(data, at, "-_.");
	if (next == '-' && after == '%')
		return BOUNDS_ESCAPED;
	if (is_rule(data, data_len, end))
		return before(data, at, kind == NAME_STAFF ? "-_.+%" : "-_");
	/* "name->secret": an arrow, no longer name */
	if (word_byte(next) || (next == '-' && after != '>') || (next == '.' && isalnum((unsigned char)after)))
		return BOUNDS_PART;
	return before(data, at, kind == NAME_STAFF ? "-_.+%" : "-_");
}
