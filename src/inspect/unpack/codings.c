#include "inspect/unpack/codings.h"

#include <string.h>

enum coding { CODING_NONE, CODING_DEFLATE, CODING_GZIP, CODING_BROTLI, CODING_BY_CONTENT, CODING_UNKNOWN };

static enum coding coding_of(struct slice name)
{
	static const struct {
		const char *name;
		enum coding coding;
	} known[] = {{"identity", CODING_NONE}, {"gzip", CODING_GZIP}, {"x-gzip", CODING_GZIP}, {"deflate", CODING_DEFLATE},
		{"br", CODING_BROTLI}, {"zstd", CODING_BY_CONTENT}, {"compress", CODING_BY_CONTENT}, {"x-compress", CODING_BY_CONTENT}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (slice_equal_nocase(name, slice_of(known[i].name)))
			return known[i].coding;
	}
	return name.len == 0 ? CODING_NONE : CODING_UNKNOWN;
}

static bool is_gzip(struct source *source)
{
	struct slice head = source_peek(source, 2);
	return head.len == 2 && memcmp(head.data, "\x1f\x8b", 2) == 0;
}

static struct source *undo(struct walk *walk, enum coding coding, struct source *source, const char *path)
{
	if (coding == CODING_BROTLI)
		return brotli_begins(source_peek(source, SNIFF_BYTES)) ? source_unbrotli(walk, path, source) : NULL;
	return coding == CODING_DEFLATE || is_gzip(source) ? source_inflated(walk, path, source) : NULL;
}

struct source *codings_undo(
	struct walk *walk, struct codings *codings, struct source *source, const char *path, const struct slice *names, size_t count)
{
	codings->count = 0;
	for (size_t i = count; i > 0; i--) {
		enum coding coding = coding_of(names[i - 1]);
		if (coding == CODING_NONE || coding == CODING_BY_CONTENT)
			continue;
		if (coding == CODING_UNKNOWN || codings->count == CODINGS_MAX) {
			char name[64] = "";
			memcpy(name, names[i - 1].data, names[i - 1].len < sizeof name - 1 ? names[i - 1].len : sizeof name - 1);
			walk_fault(walk, path,
				coding != CODING_UNKNOWN ? LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT
							 : LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED,
				name, 0);
			break;
		}
		struct source *decoded = undo(walk, coding, source, path);
		if (decoded != NULL)
			codings->layers[codings->count++] = source = decoded;
	}
	return source;
}

void codings_close(struct codings *codings)
{
	while (codings->count > 0)
		source_close(codings->layers[--codings->count]);
}
