#include "coordinator/sources_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coordinator/ask.h"
#include "coordinator/errand.h"
#include "coordinator/table.h"
#include "crawl/jar.h"
#include "crawl/scope.h"
#include "crawl/url.h"
#include "index/finding_json.h"
#include "shared/log.h"
#include "shared/mem.h"

struct check_values {
	const char *page, *url;
	int role;
	bool live;
};

static const char *const roles[] = {"listing", "item", "step2", "raw", NULL};
static const struct option_row check_options[] = {
	{"page", 'p', OPTION_TEXT, offsetof(struct check_values, page), "FILE", "a saved page to try it on", NULL},
	{"role", 'r', OPTION_CHOICE, offsetof(struct check_values, role), NULL, "what the page is to its site; listing\nunless given",
		roles},
	{"url", 'u', OPTION_TEXT, offsetof(struct check_values, url), "URL", "where the page was; the source's start\nunless given", NULL},
	{"live", 'l', OPTION_FLAG, offsetof(struct check_values, live), NULL,
		"fetch the source's start and what follows\nfrom it, through its proxy", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};
static const struct command_usage check_usage = {
	.operands = "[NAME]",
	.about = "Reads and compiles every site description, follow pattern and rule in an\n"
		 "inspector and says which are at fault, with file and line. With the name of a\n"
		 "site or source: that one's description. With --page too: which items, links\n"
		 "and posts it finds on a saved page, and whether it takes the page for a wall.\n"
		 "With --live the page is fetched now, through the source's proxy, and one item\n"
		 "behind it; nothing of them is kept. Else nothing is fetched.\n\n"
		 "Exit status 1 if something is at fault, or the page gives nothing.\n",
	.options = check_options,
	.most = 1,
};

/* A link to go on with. */
struct next_page {
	char *url, *method, *body;
	const char *role;
	int rank; /* 0: there is none */
	Lt__Field **captured;
	size_t captured_count;
};

struct told {
	unsigned faults, sound;
	uint64_t items, links, posts;
	bool blocked, missed;
	const struct source *source; /* whose page it is, where one is to be gone on with */
	struct next_page next;
};

static void line(const char *what, const char *text, const char *more)
{
	printf("%-8s ", what);
	print_escaped(stdout, text != NULL ? text : "");
	if (more != NULL) {
		putchar(' ');
		print_escaped(stdout, more);
	}
	putchar('\n');
}

static void on_report(const Lt__RuleReport *report, void *context)
{
	struct told *told = context;

	if (strcmp(report->outcome, "ok") == 0) {
		told->sound++;
	} else if (strcmp(report->outcome, "item") == 0) {
		told->items++;
		line("item", report->detail, NULL);
	} else if (strcmp(report->outcome, "refused") == 0) {
		line("refused", report->detail, NULL);
	} else if (strcmp(report->outcome, "failed") == 0) {
		told->faults++;
		if (report->file != NULL && report->line > 0)
			printf("%s:%u:%u: ", report->file, report->line, report->column);
		else if (report->file != NULL)
			printf("%s: ", report->file);
		print_escaped(stdout, report->detail != NULL ? report->detail : report->rule);
		putchar('\n');
	}
}

static void on_link(const Lt__FoundLink *link)
{
	static const struct {
		Lt__LinkKind kind;
		const char *name;
	} names[] = {{LT__LINK_KIND__LINK_ITEM, "to item"}, {LT__LINK_KIND__LINK_RAW, "to raw"}, {LT__LINK_KIND__LINK_NEXT, "next"},
		{LT__LINK_KIND__LINK_STEP2, "to step2"}};
	const char *name = "follow";
	char *form = link->body != NULL ? xasprintf("(POST %s)", link->body) : NULL;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].kind == link->kind)
			name = names[i].name;
	line(name, link->url, form);
	free(form);
}

static void on_finding(const Lt__Finding *finding)
{
	char *names = xasprintf("names %s", finding->watch_item != NULL ? finding->watch_item : "us");

	line(finding_kind_name(finding->kind), finding->post != NULL ? finding->post->title : NULL, names);
	free(names);
}

static void next_free(struct next_page *next)
{
	for (size_t i = 0; i < next->captured_count; i++)
		lt__field__free_unpacked(next->captured[i], NULL);
	free(next->captured);
	free(next->url);
	free(next->method);
	free(next->body);
	*next = (struct next_page){0};
}

