#include "inspect/records/section.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/block_lines.h"
#include "inspect/records/block_values.h"
#include "inspect/records/machine.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum {
	LINES_UP = 40,
	LINES_DOWN = 80,
	BYTES_EACH_WAY = 16 * 1024,
	SECTIONS_MAX = 512,              /* of one window: the oldest go */
	SECTION_REACH = 4 * 1024 * 1024, /* how far behind it the log-ins of a machine may stand */
	FACTS_LEAST = 2,
	BLANKS_MOST = 2,
	TABS_OF_COOKIE = 5,
	SURE_KEY_BYTES = 3,
	SIGHT_BEHIND = 8 * 1024, /* so much without log-ins behind system information is its text's end */
};

struct sections {
	struct section list[SECTIONS_MAX];
	size_t count;
	uint64_t looked; /* nothing new before this offset */
	bool settled, headed;
	bool below;     /* system information stands below its log-ins */
	uint64_t reach; /* how far above it those may stand, then */
};

struct sections *sections_new(void)
{
	return xcalloc(1, sizeof(struct sections));
}

static void section_clear(struct section *section)
{
	lt__machine__free_unpacked(section->machine, NULL);
}

void sections_free(struct sections *sections)
{
	if (sections == NULL)
		return;
	for (size_t i = 0; i < sections->count; i++)
		section_clear(&sections->list[i]);
	free(sections);
}

/* ---- where system information begins and ends ----------------------------------------------------- */

/* Of a Netscape cookie file: its second field says whether sub-domains get it, too. */
static bool is_cookie_line(struct slice line)
{
	struct slice second = slice_from(line, slice_find_byte(line, '\t') + 1);
	size_t tabs = 0;

	if (!slice_starts_nocase(second, "true\t") && !slice_starts_nocase(second, "false\t"))
		return false;
	for (size_t i = 0; i < line.len; i++)
		tabs += line.data[i] == '\t';
	return tabs >= TABS_OF_COOKIE;
}

/* A line of what stands around it: a log-in, a cookie, a drawn line. */
static bool is_border(const struct keys *keys, struct slice line, unsigned *blanks)
{
	struct block_line read;

	block_line_read(keys, line, &read);
	*blanks = read.kind == LINE_BLANK ? *blanks + 1 : 0;
	if (*blanks > BLANKS_MOST || read.kind == LINE_SEPARATOR || is_cookie_line(line))
		return true;
	for (size_t i = 0; read.kind == LINE_KEYED && i < read.fields_count; i++)
		if (read.fields[i].role == KEY_PASSWORD || (read.fields[i].role == KEY_HOST && line_url(read.fields[i].value).len > 0))
			return true;
	return false;
}

static struct span information_around(const struct text *text, size_t at)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	struct span span;
	unsigned blanks = 0;
	size_t from, to;

	text_line(text, at, &span.from, &span.to);
	for (unsigned i = 0; i < LINES_UP && span.from > 0 && at - span.from < BYTES_EACH_WAY; i++) {
		text_line(text, span.from - 1, &from, &to);
		if (is_border(keys, text_slice(text, from, to), &blanks))
			break;
		span.from = from;
	}
	blanks = 0;
	for (unsigned i = 0; i < LINES_DOWN && span.to - at < BYTES_EACH_WAY; i++) {
		size_t next = span.to + slice_find_byte(text_slice(text, span.to, text->len), '\n') + 1;

		if (next >= text->len)
			break;
		text_line(text, next, &from, &to);
		if (is_border(keys, text_slice(text, from, to), &blanks))
			break;
		span.to = to;
	}
	return span;
}

/* ---- machines ---------------------------------------------------------------------------------- */

/* Enough is said to tell a machine from a line that happens to have such a word. */
static bool is_told(const Lt__Machine *machine)
{
	const char *const facts[] = {machine->user, machine->domain, machine->ip, machine->country, machine->name, machine->family};
	unsigned told = machine->has_infected_at_ms ? 1 : 0;

	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		told += facts[i] != NULL ? 1 : 0;
	return machine->id != NULL && told >= FACTS_LEAST;
}

static void drop_first(struct sections *sections)
{
	section_clear(&sections->list[0]);
	memmove(&sections->list[0], &sections->list[1], --sections->count * sizeof sections->list[0]);
}

