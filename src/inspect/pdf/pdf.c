#include "inspect/pdf/pdf.h"

#include <qpdf/qpdflogger-c.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/pdf/beside.h"
#include "inspect/pdf/object.h"
#include "inspect/pdf/page.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { NOTES_MAX = 20000, TREE_DEEP = 16, FILES_MAX = 10000, OBJECTS_MAX = 8388607 /* ISO 32000-1, annex C */, NAME_BYTES = 256 };

/* ---- the text --------------------------------------------------------------------------------- */

struct text_source {
	struct source source;
	const struct pdf *pdf;
	struct font_shelf *shelf;
	bool loose;         /* the tree of pages is broken: every object that says so is a page, ... */
	size_t pages, page; /* ... and these count objects */
	struct buf text;
	struct page_faults faults;
	bool found; /* a page */
};

static void put_line(struct text_source *self, const char *label, struct slice value)
{
	struct buf *out = &self->text;
	value = slice_trim(value);
	if (value.len > out->max - out->len || out->max - out->len - value.len < NAME_BYTES + 4) {
		self->faults.cut = true;
		return;
	}
	if (value.len == 0)
		return;
	if (!buf_append_text(out, label) || !buf_append(out, value.data, value.len) || !buf_append_text(out, "\n"))
		log_fatal("the text of a page outgrew its buffer");
}

/* A field's own value, or that of the field it is a part of. */
static qpdf_oh field_key(const struct pdf *pdf, qpdf_oh field, const char *key)
{
	qpdf_oh value = object_key(pdf, field, key);
	for (int i = 0; i < TREE_DEEP && qpdf_oh_is_null(pdf->data, value); i++) {
		field = object_key(pdf, field, "/Parent");
		value = object_key(pdf, field, key);
	}
	return value;
}

static void put_field(struct text_source *self, qpdf_oh note)
{
	const struct pdf *pdf = self->pdf;
	char label[NAME_BYTES + 2] = "";
	struct slice name = object_text(pdf, field_key(pdf, note, "/T"));
	size_t len = name.len < NAME_BYTES - 1 ? name.len : NAME_BYTES - 1;
	if (len > 0) {
		memcpy(label, name.data, len);
		memcpy(label + len, ": ", 3);
	}
	qpdf_oh value = field_key(pdf, note, "/V");
	put_line(self, label, object_text(pdf, value));
}

/* What is written beside the page: links, comments, fields of forms. */
static void put_notes(struct text_source *self, qpdf_oh page)
{
	const struct pdf *pdf = self->pdf;
	qpdf_oh notes = object_key(pdf, page, "/Annots");
	size_t count = object_count(pdf, notes);
	self->faults.cut |= count > NOTES_MAX;
	for (size_t i = 0; i < count && i < NOTES_MAX; i++) {
		qpdf_oh note = object_item(pdf, notes, i);
		put_line(self, "", object_text(pdf, object_key(pdf, object_key(pdf, note, "/A"), "/URI")));
		put_line(self, "", object_text(pdf, object_key(pdf, note, "/Contents")));
		if (slice_equal(object_name(pdf, object_key(pdf, note, "/Subtype")), SLICE_TEXT("Widget")))
			put_field(self, note);
	}
}

static void put_information(struct text_source *self)
{
	const struct pdf *pdf = self->pdf;
	static const char *const keys[] = {"/Title", "/Author", "/Subject", "/Keywords"};
	qpdf_oh information = object_key(pdf, qpdf_get_trailer(pdf->data), "/Info");
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		put_line(self, "", object_text(pdf, object_key(pdf, information, keys[i])));
}

/* Entries hang on one another; broken ones run in circles. */
static void put_outline(struct text_source *self, qpdf_oh parent, unsigned deep, size_t *left)
{
	const struct pdf *pdf = self->pdf;
	qpdf_oh entry = object_key(pdf, parent, "/First");
	for (; qpdf_oh_is_dictionary(pdf->data, entry) && *left > 0; entry = object_key(pdf, entry, "/Next")) {
		(*left)--;
		put_line(self, "", object_text(pdf, object_key(pdf, entry, "/Title")));
		put_line(self, "", object_text(pdf, object_key(pdf, object_key(pdf, entry, "/A"), "/URI")));
		if (deep < TREE_DEEP)
			put_outline(self, entry, deep + 1, left);
		else
			self->faults.cut |= qpdf_oh_is_dictionary(pdf->data, object_key(pdf, entry, "/First"));
	}
	self->faults.cut |= *left == 0;
}

static bool is_page(const struct pdf *pdf, qpdf_oh object)
{
	return slice_equal(object_name(pdf, object_key(pdf, object, "/Type")), SLICE_TEXT("Page"));
}

