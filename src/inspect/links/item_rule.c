/* One way of telling items on a page, read from a site description. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/links/site_read.h"
#include "shared/mem.h"

enum { GAPS_MAX = 1000 };

static const char *const kind_keys[ITEM_KINDS + 1] = {
	[ITEMS_HTML] = "html",
	[ITEMS_REGEX] = "regex",
	[ITEMS_JSON] = "json",
	[ITEMS_FEED] = "feed",
	[ITEMS_SITEMAP] = "sitemap",
	[ITEMS_LINES] = "lines",
	[ITEM_KINDS] = NULL,
};

/* ---- fields ------------------------------------------------------------------------------------ */

/* "text", "@attribute", "quoted @attribute". */
static void read_value(struct yaml_file *file, const struct yaml *node, struct field *field)
{
	const char *text = yaml_text(node);

	if (node == NULL || (text != NULL && strcmp(text, "text") == 0))
		return;
	if (text != NULL && strncmp(text, "quoted ", strlen("quoted ")) == 0) {
		field->quoted = true;
		text += strlen("quoted ");
	}
	if (text != NULL && text[0] == '@' && text[1] != '\0')
		field->attribute = xstrdup(text + 1);
	else if (!field->quoted || text == NULL || strcmp(text, "text") != 0)
		yaml_fault(file, node, "a value is text, @attribute, quoted text or quoted @attribute");
}

static const char *const *field_keys(enum item_kind kind)
{
	static const char *const html[] = {"html", "value", "match", "exclude", NULL};
	static const char *const json[] = {"json", "match", "exclude", NULL};
	static const char *const feed[] = {"element", "match", "exclude", NULL};
	static const char *const text[] = {"match", "exclude", NULL};

	switch (kind) {
	case ITEMS_HTML:
		return html;
	case ITEMS_JSON:
		return json;
	case ITEMS_FEED:
		return feed;
	default:
		return text;
	}
}

/* A bare text says where the value stands. */
static void read_short(struct yaml_file *file, const struct yaml *node, enum item_kind kind, struct field *field)
{
	switch (kind) {
	case ITEMS_HTML:
		if (yaml_text(node)[0] == '@' || strncmp(yaml_text(node), "quoted ", 7) == 0 || strcmp(yaml_text(node), "text") == 0)
			read_value(file, node, field);
		else
			field->selector = read_selector(file, node);
		break;
	case ITEMS_JSON:
		field->path = read_path(file, node);
		break;
	case ITEMS_FEED:
		free(field->element);
		field->element = read_text(file, node);
		break;
	default:
		field->match = read_expression(file, node);
		break;
	}
}

static struct field *add_field(struct yaml_file *file, const struct yaml *node, const char *name, struct item_rule *rule)
{
	for (size_t i = 0; i < rule->field_count; i++)
		if (strcmp(rule->fields[i].name, name) == 0)
			return &rule->fields[i];
	if (rule->field_count == FIELDS_MAX) {
		yaml_fault(file, node, "at most %d fields", FIELDS_MAX);
		return NULL;
	}
	rule->fields[rule->field_count].name = xstrdup(name);
	return &rule->fields[rule->field_count++];
}

static bool name_valid(const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			return false;
	return *name != '\0' && strlen(name) <= 64;
}

static void read_field(struct yaml_file *file, const char *name, const struct yaml *node, bool count, struct item_rule *rule)
{
	struct field *field;

	if (!name_valid(name)) {
		yaml_fault(file, node, "a field's name is made of letters, digits and _");
		return;
	}
	field = add_field(file, node, name, rule);
	if (field == NULL)
		return;
	field->count = count;
	if (rule->kind == ITEMS_FEED && field->element == NULL)
		field->element = xstrdup(name);
	if (yaml_text(node) != NULL) {
		read_short(file, node, rule->kind, field);
		return;
	}
	if (node->kind != YAML_MAP) {
		yaml_fault(file, node, "a field is a text or a mapping");
		return;
	}
	yaml_check_keys(file, node, field_keys(rule->kind));
	field->selector = rule->kind == ITEMS_HTML ? read_selector(file, yaml_get(node, "html")) : NULL;
	if (rule->kind == ITEMS_HTML)
		read_value(file, yaml_get(node, "value"), field);
	if (rule->kind == ITEMS_JSON)
		field->path = read_path(file, yaml_get(node, "json"));
	if (rule->kind == ITEMS_JSON && yaml_get(node, "json") == NULL)
		yaml_fault(file, node, "`json:` is missing: the path to the value");
	if (rule->kind == ITEMS_FEED && yaml_get(node, "element") != NULL) {
		free(field->element);
		field->element = read_text(file, yaml_get(node, "element"));
	}
	field->match = read_expression(file, yaml_get(node, "match"));
	field->exclude = read_expression(file, yaml_get(node, "exclude"));
}

