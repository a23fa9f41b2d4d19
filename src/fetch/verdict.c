#include "fetch/verdict.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* RFC 1928 */
	SOCKS_GENERAL = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_HOST_UNREACHABLE = 4,
	SOCKS_TTL_EXPIRED = 6,
	SOCKS_NO_COMMAND = 7,
	SOCKS_NO_ADDRESS_TYPE = 8,
	/* Tor's ExtendedErrors, socks-extensions.txt */
	TOR_NO_DESCRIPTOR = 0xf0,
	TOR_BAD_DESCRIPTOR = 0xf1,
	TOR_INTRODUCTION_FAILED = 0xf2,
	TOR_RENDEZVOUS_FAILED = 0xf3,
	TOR_AUTH_MISSING = 0xf4,
	TOR_AUTH_WRONG = 0xf5,
	TOR_BAD_ADDRESS = 0xf6,
	TOR_INTRODUCTION_TIMEOUT = 0xf7,
};

#define OUTCOME(name) LT__FETCH_OUTCOME__FETCH_##name

static struct verdict say(Lt__FetchOutcome outcome, const char *text)
{
	return (struct verdict){.outcome = outcome, .text = text};
}

int socks_code_read(const char *text)
{
	const char *open = strrchr(text, '(');
	if (open == NULL || open[1] < '0' || open[1] > '9')
		return -1;
	char *end;
	long code = strtol(open + 1, &end, 10);
	return strcmp(end, ")") == 0 && code <= 255 ? (int)code : -1;
}

static struct verdict of_socks_code(unsigned code, const struct ending *ending)
{
	switch (code) {
	case TOR_NO_DESCRIPTOR:
		return say(OUTCOME(ONION_GONE), "the onion service publishes no descriptor");
	case TOR_BAD_DESCRIPTOR:
		return say(OUTCOME(ONION_UNREACHABLE), "the onion service's descriptor is invalid");
	case TOR_INTRODUCTION_FAILED:
		return say(OUTCOME(ONION_UNREACHABLE), "no introduction to the onion service");
	case TOR_RENDEZVOUS_FAILED:
		return say(OUTCOME(ONION_UNREACHABLE), "no rendezvous with the onion service");
	case TOR_INTRODUCTION_TIMEOUT:
		return say(OUTCOME(ONION_UNREACHABLE), "the introduction to the onion service took too long");
	case TOR_AUTH_MISSING:
		return say(OUTCOME(ONION_AUTH), "the onion service asks for a client key");
	case TOR_AUTH_WRONG:
		return say(OUTCOME(ONION_AUTH), "the onion service does not take our client key");
	case TOR_BAD_ADDRESS:
		return say(OUTCOME(ONION_BAD), "not a valid onion address");
	case SOCKS_NOT_ALLOWED:
		return say(OUTCOME(PROXY_REFUSED), "the proxy's rules do not allow it");
	case SOCKS_NO_COMMAND:
	case SOCKS_NO_ADDRESS_TYPE:
		return say(OUTCOME(PROXY_REFUSED), "the proxy does not know how");
	case SOCKS_HOST_UNREACHABLE:
		if (!ending->onion)
			return say(OUTCOME(DNS), "the proxy finds no such host");
		break;
	case SOCKS_TTL_EXPIRED:
		if (!ending->onion)
			return say(OUTCOME(TIMEOUT), "the proxy gave up waiting for the host");
		break;
	case SOCKS_GENERAL:
		if (!ending->onion)
			return say(OUTCOME(CONNECT), "the proxy failed without a reason: often a name that does not resolve");
		break;
	default:
		break;
	}
	if (ending->onion)
		return say(OUTCOME(ONION_UNREACHABLE), "the onion service was not reached");
	return say(OUTCOME(CONNECT), "the proxy could not connect to the host");
}

static struct verdict of_socks_proxy(const struct ending *ending)
{
	switch (ending->proxy) {
	case CURLPX_NO_AUTH:
	case CURLPX_USER_REJECTED:
	case CURLPX_RECV_AUTH:
	case CURLPX_SEND_AUTH:
	case CURLPX_GSSAPI:
	case CURLPX_GSSAPI_PERMSG:
	case CURLPX_GSSAPI_PROTECTION:
		return say(OUTCOME(PROXY_AUTH), "the proxy wants another user or password");
	case CURLPX_LONG_HOSTNAME:
	case CURLPX_LONG_USER:
	case CURLPX_LONG_PASSWD:
		return say(OUTCOME(PROXY_REFUSED), "host, user or password is longer than SOCKS can say");
	default:
		break;
	}
	int code = socks_code_read(ending->text);
	if (code <= 0)
		return say(OUTCOME(PROXY_DOWN), "what listens there does not speak SOCKS5, or hung up");
	struct verdict verdict = of_socks_code((unsigned)code, ending);
	verdict.has_socks_code = true;
	verdict.socks_code = (unsigned)code;
	return verdict;
}

