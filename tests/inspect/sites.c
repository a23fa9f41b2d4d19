/*
 * Saved pages against site descriptions. A case is a file
 *
 *     site NAME            what of it is described: the folder's name unless given; "-": no site
 *     page FILE            beside the case; none: an empty page
 *     role ROLE            "listing" unless given
 *     url URL              "http://site.example/" unless given
 *     status N             of HTTP, an error
 *     type TYPE            as the server declared it
 *     captured NAME=VALUE  on the page that led here
 *     follow REGEX         of the source, one of those the driver knows
 *     leak                 the source is a leak site
 *     deepest              as deep as the source goes
 *     repeat N TEXT        so often behind the page, with % as the number
 *
 * then an empty line, then all that is expected, in any order: "items N", "blocked CAUSE", "revisit", "KIND URL [POST BODY]
 * [new] | name=value; ... [| version of ID@VERSION] [| published=S expires=S]", "refused VALUE", "mention|listing ITEM CONFIDENCE | title |
 * link | deadline | price | counts", "not-inspected CAUSE DETAIL". More than 50 links of a kind are told as "KIND xN".
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/buf.h"
#include "shared/mem.h"
#include "tests/inspect/driver.h"

enum { LINES_MAX = 20000, FILE_BYTES = 64 * 1024 * 1024, CAPTURED_MAX = 8, LINKS_SHOWN = 50, LINK_KINDS = 6 };

static const char *const link_kinds[LINK_KINDS] = {"", "follow", "item", "raw", "next", "step2"};

struct lines {
	char *list[LINES_MAX];
	size_t count;
};

struct site_case {
	char *folder;
	struct driver_job job;
	Lt__Field captured[CAPTURED_MAX], *captured_list[CAPTURED_MAX];
	char *follow[1];
	char *page;
	char *repeat;
	unsigned long repeats;
	struct lines expected, got;
	size_t links[LINK_KINDS];
};

static unsigned run_count, failed_count;

/* ---- lines ------------------------------------------------------------------------------------- */

static void add_line(struct lines *lines, char *line)
{
	if (lines->count == LINES_MAX)
		fail("more than %d lines", LINES_MAX);
	lines->list[lines->count++] = line;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(struct lines *lines)
{
	qsort(lines->list, lines->count, sizeof lines->list[0], by_text);
}

static void free_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->list[i]);
	lines->count = 0;
}

/* ---- reading a case ---------------------------------------------------------------------------- */

static void read_file(const char *path, struct buf *bytes)
{
	FILE *file = fopen(path, "rb");
	char piece[65536];
	size_t got;

	if (file == NULL)
		fail("%s: %s", path, strerror(errno));
	while ((got = fread(piece, 1, sizeof piece, file)) > 0)
		if (!buf_append(bytes, piece, got))
			fail("%s: too large", path);
	fclose(file);
}

static void set_captured(struct site_case *site_case, const char *value)
{
	Lt__Field *field = &site_case->captured[site_case->job.job.n_captured];
	size_t name = strcspn(value, "=");

	if (value[name] != '=' || site_case->job.job.n_captured == CAPTURED_MAX)
		fail("captured takes NAME=VALUE");
	lt__field__init(field);
	field->name = xstrndup(value, name);
	field->value = xstrdup(value + name + 1);
	site_case->captured_list[site_case->job.job.n_captured++] = field;
}

static void put(char **text, const char *value)
{
	free(*text);
	*text = value != NULL ? xstrdup(value) : NULL;
}

static void set(struct site_case *site_case, const char *key, const char *value)
{
	Lt__Job *job = &site_case->job.job;
	char *rest;

	if (strcmp(key, "site") == 0)
		put(&job->site, strcmp(value, "-") == 0 ? NULL : value);
	else if (strcmp(key, "page") == 0)
		put(&site_case->page, value);
	else if (strcmp(key, "role") == 0)
		put(&job->page_role, value);
	else if (strcmp(key, "url") == 0)
		put(&job->url, value);
	else if (strcmp(key, "type") == 0)
		put(&job->content_type, value);
	else if (strcmp(key, "status") == 0) {
		job->has_status = true;
		job->status = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(key, "captured") == 0)
		set_captured(site_case, value);
	else if (strcmp(key, "leak") == 0)
		job->has_leak_context = job->leak_context = true;
	else if (strcmp(key, "deepest") == 0)
		job->has_deepest = job->deepest = true;
	else if (strcmp(key, "follow") == 0)
		site_case->follow[job->n_follow++] = xstrdup(value);
	else if (strcmp(key, "repeat") == 0) {
		site_case->repeats = strtoul(value, &rest, 10);
		site_case->repeat = xstrdup(rest + (*rest == ' '));
	} else
		fail("%s is no key of a case", key);
}

