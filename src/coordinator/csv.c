#include "config.h"

#include "coordinator/csv.h"

#include <stdbool.h>
#include <string.h>

/* A member of the contract object, or of the object in it. Columns are only ever added at the end. */
static const struct {
	const char *title, *object, *member;
} columns[] = {
	{"id", NULL, "id"},
	{"severity", NULL, "severity"},
	{"state", NULL, "state"},
	{"kind", NULL, "kind"},
	{"account", NULL, "account"},
	{"audience", NULL, "audience"},
	{"service", NULL, "service"},
	{"url", NULL, "url"},
	{"secret_hint", "secret", "hint"},
	{"secret_length", "secret", "length"},
	{"secret_fingerprint", "secret", "fingerprint"},
	{"secret_value", "secret", "value"},
	{"secret_value_b64", "secret", "value_b64"},
	{"cookie_name", "cookie", "name"},
	{"cookie_domain", "cookie", "domain"},
	{"cookie_expires", "cookie", "expires"},
	{"cookie_live", "cookie", "live"},
	{"cookie_grants", "cookie", "grants"},
	{"hash_format", "hash", "format"},
	{"token_type", "token", "type"},
	{"token_issuer", "token", "issuer"},
	{"token_expires", "token", "expires"},
	{"post_title", "post", "title"},
	{"post_site", "post", "site"},
	{"post_link", "post", "link"},
	{"rule", NULL, "rule"},
	{"confidence", NULL, "confidence"},
	{"attribution", NULL, "attribution"},
	{"staff_name", "staff", "name"},
	{"staff_team", "staff", "team"},
	{"staff_privileged", "staff", "privileged"},
	{"first_for_account", NULL, "first_for_account"},
	{"machine_id", "machine", "id"},
	{"machine_name", "machine", "name"},
	{"machine_user", "machine", "user"},
	{"machine_infected_at", "machine", "infected_at"},
	{"machine_family", "machine", "family"},
	{"sightings", NULL, "sightings"},
	{"first_seen", NULL, "first_seen"},
	{"last_seen", NULL, "last_seen"},
	{"source", "evidence", "source"},
	{"page", "evidence", "url"},
	{"document", "evidence", "document"},
	{"path", "evidence", "path"},
	{"line", "evidence", "line"},
	{"offset", "evidence", "offset"},
	{"fetched_at", "evidence", "fetched_at"},
	{"via", "evidence", "via"},
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

void csv_field(FILE *stream, const char *text)
{
	bool formula, quote;

	if (!text || !*text)
		return;
	formula = strchr("=+-@\t\r", *text) != NULL;
	quote = strpbrk(text, "\",\r\n") != NULL;
	if (quote)
		putc('"', stream);
	if (formula)
		putc('\'', stream);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', stream);
		putc(*text, stream);
	}
	if (quote)
		putc('"', stream);
}

void csv_finding_titles(FILE *stream)
{
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(stream, "%s%s", i ? "," : "", columns[i].title);
	fputs("\r\n", stream);
}

static void print_value(FILE *stream, const json_t *value)
{
	if (json_is_string(value))
		csv_field(stream, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(stream, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", stream);
}

void csv_finding(FILE *stream, const json_t *finding)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const json_t *object = columns[i].object ? json_object_get(finding, columns[i].object) : finding;
		if (i > 0)
			putc(',', stream);
		print_value(stream, json_object_get(object, columns[i].member));
	}
	fputs("\r\n", stream);
}
