#include "fetch/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/response.h"
#include "fetch/target.h"
#include "fetch/verdict.h"
#include "limits/limits.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/slice.h"

enum { READ_BYTES = 32 * 1024, ISOLATION_BYTES = 255 };

struct transfer {
	uint64_t id;
	CURL *curl;
	struct curl_slist *headers;
	struct target target;
	struct gate gate;
	struct response response;
	bool conditional;
	int out_fd;
	uint64_t bytes, max_bytes;
	bool too_large;
	int write_error;
	char error[CURL_ERROR_SIZE];
	char *text; /* error as it is sent */
	Lt__FetchDone done;
	bool has_jar;
	struct curl_slist *jar; /* lines of done.cookies */
};

/* ---- callbacks ---- */

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t wrote = write(fd, data, len);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote == 0 ? EIO : errno;
		data += wrote;
		len -= (size_t)wrote;
	}
	return 0;
}

/* Content-Length is the server's word; this count is ours. */
static size_t take_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;
	uint64_t room = transfer->max_bytes - transfer->bytes;
	size_t taken = len < room ? len : (size_t)room;
	if (transfer->out_fd >= 0)
		transfer->write_error = write_all(transfer->out_fd, data, taken);
	if (transfer->write_error != 0)
		return 0;
	transfer->bytes += taken;
	transfer->too_large = taken < len;
	return taken;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;
	return response_line(&transfer->response, data, len) ? len : 0;
}

/* ---- the request ---- */

/* Lines that would make one request two, or change where it goes, are ours alone. */
static bool header_allowed(const char *line)
{
	static const char *const reserved[] = {"host:", "content-length:", "transfer-encoding:", "connection:", "expect:", "te:",
		"trailer:", "upgrade:", "keep-alive:", "proxy-"};
	struct slice text = slice_of(line);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (slice_starts_nocase(text, reserved[i]))
			return false;
	size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	return name > 0 && line[name] == ':';
}

static bool one_line(const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static const char *check_request(const struct transfer_request *request)
{
	bool post = strcmp(request->method, "POST") == 0;
	if (!post && strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		return "a method other than GET, HEAD and POST";
	if (!post && request->body_len > 0)
		return "a body without POST";
	if (request->total_timeout_ms == 0 || request->connect_timeout_ms == 0)
		return "a request without a deadline";
	if (request->isolation != NULL && (strlen(request->isolation) > ISOLATION_BYTES || !one_line(request->isolation)))
		return "an isolation key that SOCKS cannot say";
	if (!one_line(request->user_agent) || !one_line(request->referer))
		return "a control character in a header line";
	if (request->header_count > LIMIT_REQUEST_HEADERS)
		return "more header lines than a request can need";
	for (size_t i = 0; i < request->header_count; i++)
		if (!one_line(request->headers[i]) || !header_allowed(request->headers[i]))
			return "a header line that may not be sent";
	return NULL;
}

static void add_header(struct transfer *transfer, const char *line)
{
	struct curl_slist *list = curl_slist_append(transfer->headers, line);
	if (list == NULL)
		log_fatal("no memory for a header line");
	transfer->headers = list;
}

static void set_request(struct transfer *transfer, const struct transfer_request *request)
{
	CURL *curl = transfer->curl;
	curl_easy_setopt(curl, CURLOPT_URL, transfer->target.url.text);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	if (strcmp(request->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request->body_len > 0 ? request->body : "");
	}
	for (size_t i = 0; i < request->header_count; i++)
		add_header(transfer, request->headers[i]);
	add_header(transfer, "Expect:"); /* curl would wait for a 100 that many servers never send */
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, request->user_agent);
	curl_easy_setopt(curl, CURLOPT_REFERER, request->referer);
}

/* Plain HTTP/1.1 and nothing that remembers, follows, unpacks or asks the system. */
static void set_manners(struct transfer *transfer)
{
	CURL *curl = transfer->curl;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, NULL);
	curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(curl, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
}

static void set_limits(struct transfer *transfer, const struct transfer_request *request)
{
	CURL *curl = transfer->curl;
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)request->low_speed_bytes);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)request->low_speed_s);
}

static void set_calls(struct transfer *transfer)
{
	CURL *curl = transfer->curl;
	curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
}

/* Cookies live in this one handle: what an answer sets goes back with the answer. */
static void set_cookies(struct transfer *transfer, const struct transfer_request *request)
{
	if (request->cookie_count == 0)
		return;
	curl_easy_setopt(transfer->curl, CURLOPT_COOKIEFILE, "");
	for (size_t i = 0; i < request->cookie_count; i++)
		curl_easy_setopt(transfer->curl, CURLOPT_COOKIELIST, request->cookies[i]);
	transfer->has_jar = true;
}

/* The list keeps the lines the message points at until the transfer is freed. */
static void tell_cookies(struct transfer *transfer)
{
	size_t count = 0, bytes = 0;
	if (!transfer->has_jar || curl_easy_getinfo(transfer->curl, CURLINFO_COOKIELIST, &transfer->jar) != CURLE_OK)
		return;
	transfer->done.cookies = xcalloc(LIMIT_JAR_COOKIES, sizeof(char *));
	for (const struct curl_slist *line = transfer->jar; line != NULL && count < LIMIT_JAR_COOKIES; line = line->next) {
		bytes += strlen(line->data);
		if (bytes > LIMIT_JAR_BYTES)
			break;
		if (utf8_valid(line->data, strlen(line->data)))
			transfer->done.cookies[count++] = line->data;
	}
	transfer->done.n_cookies = count;
}

