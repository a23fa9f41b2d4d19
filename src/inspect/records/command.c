/* Command lines, URLs with userinfo or a log-in in their query, and .netrc. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/block.h"
#include "inspect/records/command.h"
#include "inspect/records/headers.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum {
	COMMAND_REACH = 16 * 1024, /* a "copy as" command with its cookies */
	WORDS_MAX = 256,
	QUOTES_DEEP = 2,    /* commands in quotes of commands */
	PROGRAM_WORDS = 12, /* prompt, sudo, variables, a pipe before the program */
	NETRC_REACH = 512,
};

/* ---- words of a command ------------------------------------------------------------------------ */

static bool continues(struct slice line)
{
	while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\r'))
		line.len--;
	return line.len > 0 && one_of(line.data[line.len - 1], "\\^`");
}

static size_t line_start(struct slice text, size_t at)
{
	const char *before = at > 0 ? memrchr(text.data, '\n', at) : NULL;

	return before != NULL ? (size_t)(before - text.data) + 1 : 0;
}

static size_t line_end(struct slice text, size_t at)
{
	return at + slice_find_byte(slice_from(text, at), '\n');
}

/* The command's lines: those before and behind that a sign at the line's end joins. */
static struct span command_span(struct slice text, size_t at)
{
	struct span span = {line_start(text, at), line_end(text, at)};

	while (span.from > 0 && at - span.from < COMMAND_REACH) {
		size_t before = line_start(text, span.from - 1);

		if (!continues((struct slice){text.data + before, span.from - 1 - before}))
			break;
		span.from = before;
	}
	while (span.to < text.len && span.to - at < COMMAND_REACH) {
		size_t last = line_start(text, span.to);

		if (!continues((struct slice){text.data + last, span.to - last}))
			break;
		span.to = line_end(text, span.to + 1);
	}
	/* the byte order mark of a file joined to another one */
	if (slice_starts_nocase(slice_from(text, span.from), "\xef\xbb\xbf") && at >= span.from + 3)
		span.from += 3;
	return span;
}

/* Length of the word at text with its quotes; a quote that never closes ends at the text's end. */
static size_t word_length(struct slice text)
{
	char quote = 0;
	size_t at = 0;

	for (; at < text.len && (quote != 0 || !isspace((unsigned char)text.data[at])); at++) {
		char c = text.data[at];

		if (c == '\\' && quote != '\'' && at + 1 < text.len)
			at++;
		else if ((c == '"' || c == '\'') && (quote == 0 || quote == c))
			quote = quote == 0 ? c : 0;
	}
	return at < text.len ? at : text.len;
}

/* What a shell makes of a word, in the arena. */
static struct slice unquoted(struct scan *scan, struct slice word)
{
	char quote = 0, *out = scan_arena(scan, word.len + 1);
	size_t len = 0;

	if (out == NULL)
		return SLICE_NONE;
	for (size_t at = 0; at < word.len; at++) {
		char c = word.data[at];

		if (quote == 0 && c == '$' && at + 1 < word.len && word.data[at + 1] == '\'')
			continue;
		if ((c == '"' || c == '\'') && (quote == 0 || quote == c))
			quote = quote == 0 ? c : 0;
		else if (c == '\\' && quote != '\'' && at + 1 < word.len && one_of(word.data[at + 1], "\\\"'$ \n`&!?*()"))
			out[len++] = word.data[++at];
		else
			out[len++] = c;
	}
	return (struct slice){out, len};
}

/* The next word as it is written; continuations between words are skipped. False at the end. */
static bool next_word(struct slice *rest, struct slice *word)
{
	while (rest->len > 0 && (isspace((unsigned char)rest->data[0]) || (one_of(rest->data[0], "\\^`") && rest->len > 1 &&
										  (rest->data[1] == '\n' || rest->data[1] == '\r'))))
		*rest = slice_from(*rest, 1);
	if (rest->len == 0)
		return false;
	*word = slice_until(*rest, word_length(*rest));
	*rest = slice_from(*rest, word->len);
	return true;
}

/* sh "curl -u ...": the command in quotes. */
static struct slice quoted_command(struct slice word)
{
	char quote = word.len > 2 ? word.data[0] : 0;

	if ((quote != '"' && quote != '\'') || word.data[word.len - 1] != quote || slice_find_byte(word, ' ') == word.len)
		return SLICE_NONE;
	return (struct slice){word.data + 1, word.len - 2};
}

/* Whether one of the first words is a program we know: most lines are no commands, and must cost little. */
static bool names_program(const struct commands *commands, struct slice line, unsigned depth)
{
	struct slice word;

	for (size_t count = 0; count < PROGRAM_WORDS && next_word(&line, &word); count++) {
		struct slice inner = quoted_command(word);
		if (inner.len > 0 && depth < QUOTES_DEEP && names_program(commands, inner, depth + 1))
			return true;
		while (word.len > 0 && one_of(word.data[0], "$(`#>|;&\"'"))
			word = slice_from(word, 1);
		if (word.len > 1 && word.len < 256 && commands_find(commands, word) != NULL)
			return true;
	}
	return false;
}

