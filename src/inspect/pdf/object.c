#include "inspect/pdf/object.h"

#include <stdlib.h>
#include <string.h>

#include "shared/mem.h"

/* An exception within libqpdf is an error kept in data; what the call gave then is a null object or nothing. */
static void forget_error(const struct pdf *pdf)
{
	if (qpdf_has_error(pdf->data))
		(void)qpdf_get_error(pdf->data);
	while (qpdf_more_warnings(pdf->data))
		(void)qpdf_next_warning(pdf->data);
}

void object_release(const struct pdf *pdf, qpdf_oh object)
{
	qpdf_oh_release(pdf->data, object);
}

void object_release_all(const struct pdf *pdf)
{
	qpdf_oh_release_all(pdf->data);
	forget_error(pdf);
}

qpdf_oh object_key(const struct pdf *pdf, qpdf_oh object, const char *key)
{
	if (qpdf_oh_is_stream(pdf->data, object))
		object = qpdf_oh_get_dict(pdf->data, object);
	qpdf_oh value = qpdf_oh_get_key_if_dict(pdf->data, object, key);
	forget_error(pdf);
	return value;
}

size_t object_count(const struct pdf *pdf, qpdf_oh array)
{
	int count = qpdf_oh_is_array(pdf->data, array) ? qpdf_oh_get_array_n_items(pdf->data, array) : 0;
	return count > 0 ? (size_t)count : 0;
}

qpdf_oh object_item(const struct pdf *pdf, qpdf_oh array, size_t i)
{
	qpdf_oh item = qpdf_oh_get_array_item(pdf->data, array, (int)i);
	forget_error(pdf);
	return item;
}

double object_number(const struct pdf *pdf, qpdf_oh object, double fallback)
{
	return qpdf_oh_is_number(pdf->data, object) ? qpdf_oh_get_numeric_value(pdf->data, object) : fallback;
}

struct slice object_name(const struct pdf *pdf, qpdf_oh object)
{
	if (!qpdf_oh_is_name(pdf->data, object))
		return SLICE_NONE;
	return slice_from(slice_of(qpdf_oh_get_name(pdf->data, object)), 1);
}

struct slice object_text(const struct pdf *pdf, qpdf_oh object)
{
	size_t len = 0;
	if (!qpdf_oh_is_string(pdf->data, object))
		return SLICE_NONE;
	const char *text = qpdf_oh_get_binary_utf8_value(pdf->data, object, &len);
	return (struct slice){text, text != NULL ? len : 0};
}

int object_number_of(const struct pdf *pdf, qpdf_oh object)
{
	return qpdf_oh_get_object_id(pdf->data, object);
}

/* ---- streams ---------------------------------------------------------------------------------- */

struct stream_source {
	struct source source;
	const struct pdf *pdf;
	uint8_t *bytes; /* libqpdf's, freed by us */
	size_t len;
	struct source *memory, *decoder; /* decoder: of the memory, or NULL */
};

static ssize_t stream_read(struct source *source, const uint8_t **data)
{
	struct stream_source *self = (struct stream_source *)source;
	struct source *from = self->decoder != NULL ? self->decoder : self->memory;
	ssize_t got = source_read(from, data);
	if (got < 0)
		source_fail(source, from->cause, from->why);
	if (got > 0 && self->decoder == NULL && !walk_produced(self->pdf->walk, self->pdf->path, (size_t)got))
		return 0;
	return got;
}

static void stream_close(struct source *source)
{
	struct stream_source *self = (struct stream_source *)source;
	source_close(self->decoder);
	source_close(self->memory);
	mem_wipe(self->bytes, self->len);
	free(self->bytes);
	free(self);
}

/* The one filter nearly all use is undone piece by piece: libqpdf would hold all that comes out of it. */
static bool is_plainly_deflated(const struct pdf *pdf, qpdf_oh stream)
{
	qpdf_oh filter = object_key(pdf, stream, "/Filter"), parameters = object_key(pdf, stream, "/DecodeParms");
	if (object_count(pdf, filter) == 1)
		filter = object_item(pdf, filter, 0);
	return qpdf_oh_is_null(pdf->data, parameters) && slice_equal(object_name(pdf, filter), SLICE_TEXT("FlateDecode"));
}

struct source *object_stream(const struct pdf *pdf, qpdf_oh stream, const char **why)
{
	unsigned char *bytes = NULL;
	size_t len = 0;
	QPDF_BOOL decoded = 0;
	*why = NULL;
	if (!qpdf_oh_is_stream(pdf->data, stream))
		return NULL;
	bool deflated = is_plainly_deflated(pdf, stream);
	enum qpdf_stream_decode_level_e level = deflated ? qpdf_dl_none : qpdf_dl_specialized;
	QPDF_ERROR_CODE result = qpdf_oh_get_stream_data(pdf->data, stream, level, &decoded, &bytes, &len);
	forget_error(pdf);
	if ((result & QPDF_ERRORS) != 0 || (bytes == NULL && len > 0) || (len > 0 && !deflated && !decoded)) {
		*why = (result & QPDF_ERRORS) != 0 ? "a damaged stream" : "a stream in a coding that is not undone";
		free(bytes);
		return NULL;
	}
	struct stream_source *self = xcalloc(1, sizeof *self);
	source_init(&self->source);
	self->source.read = stream_read;
	self->source.close = stream_close;
	self->pdf = pdf;
	self->bytes = bytes;
	self->len = len;
	self->memory = source_of_memory(bytes, len);
	self->decoder = deflated ? source_inflated(pdf->walk, pdf->path, self->memory) : NULL;
	return &self->source;
}
