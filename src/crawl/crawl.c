#include "crawl/crawl.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/reading.h"
#include "coordinator/record.h"
#include "crawl/crawl_internal.h"
#include "crawl/drop.h"
#include "crawl/probe.h"
#include "crawl/schedule.h"
#include "crawl/scope.h"
#include "crawl/trap.h"
#include "index/outbox.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	LEASE_MS = 30 * 60 * 1000,
	IDLE_MS = 500,
	READING_BACKLOG = 64, /* documents waiting for inspectors before fetching pauses */
};

static const int64_t VANISHING_MS = INT64_C(30) * 24 * 3600 * 1000;

/* ---- pages ------------------------------------------------------------------------------------- */

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
	bool blocked;
	bool again; /* ... and asked for by another identity */
	char wall[32];
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

static bool digest_of(int fd, uint8_t sha256[32], uint64_t *size)
{
	static uint8_t chunk[1 << 16];
	struct sha256_ctx state;
	ssize_t got;

	*size = 0;
	sha256_init(&state);
	do {
		got = pread(fd, chunk, sizeof chunk, (off_t)*size);
		if (got < 0)
			break;
		sha256_update(&state, (size_t)got, chunk);
		*size += (uint64_t)got;
	} while (got == (ssize_t)sizeof chunk);
	sha256_digest(&state, SHA256_DIGEST_SIZE, sha256);
	mem_wipe(chunk, *size < sizeof chunk ? (size_t)*size : sizeof chunk);
	return got >= 0;
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

/* All mirrors' pages are one site's, that of the first. */
static void make_canonical(const struct source_run *source, struct url *url)
{
	char *canonical = mirrors_canonical(source->mirrors, url->text);
	struct url read;

	if (url_read(canonical, strlen(canonical), &read) == URL_OK) {
		url_free(url);
		*url = read;
	}
	free(canonical);
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
	if (own_hosts && trap_caught(source->trap, target.text)) {
		source->trapped++;
		url_free(&target);
		return;
	}
	if (source->mirrors != NULL)
		make_canonical(source, &target);
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
	source->alike_links += added && own_hosts && page->alike;
	page->fresh += added && link->kind != LT__LINK_KIND__LINK_NEXT;
	url_free(&target);
}

/* A link that is known already tells that this is the site it was. The start itself, which every page may link to, does not. */
static void weigh_link(struct page *page, const Lt__FoundLink *link)
{
	struct source_run *source = page->source;
	struct url target;

	if (scope_check(source->source, link->url, link->kind == LT__LINK_KIND__LINK_FOLLOW, &target) != SCOPE_IN)
		return;
	make_canonical(source, &target);
	if (strcmp(target.text, source->source->start[0]) != 0)
		page->familiar += index_frontier_known(source->crawl->run->index, source->source->name, target.text) == INDEX_OK ||
				  mirrors_agree(source->mirrors, target.text);
	url_free(&target);
}

static void on_link(struct document *document, const Lt__FoundLink *link, void *context)
{
	struct page *page = context;

	if (page->probe == NULL)
		add_link(link, page);
	else if (probe_hold(page->probe, link))
		weigh_link(page, link);
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

/* It comes before the page's links. */
static void on_look(struct document *document, const Lt__PageLook *look, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;

	(void)document;
	page->text = look->text;
	if (page->rests)
		return;
	if (source->looks == NULL)
		source->looks = looks_new();
	page->alike = looks_meet(source->looks, look->bits) >= LIMIT_PAGES_ALIKE;
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
	/* Another mirror may have no such wall. */
	if (page->probe != NULL && crawl_mirror_failed(source, verdict->blocked))
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

/* None is left for now, and none has shown the site: nothing can be asked but the start, a few times. */
static void all_failed(struct source_run *source)
{
	const struct crawl *crawl = source->crawl;

	source->probe_at_ms = run_now_ms() + schedule_backoff(++source->probe_failures);
	source->over |= crawl->options.once || source->probe_failures >= crawl->run->config->limits.fetch_attempts;
	source->needs_human |= source->over && source->lied;
}

bool crawl_mirror_failed(struct source_run *source, const char *cause)
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

static void mirror_lies(struct source_run *source)
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
		mirror_lies(source);
	return false;
}

static void on_done(struct document *document, void *context)
{
	struct page *page = context;
	struct source_run *source = page->source;
	struct run *run = source->crawl->run;
	bool changed = !page->same && (page->text == 0 || page->text != page->text_before);
	int64_t every = changed ? page->changed_ms : page->unchanged_ms;
	int64_t again_ms = run_now_ms() + schedule_backoff(1);
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
	/* The content is still owed. */
	if (page->blocked) {
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

static void copy_captured(struct document *document, const struct frontier_url *url)
{
	document->captured = xcalloc(url->captured_count, sizeof(Lt__Field *));
	for (size_t i = 0; i < url->captured_count; i++) {
		Lt__Field *field = xmalloc(sizeof *field);

		lt__field__init(field);
		field->name = xstrdup(url->captured[i]->name);
		field->value = xstrdup(url->captured[i]->value);
		document->captured[document->captured_count++] = field;
	}
}

/* Where the name of a file begins in a URL: what stands before it says nothing of what it holds. */
static size_t file_name_of(const char *url)
{
	const char *scheme = strstr(url, "://");
	size_t at = scheme != NULL ? (size_t)(scheme - url) + 3 : 0, name = at;

	for (; url[at] != '\0' && url[at] != '?' && url[at] != '#'; at++)
		if (url[at] == '/')
			name = at + 1;
	return name;
}

static struct document *page_document(struct request *request, const Lt__FetchDone *done, uint64_t size)
{
	const struct source *configured = request->source->source;
	struct document *document = document_new();

	(void)fcntl(request->body, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	struct part *part = document_add_part(document, request->current, NULL, request->body, size);
	part->outer = file_name_of(request->current);
	request->body = -1;
	document->source = xstrdup(configured->name);
	document->url = xstrdup(request->current);
	document->via = xstrdup(configured->via);
	document->content_type = done->content_type != NULL ? xstrdup(done->content_type) : NULL;
	document->site = configured->site != NULL ? xstrdup(configured->site) : NULL;
	document->page_role = request->url->role != NULL ? xstrdup(request->url->role) : NULL;
	document->content_encoding = xcalloc(done->n_content_encoding, sizeof *document->content_encoding);
	for (size_t i = 0; i < done->n_content_encoding; i++)
		document->content_encoding[document->content_encoding_count++] = xstrdup(done->content_encoding[i]);
	copy_captured(document, request->url);
	document->posting_text = request->url->title != NULL ? xstrdup(request->url->title) : NULL;
	document->configured = configured;
	document->leak_context = configured->leak_context;
	document->want_links = true;
	document->fetched_at_ms = run_now_ms();
	/* What a page leads to depends on where it stands. */
	document->always = configured->canary || configured->site != NULL ||
			   (request->source->mirrors != NULL && mirrors_unproved(request->source->mirrors));
	return document;
}

/* ---- walls with an error's status -------------------------------------------------------------- */

struct refusal {
	struct request *request;
	char *wall;
};

static void on_refusal_verdict(struct document *document, const Lt__PageVerdict *verdict, void *context)
{
	struct refusal *refusal = context;

	(void)document;
	if (verdict->blocked != NULL && refusal->wall == NULL)
		refusal->wall = xstrdup(verdict->blocked);
}

static void on_refusal_done(struct document *document, void *context)
{
	struct refusal *refusal = context;

	(void)document;
	fetch_refused(refusal->request, refusal->wall);
	free(refusal->wall);
	free(refusal);
}

static void on_refusal_dropped(struct document *document, void *context)
{
	struct refusal *refusal = context;

	(void)document;
	free(refusal->wall);
	free(refusal);
}

void crawl_refused(struct request *request, const Lt__FetchDone *done)
{
	struct refusal *refusal = xcalloc(1, sizeof *refusal);
	uint8_t sha256[32];
	char hex[65];
	struct document *document;
	uint64_t size;

	if (!digest_of(request->body, sha256, &size))
		log_fatal_errno("cannot read a fetched page back");
	refusal->request = request;
	document = page_document(request, done, size);
	sodium_bin2hex(hex, sizeof hex, sha256, sizeof sha256);
	document->name = xasprintf("sha256:%s", hex);
	document->status = request->status;
	document->always = true;
	document->verdict = on_refusal_verdict;
	document->done = on_refusal_done;
	document->dropped = on_refusal_dropped;
	document->context = refusal;
	fetch_hold(request);
	reading_add(request->source->crawl->run->reading, document);
}

void crawl_page(struct request *request, const Lt__FetchDone *done)
{
	struct source_run *source = request->source;
	struct run *run = source->crawl->run;
	struct page *page = xcalloc(1, sizeof *page);
	struct document *document;
	char hex[65];
	uint64_t size;

	if (!digest_of(request->body, page->sha256, &size))
		log_fatal_errno("cannot read a fetched page back");
	source->bytes += size;
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
	page->etag = done->etag != NULL ? xstrdup(done->etag) : NULL;
	page->last_modified = done->last_modified != NULL ? xstrdup(done->last_modified) : NULL;
	document = page_document(request, done, size);
	sodium_bin2hex(hex, sizeof hex, page->sha256, sizeof page->sha256);
	document->name = xasprintf("sha256:%s", hex);
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

/* ---- sources ----------------------------------------------------------------------------------- */

/* Pages behind its starts were found in earlier runs. */
static bool is_known(const struct source_run *source)
{
	struct frontier_counts counts = {0};

	return index_frontier_counts(source->crawl->run->index, source->source->name, &counts) == INDEX_OK &&
	       counts.known > source->source->start_count;
}

static bool put_starts(struct source_run *source)
{
	struct run *run = source->crawl->run;

	for (size_t i = 0; i < source->source->start_count; i++) {
		struct url start;
		struct frontier_url url = {0};

		if (url_read(source->source->start[i], strlen(source->source->start[i]), &start) != URL_OK)
			continue;
		if (source->mirrors != NULL)
			make_canonical(source, &start);
		url.source = source->source->name;
		url.url = start.text;
		url.host = start.host;
		url.role = source->source->site != NULL ? "listing" : "start";
		url.priority = 2;
		url.due_ms = run_now_ms();
		run_write(run);
		(void)run_checked(run, index_frontier_add(run->index, &url, NULL));
		url_free(&start);
	}
	return !run->broken;
}

static struct gateway *gateway_of(struct crawl *crawl, const char *via)
{
	const struct proxy *proxy = config_proxy(crawl->run->config, via);

	for (size_t i = 0; i < crawl->gateways_count; i++)
		if (crawl->gateways[i].proxies == proxy)
			return &crawl->gateways[i];
	gateway_start(&crawl->gateways[crawl->gateways_count], crawl, proxy);
	return &crawl->gateways[crawl->gateways_count++];
}

/* A jar that cannot be read is said, and the source is crawled as a stranger would: its markers tell. */
static void open_jars(struct crawl *crawl)
{
	uint8_t key[JAR_KEY_BYTES];

	if (!jar_key(crawl->run->config, key))
		return;
	for (size_t i = 0; i < crawl->sources_count; i++)
		crawl->sources[i].jar = jar_open(crawl->run->config, crawl->sources[i].source->name, key);
	mem_wipe(key, sizeof key);
}

static void add_sources(struct crawl *crawl)
{
	const struct config *config = crawl->run->config;

	crawl->sources = xcalloc(config->sources_count, sizeof *crawl->sources);
	crawl->gateways = xcalloc(config->sources_count, sizeof *crawl->gateways);
	for (size_t i = 0; i < config->sources_count; i++) {
		const struct source *source = &config->sources[i];
		struct source_run *added = &crawl->sources[crawl->sources_count];

		if (!source->enabled || source->drop != NULL ||
			(crawl->options.source != NULL && strcmp(crawl->options.source, source->name) != 0))
			continue;
		crawl->sources_count++;
		*added = (struct source_run){.crawl = crawl,
			.source = source,
			.gateway = gateway_of(crawl, source->via),
			.started_ms = run_now_ms(),
			.trap = trap_new(),
			.account = account_new()};
		added->mirrors = mirrors_new(source, is_known(added));
		if (!put_starts(added))
			return;
		if (crawl->options.force || source->canary)
			(void)run_checked(crawl->run, index_frontier_force(crawl->run->index, source->name, run_now_ms()));
	}
}

/* Pages, bytes or time that one run may spend on a source are spent. */
static bool spent(const struct source_run *source)
{
	const struct source *configured = source->source;
	uint64_t pages = configured->max_pages > 0 ? configured->max_pages : source->crawl->run->config->limits.pages_per_run;

	return source->pages >= pages || (configured->max_bytes > 0 && source->bytes >= configured->max_bytes) ||
	       (configured->max_time_ms > 0 && run_now_ms() - source->started_ms >= configured->max_time_ms);
}

static bool may_fetch(const struct source_run *source)
{
	const struct crawl *crawl = source->crawl;

	return !source->over && source->in_flight < fetch_parallel(source->source) && !spent(source) &&
	       reading_open(crawl->run->reading) < READING_BACKLOG && gateway_open(source->gateway);
}

/* The site said that it would be gone by now, and it was never read. */
static bool expired(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = "expired", .now_ms = run_now_ms()};

	if (url->expires_ms == 0 || url->expires_ms > result.now_ms)
		return false;
	source->gone++;
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	frontier_url_free(url);
	return true;
}

/* Before a mirror has shown that it is one, its start alone is asked for. */
static bool mirror_waits(const struct source_run *source)
{
	return source->mirrors != NULL && mirrors_unproved(source->mirrors) &&
	       (source->in_flight > 0 || source->probing || source->probe_at_ms > run_now_ms());
}

static bool start_first(struct source_run *source)
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

/* Another host was ready before that of the start: what waits there waits on. A host that asked for a longer pause gets it. */
static bool comes_too_early(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_RELEASED, .next_due_ms = run_now_ms(), .now_ms = run_now_ms()};

	if (source->mirrors == NULL || !mirrors_unproved(source->mirrors) || strcmp(url->url, source->source->start[0]) == 0)
		return false;
	source->probe_at_ms = run_now_ms() + IDLE_MS;
	if (source->early_since_ms == 0)
		source->early_since_ms = run_now_ms();
	source->over |= run_now_ms() - source->early_since_ms > source->source->delay_ms + IDLE_MS;
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	frontier_url_free(url);
	return true;
}

/* It was found when the address was no mirror yet: it goes where the others are. */
static bool moved(struct source_run *source, struct frontier_url *url)
{
	struct run *run = source->crawl->run;
	struct frontier_result result = {.outcome = FRONTIER_IS_GONE, .error = "mirror", .now_ms = run_now_ms()};
	struct frontier_url canonical = *url;
	struct url target;

	if (source->mirrors == NULL || !mirrors_is_other(source->mirrors, url->url) ||
		url_read(url->url, strlen(url->url), &target) != URL_OK)
		return false;
	make_canonical(source, &target);
	canonical.url = target.text;
	canonical.host = target.host;
	(void)run_checked(run, index_frontier_add(run->index, &canonical, NULL));
	(void)run_checked(run, index_frontier_result(run->index, url->id, &result));
	url_free(&target);
	frontier_url_free(url);
	return true;
}

static bool fetch_one(struct source_run *source)
{
	struct run *run = source->crawl->run;
	struct frontier_url *url = NULL;

	if (!may_fetch(source) || mirror_waits(source) || !start_first(source))
		return false;
	run_write(run);
	if (!run_checked(
		    run, index_frontier_take(run->index, source->source->name, source->source->delay_ms, LEASE_MS, run_now_ms(), &url)))
		return false;
	if (expired(source, url) || moved(source, url))
		return true;
	if (comes_too_early(source, url))
		return false;
	source->early_since_ms = 0;
	return fetch_begin(source, url);
}

/* A page waiting for its turn, or a retry that this run waits for. */
static bool has_more(struct source_run *source, int64_t *when)
{
	int64_t now = run_now_ms();
	int64_t horizon = now + source->source->delay_ms + IDLE_MS;
	int64_t due;

	if (gateway_down(source->gateway) || spent(source) || source->over)
		return false;
	if (mirror_waits(source)) {
		if (source->probe_at_ms > now && source->probe_at_ms < *when)
			*when = source->probe_at_ms;
		return source->probe_at_ms > now;
	}
	if (source->retry_until_ms > horizon)
		horizon = source->retry_until_ms;
	if (index_frontier_next_due(source->crawl->run->index, source->source->name, &due) != INDEX_OK || due > horizon)
		return false;
	if (due < gateway_open_ms(source->gateway))
		due = gateway_open_ms(source->gateway);
	if (due < *when)
		*when = due;
	return true;
}

/* How long to wait; -1: nothing is left to do. */
static int next_wait(struct crawl *crawl)
{
	int64_t now = run_now_ms();
	int64_t when = now + IDLE_MS;
	bool more = crawl->requests_count > 0 || reading_open(crawl->run->reading) > 0;

	for (size_t i = 0; i < crawl->sources_count; i++)
		more |= has_more(&crawl->sources[i], &when);
	if (!more)
		return -1;
	return when > now ? (int)(when - now) : 10;
}

static void finish(struct crawl *crawl)
{
	/* Alerts are handed out after this, while inspectors may still be at work. */
	reading_let_go(crawl->run->reading);
	while (crawl->requests != NULL) {
		struct request *request = crawl->requests;

		crawl->requests = request->next;
		if (request->body >= 0)
			close(request->body);
		frontier_url_free(request->url);
		free(request->current);
		free(request->host);
		free(request);
	}
	for (size_t i = 0; i < crawl->sources_count; i++) {
		coverage_put(&crawl->sources[i]);
		free(crawl->sources[i].note);
		trap_free(crawl->sources[i].trap);
		looks_free(crawl->sources[i].looks);
		account_free(crawl->sources[i].account);
		mirrors_free(crawl->sources[i].mirrors);
		if (crawl->sources[i].jar != NULL)
			(void)jar_save(crawl->sources[i].jar);
		jar_free(crawl->sources[i].jar);
	}
	for (size_t i = 0; i < crawl->gateways_count; i++)
		gateway_free(&crawl->gateways[i]);
	free(crawl->sources);
	free(crawl->gateways);
}

void crawl(struct run *run, const struct crawl_options *options)
{
	struct crawl crawl = {.run = run, .options = *options};

	add_sources(&crawl);
	open_jars(&crawl);
	while (!run->stop) {
		bool busy = true;
		int wait;

		while (busy) {
			busy = false;
			for (size_t i = 0; i < crawl.sources_count; i++)
				busy |= fetch_one(&crawl.sources[i]);
		}
		wait = next_wait(&crawl);
		if (wait < 0 || !run_turn(run, wait))
			break;
	}
	coverage_print(&crawl);
	drop_read_all(run, options->source);
	finish(&crawl);
}

int64_t crawl_next_due(const struct config *config, const char *source)
{
	struct index *index = NULL;
	char *why = NULL;
	int64_t next = INT64_MAX;
	int64_t due;

	if (index_open(&index, config->index_path, INDEX_READ, NULL, &why) != INDEX_OK) {
		free(why);
		return next;
	}
	for (size_t i = 0; i < config->sources_count; i++) {
		const struct source *each = &config->sources[i];

		if (!each->enabled || (source != NULL && strcmp(source, each->name) != 0))
			continue;
		if (index_frontier_next_due(index, each->name, &due) == INDEX_OK && due < next)
			next = due;
	}
	if (config->hooks_count > 0 && index_alert_next_due(index, &due) == INDEX_OK && due < next)
		next = due;
	index_close(index);
	return next;
}
