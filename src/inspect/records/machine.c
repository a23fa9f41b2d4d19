#include "inspect/records/machine.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/block_lines.h"
#include "inspect/records/block_values.h"
#include "inspect/records/line_token.h"
#include "inspect/records/machine_data.h"
#include "shared/buf.h"
#include "shared/byteset.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum { EPOCH_DIGITS = 10, KEY_MAX = 64, VALUE_MAX = 256, LINES_MAX = 20000, IDENTITY_MAX = 2048 };

/* What a text says, before it is a message. Slices point into the text. */
struct facts {
	struct slice values[FIELDS];
	bool weak[FIELDS]; /* told by a key that gives way to a better one */
	const struct family *family;
	struct slice family_date;
};

/* ---- lines ------------------------------------------------------------------------------------ */

static bool is_in(const struct texts *texts, struct slice text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (slice_equal_nocase(text, slice_of(texts->list[i])))
			return true;
	return false;
}

static enum system_field field_spelt(const struct machines *machines, struct slice folded)
{
	for (size_t field = 1; field < FIELDS; field++)
		if (is_in(&machines->fields[field], folded))
			return (enum system_field)field;
	return FIELD_NONE;
}

/* What a folded key is the name of; digits may stand for letters in it. */
static enum system_field field_of(const struct machines *machines, struct slice folded)
{
	static const char digits[] = "013457";
	enum system_field field = field_spelt(machines, folded);
	char plain[KEY_MAX];
	bool leet = false;

	for (size_t i = 0; field == FIELD_NONE && i < folded.len; i++) {
		const char *digit = memchr(digits, folded.data[i], sizeof digits - 1);

		plain[i] = digit != NULL ? "oieast"[digit - digits] : folded.data[i];
		leet = leet || digit != NULL;
	}
	return leet ? field_spelt(machines, (struct slice){plain, folded.len}) : field;
}

/* Bullets, boxes and pictures before a key. */
static struct slice skip_dress(struct slice line)
{
	while (line.len > 0 && !letter_begins(line) && !isdigit((unsigned char)line.data[0])) {
		size_t len = utf8_length(line.data, line.len);

		line = slice_from(line, len > 0 ? len : 1);
	}
	return line;
}

/* Lines of drawn boxes. */
static const char *const sides[] = {"\xe2\x94\x82", "\xe2\x95\x91", "\xe2\x94\x83", "|"};

static struct slice without_side(struct slice value)
{
	for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
		if (slice_ends_nocase(value, sides[i]))
			return slice_trim(slice_until(value, value.len - strlen(sides[i])));
	return value;
}

static size_t sign_length(struct slice text)
{
	for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
		if (slice_starts_nocase(text, sides[i]))
			return strlen(sides[i]);
	if (slice_starts_nocase(text, "\",\"") || slice_starts_nocase(text, "\";\""))
		return 2; /* a row of two cells */
	return block_sign_length(text);
}

/* Without the quotes of JSON and the marks of Markdown around it. */
static struct slice without_marks(struct slice value)
{
	if (value.len > 1 && value.data[0] == '"') { /* the next member of an object may follow */
		value = slice_from(value, 1);
		return slice_until(value, slice_find_byte(value, '"'));
	}
	while (value.len > 0 && one_of(value.data[0], "*` "))
		value = slice_from(value, 1);
	while (value.len > 0 && one_of(value.data[value.len - 1], "*`,\" "))
		value.len--;
	return value;
}

/* "- HWID: x", "\tIP = y", "\"Country\": \"DE\",", "│ User ➜ jdoe │". */
static bool split_line(struct slice line, char key[KEY_MAX], size_t *key_len, struct slice *value)
{
	size_t sign = 0, width = 0;

	line = slice_trim(line);
	bool boxed = line.len > 0 && (line.data[0] == '|' || (unsigned char)line.data[0] == 0xe2);
	line = skip_dress(line);
	while (sign < line.len && sign < KEY_MAX && (width = sign_length(slice_from(line, sign))) == 0)
		sign++;
	if (width == 0) { /* in columns */
		for (sign = 0; sign + 1 < line.len && sign < KEY_MAX; sign++)
			if (line.data[sign] == '\t' || (line.data[sign] == ' ' && line.data[sign + 1] == ' '))
				break;
		width = 1;
	}
	if (sign == 0 || sign == KEY_MAX || sign + width >= line.len)
		return false;
	*key_len = machine_fold(slice_until(line, sign), key, KEY_MAX);
	*value = slice_trim(slice_from(line, sign + width));
	if (boxed)
		*value = without_side(*value);
	*value = without_marks(*value);
	return *key_len > 0;
}

