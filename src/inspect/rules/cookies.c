#include "inspect/rules/cookies.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/rules/expression.h"
#include "shared/mem.h"

enum {
	VALUE_MIN = 4,        /* a shorter value is a setting */
	LOOK_VALUE_MIN = 6,   /* where the name is unknown */
	GLUED_VALUE_MIN = 10, /* where the name only resembles one */
};

struct name {
	char *text;
	size_t len;
	bool pattern; /* holds * or ? */
};

struct entry {
	char *grants;
	struct name *names;
	size_t names_count;
	char **domains;
	size_t domains_count;
	struct expression *shape; /* NULL: any value */
	bool session, sso;
};

struct cookies {
	struct entry *list;
	size_t count;
	char **voids;
	size_t voids_count;
	struct expression *look_names, *look_glued, *look_never;
};

/* ---- matching --------------------------------------------------------------------------------- */

/* Whether name is pattern, in which * stands for any run and ? for any character. Linear but for the last *. */
static bool glob_matches(const char *pattern, struct slice name)
{
	const char *star = NULL;
	size_t at = 0, resume = 0;

	while (at < name.len) {
		if (*pattern == '*') {
			star = pattern++;
			resume = at;
		} else if (*pattern == '?' ||
			   (*pattern != 0 && tolower((unsigned char)*pattern) == tolower((unsigned char)name.data[at]))) {
			pattern++;
			at++;
		} else if (star != NULL) {
			pattern = star + 1;
			at = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

static bool domain_matches(const struct entry *entry, struct slice domain)
{
	for (size_t i = 0; i < entry->domains_count; i++) {
		size_t len = strlen(entry->domains[i]);

		if (slice_ends_nocase(domain, entry->domains[i]) && (domain.len == len || domain.data[domain.len - len - 1] == '.'))
			return true;
	}
	return false;
}

/* How exactly an entry names a cookie: 0 not at all, then patterns, then whole names. */
static int name_rank(const struct entry *entry, struct slice name)
{
	int rank = 0;

	for (size_t i = 0; i < entry->names_count; i++) {
		const struct name *candidate = &entry->names[i];

		if (!candidate->pattern && candidate->len == name.len && strncasecmp(name.data, candidate->text, name.len) == 0)
			return 2;
		if (rank == 0 && candidate->pattern && glob_matches(candidate->text, name))
			rank = 1;
	}
	return rank;
}

static const struct entry *find(const struct cookies *cookies, struct slice domain, struct slice name, struct slice value)
{
	const struct entry *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < cookies->count; i++) {
		const struct entry *entry = &cookies->list[i];
		int rank = name_rank(entry, name);

		if (rank == 0 || (entry->domains_count > 0 && !domain_matches(entry, domain)))
			continue;
		rank += entry->domains_count > 0 ? 2 : 0;
		if (rank > best_rank && (entry->shape == NULL || expression_match(entry->shape, value, 0, NULL) == EXPRESSION_YES)) {
			best = entry;
			best_rank = rank;
		}
	}
	return best;
}

/* ---- values ----------------------------------------------------------------------------------- */

/* 0000..., ----...: filled up, or wiped. */
static bool is_one_byte(struct slice value)
{
	for (size_t i = 1; i < value.len; i++)
		if (value.data[i] != value.data[0])
			return false;
	return true;
}

/* "session identifier", "Session-ID des Nutzers": a policy tells what the cookie is for. */
static bool is_prose(struct slice value)
{
	bool blank = false;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		blank = blank || c == ' ';
		if (c < 0x80 && !isalpha(c) && strchr(" ,.-'()/", c) == NULL)
			return false;
	}
	return blank;
}

static bool is_void(const struct cookies *cookies, struct slice value)
{
	if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
		value = (struct slice){value.data + 1, value.len - 2};
	for (size_t i = 0; i < cookies->voids_count; i++)
		if (slice_equal_nocase(value, slice_of(cookies->voids[i])))
			return true;
	return value.len < VALUE_MIN || is_one_byte(value) || is_prose(value);
}

/* Bits of information a byte of value carries, by its own frequencies. */
static double entropy(struct slice value)
{
	size_t counts[256] = {0};
	double bits = 0;

	for (size_t i = 0; i < value.len; i++)
		counts[(unsigned char)value.data[i]]++;
	for (size_t i = 0; i < 256; i++) {
		double share = (double)counts[i] / (double)value.len;

		if (counts[i] > 0)
			bits -= share * log2(share);
	}
	return bits;
}

/* Whether a value looks made by a machine: no word, number, date, address or list of settings. */
static bool looks_random(struct slice value, size_t least)
{
	size_t digits = 0, letters = 0, other = 0, changes = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		digits += isdigit(c) != 0;
		letters += isalpha(c) != 0;
		other += !isalnum(c);
		changes += i > 0 && (isdigit(c) != 0) != (isdigit((unsigned char)value.data[i - 1]) != 0);
	}
	if (value.len < least || letters == 0 || other * 3 > value.len)
		return false;
	if (digits == 0 && value.len < 20)
		return false;
	return (digits == 0 || changes >= 2 || value.len >= 20) && entropy(value) >= 2.6;
}

