/* Pages at the inspectors: what they lead to, what they are, and when they are visited again. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/reading.h"
#include "coordinator/record.h"
#include "crawl/crawl_internal.h"
#include "crawl/probe.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "crawl/session.h"
#include "crawl/trap.h"
#include "shared/log.h"
#include "shared/mem.h"

static const int64_t VANISHING_MS = INT64_C(30) * 24 * 3600 * 1000;

/* What the callbacks of a page's document need. */
struct page {
	struct source_run *source;
	int64_t url_id;
	char *host, *url, *etag, *last_modified;
	const struct lane *lane; /* it came through */
	uint32_t port;           /* from which its stream came there */
	unsigned depth;
	uint64_t links, fresh; /* links of it; those not known before */
	bool first;            /* it was never read before */
	bool listing;          /* of a described site, where a source starts */
	bool rests;            /* read once, unless it is named anew */
	bool raw;              /* what an item holds, as it stands */
	bool last_try;         /* ... and as often as it is tried */
	bool blocked;
	bool again; /* ... and asked for by another identity */
	char wall[32];
	bool looked;   /* an inspector told its look */
	bool alike;    /* one more of many that look like it */
	uint64_t text; /* of its look; 0: unknown */
	uint64_t text_before;
	int64_t changed_ms, unchanged_ms; /* the interval to the next visit */
	bool described;                   /* what the site's description looks for is there */
	bool same;                        /* as it was when it was read last */
	const char *mirror;               /* it speaks for, or NULL: one that was in use before, or none */
	struct probe *probe;              /* of a mirror that has to prove itself: its links wait */
	uint64_t familiar;                /* ... and so many of them are known */
	bool cut;                         /* ... and there was no room for all */
	uint8_t sha256[32];
};

static void page_free(struct page *page)
{
	free(page->host);
	free(page->url);
	free(page->etag);
	free(page->last_modified);
	probe_free(page->probe);
	free(page);
}

static const char *link_role(Lt__LinkKind kind)
{
	switch (kind) {
	case LT__LINK_KIND__LINK_FOLLOW:
		return "follow";
	case LT__LINK_KIND__LINK_ITEM:
		return "item";
	case LT__LINK_KIND__LINK_RAW:
		return "raw";
	case LT__LINK_KIND__LINK_NEXT:
		return "listing";
	case LT__LINK_KIND__LINK_STEP2:
		return "step2";
	default:
		return "follow";
	}
}

static unsigned link_priority(Lt__LinkKind kind)
{
	switch (kind) {
	case LT__LINK_KIND__LINK_RAW:
	case LT__LINK_KIND__LINK_STEP2:
		return 0;
	case LT__LINK_KIND__LINK_ITEM:
		return 1;
	default:
		return 2;
	}
}

/* What vanishes goes first, the soonest before all: only the order among what is due counts. */
static void set_urgency(struct frontier_url *url, int64_t now_ms)
{
	int64_t left = url->expires_ms - now_ms;

	url->due_ms = now_ms;
	if (url->expires_ms == 0 || left < 0 || left >= VANISHING_MS)
		return;
	url->due_ms -= VANISHING_MS - left;
	url->priority = 0;
}

/* Who comes without one gets another with the page. */
static void strip_session(struct url *url)
{
	char *text = session_strip(url->text);
	struct url read;

	if (text != NULL && url_read(text, strlen(text), &read) == URL_OK) {
		url_free(url);
		*url = read;
	}
	free(text);
}