struct transfer *transfer_new(const struct transfer_request *request, struct trust *trust, const char **why)
{
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));
	transfer->id = request->id;
	transfer->out_fd = request->out_fd;
	transfer->max_bytes = request->max_bytes;
	transfer->conditional = request->conditional;
	lt__fetch_done__init(&transfer->done);
	*why = check_request(request);
	if (*why == NULL)
		*why = target_read(&transfer->target, request->url, request->allowed, request->allowed_count);
	if (*why == NULL)
		*why = route_objects(request->route, &transfer->target);
	if (*why != NULL) {
		transfer_free(transfer);
		return NULL;
	}
	transfer->curl = curl_easy_init();
	if (transfer->curl == NULL)
		log_fatal("no memory for a transfer");
	set_manners(transfer);
	trust_apply(trust, transfer->curl);
	set_limits(transfer, request);
	set_calls(transfer);
	set_request(transfer, request);
	set_cookies(transfer, request);
	route_apply(request->route, transfer->curl, request->isolation, transfer->target.named, &transfer->gate);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	curl_easy_cleanup(transfer->curl);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->jar);
	free(transfer->done.cookies);
	target_free(&transfer->target);
	response_free(&transfer->response);
	free(transfer->text);
	if (transfer->out_fd >= 0)
		close(transfer->out_fd);
	free(transfer);
}

uint64_t transfer_id(const struct transfer *transfer)
{
	return transfer->id;
}

uint64_t transfer_bytes(const struct transfer *transfer)
{
	return transfer->bytes;
}

CURL *transfer_handle(const struct transfer *transfer)
{
	return transfer->curl;
}

struct transfer *transfer_of(CURL *handle)
{
	struct transfer *transfer = NULL;
	curl_easy_getinfo(handle, CURLINFO_PRIVATE, &transfer);
	return transfer;
}

/* ---- the ending ---- */

static long info(const struct transfer *transfer, CURLINFO which)
{
	long value = 0;
	return curl_easy_getinfo(transfer->curl, which, &value) == CURLE_OK ? value : 0;
}

static struct ending ending_of(const struct transfer *transfer, CURLcode code)
{
	const struct route *route = transfer->gate.route;
	struct ending ending = {
		.code = code,
		.text = transfer->error,
		.proxy = (CURLproxycode)info(transfer, CURLINFO_PROXY_ERROR),
		.connect_status = info(transfer, CURLINFO_HTTP_CONNECTCODE),
		.status = info(transfer, CURLINFO_RESPONSE_CODE),
		.connected = info(transfer, CURLINFO_LOCAL_PORT) != 0,
		.answered = transfer->response.whole,
		.proxied = route->kind == ROUTE_SOCKS || route->kind == ROUTE_HTTP_PROXY,
		.http_proxy = route->kind == ROUTE_HTTP_PROXY,
		.onion = transfer->target.url.host_class == HOST_ONION,
		.tls = transfer->target.url.https,
		.refused = transfer->gate.refused,
		.too_large = transfer->too_large,
		.write_error = transfer->write_error,
		.fault = transfer->response.fault,
		.conditional = transfer->conditional,
	};
	ending.tls_begun = ending.connect_status == 200;
	return ending;
}

static void fill_headers(struct transfer *transfer)
{
	struct response *response = &transfer->response;
	Lt__FetchDone *done = &transfer->done;
	done->content_type = response->content_type;
	done->etag = response->etag;
	done->last_modified = response->last_modified;
	done->content_encoding = response->codings;
	done->n_content_encoding = response->coding_count;
	done->set_cookie = response->set_cookie;
	done->n_set_cookie = response->set_cookie_count;
	done->has_retry_after_s = response->has_retry_after;
	done->retry_after_s = response->retry_after_s;
}

/* An address that no request of ours could have is told in the error, not passed on. */
static const char *fill_redirect(struct transfer *transfer)
{
	char *url = NULL;
	if (curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &url) != CURLE_OK || url == NULL)
		return NULL;
	size_t len = strlen(url);
	for (size_t i = 0; i < len && len <= LIMIT_URL_BYTES; i++)
		if (url[i] <= ' ' || url[i] > '~')
			return "it redirects to what is not a URL";
	if (len > LIMIT_URL_BYTES)
		return "it redirects to a URL that is too long";
	transfer->done.redirect = url;
	return NULL;
}

const Lt__FetchDone *transfer_end(struct transfer *transfer, CURLcode code)
{
	Lt__FetchDone *done = &transfer->done;
	struct ending ending = ending_of(transfer, code);
	struct verdict verdict = verdict_of(&ending);
	const char *text = verdict.text;
	done->id = transfer->id;
	done->outcome = verdict.outcome;
	done->has_socks_code = verdict.has_socks_code;
	done->socks_code = verdict.socks_code;
	done->has_local_port = ending.connected;
	done->local_port = (uint32_t)info(transfer, CURLINFO_LOCAL_PORT);
	done->has_bytes = true;
	done->bytes = transfer->bytes;
	if (ending.answered) {
		done->has_status = ending.status > 0;
		done->status = (uint32_t)ending.status;
		fill_headers(transfer);
		const char *bad_redirect = fill_redirect(transfer);
		text = text == NULL ? bad_redirect : text;
	}
	free(transfer->text);
	transfer->text = text == NULL ? NULL : escape_dup(text, strlen(text), LIMIT_FETCH_ERROR_BYTES);
	done->error = transfer->text;
	tell_cookies(transfer);
	return done;
}
