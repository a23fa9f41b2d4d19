/* Items of leak sites and markets that name us. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/show.h"
#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "inspect/sieve/names.h"
#include "inspect/sieve/sieve.h"
#include "shared/mem.h"

struct naming {
	const struct item_rule *rule;
	const char *data;
	size_t len;
	struct hit hits[NAMED_MAX]; /* distinct names, as they appear */
	size_t count;
};

/* ---- names ------------------------------------------------------------------------------------- */

static bool blank(char c)
{
	return isspace((unsigned char)c) || memchr("<>\"'()[]{},;|", c, 13) != NULL;
}

/* The name is part of an e-mail address, of a URL or of a line of log-ins: the first stand on any contact page, the last are findings of
 * their own. */
static bool in_address(const char *data, size_t len, size_t at, size_t name_len)
{
	size_t from = at, to = at + name_len;

	while (from > 0 && !blank(data[from - 1]))
		from--;
	while (to < len && !blank(data[to]))
		to++;
	struct slice word = {data + from, to - from};
	size_t behind = at + name_len;

	if (behind + 1 < len && memchr(":;|", data[behind], 3) != NULL && !isspace((unsigned char)data[behind + 1]))
		return true;
	return slice_find_byte(word, '@') < word.len || slice_find_nocase(word, "://") < word.len || slice_starts_nocase(word, "www.") ||
	       slice_find_byte(slice_from(word, at - from), '/') < word.len - (at - from);
}

static void add_hit(struct naming *naming, const struct hit *hit)
{
	for (size_t i = 0; i < naming->count; i++)
		if (naming->hits[i].kind == hit->kind && naming->hits[i].name == hit->name)
			return;
	if (naming->count < NAMED_MAX)
		naming->hits[naming->count++] = *hit;
}

static void on_literal(void *context, const struct literal *literal, size_t at)
{
	struct naming *naming = context;
	struct hit hit = {.at = at, .len = literal->len, .kind = literal->kind, .name = literal->name};

	if (literal->is_trigger || literal->encoding != ENCODING_NONE)
		return;
	if (literal->kind != NAME_DOMAIN && literal->kind != NAME_HOST && literal->kind != NAME_KEYWORD)
		return;
	if (name_bounds(hit.kind, naming->data, naming->len, at, hit.len) != BOUNDS_WHOLE)
		return;
	if (naming->rule->addresses || !in_address(naming->data, naming->len, at, hit.len))
		add_hit(naming, &hit);
}

/*
 * One post is one finding where that can be: a host within a watched domain counts as that domain, and a keyword
 * counts where no domain or host of ours stands.
 */
static bool counts(const struct naming *naming, const struct hit *hit)
{
	for (size_t i = 0; i < naming->count; i++) {
		const struct hit *other = &naming->hits[i];
		bool covers = other->kind == NAME_DOMAIN && other->at >= hit->at && other->at + other->len == hit->at + hit->len;

		if (hit->kind == NAME_HOST && covers)
			return false;
		if (hit->kind == NAME_KEYWORD && other->kind != NAME_KEYWORD)
			return false;
	}
	return true;
}

/* ---- the text of an item ----------------------------------------------------------------------- */

static void add_line(struct buf *text, struct slice line)
{
	if (line.data != NULL && text->len + line.len + 2 < text->max &&
		!(buf_append(text, line.data, line.len) && buf_append_byte(text, '\n')))
		return;
}

/* The title first, so that a name in it is found first. */
static void gather(const struct item *item, struct buf *text)
{
	buf_init(text, BODY_BYTES + (FIELDS_MAX + 1) * (FIELD_BYTES + 2));
	add_line(text, item_value(item, "title"));
	add_line(text, item->body);
	for (size_t i = 0; i < item->rule->field_count; i++)
		if (strcmp(item->rule->fields[i].name, "title") != 0)
			add_line(text, item->values[i]);
}

/* ---- the post ---------------------------------------------------------------------------------- */

enum { COUNTS_MAX = 16 };

struct post {
	Lt__Post post;
	Lt__Post__Count counts[COUNTS_MAX];
	Lt__Post__Count *list[COUNTS_MAX];
};

/* "1,234" and "1 234": digits with separators of thousands. */
static bool read_number(struct slice text, uint64_t *number)
{
	size_t digits = 0;

	*number = 0;
	for (size_t i = 0; i < text.len && digits < 18; i++) {
		if (isdigit((unsigned char)text.data[i])) {
			*number = *number * 10 + (uint64_t)(text.data[i] - '0');
			digits++;
		} else if (digits > 0 &&
			   (i + 1 == text.len || memchr(",.' ", text.data[i], 4) == NULL || !isdigit((unsigned char)text.data[i + 1]))) {
			break;
		}
	}
	return digits > 0;
}

