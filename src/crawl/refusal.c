/* Answers that are no page. Walls with an error's status: the text may say more than its number. And what came of a body that broke off. */
#include <stdlib.h>

#include "coordinator/reading.h"
#include "crawl/crawl_internal.h"
#include "shared/mem.h"

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
	struct document *document = body_document(request, done, sha256);

	refusal->request = request;
	document->status = request->status;
	document->always = true;
	document->verdict = on_refusal_verdict;
	document->done = on_refusal_done;
	document->dropped = on_refusal_dropped;
	document->context = refusal;
	fetch_hold(request);
	reading_add(request->source->crawl->run->reading, document);
}

void crawl_fragment(struct request *request, const Lt__FetchDone *done)
{
	uint8_t sha256[32];
	struct document *document = body_document(request, done, sha256);

	document->want_links = false;
	request->source->bytes += document->parts[0].size;
	reading_add(request->source->crawl->run->reading, document);
}
