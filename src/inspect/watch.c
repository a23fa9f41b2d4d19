#include "inspect/watch.h"

#include <ctype.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/rules/services.h"
#include "shared/byteset.h"
#include "shared/escape.h"
#include "shared/mem.h"

/* ---- host_set --------------------------------------------------------------------------------- */

struct host_slot {
	char *name;
	uint32_t value;
};

struct host_set {
	struct host_slot *slots; /* open addressing, a power of two, at most half full */
	size_t cap, count;
};

static size_t slot_of(const struct host_set *set, const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (const char *at = name; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
	size_t slot = (size_t)(hash ^ (hash >> 32)) & (set->cap - 1);

	while (set->slots[slot].name != NULL && strcmp(set->slots[slot].name, name) != 0)
		slot = (slot + 1) & (set->cap - 1);
	return slot;
}

struct host_set *host_set_new(void)
{
	struct host_set *set = xcalloc(1, sizeof *set);

	set->cap = 16;
	set->slots = xcalloc(set->cap, sizeof *set->slots);
	return set;
}

void host_set_free(struct host_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->cap; i++)
		free(set->slots[i].name);
	free(set->slots);
	free(set);
}

static void grow(struct host_set *set)
{
	struct host_set bigger = {.cap = set->cap * 2, .count = set->count};

	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < set->cap; i++)
		if (set->slots[i].name != NULL)
			bigger.slots[slot_of(&bigger, set->slots[i].name)] = set->slots[i];
	free(set->slots);
	*set = bigger;
}

void host_set_add(struct host_set *set, const char *name, uint32_t value)
{
	if (set->count * 2 >= set->cap)
		grow(set);
	struct host_slot *slot = &set->slots[slot_of(set, name)];

	if (slot->name != NULL)
		return;
	*slot = (struct host_slot){xstrdup(name), value};
	set->count++;
}

bool host_set_find(const struct host_set *set, const char *host, bool *exact, uint32_t *value)
{
	for (const char *at = host; at != NULL && *at != '\0';) {
		const struct host_slot *slot = &set->slots[slot_of(set, at)];

		if (slot->name != NULL) {
			*exact = at == host;
			*value = slot->value;
			return true;
		}
		at = strchr(at, '.');
		if (at != NULL)
			at++;
	}
	return false;
}

/* ---- hosts ------------------------------------------------------------------------------------ */

