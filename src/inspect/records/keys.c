#include "inspect/records/keys.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/command.h"
#include "inspect/records/layouts.h"
#include "shared/byteset.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum {
	KEY_TEXT_MAX = 96, /* a longer key is a sentence */
	KEY_WORDS_MAX = 12,
};

struct entry {
	char *text; /* folded */
	enum key_role role;
	bool whole;   /* an identifier must be it, not only end in it */
	size_t added; /* the first of equal spellings counts */
};
struct entries {
	struct entry *list;
	size_t count;
	uint32_t *slots; /* hashed: index in list and one, 0 for none; two or more for each entry */
	size_t slot_count, longest;
};
struct look_alike {
	uint32_t point;
	char letter;
};

struct keys {
	struct entries block, identifiers, qualifiers, forbidden, not_beside_hash, columns_other, prose, advertising, interface;
	struct look_alike *look_alikes;
	size_t look_alikes_count;
	char ascii[128]; /* what keys_fold makes of each, 0: nothing */
	struct commands *commands;
	struct layouts *layouts;
};

static const char *const role_names[KEY_ROLES] = {
	[KEY_NONE] = "none",
	[KEY_SOFTWARE] = "software",
	[KEY_PROFILE] = "profile",
	[KEY_HOST] = "host",
	[KEY_PORT] = "port",
	[KEY_USER] = "user",
	[KEY_EMAIL] = "email",
	[KEY_PASSWORD] = "password",
	[KEY_HASH] = "hash",
	[KEY_SALT] = "salt",
	[KEY_COOKIES] = "cookies",
	[KEY_COOKIE_NAME] = "cookie_name",
	[KEY_COOKIE_VALUE] = "cookie_value",
	[KEY_COOKIE_DOMAIN] = "cookie_domain",
	[KEY_COOKIE_PATH] = "cookie_path",
	[KEY_COOKIE_EXPIRES] = "cookie_expires",
	[KEY_COOKIE_HTTP_ONLY] = "cookie_http_only",
	[KEY_COOKIE_SECURE] = "cookie_secure",
	[KEY_TOKEN] = "token",
	[KEY_PAIR] = "pair",
	[KEY_SKIP] = "skip",
	[KEY_SYSTEM] = "system",
};

/* ---- folding ---------------------------------------------------------------------------------- */

/* The code point at text, or the byte itself where it is not UTF-8. */
static uint32_t point_at(struct slice text, size_t *len)
{
	const uint8_t *bytes = (const uint8_t *)text.data;

	*len = utf8_length(text.data, text.len);
	switch (*len) {
	case 2:
		return (uint32_t)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3fu);
	case 3:
		return (uint32_t)(bytes[0] & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3fu);
	case 4:
		return (uint32_t)(bytes[0] & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3f) << 12 | (uint32_t)(bytes[2] & 0x3f) << 6 |
		       (bytes[3] & 0x3fu);
	default:
		*len = 1;
		return bytes[0];
	}
}

/* Letters in other dress: full-width, bold and script of mathematics, in circles and squares. */
static uint32_t point_plain(uint32_t point)
{
	if (point >= 0xff01 && point <= 0xff5e)
		return point - 0xfee0;
	if (point >= 0x1d400 && point <= 0x1d6a3)
		return (point - 0x1d400) % 52 < 26 ? 'A' + (point - 0x1d400) % 52 : 'a' + (point - 0x1d400) % 52 - 26;
	if (point >= 0x1d7ce && point <= 0x1d7ff)
		return '0' + (point - 0x1d7ce) % 10;
	if (point >= 0x24b6 && point <= 0x24e9)
		return (point - 0x24b6) % 26 + 'a';
	if (point >= 0x1f130 && point <= 0x1f189 && (point - 0x1f130) % 32 < 26)
		return (point - 0x1f130) % 32 + 'a';
	return point;
}

