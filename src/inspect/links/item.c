/* From an item's values to the link it leads to. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/show.h"
#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/links/items.h"
#include "inspect/records/times.h"
#include "shared/mem.h"

enum { NUMBER_BYTES = 24 };

/* ---- values ------------------------------------------------------------------------------------ */

size_t squeeze(char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		bool blank = isspace((unsigned char)text[i]) != 0 || text[i] == '\0';

		if (!blank)
			text[used++] = text[i];
		else if (used > 0 && text[used - 1] != ' ')
			text[used++] = ' ';
	}
	while (used > 0 && text[used - 1] == ' ')
		used--;
	return used;
}

bool page_match(const struct page *page, const struct expression *expression, struct slice subject, size_t from,
	struct slice groups[EXPRESSION_GROUPS])
{
	enum expression_result result = expression_match(expression, subject, from, groups);

	if (result == EXPRESSION_LIMIT)
		scan_not_inspected(page->scan, page->member, LT__NOT_INSPECTED_CAUSE__CAUSE_RULE_LIMIT, page->site->rule, 0);
	return result == EXPRESSION_YES;
}

bool field_accept(const struct page *page, const struct field *field, struct slice value, struct slice *accepted)
{
	struct slice groups[EXPRESSION_GROUPS];

	value = slice_trim(value);
	if (value.len == 0 || value.len > FIELD_BYTES)
		return false;
	if (field->exclude != NULL && page_match(page, field->exclude, value, 0, NULL))
		return false;
	if (field->match != NULL) {
		if (!page_match(page, field->match, value, 0, groups))
			return false;
		value = groups[1].data != NULL ? groups[1] : groups[0];
	}
	if (value.len == 0 || memchr(value.data, '\0', value.len) != NULL)
		return false;
	*accepted = value;
	return true;
}

struct slice item_value(const struct item *item, const char *name)
{
	for (size_t i = 0; i < item->rule->field_count; i++)
		if (strcmp(item->rule->fields[i].name, name) == 0)
			return item->values[i];
	return SLICE_NONE;
}

struct slice job_captured(const Lt__Job *job, const char *name)
{
	for (size_t i = 0; i < job->n_captured; i++)
		if (strcmp(job->captured[i]->name, name) == 0)
			return slice_of(job->captured[i]->value);
	return SLICE_NONE;
}

/* ---- templates --------------------------------------------------------------------------------- */

struct filling {
	const struct page *page;
	const struct item *item;
	struct slice id; /* instead of the item's own, for a gap between ids */
	unsigned page_number, offset;
	char number[NUMBER_BYTES];
};

static struct slice given(struct filling *filling, const char *name)
{
	const struct url *base = &filling->page->base;

	if (strcmp(name, "origin") == 0)
		return (struct slice){base->text, base->path};
	if (strcmp(name, "scheme") == 0)
		return base->https ? SLICE_TEXT("https") : SLICE_TEXT("http");
	if (strcmp(name, "host") == 0)
		return slice_of(base->host);
	if (strcmp(name, "page") != 0 && strcmp(name, "offset") != 0)
		return SLICE_NONE;
	(void)snprintf(filling->number, sizeof filling->number, "%u", name[0] == 'p' ? filling->page_number : filling->offset);
	return slice_of(filling->number);
}

static struct slice value_of(void *context, const char *name)
{
	struct filling *filling = context;
	struct slice value = given(filling, name);

	if (value.data != NULL)
		return value;
	if (filling->id.data != NULL)
		return strcmp(name, "id") == 0 ? filling->id : SLICE_NONE;
	value = item_value(filling->item, name);
	return value.data != NULL ? value : job_captured(scan_job(filling->page->scan), name);
}

/* The reference as it would stand on a page. False where a value it is made of is absent. */
static bool refer(struct filling *filling, struct buf *reference)
{
	const struct template *template = filling->item->rule->url;
	struct slice value = template == NULL ? item_value(filling->item, "url") : SLICE_NONE;

	buf_init(reference, 4 * LIMIT_URL_BYTES);
	if (template != NULL)
		return template_fill(template, value_of, filling, reference);
	return value.len > 0 && buf_append(reference, value.data, value.len);
}

