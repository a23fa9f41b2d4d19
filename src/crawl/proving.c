/* Mirrors that have to prove themselves: what is asked of them, and what they are believed. */
#include <stdlib.h>
#include <string.h>

#include "coordinator/run.h"
#include "crawl/crawl_internal.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "shared/log.h"
#include "shared/mem.h"

void proving_canonical(const struct source_run *source, struct url *url)
{
	char *canonical = mirrors_canonical(source->mirrors, url->text);
	struct url read;

	if (url_read(canonical, strlen(canonical), &read) == URL_OK) {
		url_free(url);
		*url = read;
	}
	free(canonical);
}

bool proving_familiar(const struct source_run *source, const Lt__FoundLink *link)
{
	struct url target;
	bool familiar;

	if (scope_check(source->source, link->url, link->kind == LT__LINK_KIND__LINK_FOLLOW, &target) != SCOPE_IN)
		return false;
	proving_canonical(source, &target);
	familiar = strcmp(target.text, source->source->start[0]) != 0 &&
		   (index_frontier_known(source->crawl->run->index, source->source->name, target.text) == INDEX_OK ||
			   mirrors_agree(source->mirrors, target.text));
	url_free(&target);
	return familiar;
}

/* None is left for now, and none has shown the site: nothing can be asked but the start, a few times. */
static void all_failed(struct source_run *source)
{
	const struct crawl *crawl = source->crawl;

	source->probe_at_ms = run_now_ms() + schedule_backoff(++source->probe_failures);
	source->over |= crawl->options.once || source->probe_failures >= crawl->run->config->limits.fetch_attempts;
	source->needs_human |= source->over && source->lied;
}

bool proving_failed(struct source_run *source, const char *cause)
{
	char *before = xstrdup(mirrors_current(source->mirrors));
	bool another = mirrors_failed(source->mirrors, run_now_ms());

	if (another)
		log_info("%s: %s cannot be had: %s: %s is asked", source->source->name, before, cause, mirrors_current(source->mirrors));
	free(before);
	if (!another && mirrors_unproved(source->mirrors))
		all_failed(source);
	return another;
}

void proving_lies(struct source_run *source)
{
	char *before = xstrdup(mirrors_current(source->mirrors));

	source->lied = true;
	if (!mirrors_lies(source->mirrors, run_now_ms()))
		source->over = source->needs_human = true;
	free(source->note);
	source->note = xasprintf("%s shows another site than was known: nothing of it is followed", before);
	log_warning("%s: %s", source->source->name, source->note);
	if (source->over)
		coverage_failed(source, "mirror_lies", false);
	free(before);
}

bool proving_waits(const struct source_run *source)
{
	return source->mirrors != NULL && mirrors_unproved(source->mirrors) &&
	       (source->in_flight > 0 || source->probing || source->probe_at_ms > run_now_ms());
}

bool proving_start_first(struct source_run *source)
{
	struct run *run = source->crawl->run;
	struct url start;
	bool good;

	if (source->mirrors == NULL || !mirrors_unproved(source->mirrors))
		return true;
	if (url_read(source->source->start[0], strlen(source->source->start[0]), &start) != URL_OK)
		return false;
	run_write(run);
	good = run_checked(run, index_frontier_first(run->index, source->source->name, start.text, start.host));
	url_free(&start);
	return good;
}

bool proving_too_early(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_RELEASED, .next_due_ms = run_now_ms(), .now_ms = run_now_ms()};

	if (source->mirrors == NULL || !mirrors_unproved(source->mirrors) || strcmp(url->url, source->source->start[0]) == 0)
		return false;
	source->probe_at_ms = run_now_ms() + CRAWL_IDLE_MS;
	if (source->early_since_ms == 0)
		source->early_since_ms = run_now_ms();
	source->over |= run_now_ms() - source->early_since_ms > source->source->delay_ms + CRAWL_IDLE_MS;
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	frontier_url_free(url);
	return true;
}

bool proving_moved(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = "mirror", .now_ms = run_now_ms()};
	struct frontier_url canonical = *url;
	struct url target;

	if (source->mirrors == NULL || !mirrors_is_other(source->mirrors, url->url) ||
		url_read(url->url, strlen(url->url), &target) != URL_OK)
		return false;
	proving_canonical(source, &target);
	canonical.url = target.text;
	canonical.host = target.host;
	(void)run_checked(run, index_frontier_add(run->index, &canonical, NULL));
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	url_free(&target);
	frontier_url_free(url);
	return true;
}