static bool is_known(const struct machines *machines, struct slice value)
{
	return value.len > 0 && value.len <= VALUE_MAX && !is_in(&machines->unknown, value);
}

static void read_line(const struct machines *machines, struct slice line, struct facts *facts)
{
	char key[KEY_MAX];
	size_t key_len;
	struct slice value;
	enum system_field field;

	if (!split_line(line, key, &key_len, &value) || !is_known(machines, value))
		return;
	if (facts->family != NULL && facts->family->date != NULL &&
		slice_equal((struct slice){key, key_len}, slice_of(facts->family->date)))
		facts->family_date = value;
	field = field_of(machines, (struct slice){key, key_len});
	if (field == FIELD_COUNTRY && isdigit((unsigned char)value.data[0])) /* for dialling, for statistics */
		return;
	if (field == FIELD_DATE && slice_find_nocase(value, "(sig:") < value.len) /* a clock that counts seconds */
		facts->family_date = value;
	bool weak = is_in(&machines->weak, (struct slice){key, key_len});
	if (facts->values[field].len > 0 && (weak || !facts->weak[field]))
		return;
	facts->values[field] = value;
	facts->weak[field] = weak;
}

static const struct family *family_of(const struct machines *machines, struct slice text)
{
	for (size_t i = 0; i < machines->families_count; i++) {
		const struct family *family = &machines->families[i];
		size_t found = 0;

		while (found < family->all.count && slice_find_nocase(text, family->all.list[found]) < text.len)
			found++;
		if (found == family->all.count)
			return family;
	}
	return NULL;
}

static void read_text(const struct machines *machines, struct slice text, struct facts *facts)
{
	if (token_is_ip(slice_trim(text))) /* ip.txt */
		facts->values[FIELD_IP] = slice_trim(text);
	facts->family = family_of(machines, text);
	for (size_t lines = 0; text.len > 0 && lines < LINES_MAX; lines++) {
		size_t end = 0;

		while (end < text.len && text.data[end] != '\n' && text.data[end] != '\r')
			end++;
		read_line(machines, slice_until(text, end), facts);
		text = slice_from(text, end < text.len ? end + 1 : end);
	}
}

/* ---- values ----------------------------------------------------------------------------------- */

static char *copy_of(struct slice value)
{
	return value.len > 0 ? xstrndup(value.data, value.len) : NULL;
}

/* "jdoe (DESKTOP-4F2K9)", "DESKTOP-4F2K9 [CORP]": the part in brackets; before gets the rest. */
static struct slice in_brackets(struct slice value, struct slice *before)
{
	char close = value.len > 0 ? value.data[value.len - 1] : 0;
	size_t open = slice_find_byte(value, close == ')' ? '(' : '[');

	*before = value;
	if ((close != ')' && close != ']') || open == value.len)
		return SLICE_NONE;
	*before = slice_trim(slice_until(value, open));
	return slice_trim((struct slice){value.data + open + 1, value.len - open - 2});
}

/* A GUID and the user's name in one: "<guid>|jdoe", "<guid>_jdoe". */
static void split_hardware_id(struct slice *hwid, struct slice *user)
{
	size_t bar = slice_find_byte(*hwid, '|');

	if (bar == hwid->len && hwid->len > 37 && hwid->data[36] == '_')
		bar = 36;
	if (bar == 0 || bar >= hwid->len)
		return;
	if (user->len == 0)
		*user = slice_from(*hwid, bar + 1);
	*hwid = slice_until(*hwid, bar);
}