static bool resolve(const struct page *page, struct buf *reference, struct url *url)
{
	return url_resolve(&page->base, buf_text(reference), reference->len, url) == URL_OK;
}

static bool fill_form(struct filling *filling, struct buf *body)
{
	const struct item_rule *rule = filling->item->rule;
	bool good = true;

	buf_init(body, LIMIT_TEXT_FIELD_BYTES - 1);
	for (size_t i = 0; i < rule->form_count && good; i++) {
		good = (i == 0 || buf_append_byte(body, '&')) && percent_encode(slice_of(rule->form[i].name), body) &&
		       buf_append_byte(body, '=') && template_fill(rule->form[i].value, value_of, filling, body);
	}
	return good;
}

/* ---- times ------------------------------------------------------------------------------------- */

/* "10 minutes", "in 1 day", "2 weeks": from now. */
static bool time_relative(struct slice text, int64_t now_ms, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"sec", 1}, {"min", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}, {"month", 2592000}, {"year", 31536000}};
	size_t at = 0;
	int64_t number = 0;

	while (at < text.len && !isdigit((unsigned char)text.data[at]))
		at++;
	if (at > strlen("expires in "))
		return false;
	for (size_t digits = 0; at < text.len && isdigit((unsigned char)text.data[at]) && digits < 6; digits++)
		number = number * 10 + (text.data[at++] - '0');
	struct slice rest = slice_trim(slice_from(text, at));

	for (size_t i = 0; i < sizeof units / sizeof units[0] && number > 0; i++) {
		if (!slice_starts_nocase(rest, units[i].unit))
			continue;
		*ms = now_ms + number * units[i].seconds * 1000;
		return true;
	}
	return false;
}

static bool all_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isdigit((unsigned char)text.data[i]))
			return false;
	return text.len > 0 && text.len < NUMBER_BYTES;
}

static bool moment(struct slice text, int64_t *ms)
{
	char digits[NUMBER_BYTES];

	if (text.data == NULL)
		return false;
	if (!all_digits(text))
		return time_read(text, DAY_FIRST, ms);
	memcpy(digits, text.data, text.len);
	digits[text.len] = '\0';
	return time_from_number(strtod(digits, NULL), ms);
}

static void fill_times(const struct page *page, const struct item *item, Lt__FoundLink *link)
{
	const Lt__Job *job = scan_job(page->scan);
	int64_t now = job->has_fetched_at_ms ? job->fetched_at_ms : scan_engine(page->scan)->now_ms;
	struct slice published = item_value(item, "published"), expires = item_value(item, "expires");

	if (published.data == NULL)
		published = item_value(item, "date");
	link->has_published_ms = moment(published, &link->published_ms);
	link->has_expires_ms =
		expires.data != NULL && (time_relative(expires, now, &link->expires_ms) || moment(expires, &link->expires_ms));
}

/* ---- what the next page is told ---------------------------------------------------------------- */

struct handed {
	Lt__Field fields[2 * FIELDS_MAX];
	Lt__Field *list[2 * FIELDS_MAX];
	size_t count;
};

static void hand(struct scan *scan, struct handed *handed, const char *name, struct slice value)
{
	char *text;

	if (value.data == NULL || value.len > CAPTURED_BYTES || handed->count == 2 * FIELDS_MAX)
		return;
	for (size_t i = 0; i < handed->count; i++)
		if (strcmp(handed->fields[i].name, name) == 0)
			return;
	text = show_text(scan, value, CAPTURED_BYTES);
	if (text == NULL)
		return;
	Lt__Field *field = &handed->fields[handed->count];

	lt__field__init(field);
	field->name = (char *)(uintptr_t)name;
	field->value = text;
	handed->list[handed->count++] = field;
}

