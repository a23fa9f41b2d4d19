#include "config/address.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "crawl/host.h"
#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { LONGEST_LOCAL_PART = 64 }; /* RFC 5321 */

const char *address_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : address + strlen(address);
}

static const char *check_local_part(const char *text, size_t len)
{
	if (len == 0)
		return "has nothing before the @";
	if (len > LONGEST_LOCAL_PART)
		return "has more than 64 bytes before the @";
	if (!utf8_valid(text, len))
		return "is not UTF-8";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || strchr("@<>()[],;:\\\"", text[i]) != NULL)
			return "holds a character that no address has";
	return NULL;
}

const char *address_read(const char *text, char **address)
{
	const char *domain = address_domain(text);
	char host[HOST_BYTES];
	enum host_class class;
	enum host_error error;
	const char *why;
	size_t local_len;

	if (domain[0] == '\0')
		return strchr(text, '@') != NULL ? "has nothing behind the @" : "has no @";
	local_len = (size_t)(domain - 1 - text);
	why = check_local_part(text, local_len);
	if (why != NULL)
		return why;
	error = host_read(domain, strlen(domain), host, &class);
	if (error != HOST_OK || domain[0] == '[')
		return "has no valid domain";
	*address = xasprintf("%.*s@%s", (int)local_len, text, host);
	for (size_t i = 0; i < local_len; i++)
		(*address)[i] = (char)tolower((unsigned char)(*address)[i]);
	return NULL;
}