static void resolve_names(const struct machines *machines, struct facts *facts)
{
	struct slice *values = facts->values, before, inside;

	inside = in_brackets(values[FIELD_USER_AND_NAME], &before);
	if (inside.len > 0) {
		values[FIELD_USER] = before;
		values[FIELD_NAME] = inside;
	}
	inside = in_brackets(values[FIELD_NAME_AND_USER], &before);
	if (inside.len > 0) {
		values[FIELD_NAME] = before;
		values[FIELD_USER] = inside;
	}
	inside = in_brackets(values[FIELD_USER], &before); /* "Jane Doe (jdoe)" of macOS */
	if (inside.len > 0 && slice_find_byte(inside, ' ') == inside.len)
		values[FIELD_USER] = inside;
	inside = in_brackets(values[FIELD_NAME], &before);
	if (inside.len > 0) {
		values[FIELD_NAME] = before;
		if (values[FIELD_DOMAIN].len == 0 && is_known(machines, inside))
			values[FIELD_DOMAIN] = inside;
	}
	split_hardware_id(&values[FIELD_HWID], &values[FIELD_USER]);
	before = values[FIELD_USER];
	if (slice_find_byte(before, '\\') < before.len) { /* CORP\jdoe */
		size_t sign = slice_find_byte(before, '\\');

		values[FIELD_USER] = slice_from(before, sign + 1);
		if (values[FIELD_DOMAIN].len == 0 && !slice_equal_nocase(slice_until(before, sign), values[FIELD_NAME]))
			values[FIELD_DOMAIN] = slice_until(before, sign);
	}
	if (slice_equal_nocase(values[FIELD_DOMAIN], values[FIELD_NAME]))
		values[FIELD_DOMAIN] = SLICE_NONE;
}

/* The two letters of a country where they stand, else its name. */
static struct slice country_code(struct slice value)
{
	struct slice before, inside = in_brackets(value, &before);
	struct slice candidates[] = {inside, before, slice_trim(slice_until(before, slice_find_byte(before, ',')))};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		if (candidates[i].len == 2 && isalpha((unsigned char)candidates[i].data[0]) &&
			isalpha((unsigned char)candidates[i].data[1]))
			return candidates[i];
	return before;
}

static struct slice address_of(struct slice value)
{
	size_t len = 0;

	while (len < value.len && (isxdigit((unsigned char)value.data[len]) || value.data[len] == '.' || value.data[len] == ':'))
		len++;
	return len >= 3 ? slice_until(value, len) : SLICE_NONE;
}

static bool infected_at(const struct facts *facts, int64_t *ms)
{
	struct slice value = facts->family_date.len > 0 ? facts->family_date : facts->values[FIELD_DATE];
	size_t sign = slice_find_nocase(value, "sig:");
	double seconds = 0;

	for (size_t at = sign + 4; at < value.len && isdigit((unsigned char)value.data[at]); at++)
		seconds = seconds * 10 + (value.data[at] - '0');
	if (seconds > 0 && time_from_number(seconds, ms))
		return true;
	size_t digits = 0;

	while (digits < value.len && isdigit((unsigned char)value.data[digits]))
		seconds = seconds * 10 + (value.data[digits++] - '0');
	if (digits >= EPOCH_DIGITS && digits == value.len && time_from_number(seconds, ms))
		return true;
	return value.len > 0 && time_read(value, facts->family != NULL ? facts->family->order : DAY_FIRST, ms);
}

/* ---- the folder's name -------------------------------------------------------------------------- */

static void read_folder(const struct machines *machines, struct slice name, struct facts *facts)
{
	static const struct {
		const char *group;
		enum system_field field;
	} parts[] = {{"country", FIELD_COUNTRY}, {"hwid", FIELD_HWID}, {"ip", FIELD_IP}, {"date", FIELD_DATE}, {"name", FIELD_NAME},
		{"user", FIELD_USER}};
	struct slice groups[EXPRESSION_GROUPS];
	const struct expression *expression = name.len > 0 ? machine_folder_match(machines, name, groups) : NULL;

	for (size_t i = 0; expression != NULL && i < sizeof(parts) / sizeof(parts[0]); i++) {
		unsigned group = expression_group(expression, parts[i].group);

		if (group > 0 && group < EXPRESSION_GROUPS && groups[group].data != NULL && facts->values[parts[i].field].len == 0)
			facts->values[parts[i].field] = groups[group];
	}
}