static void add_link(const Lt__FoundLink *link, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;
	struct run *run = source->crawl->run;
	bool own_hosts = link->kind == LT__LINK_KIND__LINK_FOLLOW;
	struct frontier_url url = {0};
	struct url target;
	enum scope_verdict verdict;
	bool added = false;

	/* The first visit goes through all pages, later ones to where everything is known. */
	if (link->only_if_new && page->fresh == 0 && !page->first)
		return;
	if (++page->links > run->config->limits.links_per_page || (own_hosts && page->depth >= source->source->depth))
		return;
	verdict = scope_check(source->source, link->url, own_hosts, &target);
	if (verdict != SCOPE_IN) {
		log_debug("%s: link not followed: %s: %s", source->source->name, link->url, scope_text(verdict));
		return;
	}
	if (own_hosts && page->alike && source->alike_links >= LIMIT_LINKS_ALIKE) {
		source->alike_left++;
		url_free(&target);
		return;
	}
	if (own_hosts)
		strip_session(&target);
	if (own_hosts && trap_caught(source->trap, target.text)) {
		source->trapped++;
		url_free(&target);
		return;
	}
	if (source->mirrors != NULL)
		proving_canonical(source, &target);
	if (source->added >= run->config->limits.links_per_run) {
		source->crowded += index_frontier_known(run->index, source->source->name, target.text) != INDEX_OK;
		url_free(&target);
		return;
	}
	url.source = source->source->name;
	url.url = target.text;
	url.host = target.host;
	url.method = link->method;
	url.body = link->body;
	url.role = link_role(link->kind);
	url.depth = page->depth + 1;
	url.priority = own_hosts && page->alike ? FRONTIER_PRIORITIES - 1 : link_priority(link->kind);
	url.referer = page->url;
	url.title = link->title;
	url.item = link->item;
	url.captured = (const Lt__Field *const *)link->captured;
	url.captured_count = link->n_captured;
	url.published_ms = link->published_ms;
	url.expires_ms = link->expires_ms;
	set_urgency(&url, run_now_ms());
	url.wake_if_changed = link->again_if_changed;
	if (link->kind == LT__LINK_KIND__LINK_NEXT || link->again_if_changed)
		url.wake_before_ms = source->started_ms;
	run_write(run);
	(void)run_checked(run, index_frontier_add(run->index, &url, &added));
	source->added += added;
	source->alike_links += added && own_hosts && page->alike;
	page->fresh += added && link->kind != LT__LINK_KIND__LINK_NEXT;
	url_free(&target);
}

static void on_link(struct document *document, const Lt__FoundLink *link, void *context)
{
	struct page *page = context;

	if (page->probe == NULL)
		add_link(link, page);
	else if (probe_hold(page->probe, link))
		page->familiar += proving_familiar(page->source, link);
	else if (!page->cut) {
		page->cut = true;
		record_links_cut(page->source->crawl->run, document);
	}
}

/* Tor tells of a stream on another way than the page comes: it may be a little later. */
static void on_found(struct document *document, void *context)
{
	const struct page *page = context;
	const char *circuit =
		document->circuit == NULL ? control_circuit(gateway_control(page->source->gateway, page->lane), page->port) : NULL;

	if (circuit != NULL)
		document->circuit = xstrdup(circuit);
}

static bool looks_alike(struct source_run *source, uint64_t bits)
{
	if (source->looks == NULL)
		source->looks = looks_new();
	return looks_meet(source->looks, bits) >= LIMIT_PAGES_ALIKE;
}

/* Of a page that nobody looked at, since it holds what another does: the same bytes, the same look. */
static uint64_t page_bits(const struct page *page)
{
	uint64_t bits;

	memcpy(&bits, page->sha256, sizeof bits);
	return bits;
}

/* It comes before the page's links. */
static void on_look(struct document *document, const Lt__PageLook *look, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;

	(void)document;
	if (page->looked || page->text != 0) /* a page has one look */
		return;
	page->text = look->text;
	if (page->rests)
		return;
	page->looked = true;
	page->alike = looks_alike(source, look->bits);
	source->alike += page->alike;
}

/* A wall may stand in front of one exit or circuit alone; who has to log in has to everywhere. */
static bool asked_by_another(struct page *page, const char *wall)
{
	struct source_run *source = page->source;

	if (strcmp(wall, "login") == 0 || source->crawl->options.once || !fetch_renew_identity(source, page->lane))
		return false;
	page->again = true;
	(void)snprintf(page->wall, sizeof page->wall, "blocked_%s", wall);
	log_info("%s: %s: a %s page: somebody else asks for it", source->source->name, page->url, wall);
	return true;
}

