/* From a block to a candidate: which of its values count, and without what they were dressed in. */
#include <ctype.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/block.h"
#include "inspect/records/block_values.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/line.h"
#include "inspect/records/line_token.h"
#include "inspect/records/readers.h"
#include "inspect/rules/cracked.h"
#include "shared/byteset.h"

enum {
	HASH_BYTES_MIN = 8,
	JOINED_BYTES = 4096,  /* of a line that holds several records */
	ESCAPED_BYTES = 4096, /* of a line whose escaped ends of line are looked for */
};

bool block_value_is_prose(const struct keys *keys, struct slice value)
{
	size_t words = 0, prose = 0;

	value = slice_trim(value);
	while (value.len > 0) {
		size_t len = 0;

		while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t')
			len++;
		words++;
		prose += keys_is_prose_word(keys, slice_until(value, len));
		value = slice_trim(slice_from(value, len));
	}
	return words >= 2 && prose > 0;
}

static bool slice_holds(struct slice slice, const char *place)
{
	return slice.len > 0 && place >= slice.data && place < slice.data + slice.len;
}

/* Of a user name and an address the one that makes it ours; else the log-in name. */
static struct slice block_account(const struct text *text, const struct block *block, const struct hit *hit)
{
	const char *place = text->data + hit->at;
	struct watched watched;

	if (block->user.len == 0 || slice_holds(block->email, place))
		return block->email;
	if (block->email.len == 0 || slice_holds(block->user, place))
		return block->user;
	return watch_account(scan_engine(text->scan), block->email, &watched) ? block->email : block->user;
}

/* The host of "tcp:host,1433", "\\\\host\\share", "Domain:target=TERMSRV/host": what SQL Server, shares and Windows' own store write. */
static struct slice bare_host(struct slice value)
{
	static const char *const before[] = {"tcp:", "domain:", "legacygeneric:", "target=", "name=", "termsrv/", "\\\\", "//"};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (slice_starts_nocase(value, before[i]))
			value = slice_from(value, strlen(before[i]));
	return slice_until(value, slice_find_byte(value, '\\'));
}

/* The URL or host of a value; "jdbc:x://host" and notes behind it are taken off. */
static struct slice first_word(struct slice value)
{
	struct slice url = line_url(value);
	size_t len = 0;

	while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t')
		len++;
	if (url.len > 0 && url.data < value.data + len)
		return url;
	value = slice_until(value, len);
	return slice_until(bare_host(value), slice_find_byte(bare_host(value), ','));
}

/* Lines of one value are joined by line feeds, whatever the file's own ends of line are. */
static struct slice without_returns(struct text *text, struct slice value)
{
	char *copy = memchr(value.data, '\r', value.len) != NULL ? scan_arena(text->scan, value.len) : NULL;
	size_t len = 0;

	if (copy == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] != '\r')
			copy[len++] = value.data[i];
	return (struct slice){copy, len};
}

static struct slice block_password(struct text *text, const struct block *block)
{
	return block->base64 ? base64_decoded(text->scan, block->password) : without_returns(text, block->password);
}

/* object.__hash__, polys[0], align="center">, of a comment of no letters: source and markup below a URL. */
static bool is_code(struct slice value)
{
	size_t letters = 0, dots = 0, at = 0;

	for (size_t i = 0; i < value.len; i++)
		letters += isalnum((unsigned char)value.data[i]) != 0 || (unsigned char)value.data[i] >= 0x80;
	if (letters == 0 || slice_find_nocase(value, "=\"") < value.len)
		return true;
	while (at < value.len && (isalpha((unsigned char)value.data[at]) || value.data[at] == '_' || value.data[at] == '.'))
		dots += value.data[at++] == '.';
	return dots > 0 && ((at == value.len && slice_find_nocase(value, "__") < value.len) || (at < value.len && value.data[at] == '['));
}

/* "sha256: fix the build", "md5: Any" */
static bool may_be_hash(struct slice value)
{
	return value.len >= HASH_BYTES_MIN && slice_find_byte(value, ' ') == value.len;
}

static bool in_brackets(struct slice value)
{
	return value.len > 2 && value.data[0] == '[' && value.data[value.len - 1] == ']';
}