void sections_look(struct sections *sections, const struct text *text, size_t at)
{
	struct section *last = sections->count > 0 ? &sections->list[sections->count - 1] : NULL;

	if (text->base + at < sections->looked)
		return;
	struct span span = information_around(text, at);
	Lt__Machine *machine = machine_read(scan_engine(text->scan)->machines, text_slice(text, span.from, span.to), NULL);

	sections->looked = text->base + span.to;
	if (machine == NULL)
		return;
	bool same = last != NULL && !last->identified && machine->id != NULL && strcmp(last->machine->id, machine->id) == 0;

	if (!is_told(machine) || same || (last != NULL && text->base + span.from < last->to)) {
		lt__machine__free_unpacked(machine, NULL);
		return;
	}
	if (sections->count == SECTIONS_MAX)
		drop_first(sections);
	sections->list[sections->count++] = (struct section){.from = text->base + span.from,
		.to = text->base + span.to,
		.machine = machine,
		.ours = machine_joined_us(scan_engine(text->scan), machine)};
}

/* A key of one letter stands in any bytes. */
static bool is_password_line(const struct keys *keys, struct slice line)
{
	struct block_line read;

	block_line_read(keys, line, &read);
	for (size_t i = 0; read.kind == LINE_KEYED && i < read.fields_count; i++)
		if (read.fields[i].role == KEY_PASSWORD && read.fields[i].key.len >= SURE_KEY_BYTES)
			return true;
	return false;
}

static bool holds_logins(const struct keys *keys, struct slice text)
{
	while (text.len > 0) {
		size_t end = slice_find_byte(text, '\n');
		struct slice line = slice_until(text, end);

		if (is_cookie_line(line) || is_password_line(keys, line))
			return true;
		text = slice_from(text, end < text.len ? end + 1 : end);
	}
	return false;
}

void sections_settle(struct sections *sections, const struct text *text)
{
	const struct keys *keys = scan_engine(text->scan)->keys;

	if (sections == NULL || sections->count == 0 || sections->settled)
		return;
	uint64_t first = sections->list[0].from, last = sections->list[sections->count - 1].to;
	uint64_t in_sight = text->base + text->len;

	sections->settled = true;
	sections->headed = text->begins && text->ends && section_parts(text, sections->list, sections->count);
	if (sections->headed)
		return;
	sections->reach = text->begins && text->ends ? SECTION_REACH : LIMIT_RECORD_BYTES;
	if (first <= text->base || last > in_sight || (!text->ends && in_sight - last < SIGHT_BEHIND))
		return;
	sections->below = !holds_logins(keys, text_slice(text, (size_t)(last - text->base), text->len)) &&
			  holds_logins(keys, text_slice(text, 0, (size_t)(first - text->base)));
}

struct section *sections_at(struct sections *sections, uint64_t offset)
{
	if (sections == NULL)
		return NULL;
	for (size_t i = 0; sections->headed && i < sections->count; i++)
		if (sections->list[i].part_from <= offset && offset < sections->list[i].part_to)
			return &sections->list[i];
	for (size_t i = 0; sections->below && i < sections->count; i++) {
		struct section *section = &sections->list[i];

		if (offset < section->to)
			return section->from < offset + sections->reach ? section : NULL;
	}
	for (size_t i = sections->below || sections->headed ? 0 : sections->count; i > 0; i--) {
		struct section *section = &sections->list[i - 1];

		if (section->from <= offset)
			return offset - section->to < SECTION_REACH || offset < section->to ? section : NULL;
	}
	return NULL;
}

struct section *sections_each(struct sections *sections, size_t index, uint64_t *from, uint64_t *end)
{
	struct section *section = sections != NULL && index < sections->count ? &sections->list[index] : NULL;

	if (section == NULL)
		return NULL;
	if (sections->headed) {
		*from = section->part_from;
		*end = section->part_to;
	} else if (sections->below) {
		*from = section->from > sections->reach ? section->from - sections->reach : 0;
		if (index > 0 && *from < section[-1].to)
			*from = section[-1].to;
		*end = section->to;
	} else {
		*from = section->from;
		*end = index + 1 < sections->count ? section[1].from : section->to + SECTION_REACH;
	}
	return section;
}

void sections_drop(struct sections *sections, uint64_t before)
{
	while (sections != NULL && sections->count > 1 && sections->list[1].from <= before)
		drop_first(sections);
}
