/*
 * Socket addresses: reading literals, comparing, and telling public ones from those that lead into a
 * private network. Knows nothing of curl.
 */
#ifndef LEAKTRAWL_FETCH_ADDRESS_H
#define LEAKTRAWL_FETCH_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT = INET6_ADDRSTRLEN + 9 }; /* "[v6]:65535" and its 0 */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

/* Reads "127.0.0.1" or "::1" (without brackets). False when it is not a literal address. */
bool address_parse(union address *address, const char *literal, uint16_t port);
/* False when the family is neither IPv4 nor IPv6. */
bool address_copy(union address *address, const struct sockaddr *from, socklen_t len);
/* Family, address and port alike. */
bool address_equal(const union address *a, const union address *b);
/* "127.0.0.1:9050", "[::1]:9050"; returns out. */
char *address_text(const union address *address, char out[ADDRESS_TEXT]);

uint16_t address_port(const union address *address);

/* Leads into the public network: host.h calls its literal HOST_ADDRESS. */
bool address_public(const union address *address);

#endif
