#include "crawl/scope.h"

#include <string.h>

/* One of the source's starts has this very host and port. */
static bool named_by_start(const struct source *source, const struct url *url)
{
	for (size_t i = 0; i < source->start_count; i++) {
		struct url start;
		bool same;

		if (url_read(source->start[i], strlen(source->start[i]), &start) != URL_OK)
			continue;
		same = strcmp(start.host, url->host) == 0 && start.port == url->port;
		url_free(&start);
		if (same)
			return true;
	}
	return false;
}

static bool starts_on_onion(const struct source *source)
{
	struct url start;
	bool onion = false;

	if (source->start_count > 0 && url_read(source->start[0], strlen(source->start[0]), &start) == URL_OK) {
		onion = start.host_class == HOST_ONION;
		url_free(&start);
	}
	return onion;
}

static enum scope_verdict judge(const struct source *source, const struct url *url, bool own_hosts)
{
	if (url->host_class == HOST_ONION && strcmp(source->via, "direct") == 0)
		return SCOPE_DIRECT_ONION;
	if (named_by_start(source, url))
		return SCOPE_IN;
	if (!url_may_follow(url))
		return SCOPE_REFUSED;
	if (own_hosts)
		return SCOPE_OTHER_HOST;
	if (url->host_class != HOST_ONION && starts_on_onion(source))
		return SCOPE_ONION_TO_CLEAR;
	return SCOPE_IN;
}

enum scope_verdict scope_check(const struct source *source, const char *text, bool own_hosts, struct url *url)
{
	enum scope_verdict verdict;

	if (url_check(text, strlen(text), url) != URL_OK)
		return SCOPE_NOT_A_URL;
	verdict = judge(source, url, own_hosts);
	if (verdict != SCOPE_IN)
		url_free(url);
	return verdict;
}

const char *scope_text(enum scope_verdict verdict)
{
	switch (verdict) {
	case SCOPE_IN:
		return "allowed";
	case SCOPE_NOT_A_URL:
		return "no http or https URL";
	case SCOPE_REFUSED:
		return "address literal, private or single-label host";
	case SCOPE_OTHER_HOST:
		return "another host than the source's start";
	case SCOPE_DIRECT_ONION:
		return "an onion service cannot be reached directly";
	case SCOPE_ONION_TO_CLEAR:
		return "from an onion service to the clear web";
	}
	return "not allowed";
}
