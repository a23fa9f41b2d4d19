#include "crawl/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/escape.h"

enum { LONGEST_LABEL = 63, ONION_LABEL = 56, LONGEST_RAW = 1024, ADDRESS_PARTS = 4 };

static const char *const error_texts[] = {
	[HOST_OK] = "is a valid host",
	[HOST_EMPTY] = "is empty",
	[HOST_TOO_LONG] = "is longer than a host name can be (63 bytes a label, 253 in all)",
	[HOST_BAD_BYTE] = "holds a character that no host name can have",
	[HOST_BAD_LABEL] = "has an empty label, or one that begins or ends with a hyphen",
	[HOST_BAD_ADDRESS] = "looks like an address and is not a valid one",
	[HOST_BAD_IDN] = "is not a valid internationalised host name",
	[HOST_BAD_ONION] = "is not a version 3 onion address (56 characters a-z and 2-7, the last a d)",
};

static const char *const class_texts[] = {
	[HOST_NAME] = "a public name",
	[HOST_ONION] = "an onion service",
	[HOST_ADDRESS] = "an address literal",
	[HOST_PRIVATE] = "a private or reserved address",
	[HOST_LOOPBACK] = "this machine itself",
	[HOST_SINGLE_LABEL] = "a name of a single label",
	[HOST_LOCAL] = "a name of a local network",
};

const char *host_error_text(enum host_error error)
{
	return error_texts[error];
}

const char *host_class_text(enum host_class class)
{
	return class_texts[class];
}

bool host_within(const char *host, const char *domain)
{
	size_t host_len = strlen(host);
	size_t domain_len = strlen(domain);

	if (host_len < domain_len || strcmp(host + host_len - domain_len, domain) != 0)
		return false;
	return host_len == domain_len || host[host_len - domain_len - 1] == '.';
}

/* ---- addresses -------------------------------------------------------------------------------- */

struct network {
	uint32_t address;
	unsigned bits;
};

/* IANA's special-purpose registry; loopback and "this network" stand apart. */
static const struct network reserved_networks[] = {
	{0x0a000000, 8},
	{0x64400000, 10},
	{0xa9fe0000, 16},
	{0xac100000, 12},
	{0xc0000000, 24},
	{0xc0000200, 24},
	{0xc0a80000, 16},
	{0xc6120000, 15},
	{0xc6336400, 24},
	{0xcb007100, 24},
	{0xe0000000, 4},
	{0xf0000000, 4},
};

static bool in_network(uint32_t address, uint32_t network, unsigned bits)
{
	return (address ^ network) >> (32 - bits) == 0;
}

static enum host_class class_of_v4(uint32_t address)
{
	if (in_network(address, 0x7f000000, 8) || in_network(address, 0, 8))
		return HOST_LOOPBACK;
	for (size_t i = 0; i < sizeof reserved_networks / sizeof reserved_networks[0]; i++)
		if (in_network(address, reserved_networks[i].address, reserved_networks[i].bits))
			return HOST_PRIVATE;
	return HOST_ADDRESS;
}

static uint32_t v4_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* An IPv6 address that carries an IPv4 one leads there: it is classed by that. */
static enum host_class class_of_v6(const struct in6_addr *address)
{
	static const uint8_t translated[12] = {0, 0x64, 0xff, 0x9b};
	static const uint8_t zeros[12];
	const uint8_t *b = address->s6_addr;

	if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address))
		return HOST_LOOPBACK;
	if (IN6_IS_ADDR_V4MAPPED(address) || memcmp(b, translated, 12) == 0 || memcmp(b, zeros, 12) == 0)
		return class_of_v4(v4_at(b + 12));
	if (b[0] == 0x20 && b[1] == 0x02)
		return class_of_v4(v4_at(b + 2));
	if ((b[0] & 0xe0) != 0x20 || (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2) ||
		(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8))
		return HOST_PRIVATE;
	return HOST_ADDRESS;
}

static enum host_error read_v6(const char *text, size_t len, char host[HOST_BYTES], enum host_class *class)
{
	char inner[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (len < 4 || text[len - 1] != ']' || len - 2 >= sizeof inner)
		return HOST_BAD_ADDRESS;
	memcpy(inner, text + 1, len - 2);
	inner[len - 2] = '\0';
	if (inet_pton(AF_INET6, inner, &address) != 1)
		return HOST_BAD_ADDRESS;
	host[0] = '[';
	if (inet_ntop(AF_INET6, &address, host + 1, HOST_BYTES - 2) == NULL)
		return HOST_BAD_ADDRESS;
	memcpy(host + strlen(host), "]", 2);
	*class = class_of_v6(&address);
	return HOST_OK;
}

/* One part of an IPv4 literal: decimal, 0 octal, 0x hexadecimal. Returns what follows, or NULL. */
static const char *read_part(const char *text, uint64_t *value)
{
	unsigned base = 10;

	*value = 0;
	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	for (; *text != '\0' && *text != '.'; text++) {
		unsigned digit = isdigit((unsigned char)*text)  ? (unsigned)(*text - '0')
				 : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a') + 10
								: base;

		if (digit >= base)
			return NULL;
		*value = *value * base + digit;
		if (*value > UINT32_MAX)
			return NULL;
	}
	return text;
}

/* The notations of inet_aton: a.b.c.d, a.b.c, a.b and a, the last part filling what is left. */
static bool read_v4(const char *text, uint32_t *address)
{
	uint64_t parts[ADDRESS_PARTS];
	unsigned count = 0;
	uint64_t result = 0;

	for (;;) {
		if (count == ADDRESS_PARTS || *text == '\0' || *text == '.')
			return false;
		text = read_part(text, &parts[count++]);
		if (text == NULL)
			return false;
		if (*text == '\0')
			break;
		text++;
	}
	for (unsigned i = 0; i + 1 < count; i++) {
		if (parts[i] > 255)
			return false;
		result |= parts[i] << (24 - 8 * i);
	}
	if (parts[count - 1] >= UINT64_C(1) << (8 * (ADDRESS_PARTS + 1 - count)))
		return false;
	*address = (uint32_t)(result | parts[count - 1]);
	return true;
}

/* A name whose last label is a number is an address to every resolver (WHATWG URL, "ends in a number"). */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot != NULL ? dot + 1 : host;

