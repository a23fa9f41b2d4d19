#include "inspect/records/block.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/block_family.h"
#include "inspect/records/block_values.h"
#include "inspect/records/line_memo.h"
#include "inspect/records/line_token.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum {
	REACH_UP = 48, /* lines above the hit that are looked at to find where its block begins */
	REACH_DOWN = 32,
	OTHER_RUN = 4,   /* so many lines of something else in a row end a block */
	BLANK_RUN = 3,   /* so many blank lines in a row end any block */
	GROUPS_MAX = 64, /* of a window of lines */
};

/* ---- the lines around a hit ------------------------------------------------------------------- */

struct region {
	struct block_line lines[REACH_UP + 1 + REACH_DOWN];
	size_t count, hit;  /* index of the hit's line */
	bool cut;           /* it goes on above */
	bool dense;         /* keyed lines follow each other: a blank line ends a block */
	bool separated;     /* a separator bounds it */
	bool behind_system; /* the line above tells of a machine, so "User" and "Domain" here may do so too */
	bool hosts_named, users_named;
	struct key_families families;
};

static size_t line_start(struct slice text, size_t at)
{
	const char *before = at > 0 ? memrchr(text.data, '\n', at) : NULL;

	return before != NULL ? (size_t)(before - text.data) + 1 : 0;
}

static size_t line_end(struct slice text, size_t at)
{
	return at + slice_find_byte(slice_from(text, at), '\n');
}

/* The lines of a text as a block has them; memo may be NULL. */
struct lines {
	const struct keys *keys;
	struct line_memo *memo;
	struct slice text;
};

/* The line that begins at from, in *line or in the memo. */
static const struct block_line *look_at_line(const struct lines *lines, size_t from, struct block_line *line)
{
	struct memo_line *known = line_memo_at(lines->memo, lines->text, from);
	size_t to;

	if (known != NULL && known->block_known)
		return &known->block;
	if (known != NULL) {
		line = &known->block;
		known->block_known = true;
	}
	to = line_end(lines->text, from);
	block_line_read(lines->keys, (struct slice){lines->text.data + from, to - from}, line);
	line->from = from;
	line->to = to < lines->text.len ? to + 1 : to;
	return line;
}

static void read_line_at(const struct lines *lines, size_t from, struct block_line *line)
{
	const struct block_line *read = look_at_line(lines, from, line);

	if (read != line)
		memcpy(line, read, offsetof(struct block_line, fields) + read->fields_count * sizeof(read->fields[0]));
}

static bool ends_region(const struct block_line *line, unsigned *others, unsigned *blanks)
{
	*others = line->kind == LINE_OTHER ? *others + 1 : line->kind == LINE_BLANK ? *others : 0;
	*blanks = line->kind == LINE_BLANK ? *blanks + 1 : 0;
	return line->kind == LINE_SEPARATOR || line->kind == LINE_SYSTEM || *others >= OTHER_RUN || *blanks >= BLANK_RUN;
}

static void region_up(const struct lines *lines, struct region *region, size_t from)
{
	struct block_line above[REACH_UP] UNSET;
	size_t count = 0;
	unsigned others = 0, blanks = 0;

	while (from > 0 && count < REACH_UP) {
		read_line_at(lines, line_start(lines->text, from - 1), &above[count]);
		if (ends_region(&above[count], &others, &blanks)) {
			region->separated = above[count].kind == LINE_SEPARATOR;
			region->behind_system = above[count].kind == LINE_SYSTEM;
			break;
		}
		from = above[count++].from;
	}
	region->cut = count == REACH_UP && from > 0;
	for (size_t i = 0; i < count; i++)
		region->lines[i] = above[count - 1 - i];
	region->hit = region->count = count;
}

static void region_down(const struct lines *lines, struct region *region, size_t from)
{
	unsigned others = 0, blanks = 0;
	size_t limit = region->hit + 1 + REACH_DOWN;

	while (from < lines->text.len && region->count < limit) {
		struct block_line *line = &region->lines[region->count];

		read_line_at(lines, from, line);
		if (ends_region(line, &others, &blanks) && region->count > region->hit) {
			region->separated = region->separated || line->kind == LINE_SEPARATOR;
			return;
		}
		from = line->to;
		region->count++;
	}
}

