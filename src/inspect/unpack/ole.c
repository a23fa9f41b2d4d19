#include "inspect/unpack/ole.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/lzfu.h"
#include "shared/log.h"
#include "shared/mem.h"

enum {
	HEADER_BYTES = 512,
	ENTRY_BYTES = 128,
	ENTRIES_MAX = 100000,
	HEADER_TABLES = 109,
	NAME_BYTES = 256,
	STORAGES_DEEP = 16,
	TYPE_STREAM = 2,
};
static const uint32_t no_sector = 0xfffffffa; /* from here on: marks, no sectors */

struct ole {
	struct slice bytes;
	unsigned shift, mini_shift;
	uint32_t cutoff;
	uint32_t *table; /* the sector behind each */
	size_t table_count;
	struct buf mini_table, mini, directory;
	uint32_t *parents; /* of each entry; UINT32_MAX: in no storage */
	size_t entries;
};

static uint32_t u16(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8;
}

static uint32_t u32(const uint8_t *data)
{
	return u16(data) | u16(data + 2) << 16;
}

/* ---- sectors ---------------------------------------------------------------------------------- */

/* As much of the sector as there is. */
static struct slice sector(const struct ole *ole, uint32_t n)
{
	uint64_t at = ((uint64_t)n + 1) << ole->shift;
	if (n >= no_sector || at >= ole->bytes.len)
		return SLICE_NONE;
	return slice_until(slice_from(ole->bytes, (size_t)at), (size_t)1 << ole->shift);
}

static void add_table(struct ole *ole, uint32_t n)
{
	struct slice data = sector(ole, n);
	size_t count = data.len / 4;
	if (count == 0 || ole->table_count > ole->bytes.len >> ole->shift)
		return;
	ole->table = xreallocarray(ole->table, ole->table_count + count, sizeof *ole->table);
	for (size_t i = 0; i < count; i++)
		ole->table[ole->table_count++] = u32((const uint8_t *)data.data + 4 * i);
}

/* The table's own sectors stand in the header, and in a chain of sectors behind it. */
static void read_table(struct ole *ole)
{
	const uint8_t *header = (const uint8_t *)ole->bytes.data;
	uint32_t next = u32(header + 68);
	for (size_t i = 0; i < HEADER_TABLES; i++)
		add_table(ole, u32(header + 76 + 4 * i));
	for (size_t i = 0; i <= ole->bytes.len >> ole->shift; i++) {
		struct slice data = sector(ole, next);
		if (data.len < (size_t)1 << ole->shift)
			return;
		for (size_t at = 0; at + 8 <= data.len; at += 4)
			add_table(ole, u32((const uint8_t *)data.data + at));
		next = u32((const uint8_t *)data.data + data.len - 4);
	}
}

/* A chain of sectors, at most size bytes. A chain that runs in a circle ends at the size of the file. */
static void read_chain(const struct ole *ole, uint32_t first, uint64_t size, struct buf *out)
{
	size_t most = (ole->bytes.len >> ole->shift) + 1;
	for (uint32_t n = first; most > 0 && out->len < size; most--) {
		struct slice data = slice_until(sector(ole, n), (size_t)(size - out->len));
		if (data.len == 0 || !buf_append(out, data.data, data.len) || n >= ole->table_count)
			return;
		n = ole->table[n];
	}
}

/* The same of small streams, whose sectors stand in a stream of their own. */
static void read_mini_chain(const struct ole *ole, uint32_t first, uint64_t size, struct buf *out)
{
	size_t most = (ole->mini.len >> ole->mini_shift) + 1, unit = (size_t)1 << ole->mini_shift;
	for (uint32_t n = first; most > 0 && out->len < size && n < no_sector; most--) {
		uint64_t at = (uint64_t)n << ole->mini_shift;
		if (at >= ole->mini.len)
			return;
		struct slice data = {(const char *)ole->mini.data + at, ole->mini.len - (size_t)at};
		data = slice_until(slice_until(data, unit), (size_t)(size - out->len));
		if (!buf_append(out, data.data, data.len) || (uint64_t)n * 4 + 4 > ole->mini_table.len)
			return;
		n = u32(ole->mini_table.data + (size_t)n * 4);
	}
}

