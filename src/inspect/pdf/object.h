/* Objects of a PDF through libqpdf's C interface: any document is legal, what is missing or of another kind is nothing. */
#ifndef LEAKTRAWL_PDF_OBJECT_H
#define LEAKTRAWL_PDF_OBJECT_H

#include <qpdf/qpdf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "inspect/unpack/walk.h"
#include "shared/slice.h"

struct pdf {
	struct walk *walk;
	const char *path;
	qpdf_data data;
};

/* All handles are numbers that live until object_release_all, or object_release. */
void object_release(const struct pdf *pdf, qpdf_oh object);
void object_release_all(const struct pdf *pdf);

qpdf_oh object_key(const struct pdf *pdf, qpdf_oh object, const char *key); /* of a dictionary, or a stream's; else null */
size_t object_count(const struct pdf *pdf, qpdf_oh array);
qpdf_oh object_item(const struct pdf *pdf, qpdf_oh array, size_t i);
double object_number(const struct pdf *pdf, qpdf_oh object, double fallback);
/* Valid until the next call for any object. */
struct slice object_name(const struct pdf *pdf, qpdf_oh object); /* without the slash */
struct slice object_text(const struct pdf *pdf, qpdf_oh object); /* of a string, in UTF-8 */
/* The number of an indirect object, 0 of one that stands within another. */
int object_number_of(const struct pdf *pdf, qpdf_oh object);

/*
 * A stream's bytes, decrypted and decoded; counted against the limits of the walk. NULL where there are none to be had
 * (filters of images, damage): *why then says so in a word, or is NULL where the object is no stream.
 */
struct source *object_stream(const struct pdf *pdf, qpdf_oh stream, const char **why);

#endif