static bool is_session_by_look(const struct cookies *cookies, struct slice name, struct slice value)
{
	struct jwt_claims claims;

	if (cookies->look_never == NULL || expression_match(cookies->look_never, name, 0, NULL) != EXPRESSION_NO)
		return false;
	if (jwt_read(value, &claims))
		return true;
	if (expression_match(cookies->look_names, name, 0, NULL) == EXPRESSION_YES)
		return looks_random(value, LOOK_VALUE_MIN);
	return expression_match(cookies->look_glued, name, 0, NULL) == EXPRESSION_YES && looks_random(value, GLUED_VALUE_MIN);
}

struct cookie_entry cookies_judge(const struct cookies *cookies, struct slice domain, struct slice name, struct slice value)
{
	const struct entry *entry;

	while (domain.len > 0 && domain.data[0] == '.')
		domain = slice_from(domain, 1);
	while (domain.len > 0 && domain.data[domain.len - 1] == '.')
		domain.len--;
	if (name.len == 0 || is_void(cookies, value))
		return (struct cookie_entry){.verdict = COOKIE_NO_SESSION};
	entry = find(cookies, domain, name, value);
	if (entry != NULL)
		return (struct cookie_entry){entry->session ? COOKIE_SESSION : COOKIE_NO_SESSION, entry->grants, entry->sso, false};
	if (is_session_by_look(cookies, name, value))
		return (struct cookie_entry){.verdict = COOKIE_SESSION, .by_look = true};
	return (struct cookie_entry){.verdict = COOKIE_UNKNOWN};
}

struct cookie_entry cookie_lookup(const struct engine *engine, struct slice domain, struct slice name, struct slice value)
{
	return cookies_judge(engine->cookies, domain, name, value);
}

/* ---- loading ---------------------------------------------------------------------------------- */

struct cookies *cookies_new(void)
{
	return xcalloc(1, sizeof(struct cookies));
}

static void texts_free(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

void cookies_free(struct cookies *cookies)
{
	if (cookies == NULL)
		return;
	for (size_t i = 0; i < cookies->count; i++) {
		free(cookies->list[i].grants);
		for (size_t n = 0; n < cookies->list[i].names_count; n++)
			free(cookies->list[i].names[n].text);
		free(cookies->list[i].names);
		texts_free(cookies->list[i].domains, cookies->list[i].domains_count);
		expression_free(cookies->list[i].shape);
	}
	free(cookies->list);
	texts_free(cookies->voids, cookies->voids_count);
	expression_free(cookies->look_names);
	expression_free(cookies->look_glued);
	expression_free(cookies->look_never);
	free(cookies);
}

static void add_texts(const struct yaml *list, char ***texts, size_t *count)
{
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct slice text = yaml_slice(yaml_at(list, i));

		*texts = xreallocarray(*texts, *count + 1, sizeof(**texts));
		(*texts)[(*count)++] = xstrndup(text.data != NULL ? text.data : "", text.len);
	}
}

