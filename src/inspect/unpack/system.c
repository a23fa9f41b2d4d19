#include "inspect/unpack/system.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/records/block_lines.h"
#include "inspect/records/machine.h"
#include "inspect/unpack/charset.h"
#include "inspect/unpack/pack.h"
#include "shared/buf.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum { SYSTEM_BYTES = 1024 * 1024, HEAD_BYTES = 64 * 1024 };

static void take_text(char **into, char **from)
{
	if (*into == NULL) {
		*into = *from;
		*from = NULL;
	}
}

static void merge(Lt__Machine *machine, Lt__Machine *more)
{
	if (machine->id != NULL && more->id != NULL && strcmp(more->id, machine->id) < 0) { /* the surer name of the two */
		free(machine->id);
		machine->id = NULL;
	}
	take_text(&machine->id, &more->id);
	take_text(&machine->name, &more->name);
	take_text(&machine->user, &more->user);
	take_text(&machine->domain, &more->domain);
	take_text(&machine->ip, &more->ip);
	take_text(&machine->country, &more->country);
	take_text(&machine->family, &more->family);
	take_text(&machine->build, &more->build);
	if (!machine->has_infected_at_ms) {
		machine->has_infected_at_ms = more->has_infected_at_ms;
		machine->infected_at_ms = more->infected_at_ms;
	}
}

static void add(struct walk *walk, struct slice text, const char *machine_dir, const struct member *member)
{
	Lt__Machine *machine = machine_read(walk->engine->machines, text, machine_dir);
	if (member != NULL)
		pack_machine(walk->pack, member, machine);
	if (machine == NULL)
		return;
	if (walk->machine == NULL) {
		walk->machine = machine;
		return;
	}
	merge(walk->machine, machine);
	lt__machine__free_unpacked(machine, NULL);
}

void system_read(struct walk *walk, struct source *source, const struct member *member)
{
	struct buf raw, text;
	buf_init(&raw, SYSTEM_BYTES);
	buf_init(&text, 4 * SYSTEM_BYTES);
	source_slurp(source, &raw); /* what stands behind the first MiB says nothing of the machine */
	int charset = charset_of_content(sniff(raw.data, raw.len));
	size_t bom = sniff_bom(raw.data, raw.len);
	struct slice slice = slice_from((struct slice){buf_text(&raw), raw.len}, bom);
	if (charset != CHARSET_NONE) {
		charset_convert(charset, slice, true, &text);
		slice = (struct slice){buf_text(&text), text.len};
	}
	add(walk, slice, member->machine_dir, member);
	buf_free(&raw);
	buf_free(&text);
}

/* What a file begins with, as UTF-8. */
static struct slice head_text(struct source *source, struct buf *text)
{
	struct slice head = source_peek(source, HEAD_BYTES);
	int charset = charset_of_content(sniff((const uint8_t *)head.data, head.len));

	head = slice_from(head, sniff_bom((const uint8_t *)head.data, head.len));
	if (charset == CHARSET_NONE)
		return head;
	charset_convert(charset, head, false, text);
	return (struct slice){buf_text(text), text->len};
}

bool system_holds_blocks(struct walk *walk, struct source *source)
{
	struct buf text;
	bool holds;

	buf_init(&text, 4 * HEAD_BYTES);
	struct slice head = slice_trim(head_text(source, &text)), first = slice_until(head, slice_find_byte(head, '\n'));

	bool header = slice_find_nocase(first, "password") < first.len && slice_find_nocase(first, "://") == first.len;

	holds = (head.len > 0 && one_of(head.data[0], "[{<")) || header || block_lines_hold_password(walk->engine->keys, head);
	buf_free(&text);
	return holds;
}

void system_tell(struct walk *walk)
{
	if (walk->machine == NULL)
		add(walk, SLICE_TEXT(""), walk->below, NULL);
	if (walk->machine != NULL)
		scan_machine_known(walk->scan, walk->machine);
}
