#include "coordinator/proxy_setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/keys.h"
#include "crawl/url.h"
#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"

struct secret {
	uint8_t *data;
	size_t len;
};

/* Where Debian keeps the certificates; a test's own stand in $SSL_CERT_FILE like everybody's. */
static int open_certificates(void)
{
	const char *path = getenv("SSL_CERT_FILE");
	int fd;

	if (path == NULL)
		path = "/etc/ssl/certs/ca-certificates.crt";
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		log_error("%s: %s; install ca-certificates", path, strerror(errno));
	return fd;
}

/* The workers resolve no names: the proxy's is turned into an address here, at start. */
static bool literal_address(const char *name, const char *host, char address[INET6_ADDRSTRLEN])
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int failure = getaddrinfo(host, NULL, &hints, &found);

	if (failure != 0) {
		log_error("proxy %s: cannot resolve %s: %s", name, host, gai_strerror(failure));
		return false;
	}
	failure = getnameinfo(found->ai_addr, found->ai_addrlen, address, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	return failure == 0;
}

static Lt__ProxyScheme wire_scheme(enum proxy_scheme scheme)
{
	switch (scheme) {
	case PROXY_DIRECT:
		return LT__PROXY_SCHEME__PROXY_NONE;
	case PROXY_IS_SOCKS5H:
		return LT__PROXY_SCHEME__PROXY_SOCKS5H;
	case PROXY_IS_SOCKS5:
		return LT__PROXY_SCHEME__PROXY_SOCKS5;
	case PROXY_IS_HTTP:
		return LT__PROXY_SCHEME__PROXY_HTTP;
	}
	return LT__PROXY_SCHEME__PROXY_NONE;
}

/* address must outlive setup. */
static bool fill_proxy(Lt__FetchSetup *setup, const struct proxy *proxy, char address[INET6_ADDRSTRLEN])
{
	setup->scheme = wire_scheme(proxy->scheme);
	if (proxy->scheme == PROXY_DIRECT)
		return true;
	if (!literal_address(proxy->name, proxy->host, address))
		return false;
	setup->proxy_address = address;
	setup->has_proxy_port = true;
	setup->proxy_port = proxy->port;
	setup->user = proxy->user;
	setup->password = proxy->password;
	return true;
}

/* Places that starts of its own sources name, and which may be reached for that alone: "host:port". */
static char **private_starts(const struct config *config, const char *via, size_t *count)
{
	char **list = NULL;

	*count = 0;
	for (size_t i = 0; i < config->sources_count; i++) {
		const struct source *source = &config->sources[i];

		for (size_t j = 0; source->drop == NULL && strcmp(source->via, via) == 0 && j < source->start_count; j++) {
			struct url url;

			if (!config_start_is_private(source, j) || url_read(source->start[j], strlen(source->start[j]), &url) != URL_OK)
				continue;
			if (*count == LIMIT_PRIVATE_STARTS) {
				log_warning("%s: more than %d private addresses are named via %s: those from %s on are refused",
					source->name, LIMIT_PRIVATE_STARTS, via, url.text);
				url_free(&url);
				return list;
			}
			list = xreallocarray(list, *count + 1, sizeof *list);
			list[(*count)++] = xasprintf("%s:%u", url.host, url.port);
			url_free(&url);
		}
	}
	return list;
}

bool proxy_setup_fetch(struct pool_worker *worker, const struct config *config, const struct proxy *proxy, unsigned parallel)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__FetchSetup setup = LT__FETCH_SETUP__INIT;
	char address[INET6_ADDRSTRLEN];
	int certificates;
	bool good = false;

	setup.sandbox = pool_sandbox(worker->pool);
	setup.max_parallel = parallel;
	if (!fill_proxy(&setup, proxy, address))
		return false;
	certificates = open_certificates();
	if (certificates < 0)
		return false;
	setup.allow_private = private_starts(config, proxy->name, &setup.n_allow_private);
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_SETUP;
	envelope.fetch_setup = &setup;
	good = pool_send(worker, &envelope, certificates);
	for (size_t i = 0; i < setup.n_allow_private; i++)
		free(setup.allow_private[i]);
	free(setup.allow_private);
	close(certificates);
	return good;
}

