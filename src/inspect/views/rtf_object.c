/* Source: [MS-OLEDS] 2.2.4 and 2.2.5, ObjectHeader and EmbeddedObject; the layout of a "Package" is that of the Object Packager. */
#include "inspect/views/rtf_object.h"

#include <ctype.h>
#include <string.h>

#include "inspect/unpack/derived.h"
#include "limits/limits.h"

enum { EMBEDDED = 2, NAMES = 3 };

void rtf_object_init(struct rtf_object *object)
{
	*object = (struct rtf_object){.high = -1};
	buf_init(&object->bytes, LIMIT_DERIVED_BYTES);
}

void rtf_object_free(struct rtf_object *object)
{
	buf_free(&object->bytes);
}

void rtf_object_byte(struct rtf_object *object, char byte)
{
	object->cut = !buf_append_byte(&object->bytes, (uint8_t)byte) || object->cut;
}

void rtf_object_digit(struct rtf_object *object, char digit)
{
	if (!isxdigit((unsigned char)digit))
		return;
	int value = isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
	if (object->high >= 0)
		rtf_object_byte(object, (char)(object->high * 16 + value));
	object->high = object->high >= 0 ? -1 : value;
}

static size_t number(struct slice data)
{
	size_t value = 0;
	for (size_t i = 0; i < 4 && i < data.len; i++)
		value |= (size_t)(uint8_t)data.data[i] << (8 * i);
	return value;
}

static struct slice behind_text(struct slice data)
{
	return slice_from(data, slice_find_byte(data, '\0') + 1);
}

/* A file as it was dragged into the document: behind its name and where it lay. */
static struct slice packaged(struct slice data)
{
	struct slice rest = behind_text(behind_text(slice_from(data, 2)));
	rest = slice_from(rest, 4);
	rest = slice_from(rest, 4 + (rest.len > 4 ? number(rest) : 0));
	size_t len = number(rest);
	return rest.len > 4 && len > 0 && len <= rest.len - 4 ? slice_until(slice_from(rest, 4), len) : data;
}

/* What an object embeds; all of it where it is written in another way. */
static struct slice embedded(struct slice all)
{
	if (all.len < 12 || number(slice_from(all, 4)) != EMBEDDED)
		return all;
	struct slice rest = slice_from(all, 8), class = SLICE_NONE;
	for (int i = 0; i < NAMES; i++) {
		size_t len = number(rest);
		if (rest.len < 4 || len > rest.len - 4)
			return all;
		class = i == 0 ? slice_until(slice_from(rest, 4), len) : class;
		rest = slice_from(rest, 4 + len);
	}
	size_t len = number(rest);
	if (rest.len < 4 || len == 0)
		return all;
	rest = slice_until(slice_from(rest, 4), len);
	return slice_equal(class, (struct slice){"Package", sizeof "Package"}) ? packaged(rest) : rest;
}

void rtf_object_end(struct rtf_object *object, struct scan *scan, const struct member *member, uint64_t offset)
{
	struct slice content = embedded((struct slice){buf_text(&object->bytes), object->bytes.len});
	if (object->cut)
		scan_not_inspected(scan, member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "the end of an object in a document", offset);
	if (content.len > 0)
		derived_walk(scan, member, "object", offset, content.data, content.len);
	buf_clear(&object->bytes);
	object->high = -1;
	object->cut = false;
}
