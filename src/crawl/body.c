/* What was fetched, as a document. */
#include <fcntl.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/document.h"
#include "crawl/crawl_internal.h"
#include "shared/log.h"
#include "shared/mem.h"

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

struct document *body_document(struct request *request, const Lt__FetchDone *done, uint8_t sha256[32])
{
	const struct source *configured = request->source->source;
	struct document *document = document_new();
	char hex[65];
	uint64_t size;

	if (!digest_of(request->body, sha256, &size))
		log_fatal_errno("cannot read a fetched page back");
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
	sodium_bin2hex(hex, sizeof hex, sha256, SHA256_DIGEST_SIZE);
	document->name = xasprintf("sha256:%s", hex);
	return document;
}
