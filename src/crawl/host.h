/*
 * Host names and address literals: one canonical spelling, and the class that policy asks for. Nothing
 * here resolves a name.
 */
#ifndef LEAKTRAWL_HOST_H
#define LEAKTRAWL_HOST_H

#include <stdbool.h>
#include <stddef.h>

enum { HOST_BYTES = 254 }; /* longest name (RFC 1035) and its 0 */

enum host_class {
	HOST_NAME,         /* a name of the public DNS, as far as its shape tells */
	HOST_ONION,        /* a version 3 onion service (rend-spec-v3), or a name below one */
	HOST_ADDRESS,      /* literal of a public address */
	HOST_PRIVATE,      /* literal that is private, link-local, shared, multicast, reserved */
	HOST_LOOPBACK,     /* 127.0.0.0/8, ::1, the unspecified address, localhost and below it */
	HOST_SINGLE_LABEL, /* "intranet" */
	HOST_LOCAL,        /* .local, .internal, .lan, .home.arpa and the like: only ever somebody's own network */
};

enum host_error {
	HOST_OK,
	HOST_EMPTY,
	HOST_TOO_LONG,    /* a label past 63 or the name past 253 bytes */
	HOST_BAD_BYTE,    /* what no host may hold: '%', '@', '\\', blanks, controls, bytes that are not UTF-8 */
	HOST_BAD_LABEL,   /* empty, or with a hyphen at an end */
	HOST_BAD_ADDRESS, /* ends like an address and is none: 1.2.3.256, 0x1.2.3.4.5, [::g] */
	HOST_BAD_IDN,     /* not a valid internationalised name (UTS #46) */
	HOST_BAD_ONION,   /* .onion, but not version 3 */
};

/*
 * Reads a host as it stands in a URL or a watch-list: Unicode or ASCII, any case, one trailing dot allowed,
 * IPv4 in every notation that inet_aton knows, IPv6 in brackets. host becomes lower-case A-labels without a
 * trailing dot, dotted decimal, or compressed IPv6 in brackets: ASCII, and the same again when read again.
 */
enum host_error host_read(const char *text, size_t len, char host[HOST_BYTES], enum host_class *class);

/* What is wrong, for a person: "is longer than a host name can be". */
const char *host_error_text(enum host_error error);
const char *host_class_text(enum host_class class);

/* Whether host is domain or below it; both canonical. */
bool host_within(const char *host, const char *domain);

#endif