/* "Domain: CORP" says whose user it is, not which host. */
static bool is_logon_domain(const struct field *field)
{
	return field->role == KEY_HOST && slice_equal_nocase(field->key, SLICE_TEXT("domain")) &&
	       slice_find_byte(field->value, '.') == field->value.len;
}

static bool field_is(const struct block_line *line, enum key_role role)
{
	for (size_t i = 0; i < line->fields_count; i++)
		if (line->fields[i].role == role && !line->fields[i].implied && !is_logon_domain(&line->fields[i]))
			return true;
	return false;
}

/* "name: SMTP_PASSWORD" above "value: x": the role stands in the name's value. */
static void pair_name_and_value(const struct keys *keys, struct block_line *name, struct block_line *value)
{
	enum key_role role;

	if (name->fields_count != 1 || value->fields_count != 1 || name->fields[0].role != KEY_COOKIE_NAME ||
		value->fields[0].role != KEY_COOKIE_VALUE)
		return;
	role = keys_block_role(keys, name->fields[0].value);
	if (role == KEY_NONE)
		role = keys_identifier_role(keys, name->fields[0].value);
	if (role != KEY_HOST && role != KEY_USER && role != KEY_EMAIL && role != KEY_PASSWORD && role != KEY_HASH)
		return;
	value->fields[0].role = role;
	value->fields[0].key = name->fields[0].value;
	name->fields[0].role = KEY_SKIP;
}

/* "* Login: jdoe   *": the sign a line begins and ends with, as a length; 0 where it does not. */
static size_t frame_length(const struct block_line *line)
{
	struct slice text = slice_trim(line->text);
	size_t unit = utf8_length(text.data, text.len);

	if (unit == 0 || text.len < 2 * unit + 2 || (unit == 1 && isalnum((unsigned char)text.data[0])) ||
		memcmp(text.data, text.data + text.len - unit, unit) != 0 || text.data[text.len - unit - 1] != ' ')
		return 0;
	return unit;
}

/* A frame drawn around all lines is no part of their values. */
static void take_frame_off(struct region *region)
{
	size_t keyed = 0, framed = 0;

	for (size_t i = 0; i < region->count; i++) {
		keyed += region->lines[i].kind == LINE_KEYED;
		framed += region->lines[i].kind == LINE_KEYED && frame_length(&region->lines[i]) > 0;
	}
	for (size_t i = 0; framed >= 2 && framed == keyed && i < region->count; i++) {
		struct block_line *line = &region->lines[i];
		struct slice *value = &line->fields[line->fields_count > 0 ? line->fields_count - 1 : 0].value,
			     text = slice_trim(line->text);

		if (line->kind == LINE_KEYED && value->data + value->len == text.data + text.len)
			*value = slice_trim(slice_until(*value, value->len - (value->len > 0 ? frame_length(line) : 0)));
	}
}

/* "Login: jdoe," above "Password: x,": what ends every line ends no value. */
static void take_ends_off(struct region *region)
{
	size_t keyed = 0, ended = 0;
	char sign = 0;

	for (size_t i = 0; i < region->count; i++) {
		const struct block_line *line = &region->lines[i];
		struct slice value = line->kind == LINE_KEYED ? line->fields[line->fields_count - 1].value : SLICE_NONE;

		if (value.len < 2)
			continue;
		keyed++;
		if (sign == 0 && (value.data[value.len - 1] == ',' || value.data[value.len - 1] == ';'))
			sign = value.data[value.len - 1];
		ended += sign != 0 && value.data[value.len - 1] == sign;
	}
	for (size_t i = 0; keyed >= 3 && ended == keyed && i < region->count; i++) {
		struct block_line *line = &region->lines[i];
		struct slice *value = &line->fields[line->fields_count > 0 ? line->fields_count - 1 : 0].value;

		if (line->kind == LINE_KEYED && value->len >= 2)
			*value = slice_trim(slice_until(*value, value->len - 1));
	}
}

static bool begins_item(const struct block_line *line)
{
	return slice_starts_nocase(slice_trim(line->text), "- ");
}

/* Whether a password stands in the item of a list that begins with the line i. */
static bool item_has_password(const struct region *region, size_t i)
{
	for (size_t k = i + 1; k < region->count && region->lines[k].kind == LINE_KEYED && !begins_item(&region->lines[k]); k++)
		if (field_is(&region->lines[k], KEY_PASSWORD))
			return true;
	return false;
}

