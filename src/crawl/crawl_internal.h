/*
 * Between the files of the crawl: crawl.c (sources and loop), fetching.c (requests), answers.c (what comes of them), page.c and
 * refusal.c (what the inspectors say of it), proving.c (mirrors), gateway.c (proxies), coverage.c (what was seen).
 */
#ifndef LEAKTRAWL_CRAWL_INTERNAL_H
#define LEAKTRAWL_CRAWL_INTERNAL_H

#include "coordinator/pool.h"
#include "coordinator/run.h"
#include "crawl/account.h"
#include "crawl/crawl.h"
#include "crawl/gateway.h"
#include "crawl/jar.h"
#include "crawl/looks.h"
#include "crawl/mirrors.h"
#include "index/frontier.h"
#include "messages/messages.pb-c.h"

enum {
	COVERAGE_CAUSES = 24,
	MOST_IDENTITIES = 3, /* new identities of a source in a run */
	BLOCKED_MAX = 3,     /* pages a source may put in our way before it is left alone for this run */
	CRAWL_IDLE_MS = 500,
};

struct cause_count {
	char cause[32];
	uint64_t count;
};

/* One source in this run. */
struct source_run {
	struct crawl *crawl;
	const struct source *source;
	struct gateway *gateway;
	unsigned in_flight;
	uint64_t pages; /* requests so far, against the source's budget */
	int64_t started_ms;
	struct trap *trap;
	struct mirrors *mirrors; /* NULL: it has one address */
	struct jar *jar;         /* cookies of the operator's log-in; NULL: none can be kept */
	struct looks *looks;     /* NULL: none met yet */
	uint64_t alike;          /* pages past LIMIT_PAGES_ALIKE of their kind */
	uint64_t alike_links;    /* followed of those */
	uint64_t alike_left;     /* ... and not followed */
	uint64_t trapped;        /* links not followed: they look endless */
	uint64_t added;          /* links that were not known before, up to the limit links_per_run ... */
	uint64_t crowded;        /* ... and links left out past it */
	unsigned walls;          /* pages that stayed walls to the last try */
	uint64_t raw_pages;      /* of a described site, with what items hold as it stands ... */
	uint64_t raw_walls;      /* ... and those that look like walls */
	char raw_wall[32];       /* the last of them */
	struct account *account; /* of the URLs taken in this run */
	uint64_t fetched, unchanged, gone, left, items, bytes;
	uint64_t blocked; /* pages that were walls, and refusals, which stand among failures with their cause */
	uint64_t refused; /* those refusals */
	struct cause_count failures[COVERAGE_CAUSES];
	size_t failures_count;
	char *note;             /* why it needs a look; owned */
	int64_t retry_until_ms; /* retries scheduled in this run end by then */
	bool listing_seen;      /* a start of a described site came and was content */
	bool listing_same;      /* ... or is said to be what it was */
	bool needs_human;
	bool over;
	/* mirrors that have to prove themselves */
	bool probing;            /* the start of one is being read */
	bool lied;               /* one showed another site */
	unsigned probe_failures; /* times that none was left to ask */
	int64_t probe_at_ms;     /* when they are asked again */
	int64_t early_since_ms;  /* since when only other hosts than theirs may be asked; 0: it is not so */
	unsigned identity;       /* grows when the source blocks us: part of what keeps its streams apart */
};

/* One URL being fetched, or waiting for its host to be free. */
struct request {
	uint64_t id;
	struct source_run *source;
	struct frontier_url *url;
	char *current; /* after redirects; owned */
	char *host;    /* of current; owned */
	bool onion;
	struct lane *lane; /* what it went through; NULL while it waits */
	int64_t sent_ms;
	unsigned tries; /* lanes that failed it */
	unsigned hops;
	char *cookies[LIMIT_SET_COOKIES]; /* that redirects on the way set, as Netscape lines */
	size_t cookies_count;
	bool turned;     /* ... and one led to itself */
	bool refused;    /* the last answer was that the site would not have us */
	bool renewed;    /* ... and somebody else asks next */
	bool held;       /* its answer is being read: what it says decides */
	unsigned status; /* ... which it came with */
	int64_t wait_ms; /* ... and the pause the server asked for, or 0 */
	int body;        /* where fetch writes; owned */
	bool spooled;    /* body is an unnamed file, not memory */
	struct request *next;
};

