#include "inspect/unpack/passwords.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/note.h"
#include "shared/buf.h"
#include "shared/byteset.h"
#include "shared/mem.h"
#include "shared/slice.h"

struct archive_passwords *archive_passwords_new(void)
{
	return xcalloc(1, sizeof(struct archive_passwords));
}

void archive_passwords_load(struct archive_passwords *shipped, struct yaml_file *file)
{
	static const char *const keys[] = {"passwords", NULL};
	yaml_check_keys(file, file->root, keys);
	const struct yaml *list = yaml_get(file->root, "passwords");
	shipped->list = xreallocarray(shipped->list, shipped->count + yaml_count(list), sizeof *shipped->list);
	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml *entry = yaml_at(list, i);
		if (entry->kind == YAML_TEXT && entry->text_len > 0 && entry->text_len <= PASSWORD_BYTES)
			shipped->list[shipped->count++] = xstrdup(entry->text);
		else
			yaml_fault(file, entry, "a password is a text of 1 to %d bytes", PASSWORD_BYTES);
	}
}

void archive_passwords_free(struct archive_passwords *shipped)
{
	for (size_t i = 0; shipped != NULL && i < shipped->count; i++)
		free(shipped->list[i]);
	if (shipped != NULL)
		free(shipped->list);
	free(shipped);
}

enum {
	ANNOUNCED_WORDS = 6,
	ANNOUNCED_BYTES = 1024,
	ANNOUNCED_LINES = 8,
	ANNOUNCED_LINE_BYTES = 160,
	KEY_BYTES = 32 /* of a line, where a key ends */
};

/* They may be any words of a text. */
static void drop(char *password)
{
	mem_wipe(password, strlen(password));
	free(password);
}

static void add(struct passwords *passwords, struct slice text)
{
	if (text.len == 0 || text.len > PASSWORD_BYTES || memchr(text.data, 0, text.len) != NULL)
		return;
	if (passwords->count == PASSWORDS_MAX && !passwords->in_front)
		return;
	for (size_t i = 0; i < passwords->count; i++) {
		if (slice_equal(slice_of(passwords->list[i]), text))
			return;
	}
	if (passwords->count == PASSWORDS_MAX)
		drop(passwords->list[--passwords->count]);
	passwords->list[passwords->count++] = xstrndup(text.data, text.len);
	if (passwords->in_front) {
		passwords_prefer(passwords, passwords->count - 1);
		passwords->learned++;
	}
}

static struct slice next_token(struct slice *text)
{
	size_t from = 0, to;
	while (from < text->len && one_of(text->data[from], " \t\r\n"))
		from++;
	for (to = from; to < text->len && !one_of(text->data[to], " \t\r\n"); to++)
		;
	struct slice token = {text->data + from, to - from};
	*text = slice_from(*text, to);
	return token;
}

static struct slice without_quotes(struct slice token)
{
	static const char quotes[] = "\"'`<>()[]*";
	while (token.len > 0 && one_of_text(token.data[0], quotes))
		token = slice_from(token, 1);
	while (token.len > 0 && one_of_text(token.data[token.len - 1], quotes))
		token.len--;
	return token;
}

/* Length of a word that announces a password at the start of text, with what stands between it and the value. */
static size_t announcement(struct slice text)
{
	static const char *const words[] = {"password", "passwort", "passwd", "pass", "pwd", "pw", "parol",
		"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", "\xd0\x9f\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", "key",
		"contrase\xc3\xb1"
		"a",
		"mot de passe"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!slice_starts_nocase(text, words[i]))
			continue;
		size_t at = strlen(words[i]);
		while (at < text.len && one_of(text.data[at], " \t:=-_\xe2\x9e\xa1>|"))
			at++;
		return at > strlen(words[i]) ? at : 0;
	}
	return 0;
}

static void add_variants(struct passwords *passwords, struct slice token)
{
	add(passwords, token);
	add(passwords, without_quotes(token));
	struct slice bare = without_quotes(token);
	while (bare.len > 0 && one_of(bare.data[bare.len - 1], ".,;:!"))
		bare.len--;
	add(passwords, bare);
}

