/* What the readers of several keys share. */
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/tables.h"
#include "shared/mem.h"

enum { LONGEST_NAME = 64 };

static void replace(char **text, const char *with)
{
	char *copy = xstrdup(with);

	free(*text);
	*text = copy;
}

bool reader_host(struct reader *reader, const struct yaml *value, const char *what, char **text, enum host_class *class)
{
	char host[HOST_BYTES];
	enum host_error error;

	if (*text == NULL || (*text)[0] == '\0')
		return false;
	error = host_read(*text, strlen(*text), host, class);
	if (error == HOST_OK) {
		replace(text, host);
		return true;
	}
	if (strstr(*text, "://") != NULL || strchr(*text, '/') != NULL)
		yaml_fault(reader->file, value, "%s: \"%s\" is a URL: write its host only", what, *text);
	else if (strchr(*text, '@') != NULL)
		yaml_fault(reader->file, value, "%s: \"%s\" is an address: write what stands behind the @", what, *text);
	else if ((*text)[0] == '*' || (*text)[0] == '.')
		yaml_fault(reader->file, value, "%s: \"%s\" has a wildcard: sub-domains are meant anyway", what, *text);
	else if (strchr(*text, ':') != NULL)
		yaml_fault(reader->file, value, "%s: \"%s\" has a port: write the host alone (an IPv6 address in brackets)", what, *text);
	else
		yaml_fault(reader->file, value, "%s: \"%s\" %s", what, *text, host_error_text(error));
	replace(text, "");
	return false;
}

bool reader_address(struct reader *reader, const struct yaml *value, const char *what, char **text)
{
	char *address;
	const char *why;

	if (*text == NULL || (*text)[0] == '\0')
		return false;
	why = address_read(*text, &address);
	if (why != NULL) {
		yaml_fault(reader->file, value, "%s: \"%s\" %s", what, *text, why);
		replace(text, "");
		return false;
	}
	free(*text);
	*text = address;
	return true;
}

bool reader_name(struct reader *reader, const struct yaml *value, const char *what, const char *name)
{
	if (name != NULL && name[0] != '\0' && name[0] != '.' && name[0] != '-' && strlen(name) <= LONGEST_NAME &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name))
		return true;
	if (name != NULL)
		yaml_fault(reader->file, value, "%s \"%s\": use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
			what, name);
	return false;
}

void reader_url_fault(struct reader *reader, const struct yaml *value, const char *what, const char *url, const char *why)
{
	if (strchr(url, '@') != NULL)
		yaml_fault(reader->file, value, "%s: the URL %s", what, why);
	else
		yaml_fault(reader->file, value, "%s: \"%s\" %s", what, url, why);
}