/* Case of the alphabets that keys are written in; the C library's needs a locale the sandbox has not. */
static uint32_t point_lower(uint32_t point)
{
	point = point_plain(point);
	if ((point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde && point != 0xd7) || (point >= 0x391 && point <= 0x3a9) ||
		(point >= 0x410 && point <= 0x42f))
		return point + 32;
	if (point >= 0x400 && point <= 0x40f)
		return point + 80;
	if (point == 0x386 || point == 0x38c) /* Greek letters with an accent */
		return point == 0x386 ? 0x3ac : 0x3cc;
	if (point >= 0x388 && point <= 0x38a)
		return point + 37;
	if (point == 0x38e || point == 0x38f)
		return point + 63;
	if (point == 0x130) /* dotted capital I of Turkish */
		return 'i';
	if (((point >= 0x100 && point <= 0x137) || (point >= 0x14a && point <= 0x177)) && point % 2 == 0)
		return point + 1;
	if (((point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17e)) && point % 2 == 1)
		return point + 1;
	return point;
}

size_t keys_lower_character(struct slice text, char out[4], size_t *len)
{
	uint32_t point = point_lower(point_at(text, len));

	if (*len == 2 && point >= 0x80 && point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	memcpy(out, text.data, *len);
	if (point < 0x80)
		out[0] = (char)point;
	return point < 0x80 ? 1 : *len;
}

static bool point_is_filler(uint32_t point)
{
	return (point < 0x80 && !isalnum((int)point)) || point == 0xa0 || point == 0xad || point == 0xb7 ||
	       (point >= 0x2000 && point <= 0x2bff) || (point >= 0xfe00 && point <= 0xfe0f) || point == 0xfeff || point == 0x3000 ||
	       (point >= 0x1f000 && point <= 0x1faff);
}

static int look_alike_order(const void *a, const void *b)
{
	const struct look_alike *x = a, *y = b;

	return x->point < y->point ? -1 : x->point > y->point;
}

static char look_alike_of(const struct keys *keys, uint32_t point)
{
	const struct look_alike wanted = {point, 0};
	const struct look_alike *found =
		keys->look_alikes_count > 0 ? bsearch(&wanted, keys->look_alikes, keys->look_alikes_count, sizeof(wanted), look_alike_order)
					    : NULL;

	return found != NULL ? found->letter : 0;
}

/* Whether bytes that are no UTF-8 are of an old Cyrillic code page: its words have no ASCII letters among them. */
static bool is_cyrillic_bytes(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (isalpha((unsigned char)text.data[i]))
			return false;
	return true;
}

/* The code pages of Russian Windows, its console, and Unix. */
enum cyrillic { WINDOWS_1251, CODE_PAGE_866, KOI8_R, CYRILLIC_PAGES };

static uint32_t cyrillic_point(uint32_t byte, enum cyrillic page)
{
	/* the letters behind U+0430 that 0xc0 to 0xdf are in KOI8-R, lower case; the capitals stand 0x20 above them */
	static const uint8_t koi8[32] = {
		30, 0, 1, 22, 4, 5, 20, 3, 21, 8, 9, 10, 11, 12, 13, 14, 15, 31, 16, 17, 18, 19, 6, 2, 28, 27, 7, 24, 29, 25, 23, 26};

	switch (page) {
	case CODE_PAGE_866:
		if (byte == 0xf0 || byte == 0xf1)
			return 0x451;
		return byte < 0xb0 ? 0x410 + (byte - 0x80) : byte >= 0xe0 && byte < 0xf0 ? 0x440 + (byte - 0xe0) : byte;
	case KOI8_R:
		return byte == 0xa3 || byte == 0xb3 ? 0x451 : byte >= 0xc0 ? 0x430u + koi8[byte & 0x1f] : byte;
	default:
		return byte == 0xa8 || byte == 0xb8 ? 0x451 : byte >= 0xc0 ? 0x410 + (byte - 0xc0) : byte;
	}
}

/* Keys are ASCII nearly always, and looked up several times a line. */
static void make_ascii(struct keys *keys)
{
	for (uint32_t point = 0; point < sizeof(keys->ascii); point++) {
		char letter = look_alike_of(keys, point_lower(point));

		keys->ascii[point] = letter != 0 ? letter : point_is_filler(point_lower(point)) ? '\0' : (char)point_lower(point);
	}
}

static size_t fold(const struct keys *keys, struct slice text, enum cyrillic page, char *out, size_t cap)
{
	size_t used = 0, len = 0;

	for (size_t at = 0; at < text.len; at += len) {
		if ((unsigned char)text.data[at] < sizeof(keys->ascii)) {
			char letter = keys->ascii[(unsigned char)text.data[at]];

			len = 1;
			if (letter == 0)
				continue;
			if (used == cap)
				break;
			out[used++] = letter;
			continue;
		}
		uint32_t point = point_at(slice_from(text, at), &len);
		if (page != WINDOWS_1251 && len > 1) { /* some of its words hold what would be a character of UTF-8 */
			len = 1;
			point = (unsigned char)text.data[at];
		}
		if (len == 1 && is_cyrillic_bytes(text))
			point = cyrillic_point(point, page);
		point = point_lower(point);
		char letter = look_alike_of(keys, point);
		size_t width = letter != 0 || point < 0x80 ? 1 : point < 0x800 ? 2 : len;

		if (letter == 0 && point_is_filler(point))
			continue;
		if (used + width > cap)
			break;
		if (width == 1) {
			out[used++] = letter != 0 ? letter : (char)point;
		} else if (width == 2) { /* lower-casing may have changed it */
			out[used++] = (char)(0xc0 | point >> 6);
			out[used++] = (char)(0x80 | (point & 0x3f));
		} else {
			memcpy(out + used, text.data + at, len);
			used += len;
		}
	}
	return used;
}

size_t keys_fold(const struct keys *keys, struct slice text, char *out, size_t cap)
{
	return fold(keys, text, WINDOWS_1251, out, cap);
}

/* ---- tables ----------------------------------------------------------------------------------- */

static int entry_order_stable(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : x->added < y->added ? -1 : x->added > y->added;
}

static void entries_add(const struct keys *keys, struct entries *entries, struct slice spelling, enum key_role role, bool whole)
{
	char folded[KEY_TEXT_MAX];
	size_t len = keys_fold(keys, spelling, folded, sizeof(folded));

	entries->list = xreallocarray(entries->list, entries->count + 1, sizeof(*entries->list));
	entries->list[entries->count] = (struct entry){xstrndup(folded, len), role, whole, entries->count};
	entries->count++;
}

static size_t text_hash(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	return (size_t)(hash ^ hash >> 32);
}

static void entries_hash(struct entries *entries)
{
	size_t count = 4;

	while (count < entries->count * 2)
		count *= 2;
	free(entries->slots);
	entries->slots = xcalloc(count, sizeof(*entries->slots));
	entries->slot_count = count;
	entries->longest = 0;
	for (size_t i = 0; i < entries->count; i++) {
		size_t len = strlen(entries->list[i].text), slot = text_hash(entries->list[i].text, len);

		while (entries->slots[slot & (count - 1)] != 0)
			slot++;
		entries->slots[slot & (count - 1)] = (uint32_t)i + 1;
		if (len > entries->longest)
			entries->longest = len;
	}
}

static void entries_sort(struct entries *entries)
{
	size_t kept = 0;

	if (entries->count == 0)
		return;
	qsort(entries->list, entries->count, sizeof(*entries->list), entry_order_stable);
	for (size_t i = 0; i < entries->count; i++) {
		if (kept > 0 && strcmp(entries->list[kept - 1].text, entries->list[i].text) == 0)
			free(entries->list[i].text);
		else
			entries->list[kept++] = entries->list[i];
	}
	entries->count = kept;
	entries_hash(entries);
}

static void entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		free(entries->list[i].text);
	free(entries->list);
	free(entries->slots);
}