static struct verdict of_connect_status(const struct ending *ending)
{
	switch (ending->connect_status) {
	case 401: /* tinyproxy's word for a wrong password */
	case 407:
		return say(OUTCOME(PROXY_AUTH), "the proxy wants another user or password");
	case 400:
	case 403:
	case 405:
	case 501:
		return say(OUTCOME(PROXY_REFUSED), "the proxy's rules do not allow it");
	case 504:
		return say(OUTCOME(TIMEOUT), "the proxy gave up waiting for the host");
	default:
		return say(OUTCOME(CONNECT), "the proxy could not connect to the host");
	}
}

static struct verdict of_timeout(const struct ending *ending)
{
	if (strstr(ending->text, "too slow") != NULL)
		return say(OUTCOME(STALLED), ending->text);
	if (ending->proxied && !ending->connected)
		return say(OUTCOME(PROXY_DOWN), "the proxy did not take the connection in time");
	return say(OUTCOME(TIMEOUT), ending->text);
}

/* The connection broke or said what HTTP/1.1 does not know. */
static struct verdict of_lost(const struct ending *ending)
{
	if (strstr(ending->text, "chunk") != NULL)
		return say(OUTCOME(PROTOCOL), ending->text);
	if (ending->answered)
		return say(OUTCOME(TRUNCATED), ending->text);
	if (ending->http_proxy && ending->tls && !ending->tls_begun)
		return say(OUTCOME(PROXY_DOWN), ending->text);
	return say(OUTCOME(CONNECT), ending->text);
}

static struct verdict of_code(const struct ending *ending)
{
	switch (ending->code) {
	case CURLE_PROXY:
		return of_socks_proxy(ending);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return say(OUTCOME(PROXY_DOWN), ending->text);
	case CURLE_COULDNT_RESOLVE_HOST:
		return say(OUTCOME(DNS), ending->text);
	case CURLE_COULDNT_CONNECT:
		return say(ending->proxied ? OUTCOME(PROXY_DOWN) : OUTCOME(CONNECT), ending->text);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_ENGINE_INITFAILED:
		return say(OUTCOME(TLS), ending->text);
	case CURLE_OPERATION_TIMEDOUT:
		return of_timeout(ending);
	case CURLE_PARTIAL_FILE:
		return say(OUTCOME(TRUNCATED), ending->text);
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return of_lost(ending);
	case CURLE_OUT_OF_MEMORY:
		/* curl's word for a header line past what it holds of one. */
		return say(OUTCOME(PROTOCOL), ending->answered ? "no memory for it" : "a header line longer than an answer can need");
	default:
		return say(OUTCOME(PROTOCOL), *ending->text != '\0' ? ending->text : curl_easy_strerror(ending->code));
	}
}

struct verdict verdict_of(const struct ending *ending)
{
	if (ending->refused && ending->code != CURLE_OK)
		return say(OUTCOME(REFUSED_URL), "the host has a private or unexpected address");
	if (ending->write_error != 0)
		return say(OUTCOME(WRITE), strerror(ending->write_error));
	if (ending->fault != NULL)
		return say(OUTCOME(PROTOCOL), ending->fault);
	if (ending->too_large)
		return say(OUTCOME(TOO_LARGE), "the body is larger than it may be");
	if (ending->code != CURLE_OK && ending->connect_status >= 300)
		return of_connect_status(ending);
	if (ending->code != CURLE_OK)
		return of_code(ending);
	if (!ending->answered)
		return say(OUTCOME(TRUNCATED), "the connection ended within the header lines");
	if (ending->http_proxy && !ending->tls && ending->status == 407)
		return say(OUTCOME(PROXY_AUTH), "the proxy wants another user or password");
	if (ending->status == 304 && !ending->conditional)
		return say(OUTCOME(PROTOCOL), "304 without having been asked");
	if (ending->status < 200 || ending->status > 599)
		return say(OUTCOME(PROTOCOL), "not a status of HTTP");
	return say(OUTCOME(OK), NULL);
}