/* What leads nearest to content: the raw text, a second step, an item, a link that is followed. Never the next listing. */
static void consider(struct told *told, const Lt__FoundLink *link)
{
	static const struct {
		Lt__LinkKind kind;
		int rank;
		const char *role;
	} kinds[] = {{LT__LINK_KIND__LINK_RAW, 4, "raw"}, {LT__LINK_KIND__LINK_STEP2, 3, "step2"}, {LT__LINK_KIND__LINK_ITEM, 2, "item"},
		{LT__LINK_KIND__LINK_FOLLOW, 1, "follow"}};
	struct url target;

	for (size_t i = 0; told->source != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (link->kind != kinds[i].kind || kinds[i].rank <= told->next.rank ||
			scope_check(told->source, link->url, link->kind == LT__LINK_KIND__LINK_FOLLOW, &target) != SCOPE_IN)
			continue;
		next_free(&told->next);
		told->next = (struct next_page){.url = target.text, .role = kinds[i].role, .rank = kinds[i].rank};
		told->next.method = link->method != NULL ? xstrdup(link->method) : NULL;
		told->next.body = link->body != NULL ? xstrdup(link->body) : NULL;
		told->next.captured = xcalloc(link->n_captured, sizeof(Lt__Field *));
		for (size_t j = 0; j < link->n_captured; j++) {
			Lt__Field *field = xmalloc(sizeof *field);

			lt__field__init(field);
			field->name = xstrdup(link->captured[j]->name);
			field->value = xstrdup(link->captured[j]->value);
			told->next.captured[told->next.captured_count++] = field;
		}
	}
}

static void on_other(const Lt__Envelope *message, void *context)
{
	struct told *told = context;

	switch (message->body_case) {
	case LT__ENVELOPE__BODY_LINK:
		told->links++;
		on_link(message->link);
		consider(told, message->link);
		break;
	case LT__ENVELOPE__BODY_FINDING:
		told->posts++;
		on_finding(message->finding->finding);
		break;
	case LT__ENVELOPE__BODY_PAGE_VERDICT:
		told->blocked = message->page_verdict->blocked != NULL;
		if (told->blocked)
			line("blocked", message->page_verdict->blocked, NULL);
		break;
	case LT__ENVELOPE__BODY_NOT_INSPECTED:
		told->missed = true;
		line("not read", message->not_inspected->detail, NULL);
		break;
	default:
		break;
	}
}

static bool ask(struct command_context *context, Lt__Job *job, const struct ask_part *part, struct told *told)
{
	struct ask ask = {
		.job = job, .parts = part, .parts_count = part != NULL ? 1 : 0, .report = on_report, .other = on_other, .context = told};
	char *why = NULL;
	enum ask_result result;

	job->kind = LT__JOB_KIND__JOB_SITE_TEST;
	result = ask_inspector(context, &ask, &why);
	if (result == ASK_DIED)
		log_error("the inspector ended: %s", why);
	free(why);
	return result == ASK_DONE;
}

static int check_descriptions(struct command_context *context, Lt__Job *job)
{
	struct told told = {0};

	if (!ask(context, job, NULL, &told))
		return STATUS_ERROR;
	if (told.faults == 0 && told.sound == 0 && job->site != NULL) {
		log_error("there is no site or source \"%s\"", job->site);
		return STATUS_ERROR;
	}
	if (told.faults == 0)
		log_info("%u site descriptions, all patterns and rules are sound", told.sound);
	return told.faults > 0 ? STATUS_ERROR : STATUS_DONE;
}