/* ---- what a command says ------------------------------------------------------------------------ */

struct invocation {
	const struct command *command;
	struct slice user, password, host, domain, cookies[8], headers[32], form;
	size_t cookies_count, headers_count;
};

static void take_login(struct invocation *invocation, struct slice value)
{
	size_t divider = slice_find_byte(value, command_divider(invocation->command));

	invocation->user = slice_until(value, divider);
	if (divider < value.len)
		invocation->password = slice_from(value, divider + 1);
}

/* What mount takes behind -o; a password with a comma would stand in a file. */
static void take_settings(struct invocation *invocation, struct slice value)
{
	while (value.len > 0) {
		size_t comma = slice_find_byte(value, ','), sign = slice_find_byte(slice_until(value, comma), '=');
		struct slice key = slice_until(value, sign),
			     setting = sign < comma ? (struct slice){value.data + sign + 1, comma - sign - 1} : SLICE_NONE;

		if (slice_equal_nocase(key, SLICE_TEXT("user")) || slice_equal_nocase(key, SLICE_TEXT("username")))
			invocation->user = setting;
		else if (slice_equal_nocase(key, SLICE_TEXT("pass")) || slice_equal_nocase(key, SLICE_TEXT("password")))
			invocation->password = setting;
		else if (slice_equal_nocase(key, SLICE_TEXT("dom")) || slice_equal_nocase(key, SLICE_TEXT("domain")))
			invocation->domain = setting;
		value = comma < value.len ? slice_from(value, comma + 1) : SLICE_NONE;
	}
}

static void take_value(struct invocation *invocation, enum argument_role role, struct slice value)
{
	switch (role) {
	case ARGUMENT_LOGIN:
		take_login(invocation, value);
		break;
	case ARGUMENT_USER:
		invocation->user = value;
		break;
	case ARGUMENT_PASSWORD:
		invocation->password = value;
		break;
	case ARGUMENT_HOST:
		invocation->host = value;
		break;
	case ARGUMENT_DOMAIN:
		invocation->domain = value;
		break;
	case ARGUMENT_SETTINGS:
		take_settings(invocation, value);
		break;
	case ARGUMENT_COOKIE:
		if (invocation->cookies_count < sizeof(invocation->cookies) / sizeof(invocation->cookies[0]))
			invocation->cookies[invocation->cookies_count++] = value;
		break;
	case ARGUMENT_HEADER:
		if (invocation->headers_count < sizeof(invocation->headers) / sizeof(invocation->headers[0]))
			invocation->headers[invocation->headers_count++] = value;
		break;
	case ARGUMENT_FORM:
		invocation->form = value;
		break;
	case ARGUMENT_NONE:
	case ARGUMENT_OTHER:
		break;
	}
}

/* A word that is no option: a URL, a host, user@host, //host/share. */
static void take_bare(struct invocation *invocation, struct slice word)
{
	size_t sign;

	while (word.len > 2 && (slice_starts_nocase(word, "//") || slice_starts_nocase(word, "\\\\")))
		word = slice_from(word, 2);
	if (word.len > 2 && word.data[0] == '\\') /* a shell would take \\host so */
		word = slice_from(word, 1);
	sign = slice_find_byte(word, '@');
	if (word.len < 4 || word.data[0] == '-' || slice_find_byte(word, '.') == word.len)
		return;
	if (slice_find_nocase(word, "://") == word.len && sign > 0 && sign + 1 < word.len) {
		if (invocation->user.len == 0)
			invocation->user = slice_until(word, sign);
		invocation->host = slice_from(word, sign + 1); /* a bare word before it was a file */
	}
	/* a URL says more than the name of a file */
	if (invocation->host.len == 0 ||
		(slice_find_nocase(word, "://") < word.len && slice_find_nocase(invocation->host, "://") == invocation->host.len &&
			slice_find_byte(invocation->host, '@') == invocation->host.len))
		invocation->host = word;
}

static bool is_environment(struct slice word, struct invocation *invocation)
{
	static const char *const names[] = {"PGPASSWORD=", "MYSQL_PWD=", "SSHPASS=", "RESTIC_PASSWORD=", "REDISCLI_AUTH="};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_starts_nocase(word, names[i])) {
			invocation->password = slice_from(word, strlen(names[i]));
			return true;
		}
	return false;
}

