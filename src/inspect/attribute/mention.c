#include "inspect/attribute/mention.h"

#include <string.h>

#include "inspect/attribute/show.h"
#include "inspect/job.h"
#include "inspect/rules/rules.h"

enum { TITLE_BYTES = 200 };

/* A field that the site description captured on the page that led here. */
static char *captured(const Lt__Job *job, const char *name)
{
	for (size_t i = 0; i < job->n_captured; i++)
		if (strcmp(job->captured[i]->name, name) == 0)
			return job->captured[i]->value;
	return NULL;
}

/* What stands around the name on its line, without markup. */
static struct slice words_around(const struct text *text, const struct hit *hit)
{
	size_t from, to;

	text_line(text, hit->at, &from, &to);
	const char *open = memrchr(text->data + from, '>', hit->at - from);
	const char *close = memchr(text->data + hit->at, '<', to - hit->at);

	if (open != NULL)
		from = (size_t)(open - text->data) + 1;
	if (close != NULL)
		to = (size_t)(close - text->data);
	if (hit->at - from > TITLE_BYTES)
		from = hit->at;
	return slice_trim(text_slice(text, from, to));
}

/* An address on a leak page is a person's, or the site's own contact: records read those. */
static bool is_address(const struct text *text, const struct hit *hit)
{
	return hit->kind == NAME_STAFF || hit->kind == NAME_LOGON || (hit->at > 0 && text->data[hit->at - 1] == '@');
}

void mention_consider(struct text *text, const struct hit *hit)
{
	const Lt__Job *job = scan_job(text->scan);
	Lt__Post post = LT__POST__INIT;

	if (!job->has_leak_context || !job->leak_context || scan_muted(text->scan) || hit->kind == NAME_SERVICE || is_address(text, hit))
		return;
	if (rules_list_post(text, hit)) /* an offer says more */
		return;
	post.title = captured(job, "title");
	if (post.title == NULL)
		post.title = show_text(text->scan, words_around(text, hit), TITLE_BYTES);
	post.site = job->site != NULL ? job->site : job->source;
	post.link = job->url;
	post.deadline = captured(job, "deadline");
	post.price = captured(job, "price");
	struct candidate mention = {.kind = CANDIDATE_MENTION,
		.rule = "lt.mention.1",
		.post = &post,
		.near = hit,
		.confidence = hit->kind == NAME_KEYWORD ? LT__CONFIDENCE__CONFIDENCE_MEDIUM : LT__CONFIDENCE__CONFIDENCE_HIGH,
		.cookie_http_only = -1,
		.cookie_secure = -1,
		.at = hit->at};

	candidate_emit(text, &mention);
}
