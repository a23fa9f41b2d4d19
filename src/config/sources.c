/* Where to look, and through what. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/tables.h"
#include "crawl/url.h"
#include "shared/mem.h"
#include "shared/slice.h"

enum {
	STANDARD_EVERY_MS = 24 * 60 * 60 * 1000,
	STANDARD_DELAY_MS = 1000,
	LEAST_EVERY_MS = 60 * 1000,
	STANDARD_MOST = 16, /* times every */
	SOCKS_FIELD_BYTES = 255,
	STANDARD_PROXY_PARALLEL = 32,
};

static void check_parallel(struct reader *reader, const struct yaml *map, unsigned parallel)
{
	const struct yaml *value = yaml_get(map, "parallel");

	if (value != NULL && (parallel == 0 || parallel > LIMIT_FETCH_PARALLEL))
		yaml_fault(reader->file, value, "parallel is 1 to %d", LIMIT_FETCH_PARALLEL);
}

/* ---- proxies ------------------------------------------------------------------------------------ */

static const char *const isolations[] = {[ISOLATE_NONE] = "none", [ISOLATE_HOST] = "host", [ISOLATE_SOURCE] = "source", [3] = NULL};

static bool split_scheme(struct slice *text, struct proxy *proxy)
{
	static const struct {
		const char *prefix;
		enum proxy_scheme scheme;
	} schemes[] = {{"socks5h://", PROXY_IS_SOCKS5H}, {"socks5://", PROXY_IS_SOCKS5}, {"http://", PROXY_IS_HTTP}};

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		if (slice_starts_nocase(*text, schemes[i].prefix)) {
			proxy->scheme = schemes[i].scheme;
			*text = slice_from(*text, strlen(schemes[i].prefix));
			return true;
		}
	}
	return false;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, c | 0x20, 16);

	return at != NULL ? (int)(at - digits) : -1;
}

