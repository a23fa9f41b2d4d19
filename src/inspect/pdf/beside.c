#include "inspect/pdf/beside.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 256, NAME_BYTES = 64 };

static void read_one(const struct pdf *pdf, qpdf_oh stream, const char *name, unsigned depth)
{
	const char *why;
	struct source *source = object_stream(pdf, stream, &why);
	char *label = walk_label(pdf->path, name, 0);
	if (source != NULL && walk_wants(pdf->walk, label))
		walk_content(pdf->walk, source, label, depth + 1);
	else if (source == NULL && why != NULL)
		walk_fault(pdf->walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_MALFORMED, why, 0);
	source_close(source);
	free(label);
}

/* A form of XFA is one document, or an array of its packets, each behind its name (12.7.8). */
static void read_form(const struct pdf *pdf, qpdf_oh form, unsigned depth)
{
	size_t count = object_count(pdf, form);
	if (count == 0)
		read_one(pdf, form, "xfa", depth);
	if (count / 2 > PACKETS_MAX)
		walk_fault(pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "more packets than a form has", 0);
	for (size_t i = 0; i + 1 < count && i / 2 < PACKETS_MAX && !pdf->walk->stopped; i += 2) {
		struct slice text = object_text(pdf, object_item(pdf, form, i));
		char name[NAME_BYTES + 4] = "xfa/";
		if (text.len > 0) /* a name that is none has no bytes */
			memcpy(name + 4, text.data, text.len < NAME_BYTES - 1 ? text.len : NAME_BYTES - 1);
		read_one(pdf, object_item(pdf, form, i + 1), name, depth);
	}
}

void pdf_read_beside(const struct pdf *pdf, unsigned depth)
{
	qpdf_oh root = qpdf_get_root(pdf->data);
	read_one(pdf, object_key(pdf, root, "/Metadata"), "metadata", depth);
	read_form(pdf, object_key(pdf, object_key(pdf, root, "/AcroForm"), "/XFA"), depth);
	object_release_all(pdf);
}
