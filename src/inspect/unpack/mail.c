/*
 * Mail: one message (RFC 5322) or a mailbox of them, with its parts (RFC 2045, 2046). Every part becomes a member of its
 * own, decoded from base64 and quoted-printable; the header is one too. Read line by line, so no part has to fit in memory.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/mail_field.h"
#include "inspect/unpack/walk.h"
#include "inspect/views/base64.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { LINE_BYTES = 16 * 1024, HEADER_BYTES = 256 * 1024, NESTED_MAX = 16, BOUNDARY_BYTES = 72, NAME_BYTES = 256, TYPE_BYTES = 256 };

enum transfer { TRANSFER_PLAIN, TRANSFER_BASE64, TRANSFER_QUOTED_PRINTABLE };

/* What ends a part. */
enum ending { ENDING_NONE, ENDING_BOUNDARY, ENDING_MESSAGE, ENDING_ALL };

struct mail {
	struct walk *walk;
	struct source *source;
	const char *path;
	unsigned depth;
	bool mailbox;

	struct slice block; /* of the source, not yet given */
	struct buf line;    /* with its line feed; a longer one comes in pieces */
	bool line_starts, blank_before, again;
	enum ending ending;
	char boundaries[NESTED_MAX][BOUNDARY_BYTES];
	size_t nested;

	enum transfer transfer; /* of the part that is read */
	char name[NAME_BYTES], type[TYPE_BYTES];
	uint64_t parts;
};

/* ---- lines ------------------------------------------------------------------------------------ */

static bool fill(struct mail *mail)
{
	const uint8_t *data;
	ssize_t got = source_read(mail->source, &data);
	if (got > 0)
		mail->block = (struct slice){(const char *)data, (size_t)got};
	return got > 0;
}

/* The next line, or piece of one. False at the end. */
static bool next_line(struct mail *mail)
{
	if (mail->again) {
		mail->again = false;
		return true;
	}
	struct slice before = {buf_text(&mail->line), mail->line.len};
	mail->line_starts = before.len == 0 || before.data[before.len - 1] == '\n';
	mail->blank_before = before.len == 0 || (mail->line_starts && slice_trim(before).len == 0);
	buf_clear(&mail->line);
	while (mail->line.len < LINE_BYTES && (mail->block.len > 0 || fill(mail))) {
		size_t feed = slice_find_byte(mail->block, '\n'), take = feed < mail->block.len ? feed + 1 : feed;
		if (take > LINE_BYTES - mail->line.len)
			take = LINE_BYTES - mail->line.len;
		if (!buf_append(&mail->line, mail->block.data, take))
			log_fatal("a line of mail outgrew its buffer");
		mail->block = slice_from(mail->block, take);
		if (mail->line.data[mail->line.len - 1] == '\n')
			break;
	}
	return mail->line.len > 0;
}

static struct slice line_text(struct mail *mail)
{
	return (struct slice){buf_text(&mail->line), mail->line.len};
}

/* Whether the line is one of the boundaries; those of parts within are closed with it. */
static bool at_boundary(struct mail *mail)
{
	struct slice line = slice_trim(line_text(mail));
	if (!mail->line_starts || line.len < 3 || memcmp(line.data, "--", 2) != 0)
		return false;
	for (size_t i = mail->nested; i > 0; i--) {
		struct slice boundary = slice_of(mail->boundaries[i - 1]), rest = slice_from(line, 2);
		if (rest.len < boundary.len || memcmp(rest.data, boundary.data, boundary.len) != 0)
			continue;
		rest = slice_from(rest, boundary.len);
		if (rest.len != 0 && !slice_equal(rest, SLICE_TEXT("--")))
			continue;
		mail->nested = rest.len == 0 ? i : i - 1;
		return true;
	}
	return false;
}

static bool at_message(struct mail *mail)
{
	return mail->mailbox && mail->line_starts && mail->blank_before && slice_starts_nocase(line_text(mail), "From ");
}

/* ---- headers ---------------------------------------------------------------------------------- */

static void copy(char *into, size_t cap, struct slice text)
{
	size_t len = text.len < cap - 1 ? text.len : cap - 1;
	if (len > 0)
		memcpy(into, text.data, len);
	into[len] = '\0';
}