static void fill_counts(const struct item *item, struct post *post)
{
	for (size_t i = 0; i < item->rule->field_count && post->post.n_counts < COUNTS_MAX; i++) {
		Lt__Post__Count *count = &post->counts[post->post.n_counts];

		lt__post__count__init(count);
		if (!item->rule->fields[i].count || item->values[i].data == NULL || !read_number(item->values[i], &count->value))
			continue;
		count->name = item->rule->fields[i].name;
		post->list[post->post.n_counts++] = count;
	}
	post->post.counts = post->list;
}

/* Its own, else what the listing called it. */
static char *title_of(struct scan *scan, const struct item *item)
{
	struct slice title = item_value(item, "title");

	if (title.data == NULL)
		title = job_captured(scan_job(scan), "title");

	if (title.data == NULL)
		title = slice_until(item->body, slice_find_byte(item->body, '\n'));
	return show_text(scan, title, TITLE_BYTES);
}

static void fill_post(const struct page *page, const struct item *item, struct post *post)
{
	const Lt__Job *job = scan_job(page->scan);

	memset(post, 0, sizeof *post);
	lt__post__init(&post->post);
	post->post.site = job->source != NULL ? job->source : page->site->name;
	post->post.title = title_of(page->scan, item);
	post->post.link = page->lead;
	if (post->post.link == NULL && page->rule == &page->site->pages[ROLE_ITEM])
		post->post.link = job->url;
	post->post.deadline = show_text(page->scan, item_value(item, "deadline"), TITLE_BYTES);
	post->post.price = show_text(page->scan, item_value(item, "price"), TITLE_BYTES);
	fill_counts(item, post);
}

/* ---- the finding ------------------------------------------------------------------------------- */

/* On a page that nobody described one post may be read in two ways, by its heading and by its row: the first way counts. */
static bool told_otherwise(struct page *page, const struct item *item, const struct hit *hit)
{
	for (size_t i = 0; i < page->named_count; i++)
		if (page->named[i].kind == hit->kind && page->named[i].name == hit->name)
			return page->named[i].rule != item->rule;
	if (page->named_count < NAMED_MAX) {
		page->named[page->named_count].kind = hit->kind;
		page->named[page->named_count].name = hit->name;
		page->named[page->named_count++].rule = item->rule;
	}
	return false;
}

static Lt__Confidence confidence_of(const struct page *page, const struct item *item, const struct hit *hit)
{
	bool in_title = hit->at < item_value(item, "title").len;

	if (page->plain)
		return in_title ? LT__CONFIDENCE__CONFIDENCE_MEDIUM : LT__CONFIDENCE__CONFIDENCE_LOW;
	return in_title ? LT__CONFIDENCE__CONFIDENCE_HIGH : LT__CONFIDENCE__CONFIDENCE_MEDIUM;
}

static void emit(struct page *page, const struct item *item, const struct naming *naming, const struct post *post)
{
	struct text text = {.scan = page->scan,
		.member = page->member,
		.view = VIEW_HTML,
		.data = naming->data,
		.len = naming->len,
		.base = item->at,
		.begins = true,
		.ends = true};

	for (size_t i = 0; i < naming->count; i++) {
		const struct hit *hit = &naming->hits[i];
		struct candidate candidate = {.kind = page->site->listings ? CANDIDATE_LISTING : CANDIDATE_MENTION,
			.rule = page->site->rule,
			.cookie_http_only = -1,
			.cookie_secure = -1,
			.post = &post->post,
			.near = hit,
			.confidence = confidence_of(page, item, hit)};

		if (counts(naming, hit) && !(page->plain && told_otherwise(page, item, hit)))
			(void)candidate_emit(&text, &candidate);
	}
}

void mention_look(struct page *page, const struct item *item)
{
	bool context = page->site->leak_context || (scan_job(page->scan)->has_leak_context && scan_job(page->scan)->leak_context);
	struct naming naming = {.rule = item->rule};
	struct post post;
	struct buf text;

	if (!context || !item->rule->post)
		return;
	gather(item, &text);
	naming.data = buf_text(&text);
	naming.len = text.len;
	sieve_scan(scan_engine(page->scan)->sieve, naming.data, naming.len, on_literal, &naming);
	if (naming.count > 0) {
		fill_post(page, item, &post);
		emit(page, item, &naming, &post);
	}
	buf_free(&text);
}
