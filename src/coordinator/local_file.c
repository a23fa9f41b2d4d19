#include "coordinator/local_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/volumes.h"
#include "limits/limits.h"
#include "shared/mem.h"
#include "shared/slice.h"

/* ---- texts beside an archive ------------------------------------------------------------------- */

struct note {
	char *path;
	struct stat found;
	int promise;
};

struct notes {
	struct note best[LIMIT_NOTE_FILES];
	size_t count;
};

static bool ends_in(const char *name, const char *const *extensions)
{
	for (; *extensions != NULL; extensions++)
		if (slice_ends_nocase(slice_of(name), *extensions))
			return true;
	return false;
}

static bool may_be_shut(const char *path)
{
	static const char *const extensions[] = {".zip", ".rar", ".7z", ".001", ".z01", ".pdf", NULL};

	return ends_in(path, extensions);
}

/* How much a name promises; 0: it is no note. */
static int promise_of(const char *name)
{
	static const char *const extensions[] = {".txt", ".nfo", ".md", ".diz", ".htm", ".html", ".json", NULL};
	static const char *const words[] = {"pass", "pwd", "parol", "read", "info", "result.json", "messages"};

	if (!ends_in(name, extensions))
		return 0;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasestr(name, words[i]) != NULL)
			return 2;
	return 1;
}

static bool is_before(const struct note *a, const struct note *b)
{
	return a->promise != b->promise ? a->promise > b->promise : strcmp(a->path, b->path) < 0;
}

/* Keeps the best, in order. */
static void keep(struct notes *notes, struct note note)
{
	size_t at = notes->count;

	while (at > 0 && is_before(&note, &notes->best[at - 1]))
		at--;
	if (at == LIMIT_NOTE_FILES) {
		free(note.path);
		return;
	}
	if (notes->count == LIMIT_NOTE_FILES)
		free(notes->best[--notes->count].path);
	memmove(&notes->best[at + 1], &notes->best[at], (notes->count - at) * sizeof note);
	notes->best[at] = note;
	notes->count++;
}

static void look_in(struct notes *notes, const char *folder, int below)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t looked = 0;

	while (dir != NULL && looked++ < LIMIT_FOLDER_NAMES && (entry = readdir(dir)) != NULL) {
		struct note note = {.promise = promise_of(entry->d_name)};

		if (note.promise < below || fstatat(dirfd(dir), entry->d_name, &note.found, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(note.found.st_mode) || note.found.st_size == 0 || note.found.st_size > LIMIT_NOTE_FILE_BYTES)
			continue;
		note.path = xasprintf("%s/%s", folder, entry->d_name);
		keep(notes, note);
	}
	if (dir != NULL)
		closedir(dir);
}

static void add_note(struct document *document, const char *path, const struct stat *found)
{
	if (document->parts_count == LIMIT_BUNDLE_PARTS)
		return;
	struct part *part = document_add_part(document, path, path, -1, (uint64_t)found->st_size);

	part->found = *found;
	part->note = true;
	document->notes_count++;
}

/* What a database had not taken in when it was copied stands beside it. With another log it is another document. */
static void add_log(struct document *document, const char *path)
{
	char *log = xasprintf("%s-wal", path);
	struct stat found;

	if (lstat(log, &found) == 0 && S_ISREG(found.st_mode) && found.st_size > 0) {
		char *database = document->name, *name = document_file_name(&found);

		add_note(document, log, &found);
		document->name = xasprintf("%s+%s", database, name);
		free(database);
		free(name);
	}
	free(log);
}

/* Those of its folder, and of the one above, where chats are exported to; never above what was asked for. */
static void add_notes(struct document *document, const char *path, size_t outer)
{
	struct notes notes = {.count = 0};
	char *folder = xstrdup(path), *slash;

	for (int promise = 1; promise <= 2 && (slash = strrchr(folder, '/')) != NULL && (size_t)(slash - folder) + 1 >= outer; promise++) {
		*slash = '\0';
		look_in(&notes, folder, promise);
	}
	for (size_t i = 0; i < notes.count; i++) {
		add_note(document, notes.best[i].path, &notes.best[i].found);
		free(notes.best[i].path);
	}
	free(folder);
}

/* ---- files ------------------------------------------------------------------------------------- */

static bool is_asked_for(char **paths, const char *path)
{
	for (; *paths != NULL; paths++)
		if (strcmp(*paths, path) == 0)
			return true;
	return false;
}

struct document *local_file(const struct walk *walk, const char *path, const struct stat *status, char **paths)
{
	bool further, named;
	size_t outer = walk_outer(walk, &named);
	char *first = volumes_first(path, &further);

	if (first != NULL && (!named || is_asked_for(paths, first))) { /* read with it */
		free(first);
		return NULL;
	}
	struct document *document = document_new();
	struct part *part = document_add_part(document, path, path, -1, (uint64_t)status->st_size);

	part->found = *status;
	part->outer = label_outer(path, outer);
	part->named = named;
	document->name = document_file_name(status);
	document->missing = volumes_join(document, path);
	if (document->missing == NULL && further)
		document->missing = xstrdup("the first volume");
	if (!named && may_be_shut(path))
		add_notes(document, path, outer);
	add_log(document, path);
	free(first);
	return document;
}