/* "- name: jdoe" above "password: x", where nothing is a cookie's and no user has a key: the name is whose password it is. */
static void names_are_users(struct region *region)
{
	for (size_t i = 0; i < region->count; i++)
		if (field_is(&region->lines[i], KEY_COOKIE_VALUE) || field_is(&region->lines[i], KEY_COOKIE_DOMAIN) ||
			field_is(&region->lines[i], KEY_USER) || field_is(&region->lines[i], KEY_EMAIL))
			return;
	for (size_t i = 0; i < region->count; i++) {
		struct field *field = region->lines[i].fields;

		if (region->lines[i].fields_count == 1 && field->role == KEY_COOKIE_NAME && !field->implied &&
			begins_item(&region->lines[i]) && slice_equal_nocase(field->key, SLICE_TEXT("name")) &&
			slice_find_byte(field->value, ' ') == field->value.len && item_has_password(region, i))
			field->role = KEY_USER;
	}
}

static void region_survey(const struct keys *keys, struct region *region)
{
	take_frame_off(region);
	take_ends_off(region);
	for (size_t i = 1; i < region->count; i++)
		pair_name_and_value(keys, &region->lines[i - 1], &region->lines[i]);
	names_are_users(region);
	for (size_t i = 0; i < region->count; i++) {
		const struct block_line *line = &region->lines[i];

		for (size_t f = 0; f < line->fields_count && line->kind == LINE_KEYED; f++)
			key_families_add(&region->families, keys, line->fields[f].key, line->fields[f].role);

		region->dense = region->dense || (i > 0 && line->kind == LINE_KEYED && line[-1].kind == LINE_KEYED);
		region->hosts_named = region->hosts_named || field_is(line, KEY_HOST);
		region->users_named = region->users_named || field_is(line, KEY_USER) || field_is(line, KEY_EMAIL);
	}
}

/* A window that begins amid a list without separators starts where a record is likely to: at its host or software. */
static size_t region_first(const struct region *region)
{
	if (!region->cut)
		return 0;
	for (size_t i = 1; i < region->hit; i++) {
		if (region->lines[i].kind == LINE_BLANK && region->dense)
			return i;
		if (field_is(&region->lines[i], KEY_HOST))
			return field_is(&region->lines[i - 1], KEY_SOFTWARE) ? i - 1 : i;
	}
	return 0;
}

/* Whether anything near the hit is keyed at all: most hits stand in lists, and must cost little. */
static bool looks_keyed(const struct lines *lines, size_t at)
{
	size_t from = line_start(lines->text, at);
	struct block_line own;
	const struct block_line *line = look_at_line(lines, from, &own);

	if (line->kind == LINE_KEYED)
		return true;
	for (unsigned i = 0; i < 3 && line->to < lines->text.len; i++) {
		line = look_at_line(lines, line->to, &own);
		if (line->kind == LINE_KEYED)
			return true;
	}
	for (unsigned i = 0; i < 3 && from > 0; i++) {
		from = line_start(lines->text, from - 1);
		if (look_at_line(lines, from, &own)->kind == LINE_KEYED)
			return true;
	}
	return false;
}

/* ---- groups of lines that are one record -------------------------------------------------------- */

struct group {
	struct block block;
	struct slice keys[KEY_ROLES]; /* the spelling that gave a role */
	size_t first, last;           /* lines */
	bool open;                    /* the password's value may go on in the next line */
	bool complete;                /* one line held log-in and secret: neither comes from another */
	bool after_blank;             /* one blank line between the group before and this one */
	bool follows;                 /* nothing between the group before and this one */
	bool host_first;              /* the host stood above log-in and secret */
	bool under_host;              /* the group it follows, or one above that, began with the host: so does what comes next */
	bool host_last;               /* a line without a key, below log-in and secret */
};

static struct slice *block_slot(struct block *block, enum key_role role)
{
	switch (role) {
	case KEY_HOST:
		return &block->host;
	case KEY_USER:
		return &block->user;
	case KEY_EMAIL:
		return &block->email;
	case KEY_PASSWORD:
		return &block->password;
	case KEY_HASH:
		return &block->hash;
	case KEY_SALT:
		return &block->salt;
	case KEY_TOKEN:
		return &block->token;
	case KEY_COOKIES:
		return &block->cookies;
	case KEY_COOKIE_NAME:
		return &block->cookie_name;
	case KEY_COOKIE_VALUE:
		return &block->cookie_value;
	case KEY_COOKIE_DOMAIN:
		return &block->cookie_domain;
	case KEY_COOKIE_PATH:
		return &block->cookie_path;
	case KEY_COOKIE_EXPIRES:
		return &block->cookie_expires;
	default:
		return NULL;
	}
}