static int check_page(struct command_context *context, Lt__Job *job, const char *path)
{
	struct told told = {0};
	struct ask_part part = {.label = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
	struct stat status;
	bool done;

	if (part.fd < 0 || fstat(part.fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		log_error("%s: %s", path, part.fd < 0 ? strerror(errno) : "not a regular file");
		if (part.fd >= 0)
			close(part.fd);
		return STATUS_ERROR;
	}
	part.size = (uint64_t)status.st_size;
	job->has_want_links = job->want_links = true;
	done = ask(context, job, &part, &told);
	close(part.fd);
	if (done)
		log_info("%" PRIu64 " items, %" PRIu64 " links, %" PRIu64 " posts that name us", told.items, told.links, told.posts);
	bool nothing = told.items + told.links + told.posts == 0;
	if (done && nothing && !told.blocked && !told.missed)
		log_warning("nothing on this page fits the description: is it the page as the site sends it, without what scripts add, "
			    "is --role right, and do its `items:` select anything?");
	return done && !told.blocked && !told.missed && !nothing ? STATUS_DONE : STATUS_ERROR;
}

/* ---- live -------------------------------------------------------------------------------------- */

enum { MOST_PAGES = 3, LONGEST_PAUSE_MS = 10000 };

static struct jar *jar_of(const struct config *config, const char *source)
{
	uint8_t key[JAR_KEY_BYTES];
	struct jar *jar = NULL;

	if (!jar_kept(config, source) || !jar_key(config, key))
		return NULL;
	jar = jar_open(config, source, key);
	mem_wipe(key, sizeof key);
	return jar;
}

/* The type is the site's own words. */
static void tell_fetched(const struct errand_answer *answer, const char *role, const char *via)
{
	char *more = xasprintf("%u, %s, %" PRIu64 " bytes, as %s, via %s", answer->status,
		answer->content_type != NULL ? answer->content_type : "no type", answer->size, role, via);

	line("fetched", answer->url, more);
	free(more);
}

/* True: the page came and could be read. */
static bool live_page(struct command_context *context, const struct errand *errand, Lt__Job *job, struct told *told)
{
	struct errand_answer answer;
	bool good;

	errand_run(errand, &answer);
	if (answer.error != NULL) {
		line("failed", errand->url, answer.error);
		errand_answer_free(&answer);
		return false;
	}
	tell_fetched(&answer, job->page_role, errand->source->via);
	job->url = answer.url;
	job->content_type = answer.content_type;
	job->content_encoding = answer.codings;
	job->n_content_encoding = answer.codings_count;
	good = ask(context, job, &(struct ask_part){.label = answer.url, .fd = answer.body, .size = answer.size}, told);
	if (answer.status >= 400)
		log_error("the site answers with %u", answer.status);
	good &= answer.status < 400 && !told->blocked && !told->missed;
	errand_answer_free(&answer);
	return good;
}

static int check_live(struct command_context *context, const struct source *source, Lt__Job *job)
{
	struct errand errand = {.context = context, .source = source, .jar = jar_of(context->config, source->name), .url = job->url};
	struct next_page page = {0};
	uint64_t found = 0;
	bool good = true;

	job->has_want_links = job->want_links = true;
	for (unsigned i = 0; i < MOST_PAGES && good; i++) {
		struct told told = {.source = source};

		good = live_page(context, &errand, job, &told);
		found += told.items + told.links + told.posts;
		next_free(&page);
		page = told.next;
		if (page.rank == 0)
			break;
		if (i + 1 < MOST_PAGES && good)
			usleep((useconds_t)(source->delay_ms < LONGEST_PAUSE_MS ? source->delay_ms : LONGEST_PAUSE_MS) * 1000);
		errand = (struct errand){
			.context = context, .source = source, .jar = errand.jar, .url = page.url, .method = page.method, .body = page.body};
		job->page_role = (char *)(uintptr_t)page.role;
		job->captured = page.captured;
		job->n_captured = page.captured_count;
	}
	next_free(&page);
	if (errand.jar != NULL)
		(void)jar_save(errand.jar);
	jar_free(errand.jar);
	if (good && found == 0)
		log_error("the description finds nothing on this page");
	return good && found > 0 ? STATUS_DONE : STATUS_ERROR;
}

int sources_check(struct command_context *context, int argc, char **argv)
{
	struct check_values values = {.role = 0};
	const struct source *source;
	Lt__Job job = LT__JOB__INIT;
	struct url url;
	int status;

	if (!command_begin(context, &check_usage, &values, &argc, &argv))
		return context->status;
	source = argc > 0 ? config_source(context->config, argv[0]) : NULL;
	job.site = source != NULL ? source->site : argc > 0 ? argv[0] : NULL;
	if (values.live && (values.page != NULL || source == NULL || source->drop != NULL))
		return command_misused(context, "--live wants the name of a source that is fetched, and no page");
	if (values.page == NULL && !values.live)
		return check_descriptions(context, &job);
	if (argc == 0)
		return command_misused(context, "--page is tried on one description: name its site, or a source");
	if (values.url == NULL)
		values.url = source != NULL ? source->start[0] : "http://site.example/";
	if (url_read(values.url, strlen(values.url), &url) != URL_OK)
		return command_misused(context, "--url: \"%s\" is no URL", values.url);
	job.source = argv[0];
	job.url = url.text;
	job.page_role = (char *)(uintptr_t)roles[values.role];
	if (source != NULL) {
		job.has_leak_context = true;
		job.leak_context = source->leak_context;
		job.follow = source->follow;
		job.n_follow = source->follow_count;
	}
	status = values.live ? check_live(context, source, &job) : check_page(context, &job, values.page);
	url_free(&url);
	return status;
}