/* The item's own values, then those this page was told itself; the number of a page is its own affair. */
static void hand_on(const struct filling *filling, Lt__LinkKind kind, struct handed *handed, Lt__FoundLink *link)
{
	const struct item_rule *rule = filling->item->rule;
	const Lt__Job *job = scan_job(filling->page->scan);
	struct scan *scan = filling->page->scan;
	char number[NUMBER_BYTES];

	handed->count = 0;
	(void)snprintf(number, sizeof number, "%u", filling->page_number);
	if (kind == LT__LINK_KIND__LINK_NEXT)
		hand(scan, handed, "page", slice_of(number));
	for (size_t i = 0; i < rule->field_count && filling->id.data == NULL; i++)
		if (strcmp(rule->fields[i].name, "url") != 0 && strcmp(rule->fields[i].name, "text") != 0 &&
			strcmp(rule->fields[i].name, "next") != 0)
			hand(scan, handed, rule->fields[i].name, filling->item->values[i]);
	for (size_t i = 0; i < job->n_captured; i++)
		if (strcmp(job->captured[i]->name, "page") != 0)
			hand(scan, handed, job->captured[i]->name, slice_of(job->captured[i]->value));
	link->captured = handed->list;
	link->n_captured = handed->count;
}

/* ---- links ------------------------------------------------------------------------------------- */

static Lt__LinkKind kind_of(enum page_role role)
{
	switch (role) {
	case ROLE_LISTING:
		return LT__LINK_KIND__LINK_NEXT;
	case ROLE_STEP2:
		return LT__LINK_KIND__LINK_STEP2;
	case ROLE_RAW:
		return LT__LINK_KIND__LINK_RAW;
	default:
		return LT__LINK_KIND__LINK_ITEM;
	}
}

bool item_may_lead(const struct page *page, const struct item_rule *rule, const struct url *url)
{
	return rule->other_hosts || (strcmp(url->host, page->self.host) == 0 && url->port == page->self.port);
}

static void tell_refused(struct page *page, struct buf *reference)
{
	Lt__RuleReport report = LT__RULE_REPORT__INIT;

	if (scan_job(page->scan)->kind != LT__JOB_KIND__JOB_SITE_TEST)
		return;
	report.rule = page->site->rule;
	report.outcome = (char *)(uintptr_t) "refused";
	report.detail = show_text(page->scan, (struct slice){buf_text(reference), reference->len}, LIMIT_URL_BYTES);
	scan_send_report(page->scan, &report);
}

/* "77@12": the same item, with two replies more, is fetched again. */
static void add_version(struct scan *scan, struct slice told, Lt__FoundLink *link)
{
	const char *version = show_text(scan, told, CAPTURED_BYTES);
	const char *id = link->item != NULL ? link->item : "";
	size_t size;

	if (version == NULL)
		return;
	size = strlen(id) + strlen(version) + sizeof "@";
	link->item = scan_arena(scan, size);
	if (link->item == NULL)
		return;
	(void)snprintf(link->item, size, "%s@%s", id, version);
	link->has_again_if_changed = link->again_if_changed = true;
}

static bool send_link(struct page *page, struct filling *filling, Lt__LinkKind kind, const struct url *url)
{
	const struct item *item = filling->item;
	Lt__FoundLink link = LT__FOUND_LINK__INIT;
	struct handed handed;
	struct buf body;
	bool good = true;

	buf_init(&body, 1);
	if (item->rule->form_count > 0) {
		good = fill_form(filling, &body);
		link.method = (char *)(uintptr_t) "POST";
		link.body = (char *)(uintptr_t)buf_text(&body);
	}
	link.kind = kind;
	link.item = show_text(page->scan, filling->id.data != NULL ? filling->id : item_value(item, "id"), CAPTURED_BYTES);
	if (filling->id.data == NULL) {
		add_version(page->scan, item_value(item, "version"), &link);
		link.title = show_text(page->scan, item_value(item, "title"), TITLE_BYTES);
		fill_times(page, item, &link);
	}
	hand_on(filling, kind, &handed, &link);
	good = good && page_send(page, &link, url);
	buf_free(&body);
	return good;
}