static const struct entry *entries_find(const struct entries *entries, const char *folded, size_t len)
{
	if (len == 0 || len > entries->longest)
		return NULL;
	for (size_t slot = text_hash(folded, len);; slot++) {
		uint32_t index = entries->slots[slot & (entries->slot_count - 1)];

		if (index == 0)
			return NULL;
		const struct entry *entry = &entries->list[index - 1];
		if (strncmp(entry->text, folded, len) == 0 && entry->text[len] == 0)
			return entry;
	}
}

/* ---- matching --------------------------------------------------------------------------------- */

struct words {
	struct slice list[KEY_WORDS_MAX];
	size_t count;
};

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (c & 0x80) != 0 || c == '@' || c == '$' || c == '!';
}

/* Splits at anything but letters and digits, and where camelCase starts a word. False: too many. */
static bool words_split(struct slice text, struct words *words)
{
	size_t at = 0;

	words->count = 0;
	while (at < text.len) {
		size_t end = at;

		if (!is_word_byte(text.data[at])) {
			at++;
			continue;
		}
		while (++end < text.len && is_word_byte(text.data[end])) {
			bool upper = isupper((unsigned char)text.data[end]), after_lower = islower((unsigned char)text.data[end - 1]),
			     before_lower = end + 1 < text.len && islower((unsigned char)text.data[end + 1]);

			if (upper && (after_lower || (before_lower && isupper((unsigned char)text.data[end - 1]))))
				break;
		}
		if (words->count == KEY_WORDS_MAX)
			return false;
		words->list[words->count++] = (struct slice){text.data + at, end - at};
		at = end;
	}
	return words->count > 0;
}

