#include "coordinator/bundle.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "limits/limits.h"
#include "shared/mem.h"

static bool known(const struct document *document, const char *machine_dir)
{
	for (const struct reading_piece *piece = document->pieces; piece != NULL; piece = piece->next)
		if (piece->machine_key != NULL && strcmp(piece->machine_key, machine_dir) == 0)
			return true;
	return false;
}

bool bundle_is_folder(const struct document *document, const char *machine_dir)
{
	const struct part *part = &document->parts[0];

	/* Nothing that was not asked for: an inspector may name what it likes. */
	size_t len = strlen(machine_dir);

	return len > 0 && machine_dir[len - 1] == '/' && document->parts_count - document->notes_count == 1 && part->file != NULL &&
	       !part->named && len >= part->outer && strncmp(part->label, machine_dir, len) == 0;
}

/* The folder that machine_dir, the beginning of the label, is of the file. A label has the slashes of its file, whatever else it shows. */
static char *folder_of(const struct part *part, const char *machine_dir)
{
	const char *end = part->file;

	for (; *machine_dir != '\0'; machine_dir++)
		if (*machine_dir == '/' && strchr(end, '/') != NULL)
			end = strchr(end, '/') + 1;
	return xstrndup(part->file, (size_t)(end - part->file));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Where not all files fit: those come first whose names promise secrets, or tell of the machine. */
static bool is_promising(const char *path)
{
	static const char *const words[] = {"pass", "login", "cred", "cookie", "token", "auth", "vault", "key", "account", "information",
		"system", "sysinfo", "userinfo", "ftp", "vpn", "rdp", "ssh", "mail", "outlook", "discord", "parol", "wallet"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasestr(path, words[i]) != NULL)
			return true;
	return false;
}

static void add_file(struct reading_piece *piece, const FTSENT *entry, size_t outer)
{
	struct part *part;

	piece->parts = xreallocarray(piece->parts, piece->parts_count + 1, sizeof *piece->parts);
	part = &piece->parts[piece->parts_count++];
	*part = (struct part){
		.label = label_of_file(entry->fts_path, strlen(entry->fts_path)),
		.file = xstrdup(entry->fts_path),
		.fd = -1,
		.found = *entry->fts_statp,
		.size = (uint64_t)entry->fts_statp->st_size,
		.outer = outer,
	};
}

/* Where the system allows a process few descriptors, a bundle takes few of them. */
static size_t parts_most(void)
{
	struct rlimit limit;
	size_t spare = LIMIT_WORKER_DESCRIPTORS - LIMIT_BUNDLE_PARTS;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= 2 * LIMIT_WORKER_DESCRIPTORS)
		return LIMIT_BUNDLE_PARTS;
	return limit.rlim_max / 2 > spare + 1 ? limit.rlim_max / 2 - spare : 1;
}

static void take_files(struct reading_piece *piece, const char *folder, size_t outer, bool promising)
{
	char *root = xstrndup(folder, strlen(folder) - 1);
	char *roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t most = parts_most(), looked = 0;
	FTSENT *entry;

	while (walk != NULL && looked < LIMIT_BUNDLE_FILES && (entry = fts_read(walk)) != NULL) {
		if (entry->fts_info != FTS_F || entry->fts_statp->st_size == 0)
			continue;
		looked++;
		if (is_promising(entry->fts_path + strlen(root)) != promising)
			continue;
		if (piece->parts_count < most)
			add_file(piece, entry, outer);
		else
			piece->left_out++;
	}
	if (walk != NULL)
		fts_close(walk);
	free(root);
}

struct reading_piece *bundle_add(struct document *document, const char *machine_dir)
{
	struct reading_piece *piece;

	if (machine_dir == NULL || known(document, machine_dir))
		return NULL;
	piece = document_add_piece(document, LT__JOB_KIND__JOB_BUNDLE);
	piece->machine_key = xstrdup(machine_dir);
	piece->machine_dir = xstrdup(machine_dir);
	if (bundle_is_folder(document, machine_dir)) {
		char *folder = folder_of(&document->parts[0], machine_dir);

		take_files(piece, folder, document->parts[0].outer, true);
		take_files(piece, folder, document->parts[0].outer, false);
		free(folder);
	}
	return piece;
}
