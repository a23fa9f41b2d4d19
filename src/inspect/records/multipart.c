/* Forms as multipart/form-data: what proxies log and tools export of uploads and log-ins. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/headers.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"

enum {
	FIELDS_MAX = 64,
	HEADER_LINES = 6,    /* of a part */
	BOUNDARY_MAX = 90,   /* with its dashes */
	VALUE_BYTES = 1024,  /* a longer one is a file */
	BEFORE_BYTES = 8192, /* where the first part may begin */
	HEAD_BYTES = 4096,   /* of the request above it */
};

struct form {
	struct slice user, email, secret, url;
};

static struct slice line_at(const struct text *text, size_t at, size_t *next)
{
	const char *feed = at < text->len ? memchr(text->data + at, '\n', text->len - at) : NULL;
	size_t end = feed != NULL ? (size_t)(feed - text->data) : text->len;
	*next = feed != NULL ? end + 1 : end;
	return slice_trim(text_slice(text, at < end ? at : end, end));
}

/* The line above the one that begins at `from`; where it begins, or `from` where there is none. */
static size_t line_above(const struct text *text, size_t from)
{
	if (from == 0)
		return from;
	const char *feed = from > 1 ? memrchr(text->data, '\n', from - 1) : NULL;
	return feed != NULL ? (size_t)(feed + 1 - text->data) : 0;
}

static bool is_boundary(struct slice line)
{
	return line.len > 3 && line.len <= BOUNDARY_MAX && memcmp(line.data, "--", 2) == 0 && slice_find_byte(line, ' ') == line.len;
}

/* name="..." of a part's Content-Disposition; nothing where it is none or a file. */
static struct slice field_name(struct slice header)
{
	static const char disposition[] = "Content-Disposition:", key[] = " name=\"";
	size_t at = slice_find_nocase(header, key);

	if (!slice_starts_nocase(header, disposition) || at == header.len || slice_find_nocase(header, "filename=") < header.len)
		return SLICE_NONE;
	struct slice name = slice_from(header, at + strlen(key));
	size_t end = slice_find_byte(name, '"');
	return end < name.len ? slice_until(name, end) : SLICE_NONE;
}

static void take_field(const struct text *text, struct form *form, struct slice name, struct slice value)
{
	enum key_role role = keys_identifier_role(scan_engine(text->scan)->keys, name);

	if (role == KEY_USER && form->user.len == 0)
		form->user = value;
	else if (role == KEY_EMAIL && form->email.len == 0)
		form->email = value;
	else if (role == KEY_PASSWORD && form->secret.len == 0)
		form->secret = value;
	else if (role == KEY_HOST && form->url.len == 0)
		form->url = value;
}

/* One part behind its boundary; where the next boundary begins, or the text's end. */
static size_t read_part(const struct text *text, size_t at, struct slice boundary, struct form *form)
{
	struct slice name = SLICE_NONE;
	size_t next;

	for (struct slice header; (header = line_at(text, at, &next)).len > 0; at = next) {
		name = name.len > 0 ? name : field_name(header);
		if (next == text->len || is_boundary(header))
			return at;
	}
	at = next;
	struct slice rest = text_slice(text, at, text->len);
	const char *end = memmem(rest.data, rest.len, boundary.data, boundary.len);
	size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;
	if (name.len > 0 && len <= VALUE_BYTES)
		take_field(text, form, name, slice_trim(slice_until(rest, len)));
	return at + len;
}

bool multipart_emit(struct text *text, size_t at, struct slice url, size_t *end)
{
	struct form form = {.url = url};
	size_t next;
	struct slice boundary = line_at(text, at, &next);

	if (!is_boundary(boundary))
		return false;
	for (unsigned i = 0; next < text->len; i++) {
		if (i == FIELDS_MAX) {
			text_cut(text, next, "fields of a form");
			break;
		}
		size_t place = read_part(text, next, boundary, &form);
		struct slice line = line_at(text, place, &next);
		if (line.len != boundary.len) /* "--" stands behind the last one */
			break;
	}
	*end = next;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN,
		.rule = "lt.http.form.1",
		.account = form.user.len > 0 ? form.user : form.email,
		.secret = form.secret,
		.url = form.url,
		.at = at};
	return candidate.account.len > 0 && candidate.secret.len > 0 && candidate_emit(text, &candidate);
}

/* Host: of the request above. */
static struct slice host_above(const struct text *text, size_t at)
{
	size_t least = at > HEAD_BYTES ? at - HEAD_BYTES : 0, next;

	for (size_t from = line_above(text, at); from < at && from >= least; at = from, from = line_above(text, at)) {
		struct slice line = line_at(text, from, &next);
		if (slice_starts_nocase(line, "host:"))
			return slice_trim(slice_from(line, strlen("host:")));
	}
	return SLICE_NONE;
}

/* The boundary above the part whose value begins at `value`: behind an empty line and its headers. */
static bool boundary_above(const struct text *text, size_t value, size_t *place)
{
	size_t at = line_above(text, value), next;
	bool disposed = false;

	if (at == value || line_at(text, at, &next).len > 0)
		return false;
	for (unsigned i = 0; i < HEADER_LINES && at > 0; i++) {
		at = line_above(text, at);
		struct slice line = line_at(text, at, &next);
		*place = at;
		if (is_boundary(line))
			return disposed;
		disposed = disposed || field_name(line).len > 0;
	}
	return false;
}

bool reader_multipart(struct text *text, const struct hit *hit, struct span *claimed)
{
	size_t from, to, place, next, end;

	text_line(text, hit->at, &from, &to);
	if (!boundary_above(text, from, &place))
		return false;
	struct slice boundary = line_at(text, place, &next);
	size_t least = place > BEFORE_BYTES ? place - BEFORE_BYTES : 0;
	const char *first = memmem(text->data + least, place - least, boundary.data, boundary.len);
	if (first != NULL && (first == text->data || first[-1] == '\n'))
		place = (size_t)(first - text->data);
	if (!multipart_emit(text, place, host_above(text, place), &end))
		return false;
	*claimed = (struct span){place, end};
	return true;
}