/* Begins with a byte that begins no character of UTF-8, and has no ASCII letter. */
static bool is_of_bytes(struct slice text)
{
	return text.len > 0 && (text.data[0] & 0x80) != 0 && utf8_length(text.data, text.len) == 0 && is_cyrillic_bytes(text);
}

static const struct entry *find_folded(const struct keys *keys, const struct entries *entries, struct slice text)
{
	char folded[KEY_TEXT_MAX];
	const struct entry *found;

	if (text.len > KEY_TEXT_MAX)
		return NULL;
	found = entries_find(entries, folded, keys_fold(keys, text, folded, sizeof(folded)));
	for (enum cyrillic page = CODE_PAGE_866; found == NULL && page < CYRILLIC_PAGES && is_of_bytes(text); page++)
		found = entries_find(entries, folded, fold(keys, text, page, folded, sizeof(folded)));
	if (found != NULL)
		return found;
	size_t len = text.len;
	while (text.len > 0 &&
		(isdigit((unsigned char)text.data[text.len - 1]) || text.data[text.len - 1] == '#' || text.data[text.len - 1] == '_'))
		text.len--;
	if (text.len == len)
		return NULL; /* blanks are no part of it */
	text = slice_trim(text);
	return entries_find(entries, folded, keys_fold(keys, text, folded, sizeof(folded)));
}

static bool word_in(const struct keys *keys, const struct entries *entries, struct slice word)
{
	char folded[KEY_TEXT_MAX];

	return word.len <= KEY_TEXT_MAX && entries_find(entries, folded, keys_fold(keys, word, folded, sizeof(folded))) != NULL;
}

static struct slice words_from(const struct words *words, size_t first)
{
	const char *start = words->list[first].data, *end = words->list[words->count - 1].data + words->list[words->count - 1].len;

	return (struct slice){start, (size_t)(end - start)};
}

/* "Password (decrypted)" without its remark. */
static struct slice without_remark(struct slice key)
{
	size_t open = slice_find_byte(key, '(');

	return open > 0 && open < key.len && key.data[key.len - 1] == ')' ? slice_trim(slice_until(key, open)) : key;
}

enum key_role keys_block_role(const struct keys *keys, struct slice key)
{
	struct words words;
	const struct entry *found;

	key = without_remark(slice_trim(key));
	if (key.len == 0 || key.len > KEY_TEXT_MAX)
		return KEY_NONE;
	found = find_folded(keys, &keys->block, key);
	if (found != NULL)
		return found->role;
	if (!words_split(key, &words) || words.count > 6)
		return KEY_NONE;
	for (size_t first = 1; first < words.count; first++) {
		if (!word_in(keys, &keys->qualifiers, words.list[first - 1]))
			return KEY_NONE;
		found = find_folded(keys, &keys->block, words_from(&words, first));
		if (found != NULL && found->role != KEY_SKIP && words_from(&words, first).len > 1)
			return found->role;
	}
	return KEY_NONE;
}