/* An author may have written what looks like one, and must not keep others' pages from us: the page is asked for again, no more. */
static void raw_wall(struct page *page, const char *wall)
{
	struct source_run *source = page->source;

	source->raw_walls++;
	source->blocked++;
	(void)snprintf(source->raw_wall, sizeof source->raw_wall, "%s", wall);
	log_info("%s: %s: a %s page in place of a raw one%s", source->source->name, page->url, wall,
		page->last_try ? ", once more: it is taken for what it is" : ": it is asked for again");
}

static void on_verdict(struct document *document, const Lt__PageVerdict *verdict, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;

	source->items += verdict->items;
	source->listing_seen |= page->listing && verdict->blocked == NULL;
	page->rests &= !verdict->revisit;
	page->described = verdict->items > 0;
	if (verdict->blocked == NULL)
		return;
	document->blocked = page->blocked = true;
	if (page->raw) {
		raw_wall(page, verdict->blocked);
		return;
	}
	/* Another mirror may have no such wall. */
	if (page->probe != NULL && proving_failed(source, verdict->blocked))
		return;
	if (asked_by_another(page, verdict->blocked))
		return;
	source->blocked++;
	source->over |= page->listing || ++source->walls >= BLOCKED_MAX;
	source->needs_human = true;
	free(source->note);
	source->note = xstrdup(verdict->blocked);
	log_warning("%s: %s: the page is a %s page, not content", source->source->name, page->url, verdict->blocked);
}

/* Puts the start back for another mirror: it was not this site's. */
static void start_again(struct page *page)
{
	struct run *run = page->source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_RELEASED, .next_due_ms = run_now_ms(), .now_ms = run_now_ms()};

	page->source->pages--;
	account_close(page->source->account, page->url_id);
	run_write(run);
	(void)run_checked(run, index_frontier_result(run->index, page->url_id, &result));
	page_free(page);
}

/* No address is left that could show it: proving_lies has counted that. */
static void start_failed(struct page *page)
{
	struct source_run *source = page->source;
	struct frontier_result result = {
		.outcome = FRONTIER_FAILED,
		.next_due_ms = run_now_ms() + schedule_next(source->source->every_ms),
		.error = "mirror_lies",
		.now_ms = run_now_ms(),
	};

	account_close(source->account, page->url_id);
	run_write(source->crawl->run);
	(void)run_checked(source->crawl->run, index_frontier_result(source->crawl->run->index, page->url_id, &result));
	page_free(page);
}

/* Whether the start of a mirror is the start of the site. Says so where not. */
static bool proved(struct page *page)
{
	struct source_run *source = page->source;

	source->probing = false;
	if (!page->blocked && (page->familiar > 0 || page->same || page->described)) {
		mirrors_prove(source->mirrors);
		probe_release(page->probe, add_link, page);
		return true;
	}
	/* Of a wall, on_verdict has taken care. */
	if (!page->blocked)
		proving_lies(source);
	return false;
}