#define ROLE_BIT(role) (1u << (role))
#define SECRET_ROLES (ROLE_BIT(KEY_PASSWORD) | ROLE_BIT(KEY_HASH) | ROLE_BIT(KEY_COOKIE_VALUE))
#define WHO_ROLES (ROLE_BIT(KEY_USER) | ROLE_BIT(KEY_EMAIL))
#define CORE_ROLES (SECRET_ROLES | WHO_ROLES | ROLE_BIT(KEY_HOST))

/* DB_HOST below SMTP_USER, where both families have more of their own. */
static bool is_of_another_family(const struct key_families *families, const struct group *group, struct slice key)
{
	for (enum key_role role = KEY_NONE; role < KEY_ROLES; role++)
		if ((CORE_ROLES & ROLE_BIT(role)) != 0 && key_families_differ(families, group->keys[role], key))
			return true;
	return false;
}

/* Whether a field begins the next record: its key comes again, or its role does where the record is whole. */
static bool field_repeats(const struct key_families *families, const struct group *group, const struct field *field)
{
	if (!field->implied && is_of_another_family(families, group, field->key))
		return true;
	if (group->under_host && field->role == KEY_HOST && !field->implied && (group->block.roles & SECRET_ROLES) != 0)
		return true;
	if (group->complete && ((WHO_ROLES | SECRET_ROLES) & ROLE_BIT(field->role)) != 0)
		return true;
	if (field->implied || (group->block.roles & ROLE_BIT(field->role)) == 0 || field->role == KEY_SKIP)
		return false;
	if (group->keys[field->role].len > 0 && slice_equal_nocase(group->keys[field->role], field->key))
		return true;
	return (group->block.roles & SECRET_ROLES) != 0 && (CORE_ROLES & ROLE_BIT(field->role)) != 0;
}

static void group_add(struct group *group, const struct field *field)
{
	struct slice *slot = is_logon_domain(field) ? &group->block.logon : block_slot(&group->block, field->role);

	group->open = field->role == KEY_PASSWORD;
	if (field->role == KEY_HOST && slot == &group->block.host && (group->block.roles & (WHO_ROLES | SECRET_ROLES)) == 0)
		group->host_first = true;
	if (field->role == KEY_USER && (slice_equal_nocase(group->keys[KEY_USER], SLICE_TEXT("id")) || /* it numbers many things */
					       slice_find_byte(*slot, '=') < slot->len)) /* cn=x: where in a directory the user stands */
		*slot = SLICE_NONE;
	if (slot != NULL && slot->len == 0)
		*slot = field->value;
	if (field->role == KEY_PASSWORD && field->base64)
		group->block.base64 = true;
	if (group->keys[field->role].len == 0)
		group->keys[field->role] = field->key;
	group->block.roles |= ROLE_BIT(field->role);
}

struct groups {
	struct group list[GROUPS_MAX];
	size_t count;
	bool started, blank; /* the last group takes lines; a blank line stood behind it */
	bool apart;          /* ... or several: what follows is another matter */
	bool system;         /* ... and may belong to a machine, not to a log-in */
};

static struct group *groups_begin(struct groups *groups, size_t line)
{
	const struct group *above = groups->started && groups->count > 0 ? &groups->list[groups->count - 1] : NULL;
	struct group *group;

	if (groups->count == GROUPS_MAX)
		return NULL;
	group = &groups->list[groups->count++];
	*group = (struct group){.first = line,
		.last = line,
		.after_blank = groups->blank && !groups->apart,
		.follows = above != NULL,
		.under_host = above != NULL && (above->host_first || above->under_host)};
	groups->started = true;
	groups->blank = groups->apart = false;
	return group;
}

/* <string>x</string>: the text of a lone element. */
static struct slice value_of_element(struct slice line)
{
	size_t open = slice_find_byte(line, '>'), close = slice_find_nocase(line, "</");

	if (line.len < 7 || line.data[0] != '<' || line.data[line.len - 1] != '>' || open + 1 >= close || close >= line.len ||
		slice_find_byte(slice_from(line, close), '>') != line.len - close - 1)
		return line;
	return (struct slice){line.data + open + 1, close - open - 1};
}