	if (last[0] == '0' && last[1] == 'x')
		return last[2 + strspn(last + 2, "0123456789abcdef")] == '\0';
	return *last != '\0' && last[strspn(last, "0123456789")] == '\0';
}

/* ---- names ------------------------------------------------------------------------------------ */

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

/* Lower case and A-labels, by UTS #46 where it is not ASCII (which also turns every full stop into a dot). */
static enum host_error to_ascii(const char *text, size_t len, char out[LONGEST_RAW])
{
	char raw[LONGEST_RAW];
	char *labels = NULL;
	enum host_error error = HOST_OK;

	if (len >= sizeof raw)
		return HOST_TOO_LONG;
	memcpy(raw, text, len);
	raw[len] = '\0';
	if (is_ascii(text, len)) {
		for (size_t i = 0; i <= len; i++)
			out[i] = (char)tolower((unsigned char)raw[i]);
		return HOST_OK;
	}
	if (!utf8_valid(text, len))
		return HOST_BAD_BYTE;
	if (idn2_to_ascii_8z(raw, &labels, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK || strlen(labels) >= LONGEST_RAW)
		error = HOST_BAD_IDN;
	else
		memcpy(out, labels, strlen(labels) + 1);
	idn2_free(labels);
	return error;
}

static enum host_error check_label(const char *label, size_t len)
{
	if (len == 0 || label[0] == '-' || label[len - 1] == '-')
		return HOST_BAD_LABEL;
	return len > LONGEST_LABEL ? HOST_TOO_LONG : HOST_OK;
}

static enum host_error check_labels(const char *host)
{
	size_t len = strlen(host);

	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)host[i]) && !isdigit((unsigned char)host[i]) && host[i] != '-' && host[i] != '_' &&
			host[i] != '.')
			return HOST_BAD_BYTE;
	if (len >= HOST_BYTES)
		return HOST_TOO_LONG;
	for (const char *label = host;;) {
		size_t label_len = strcspn(label, ".");
		enum host_error error = check_label(label, label_len);

		if (error != HOST_OK || label[label_len] == '\0')
			return error;
		label += label_len + 1;
	}
}

/* host ends in ".onion": is the label before it a version 3 address? Its last five bits are the version's. */
static bool is_onion(const char *host)
{
	size_t len = strlen(host) - strlen(".onion");

	if (len < ONION_LABEL || (len > ONION_LABEL && host[len - ONION_LABEL - 1] != '.'))
		return false;
	host += len - ONION_LABEL;
	return strspn(host, "abcdefghijklmnopqrstuvwxyz234567") == ONION_LABEL && host[ONION_LABEL - 1] == 'd';
}

static enum host_error class_of_name(const char *host, enum host_class *class)
{
	static const char *const local_suffixes[] = {
		"local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "home.arpa"};

	if (host_within(host, "onion")) {
		*class = HOST_ONION;
		return strcmp(host, "onion") != 0 && is_onion(host) ? HOST_OK : HOST_BAD_ONION;
	}
	*class = strchr(host, '.') == NULL ? HOST_SINGLE_LABEL : HOST_NAME;
	if (host_within(host, "localhost"))
		*class = HOST_LOOPBACK;
	for (size_t i = 0; i < sizeof local_suffixes / sizeof local_suffixes[0] && *class == HOST_NAME; i++)
		if (host_within(host, local_suffixes[i]))
			*class = HOST_LOCAL;
	return HOST_OK;
}

enum host_error host_read(const char *text, size_t len, char host[HOST_BYTES], enum host_class *class)
{
	char name[LONGEST_RAW];
	enum host_error error;
	uint32_t address;
	size_t name_len;

	if (len == 0)
		return HOST_EMPTY;
	if (memchr(text, '\0', len) != NULL)
		return HOST_BAD_BYTE;
	if (text[0] == '[')
		return read_v6(text, len, host, class);
	error = to_ascii(text, len, name);
	if (error != HOST_OK)
		return error;
	name_len = strlen(name);
	if (name_len > 1 && name[name_len - 1] == '.')
		name[name_len - 1] = '\0';
	error = check_labels(name);
	if (error != HOST_OK)
		return error;
	if (ends_in_number(name)) {
		struct in_addr v4;

		if (!read_v4(name, &address))
			return HOST_BAD_ADDRESS;
		v4.s_addr = htonl(address);
		*class = class_of_v4(address);
		return inet_ntop(AF_INET, &v4, host, HOST_BYTES) != NULL ? HOST_OK : HOST_BAD_ADDRESS;
	}
	memcpy(host, name, strlen(name) + 1);
	return class_of_name(host, class);
}