static void read_page(struct text_source *self)
{
	const struct pdf *pdf = self->pdf;
	qpdf_oh page = self->loose ? qpdf_get_object_by_id(pdf->data, (int)self->page + 1, 0) : qpdf_get_page_n(pdf->data, self->page);
	bool whole = qpdf_oh_is_dictionary(pdf->data, page);
	if (!self->loose && !whole)
		self->faults.why = "a page that cannot be read";
	if (whole && (!self->loose || is_page(pdf, page))) {
		self->found = true;
		page_read(pdf, self->shelf, page, &self->text, &self->faults);
		put_notes(self, page);
	}
	if (self->page == 0) {
		size_t left = NOTES_MAX;
		put_information(self);
		put_outline(self, object_key(pdf, qpdf_get_root(pdf->data), "/Outlines"), 0, &left);
	}
	object_release_all(pdf);
	self->page++;
}

static ssize_t text_read(struct source *source, const uint8_t **data)
{
	struct text_source *self = (struct text_source *)source;
	buf_clear(&self->text);
	while (self->text.len == 0 && self->page < self->pages && !self->pdf->walk->stopped)
		read_page(self);
	*data = self->text.data;
	return walk_produced(self->pdf->walk, self->pdf->path, self->text.len) ? (ssize_t)self->text.len : 0;
}

static void text_close(struct source *source)
{
	struct text_source *self = (struct text_source *)source;
	font_shelf_free(self->shelf);
	buf_free(&self->text);
}

static void tell_faults(const struct pdf *pdf, const char *path, const struct page_faults *faults)
{
	if (faults->unreadable)
		walk_fault(pdf->walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_UNSUPPORTED,
			"text in a font that does not say what its characters are", 0);
	if (faults->cut)
		walk_fault(pdf->walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "more on a page than one can hold", 0);
	if (faults->why != NULL)
		walk_fault(pdf->walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, faults->why, 0);
}

static size_t count_objects(const struct pdf *pdf)
{
	double size = object_number(pdf, object_key(pdf, qpdf_get_trailer(pdf->data), "/Size"), 0);
	return size > 0 && size < OBJECTS_MAX ? (size_t)size : size > 0 ? OBJECTS_MAX : 0;
}

static bool read_text(const struct pdf *pdf, unsigned depth)
{
	int pages = qpdf_get_num_pages(pdf->data);
	char *label = xasprintf("%s!/text", pdf->path);
	struct text_source self = {.pdf = pdf, .shelf = font_shelf_new(), .loose = pages <= 0};
	self.pages = self.loose ? count_objects(pdf) : (size_t)pages;
	(void)qpdf_push_inherited_attributes_to_page(pdf->data);
	object_release_all(pdf);
	source_init(&self.source);
	self.source.read = text_read;
	self.source.close = text_close;
	buf_init(&self.text, 2 * PAGE_TEXT_BYTES);
	if (walk_wants(pdf->walk, label))
		walk_text(pdf->walk, &self.source, label, depth + 1);
	tell_faults(pdf, label, &self.faults);
	source_close(&self.source);
	free(label);
	return self.found;
}

/* ---- attached files --------------------------------------------------------------------------- */

struct files {
	const struct pdf *pdf;
	unsigned depth;
	uint64_t count;
};

static void read_file(struct files *files, qpdf_oh specification)
{
	const struct pdf *pdf = files->pdf;
	qpdf_oh streams = object_key(pdf, specification, "/EF"), stream = object_key(pdf, streams, "/F");
	const char *why;
	char name[NAME_BYTES] = "";
	if (!qpdf_oh_is_stream(pdf->data, stream))
		stream = object_key(pdf, streams, "/UF");
	if (!qpdf_oh_is_stream(pdf->data, stream) || files->count >= FILES_MAX)
		return;
	struct slice text = object_text(pdf, object_key(pdf, specification, "/UF"));
	if (text.len == 0)
		text = object_text(pdf, object_key(pdf, specification, "/F"));
	if (text.len > 0)
		memcpy(name, text.data, text.len < NAME_BYTES - 1 ? text.len : NAME_BYTES - 1);
	char *label = walk_label(pdf->path, name[0] != '\0' ? name : NULL, files->count++);
	struct source *source = object_stream(pdf, stream, &why);
	if (source == NULL)
		walk_fault(pdf->walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, why, 0);
	else if (walk_wants(pdf->walk, label))
		walk_content(pdf->walk, source, label, files->depth + 1);
	source_close(source);
	free(label);
}

/* A name tree (7.9.6): names and file specifications in turns. */
static void read_tree(struct files *files, qpdf_oh node, unsigned deep)
{
	const struct pdf *pdf = files->pdf;
	qpdf_oh names = object_key(pdf, node, "/Names"), kids = object_key(pdf, node, "/Kids");
	size_t name_count = object_count(pdf, names), kid_count = deep < TREE_DEEP ? object_count(pdf, kids) : 0;
	for (size_t i = 1; i < name_count && files->count < FILES_MAX && !pdf->walk->stopped; i += 2)
		read_file(files, object_item(pdf, names, i));
	for (size_t i = 0; i < kid_count && files->count < FILES_MAX && !pdf->walk->stopped; i++)
		read_tree(files, object_item(pdf, kids, i), deep + 1);
}