static bool invocation_read(struct text *text, struct slice line, struct invocation *invocation)
{
	const struct commands *commands = keys_commands(scan_engine(text->scan)->keys);
	struct slice rest = line, word;
	enum argument_role wanted = ARGUMENT_NONE;

	for (size_t count = 0; count < WORDS_MAX && next_word(&rest, &word); count++) {
		struct slice attached;
		const struct command *found;
		struct slice inner = invocation->command == NULL && wanted == ARGUMENT_NONE ? quoted_command(word) : SLICE_NONE;

		if (inner.len > 0 && names_program(commands, inner, 0)) {
			line = rest = inner; /* shorter with each */
			continue;
		}
		word = unquoted(text->scan, word);

		if (wanted != ARGUMENT_NONE) {
			take_value(invocation, wanted, word);
			wanted = ARGUMENT_NONE;
			continue;
		}
		if (invocation->command == NULL || invocation->host.len == 0) {
			found = commands_find(commands, word);
			if (found != NULL) {
				invocation->command = found;
				continue;
			}
		}
		if (is_environment(word, invocation) || invocation->command == NULL)
			continue;
		wanted = command_option(invocation->command, word, &attached);
		if (wanted == ARGUMENT_NONE && header_carries(slice_until(word, slice_find_byte(word, ':')))) {
			take_value(invocation, ARGUMENT_HEADER, word); /* Name:value of httpie */
		} else if (wanted == ARGUMENT_NONE) {
			take_bare(invocation, word);
		} else if (attached.len > 0) {
			take_value(invocation, wanted, attached);
			wanted = ARGUMENT_NONE;
		}
	}
	return invocation->command != NULL;
}

/* -d '{"user": ...}': read where it stands, since a shell leaves it as it is. */
static void body_emit(struct text *text, const struct invocation *invocation, size_t at)
{
	struct slice head = slice_until(invocation->form, 24);
	const char *body = memmem(text->data + at, text->len - at < COMMAND_REACH ? text->len - at : COMMAND_REACH, head.data, head.len);
	size_t end;

	if (body != NULL)
		json_emit(text, (size_t)(body - text->data), invocation->host, &end);
}

static void invocation_emit(struct text *text, const struct invocation *invocation, size_t at)
{
	struct candidate login = {.kind = CANDIDATE_LOGIN,
		.rule = "lt.command.1",
		.account = invocation->user,
		.logon = invocation->domain,
		.secret = invocation->password,
		.url = invocation->host,
		.at = at};

	if (login.secret.len > 0 && login.secret.data[0] != '$' && (login.account.len > 0 || login.url.len > 0))
		candidate_emit(text, &login);
	for (size_t i = 0; i < invocation->cookies_count; i++)
		if (slice_find_byte(invocation->cookies[i], '=') < invocation->cookies[i].len) /* else the name of a jar */
			header_emit(text, SLICE_TEXT("cookie"), invocation->cookies[i], invocation->host, at);
	for (size_t i = 0; i < invocation->headers_count; i++) {
		size_t colon = slice_find_byte(invocation->headers[i], ':');

		if (colon < invocation->headers[i].len)
			header_emit(text, slice_trim(slice_until(invocation->headers[i], colon)),
				slice_trim(slice_from(invocation->headers[i], colon + 1)), invocation->host, at);
	}
	if (invocation->form.len > 0 && invocation->form.data[0] == '{')
		body_emit(text, invocation, at);
	else if (invocation->form.len > 0)
		form_emit(text, invocation->form, invocation->host, at);
	if (slice_find_nocase(invocation->host, "://") < invocation->host.len)
		userinfo_emit(text, invocation->host, at);
}

/* What cmd.exe makes of a command that quotes with ^, as browsers copy it; any other stays as it is. */
static struct slice without_carets(struct scan *scan, struct slice command)
{
	char *out;
	size_t len = 0;

	if (slice_find_nocase(command, "^\"") == command.len)
		return command;
	out = scan_arena(scan, command.len);
	if (out == NULL)
		return command;
	for (size_t i = 0; i < command.len; i++)
		if (command.data[i] != '^' || i + 1 == command.len)
			out[len++] = command.data[i];
		else if (command.data[i + 1] == '^')
			out[len++] = command.data[i++];
	return (struct slice){out, len};
}

static bool read_command(struct text *text, size_t at, struct span *claimed)
{
	struct slice whole = {text->data, text->len}, line;
	struct span span = command_span(whole, at);
	struct invocation invocation = {.command = NULL};

	if (span.to - span.from > COMMAND_REACH * 2)
		return false;
	line = (struct slice){text->data + span.from, span.to - span.from};
	if (!names_program(keys_commands(scan_engine(text->scan)->keys), line, 0) ||
		!invocation_read(text, without_carets(text->scan, line), &invocation))
		return false;
	if (invocation.password.len > 0 && invocation.password.data[0] == '$') /* what it stands for, a line nearby may tell */
		invocation.password = SLICE_NONE;
	if (invocation.password.len == 0 && invocation.cookies_count == 0 && invocation.headers_count == 0 && invocation.form.len == 0)
		return false;
	*claimed = span;
	invocation_emit(text, &invocation, span.from);
	return true;
}