static void add_announced(struct passwords *passwords, struct slice posting)
{
	for (size_t at = 0; at < posting.len; at++) {
		bool word_starts = at == 0 || one_of(posting.data[at - 1], " \t\r\n*_#.,;:([/|-");
		size_t value = word_starts ? announcement(slice_from(posting, at)) : 0;
		if (value == 0)
			continue;
		struct slice rest = slice_from(posting, at + value);
		struct slice near = slice_until(rest, ANNOUNCED_BYTES); /* lines have no end that counts */
		struct slice line = slice_trim(slice_until(near, slice_find_byte(near, '\n')));
		/* "the password for it is: x" */
		struct slice words = line;
		for (int i = 0; i < ANNOUNCED_WORDS && words.len > 0; i++)
			add_variants(passwords, next_token(&words));
		if (slice_find_nocase(line, ": ") < line.len)
			add_variants(passwords, slice_trim(slice_from(line, slice_find_nocase(line, ": ") + 2)));
		add_variants(passwords, line);
		add_variants(passwords, next_token(&rest)); /* in front of them all, where it is added in front */
	}
}

/* ---- texts beside the archive ----------------------------------------------------------------- */

bool passwords_in(struct slice text)
{
	static const char *const signs[] = {"pass", "pwd", "pw", "parol", "\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", "key", "contrase"};
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
		if (slice_find_nocase(text, signs[i]) < text.len)
			return true;
	}
	return false;
}

void passwords_learn(struct passwords *passwords, struct slice text)
{
	struct buf plain;
	buf_init(&plain, 2 * text.len + 1);
	note_text(text, &plain);
	passwords->in_front = true;
	add_announced(passwords, (struct slice){buf_text(&plain), plain.len});
	passwords->in_front = false;
	buf_free(&plain);
}

static const char *const extensions[] = {".zip", ".rar", ".7z", ".tar", ".gz", ".pdf", ".001", ".z01", ".part1", ".part01"};

/* The last name of a path, or the one before it, without extensions; blanks stand where packers write other things. */
static char *bare_name(struct slice path)
{
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		if (slice_ends_nocase(path, extensions[i])) {
			path.len -= strlen(extensions[i]);
			i = (size_t)-1;
		}
	}
	return xstrndup(path.data, path.len);
}

static void learn_name(struct passwords *passwords, struct slice name)
{
	char *bare = bare_name(name);
	for (int i = 0; i < 2; i++) { /* as it is, and with the blanks that others write as lines */
		add_announced(passwords, slice_of(bare));
		for (char *at = bare; (at = strchr(at, '_')) != NULL;)
			*at = ' ';
	}
	free(bare);
	bare = bare_name(name);
	add_variants(passwords, slice_of(bare));
	free(bare);
}

void passwords_learn_name(struct passwords *passwords, const char *path)
{
	struct slice all = slice_of(path);
	const char *name = memrchr(all.data, '/', all.len);
	struct slice folder = {all.data, name != NULL ? (size_t)(name - all.data) : 0};
	if (folder.len > 0 && folder.data[folder.len - 1] == '!')
		folder.len--;
	const char *above = memrchr(folder.data, '/', folder.len);
	passwords->in_front = true;
	if (folder.len > 0)
		learn_name(passwords, above != NULL ? slice_from(folder, (size_t)(above + 1 - folder.data)) : folder);
	learn_name(passwords, name != NULL ? slice_of(name + 1) : all);
	passwords->in_front = false;
}

/* ---- pages that offer archives ---------------------------------------------------------------- */

bool passwords_open(struct slice path)
{
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		if (slice_ends_nocase(path, extensions[i]))
			return true;
	}
	return false;
}

/* What stands above a secret that opens something else. */
static bool of_a_log_in(struct slice line)
{
	static const char *const words[] = {"login", "log in", "user", "usr", "username", "email", "e-mail", "mail", "account", "url",
		"host", "\xd0\xbb\xd0\xbe\xd0\xb3\xd0\xb8\xd0\xbd"};
	if (slice_find_byte(line, '@') < line.len || slice_find_nocase(line, "://") < line.len)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (slice_starts_nocase(line, words[i]))
			return true;
	}
	return false;
}