static void read_attachments(struct files *files)
{
	const struct pdf *pdf = files->pdf;
	int pages = qpdf_get_num_pages(pdf->data);
	bool notes_cut = false;
	read_tree(files, object_key(pdf, object_key(pdf, qpdf_get_root(pdf->data), "/Names"), "/EmbeddedFiles"), 0);
	object_release_all(pdf);
	for (int page = 0; page < pages && files->count < FILES_MAX && !pdf->walk->stopped; page++) {
		qpdf_oh notes = object_key(pdf, qpdf_get_page_n(pdf->data, (size_t)page), "/Annots");
		size_t count = object_count(pdf, notes);
		notes_cut |= count > NOTES_MAX;
		for (size_t i = 0; i < count && i < NOTES_MAX; i++) {
			qpdf_oh note = object_item(pdf, notes, i);
			if (slice_equal(object_name(pdf, object_key(pdf, note, "/Subtype")), SLICE_TEXT("FileAttachment")))
				read_file(files, object_key(pdf, note, "/FS"));
		}
		object_release_all(pdf);
	}
	if (notes_cut)
		walk_fault(
			pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "notes of a page are not all looked at for files", 0);
	if (files->count == FILES_MAX)
		walk_fault(pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "more attached files than any document has", 0);
}

/* ---- the document ----------------------------------------------------------------------------- */

/* What libqpdf would write may quote the document. */
static qpdf_data quiet_new(void)
{
	qpdf_data data = qpdf_init();
	qpdflogger_handle logger = qpdflogger_create();
	qpdflogger_set_info(logger, qpdf_log_dest_discard, NULL, NULL);
	qpdflogger_set_warn(logger, qpdf_log_dest_discard, NULL, NULL);
	qpdflogger_set_error(logger, qpdf_log_dest_discard, NULL, NULL);
	qpdf_set_logger(data, logger);
	qpdflogger_cleanup(&logger);
	qpdf_silence_errors(data);
	qpdf_set_suppress_warnings(data, 1);
	return data;
}

enum opened { OPENED, OPENED_SHUT, OPENED_BROKEN };

static enum opened open_with(struct pdf *pdf, const struct buf *bytes, const char *password)
{
	pdf->data = quiet_new();
	QPDF_ERROR_CODE result = qpdf_read_memory(pdf->data, "pdf", (const char *)bytes->data, bytes->len, password);
	if ((result & QPDF_ERRORS) == 0)
		return OPENED;
	bool shut = qpdf_has_error(pdf->data) && qpdf_get_error_code(pdf->data, qpdf_get_error(pdf->data)) == qpdf_e_password;
	qpdf_cleanup(&pdf->data);
	return shut ? OPENED_SHUT : OPENED_BROKEN;
}

/* Most that are encrypted open without a password: it only guards against changes. */
static enum opened open_pdf(struct pdf *pdf, const struct buf *bytes)
{
	enum opened opened = open_with(pdf, bytes, "");
	struct passwords *passwords = opened == OPENED_SHUT ? walk_passwords(pdf->walk, pdf->path) : NULL;
	for (size_t i = 0; opened == OPENED_SHUT && i < passwords->count; i++) {
		walk_read(pdf->walk, 0); /* alive */
		opened = open_with(pdf, bytes, passwords->list[i]);
		if (opened == OPENED)
			passwords_prefer(passwords, i);
	}
	return opened;
}

static bool read_document(struct pdf *pdf, const struct buf *bytes, unsigned depth)
{
	struct files files = {.pdf = pdf, .depth = depth};
	switch (open_pdf(pdf, bytes)) {
	case OPENED_SHUT:
		walk_shut(pdf->walk, pdf->path, pdf->path, "pdf");
		return true;
	case OPENED_BROKEN:
		walk_fault(pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "no PDF that can be read: searched as it stands",
			0);
		return false;
	case OPENED:
		break;
	}
	bool read = read_text(pdf, depth);
	read_attachments(&files);
	pdf_read_beside(pdf, depth);
	qpdf_cleanup(&pdf->data);
	if (!read && files.count == 0)
		walk_fault(pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, "a PDF without pages: searched as it stands", 0);
	return read || files.count > 0;
}

bool pdf_walk(struct walk *walk, struct source *source, const char *path, unsigned depth)
{
	struct pdf pdf = {.walk = walk, .path = path};
	struct buf bytes;
	bool read = false;
	buf_init(&bytes, walk->engine->limits.held_bytes);
	if (!source_slurp(source, &bytes))
		walk_fault(walk, path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "held_bytes: a PDF is searched as it stands", 0);
	else if (bytes.len > 0)
		read = read_document(&pdf, &bytes, depth);
	read = read || walk_held(walk, &bytes, source, path, depth);
	buf_free(&bytes);
	return read;
}