/* ---- URLs ------------------------------------------------------------------------------------- */

/* Behind its authority, a row URL:login:password goes on with a ':' that no URL has there. */
static bool is_row(struct slice url)
{
	size_t scheme = slice_find_nocase(url, "://");
	struct slice rest = slice_from(url, scheme + 3);
	size_t path = slice_find_byte(rest, '/'), query = slice_find_byte(rest, '?');

	if (path > query)
		path = query;
	rest = slice_from(rest, path);
	for (size_t at = slice_find_byte(rest, ':'); at < rest.len; at += 1 + slice_find_byte(slice_from(rest, at + 1), ':'))
		if (!slice_starts_nocase(slice_from(rest, at), "://"))
			return true;
	return false;
}

/* Whether the URL is the host of a block with a password of its own: what its query says is then no log-in. */
static bool stands_in_block(const struct text *text, size_t at)
{
	struct block block;

	const struct slice all = {text->data, text->len};

	return block_read(scan_engine(text->scan)->keys, scan_line_memo(text->scan), all, at, &block) && block.password.len > 0 &&
	       block.host.data != NULL && block.host.data <= text->data + at && block.host.data + block.host.len > text->data + at;
}

static bool read_url(struct text *text, size_t at, struct span *claimed)
{
	struct slice url = url_around((struct slice){text->data, text->len}, at);
	size_t from = (size_t)(url.data - text->data), query;

	/* ?password=${SECRET} ends where no URL goes on */
	if (url.len == 0 || is_row(url) || (from + url.len < text->len && text->data[from + url.len] == '{'))
		return false;
	*claimed = (struct span){from, from + url.len};
	if (userinfo_emit(text, url, from))
		return !stands_in_block(text, at);
	query = slice_find_byte(url, '?');
	return query < url.len && !stands_in_block(text, at) && form_emit(text, slice_from(url, query + 1), url, from);
}

/* A form that was posted, on a line of its own. */
static bool read_form(struct text *text, size_t at, struct span *claimed)
{
	struct slice line;

	text_line(text, at, &claimed->from, &claimed->to);
	line = slice_trim(text_slice(text, claimed->from, claimed->to));
	return slice_find_byte(line, '&') < line.len && slice_find_byte(line, ' ') == line.len &&
	       slice_find_nocase(line, "://") == line.len && form_emit(text, line, SLICE_NONE, claimed->from);
}

/* ---- .netrc ----------------------------------------------------------------------------------- */

static bool read_netrc(struct text *text, size_t at, struct span *claimed)
{
	size_t from = at > NETRC_REACH ? at - NETRC_REACH : 0, to = at + NETRC_REACH < text->len ? at + NETRC_REACH : text->len;
	struct slice rest = {text->data + from, to - from}, word, name = SLICE_NONE;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN, .rule = "lt.netrc.1"};
	size_t machine = slice_find_nocase(rest, "machine ");

	if (machine == rest.len)
		return false;
	for (size_t next = machine; from + next <= at && next < rest.len;) { /* the last before the hit */
		machine = next;
		next += 1 + slice_find_nocase(slice_from(rest, next + 1), "machine ");
	}
	rest = slice_from(rest, machine);
	*claimed = (struct span){from + machine, from + machine};
	for (int words = 0; words < 10 && rest.len > 0; words++) {
		size_t len = 0;

		rest = slice_trim(rest);
		while (len < rest.len && !isspace((unsigned char)rest.data[len]))
			len++;
		word = slice_until(rest, len);
		if (name.len > 0 && slice_equal(name, SLICE_TEXT("machine")))
			candidate.url = word;
		else if (name.len > 0 && slice_equal(name, SLICE_TEXT("login")))
			candidate.account = word;
		else if (name.len > 0 && slice_equal(name, SLICE_TEXT("password")))
			candidate.secret = word;
		else if (words > 0 && slice_equal(word, SLICE_TEXT("machine")))
			break;
		name = name.len == 0 ? word : SLICE_NONE;
		if (candidate.secret.len > 0 || words == 9)
			claimed->to = (size_t)(word.data + word.len - text->data);
		rest = slice_from(rest, len);
	}
	if (candidate.url.len == 0 || candidate.secret.len == 0 || claimed->to <= at)
		return false;
	candidate.at = claimed->from;
	candidate_emit(text, &candidate);
	return true;
}

/* Commands, URLs and .netrc entries that carry a log-in. */
bool reader_command(struct text *text, const struct hit *hit, struct span *claimed)
{
	return read_command(text, hit->at, claimed) || read_url(text, hit->at, claimed) || read_form(text, hit->at, claimed) ||
	       read_netrc(text, hit->at, claimed);
}