/* ---- the directory ---------------------------------------------------------------------------- */

static const uint8_t *entry(const struct ole *ole, size_t i)
{
	return ole->directory.data + i * ENTRY_BYTES;
}

/* Entries of a storage hang in a tree, each storage below has one of its own; broken ones run in circles. */
static void find_parents(struct ole *ole)
{
	struct {
		uint32_t entry, parent;
	} *due = xcalloc(3 * ole->entries + 1, sizeof *due);
	bool *seen = xcalloc(ole->entries, sizeof *seen);
	size_t count = 1;
	due[0].entry = u32(entry(ole, 0) + 76);
	due[0].parent = 0;
	for (size_t i = 0; i < ole->entries; i++)
		ole->parents[i] = UINT32_MAX;
	while (count > 0) {
		uint32_t n = due[--count].entry, parent = due[count].parent;
		if (n >= ole->entries || seen[n])
			continue;
		seen[n] = true;
		ole->parents[n] = parent;
		for (size_t side = 0; side < 3; side++) { /* left, right, below */
			due[count].entry = u32(entry(ole, n) + 68 + 4 * side);
			due[count++].parent = side == 2 ? n : parent;
		}
	}
	free(due);
	free(seen);
}

static void name_of(const struct ole *ole, uint32_t n, char name[NAME_BYTES])
{
	size_t len = u16(entry(ole, n) + 64);
	struct buf text;
	buf_init(&text, NAME_BYTES - 1);
	len = len > 64 ? 62 : len > 2 ? len - 2 : 0;
	charset_convert(charset_of_content(CONTENT_UTF16LE), (struct slice){(const char *)entry(ole, n), len}, true, &text);
	memcpy(name, buf_text(&text), text.len + 1);
	buf_free(&text);
}

static char *label_of(const struct ole *ole, const char *path, uint32_t n)
{
	char name[NAME_BYTES], *shown, *joined;
	name_of(ole, n, name);
	shown = xstrdup(name);
	uint32_t parent = ole->parents[n];
	for (int i = 0; i < STORAGES_DEEP && parent != 0 && parent < ole->entries; i++, parent = ole->parents[parent]) {
		name_of(ole, parent, name);
		joined = xasprintf("%s/%s", name, shown);
		free(shown);
		shown = joined;
	}
	char *label = walk_label(path, shown, n);
	free(shown);
	return label;
}

static bool open_file(struct ole *ole, struct slice bytes, size_t most)
{
	const uint8_t *header = (const uint8_t *)bytes.data;
	*ole = (struct ole){.bytes = bytes};
	buf_init(&ole->mini_table, most);
	buf_init(&ole->mini, most);
	buf_init(&ole->directory, ENTRIES_MAX * ENTRY_BYTES);
	if (bytes.len < 2 * HEADER_BYTES)
		return false;
	ole->shift = u16(header + 30);
	ole->mini_shift = u16(header + 32);
	ole->cutoff = u32(header + 56);
	if ((ole->shift != 9 && ole->shift != 12) || ole->mini_shift < 4 || ole->mini_shift > ole->shift)
		return false;
	read_table(ole);
	read_chain(ole, u32(header + 48), ENTRIES_MAX * ENTRY_BYTES, &ole->directory);
	ole->entries = ole->directory.len / ENTRY_BYTES;
	if (ole->entries == 0)
		return false;
	read_chain(ole, u32(header + 60), most, &ole->mini_table);
	read_chain(ole, u32(entry(ole, 0) + 116), u32(entry(ole, 0) + 120), &ole->mini);
	ole->parents = xcalloc(ole->entries, sizeof *ole->parents);
	find_parents(ole);
	return true;
}

static void close_file(struct ole *ole)
{
	buf_free(&ole->mini_table);
	buf_free(&ole->mini);
	buf_free(&ole->directory);
	free(ole->table);
	free(ole->parents);
}

/* ---- streams ---------------------------------------------------------------------------------- */