struct crawl {
	struct run *run;
	struct crawl_options options;
	struct source_run *sources;
	size_t sources_count;
	struct gateway *gateways;
	size_t gateways_count;
	struct request *requests;
	unsigned requests_count;
	uint64_t last_request;
	unsigned fetch_deaths;
	bool waking;
};

/* fetching.c */
bool fetch_begin(struct source_run *source, struct frontier_url *url); /* takes url over */
unsigned fetch_parallel(const struct source *source);                  /* requests of a source at a time */
void fetch_wake(struct crawl *crawl);                                  /* sends what waits no longer for its host */

/* answers.c */
/* A message of the lane's process; and its end, after which its requests are tried again. */
void fetch_answer(struct pool_worker *worker, struct lane *lane, const Lt__Envelope *message);
void fetch_lost(struct crawl *crawl, const struct lane *lane, const char *why);
/* Somebody else asks from now on, if the way through the lane knows how; a few times in a run. False: the same one does. */
bool fetch_renew_identity(struct source_run *source, const struct lane *lane);
/* The request waits for what crawl_refused is told by the inspectors. */
void fetch_hold(struct request *request);
/* wall: the marker of the wall that the answer was ("captcha"), or NULL: an error like others. Ends the request. */
void fetch_refused(struct request *request, const char *wall);

/* body.c */
/* The body, sealed, becomes a document of its request; its digest goes to sha256. */
struct document *body_document(struct request *request, const Lt__FetchDone *done, uint8_t sha256[32]);

/* page.c */
/* How long a page waits for its next visit, by whether it changed since the last. */
int64_t crawl_interval(const struct source_run *source, const struct frontier_url *url, bool changed);
void crawl_page(struct request *request, const Lt__FetchDone *done); /* a body is there: hand it to the inspectors */

/* refusal.c */
/* An answer that came with an error: its text may say more than its status. Ends in fetch_refused. */
void crawl_refused(struct request *request, const Lt__FetchDone *done);
/* A body that broke off, or was too large: the page has failed, but what came of it may hold a leak. */
void crawl_fragment(struct request *request, const Lt__FetchDone *done);

/* proving.c: all of sources with mirrors */
/* All mirrors' pages are one site's, that of the first. */
void proving_canonical(const struct source_run *source, struct url *url);
/* A link that is known already tells that this is the site it was. The start itself, which every page may link to, does not. */
bool proving_familiar(const struct source_run *source, const Lt__FoundLink *link);
/* The address in use cannot be had: another takes its place, which is said. False: there is none. */
bool proving_failed(struct source_run *source, const char *cause);
/* The address in use shows another site, which is said: nothing of it is followed. */
void proving_lies(struct source_run *source);
/* Before a mirror has shown that it is one, its start alone is asked for. True: not now. */
bool proving_waits(const struct source_run *source);
/* Brings that start to the front. False: nothing can be asked. */
bool proving_start_first(struct source_run *source);
/* Another host was ready before that of the start: what waits there waits on. A host that asked for a longer pause gets it. */
bool proving_too_early(struct source_run *source, struct frontier_url *url);
/* It was found when the address was no mirror yet: it goes where the others are. */
bool proving_moved(struct source_run *source, struct frontier_url *url);

/* coverage.c */
/* refused: the site answered that it would not have us. */
void coverage_failed(struct source_run *source, const char *cause, bool refused);
void coverage_put(struct source_run *source);
void coverage_print(const struct crawl *crawl);

#endif