/* ---- control ----------------------------------------------------------------------------------- */

static bool fill_control(Lt__ControlSetup *setup, const struct proxy *proxy, char address[INET6_ADDRSTRLEN], struct secret *secret)
{
	if (proxy->control_password_file != NULL) {
		if (!keys_hook_secret(proxy->control_password_file, &secret->data, &secret->len))
			return false;
		setup->has_password = true;
		setup->password = (ProtobufCBinaryData){secret->len, secret->data};
	}
	if (proxy->control_cookie != NULL) {
		if (!keys_tor_cookie(proxy->control_cookie, &secret->data, &secret->len))
			return false;
		setup->has_cookie = true;
		setup->cookie = (ProtobufCBinaryData){secret->len, secret->data};
	}
	setup->socket = proxy->control_socket;
	if (proxy->control_socket != NULL)
		return true;
	setup->address = address;
	setup->has_port = true;
	setup->port = proxy->control_port;
	return literal_address(proxy->name, proxy->control_host, address);
}

bool proxy_setup_control(struct pool_worker *worker, const struct proxy *proxy)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__ControlSetup setup = LT__CONTROL_SETUP__INIT;
	char address[INET6_ADDRSTRLEN];
	struct secret secret = {NULL, 0};
	bool good;

	setup.sandbox = pool_sandbox(worker->pool);
	envelope.body_case = LT__ENVELOPE__BODY_CONTROL_SETUP;
	envelope.control_setup = &setup;
	good = fill_control(&setup, proxy, address, &secret) && pool_send(worker, &envelope, -1);
	mem_wipe(secret.data, secret.len);
	free(secret.data);
	return good;
}

/* ---- notify ------------------------------------------------------------------------------------ */

struct notify_row {
	Lt__NotifySetup__Hook hook;
	Lt__FetchSetup proxy;
	char address[INET6_ADDRSTRLEN];
	uint8_t *secret;
	size_t secret_len;
};

static bool fill_hook(struct notify_row *row, const struct config *config, const struct hook *hook)
{
	const struct proxy *proxy = config_proxy(config, hook->via);

	lt__notify_setup__hook__init(&row->hook);
	lt__fetch_setup__init(&row->proxy);
	row->hook.name = hook->name;
	row->hook.url = hook->webhook;
	if (!keys_hook_secret(hook->secret_file, &row->secret, &row->secret_len))
		return false;
	row->hook.has_secret = true;
	row->hook.secret.data = row->secret;
	row->hook.secret.len = row->secret_len;
	if (proxy != NULL && proxy->scheme != PROXY_DIRECT) {
		row->proxy.max_parallel = 1;
		if (!fill_proxy(&row->proxy, proxy, row->address))
			return false;
		row->hook.proxy = &row->proxy;
	}
	return true;
}

bool proxy_setup_notify(struct pool_worker *worker, const struct config *config)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__NotifySetup setup = LT__NOTIFY_SETUP__INIT;
	struct notify_row *rows = xcalloc(config->hooks_count, sizeof *rows);
	int certificates = open_certificates();
	bool good = certificates >= 0;

	setup.sandbox = pool_sandbox(worker->pool);
	setup.hooks = xcalloc(config->hooks_count, sizeof *setup.hooks);
	for (size_t i = 0; i < config->hooks_count && good; i++) {
		if (config->hooks[i].webhook == NULL)
			continue;
		good = fill_hook(&rows[i], config, &config->hooks[i]);
		setup.hooks[setup.n_hooks++] = &rows[i].hook;
	}
	envelope.body_case = LT__ENVELOPE__BODY_NOTIFY_SETUP;
	envelope.notify_setup = &setup;
	good = good && pool_send(worker, &envelope, certificates);
	for (size_t i = 0; i < config->hooks_count; i++) {
		mem_wipe(rows[i].secret, rows[i].secret_len);
		free(rows[i].secret);
	}
	free(setup.hooks);
	free(rows);
	if (certificates >= 0)
		close(certificates);
	return good;
}