static void read_case(const char *path, const char *name, struct site_case *site_case)
{
	struct buf bytes;
	bool head = true;
	char *line, *rest;

	buf_init(&bytes, FILE_BYTES);
	read_file(path, &bytes);
	lt__job__init(&site_case->job.job);
	site_case->job.job.kind = LT__JOB_KIND__JOB_SITE_TEST;
	site_case->job.job.has_want_links = site_case->job.job.want_links = true;
	site_case->job.job.captured = site_case->captured_list;
	site_case->job.job.follow = site_case->follow;
	set(site_case, "site", name);
	set(site_case, "role", "listing");
	set(site_case, "url", "http://site.example/");
	site_case->job.job.source = xstrdup("source");
	rest = (char *)bytes.data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		size_t key = strcspn(line, " ");

		if (head && line[0] == '\0') {
			head = false;
		} else if (!head && line[0] != '\0') {
			add_line(&site_case->expected, xstrdup(line));
		} else if (head && line[0] != '#') {
			const char *value = line[key] == ' ' ? line + key + 1 : "";

			line[key] = '\0';
			set(site_case, line, value);
		}
	}
	buf_free(&bytes);
}

static void page_bytes(const struct site_case *site_case, struct buf *bytes)
{
	buf_init(bytes, FILE_BYTES);
	if (site_case->page != NULL) {
		char *path = xasprintf("%s/%s", site_case->folder, site_case->page);

		read_file(path, bytes);
		free(path);
	}
	for (unsigned long i = 1; i <= site_case->repeats; i++)
		for (const char *at = site_case->repeat; *at != '\0'; at++)
			if (*at == '%' ? !buf_printf(bytes, "%lu", i) : !buf_append_byte(bytes, (uint8_t)*at))
				fail("the repeated page is too large");
}

/* ---- what came of it --------------------------------------------------------------------------- */

static void on_link(struct site_case *site_case, const Lt__FoundLink *link)
{
	char *line = xasprintf("%s %s%s%s%s |", link_kinds[link->kind], link->url, link->method != NULL ? " POST " : "",
		link->body != NULL ? link->body : "", link->only_if_new ? " new" : "");

	for (size_t i = 0; i < link->n_captured; i++) {
		char *longer = xasprintf("%s%s %s=%s", line, i > 0 ? ";" : "", link->captured[i]->name, link->captured[i]->value);

		free(line);
		line = longer;
	}
	if (link->again_if_changed) {
		char *longer = xasprintf("%s | version of %s", line, link->item);

		free(line);
		line = longer;
	}
	if (link->has_published_ms || link->has_expires_ms) {
		char *longer = xasprintf(
			"%s | published=%lld expires=%lld", line, (long long)link->published_ms / 1000, (long long)link->expires_ms / 1000);

		free(line);
		line = longer;
	}
	if (site_case->links[link->kind]++ < LINKS_SHOWN)
		add_line(&site_case->got, line);
	else
		free(line);
}

static void on_verdict(struct site_case *site_case, const Lt__PageVerdict *verdict)
{
	if (verdict->has_items)
		add_line(&site_case->got, xasprintf("items %u", verdict->items));
	if (verdict->blocked != NULL)
		add_line(&site_case->got, xasprintf("blocked %s", verdict->blocked));
	if (verdict->revisit)
		add_line(&site_case->got, xstrdup("revisit"));
}

static void on_finding(struct site_case *site_case, const Lt__Finding *finding)
{
	static const char *const confidences[] = {"", "low", "medium", "high"};
	const Lt__Post *post = finding->post;
	char *line;

	if (post == NULL)
		fail("a finding that is no post");
	line = xasprintf("%s %s %s | %s | %s | %s | %s |", finding->kind == LT__FINDING_KIND__KIND_LISTING ? "listing" : "mention",
		finding->watch_item, confidences[finding->confidence], post->title != NULL ? post->title : "",
		post->link != NULL ? post->link : "", post->deadline != NULL ? post->deadline : "", post->price != NULL ? post->price : "");
	for (size_t i = 0; i < post->n_counts; i++) {
		char *longer = xasprintf("%s %s=%llu", line, post->counts[i]->name, (unsigned long long)post->counts[i]->value);

		free(line);
		line = longer;
	}
	add_line(&site_case->got, line);
}