static void emit_login(struct text *text, const struct block *block, const struct hit *hit)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	struct candidate candidate = {
		.kind = block->password.len > 0 ? CANDIDATE_LOGIN : CANDIDATE_HASH,
		.rule = "lt.block.1",
		.account = block_account(text, block, hit),
		.logon = block->logon,
		.secret = block->password.len > 0 ? block_password(text, block) : block->hash,
		.url = first_word(block->host),
		.salt = block->salt,
		.confidence = block->stealer ? LT__CONFIDENCE__CONFIDENCE_HIGH : LT__CONFIDENCE__CONFIDENCE_MEDIUM,
		.at = block->span.from,
	};

	if (slice_starts_nocase(candidate.secret, "b:") && candidate.secret.len > 40) /* the encrypted blob of a .rdp file */
		return;
	if (slice_starts_nocase(candidate.account, "s:")) { /* its typed settings */
		candidate.account = slice_from(candidate.account, 2);
		if (slice_starts_nocase(candidate.secret, "s:"))
			candidate.secret = slice_from(candidate.secret, 2);
	}
	if (in_brackets(candidate.account) && in_brackets(candidate.secret)) { /* "Username: [jdoe]", "Password: [x]" */
		candidate.account = (struct slice){candidate.account.data + 1, candidate.account.len - 2};
		candidate.secret = (struct slice){candidate.secret.data + 1, candidate.secret.len - 2};
	}
	if (slice_starts_nocase(candidate.url, "s:"))
		candidate.url = slice_from(candidate.url, 2);
	struct watched watched;
	if (block->host_alone &&
		(candidate.account.len == 0 || block->password.len == 0 || !watch_host(scan_engine(text->scan), candidate.url, &watched)))
		candidate.url = SLICE_NONE;
	if (candidate.secret.len == 0 || (candidate.account.len == 0 && candidate.url.len == 0))
		return;
	if (block->letter_alone && candidate.kind == CANDIDATE_LOGIN) { /* a variable, an argument, a list of letters */
		scan_explain(text, candidate.rule, candidate.at, "one letter is no key of a secret without one of its account");
		return;
	}
	if (candidate.kind == CANDIDATE_HASH && !may_be_hash(candidate.secret)) {
		scan_explain(text, candidate.rule, candidate.at, "words stand where the hash would");
		return;
	}
	if (!block->stealer && candidate.account.len == 0 && candidate.kind == CANDIDATE_HASH) { /* "sha256: x" below a link: a file's */
		scan_explain(text, candidate.rule, candidate.at, "a hash that is nobody's");
		return;
	}
	if (!block->stealer && candidate.account.len == 0 &&
		(token_look(candidate.secret) < LOOK_FAIR || one_of(candidate.secret.data[candidate.secret.len - 1], ",):;({[") ||
			is_code(candidate.secret))) {
		scan_explain(text, candidate.rule, candidate.at, "without an account, this is hardly a secret");
		return;
	}
	if (slice_starts_nocase(candidate.account, "',") || slice_starts_nocase(candidate.account, "\",")) /* WriteLn('User: ', User) */
		return;
	if (!block->stealer && (block_value_is_prose(keys, candidate.secret) || block_value_is_prose(keys, candidate.account))) {
		scan_explain(text, candidate.rule, candidate.at, "a sentence stands where the secret would");
		return;
	}
	candidate_emit(text, &candidate);
	if (block->password.len > 0 && block->hash.len > 0 && !cracked_is_of(block->hash, block->salt, candidate.secret)) {
		candidate.kind = CANDIDATE_HASH; /* of another password */
		candidate.secret = block->hash;
		candidate_emit(text, &candidate);
	}
}

/* The data of a Kubernetes secret: each value is base64. False where one of them is not. */
static bool block_decode(struct text *text, struct block *block)
{
	struct slice *const values[] = {&block->user, &block->email, &block->password};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (values[i]->len == 0)
			continue;
		*values[i] = base64_decoded(text->scan, *values[i]);
		for (size_t at = 0; at < values[i]->len; at++)
			if ((unsigned char)values[i]->data[at] < ' ')
				return false;
		if (values[i]->len == 0)
			return false;
	}
	return block->password.len > 0 && (block->user.len > 0 || block->email.len > 0);
}