/* Length of a word before the announcement that says what the password opens. */
static size_t archive_word(struct slice line)
{
	static const char *const words[] = {"archive", "zip", "rar", "7z", "unzip", "files", "file", "download", "extraction", "unpack"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t len = strlen(words[i]);
		if (slice_starts_nocase(line, words[i]) && line.len > len && one_of_text(line.data[len], " _-"))
			return len + 1;
	}
	return 0;
}

/* "Name: jdoe", "IP: ...": beside such a line a password may be what a person logs in with, however the lines are called. */
static bool has_key(struct slice line)
{
	return of_a_log_in(line) || slice_find_byte(slice_until(line, KEY_BYTES), ':') < line.len ||
	       slice_find_nocase(line, " - ") < line.len;
}

/* "Archive password: x"; "* pass - x" and "Pass for the files: x" where no line beside it has a key. */
static bool announces(struct slice line, bool alone)
{
	size_t word, value, colon;
	if (line.len == 0 || line.len > ANNOUNCED_LINE_BYTES || of_a_log_in(line))
		return false;
	while (line.len > 0 && one_of_text(line.data[0], " \t*_#.-[(|>"))
		line = slice_from(line, 1);
	word = archive_word(line);
	value = announcement(slice_from(line, word));
	if (value == 0 || (word == 0 && !alone))
		return false;
	line = slice_from(line, word + value);
	colon = slice_find_nocase(line, ": ");
	line = slice_trim(colon < line.len ? slice_from(line, colon + 2) : line);
	return line.len >= 3 && line.len <= PASSWORD_BYTES && slice_find_byte(line, ' ') == line.len;
}

/* The first line with anything on it. */
static struct slice first_line(struct slice text)
{
	text = slice_trim(text);
	return slice_trim(slice_until(text, slice_find_byte(text, '\n')));
}

void passwords_announced(struct slice text, struct buf *lines)
{
	struct buf plain;
	struct slice rest, before = SLICE_NONE;
	unsigned left = ANNOUNCED_LINES;
	if (!passwords_in(text))
		return;
	buf_init(&plain, 2 * text.len + 1);
	note_text(text, &plain);
	rest = (struct slice){buf_text(&plain), plain.len};
	while (rest.len > 0 && left > 0) {
		size_t end = slice_find_byte(rest, '\n');
		struct slice line = slice_trim(slice_until(rest, end)), below = slice_from(rest, end < rest.len ? end + 1 : rest.len);
		if (announces(line, !has_key(before) && !has_key(first_line(below)))) {
			if (!buf_append_byte(lines, '\n') || !buf_append(lines, line.data, line.len))
				break;
			left--;
		}
		before = line.len > 0 ? line : before;
		rest = below;
	}
	buf_free(&plain);
}

struct passwords *passwords_newest(const struct passwords *passwords, size_t count)
{
	struct passwords *newest = xcalloc(1, sizeof *newest);
	newest->list = xcalloc(PASSWORDS_MAX, sizeof *newest->list);
	for (size_t i = 0; i < count && i < passwords->count; i++)
		newest->list[newest->count++] = xstrdup(passwords->list[i]);
	return newest;
}

/* ---- life ------------------------------------------------------------------------------------- */

struct passwords *passwords_new(const struct engine *engine, const char *posting)
{
	struct passwords *passwords = xcalloc(1, sizeof *passwords);
	passwords->list = xcalloc(PASSWORDS_MAX, sizeof *passwords->list);
	struct slice text = slice_of(posting);
	add_announced(passwords, text);
	for (size_t i = 0; i < engine->config->n_archive_passwords; i++)
		add(passwords, slice_of(engine->config->archive_passwords[i]));
	for (size_t i = 0; engine->archive_passwords != NULL && i < engine->archive_passwords->count; i++)
		add(passwords, slice_of(engine->archive_passwords->list[i]));
	while (text.len > 0)
		add_variants(passwords, next_token(&text));
	return passwords;
}

void passwords_free(struct passwords *passwords)
{
	if (passwords == NULL)
		return;
	for (size_t i = 0; i < passwords->count; i++)
		drop(passwords->list[i]);
	free(passwords->list);
	free(passwords);
}

void passwords_prefer(struct passwords *passwords, size_t i)
{
	char *chosen = passwords->list[i];
	memmove(passwords->list + 1, passwords->list, i * sizeof *passwords->list);
	passwords->list[0] = chosen;
}
