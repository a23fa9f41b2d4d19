#include "fetch/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "crawl/host.h"
#include "shared/log.h"

enum { LITERAL_BYTES = INET6_ADDRSTRLEN + 2 };

/* As it stands in a URL: IPv6 in brackets. */
static char *literal(const union address *address, char out[LITERAL_BYTES])
{
	bool six = address->any.sa_family == AF_INET6;
	const void *from = six ? (const void *)&address->v6.sin6_addr : (const void *)&address->v4.sin_addr;
	char text[INET6_ADDRSTRLEN];
	if (inet_ntop(address->any.sa_family, from, text, sizeof(text)) == NULL)
		log_fatal("an address of family %d was kept", address->any.sa_family);
	snprintf(out, LITERAL_BYTES, six ? "[%s]" : "%s", text);
	return out;
}

bool address_public(const union address *address)
{
	char text[LITERAL_BYTES], host[HOST_BYTES];
	enum host_class class;
	literal(address, text);
	return host_read(text, strlen(text), host, &class) == HOST_OK && class == HOST_ADDRESS;
}

bool address_parse(union address *address, const char *literal, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, literal, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, literal, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons(port);
		return true;
	}
	return false;
}

bool address_copy(union address *address, const struct sockaddr *from, socklen_t len)
{
	memset(address, 0, sizeof(*address));
	if (from->sa_family == AF_INET && len >= sizeof(address->v4))
		memcpy(&address->v4, from, sizeof(address->v4));
	else if (from->sa_family == AF_INET6 && len >= sizeof(address->v6))
		memcpy(&address->v6, from, sizeof(address->v6));
	else
		return false;
	return true;
}

bool address_equal(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->any.sa_family == AF_INET6 && a->v6.sin6_port == b->v6.sin6_port &&
	       memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

uint16_t address_port(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

char *address_text(const union address *address, char out[ADDRESS_TEXT])
{
	char text[LITERAL_BYTES];
	snprintf(out, ADDRESS_TEXT, "%s:%u", literal(address, text), (unsigned)address_port(address));
	return out;
}
