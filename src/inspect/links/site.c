#include "inspect/links/site.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/links/site_read.h"
#include "shared/mem.h"

enum { PAGES_MAX = 1000, NAME_MAX_BYTES = 64 };

const char *const page_roles[ROLES + 1] = {
	[ROLE_LISTING] = "listing", [ROLE_ITEM] = "item", [ROLE_STEP2] = "step2", [ROLE_RAW] = "raw", [ROLE_ANY] = "any", [ROLES] = NULL};

/* ---- markers ----------------------------------------------------------------------------------- */

static void read_marker(struct yaml_file *file, const char *cause, const struct yaml *map, struct markers *markers)
{
	static const char *const known[] = {"title", "text", "html", NULL};

	if (map->kind != YAML_MAP || map->count == 0) {
		yaml_fault(file, map, "a marker is a mapping with title, text or html");
		return;
	}
	if (markers->count == MARKERS_MAX) {
		yaml_fault(file, map, "at most %d markers", MARKERS_MAX);
		return;
	}
	struct marker *marker = &markers->list[markers->count++];

	yaml_check_keys(file, map, known);
	marker->cause = xstrdup(cause);
	read_expressions(file, yaml_get(map, "title"), &marker->title);
	read_expressions(file, yaml_get(map, "text"), &marker->text);
	marker->selector = read_selector(file, yaml_get(map, "html"));
}

void markers_read(struct yaml_file *file, const struct yaml *map, struct markers *markers)
{
	static const char *const causes[] = {"login", "captcha", "queue", "ban", "ddos-guard", "closed", NULL};

	if (map == NULL)
		return;
	if (map->kind != YAML_MAP) {
		yaml_fault(file, map, "markers are a mapping of login, captcha, queue, ban, ddos-guard and closed");
		return;
	}
	yaml_check_keys(file, map, causes);
	for (size_t i = 0; i < map->count; i++)
		read_marker(file, map->keys[i], map->items[i], markers);
}

void markers_free(struct markers *markers)
{
	for (size_t i = 0; i < markers->count; i++) {
		free(markers->list[i].cause);
		expressions_free(&markers->list[i].title);
		expressions_free(&markers->list[i].text);
		selector_free(markers->list[i].selector);
	}
}

/* ---- pages ------------------------------------------------------------------------------------- */

/* What leads to the next page: one value, read like a field of an item. */
static void read_next_value(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	struct field *field = &rule->fields[0];

	if (rule->kind == ITEMS_FEED || rule->kind == ITEMS_SITEMAP || rule->kind == ITEMS_LINES) {
		yaml_fault(file, map, "the next page is told by html, regex, json, or by `url:` alone");
		return;
	}
	if (rule->field_count == 0)
		rule->field_count = 1;
	free(field->name);
	field->name = xstrdup(rule->url != NULL ? "next" : "url");
	field->match = read_expression(file, yaml_get(map, "match"));
	if (rule->kind == ITEMS_HTML) {
		const char *value = yaml_text(yaml_get(map, "value"));

		if (value == NULL)
			field->attribute = xstrdup("href");
		else if (value[0] == '@' && value[1] != '\0')
			field->attribute = xstrdup(value + 1);
		else if (strcmp(value, "text") != 0)
			yaml_fault(file, yaml_get(map, "value"), "the value of a next page is text or @attribute");
	}
	if (rule->kind == ITEMS_JSON) {
		char error[JSONPATH_ERROR_BYTES];

		field->path = jsonpath_new(SLICE_TEXT("$"), error);
	}
}