static struct expression *load_expression(struct yaml_file *file, const struct yaml *node, unsigned flags)
{
	char error[EXPRESSION_ERROR_BYTES];
	struct expression *expression;

	if (node == NULL)
		return NULL;
	expression = expression_new(yaml_slice(node), flags, error);
	if (expression == NULL)
		yaml_fault(file, node, "%s", error);
	return expression;
}

static void load_names(struct entry *entry, const struct yaml *list)
{
	entry->names = xcalloc(yaml_count(list), sizeof(*entry->names));
	for (size_t i = 0; i < yaml_count(list); i++) {
		struct slice text = yaml_slice(yaml_at(list, i));
		char *copy = xstrndup(text.data != NULL ? text.data : "", text.len);

		entry->names[entry->names_count++] = (struct name){copy, strlen(copy), strpbrk(copy, "*?") != NULL};
	}
}

static void load_entry(struct cookies *cookies, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {
		"service", "names", "domains", "kind", "grants", "sso", "shape", "examples", "near_misses", NULL};
	static const char *const kinds[] = {"session", "attribution", "marker", "tracking"};
	const char *kind = yaml_text(yaml_get(node, "kind")), *grants = yaml_text(yaml_get(node, "grants"));
	struct entry entry = {.session = kind == NULL || strcmp(kind, "session") == 0, .sso = yaml_bool(yaml_get(node, "sso"), false)};
	bool is_kind = kind == NULL;

	for (size_t i = 0; kind != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		is_kind = is_kind || strcmp(kinds[i], kind) == 0;
	if (!is_kind)
		yaml_fault(file, yaml_get(node, "kind"), "kind is session, attribution, marker or tracking, not %s", kind);
	if (yaml_need_text(file, node, "service") == NULL)
		return;
	if (yaml_count(yaml_get(node, "names")) == 0) {
		yaml_fault(file, node, "names is missing: the names of the cookies");
		return;
	}
	yaml_check_keys(file, node, known);
	entry.grants = grants != NULL ? xstrdup(grants) : NULL;
	load_names(&entry, yaml_get(node, "names"));
	add_texts(yaml_get(node, "domains"), &entry.domains, &entry.domains_count);
	entry.shape = load_expression(file, yaml_get(node, "shape"), EXPRESSION_WHOLE);
	cookies->list = xreallocarray(cookies->list, cookies->count + 1, sizeof(*cookies->list));
	cookies->list[cookies->count++] = entry;
}

static void load_looks(struct cookies *cookies, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {"names", "glued", "never", "examples", "near_misses", NULL};

	if (node != NULL && cookies->look_never != NULL)
		yaml_fault(file, node, "looks stand in one file only, and were read before");
	if (node == NULL || cookies->look_never != NULL)
		return;
	yaml_check_keys(file, node, known);
	cookies->look_names = load_expression(file, yaml_get(node, "names"), 0);
	cookies->look_glued = load_expression(file, yaml_get(node, "glued"), 0);
	cookies->look_never = load_expression(file, yaml_get(node, "never"), 0);
	if (cookies->look_names == NULL || cookies->look_glued == NULL || cookies->look_never == NULL) {
		yaml_fault(file, node, "looks needs names, glued and never");
		expression_free(cookies->look_never);
		cookies->look_never = NULL;
	}
}

void cookies_load(struct cookies *cookies, struct yaml_file *file)
{
	static const char *const known[] = {"cookies", "looks", "void", NULL};
	const struct yaml *entries = yaml_get(file->root, "cookies");

	yaml_check_keys(file, file->root, known);
	for (size_t i = 0; i < yaml_count(entries); i++)
		load_entry(cookies, file, yaml_at(entries, i));
	load_looks(cookies, file, yaml_get(file->root, "looks"));
	add_texts(yaml_get(file->root, "void"), &cookies->voids, &cookies->voids_count);
}
