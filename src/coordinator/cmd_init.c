#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/keys.h"
#include "config/trust.h"
#include "coordinator/commands.h"
#include "shared/install.h"
#include "shared/log.h"
#include "shared/mem.h"

struct init_options {
	const char *team_key;
};

static const struct option_row init_rows[] = {
	{"team-key", 0, OPTION_TEXT, offsetof(struct init_options, team_key), "FILE",
		"the team's public key, made on the team's machine;\nwithout it a key pair is made here", NULL},
	{NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL},
};

static const struct command_usage init_usage = {
	.operands = "DIR",
	.about = "Makes a folder with a commented configuration (leaktrawl.yml), an example of\n"
		 "a staff roster (staff.csv), the fingerprint key of an index to come and the\n"
		 "team's public key. Nothing that is there already is overwritten.\n\n"
		 "Secrets that are found are sealed with the team's public key; only the private\n"
		 "key opens them, and it should never be on a machine that crawls. So the best\n"
		 "way is to run init once on the team's machine, to keep team.key there, and to\n"
		 "bring its team.pub here with --team-key.\n",
	.options = init_rows,
	.least = 1,
	.most = 1,
};

enum init_file { FILE_CONFIG, FILE_STAFF, FILE_FINGERPRINT, FILE_PUBLIC, FILE_PRIVATE, FILES };
static const char *const file_names[FILES] = {"leaktrawl.yml", "staff.csv", "fingerprint.key", "team.pub", "team.key"};

struct init {
	const char *folder;
	char *paths[FILES];
	bool made[FILES];
	bool folder_made;
};

/* ---- the folder --------------------------------------------------------------------------------- */

static bool check_folder(const struct init *init)
{
	struct stat status;
	char *why;

	if (stat(init->folder, &status) != 0) {
		log_error("%s: %s", init->folder, strerror(errno));
		return false;
	}
	if (!S_ISDIR(status.st_mode)) {
		log_error("%s: is not a folder", init->folder);
		return false;
	}
	if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_error("%s: others may look into it: chmod 700 %s", init->folder, init->folder);
		return false;
	}
	why = trust_check(init->folder, TRUST_WRITERS);
	if (why != NULL)
		log_error("%s %s", init->folder, why);
	free(why);
	return why == NULL;
}

static bool make_folder(struct init *init)
{
	init->folder_made = mkdir(init->folder, 0700) == 0;
	if (!init->folder_made && errno != EEXIST) {
		log_error("%s: %s", init->folder, strerror(errno));
		return false;
	}
	return check_folder(init);
}

/* Better none at all than half a folder: everything is looked for before anything is made. */
static bool nothing_there(const struct init *init)
{
	bool clear = true;

	for (int i = 0; i < FILES; i++) {
		if (faccessat(AT_FDCWD, init->paths[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			log_error("%s is there already: nothing is overwritten", init->paths[i]);
			clear = false;
		}
	}
	return clear;
}

static void take_back(const struct init *init)
{
	for (int i = 0; i < FILES; i++)
		if (init->made[i])
			(void)unlink(init->paths[i]);
	if (init->folder_made)
		(void)rmdir(init->folder);
}

/* ---- the files ---------------------------------------------------------------------------------- */

static bool write_file(const char *path, const uint8_t *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good = fd >= 0;

	for (size_t at = 0; good && at < len;) {
		ssize_t written = write(fd, data + at, len - at);

		good = written >= 0 || errno == EINTR;
		at += written > 0 ? (size_t)written : 0;
	}
	good = good && fsync(fd) == 0;
	if (!good)
		log_error("%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* A file of data/init as it is. */
static bool copy_shipped(struct init *init, enum init_file file)
{
	char *what = xasprintf("data/init/%s", file_names[file]);
	char *path = install_data(what);
	char *why = NULL;
	size_t len;
	uint8_t *data = trust_read(path, TRUST_NOTHING, LIMIT_CONFIG_BYTES, &len, &why);

	if (data == NULL)
		log_error("%s %s", path, why);
	else
		init->made[file] = write_file(init->paths[file], data, len);
	free(data);
	free(why);
	free(path);
	free(what);
	return init->made[file];
}

static bool make_key(struct init *init, enum init_file file, enum key_kind kind, const uint8_t key[KEY_BYTES])
{
	init->made[file] = key_write(init->paths[file], kind, key);
	return init->made[file];
}

static bool make_fingerprint_key(struct init *init)
{
	uint8_t key[KEY_BYTES];
	bool good;

	randombytes_buf(key, sizeof key);
	good = make_key(init, FILE_FINGERPRINT, KEY_FINGERPRINT, key);
	mem_wipe(key, sizeof key);
	return good;
}

static bool make_team_pair(struct init *init)
{
	uint8_t public_key[KEY_BYTES], private_key[KEY_BYTES];
	bool good = crypto_box_keypair(public_key, private_key) == 0 && make_key(init, FILE_PUBLIC, KEY_TEAM_PUBLIC, public_key) &&
		    make_key(init, FILE_PRIVATE, KEY_TEAM_PRIVATE, private_key);

	mem_wipe(private_key, sizeof private_key);
	return good;
}

static bool take_team_key(struct init *init, const char *path)
{
	uint8_t key[KEY_BYTES];

	return key_read(path, KEY_TEAM_PUBLIC, key) && make_key(init, FILE_PUBLIC, KEY_TEAM_PUBLIC, key);
}

static bool make_files(struct init *init, const struct init_options *options)
{
	return nothing_there(init) && copy_shipped(init, FILE_CONFIG) && copy_shipped(init, FILE_STAFF) && make_fingerprint_key(init) &&
	       (options->team_key != NULL ? take_team_key(init, options->team_key) : make_team_pair(init));
}

static void say_what_is_next(const struct init *init)
{
	log_info("made %s", init->folder);
	if (init->made[FILE_PRIVATE])
		log_warning("%s opens every secret that will be found: move it to the team's machine, with a copy in a safe, and leave "
			    "none here",
			init->paths[FILE_PRIVATE]);
	log_info("next: put what is yours into %s and %s, then", init->paths[FILE_CONFIG], init->paths[FILE_STAFF]);
	log_info("      leaktrawl doctor --config %s", init->paths[FILE_CONFIG]);
}

int cmd_init(struct command_context *context, int argc, char **argv)
{
	struct init_options options = {NULL};
	struct init init = {0};
	bool good;

	if (!command_begin(context, &init_usage, &options, &argc, &argv))
		return context->status;
	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	init.folder = argv[0];
	for (int i = 0; i < FILES; i++)
		init.paths[i] = xasprintf("%s/%s", init.folder, file_names[i]);
	good = make_folder(&init) && make_files(&init, &options);
	if (good)
		say_what_is_next(&init);
	else
		take_back(&init);
	for (int i = 0; i < FILES; i++)
		free(init.paths[i]);
	return good ? STATUS_DONE : STATUS_ERROR;
}