enum key_role keys_identifier_role(const struct keys *keys, struct slice identifier)
{
	struct words words;
	const struct entry *found = find_folded(keys, &keys->identifiers, slice_trim(identifier));

	if (found != NULL)
		return found->role;
	if (identifier.len > KEY_TEXT_MAX || !words_split(identifier, &words))
		return KEY_NONE;
	for (size_t i = 0; i < words.count; i++)
		if (word_in(keys, &keys->forbidden, words.list[i]))
			return KEY_NONE;
	for (size_t first = 1; first < words.count; first++) {
		found = find_folded(keys, &keys->identifiers, words_from(&words, first));
		if (found != NULL)
			return found->whole ? KEY_NONE : found->role;
	}
	return KEY_NONE;
}

bool keys_hash_is_bare(struct slice key)
{
	static const char *const names[] = {"hash", "md5", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_equal_nocase(key, slice_of(names[i])))
			return true;
	return false;
}

bool keys_hash_is_other(const struct keys *keys, struct slice sibling)
{
	return word_in(keys, &keys->not_beside_hash, sibling);
}

bool keys_column_is_open(const struct keys *keys, struct slice name)
{
	struct words words;
	bool password = false, other = word_in(keys, &keys->columns_other, name);

	if (keys_block_role(keys, name) != KEY_NONE || keys_identifier_role(keys, name) != KEY_NONE || !words_split(name, &words))
		return false;
	for (size_t i = 0; i < words.count; i++) {
		struct slice word = words.list[i];

		if (word_in(keys, &keys->forbidden, word))
			return false;
		password = password || keys_identifier_role(keys, word) == KEY_PASSWORD;
		other = other || word_in(keys, &keys->columns_other, word) || word_in(keys, &keys->not_beside_hash, word);
	}
	return password || !other;
}

bool keys_is_prose_word(const struct keys *keys, struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (isdigit((unsigned char)word.data[i])) /* "13" is folded like "le" */
			return false;
	return word_in(keys, &keys->prose, word);
}

bool keys_is_interface_word(const struct keys *keys, struct slice word)
{
	return word_in(keys, &keys->interface, word);
}

bool keys_is_advertising(const struct keys *keys, struct slice url)
{
	size_t scheme = slice_find_nocase(url, "://"), end;
	struct slice host = scheme < url.len ? slice_from(url, scheme + 3) : url;

	for (end = 0; end < host.len && !one_of(host.data[end], "/:?# \0"); end++)
		;
	return word_in(keys, &keys->advertising, slice_until(host, end));
}

const struct commands *keys_commands(const struct keys *keys)
{
	return keys->commands;
}

const struct layouts *keys_layouts(const struct keys *keys)
{
	return keys->layouts;
}

/* ---- loading ---------------------------------------------------------------------------------- */

struct keys *keys_new(void)
{
	struct keys *keys = xcalloc(1, sizeof(struct keys));

	keys->commands = commands_new();
	keys->layouts = layouts_new();
	make_ascii(keys);
	return keys;
}

void keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	entries_free(&keys->block);
	entries_free(&keys->identifiers);
	entries_free(&keys->qualifiers);
	entries_free(&keys->forbidden);
	entries_free(&keys->not_beside_hash);
	entries_free(&keys->columns_other);
	entries_free(&keys->prose);
	entries_free(&keys->advertising);
	entries_free(&keys->interface);
	commands_free(keys->commands);
	layouts_free(keys->layouts);
	free(keys->look_alikes);
	free(keys);
}

