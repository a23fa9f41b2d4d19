/*
 * A feed: JSON lines, each with the text somebody collected ("text") and where it came from ("url", "source",
 * "time"). Each text is a document of its own, named by its URL.
 */
#include <jansson.h>
#include <stdlib.h>

#include "inspect/unpack/lines.h"
#include "inspect/unpack/walk.h"
#include "limits/limits.h"
#include "shared/log.h"

static json_t *parse(const struct buf *line)
{
	json_t *object = json_loadb((const char *)line->data, line->len, JSON_ALLOW_NUL, NULL);

	if (json_is_object(object) && json_is_string(json_object_get(object, "text")))
		return object;
	json_decref(object);
	return NULL;
}

static const char *name_of(const json_t *object)
{
	const char *url = json_string_value(json_object_get(object, "url"));

	return url != NULL ? url : json_string_value(json_object_get(object, "source"));
}

static void walk_entry(struct walk *walk, const json_t *object, const char *path, uint64_t number, unsigned depth)
{
	const json_t *text = json_object_get(object, "text");
	struct source *source = source_of_memory(json_string_value(text), json_string_length(text));
	char *label = walk_label(path, name_of(object), number);

	walk_content(walk, source, label, depth + 1);
	free(label);
	source_close(source);
}

/* A line that is no entry hides nothing: it is searched as it stands. */
static void walk_line(struct walk *walk, const struct buf *line, const char *path, uint64_t number, unsigned depth)
{
	struct source *source = source_of_memory(line->data, line->len);
	char *label = walk_label(path, NULL, number);

	walk_content(walk, source, label, depth + 1);
	free(label);
	source_close(source);
}

/* What only began like a feed: its first line and what follows are searched as they stand. A source that only goes forward has no other
 * way. */
static void walk_no_feed(struct walk *walk, struct lines *lines, struct buf *first, bool cut, const char *path, unsigned depth)
{
	struct buf head;

	buf_init(&head, first->len + 1 + lines->chunk.len);
	if (!buf_append(&head, first->data, first->len) || !buf_append(&head, "\n", 1) ||
		!buf_append(&head, lines->chunk.data, lines->chunk.len))
		log_fatal("the head of a document outgrew its buffer");
	if (cut)
		walk_fault(
			walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "a line of a feed past the size it may have", lines->source->at);
	struct source *joined = source_joined((struct slice){buf_text(&head), head.len}, lines->source);

	walk_leaf(walk, joined, path, depth);
	source_close(joined);
	buf_free(&head);
}

bool feed_walk(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct lines lines = {.source = source};
	struct buf line;
	uint64_t number = 0;
	bool cut;

	buf_init(&line, LIMIT_FEED_LINE_BYTES);
	while (!walk->stopped && lines_next(&lines, &line, &cut)) {
		json_t *object = cut || line.len == 0 ? NULL : parse(&line);

		if (object == NULL && number == 0) {
			if (source->seek == NULL)
				walk_no_feed(walk, &lines, &line, cut, path, depth);
			buf_free(&line);
			return source->seek == NULL;
		}
		if (cut)
			walk_fault(
				walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "a line of a feed past the size it may have", source->at);
		if (object != NULL)
			walk_entry(walk, object, path, number, depth);
		else if (line.len > 0)
			walk_line(walk, &line, path, number, depth);
		json_decref(object);
		number++;
	}
	if (source->failed)
		walk_fault(walk, path, source->cause, source->why, source->at);
	buf_free(&line);
	return true;
}