static void emit_cookie(struct text *text, const struct block *block)
{
	struct cookie_fields cookie = {
		.name = block->cookie_name,
		.value = block->cookie_value,
		.domain = block->cookie_domain.len > 0 ? block->cookie_domain : first_word(block->host),
		.path = block->cookie_path,
		.expires_ms = cookie_time(block->cookie_expires),
		.http_only = -1,
		.secure = -1,
		.at = block->span.from,
	};

	cookie_emit(text, "lt.cookie.block.1", &cookie);
}

/* "cookie = DSID=x; theme=dark" beside the host it is for. */
static bool emit_cookies(struct text *text, const struct block *block)
{
	return block->host.len > 0 && slice_find_byte(block->cookies, '=') < block->cookies.len &&
	       header_emit(text, SLICE_TEXT("cookie"), block->cookies, first_word(block->host), block->span.from);
}

/*
 * The line around at with its escaped ends of line put in for real, in arena memory and as long as it was: a block that a log or
 * a program's source holds as one string. Absent where the line has none.
 */
static struct slice with_line_ends(struct text *text, size_t at, size_t *from)
{
	size_t to, ends = 0;
	char *copy;

	text_line(text, at, from, &to);
	struct slice line = text_slice(text, *from, to);

	if (line.len > ESCAPED_BYTES || line.len == 0 || memmem(line.data, line.len, "\\n", 2) == NULL ||
		(copy = scan_arena(text->scan, line.len)) == NULL)
		return SLICE_NONE;
	memcpy(copy, line.data, line.len);
	for (size_t i = 0; i + 1 < line.len; i++) {
		if (copy[i] != '\\' || (copy[i + 1] != 'n' && copy[i + 1] != 'r'))
			continue;
		ends += copy[i + 1] == 'n';
		copy[i + 1] = copy[i + 1] == 'n' ? '\n' : ' ';
		copy[i] = ' ';
	}
	return ends >= 2 ? (struct slice){copy, line.len} : SLICE_NONE;
}

static bool read_escaped(struct text *text, const struct hit *hit, struct block *block)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	size_t from = 0;
	struct slice lines = with_line_ends(text, hit->at, &from);

	if (lines.len == 0 || !block_read(keys, NULL, lines, hit->at - from, block) || !block_is_login(block))
		return false;
	if (memchr(lines.data + block->span.from, '\n', block->span.to - block->span.from) == NULL) /* no end inside: one line */
		return false;
	block->span.from += from;
	block->span.to += from;
	return true;
}

/* The log-ins below the one read, of which the host alone says that they are ours. */
static void emit_siblings(struct text *text, const struct block *first, const struct hit *hit, struct span *claimed)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	const struct slice all = {text->data, text->len};
	struct block block = *first;

	while (block.sibling >= claimed->to && block.sibling < text->len &&
		block_read(keys, scan_line_memo(text->scan), all, block.sibling, &block) && block.host.data == first->host.data) {
		claimed->to = block.span.to;
		emit_login(text, &block, hit);
	}
}

/* "Application: Chrome jdoe@corp.example:x": a record that was joined to a block, on one of its lines. */
static bool is_apart(const struct text *text, const struct hit *hit)
{
	const struct engine *engine = scan_engine(text->scan);
	const struct line_tables tables = {engine->hashes, engine->placeholders, engine->keys, NULL};
	size_t from, to;

	text_line(text, hit->at, &from, &to);
	return to - from <= JOINED_BYTES && line_apart(&tables, text_slice(text, from, to), hit->at - from).len < to - from;
}

/* Blocks of stealer logs, and of posts and notes that have their shape. */
bool reader_block(struct text *text, const struct hit *hit, struct span *claimed)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	const struct slice all = {text->data, text->len};
	struct block block;

	if (!read_escaped(text, hit, &block) && !block_read(keys, scan_line_memo(text->scan), all, hit->at, &block))
		return false;
	if (emit_cookies(text, &block) && !block_is_login(&block)) {
		*claimed = block.span;
		return true;
	}
	if (!block_is_login(&block))
		return false;
	if (hit->encoded && hit->encoding == ENCODING_BASE64 && !block_decode(text, &block))
		return false;
	if (is_apart(text, hit))
		return false;
	*claimed = block.span;
	if (block.cookie_name.len > 0 && block.cookie_value.len > 0 && block.password.len == 0)
		emit_cookie(text, &block);
	else
		emit_login(text, &block, hit);
	if (slice_holds(block.host, text->data + hit->at))
		emit_siblings(text, &block, hit, claimed);
	return true;
}