static void read_fields(struct yaml_file *file, const struct yaml *map, bool count, struct item_rule *rule)
{
	if (map == NULL)
		return;
	if (map->kind != YAML_MAP) {
		yaml_fault(file, map, "fields are a mapping of names");
		return;
	}
	for (size_t i = 0; i < map->count; i++)
		read_field(file, map->keys[i], map->items[i], count, rule);
}

/* The groups of a regular expression are fields: (?<name>...) by name, a first one without name is the id. */
static void add_groups(struct yaml_file *file, const struct yaml *node, struct item_rule *rule)
{
	const char *pattern = yaml_text(node);
	size_t named = 0;

	if (rule->pattern == NULL)
		return;
	for (const char *at = strstr(pattern, "(?<"); at != NULL; at = strstr(at + 3, "(?<")) {
		char *name = xstrndup(at + 3, strcspn(at + 3, ">"));
		struct field *field = name_valid(name) ? add_field(file, node, name, rule) : NULL;

		if (field != NULL)
			field->group = expression_group(rule->pattern, name);
		named += field != NULL;
		free(name);
	}
	if (named == 0)
		add_field(file, node, "id", rule)->group = 1;
}

static void add_standard(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	static const char *const feed[][2] = {{"url", "link"}, {"id", "guid"}, {"title", "title"}, {"published", "published"},
		{"author", "author"}, {"text", "description"}};
	size_t count = rule->kind == ITEMS_FEED ? sizeof feed / sizeof feed[0] : 0;

	for (size_t i = 0; i < count; i++)
		add_field(file, map, feed[i][0], rule)->element = xstrdup(feed[i][1]);
	if (rule->kind == ITEMS_SITEMAP || rule->kind == ITEMS_LINES)
		(void)add_field(file, map, "url", rule);
	if (rule->kind == ITEMS_SITEMAP)
		(void)add_field(file, map, "published", rule);
}

/* ---- where it leads ---------------------------------------------------------------------------- */

static void read_form(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	if (map == NULL)
		return;
	if (map->kind != YAML_MAP || map->count > FIELDS_MAX) {
		yaml_fault(file, map, "a form is a mapping of at most %d names to templates", FIELDS_MAX);
		return;
	}
	for (size_t i = 0; i < map->count; i++) {
		/* A field may be sent empty. */
		const struct yaml *node = map->items[i];
		char error[TEMPLATE_ERROR_BYTES];
		struct template *value = node->kind == YAML_TEXT ? template_new((struct slice){node->text, node->text_len}, error) : NULL;

		if (value == NULL)
			yaml_fault(file, node, "%s", node->kind == YAML_TEXT ? error : "a field of a form is a text");
		else
			rule->form[rule->form_count++] = (struct form_field){xstrdup(map->keys[i]), value};
	}
}

static void read_ids(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	static const char *const known[] = {"base", "digits", "fill_gaps", NULL};
	static const char *const bases[] = {"10", "62", NULL};
	static const char *const orders[] = {"0-9A-Za-z", "0-9a-zA-Z", NULL};
	static const char *const digits[] = {"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"};

	if (map == NULL)
		return;
	yaml_check_keys(file, map, known);
	rule->id_base = read_choice(file, yaml_get(map, "base"), bases, 0) == 0 ? 10 : 62;
	rule->digits = digits[read_choice(file, yaml_get(map, "digits"), orders, 1)];
	rule->fill_gaps = read_count(file, map, "fill_gaps", 100, 1, GAPS_MAX);
	if (rule->url == NULL)
		yaml_fault(file, map, "`ids:` needs a `url:` made from {id}");
}

static bool has_field(const struct item_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->field_count; i++)
		if (strcmp(rule->fields[i].name, name) == 0)
			return true;
	return false;
}