/* False where the values that the link is made of are not there. */
static bool lead_on(struct page *page, struct filling *filling)
{
	struct buf reference;
	struct url url;
	bool there = refer(filling, &reference);

	bool good = there && resolve(page, &reference, &url);

	if (good && !item_may_lead(page, filling->item->rule, &url)) {
		url_free(&url);
		good = false;
	}
	if (good) {
		page->leads += send_link(page, filling, kind_of(filling->item->rule->role), &url);
		if (filling->item->rule->form_count == 0)
			page->lead = xstrdup(url.text);
		url_free(&url);
	} else if (there) {
		tell_refused(page, &reference);
	}
	buf_free(&reference);
	return there;
}

/* ---- ids --------------------------------------------------------------------------------------- */

static bool id_number(const struct item_rule *rule, struct slice id, uint64_t *number)
{
	*number = 0;
	if (id.len == 0 || id.len > 10)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		const char *digit = memchr(rule->digits, id.data[i], rule->id_base);

		if (digit == NULL)
			return false;
		*number = *number * rule->id_base + (uint64_t)(digit - rule->digits);
	}
	return true;
}

static struct slice id_text(const struct item_rule *rule, uint64_t number, char text[NUMBER_BYTES])
{
	size_t at = NUMBER_BYTES;

	do {
		text[--at] = rule->digits[number % rule->id_base];
		number /= rule->id_base;
	} while (number > 0);
	return (struct slice){text + at, NUMBER_BYTES - at};
}