/* Undoes percent-encoding. NULL where that is broken, or the result empty or too long for SOCKS. */
static char *decode(struct slice text)
{
	char *out = xmalloc(text.len + 1);
	size_t len = 0;
	bool sound = true;

	for (size_t i = 0; i < text.len && sound; i++) {
		char c = text.data[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;

			sound = high >= 0 && low >= 0 && high + low > 0;
			c = (char)(high * 16 + low);
			i += 2;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	if (sound && len > 0 && len <= SOCKS_FIELD_BYTES)
		return out;
	mem_wipe(out, text.len + 1);
	free(out);
	return NULL;
}

/* user:password@, if it is there. */
static const char *split_userinfo(struct slice *text, struct proxy *proxy)
{
	size_t at = text->len;
	struct slice userinfo;
	size_t colon;

	while (at > 0 && text->data[at - 1] != '@')
		at--;
	if (at == 0)
		return NULL;
	userinfo = slice_until(*text, at - 1);
	*text = slice_from(*text, at);
	colon = slice_find_byte(userinfo, ':');
	if (colon == userinfo.len)
		return "has a user without a password: user:password@host:port";
	proxy->user = decode(slice_until(userinfo, colon));
	proxy->password = decode(slice_from(userinfo, colon + 1));
	if (proxy->user == NULL || proxy->password == NULL)
		return "has a user or password that is empty, longer than 255 bytes, or wrongly percent-encoded";
	return NULL;
}

static const char no_port[] = "needs a port";

static const char *split_port(struct slice *text, uint16_t *number)
{
	size_t colon = text->len;
	unsigned port = 0;

	while (colon > 0 && text->data[colon - 1] != ':' && text->data[colon - 1] != ']')
		colon--;
	if (colon == 0 || text->data[colon - 1] != ':' || colon == text->len || text->len - colon > 5)
		return no_port;
	for (size_t i = colon; i < text->len; i++) {
		if (text->data[i] < '0' || text->data[i] > '9')
			return "has a port that is not a number";
		port = port * 10 + (unsigned)(text->data[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return "has a port that is not 1 to 65535";
	*number = (uint16_t)port;
	*text = slice_until(*text, colon - 1);
	return NULL;
}

/* Without brackets where it is an IPv6 address. */
static char *read_host(struct slice text)
{
	char host[HOST_BYTES];
	enum host_class class;

	if (host_read(text.data, text.len, host, &class) != HOST_OK || class == HOST_ONION)
		return NULL;
	return host[0] == '[' ? xstrndup(host + 1, strlen(host) - 2) : xstrdup(host);
}

static const char *parse_proxy(struct slice text, struct proxy *proxy)
{
	const char *why;

	if (!split_scheme(&text, proxy))
		return "must begin with socks5h://, socks5:// or http://";
	if (text.len > 0 && text.data[text.len - 1] == '/')
		text.len--;
	why = split_userinfo(&text, proxy);
	if (why == NULL)
		why = split_port(&text, &proxy->port);
	if (why != NULL)
		return why;
	proxy->host = read_host(text);
	return proxy->host != NULL ? NULL : "has no valid host";
}

/* The URL may hold a password: messages about it do not repeat it. */
static void read_proxy_url(struct reader *reader, const struct yaml *value, void *object)
{
	const char *text = yaml_text(value);
	const char *why =
		text != NULL ? parse_proxy((struct slice){text, value->text_len}, object) : "must be a text: socks5h://127.0.0.1:9050";

	if (why != NULL)
		yaml_fault(reader->file, value, "the proxy's url %s%s", why, why == no_port ? ": socks5h://127.0.0.1:9050" : "");
}

#define CONTROL_HELP "127.0.0.1:9051, or the path of a unix socket: /run/tor/control"

static void read_control(struct reader *reader, const struct yaml *value, void *object)
{
	struct proxy *proxy = object;
	const char *text = yaml_text(value);
	struct slice rest = slice_of(text);
	const char *why;

	if (text == NULL || text[0] == '\0') {
		yaml_fault(reader->file, value, "control must be a text: %s", CONTROL_HELP);
		return;
	}
	if (text[0] == '/') {
		proxy->control_socket = xstrdup(text);
		return;
	}
	why = split_port(&rest, &proxy->control_port);
	if (why == NULL)
		proxy->control_host = read_host(rest);
	if (why == NULL && proxy->control_host == NULL)
		why = "has no valid host";
	if (why != NULL)
		yaml_fault(reader->file, value, "control %s: write %s", why, CONTROL_HELP);
}

static void start_proxy(void *object)
{
	struct proxy *proxy = object;

	proxy->parallel = STANDARD_PROXY_PARALLEL;
}

static bool same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* The same way out twice is no second chance. */
static void check_pool(struct reader *reader, const struct yaml *map, const struct proxy *proxy)
{
	for (const struct proxy *other = reader->config->proxies; other < proxy; other++)
		if (strcmp(other->name, proxy->name) == 0 && proxy->host != NULL && same_text(other->host, proxy->host) &&
			other->port == proxy->port && same_text(other->user, proxy->user))
			yaml_fault(reader->file, map, "the proxy \"%s\" has this address and user twice: remove one", proxy->name);
}

static void check_control(struct reader *reader, const struct yaml *map, const struct proxy *proxy)
{
	const struct yaml *control = yaml_get(map, "control");
	const struct yaml *password = yaml_get(map, "control_password_file");
	const struct yaml *cookie = yaml_get(map, "control_cookie");

	if (control == NULL && (password != NULL || cookie != NULL))
		yaml_fault(reader->file, password != NULL ? password : cookie,
			"this lets us in at Tor's control port: give control too, " CONTROL_HELP);
	if (password != NULL && cookie != NULL)
		yaml_fault(reader->file, cookie, "Tor takes a password or a cookie: give control_password_file or control_cookie");
	if (control != NULL && proxy->scheme == PROXY_IS_HTTP)
		yaml_fault(reader->file, control, "control is Tor's: only for SOCKS proxies");
	if (control != NULL && proxy->scheme != PROXY_IS_HTTP && proxy->user != NULL)
		yaml_fault(reader->file, control,
			"a new identity works through the SOCKS user: take user and password out of the proxy's url, or control out");
}

static void check_proxy(struct reader *reader, const struct yaml *map, void *object)
{
	struct proxy *proxy = object;
	const struct yaml *isolate = yaml_get(map, "isolate");

	if (reader_name(reader, map, "the proxy", proxy->name) && strcmp(proxy->name, "direct") == 0)
		yaml_fault(reader->file, map, "a proxy cannot be called direct: that word means no proxy at all");
	if (isolate != NULL && proxy->isolate != ISOLATE_NONE && (proxy->user != NULL || proxy->scheme == PROXY_IS_HTTP))
		yaml_fault(
			reader->file, isolate, "isolate works through the SOCKS user: only for SOCKS proxies without a user of their own");
	check_control(reader, map, proxy);
	check_parallel(reader, map, proxy->parallel);
	check_pool(reader, map, proxy);
}

static void release_proxy(void *object)
{
	struct proxy *proxy = object;

	free(proxy->host);
	free(proxy->user);
	if (proxy->password != NULL)
		mem_wipe(proxy->password, strlen(proxy->password));
	free(proxy->password);
	free(proxy->control_socket);
	free(proxy->control_host);
}

static const struct schema_key proxy_keys[] = {
	{.name = "url", .kind = VALUE_CUSTOM, .required = true, .help = "socks5h://127.0.0.1:9050", .read = read_proxy_url},
	{.name = "isolate",
		.kind = VALUE_CHOICE,
		.offset = offsetof(struct proxy, isolate),
		.choices = isolations,
		.help = "none, host (a circuit for each host) or source"},
	{.name = "parallel", .kind = VALUE_UNSIGNED, .offset = offsetof(struct proxy, parallel), .help = "transfers at a time through it"},
	{.name = "control", .kind = VALUE_CUSTOM, .help = CONTROL_HELP, .read = read_control},
	{.name = "control_password_file",
		.kind = VALUE_PATH,
		.offset = offsetof(struct proxy, control_password_file),
		.help = "a file with the control password"},
	{.name = "control_cookie",
		.kind = VALUE_PATH,
		.offset = offsetof(struct proxy, control_cookie),
		.help = "Tor's cookie: /run/tor/control.authcookie"},
	{0},
};
const struct schema proxy_schema = {
	.what = "a proxy",
	.size = sizeof(struct proxy),
	.keys = proxy_keys,
	.start = start_proxy,
	.check = check_proxy,
	.release = release_proxy,
};

/* ---- sources ------------------------------------------------------------------------------------ */

static void start_source(void *object)
{
	struct source *source = object;

	source->enabled = true;
	source->every_ms = STANDARD_EVERY_MS;
	source->delay_ms = STANDARD_DELAY_MS;
}

static size_t authority_end(const char *url)
{
	const char *authority = strstr(url, "://");

	return authority != NULL ? (size_t)(authority - url) + 3 + strcspn(authority + 3, "/") : strlen(url);
}

/* Each address once is enough, but one alone is no mirror. */
static void check_mirrors(struct reader *reader, const struct yaml *value, const struct source *source)
{
	if (!source->mirrors || source->start_count == 0)
		return;
	for (size_t i = 1; i < source->start_count; i++) {
		size_t end = authority_end(source->start[i]);

		if (end != authority_end(source->start[0]) || strncmp(source->start[i], source->start[0], end) != 0)
			return;
	}
	yaml_fault(reader->file, value, "mirrors: start names one site: give the addresses of its mirrors there, too");
}

static void check_site(struct reader *reader, const struct yaml *map, const struct source *source)
{
	const struct yaml *follow = yaml_get(map, "follow");
	const struct yaml *depth = yaml_get(map, "depth");
	char *path;

	if (source->site == NULL && depth != NULL && follow == NULL)
		yaml_fault(reader->file, depth, "depth counts links matching follow: give follow too");
	if (source->site == NULL || !reader_name(reader, yaml_get(map, "site"), "site", source->site))
		return;
	if (follow != NULL || depth != NULL)
		yaml_fault(reader->file, follow != NULL ? follow : depth,
			"a source with a site takes its links from there: remove follow and depth");
	path = config_site_path(reader->config, source->site);
	if (path == NULL)
		yaml_fault(reader->file, yaml_get(map, "site"),
			"there is no site \"%s\": neither sites/%s.yml beside the configuration nor one of that name shipped", source->site,
			source->site);
	free(path);
}

void reader_via(struct reader *reader, const struct yaml *value, const char *via)
{
	if (via == NULL || config_proxy(reader->config, via) != NULL)
		return;
	yaml_fault(reader->file, value, "via: there is no proxy \"%s\" under proxies (or write direct)", via);
}

static void check_follow(struct reader *reader, const struct yaml *list, const struct source *source)
{
	for (size_t i = 0; i < source->follow_count; i++)
		if (strlen(source->follow[i]) > LIMIT_PATTERN_BYTES)
			yaml_fault(reader->file, list->items[i], "follow: the expression is longer than %d bytes", LIMIT_PATTERN_BYTES);
}

#define START_HELP "[\"https://leaks.example/\"]"
#define VIA_HELP "the name of a proxy, or direct; there is no default"

static void need(struct reader *reader, const struct yaml *map, const char *key, const char *help)
{
	if (yaml_get(map, key) == NULL)
		yaml_fault(reader->file, map, "a source needs %s: %s", key, help);
}

/* A drop folder takes nothing that speaks of fetching. */
static void check_drop(struct reader *reader, const struct yaml *map, struct source *source)
{
	static const char *const fetching[] = {
		"start", "via", "site", "follow", "depth", "every", "delay", "max_pages", "max_bytes", "max_time", "parallel", "clear_web"};

	for (size_t i = 0; i < sizeof fetching / sizeof fetching[0]; i++)
		if (yaml_get(map, fetching[i]) != NULL)
			yaml_fault(reader->file, yaml_get(map, fetching[i]), "a source with a drop folder fetches nothing: remove %s",
				fetching[i]);
	free(source->via);
	source->via = xstrdup("drop");
}

static void check_source(struct reader *reader, const struct yaml *map, void *object)
{
	struct source *source = object;

	(void)reader_name(reader, yaml_get(map, "name"), "the source", source->name);
	if (source->drop != NULL) {
		check_drop(reader, map, source);
		return;
	}
	need(reader, map, "start", START_HELP);
	need(reader, map, "via", VIA_HELP);
	reader_via(reader, yaml_get(map, "via"), source->via);
	starts_read(reader, yaml_get(map, "start"), source);
	check_mirrors(reader, yaml_get(map, "mirrors"), source);
	check_follow(reader, yaml_get(map, "follow"), source);
	check_site(reader, map, source);
	if (source->every_ms < LEAST_EVERY_MS)
		yaml_fault(reader->file, yaml_get(map, "every"), "every is at least 1m");
	if (yaml_get(map, "every_most") == NULL)
		source->every_most_ms = STANDARD_MOST * source->every_ms;
	else if (source->every_most_ms < source->every_ms)
		yaml_fault(reader->file, yaml_get(map, "every_most"),
			"every_most is shorter than every: pages that do not change are visited less often");
	if (source->follow_count > 0 && yaml_get(map, "depth") == NULL)
		source->depth = 1;
	check_parallel(reader, map, source->parallel);
}

static void release_source(void *object)
{
	starts_free(object);
}

#define FIELD(kind_, field) .kind = kind_, .offset = offsetof(struct source, field)
#define TEXTS(field) FIELD(VALUE_TEXTS, field), .count_offset = offsetof(struct source, field##_count)

static const struct schema_key source_keys[] = {
	{.name = "name", FIELD(VALUE_TEXT, name), .required = true, .help = "a word of your own for it"},
	{.name = "site", FIELD(VALUE_TEXT, site), .help = "the name of a site description"},
	{.name = "start", TEXTS(start), .help = START_HELP},
	{.name = "mirrors", FIELD(VALUE_BOOL, mirrors), .help = "true where the starts are addresses of one site"},
	{.name = "via", FIELD(VALUE_TEXT, via), .help = VIA_HELP},
	{.name = "drop", FIELD(VALUE_PATH, drop), .help = "a folder whose files are read, instead of start and via"},
	{.name = "every", FIELD(VALUE_DURATION, every_ms), .help = "30m"},
	{.name = "every_most", FIELD(VALUE_DURATION, every_most_ms), .help = "30d, for pages that do not change"},
	{.name = "follow", TEXTS(follow), .help = "[\"^https://leaks\\\\.example/p/\"]"},
	{.name = "depth", FIELD(VALUE_UNSIGNED, depth), .help = "how many links away from start, 1 or more"},
	{.name = "leak_site", FIELD(VALUE_BOOL, leak_context), .help = "true where the whole source is a leak site or market"},
	{.name = "enabled", FIELD(VALUE_BOOL, enabled), .help = "false leaves it out"},
	{.name = "max_pages", FIELD(VALUE_NUMBER, max_pages), .help = "pages a run, instead of limits.pages_per_run"},
	{.name = "max_bytes", FIELD(VALUE_NUMBER, max_bytes), .help = "bytes a run"},
	{.name = "max_time", FIELD(VALUE_DURATION, max_time_ms), .help = "how long a run may fetch from it: 20m"},
	{.name = "canary", FIELD(VALUE_BOOL, canary), .help = "true where a planted account proves the pipeline in every crawl"},
	{.name = "delay", FIELD(VALUE_DURATION, delay_ms), .help = "the least time between two requests to one host"},
	{.name = "parallel", FIELD(VALUE_UNSIGNED, parallel), .help = "transfers at a time"},
	{.name = "clear_web", FIELD(VALUE_BOOL, clear_web), .help = "true where an onion service may lead to the clear web"},
	{0},
};
const struct schema source_schema = {.what = "a source",
	.size = sizeof(struct source),
	.keys = source_keys,
	.start = start_source,
	.check = check_source,
	.release = release_source};