static void read_next(struct yaml_file *file, const struct yaml *map, struct next_rule *next)
{
	static const char *const known[] = {
		"html", "regex", "json", "after", "value", "match", "url", "first", "step", "max_pages", "stop_on_seen", NULL};

	if (map == NULL)
		return;
	if (map->kind != YAML_MAP) {
		yaml_fault(file, map, "`next:` is a mapping");
		return;
	}
	yaml_check_keys(file, map, known);
	next->there = true;
	next->max_pages = read_count(file, map, "max_pages", 10, 1, PAGES_MAX);
	next->first = read_count(file, map, "first", 1, 0, 1000000);
	next->step = read_count(file, map, "step", 1, 1, 100000);
	next->stop_on_seen = read_flag(file, map, "stop_on_seen", true);
	next->read = yaml_get(map, "html") != NULL || yaml_get(map, "regex") != NULL || yaml_get(map, "json") != NULL;
	next->rule.post = false;
	if (next->read) {
		item_rule_read(file, map, true, &next->rule);
		read_next_value(file, map, &next->rule);
		return;
	}
	next->rule.url = read_template(file, yaml_get(map, "url"));
	if (yaml_get(map, "url") == NULL)
		yaml_fault(file, map, "`next:` needs html, regex or json that find the next page, or a `url:` with {page}");
}

static void read_page(struct yaml_file *file, const struct yaml *map, struct page_rule *page)
{
	static const char *const known[] = {"items", "next", "revisit", NULL};
	const struct yaml *items = yaml_get(map, "items");

	if (map->kind != YAML_MAP) {
		yaml_fault(file, map, "a page is a mapping with items, next and revisit");
		return;
	}
	yaml_check_keys(file, map, known);
	page->there = true;
	page->revisit = read_flag(file, map, "revisit", false);
	if (items != NULL && items->kind == YAML_MAP) {
		item_rule_read(file, items, false, &page->items[page->item_count++]);
	} else {
		for (size_t i = 0; i < yaml_count(items); i++) {
			if (page->item_count == ITEMS_MAX)
				yaml_fault(file, yaml_at(items, i), "at most %d ways of telling items", ITEMS_MAX);
			else
				item_rule_read(file, yaml_at(items, i), false, &page->items[page->item_count++]);
		}
	}
	read_next(file, yaml_get(map, "next"), &page->next);
}

static void read_pages(struct yaml_file *file, const struct yaml *map, struct site *site)
{
	if (map == NULL || map->kind != YAML_MAP) {
		yaml_fault(file, map != NULL ? map : file->root, "`pages:` is missing: a mapping of listing, item, step2, raw or any");
		return;
	}
	yaml_check_keys(file, map, page_roles);
	for (size_t role = 0; role < ROLES; role++)
		if (yaml_get(map, page_roles[role]) != NULL)
			read_page(file, yaml_get(map, page_roles[role]), &site->pages[role]);
}

/* ---- templates know their names ---------------------------------------------------------------- */

static bool rule_has(const struct item_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->field_count; i++)
		if (strcmp(rule->fields[i].name, name) == 0)
			return true;
	return false;
}

/* A value may come from any page of the site: what was captured is handed on from page to page. */
static bool site_has(const struct site *site, const char *name)
{
	static const char *const given[] = {"origin", "scheme", "host", "page", "offset", NULL};

	for (size_t i = 0; given[i] != NULL; i++)
		if (strcmp(given[i], name) == 0)
			return true;
	for (size_t role = 0; role < ROLES; role++) {
		const struct page_rule *page = &site->pages[role];

		if (page->next.read && rule_has(&page->next.rule, name))
			return true;
		for (size_t i = 0; i < page->item_count; i++)
			if (rule_has(&page->items[i], name))
				return true;
	}
	return false;
}

static void check_template(struct yaml_file *file, const struct site *site, const struct yaml *node, const struct template *template)
{
	for (size_t i = 0; template != NULL && template_name(template, i) != NULL; i++)
		if (!site_has(site, template_name(template, i)))
			yaml_fault(file, node, "{%s} is no field of this site", template_name(template, i));
}

static void check_rule(struct yaml_file *file, const struct site *site, const struct yaml *node, const struct item_rule *rule)
{
	check_template(file, site, yaml_get(node, "url"), rule->url);
	for (size_t i = 0; i < rule->form_count; i++)
		check_template(file, site, yaml_get(node, "form"), rule->form[i].value);
}