static void load_look_alikes(struct keys *keys, struct yaml_file *file, const struct yaml *map)
{
	for (size_t i = 0; map != NULL && i < map->count; i++) {
		struct slice points = yaml_slice(map->items[i]);
		size_t len = 0;

		if (strlen(map->keys[i]) != 1 || points.len == 0) {
			yaml_fault(file, map->items[i], "look_alikes: one letter, and the text of those that look like it");
			continue;
		}
		for (size_t at = 0; at < points.len; at += len) {
			uint32_t point = point_lower(point_at(slice_from(points, at), &len));

			keys->look_alikes = xreallocarray(keys->look_alikes, keys->look_alikes_count + 1, sizeof(*keys->look_alikes));
			keys->look_alikes[keys->look_alikes_count++] = (struct look_alike){point, map->keys[i][0]};
		}
	}
	if (keys->look_alikes_count > 0)
		qsort(keys->look_alikes, keys->look_alikes_count, sizeof(*keys->look_alikes), look_alike_order);
	make_ascii(keys);
}

static void load_list(const struct keys *keys, struct entries *entries, const struct yaml *list, enum key_role role, bool whole)
{
	for (size_t i = 0; i < yaml_count(list); i++)
		entries_add(keys, entries, yaml_slice(yaml_at(list, i)), role, whole);
}

enum key_role keys_role_named(const char *name)
{
	for (int role = 0; role < KEY_ROLES; role++)
		if (strcmp(role_names[role], name) == 0)
			return (enum key_role)role;
	return KEY_NONE;
}

static void load_role(struct keys *keys, struct yaml_file *file, const struct yaml *node)
{
	static const char *const known[] = {
		"role", "suffix", "spellings", "block", "identifiers", "whole", "examples", "near_misses", NULL};
	const char *name = yaml_need_text(file, node, "role");
	enum key_role role = name != NULL ? keys_role_named(name) : KEY_NONE;
	bool whole = !yaml_bool(yaml_get(node, "suffix"), true);

	if (name == NULL)
		return;
	if (role == KEY_NONE) {
		yaml_fault(file, node, "no such role: %s", name);
		return;
	}
	yaml_check_keys(file, node, known);
	load_list(keys, &keys->block, yaml_get(node, "spellings"), role, false);
	load_list(keys, &keys->block, yaml_get(node, "block"), role, false);
	load_list(keys, &keys->identifiers, yaml_get(node, "spellings"), role, whole);
	load_list(keys, &keys->identifiers, yaml_get(node, "identifiers"), role, whole);
	load_list(keys, &keys->identifiers, yaml_get(node, "whole"), role, true);
}

void keys_load(struct keys *keys, struct yaml_file *file)
{
	static const char *const known[] = {"look_alikes", "roles", "qualifiers", "forbidden", "hash_not_beside", "columns_other", "prose",
		"advertising", "interface", "commands", "tables", NULL};
	const struct yaml *roles = yaml_get(file->root, "roles");

	yaml_check_keys(file, file->root, known);
	load_look_alikes(keys, file, yaml_get(file->root, "look_alikes"));
	for (size_t i = 0; i < yaml_count(roles); i++)
		load_role(keys, file, yaml_at(roles, i));
	load_list(keys, &keys->qualifiers, yaml_get(file->root, "qualifiers"), KEY_NONE, false);
	load_list(keys, &keys->forbidden, yaml_get(file->root, "forbidden"), KEY_NONE, false);
	load_list(keys, &keys->not_beside_hash, yaml_get(file->root, "hash_not_beside"), KEY_NONE, false);
	load_list(keys, &keys->columns_other, yaml_get(file->root, "columns_other"), KEY_NONE, false);
	load_list(keys, &keys->prose, yaml_get(file->root, "prose"), KEY_NONE, false);
	load_list(keys, &keys->interface, yaml_get(file->root, "interface"), KEY_NONE, false);
	load_list(keys, &keys->advertising, yaml_get(file->root, "advertising"), KEY_NONE, false);
	commands_load(keys->commands, file, yaml_get(file->root, "commands"));
	entries_sort(&keys->block);
	entries_sort(&keys->identifiers);
	entries_sort(&keys->qualifiers);
	entries_sort(&keys->forbidden);
	entries_sort(&keys->not_beside_hash);
	entries_sort(&keys->columns_other);
	entries_sort(&keys->prose);
	entries_sort(&keys->advertising);
	entries_sort(&keys->interface);
	layouts_load(keys->layouts, keys, file, yaml_get(file->root, "tables"));
}