/* ---- the machine ------------------------------------------------------------------------------ */

static bool append_folded(struct buf *buf, char kind, struct slice value)
{
	if (!buf_printf(buf, "%c%zu:", kind, value.len))
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (!buf_append_byte(buf, (uint8_t)tolower((unsigned char)value.data[i])))
			return false;
	return true;
}

/* The surest names sort first, so that of two texts about one machine the smaller identity is the better one. */
static char *identity_of(const struct facts *facts, struct slice folder)
{
	const struct slice *values = facts->values;
	struct buf buf;
	bool fine = false;
	char *identity;

	buf_init(&buf, IDENTITY_MAX);
	if (values[FIELD_HWID].len > 0)
		fine = append_folded(&buf, '1', values[FIELD_HWID]) && append_folded(&buf, 'u', values[FIELD_USER]);
	else if (values[FIELD_NAME].len > 0)
		fine = append_folded(&buf, '2', values[FIELD_NAME]) && append_folded(&buf, 'u', values[FIELD_USER]) &&
		       append_folded(&buf, 'd', folder);
	else if (folder.len > 0)
		fine = append_folded(&buf, '3', folder) && append_folded(&buf, 'u', values[FIELD_USER]);
	identity = fine ? xstrdup(buf_text(&buf)) : NULL;
	buf_free(&buf);
	return identity;
}

static Lt__Machine *machine_of(const struct facts *facts, struct slice folder)
{
	Lt__Machine *machine = xmalloc(sizeof(*machine));
	int64_t ms = 0;

	lt__machine__init(machine);
	machine->name = copy_of(facts->values[FIELD_NAME]);
	machine->user = copy_of(facts->values[FIELD_USER]);
	machine->domain = copy_of(facts->values[FIELD_DOMAIN]);
	machine->ip = copy_of(address_of(facts->values[FIELD_IP]));
	machine->country = copy_of(country_code(facts->values[FIELD_COUNTRY]));
	machine->build = copy_of(facts->values[FIELD_BUILD]);
	machine->family = facts->family != NULL ? xstrdup(facts->family->name) : NULL;
	machine->has_infected_at_ms = infected_at(facts, &ms);
	machine->infected_at_ms = ms;
	machine->id = identity_of(facts, folder);
	return machine;
}

Lt__Machine *machine_read(const struct machines *machines, struct slice text, const char *machine_dir)
{
	struct facts facts = {.family = NULL};
	struct buf lines, converted;
	Lt__Machine *machine;
	struct slice folder = machine_dir != NULL ? machine_last_name(machine_dir, strlen(machine_dir)) : SLICE_NONE;
	bool known = false;

	buf_init(&lines, MACHINE_TEXT_BYTES);
	text = machine_text_plain(text, &lines);
	buf_init(&converted, 3 * text.len); /* a byte becomes at most a character of so many */
	read_text(machines, machine_text_utf8(text, &converted), &facts);
	resolve_names(machines, &facts);
	read_folder(machines, folder, &facts);
	for (size_t field = 1; field < FIELDS; field++)
		known = known || (facts.values[field].len > 0 && field != FIELD_BUILD);
	machine = known || folder.len > 0 ? machine_of(&facts, folder) : NULL;
	buf_free(&lines);
	buf_free(&converted);
	return machine;
}

bool machine_joined_us(const struct engine *engine, const Lt__Machine *machine)
{
	struct watched watched;
	char logon[HOST_TEXT_BYTES + 2];

	if (machine->user != NULL && strchr(machine->user, '@') != NULL && watch_account(engine, slice_of(machine->user), &watched))
		return true; /* signed in to Windows with our address */
	if (machine->domain == NULL)
		return false;
	snprintf(logon, sizeof logon, "%.*s\\u", HOST_TEXT_BYTES - 2, machine->domain);
	return watch_account(engine, slice_of(logon), &watched) || watch_host(engine, slice_of(machine->domain), &watched);
}