static void check_templates(struct yaml_file *file, const struct site *site)
{
	const struct yaml *pages = yaml_get(file->root, "pages");

	for (size_t role = 0; role < ROLES; role++) {
		const struct page_rule *page = &site->pages[role];
		const struct yaml *node = yaml_get(pages, page_roles[role]);
		const struct yaml *items = yaml_get(node, "items");

		for (size_t i = 0; i < page->item_count; i++)
			check_rule(file, site, items->kind == YAML_MAP ? items : yaml_at(items, i), &page->items[i]);
		check_rule(file, site, yaml_get(node, "next"), &page->next.rule);
	}
}

/* ---- all together ------------------------------------------------------------------------------ */

/* "data/sites/example.yml" holds the site example. */
static bool named_as_file(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	size_t len = strlen(name);

	return strncmp(base, name, len) == 0 && (strcmp(base + len, ".yml") == 0 || strcmp(base + len, ".yaml") == 0);
}

static void read_name(struct yaml_file *file, struct site *site)
{
	const char *name = yaml_need_text(file, file->root, "name");
	const struct yaml *node = yaml_get(file->root, "name");

	site->name = xstrdup(name != NULL ? name : "");
	site->rule = xasprintf("site.%.*s", NAME_MAX_BYTES, site->name);
	for (const char *at = site->name; *at != '\0'; at++) {
		if (isalnum((unsigned char)*at) || strchr("-_.", *at) != NULL)
			continue;
		yaml_fault(file, node, "a site's name is made of letters, digits, '-', '_' and '.'");
		return;
	}
	if (name != NULL && (strlen(name) > NAME_MAX_BYTES || !named_as_file(file->name, name)))
		yaml_fault(
			file, node, "the file is not called %.*s.yml: sources find a site by the name of its file", NAME_MAX_BYTES, name);
}

struct site *site_read(struct yaml_file *file, bool shipped)
{
	static const char *const known[] = {"name", "description", "leak_context", "posts", "blocked", "pages", NULL};
	static const char *const posts[] = {"mention", "listing", NULL};
	struct site *site = xcalloc(1, sizeof *site);
	size_t before = file->faults->count;

	site->file = xstrdup(file->name);
	site->shipped = shipped;
	if (file->root->kind != YAML_MAP) {
		yaml_fault(file, file->root, "a site description is a mapping with name and pages");
	} else {
		yaml_check_keys(file, file->root, known);
		read_name(file, site);
		(void)yaml_need_text(file, file->root, "description");
		site->leak_context = read_flag(file, file->root, "leak_context", false);
		site->listings = read_choice(file, yaml_get(file->root, "posts"), posts, 0) == 1;
		markers_read(file, yaml_get(file->root, "blocked"), &site->markers);
		read_pages(file, yaml_get(file->root, "pages"), site);
		check_templates(file, site);
	}
	if (file->faults->count == before)
		return site;
	site_free(site);
	return NULL;
}

void site_free(struct site *site)
{
	if (site == NULL)
		return;
	for (size_t role = 0; role < ROLES; role++) {
		for (size_t i = 0; i < site->pages[role].item_count; i++)
			item_rule_free(&site->pages[role].items[i]);
		item_rule_free(&site->pages[role].next.rule);
	}
	markers_free(&site->markers);
	free(site->name);
	free(site->file);
	free(site->rule);
	free(site);
}

const struct page_rule *site_page(const struct site *site, const char *role)
{
	for (size_t i = 0; i < ROLES && site != NULL; i++)
		if (role != NULL && strcmp(page_roles[i], role) == 0 && site->pages[i].there)
			return &site->pages[i];
	return site != NULL && site->pages[ROLE_ANY].there ? &site->pages[ROLE_ANY] : NULL;
}
