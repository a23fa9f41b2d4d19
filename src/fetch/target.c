#include "fetch/target.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

static bool is_named(const struct url *url, char *const *allowed, size_t count)
{
	char *here = xasprintf("%s:%u", url->host, (unsigned)url->port);
	bool found = false;
	for (size_t i = 0; i < count && !found; i++)
		found = strcmp(here, allowed[i]) == 0;
	free(here);
	return found;
}

static const char *judge(const struct target *target)
{
	if (target->named || url_may_follow(&target->url))
		return NULL;
	switch (target->url.host_class) {
	case HOST_ADDRESS:
	case HOST_PRIVATE:
		return "its host is an address that no start names";
	case HOST_LOOPBACK:
		return "its host is this machine itself, which no start names";
	case HOST_SINGLE_LABEL:
		return "its host is a single label that no start names";
	default:
		return "its host is of a local network, which no start names";
	}
}

static bool curl_reads(CURLU *parts, CURLUPart which, const char *wanted)
{
	char *text = NULL;
	bool same = curl_url_get(parts, which, &text, CURLU_DEFAULT_PORT) == CURLUE_OK && strcmp(text, wanted) == 0;
	curl_free(text);
	return same;
}

static bool parsers_agree(const struct url *url)
{
	char port[8];
	snprintf(port, sizeof(port), "%u", (unsigned)url->port);
	CURLU *parts = curl_url();
	bool agree = curl_url_set(parts, CURLUPART_URL, url->text, CURLU_PATH_AS_IS | CURLU_DISALLOW_USER) == CURLUE_OK &&
		     curl_reads(parts, CURLUPART_SCHEME, url->https ? "https" : "http") && curl_reads(parts, CURLUPART_HOST, url->host) &&
		     curl_reads(parts, CURLUPART_PORT, port);
	curl_url_cleanup(parts);
	return agree;
}

const char *target_read(struct target *target, const char *text, char *const *allowed, size_t allowed_count)
{
	*target = (struct target){0};
	enum url_error error = url_check(text, strlen(text), &target->url);
	if (error == URL_OK && !parsers_agree(&target->url))
		error = URL_NOT_CANONICAL;
	if (error != URL_OK) {
		const char *why = url_error_text(error, &target->url);
		target_free(target);
		return why;
	}
	target->named = is_named(&target->url, allowed, allowed_count);
	const char *why = judge(target);
	if (why != NULL)
		target_free(target);
	return why;
}

void target_free(struct target *target)
{
	url_free(&target->url);
	*target = (struct target){0};
}
