#include "fetch/route.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	SOCKS_FIELD_BYTES = 255, /* RFC 1929: a length byte */
	PINS = 16,
};

static const char *const schemes[] = {
	[LT__PROXY_SCHEME__PROXY_SOCKS5H] = "socks5h",
	[LT__PROXY_SCHEME__PROXY_SOCKS5] = "socks5h", /* a name looked up here would leave outside the proxy */
	[LT__PROXY_SCHEME__PROXY_HTTP] = "http",
};

static char *credential(const char *text)
{
	return text == NULL || *text == '\0' ? NULL : xstrdup(text);
}

const char *route_from_setup(struct route *route, const Lt__FetchSetup *setup)
{
	*route = (struct route){.kind = ROUTE_DIRECT};
	if (setup->scheme == LT__PROXY_SCHEME__PROXY_NONE)
		return setup->proxy_address == NULL ? NULL : "a proxy address without a scheme";
	if (setup->proxy_address == NULL || setup->proxy_port == 0 || setup->proxy_port > UINT16_MAX ||
		!address_parse(&route->proxy, setup->proxy_address, (uint16_t)setup->proxy_port))
		return "the proxy is not a literal address and port";
	if ((setup->user != NULL && strlen(setup->user) > SOCKS_FIELD_BYTES) ||
		(setup->password != NULL && strlen(setup->password) > SOCKS_FIELD_BYTES))
		return "the proxy's user or password is longer than 255 bytes";
	route->kind = setup->scheme == LT__PROXY_SCHEME__PROXY_HTTP ? ROUTE_HTTP_PROXY : ROUTE_SOCKS;
	char text[ADDRESS_TEXT];
	route->proxy_url = xasprintf("%s://%s", schemes[setup->scheme], address_text(&route->proxy, text));
	route->user = credential(setup->user);
	route->password = credential(setup->password);
	return NULL;
}

static void pin_results(struct route *route, const struct addrinfo *found)
{
	route->pins = xcalloc(PINS, sizeof(*route->pins));
	for (; found != NULL && route->pin_count < PINS; found = found->ai_next)
		if (address_copy(&route->pins[route->pin_count], found->ai_addr, found->ai_addrlen))
			route->pin_count++;
}

static struct curl_slist *resolve_line(const struct route *route, const struct target *target)
{
	struct buf line;
	buf_init(&line, LIMIT_URL_BYTES);
	bool fits = buf_printf(&line, "%s:%u:", target->url.host, (unsigned)target->url.port);
	for (size_t i = 0; i < route->pin_count; i++) {
		char text[ADDRESS_TEXT];
		address_text(&route->pins[i], text);
		*strrchr(text, ':') = '\0';
		fits = fits && buf_printf(&line, "%s%s", i == 0 ? "" : ",", text);
	}
	struct curl_slist *list = fits ? curl_slist_append(NULL, buf_text(&line)) : NULL;
	buf_free(&line);
	if (list == NULL)
		log_fatal("no memory for pinned addresses");
	return list;
}

const char *route_pin(struct route *route, const struct target *target)
{
	*route = (struct route){.kind = ROUTE_PINNED};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
	char port[8];
	snprintf(port, sizeof(port), "%u", (unsigned)target->url.port);
	bool six = target->url.host[0] == '[';
	char *host = six ? xstrndup(target->url.host + 1, strlen(target->url.host) - 2) : xstrdup(target->url.host);
	int status = getaddrinfo(host, port, &hints, &found);
	free(host);
	if (status != 0)
		return gai_strerror(status);
	pin_results(route, found);
	freeaddrinfo(found);
	if (route->pin_count == 0)
		return "no address of a known family";
	if (!six)
		route->resolve = resolve_line(route, target);
	return NULL;
}

static void free_secret(char *text)
{
	if (text != NULL)
		mem_wipe(text, strlen(text));
	free(text);
}

void route_free(struct route *route)
{
	free(route->proxy_url);
	free_secret(route->user);
	free_secret(route->password);
	free(route->pins);
	curl_slist_free_all(route->resolve);
	*route = (struct route){0};
}

const char *route_objects(const struct route *route, const struct target *target)
{
	bool direct = route->kind == ROUTE_DIRECT || route->kind == ROUTE_PINNED;
	if (direct && target->url.host_class == HOST_ONION)
		return "an onion service is never reached directly";
	return NULL;
}

static bool may_open(const struct gate *gate, const union address *address)
{
	const struct route *route = gate->route;
	switch (route->kind) {
	case ROUTE_SOCKS:
	case ROUTE_HTTP_PROXY:
		return address_equal(address, &route->proxy);
	case ROUTE_DIRECT:
		return gate->named || address_public(address);
	case ROUTE_PINNED:
		for (size_t i = 0; i < route->pin_count; i++)
			if (address_equal(address, &route->pins[i]))
				return true;
		return false;
	}
	return false;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *wanted)
{
	struct gate *gate = context;
	union address address;
	if (purpose != CURLSOCKTYPE_IPCXN || wanted->socktype != SOCK_STREAM || !address_copy(&address, &wanted->addr, wanted->addrlen))
		return CURL_SOCKET_BAD;
	if (!may_open(gate, &address)) {
		gate->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
}

/* An empty proxy means none and an empty list means no exceptions, whatever the environment says. */
static void set_proxy(const struct route *route, CURL *curl, const char *isolation)
{
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(curl, CURLOPT_PRE_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROXY, route->proxy_url == NULL ? "" : route->proxy_url);
	if (route->proxy_url == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(curl, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (route->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, route->user);
		curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, route->password == NULL ? "" : route->password);
	} else if (route->kind == ROUTE_SOCKS && isolation != NULL) {
		curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, isolation);
		curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, "0"); /* some servers want one */
	}
}

void route_apply(const struct route *route, CURL *curl, const char *isolation, bool named, struct gate *gate)
{
	*gate = (struct gate){.route = route, .named = named};
	set_proxy(route, curl, isolation);
	if (route->resolve != NULL)
		curl_easy_setopt(curl, CURLOPT_RESOLVE, route->resolve);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, gate);
}