static void check_target(struct yaml_file *file, const struct yaml *map, bool next, struct item_rule *rule)
{
	static const char *const roles[] = {"listing", "item", "step2", "raw", NULL};

	rule->url = read_template(file, yaml_get(map, "url"));
	rule->role = (enum page_role)read_choice(file, yaml_get(map, "role"), roles, ROLE_ITEM);
	read_form(file, yaml_get(map, "form"), rule);
	if (next)
		return;
	read_ids(file, yaml_get(map, "ids"), rule);
	if (yaml_get(map, "role") != NULL && rule->url == NULL && yaml_get(map, "url") == NULL && !has_field(rule, "url"))
		yaml_fault(file, map, "`role:` says where an item leads, but there is neither `url:` nor a field url");
	if (yaml_get(map, "form") != NULL && rule->url == NULL && !has_field(rule, "url"))
		yaml_fault(file, map, "`form:` is sent to a `url:`, or to a field url");
}

/* ---- all together ------------------------------------------------------------------------------ */

static bool read_kind(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	size_t told = 0;

	for (size_t i = 0; i < ITEM_KINDS; i++) {
		if (yaml_get(map, kind_keys[i]) == NULL)
			continue;
		rule->kind = (enum item_kind)i;
		told++;
	}
	if (told != 1)
		yaml_fault(file, map, "items are told by one of html, regex, json, feed, sitemap and lines");
	return told == 1;
}

static void read_how(struct yaml_file *file, const struct yaml *map, struct item_rule *rule)
{
	const struct yaml *how = yaml_get(map, kind_keys[rule->kind]);

	switch (rule->kind) {
	case ITEMS_HTML:
		rule->selector = read_selector(file, how);
		break;
	case ITEMS_REGEX:
		rule->pattern = read_expression(file, how);
		add_groups(file, how, rule);
		break;
	case ITEMS_JSON:
		rule->path = read_path(file, how);
		rule->after = read_expression(file, yaml_get(map, "after"));
		break;
	default:
		if (!read_flag(file, map, kind_keys[rule->kind], true))
			yaml_fault(file, how, "`%s:` is either true or left out", kind_keys[rule->kind]);
		break;
	}
	if (rule->kind != ITEMS_JSON && yaml_get(map, "after") != NULL)
		yaml_fault(file, yaml_get(map, "after"), "`after:` goes with json");
	if (rule->kind != ITEMS_HTML && (yaml_get(map, "extent") != NULL || yaml_get(map, "ignore") != NULL))
		yaml_fault(file, map, "`extent:` and `ignore:` go with html");
}

void item_rule_read(struct yaml_file *file, const struct yaml *map, bool next, struct item_rule *rule)
{
	static const char *const known[] = {"html", "regex", "json", "feed", "sitemap", "lines", "after", "extent", "ignore", "fields",
		"counts", "require", "exclude", "url", "role", "form", "ids", "post", "addresses", "other_hosts", NULL};
	static const char *const extents[] = {"element", "section", NULL};

	if (map->kind != YAML_MAP) {
		yaml_fault(file, map, "a way of telling items is a mapping");
		return;
	}
	if (!read_kind(file, map, rule))
		return;
	if (!next)
		yaml_check_keys(file, map, known);
	add_standard(file, map, rule);
	read_how(file, map, rule);
	rule->section = read_choice(file, yaml_get(map, "extent"), extents, 0) == 1;
	rule->ignore = read_selector(file, yaml_get(map, "ignore"));
	read_fields(file, yaml_get(map, "fields"), false, rule);
	read_fields(file, yaml_get(map, "counts"), true, rule);
	read_expressions(file, yaml_get(map, "require"), &rule->require);
	read_expressions(file, yaml_get(map, "exclude"), &rule->exclude);
	rule->post = read_flag(file, map, "post", true);
	rule->other_hosts = read_flag(file, map, "other_hosts", false);
	rule->addresses = read_flag(file, map, "addresses", true);
	check_target(file, map, next, rule);
}

static void field_free(struct field *field)
{
	free(field->name);
	selector_free(field->selector);
	free(field->attribute);
	jsonpath_free(field->path);
	free(field->element);
	expression_free(field->match);
	expression_free(field->exclude);
}

void item_rule_free(struct item_rule *rule)
{
	for (size_t i = 0; i < rule->field_count; i++)
		field_free(&rule->fields[i]);
	for (size_t i = 0; i < rule->form_count; i++) {
		free(rule->form[i].name);
		template_free(rule->form[i].value);
	}
	selector_free(rule->selector);
	selector_free(rule->ignore);
	expression_free(rule->pattern);
	jsonpath_free(rule->path);
	expression_free(rule->after);
	expressions_free(&rule->require);
	expressions_free(&rule->exclude);
	template_free(rule->url);
}