/* jdoe@corp.example:x: a record of its own. */
static bool holds_login(struct slice value)
{
	size_t from, to;
	struct token_separator separator;

	return token_email_next(value, 0, &from, &to) && from == 0 && token_separator(slice_from(value, to), 0, &separator) &&
	       one_of(separator.kind, ":;|") && to + separator.len < value.len;
}

/* A line that is no key: the value of the key above it, or more of an Android password. Below a key that was cut off stands anything. */
static void take_other(const struct keys *keys, struct groups *groups, const struct region *region, size_t i)
{
	struct group *group = groups->started ? &groups->list[groups->count - 1] : NULL;
	struct slice text = value_of_element(slice_trim(region->lines[i].text)), value = value_without_quotes(text);
	bool quoted = value.data != text.data;
	const struct block_line *above = i > 0 ? &region->lines[i - 1] : NULL;
	struct slice *slot;

	if (group == NULL || above == NULL)
		return;
	if (above->kind == LINE_KEYED && above->fields_count == 1 && above->fields[0].value.len == 0 && value.len > 0 &&
		(quoted || slice_find_byte(value, ' ') == value.len) &&
		!(above->fields[0].bare && (keys_is_interface_word(keys, value) || holds_login(value)))) {
		slot = block_slot(&group->block, above->fields[0].role);
		if (slot != NULL && slot->len == 0)
			*slot = value;
		group->last = i;
	} else if (group->open && above->kind != LINE_BLANK && slice_starts_nocase(group->block.host, "android://") &&
		   group->block.password.len > 0) {
		struct slice *password = &group->block.password;

		*password = (struct slice){password->data, (size_t)(value.data + value.len - password->data)};
		group->last = i;
	}
}

static bool implied_counts(const struct keys *keys, const struct region *region, const struct group *group, const struct field *field)
{
	if (field->role == KEY_HOST)
		return !region->hosts_named && !keys_is_advertising(keys, field->value) &&
		       (group == NULL || (group->block.roles & (SECRET_ROLES | ROLE_BIT(KEY_HOST))) == 0);
	return !region->users_named && (group == NULL || (group->block.roles & (SECRET_ROLES | WHO_ROLES)) == 0);
}

/* A line that is a host and nothing else. */
static bool is_host_alone(const struct block_line *line)
{
	const struct field *field = &line->fields[0];

	return line->fields_count > 0 && field->role == KEY_HOST && field->implied && value_is_host(field->value) &&
	       field->value.data == line->text.data;
}

static bool is_keyed(const struct region *region, size_t i)
{
	return i < region->count && region->lines[i].fields_count > 0 && !region->lines[i].fields[0].implied;
}

/* A log-in without a host, right above the line i. */
static bool is_login_above(const struct groups *groups, size_t i)
{
	const struct group *group = groups->started ? &groups->list[groups->count - 1] : NULL;

	return group != NULL && group->last + 1 == i && (group->block.roles & ROLE_BIT(KEY_HOST)) == 0 &&
	       (group->block.roles & SECRET_ROLES) != 0 && (group->block.roles & WHO_ROLES) != 0;
}

/* A line without a key that is one host, with or without what else a URL has. */
static bool is_bare_host(const struct block_line *line)
{
	const struct field *field = &line->fields[0];

	return line->fields_count > 0 && field->implied && field->role == KEY_HOST && !token_is_ip(field->value) &&
	       slice_equal(slice_trim(line->text), field->value);
}

static unsigned line_roles(const struct block_line *line)
{
	unsigned roles = 0;

	for (size_t f = 0; f < line->fields_count; f++)
		roles |= ROLE_BIT(line->fields[f].role);
	return roles;
}

/*
 * Whether the host on its line is that of the log-in above, not of one below: none is below, or the first log-in of the text has
 * its host there, as the last one has.
 */
static bool is_host_last(const struct region *region, const struct groups *groups, size_t i)
{
	const struct group *group, *before = groups->list;
	size_t last = region->count - 1;

	if (!is_login_above(groups, i) || region->hosts_named || !is_bare_host(&region->lines[i]))
		return false;
	group = &groups->list[groups->count - 1];
	if (!is_keyed(region, i + 1) || (group > groups->list && group[-1].host_last))
		return true;
	while (before < group && (before->block.roles & SECRET_ROLES) == 0)
		before++;
	while (last > i && (line_roles(&region->lines[last]) & (WHO_ROLES | SECRET_ROLES)) == 0 && !is_bare_host(&region->lines[last]))
		last--;
	return before == group && is_bare_host(&region->lines[last]);
}

