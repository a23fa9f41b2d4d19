#include "crawl/scope.h"

#include <string.h>

/* One of the source's starts has this very host and port. */
static bool named_by_start(const struct source *source, const struct url *url)
{
	return config_source_names(source, url->host, url->port);
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

/* What no leave of the source can lift. */
static enum scope_verdict judge_way(const struct source *source, const struct url *url)
{
	if (url->host_class == HOST_ONION && strcmp(source->via, "direct") == 0)
		return SCOPE_DIRECT_ONION;
	if (!named_by_start(source, url) && !url_may_follow(url))
		return SCOPE_REFUSED;
	return SCOPE_IN;
}

static enum scope_verdict judge_link(const struct source *source, const struct url *url, bool own_hosts)
{
	if (named_by_start(source, url))
		return SCOPE_IN;
	if (own_hosts)
		return SCOPE_OTHER_HOST;
	if (url->host_class != HOST_ONION && starts_on_onion(source) && !source->clear_web)
		return SCOPE_ONION_TO_CLEAR;
	return SCOPE_IN;
}

static bool standard_port(const struct url *url)
{
	return url->port == 80 || url->port == 443;
}

static enum scope_verdict judge_redirect(const struct source *source, const struct url *from, const struct url *url)
{
	if (named_by_start(source, url))
		return SCOPE_IN;
	if (strcmp(from->host, url->host) == 0 && (from->port == url->port || (standard_port(from) && standard_port(url))))
		return SCOPE_IN;
	if (from->host_class == HOST_ONION && url->host_class != HOST_ONION)
		return source->clear_web ? SCOPE_IN : SCOPE_ONION_TO_CLEAR;
	return SCOPE_OTHER_HOST;
}

static enum scope_verdict keep(struct url *url, enum scope_verdict verdict)
{
	if (verdict != SCOPE_IN)
		url_free(url);
	return verdict;
}

enum scope_verdict scope_check(const struct source *source, const char *text, bool own_hosts, struct url *url)
{
	enum scope_verdict verdict;

	if (url_check(text, strlen(text), url) != URL_OK)
		return SCOPE_NOT_A_URL;
	verdict = judge_way(source, url);
	return keep(url, verdict == SCOPE_IN ? judge_link(source, url, own_hosts) : verdict);
}

enum scope_verdict scope_check_redirect(const struct source *source, const char *from_text, const char *text, struct url *url)
{
	struct url from;
	enum scope_verdict verdict;

	if (url_check(from_text, strlen(from_text), &from) != URL_OK)
		return SCOPE_NOT_A_URL;
	if (url_read(text, strlen(text), url) != URL_OK) {
		url_free(&from);
		return SCOPE_NOT_A_URL;
	}
	verdict = judge_way(source, url);
	verdict = verdict == SCOPE_IN ? judge_redirect(source, &from, url) : verdict;
	url_free(&from);
	return keep(url, verdict);
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