/* Word ends paragraphs with CR, lines with VT, cells with BEL and rows with one more, in one byte each or two. */
static void mend_word(struct buf *bytes)
{
	uint8_t *data = bytes->data;
	for (size_t i = 0; i < bytes->len; i++) {
		size_t wide = i + 1 < bytes->len && data[i + 1] == 0 ? 1 : 0;
		if (data[i] == '\r' || data[i] == '\v') {
			data[i] = '\n';
		} else if (data[i] == '\a') {
			size_t next = i + 1 + wide;
			bool row = next < bytes->len && data[next] == '\a';
			data[i] = row ? ' ' : '\t';
			if (row)
				data[next] = '\n';
		}
	}
}

static void read_sheets(struct walk *walk, const struct buf *bytes, const char *label, unsigned depth)
{
	struct buf text;
	buf_init(&text, walk->engine->limits.held_bytes);
	enum biff_result result = biff_text((struct slice){(const char *)bytes->data, bytes->len}, &text);
	if (result == BIFF_SHUT)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, "a workbook", 0);
	else if (result == BIFF_CUT)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: rows of a workbook", 0);
	struct source *source = source_of_memory(text.data, text.len);
	if (text.len > 0)
		walk_text(walk, source, label, depth);
	source_close(source);
	buf_free(&text);
}

/* The text of a message as Outlook writes it, with its looks. */
static void mend_body(struct walk *walk, struct buf *bytes, const char *label)
{
	struct buf text;
	buf_init(&text, walk->engine->limits.held_bytes);
	if (!lzfu_read((struct slice){buf_text(bytes), bytes->len}, &text) && bytes->len > 0)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "the compressed text of a message", 0);
	buf_free(bytes);
	*bytes = text;
}

static void read_stream(struct walk *walk, const struct ole *ole, uint32_t n, const char *path, unsigned depth)
{
	char *label = label_of(ole, path, n), name[NAME_BYTES];
	if (!walk_wants(walk, label)) {
		free(label);
		return;
	}
	uint64_t size = u32(entry(ole, n) + 120), most = ole->bytes.len;
	struct buf bytes;
	buf_init(&bytes, ole->bytes.len);
	name_of(ole, n, name);
	if (size < ole->cutoff)
		read_mini_chain(ole, u32(entry(ole, n) + 116), size, &bytes);
	else
		read_chain(ole, u32(entry(ole, n) + 116), size < most ? size : most, &bytes);
	if (bytes.len < size)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_TRUNCATED, "the stream ends early", 0);
	if (strcmp(name, "EncryptedPackage") == 0)
		walk_fault(walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, "an Office document", 0);
	if (strcmp(name, "WordDocument") == 0)
		mend_word(&bytes);
	if (strcmp(name, "__substg1.0_10090102") == 0)
		mend_body(walk, &bytes, label);
	struct source *source = source_of_memory(bytes.data, bytes.len);
	if (bytes.len > 0 && walk_produced(walk, label, bytes.len)) {
		if (strcmp(name, "Workbook") == 0)
			read_sheets(walk, &bytes, label, depth);
		else
			walk_content(walk, source, label, depth);
	}
	source_close(source);
	buf_free(&bytes);
	free(label);
}

bool ole_walk(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct ole ole;
	struct buf bytes;
	bool whole, read = false;
	buf_init(&bytes, walk->engine->limits.held_bytes);
	whole = source_slurp(source, &bytes);
	if (!whole)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: an OLE document is searched as it stands", 0);
	read = whole && open_file(&ole, (struct slice){(const char *)bytes.data, bytes.len}, walk->engine->limits.held_bytes);
	if (read && ole.entries == ENTRIES_MAX)
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "more streams than an OLE document has", 0);
	for (uint32_t n = 1; read && n < ole.entries && !walk->stopped; n++) {
		if (entry(&ole, n)[66] == TYPE_STREAM) /* also one that a broken tree has lost */
			read_stream(walk, &ole, n, path, depth + 1);
	}
	if (whole && !read)
		walk_fault(
			walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "no OLE document that can be read: searched as it stands", 0);
	if (whole)
		close_file(&ole);
	read = read || walk_held(walk, &bytes, source, path, depth);
	buf_free(&bytes);
	return read;
}