static void on_message(struct site_case *site_case, const Lt__Envelope *message)
{
	static const char *const causes[] = {"", "encrypted", "unsupported", "limit", "malformed", "truncated", "rule-limit", "time", "io"};

	switch (message->body_case) {
	case LT__ENVELOPE__BODY_LINK:
		on_link(site_case, message->link);
		break;
	case LT__ENVELOPE__BODY_PAGE_VERDICT:
		on_verdict(site_case, message->page_verdict);
		break;
	case LT__ENVELOPE__BODY_FINDING:
		on_finding(site_case, message->finding->finding);
		break;
	case LT__ENVELOPE__BODY_NOT_INSPECTED:
		add_line(&site_case->got,
			xasprintf("not-inspected %s %s", causes[message->not_inspected->cause], message->not_inspected->detail));
		break;
	case LT__ENVELOPE__BODY_RULE_REPORT:
		if (strcmp(message->rule_report->outcome, "refused") == 0)
			add_line(&site_case->got, xasprintf("refused %s", message->rule_report->detail));
		break;
	default:
		break;
	}
}

/* Many links of one kind are counted, not shown. */
static void fold_links(struct site_case *site_case)
{
	for (size_t kind = 1; kind < LINK_KINDS; kind++) {
		size_t len = strlen(link_kinds[kind]), kept = 0;

		if (site_case->links[kind] <= LINKS_SHOWN)
			continue;
		for (size_t i = 0; i < site_case->got.count; i++) {
			char *line = site_case->got.list[i];

			if (strncmp(line, link_kinds[kind], len) == 0 && line[len] == ' ')
				free(line);
			else
				site_case->got.list[kept++] = line;
		}
		site_case->got.count = kept;
		add_line(&site_case->got, xasprintf("%s x%zu", link_kinds[kind], site_case->links[kind]));
	}
}

/* ---- running ----------------------------------------------------------------------------------- */

static void ask(struct site_case *site_case)
{
	struct buf bytes;
	bool done = false;

	page_bytes(site_case, &bytes);
	struct driver_part part = {job_bytes(bytes.data, bytes.len), site_case->job.job.url, false};

	site_case->job.parts = &part;
	site_case->job.count = 1;
	job_send(&site_case->job);
	while (!done) {
		Lt__Envelope *message = job_next();

		on_message(site_case, message);
		done = message->body_case == LT__ENVELOPE__BODY_JOB_DONE;
		if (done && !message->job_done->ok)
			add_line(&site_case->got, xasprintf("error %s", message->job_done->error));
		channel_message_free(message);
	}
	close(part.fd);
	buf_free(&bytes);
	fold_links(site_case);
}

static void free_case(struct site_case *site_case)
{
	Lt__Job *job = &site_case->job.job;

	for (size_t i = 0; i < job->n_captured; i++) {
		free(site_case->captured[i].name);
		free(site_case->captured[i].value);
	}
	for (size_t i = 0; i < job->n_follow; i++)
		free(site_case->follow[i]);
	free(job->site);
	free(job->page_role);
	free(job->url);
	free(job->content_type);
	free(job->source);
	free(site_case->page);
	free(site_case->repeat);
	free_lines(&site_case->expected);
	free_lines(&site_case->got);
	free(site_case);
}

/* Prints what is expected and did not come, and the other way round. */
static bool compare(struct site_case *site_case)
{
	struct lines *expected = &site_case->expected, *got = &site_case->got;
	bool same = true;

	sort_lines(expected);
	sort_lines(got);
	for (size_t i = 0, j = 0; i < expected->count || j < got->count;) {
		int order = i == expected->count ? 1 : j == got->count ? -1 : strcmp(expected->list[i], got->list[j]);

		same = same && order == 0;
		if (order < 0)
			printf("# missing:  %s\n", expected->list[i]);
		if (order > 0)
			printf("# not due:  %s\n", got->list[j]);
		i += order <= 0;
		j += order >= 0;
	}
	return same;
}

static void run_case(const char *folder, const char *name, const char *file)
{
	struct site_case *site_case = xcalloc(1, sizeof *site_case);
	char *path = xasprintf("%s/%s", folder, file);

	site_case->folder = (char *)(uintptr_t)folder;
	read_case(path, name, site_case);
	ask(site_case);
	bool same = compare(site_case);

	failed_count += !same;
	printf("%sok %u - %s: %.*s\n", same ? "" : "not ", ++run_count, name, (int)(strlen(file) - strlen(".case")), file);
	free_case(site_case);
	free(path);
}

static int is_case(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".case") == 0;
}

int sites_run(char **folders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dirent **entries;
		const char *slash = strrchr(folders[i], '/');
		int cases = scandir(folders[i], &entries, is_case, alphasort);

		for (int j = 0; j < cases; j++) {
			run_case(folders[i], slash != NULL ? slash + 1 : folders[i], entries[j]->d_name);
			free(entries[j]);
		}
		if (cases >= 0)
			free(entries);
	}
	printf("1..%u\n", run_count);
	return failed_count > 0 || run_count == 0;
}