static void take_implied(const struct keys *keys, struct groups *groups, const struct region *region, size_t i)
{
	const struct block_line *line = &region->lines[i];
	bool alone = is_host_alone(line);
	struct group *group = groups->started ? &groups->list[groups->count - 1] : NULL;

	if (line->fields_count > 0 && is_host_last(region, groups, i) && !keys_is_advertising(keys, line->fields[0].value)) {
		group_add(group, &line->fields[0]);
		group->host_last = true;
		group->last = i;
		return;
	}
	if (group != NULL && (group->block.roles & SECRET_ROLES) != 0)
		group = NULL;
	if (line->fields_count == 0 || !implied_counts(keys, region, group, &line->fields[0]) || (alone && !is_keyed(region, i + 1)))
		return;
	if (group == NULL)
		group = groups_begin(groups, i);
	if (group == NULL)
		return;
	group_add(group, &line->fields[0]);
	group->block.host_alone = alone;
	group->last = i;
}

static bool line_names_url(const struct block_line *line)
{
	for (size_t f = 0; f < line->fields_count; f++)
		if (line->fields[f].role == KEY_HOST && line_url(line->fields[f].value).len > 0)
			return true;
	return false;
}

static void take_keyed(struct groups *groups, const struct region *region, size_t i)
{
	const struct block_line *line = &region->lines[i];
	unsigned roles = line_roles(line);
	bool whole = (roles & SECRET_ROLES) != 0 && (roles & WHO_ROLES) != 0;
	struct group *group = groups->started ? &groups->list[groups->count - 1] : NULL;

	if (whole && group != NULL && (group->block.roles & (SECRET_ROLES | WHO_ROLES)) != 0)
		groups->started = false;
	if (groups->system && ((roles & ROLE_BIT(KEY_SOFTWARE)) != 0 || line_names_url(line)))
		groups->started = groups->system = false;
	for (size_t f = 0; f < line->fields_count; f++) {
		group = groups->started ? &groups->list[groups->count - 1] : NULL;
		if (group == NULL || field_repeats(&region->families, group, &line->fields[f]))
			group = groups_begin(groups, i);
		if (group == NULL)
			return;
		group_add(group, &line->fields[f]);
		group->last = i;
	}
	if (whole && group != NULL)
		group->complete = true;
}

static void groups_make(const struct keys *keys, const struct region *region, struct groups *groups)
{
	groups->system = region->behind_system;
	for (size_t i = region_first(region); i < region->count; i++) {
		const struct block_line *line = &region->lines[i];
		bool twice = line->kind == LINE_BLANK && i > 0 && line[-1].kind == LINE_BLANK;

		switch (line->kind) {
		case LINE_KEYED:
			take_keyed(groups, region, i);
			break;
		case LINE_OTHER:
			if (line->fields_count > 0)
				take_implied(keys, groups, region, i);
			take_other(keys, groups, region, i);
			break;
		case LINE_BLANK:
			groups->apart = groups->apart || twice;
			if (region->dense || twice) {
				groups->blank = groups->started || groups->blank;
				groups->started = groups->system = false;
			}
			break;
		case LINE_SYSTEM: /* the hit's own line: all others end the region */
			groups->started = false;
			groups->system = true;
			break;
		case LINE_SEPARATOR:
			groups->started = groups->blank = groups->apart = false;
			break;
		}
	}
}

/* Several log-ins under one host. */
static void groups_inherit(struct groups *groups, const struct key_families *families)
{
	for (size_t i = 1; i < groups->count; i++) {
		const struct group *above = &groups->list[i - 1];
		struct group *group = &groups->list[i];

		if (!group->follows || !above->host_first || (group->block.roles & ROLE_BIT(KEY_HOST)) != 0 ||
			(group->block.roles & WHO_ROLES) == 0 || (group->block.roles & SECRET_ROLES) == 0 ||
			is_of_another_family(families, group, above->keys[KEY_HOST]))
			continue;
		group->block.host = above->block.host;
		group->block.roles |= ROLE_BIT(KEY_HOST);
		group->host_first = true;
	}
}