static void on_done(struct document *document, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;
	struct run *run = source->crawl->run;
	bool changed = !page->same && (page->text == 0 || page->text != page->text_before);
	int64_t every = changed ? page->changed_ms : page->unchanged_ms;
	int64_t again_ms = page->again ? run_now_ms() + schedule_backoff(1) : 0;
	struct frontier_result result = {
		.outcome = FRONTIER_FETCHED,
		.next_due_ms = page->rests ? 0 : run_now_ms() + schedule_next(every),
		.every_ms = every,
		.look = page->same && page->text == 0 ? page->text_before : page->text,
		.etag = page->etag,
		.last_modified = page->last_modified,
		.digest = page->sha256,
		.now_ms = run_now_ms(),
	};

	if (page->probe != NULL && !proved(page) && !(page->blocked && source->over)) {
		if (source->over && source->lied)
			start_failed(page);
		else
			start_again(page);
		return;
	}
	if (page->mirror != NULL && page->mirror == mirrors_current(source->mirrors) && page->depth == 0 && !page->blocked)
		mirrors_prove(source->mirrors);
	if (page->again)
		account_retry(source->account, page->url_id, again_ms, page->wall, true);
	else
		account_close(source->account, page->url_id);
	source->fetched += !page->blocked;
	source->raw_pages += page->raw && !page->blocked;
	source->alike += !page->looked && !page->rests && looks_alike(source, page_bits(page));
	/* The content is still owed. */
	if (page->blocked && !(page->raw && page->last_try)) {
		result.outcome = FRONTIER_FAILED;
		result.next_due_ms = run_now_ms() + schedule_next(source->source->every_ms);
		result.every_ms = 0;
		result.error = "blocked";
	}
	if (page->again) {
		result.next_due_ms = again_ms;
		source->retry_until_ms = again_ms > source->retry_until_ms ? again_ms : source->retry_until_ms;
	}
	/* What was not read whole is asked for again without validators. */
	if (document->failed || page->cut)
		result.etag = result.last_modified = NULL;
	run_write(run);
	(void)run_checked(run, index_frontier_result(run->index, page->url_id, &result));
	page_free(page);
}

static void on_dropped(struct document *document, void *context)
{
	(void)document;
	page_free(context);
}

/* Where a source starts is its owner's to say. */
int64_t crawl_interval(const struct source_run *source, const struct frontier_url *url, bool changed)
{
	const struct source *configured = source->source;

	if (url->depth == 0)
		return configured->every_ms;
	return schedule_adapt(url->every_ms, configured->every_ms, configured->every_most_ms, changed);
}

void crawl_page(struct request *request, const Lt__FetchDone *done)
{
	struct source_run *source = request->source;
	struct run *run = source->crawl->run;
	struct page *page = xcalloc(1, sizeof *page);
	struct document *document = body_document(request, done, page->sha256);

	source->bytes += document->parts[0].size;
	page->source = source;
	page->url_id = request->url->id;
	page->host = xstrdup(request->url->host);
	page->url = xstrdup(request->current);
	page->changed_ms = crawl_interval(source, request->url, true);
	page->unchanged_ms = crawl_interval(source, request->url, false);
	page->text_before = request->url->look;
	page->same = request->url->has_digest && memcmp(request->url->digest, page->sha256, sizeof page->sha256) == 0;
	if (source->mirrors != NULL &&
		(mirrors_is_current(source->mirrors, request->current) || !mirrors_have(source->mirrors, request->current)))
		page->mirror = mirrors_current(source->mirrors);
	if (page->mirror != NULL && request->url->depth == 0 && mirrors_unproved(source->mirrors)) {
		page->probe = probe_new();
		source->probing = true;
	}
	page->lane = request->lane;
	page->port = done->local_port;
	page->depth = request->url->depth;
	page->first = request->url->fetched_ms == 0;
	page->listing = source->source->site != NULL && request->url->depth == 0;
	page->rests = source->source->site != NULL && request->url->depth > 0;
	page->raw = source->source->site != NULL && request->url->role != NULL && strcmp(request->url->role, "raw") == 0;
	page->last_try = request->url->attempts + 1 >= run->config->limits.fetch_attempts;
	page->etag = done->etag != NULL ? xstrdup(done->etag) : NULL;
	page->last_modified = done->last_modified != NULL ? xstrdup(done->last_modified) : NULL;
	document->deepest = page->depth >= source->source->depth && page->probe == NULL;
	document->has_sha256 = true;
	memcpy(document->sha256, page->sha256, sizeof document->sha256);
	document->link = on_link;
	document->look = on_look;
	document->found = on_found;
	document->verdict = on_verdict;
	document->done = on_done;
	document->dropped = on_dropped;
	document->context = page;
	reading_add(run->reading, document);
}