static void read_type(struct mail *mail, struct slice value)
{
	struct slice boundary = mail_parameter(value, "boundary");
	copy(mail->type, TYPE_BYTES, value);
	if (mail->name[0] == '\0')
		mail_parameter_text(value, "name", mail->name, NAME_BYTES);
	if (slice_starts_nocase(value, "multipart/") && boundary.len > 0 && boundary.len < BOUNDARY_BYTES) {
		if (mail->nested < NESTED_MAX)
			copy(mail->boundaries[mail->nested++], BOUNDARY_BYTES, boundary);
		else
			walk_fault(mail->walk, mail->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "parts within parts of a mail",
				mail->source->at);
	}
}

static void read_field(struct mail *mail, struct slice field)
{
	size_t colon = slice_find_byte(field, ':');
	struct slice name = slice_trim(slice_until(field, colon)), value = slice_trim(slice_from(field, colon + 1));
	if (slice_equal_nocase(name, SLICE_TEXT("Content-Type"))) {
		read_type(mail, value);
	} else if (slice_equal_nocase(name, SLICE_TEXT("Content-Transfer-Encoding"))) {
		mail->transfer = slice_starts_nocase(value, "base64")             ? TRANSFER_BASE64
				 : slice_starts_nocase(value, "quoted-printable") ? TRANSFER_QUOTED_PRINTABLE
										  : TRANSFER_PLAIN;
	} else if (slice_equal_nocase(name, SLICE_TEXT("Content-Disposition"))) {
		char text[NAME_BYTES];
		mail_parameter_text(value, "filename", text, sizeof text);
		if (text[0] != '\0')
			memcpy(mail->name, text, sizeof text);
	}
}

/* Reads up to the empty line; a field goes on in lines that begin with a blank. all is the header as it stands. */
static void read_header(struct mail *mail, struct buf *all)
{
	size_t field = all->len;
	mail->transfer = TRANSFER_PLAIN;
	mail->name[0] = mail->type[0] = '\0';
	while (next_line(mail)) {
		struct slice line = line_text(mail);
		bool goes_on = line.data[0] == ' ' || line.data[0] == '\t';
		if (!goes_on && all->len > field)
			read_field(mail, (struct slice){buf_text(all) + field, all->len - field});
		if (!goes_on)
			field = all->len;
		if (slice_trim(line).len == 0)
			return;
		if (at_boundary(mail) || at_message(mail) || !buf_append(all, line.data, line.len)) {
			mail->again = true; /* no empty line: the part has no body, or its header has no end */
			return;
		}
	}
}

/* ---- bodies ----------------------------------------------------------------------------------- */

struct part_source {
	struct source source;
	struct mail *mail;
	char quartet[4]; /* of base64, over the line's end */
	size_t gathered;
	uint8_t out[LINE_BYTES + 4];
};

