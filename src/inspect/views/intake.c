#include "inspect/views/intake.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/links/page.h"
#include "inspect/unpack/charset.h"
#include "inspect/unpack/sniff.h"
#include "inspect/views/stage.h"
#include "inspect/views/track.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { DECLARATION_BYTES = 1024 };

struct intake {
	struct scan *scan;
	const struct member *member;
	enum view view;
	unsigned depth;
	struct intake_hints hints;

	struct buf head;     /* until there is enough to tell what it is */
	struct track marks;  /* ... and where it stands */
	struct stage *first; /* then */
	struct lane *plain;  /* first leads into this lane byte for byte */
	bool direct;         /* ... and into no other */
	struct page *page;   /* a fetched page whose links are wanted, or NULL */
};

struct intake *intake_open(struct scan *scan, const struct member *member, enum view view, unsigned depth, const struct intake_hints *hints)
{
	struct intake *intake = xcalloc(1, sizeof *intake);
	intake->scan = scan;
	intake->member = member;
	intake->view = view;
	intake->depth = depth;
	if (hints != NULL)
		intake->hints = *hints;
	buf_init(&intake->head, SNIFF_BYTES);
	if (depth == 0 && view == VIEW_RAW && intake->hints.due == 0)
		intake->page = page_open(scan, member);
	return intake;
}

/* ---- what it is ------------------------------------------------------------------------------- */

static bool declares_html(const struct intake *intake)
{
	struct slice type = slice_of(intake->hints.content_type);
	return slice_starts_nocase(type, "text/html") || slice_starts_nocase(type, "application/xhtml");
}

static struct stage *open_plain(struct intake *intake)
{
	intake->plain = lane_open(intake->scan, intake->member, intake->view, intake->depth);
	if (intake->hints.due > 0)
		lane_range(intake->plain, intake->hints.from, intake->hints.due, UINT64_MAX);
	return stage_lane(intake->plain);
}

static struct stage *open_direct(struct intake *intake)
{
	intake->direct = true;
	return open_plain(intake);
}

static struct stage *markup_stage(struct intake *intake, bool xml)
{
	return xml ? stage_xml(intake->scan, intake->member, intake->depth + 1, intake->hints.strings)
		   : stage_html(intake->scan, intake->member, intake->depth + 1);
}

/* HTML is searched as text only: in its source a secret would end in markup. */
static struct stage *open_markup(struct intake *intake, struct slice head, bool xml)
{
	int charset = charset_by_label(charset_declared(slice_of(intake->hints.content_type)));
	if (charset == CHARSET_NONE)
		charset = charset_by_label(charset_declared(slice_until(head, DECLARATION_BYTES)));
	struct stage *html = markup_stage(intake, xml);
	/* A declaration that can be read as ASCII is no UTF-16, whatever it says. */
	return charset > charset_of_content(CONTENT_UTF32BE) ? stage_charset(charset, html) : html;
}

/* A document, or one a line. */
static bool is_json(struct slice head)
{
	struct slice text = slice_trim(slice_from(head, sniff_bom((const uint8_t *)head.data, head.len)));
	return text.len > 1 && (text.data[0] == '{' || text.data[0] == '[') && slice_find_byte(text, '"') < text.len;
}

static struct stage *open_wide(struct intake *intake, int charset, struct slice head)
{
	struct buf text;
	buf_init(&text, 4 * SNIFF_BYTES);
	charset_convert(charset, head, false, &text);
	enum content content = sniff(text.data, text.len);
	bool json = content == CONTENT_BYTES && is_json((struct slice){buf_text(&text), text.len});
	bool markup = content == CONTENT_BYTES && !json && sniff_has_markup(text.data, text.len);
	buf_free(&text);
	if (content == CONTENT_HTML || content == CONTENT_XML)
		return stage_charset(charset, markup_stage(intake, content == CONTENT_XML));
	struct lane *lane = lane_open(intake->scan, intake->member, VIEW_CHARSET, intake->depth);
	struct stage *text_stage = stage_lane(lane);
	if (json)
		text_stage = stage_fork(stage_json(intake->scan, intake->member, intake->depth, lane), text_stage);
	else if (markup)
		text_stage = stage_fork(text_stage, markup_stage(intake, false));
	return stage_charset(charset, text_stage);
}

/* The head may end within a character. */
static bool is_utf8(struct slice text)
{
	for (size_t cut = 0; cut < 4; cut++) {
		if (text.len >= cut && utf8_valid(text.data, text.len - cut))
			return true;
	}
	return false;
}