/* A host and its log-in that a blank line stands between. */
static bool groups_belong_together(const struct group *a, const struct group *b)
{
	return b->after_blank && (a->block.roles & SECRET_ROLES) == 0 && (a->block.roles & CORE_ROLES) != 0 &&
	       (b->block.roles & SECRET_ROLES) != 0 && (a->block.roles & b->block.roles & (CORE_ROLES | ROLE_BIT(KEY_SOFTWARE))) == 0;
}

static void group_join(struct group *a, const struct group *b)
{
	for (enum key_role role = KEY_NONE; role < KEY_ROLES; role++) {
		struct block source = b->block;
		struct slice *to = block_slot(&a->block, role), *from = block_slot(&source, role);

		if (to != NULL && to->len == 0)
			*to = *from;
	}
	a->block.roles |= b->block.roles;
	a->last = b->last;
}

static const struct group *groups_around(struct groups *groups, size_t line)
{
	for (size_t i = 0; i + 1 < groups->count; i++)
		if (groups_belong_together(&groups->list[i], &groups->list[i + 1])) {
			group_join(&groups->list[i], &groups->list[i + 1]);
			groups->list[i + 1] = groups->list[i];
			groups->list[i].first = groups->list[i].last + 1; /* empty: the joined one stands behind it */
		}
	for (size_t i = 0; i < groups->count; i++)
		if (line >= groups->list[i].first && line <= groups->list[i].last)
			return &groups->list[i];
	return NULL;
}

/* "PASS: x" above "PASS: y", and no key of an account: what a run of tests tells. */
static bool is_test_log(const struct region *region, const struct group *group)
{
	static const struct slice word = {"PASS", 4};
	size_t next = group->last + 1;

	return slice_equal(group->keys[KEY_PASSWORD], word) && group->keys[KEY_USER].len + group->keys[KEY_EMAIL].len == 0 &&
	       next < region->count && region->lines[next].fields_count > 0 && slice_equal(region->lines[next].fields[0].key, word);
}

bool block_read(const struct keys *keys, struct line_memo *memo, struct slice text, size_t at, struct block *block)
{
	struct region *region;
	struct groups *groups;
	const struct group *group;

	struct slice line = {text.data + line_start(text, at), line_end(text, at) - line_start(text, at)};
	struct slice own = block_inline_record(keys, line, (size_t)(text.data + at - line.data));
	size_t skipped = 0;

	if (own.len < line.len) { /* one of several on its line: the lines around are others' */
		skipped = (size_t)(own.data - text.data);
		at -= skipped;
		text = own;
		memo = NULL; /* it knows whole lines */
	}
	const struct lines lines = {keys, memo, text};
	if (!looks_keyed(&lines, at))
		return false;
	region = xmalloc(sizeof(*region)); /* lines and groups are filled as they are counted */
	groups = xmalloc(sizeof(*groups));
	memset(&region->count, 0, sizeof(*region) - offsetof(struct region, count));
	memset(&groups->count, 0, sizeof(*groups) - offsetof(struct groups, count));
	region_up(&lines, region, line_start(text, at));
	region_down(&lines, region, line_start(text, at));
	region_survey(keys, region);
	groups_make(keys, region, groups);
	groups_inherit(groups, &region->families);
	group = groups_around(groups, region->hit);
	if (group != NULL && is_test_log(region, group))
		group = NULL;
	if (group != NULL) {
		*block = group->block;
		block->span = (struct span){skipped + region->lines[group->first].from, skipped + region->lines[group->last].to};
		block->stealer = region->separated || (block->roles & ROLE_BIT(KEY_SOFTWARE)) != 0;
		block->letter_alone =
			key_letters(group->keys[KEY_PASSWORD]) == 1 && group->keys[KEY_USER].len + group->keys[KEY_EMAIL].len == 0;
		if (group + 1 < groups->list + groups->count && group[1].follows && group[1].block.host.data == block->host.data &&
			block->host.len > 0)
			block->sibling = skipped + region->lines[group[1].first].from;
	}
	free(region);
	free(groups);
	return group != NULL && block->roles != 0;
}

bool block_is_login(const struct block *block)
{
	return (block->roles & SECRET_ROLES) != 0 && (block->roles & CORE_ROLES & ~SECRET_ROLES) != 0;
}