static size_t decode_base64(struct part_source *self, struct slice line)
{
	size_t made = 0;
	for (size_t i = 0; i < line.len; i++) {
		if (base64_byte(line.data[i]))
			self->quartet[self->gathered++] = line.data[i];
		if (self->gathered == sizeof self->quartet || (line.data[i] == '=' && self->gathered > 0)) {
			made += base64_decode(self->quartet, self->gathered, self->out + made);
			self->gathered = 0;
		}
	}
	return made;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static size_t decode_quoted_printable(struct part_source *self, struct slice line)
{
	size_t made = 0;
	for (size_t i = 0; i < line.len; i++) {
		int high = line.data[i] == '=' && i + 2 < line.len ? hex_digit(line.data[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(line.data[i + 2]) : -1;
		if (line.data[i] == '=' && slice_trim(slice_from(line, i + 1)).len == 0)
			break; /* the line goes on in the next */
		if (low >= 0)
			i += 2;
		self->out[made++] = low >= 0 ? (uint8_t)(high * 16 + low) : (uint8_t)line.data[i];
	}
	return made;
}

static size_t decode_line(struct part_source *self, struct slice line)
{
	switch (self->mail->transfer) {
	case TRANSFER_BASE64:
		return decode_base64(self, line);
	case TRANSFER_QUOTED_PRINTABLE:
		return decode_quoted_printable(self, line);
	default:
		memcpy(self->out, line.data, line.len);
		return line.len;
	}
}

static ssize_t part_read(struct source *source, const uint8_t **data)
{
	struct part_source *self = (struct part_source *)source;
	struct mail *mail = self->mail;
	size_t made = 0;
	while (made == 0 && mail->ending == ENDING_NONE) {
		if (!next_line(mail))
			mail->ending = ENDING_ALL;
		else if (at_message(mail))
			mail->ending = ENDING_MESSAGE;
		else if (at_boundary(mail))
			mail->ending = ENDING_BOUNDARY;
		else
			made = decode_line(self, line_text(mail));
	}
	if (mail->ending == ENDING_ALL && mail->source->failed && made == 0) {
		source_fail(source, mail->source->cause, mail->source->why);
		return -1;
	}
	*data = self->out;
	return walk_produced(mail->walk, mail->path, made) ? (ssize_t)made : 0;
}

static void part_close(struct source *source)
{
	struct part_source *self = (struct part_source *)source;
	mem_wipe(self->out, sizeof self->out);
	free(self);
}

/* S/MIME and OpenPGP: what is only signed can be read. */
static bool is_encrypted(struct slice type)
{
	bool pkcs7 = slice_starts_nocase(type, "application/pkcs7-mime") || slice_starts_nocase(type, "application/x-pkcs7-mime");
	bool open = slice_starts_nocase(mail_parameter(type, "smime-type"), "signed") ||
		    slice_starts_nocase(mail_parameter(type, "smime-type"), "certs");
	return (pkcs7 && !open) || slice_starts_nocase(type, "application/pgp-encrypted");
}

/* Reads one body, to the boundary behind it. */
static void read_part(struct mail *mail, const char *path)
{
	struct part_source *self = xcalloc(1, sizeof *self);
	const uint8_t *rest;
	source_init(&self->source);
	self->source.read = part_read;
	self->source.close = part_close;
	self->mail = mail;
	mail->ending = ENDING_NONE;
	if (source_peek(&self->source, 1).len > 0) {
		char *label = walk_label(path, mail->name[0] != '\0' ? mail->name : NULL, mail->parts);
		const char *type = mail->walk->content_type;
		unsigned typed_depth = mail->walk->typed_depth;
		if (is_encrypted(slice_of(mail->type)))
			walk_fault(mail->walk, label, LT__NOT_INSPECTED_CAUSE__CAUSE_ENCRYPTED, "encrypted mail", 0);
		mail->walk->content_type = mail->type;
		mail->walk->typed_depth = mail->depth + 1;
		walk_content(mail->walk, &self->source, label, mail->depth + 1);
		mail->walk->content_type = type;
		mail->walk->typed_depth = typed_depth;
		free(label);
	}
	mail->parts++;
	while (!mail->walk->stopped && mail->ending == ENDING_NONE && source_read(&self->source, &rest) > 0)
		; /* what nobody wanted, up to the boundary */
	source_close(&self->source);
}

/* ---- messages --------------------------------------------------------------------------------- */

static void read_message(struct mail *mail, const char *path)
{
	struct buf header;
	char *label = xasprintf("%s!/header", path);
	buf_init(&header, HEADER_BYTES);
	mail->nested = 0;
	mail->parts = 0;
	read_header(mail, &header);
	struct source *text = source_of_memory(header.data, header.len);
	if (header.len > 0)
		walk_text(mail->walk, text, label, mail->depth + 1);
	source_close(text);
	do {
		read_part(mail, path);
		buf_clear(&header);
		if (mail->ending == ENDING_BOUNDARY)
			read_header(mail, &header);
	} while (mail->ending == ENDING_BOUNDARY && !mail->walk->stopped);
	buf_free(&header);
	free(label);
}

static void read_mailbox(struct mail *mail)
{
	next_line(mail); /* From ... of the first message */
	for (uint64_t number = 0; number == 0 || (mail->ending == ENDING_MESSAGE && !mail->walk->stopped); number++) {
		char *path = xasprintf("%s!/message-%llu", mail->path, (unsigned long long)number);
		read_message(mail, path);
		free(path);
	}
}

bool mail_walk(struct walk *walk, struct source *source, enum content content, const char *path, unsigned depth)
{
	struct mail *mail = xcalloc(1, sizeof *mail);
	mail->walk = walk;
	mail->source = source;
	mail->path = path;
	mail->depth = depth;
	mail->mailbox = content == CONTENT_MBOX;
	buf_init(&mail->line, LINE_BYTES);
	if (mail->mailbox)
		read_mailbox(mail);
	else
		read_message(mail, path);
	buf_free(&mail->line);
	free(mail);
	return true;
}