/* The charset that text was declared to be in; servers call much so that is UTF-8. */
static int charset_of_text(const struct intake *intake, struct slice head)
{
	int charset = charset_by_label(charset_declared(slice_of(intake->hints.content_type)));
	return charset > charset_of_content(CONTENT_UTF32BE) && !is_utf8(head) ? charset : CHARSET_NONE;
}

static struct stage *open_text(struct intake *intake, struct slice head)
{
	int charset = charset_of_text(intake, head);
	if (charset == CHARSET_NONE)
		return open_direct(intake);
	return stage_charset(charset, stage_lane(lane_open(intake->scan, intake->member, VIEW_CHARSET, intake->depth)));
}

static struct stage *open_stages(struct intake *intake, struct slice head)
{
	if (intake->hints.text || intake->hints.due > 0)
		return open_direct(intake);
	enum content content = sniff((const uint8_t *)head.data, head.len);
	int wide = charset_of_content(content);
	/* What only says that it is wide hides nothing: its bytes are searched as they stand, too. */
	if (wide != CHARSET_NONE) {
		struct stage *plain = open_plain(intake);
		if (content == CONTENT_UTF16LE || content == CONTENT_UTF16BE)
			lane_wide(intake->plain, content == CONTENT_UTF16LE ? ENCODING_UTF16LE : ENCODING_UTF16BE);
		return stage_fork(plain, open_wide(intake, wide, head));
	}
	if (content == CONTENT_HTML || content == CONTENT_XML || (content == CONTENT_BYTES && declares_html(intake)))
		return open_markup(intake, head, content == CONTENT_XML);
	if (content == CONTENT_BYTES && slice_starts_nocase(slice_trim(head), "{\\rtf"))
		return stage_rtf(intake->scan, intake->member, intake->depth + 1);
	if (content == CONTENT_BYTES && is_json(head)) {
		struct stage *plain = open_plain(intake);
		return stage_fork(stage_json(intake->scan, intake->member, intake->depth, intake->plain), plain);
	}
	if (content == CONTENT_BYTES && sniff_has_markup((const uint8_t *)head.data, head.len))
		return stage_fork(open_plain(intake), markup_stage(intake, false));
	return content == CONTENT_BYTES ? open_text(intake, head) : open_direct(intake);
}

/* ---- bytes ------------------------------------------------------------------------------------ */

/* Hands on what was held back; a byte order mark is left out, its place is not. */
static void begin(struct intake *intake)
{
	struct slice head = {buf_text(&intake->head), intake->head.len};
	intake->first = open_stages(intake, head);
	size_t at = intake->hints.text || intake->hints.due > 0 ? 0 : sniff_bom((const uint8_t *)head.data, head.len);
	uint64_t raw = intake->hints.due > 0 ? intake->hints.from : 0;
	if (at > 0 || intake->marks.count > 0 || intake->plain == NULL)
		intake->first->mark(intake->first, raw + at);
	for (size_t i = 0; i < intake->marks.count; i++) {
		const struct offset_entry *mark = &intake->marks.marks[i];
		if (mark->view > at) {
			intake->first->push(intake->first, head.data + at, mark->view - at);
			at = mark->view;
		}
		intake->first->mark(intake->first, mark->raw + (at - mark->view));
	}
	intake->first->push(intake->first, head.data + at, head.len - at);
	buf_free(&intake->head);
	track_free(&intake->marks);
}

void intake_push(struct intake *intake, const void *data, size_t len)
{
	const char *at = data;
	page_push(intake->page, data, len);
	if (intake->first == NULL) {
		size_t take = SNIFF_BYTES - intake->head.len < len ? SNIFF_BYTES - intake->head.len : len;
		if (!buf_append(&intake->head, at, take))
			log_fatal("the head of a member outgrew its buffer");
		if (intake->head.len < SNIFF_BYTES)
			return;
		begin(intake);
		at += take;
		len -= take;
	}
	if (len > 0)
		intake->first->push(intake->first, at, len);
}

char *intake_reserve(struct intake *intake, size_t *room)
{
	return intake->direct && intake->page == NULL ? lane_reserve(intake->plain, room) : NULL;
}

void intake_commit(struct intake *intake, size_t len)
{
	lane_commit(intake->plain, len);
}

void intake_mark(struct intake *intake, uint64_t raw)
{
	if (intake->first != NULL)
		intake->first->mark(intake->first, raw);
	else
		track_mark(&intake->marks, intake->head.len, raw);
}

uint64_t intake_done(const struct intake *intake)
{
	return intake->plain != NULL && intake->depth == 0 ? lane_done(intake->plain) : 0;
}

void intake_close(struct intake *intake)
{
	if (intake->first == NULL)
		begin(intake);
	intake->first->close(intake->first);
	page_close(intake->page);
	free(intake);
}