/* Letters, digits, '-' and '_' in labels of 1 to 63: what stands in DNS, and Windows names with '_'. */
static bool labels_valid(const char *host)
{
	size_t label = 0;

	for (const char *at = host; *at != '\0'; at++) {
		if (*at == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if ((!isalnum((unsigned char)*at) && *at != '-' && *at != '_') || ++label > 63) {
			return false;
		}
	}
	return label > 0;
}

static bool to_alabels(struct slice host, char out[HOST_TEXT_BYTES])
{
	char text[4 * LIMIT_HOST_BYTES];
	char *ascii = NULL;

	if (host.len >= sizeof text || !utf8_valid(host.data, host.len))
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	if (idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	size_t len = strlen(ascii);
	bool fits = len > 0 && len <= LIMIT_HOST_BYTES;

	if (fits)
		memcpy(out, ascii, len + 1);
	idn2_free(ascii);
	return fits;
}

bool host_canonical(struct slice host, char out[HOST_TEXT_BYTES])
{
	bool ascii = true;

	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0)
		return false;
	for (size_t i = 0; i < host.len; i++) {
		if (host.data[i] == '\0')
			return false;
		ascii = ascii && (unsigned char)host.data[i] < 0x80;
	}
	if (ascii) {
		if (host.len > LIMIT_HOST_BYTES)
			return false;
		memcpy(out, host.data, host.len);
		out[host.len] = '\0';
	} else if (!to_alabels(host, out)) {
		return false;
	}
	for (char *at = out; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return labels_valid(out);
}

/* Takes the scheme off; whether there was one. */
static bool skip_scheme(struct slice *url)
{
	size_t at = 0;

	while (at < url->len && (isalnum((unsigned char)url->data[at]) || memchr("+.-", url->data[at], 3) != NULL))
		at++;
	struct slice rest = slice_from(*url, at);

	if (at > 0 && slice_starts_nocase(rest, "://"))
		*url = slice_from(rest, 3);
	else if (at == 0 && slice_starts_nocase(rest, "//"))
		*url = slice_from(rest, 2);
	else
		return false;
	return true;
}

static bool bracketed(struct slice authority, char host[HOST_TEXT_BYTES])
{
	size_t end = slice_find_byte(authority, ']');

	if (end == authority.len || end < 3 || end > 46)
		return false;
	for (size_t i = 1; i < end; i++) {
		char c = authority.data[i];

		if (!isxdigit((unsigned char)c) && c != ':' && c != '.')
			return false;
		host[i - 1] = (char)tolower((unsigned char)c);
	}
	host[end - 1] = '\0';
	return true;
}

bool host_of(struct slice url, char host[HOST_TEXT_BYTES])
{
	url = slice_trim(url);
	bool android = slice_starts_nocase(url, "android://");
	bool scheme = skip_scheme(&url);
	size_t end = 0;

	/* the base64 of the certificate may hold '/' */
	if (android && slice_find_byte(url, '@') < url.len)
		end = slice_find_byte(url, '@') + 1;
	while (end < url.len && !one_of(url.data[end], "/\\?# \t\r\n\0"))
		end++;
	struct slice authority = slice_until(url, end);

	for (size_t i = authority.len; i > 0; i--) {
		if (authority.data[i - 1] != '@')
			continue;
		if (!scheme)
			return false; /* an e-mail address, or user@host: no URL */
		authority = slice_from(authority, i);
		break;
	}
	if (authority.len > 0 && authority.data[0] == '[')
		return bracketed(authority, host);
	authority = slice_until(authority, slice_find_byte(authority, ':'));
	return host_canonical(authority, host) && (scheme || strchr(host, '.') != NULL);
}

/* ---- the watch-list --------------------------------------------------------------------------- */

enum { BEGIN_BITS = 16, BEGINS = 1 << BEGIN_BITS };

struct watch {
	const Lt__InspectConfig *config;
	struct host_set *domains, *hosts, *services, *logons;
	struct host_set *staff;       /* whole addresses, without plus tag */
	struct host_set *ignored;     /* whole accounts */
	uint64_t begins[BEGINS / 64]; /* hashes of what names begin with */
	bool begins_any;              /* a name is too short for that */
};

/* A bit for the first bytes of a name, in any case. */
static unsigned begin_of(const char *text)
{
	uint32_t bytes;

	memcpy(&bytes, text, sizeof bytes);
	return ((bytes | UINT32_C(0x20202020)) * UINT32_C(2654435761)) >> (32 - BEGIN_BITS);
}

static void add_begin(struct watch *watch, const char *name)
{
	if (strlen(name) < sizeof(uint32_t)) {
		watch->begins_any = true;
		return;
	}
	watch->begins[begin_of(name) / 64] |= UINT64_C(1) << begin_of(name) % 64;
}

bool watch_may_begin(const struct engine *engine, struct slice text)
{
	const struct watch *watch = engine->watch;

	if (watch->begins_any)
		return true;
	return text.len >= sizeof(uint32_t) && (watch->begins[begin_of(text.data) / 64] >> begin_of(text.data) % 64 & 1) != 0;
}

static void fold_into(char *out, size_t cap, const char *text)
{
	size_t len = strnlen(text, cap - 1);

	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[len] = '\0';
}

static void add_folded(struct host_set *set, const char *text, size_t value)
{
	char folded[LIMIT_ACCOUNT_BYTES + 1];

	fold_into(folded, sizeof folded, text);
	host_set_add(set, folded, (uint32_t)value);
}

struct watch *watch_new(const Lt__InspectConfig *config)
{
	struct watch *watch = xcalloc(1, sizeof *watch);

	watch->config = config;
	watch->domains = host_set_new();
	watch->hosts = host_set_new();
	watch->services = host_set_new();
	watch->logons = host_set_new();
	watch->staff = host_set_new();
	watch->ignored = host_set_new();
	for (size_t i = 0; i < config->n_domains; i++)
		add_folded(watch->domains, config->domains[i], i);
	for (size_t i = 0; i < config->n_hosts; i++)
		add_folded(watch->hosts, config->hosts[i]->name, i);
	for (size_t i = 0; i < config->n_services; i++)
		add_folded(watch->services, config->services[i], i);
	for (size_t i = 0; i < config->n_logon_domains; i++)
		add_folded(watch->logons, config->logon_domains[i], i);
	for (size_t i = 0; i < config->n_staff; i++)
		add_folded(watch->staff, config->staff[i]->address, i);
	for (size_t i = 0; i < config->n_ignore; i++)
		add_folded(watch->ignored, config->ignore[i], i);
	for (size_t i = 0; i < config->n_domains; i++)
		add_begin(watch, config->domains[i]);
	for (size_t i = 0; i < config->n_hosts; i++)
		add_begin(watch, config->hosts[i]->name);
	for (size_t i = 0; i < config->n_logon_domains; i++)
		add_begin(watch, config->logon_domains[i]);
	for (size_t i = 0; i < config->n_staff; i++)
		if (strchr(config->staff[i]->address, '@') != NULL)
			add_begin(watch, strchr(config->staff[i]->address, '@') + 1);
	return watch;
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	host_set_free(watch->domains);
	host_set_free(watch->hosts);
	host_set_free(watch->services);
	host_set_free(watch->logons);
	host_set_free(watch->staff);
	host_set_free(watch->ignored);
	free(watch);
}

static const char *catalogue_name(const struct engine *engine, size_t entry)
{
	size_t count;
	const struct service *all = services_all(engine->services, &count);

	return entry < count ? all[entry].name : "";
}

const char *watch_item(const struct engine *engine, enum name_kind kind, uint32_t name)
{
	const Lt__InspectConfig *config = engine->config;

	switch (kind) {
	case NAME_DOMAIN:
		return config->domains[name];
	case NAME_HOST:
		return config->hosts[name]->name;
	case NAME_LOGON:
		return config->logon_domains[name];
	case NAME_KEYWORD:
		return config->keywords[name];
	case NAME_STAFF:
		return config->staff[name]->address;
	case NAME_SERVICE:
		return name < config->n_services ? config->services[name] : catalogue_name(engine, name - config->n_services);
	case NAME_RULE:
		break;
	}
	return "";
}

static void found(const struct engine *engine, struct watched *watched, enum name_kind kind, uint32_t name)
{
	*watched = (struct watched){.kind = kind, .name = name, .item = watch_item(engine, kind, name)};
}

bool watch_host(const struct engine *engine, struct slice host, struct watched *watched)
{
	char name[HOST_TEXT_BYTES];
	uint32_t entry;
	bool exact;

	if (!host_canonical(host, name))
		return false;
	if (host_set_find(engine->watch->hosts, name, &exact, &entry)) {
		const Lt__InspectConfig__Host *role = engine->config->hosts[entry];

		found(engine, watched, NAME_HOST, entry);
		watched->staff = role->has_staff && role->staff;
		watched->public_host = role->has_staff && !role->staff;
		return true;
	}
	if (!host_set_find(engine->watch->domains, name, &exact, &entry))
		return false;
	found(engine, watched, NAME_DOMAIN, entry);
	return true;
}

bool watch_service(const struct engine *engine, struct slice host, struct watched *watched)
{
	char name[HOST_TEXT_BYTES];
	uint32_t entry;
	bool exact;

	if (!host_canonical(host, name))
		return false;
	if (host_set_find(engine->watch->services, name, &exact, &entry)) {
		found(engine, watched, NAME_SERVICE, entry);
		return true;
	}
	const struct service *service = services_find(engine->services, slice_of(name));
	size_t count;

	if (service == NULL)
		return false;
	entry = (uint32_t)(service - services_all(engine->services, &count));
	found(engine, watched, NAME_SERVICE, entry + (uint32_t)engine->config->n_services);
	return true;
}

/* DOMAIN\user (also with the backslash doubled by an escape) or DOMAIN/user. */
static bool down_level(struct slice account, struct slice *domain)
{
	size_t at = slice_find_byte(account, '\\');

	if (at == account.len)
		at = slice_find_byte(account, '/');
	if (at == 0 || at + 1 >= account.len)
		return false;
	*domain = slice_until(account, at);
	struct slice user = slice_from(account, at + 1);

	if (user.data[0] == '\\')
		user = slice_from(user, 1);
	return user.len > 0 && slice_find_byte(user, '\\') == user.len && slice_find_byte(user, '/') == user.len;
}

static bool local_part_valid(struct slice local)
{
	if (local.len == 0 || local.len > 64)
		return false;
	for (size_t i = 0; i < local.len; i++) {
		unsigned char c = (unsigned char)local.data[i];

		if (c <= ' ' || c == 0x7f || one_of(c, "@\\\"(),:;<>[]|"))
			return false;
	}
	return true;
}

static bool email_split(struct slice text, struct slice *local, struct slice *host)
{
	size_t at = slice_find_byte(text, '@');

	if (at == text.len)
		return false;
	*local = slice_until(text, at);
	*host = slice_from(text, at + 1);
	return local_part_valid(*local);
}

bool is_email(struct slice text)
{
	struct slice local, host;
	char name[HOST_TEXT_BYTES];

	return email_split(text, &local, &host) && host_canonical(host, name) && strchr(name, '.') != NULL;
}

/* The address as the roster spells it: folded, without plus tag. */
static bool staff_find(const struct engine *engine, struct slice local, const char *host, uint32_t *entry)
{
	char address[LIMIT_ACCOUNT_BYTES + 2];
	size_t len = slice_find_byte(local, '+');
	bool exact;

	if (len == 0)
		len = local.len;
	for (size_t i = 0; i < len; i++)
		address[i] = (char)tolower((unsigned char)local.data[i]);
	address[len++] = '@';
	memcpy(address + len, host, strlen(host) + 1);
	return host_set_find(engine->watch->staff, address, &exact, entry) && exact;
}

static bool watch_email(const struct engine *engine, struct slice local, struct slice host, struct watched *watched)
{
	char name[HOST_TEXT_BYTES];
	uint32_t entry;
	bool exact;

	if (!host_canonical(host, name))
		return false;
	if (staff_find(engine, local, name, &entry)) {
		found(engine, watched, NAME_STAFF, entry);
		watched->staff = true;
		return true;
	}
	if (host_set_find(engine->watch->domains, name, &exact, &entry)) {
		found(engine, watched, NAME_DOMAIN, entry);
		return true;
	}
	if (!host_set_find(engine->watch->logons, name, &exact, &entry))
		return false;
	found(engine, watched, NAME_LOGON, entry);
	return true;
}

bool watch_account(const struct engine *engine, struct slice account, struct watched *watched)
{
	struct slice local, host, domain;
	char name[HOST_TEXT_BYTES];
	uint32_t entry;
	bool exact;

	account = slice_trim(account);
	if (account.len > LIMIT_ACCOUNT_BYTES)
		return false;
	if (email_split(account, &local, &host))
		return watch_email(engine, local, host, watched);
	if (!down_level(account, &domain) || !host_canonical(domain, name))
		return false;
	/* royal-post.example\\jdoe: dumps of a directory name its domain by its DNS name */
	if (host_set_find(engine->watch->domains, name, &exact, &entry)) {
		found(engine, watched, NAME_DOMAIN, entry);
		return true;
	}
	if (!host_set_find(engine->watch->logons, name, &exact, &entry) || !exact)
		return false;
	found(engine, watched, NAME_LOGON, entry);
	return true;
}

bool watch_ignored(const struct engine *engine, struct slice account)
{
	char folded[LIMIT_ACCOUNT_BYTES + 1];
	uint32_t entry;
	bool exact;

	if (account.len == 0 || account.len >= sizeof folded)
		return false;
	for (size_t i = 0; i < account.len; i++)
		folded[i] = (char)tolower((unsigned char)account.data[i]);
	folded[account.len] = '\0';
	return host_set_find(engine->watch->ignored, folded, &exact, &entry) && exact;
}