static void remember_id(struct page *page, const struct item *item)
{
	struct id_list *ids;
	uint64_t number;

	if (item->rule->fill_gaps == 0 || !id_number(item->rule, item_value(item, "id"), &number))
		return;
	ids = &page->ids[item->rule - page->rule->items];
	ids->list = xreallocarray(ids->list, ids->count + 1, sizeof *ids->list);
	ids->list[ids->count++] = number;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Items that were never on a listing, or left it between two visits: the ids between those that were. The newest first. */
static void fill_gaps(struct page *page, const struct item_rule *rule, const struct id_list *ids)
{
	struct item item = {.rule = rule};
	unsigned left = rule->fill_gaps;

	qsort(ids->list, ids->count, sizeof *ids->list, ascending);
	for (size_t i = ids->count; i-- > 1;) {
		uint64_t low = ids->list[i - 1], high = ids->list[i];

		if (high - low - (high > low) > left)
			continue;
		for (uint64_t number = low + 1; number < high; number++, left--) {
			struct filling filling = {.page = page, .item = &item};
			char text[NUMBER_BYTES];

			filling.id = id_text(rule, number, text);
			(void)lead_on(page, &filling);
			free(page->lead);
			page->lead = NULL;
		}
	}
}

/* ---- the next page ----------------------------------------------------------------------------- */

static unsigned number_of(const struct page *page)
{
	struct slice told = job_captured(scan_job(page->scan), "page");
	unsigned number = 0;

	if (told.len == 0 || told.len > 7 || !all_digits(told))
		return page->rule->next.first;
	for (size_t i = 0; i < told.len; i++)
		number = number * 10 + (unsigned)(told.data[i] - '0');
	return number;
}

static struct filling filling_of_next(const struct page *page, const struct item *item)
{
	const struct next_rule *next = &page->rule->next;
	unsigned number = number_of(page) + 1;

	return (struct filling){.page = page, .item = item, .page_number = number, .offset = (number - next->first) * next->step};
}

/* The first place that leads anywhere else counts. */
static void take_next(struct page *page, const struct item *item)
{
	struct filling filling = filling_of_next(page, item);
	const Lt__Job *job = scan_job(page->scan);
	struct buf reference;
	struct url url;

	if (page->next != NULL)
		return;
	if (refer(&filling, &reference) && resolve(page, &reference, &url)) {
		if (strcmp(url.text, job->url) != 0 && item_may_lead(page, item->rule, &url))
			page->next = xstrdup(url.text);
		url_free(&url);
	}
	buf_free(&reference);
}

static void send_next(struct page *page)
{
	const struct next_rule *next = &page->rule->next;
	struct item item = {.rule = &next->rule};
	struct filling filling = filling_of_next(page, &item);
	bool listing = page->rule == &page->site->pages[ROLE_LISTING];
	Lt__FoundLink link = LT__FOUND_LINK__INIT;
	struct handed handed;
	struct url url;

	/* Behind a page of nothing a template would go on for ever. */
	if (!next->there || (page->items == 0 && !next->read) || filling.page_number - next->first >= next->max_pages)
		return;
	if (!next->read)
		take_next(page, &item);
	if (page->next == NULL || url_read(page->next, strlen(page->next), &url) != URL_OK)
		return;
	link.kind = listing ? LT__LINK_KIND__LINK_NEXT : LT__LINK_KIND__LINK_ITEM;
	hand_on(&filling, LT__LINK_KIND__LINK_NEXT, &handed, &link);
	link.has_only_if_new = true;
	link.only_if_new = listing && next->stop_on_seen;
	if (!listing)
		add_version(page->scan, job_captured(scan_job(page->scan), "version"), &link);
	(void)page_send(page, &link, &url);
	url_free(&url);
}

/* ---- all together ------------------------------------------------------------------------------ */

static bool any_matches(const struct page *page, const struct expressions *expressions, struct slice text)
{
	for (size_t i = 0; i < expressions->count; i++)
		if (page_match(page, expressions->list[i], text, 0, NULL))
			return true;
	return false;
}

static bool wanted(const struct page *page, const struct item *item)
{
	const struct item_rule *rule = item->rule;

	if (rule->require.count > 0 && !any_matches(page, &rule->require, item->body))
		return false;
	return rule->exclude.count == 0 || !any_matches(page, &rule->exclude, item->body);
}

static void tell_item(const struct page *page, const struct item *item)
{
	Lt__RuleReport report = LT__RULE_REPORT__INIT;
	json_t *values;

	if (scan_job(page->scan)->kind != LT__JOB_KIND__JOB_SITE_TEST)
		return;
	values = json_object();
	for (size_t i = 0; i < item->rule->field_count; i++)
		if (item->values[i].data != NULL)
			json_object_set_new(values, item->rule->fields[i].name, json_stringn(item->values[i].data, item->values[i].len));
	report.rule = page->site->rule;
	report.outcome = (char *)(uintptr_t) "item";
	report.detail = json_dumps(values, JSON_COMPACT | JSON_PRESERVE_ORDER);
	report.has_offset = true;
	report.offset = item->at;
	if (report.detail != NULL && strlen(report.detail) < LIMIT_TEXT_FIELD_BYTES)
		scan_send_report(page->scan, &report);
	free(report.detail);
	json_decref(values);
}

/* What has none of the values that an item has is none: the head of a table, an advertisement. */
static bool has_values(const struct item *item)
{
	for (size_t i = 0; i < item->rule->field_count; i++)
		if (item->values[i].data != NULL)
			return true;
	return item->rule->field_count == 0 && item->body.len > 0;
}

void item_take(struct page *page, const struct item *item)
{
	struct filling filling = {.page = page, .item = item};
	bool leads;
	size_t arena = scan_arena_mark(page->scan);

	if (page->links_cut)
		return;
	if (item->rule == &page->rule->next.rule) {
		take_next(page, item);
		return;
	}
	if (!wanted(page, item))
		return;
	leads = lead_on(page, &filling);
	if (item->rule->url != NULL ? leads : has_values(item)) {
		page->items++;
		tell_item(page, item);
	}
	remember_id(page, item);
	mention_look(page, item);
	free(page->lead);
	page->lead = NULL;
	scan_arena_release(page->scan, arena);
}

void items_finish(struct page *page)
{
	size_t arena = scan_arena_mark(page->scan);

	for (size_t i = 0; i < page->rule->item_count; i++) {
		if (page->ids[i].count > 0)
			fill_gaps(page, &page->rule->items[i], &page->ids[i]);
		free(page->ids[i].list);
	}
	if (page->marker == NULL)
		send_next(page);
	free(page->next);
	scan_arena_release(page->scan, arena);
}
