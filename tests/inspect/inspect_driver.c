/*
 * Plays the coordinator for one leaktrawl-inspect: sends it a set-up with a test watch-list and all of patterns/ and data/,
 * then jobs, and prints what comes back.
 *
 *     inspect_driver [OPTION] FILE...           one document job a file; findings as JSON lines
 *     inspect_driver [OPTION] -                 standard input as one document
 *     inspect_driver [OPTION] --check            every rule against its examples
 *     inspect_driver [OPTION] --self-test[=CALL] JOB_SELF_TEST
 *     inspect_driver [OPTION] --cases FILE...   labelled cases, answered in TAP
 *     inspect_driver [OPTION] --found FILE...   what is found in labelled cases, a JSON line each
 *     inspect_driver [OPTION] --sites FOLDER... saved pages of sites, answered in TAP
 *
 * --sandbox runs it behind its walls, --range BYTES reads each file in ranges of so many bytes, --bundle DIR reads all files as
 * one bundle of machine DIR, --head asks for the head, --test for the explanations of `rules test`,
 * --leak says that the source is a leak site, --data FOLDER takes patterns/ and data/ from there,
 * --volumes reads all files as volumes of one document, --coding NAME says how the body was encoded (as often as applied),
 * --posting TEXT came with the file, --type TYPE is its declared type, --resume MEMBER:OFFSET starts there,
 * --limit NAME=VALUE sets a limit. $LEAKTRAWL_VALGRIND is a command that the inspector is run under, without its walls.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits/limits.h"
#include "messages/channel.h"
#include "shared/mem.h"
#include "shared/worker.h"

#include "tests/inspect/driver.h"

static struct {
	bool sandbox, cases, found, sites, head, test, leak, check, self_test, volumes;
	uint64_t range, resume_member, resume_offset;
	bool resume;
	char *codings[8], *posting, *type, *limits[8];
	size_t coding_count, limit_count;
	const char *bundle;
	const char *attempt;
	const char *data;
} options = {.data = SOURCE_FOLDER};

static pid_t child;
static struct channel *channel;
static uint64_t jobs;

_Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("inspect_driver: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* ---- the worker ------------------------------------------------------------------------------- */

static void start_worker(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		fail("socketpair: %s", strerror(errno));
	child = fork();
	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child == 0) {
		const char *program = BUILD_FOLDER "/leaktrawl-inspect", *valgrind = getenv("LEAKTRAWL_VALGRIND");

		if (dup2(pair[1], WORKER_SOCKET) < 0)
			_exit(126);
		if (pair[1] == WORKER_SOCKET)
			fcntl(WORKER_SOCKET, F_SETFD, 0);
		if (valgrind != NULL)
			execlp("sh", "sh", "-c", "exec $LEAKTRAWL_VALGRIND \"$0\" --unsandboxed", program, NULL);
		execl(program, "leaktrawl-inspect", options.sandbox ? NULL : "--unsandboxed", NULL);
		_exit(127);
	}
	close(pair[1]);
	channel = channel_new(pair[0], PEER_INSPECT, false);
}

static void send_message(Lt__Envelope *message, int fd)
{
	enum channel_result result = channel_send(channel, message, fd);

	if (result != CHANNEL_OK)
		fail("the inspector does not listen: %s", result == CHANNEL_CLOSED ? "it is gone" : channel_why(channel));
}

static int memory_file(const void *data, size_t len)
{
	int fd = memfd_create("part", MFD_CLOEXEC);

	if (fd < 0 || (len > 0 && write(fd, data, len) != (ssize_t)len))
		fail("memfd: %s", strerror(errno));
	return fd;
}

/* ---- set-up ----------------------------------------------------------------------------------- */

static void send_config(void)
{
	static char domain[] = "royal-post.example", service_1[] = "login.microsoftonline.com", service_2[] = "okta.com";
	static char logon[] = "ROYALPOST", keyword[] = "Royal Post", ignored[] = "canary@royal-post.example", organisation[] = "Royal Post";
	static char *domains[] = {domain}, *services[] = {service_1, service_2}, *logons[] = {logon}, *keywords[] = {keyword};
	static char *ignore[] = {ignored};
	static char follow[] = "^http://site\\.example/p/";
	static char *follows[] = {follow};
	static struct {
		char name[40];
		bool staff;
	} roles[] = {{"access.royal-post.example", true}, {"vpn.royal-post.example", true}, {"mail.royal-post.example", true},
		{"hr.royal-post.example", true}, {"intranet.royal-post.example", true}, {"shop.royal-post.example", false},
		{"www.royal-post.example", false}};
	enum { ROLES = sizeof roles / sizeof roles[0] };
	static Lt__InspectConfig__Host hosts[ROLES];
	static Lt__InspectConfig__Host *host_list[ROLES];
	static uint8_t key[32] = {1, 2, 3};
	Lt__InspectConfig config = LT__INSPECT_CONFIG__INIT;
	Lt__InspectSetup setup = LT__INSPECT_SETUP__INIT;
	Lt__Envelope message = LT__ENVELOPE__INIT;

	for (size_t i = 0; i < ROLES; i++) {
		lt__inspect_config__host__init(&hosts[i]);
		hosts[i].name = roles[i].name;
		hosts[i].has_staff = true;
		hosts[i].staff = roles[i].staff;
		host_list[i] = &hosts[i];
	}
	config.organisation = organisation;
	config.n_domains = 1;
	config.domains = domains;
	config.n_hosts = ROLES;
	config.hosts = host_list;
	config.n_services = 2;
	config.services = services;
	config.n_logon_domains = 1;
	config.logon_domains = logons;
	config.n_keywords = 1;
	config.keywords = keywords;
	config.n_follow = 1;
	config.follow = follows;
	config.n_ignore = 1;
	config.ignore = ignore;
	config.has_fingerprint_key = true;
	config.fingerprint_key = (ProtobufCBinaryData){sizeof key, key};
	config.has_reveal = true;
	config.reveal = true;
	config.has_now_ms = true;
	config.now_ms = INT64_C(1780000000000); /* 2026-05-28: answers do not change with the calendar */
	Lt__InspectConfig__Limit limits[8], *limit_list[8];

	for (size_t i = 0; i < options.limit_count; i++) {
		lt__inspect_config__limit__init(&limits[i]);
		char *equals = strchr(options.limits[i], '=');

		if (equals == NULL)
			fail("--limit takes NAME=VALUE");
		*equals = '\0';
		limits[i].name = options.limits[i];
		limits[i].value = strtoull(equals + 1, NULL, 10);
		limit_list[i] = &limits[i];
	}
	config.n_limits = options.limit_count;
	config.limits = limit_list;
	size_t size = lt__inspect_config__get_packed_size(&config);
	uint8_t *packed = xmalloc(size);

	lt__inspect_config__pack(&config, packed);
	int fd = memory_file(packed, size);

	setup.sandbox = options.sandbox;
	message.body_case = LT__ENVELOPE__BODY_INSPECT_SETUP;
	message.inspect_setup = &setup;
	send_message(&message, fd);
	close(fd);
	free(packed);
}

static void send_file(const char *path, const char *name, Lt__SetupKind kind)
{
	Lt__SetupFile file = LT__SETUP_FILE__INIT;
	Lt__Envelope message = LT__ENVELOPE__INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s: %s", path, strerror(errno));
	file.kind = kind;
	file.name = (char *)(uintptr_t)name;
	file.has_shipped = true;
	file.shipped = true;
	message.body_case = LT__ENVELOPE__BODY_SETUP_FILE;
	message.setup_file = &file;
	send_message(&message, fd);
	close(fd);
}

static Lt__SetupKind kind_of(const char *folder, const char *name)
{
	static const struct {
		const char *name;
		Lt__SetupKind kind;
	} files[] = {{"hashes.yml", LT__SETUP_KIND__SETUP_HASHES}, {"cookies.yml", LT__SETUP_KIND__SETUP_COOKIES},
		{"keys.yml", LT__SETUP_KIND__SETUP_KEYS}, {"placeholders.yml", LT__SETUP_KIND__SETUP_PLACEHOLDERS},
		{"machines.yml", LT__SETUP_KIND__SETUP_MACHINES}, {"services.yml", LT__SETUP_KIND__SETUP_SERVICES}};

	if (strcmp(folder, "patterns") == 0)
		return LT__SETUP_KIND__SETUP_RULES;
	if (strcmp(folder, "data/sites") == 0)
		return LT__SETUP_KIND__SETUP_SITE;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (strcmp(files[i].name, name) == 0)
			return files[i].kind;
	return LT__SETUP_KIND__SETUP_OTHER;
}

static int is_yaml(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 4, ".yml") == 0;
}

static void send_folder(const char *folder)
{
	struct dirent **entries;
	char *path = xasprintf("%s/%s", options.data, folder);
	int count = scandir(path, &entries, is_yaml, alphasort);

	free(path);
	for (int i = 0; i < count; i++) {
		char *name = xasprintf("%s/%s", folder, entries[i]->d_name);

		path = xasprintf("%s/%s", options.data, name);
		send_file(path, name, kind_of(folder, entries[i]->d_name));
		free(path);
		free(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static Lt__Envelope *receive(void)
{
	Lt__Envelope *message;
	int fd = -1, status = 0;
	enum channel_result result = channel_receive(channel, &message, &fd);

	if (result == CHANNEL_OK)
		return message;
	waitpid(child, &status, 0);
	fail("the inspector is gone: %s (wait status 0x%x)", result == CHANNEL_BAD ? channel_why(channel) : "closed", (unsigned)status);
}

static void set_up(void)
{
	Lt__SetupEnd end = LT__SETUP_END__INIT;
	Lt__Envelope message = LT__ENVELOPE__INIT;

	send_config();
	send_folder("data");
	send_folder("patterns");
	send_folder("data/sites");
	message.body_case = LT__ENVELOPE__BODY_SETUP_END;
	message.setup_end = &end;
	send_message(&message, -1);
	for (bool ready = false; !ready;) {
		Lt__Envelope *answer = receive();

		if (answer->body_case == LT__ENVELOPE__BODY_LOG_LINE)
			fprintf(stderr, "# %s\n", answer->log_line->text);
		ready = answer->body_case == LT__ENVELOPE__BODY_READY;
		channel_message_free(answer);
	}
}

/* ---- jobs ------------------------------------------------------------------------------------- */

static Lt__JobPart part_of(const struct driver_job *job, size_t number)
{
	Lt__JobPart part = LT__JOB_PART__INIT;

	part.job = job->job.id;
	part.part = (uint32_t)number;
	part.path = job->parts[number].path;
	part.has_continues = true;
	part.continues = job->parts[number].continues;
	return part;
}

static void send_with_part(struct driver_job *job)
{
	Lt__Envelope message = LT__ENVELOPE__INIT;
	Lt__JobOfOne both = LT__JOB_OF_ONE__INIT;
	Lt__JobPart part = part_of(job, 0);

	both.job = &job->job;
	both.part = &part;
	message.body_case = LT__ENVELOPE__BODY_JOB_OF_ONE;
	message.job_of_one = &both;
	send_message(&message, job->parts[0].fd);
}

void job_send(struct driver_job *job)
{
	Lt__Envelope message = LT__ENVELOPE__INIT;

	job->job.id = ++jobs;
	job->job.parts = (uint32_t)job->count;
	if (job->count == 1) {
		send_with_part(job);
		return;
	}
	message.body_case = LT__ENVELOPE__BODY_JOB;
	message.job = &job->job;
	send_message(&message, -1);
	for (size_t i = 0; i < job->count; i++) {
		Lt__JobPart part = part_of(job, i);

		lt__envelope__init(&message);
		message.body_case = LT__ENVELOPE__BODY_JOB_PART;
		message.job_part = &part;
		send_message(&message, job->parts[i].fd);
	}
}

Lt__Envelope *job_next(void)
{
	for (;;) {
		Lt__Envelope *message = receive();

		if (message->body_case == LT__ENVELOPE__BODY_LOG_LINE)
			fprintf(stderr, "# %s\n", message->log_line->text);
		else if (message->body_case != LT__ENVELOPE__BODY_PROGRESS)
			return message;
		channel_message_free(message);
	}
}

int job_bytes(const void *data, size_t len)
{
	return memory_file(data, len);
}

/* Prints what a job answers until it is done. */
static void show_job(struct driver_job *job)
{
	Lt__Checkpoint resume = LT__CHECKPOINT__INIT;

	if (options.leak) {
		job->job.has_leak_context = true;
		job->job.leak_context = true;
	}
	job->job.n_content_encoding = options.coding_count;
	job->job.content_encoding = options.codings;
	job->job.posting_text = options.posting;
	job->job.content_type = options.type;
	resume.has_member = resume.has_offset = true;
	resume.member = options.resume_member;
	resume.offset = options.resume_offset;
	job->job.resume = options.resume ? &resume : NULL;
	job_send(job);
	for (bool done = false; !done;) {
		Lt__Envelope *message = job_next();
		json_t *json = message_json(message);

		json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		putchar('\n');
		json_decref(json);
		done = message->body_case == LT__ENVELOPE__BODY_JOB_DONE;
		channel_message_free(message);
	}
}

static int open_part(const char *path)
{
	if (strcmp(path, "-") != 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			fail("%s: %s", path, strerror(errno));
		return fd;
	}
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	char piece[65536];
	ssize_t got;

	while ((got = read(STDIN_FILENO, piece, sizeof piece)) > 0)
		if (write(fd, piece, (size_t)got) != got)
			fail("standard input does not fit into memory");
	return fd;
}

static void show_ranges(int fd, char *path)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		fail("%s: %s", path, strerror(errno));
	for (uint64_t at = 0; at < (uint64_t)status.st_size; at += options.range) {
		struct driver_part part = {fd, path, false};
		struct driver_job job = {LT__JOB__INIT, &part, 1};

		job.job.kind = LT__JOB_KIND__JOB_RANGE;
		job.job.has_range_start = true;
		job.job.range_start = at;
		job.job.has_range_end = true;
		job.job.range_end = at + options.range < (uint64_t)status.st_size ? at + options.range : (uint64_t)status.st_size;
		show_job(&job);
	}
}

static void show_together(char **paths, size_t count)
{
	struct driver_part *parts = xcalloc(count, sizeof *parts);
	struct driver_job job = {LT__JOB__INIT, parts, count};

	for (size_t i = 0; i < count; i++)
		parts[i] = (struct driver_part){open_part(paths[i]), paths[i], options.volumes && i > 0};
	job.job.kind = options.volumes ? LT__JOB_KIND__JOB_DOCUMENT : LT__JOB_KIND__JOB_BUNDLE;
	job.job.machine_dir = (char *)(uintptr_t)options.bundle;
	show_job(&job);
	for (size_t i = 0; i < count; i++)
		close(parts[i].fd);
	free(parts);
}

static void show_without_parts(Lt__JobKind kind)
{
	struct driver_job job = {LT__JOB__INIT, NULL, 0};

	job.job.kind = kind;
	job.job.attempt = (char *)(uintptr_t)options.attempt;
	show_job(&job);
}

static void show_file(char *path)
{
	struct driver_part part = {open_part(path), path, false};
	struct driver_job job = {LT__JOB__INIT, &part, 1};

	job.job.kind = options.head ? LT__JOB_KIND__JOB_HEAD : options.test ? LT__JOB_KIND__JOB_RULES_TEST : LT__JOB_KIND__JOB_DOCUMENT;
	if (options.range > 0)
		show_ranges(part.fd, path);
	else
		show_job(&job);
	close(part.fd);
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {{"sandbox", no_argument, NULL, 's'}, {"cases", no_argument, NULL, 'c'},
		{"found", no_argument, NULL, 'f'}, {"sites", no_argument, NULL, 'S'}, {"range", required_argument, NULL, 'r'},
		{"bundle", required_argument, NULL, 'b'}, {"head", no_argument, NULL, 'h'}, {"check", no_argument, NULL, 'k'},
		{"self-test", optional_argument, NULL, 'T'}, {"test", no_argument, NULL, 't'}, {"leak", no_argument, NULL, 'l'},
		{"data", required_argument, NULL, 'd'}, {"volumes", no_argument, NULL, 'v'}, {"coding", required_argument, NULL, 'e'},
		{"posting", required_argument, NULL, 'p'}, {"type", required_argument, NULL, 'y'}, {"resume", required_argument, NULL, 'u'},
		{"limit", required_argument, NULL, 'i'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 's':
			/* A build for sanitizers has no walls to stand behind. */
			options.sandbox = getenv("LEAKTRAWL_UNSANDBOXED") == NULL;
			break;
		case 'c':
			options.cases = true;
			break;
		case 'f':
			options.found = true;
			break;
		case 'S':
			options.sites = true;
			break;
		case 'r':
			options.range = strtoull(optarg, NULL, 10);
			break;
		case 'b':
			options.bundle = optarg;
			break;
		case 'T':
			options.self_test = true;
			options.attempt = optarg;
			break;
		case 'k':
			options.check = true;
			break;
		case 'h':
			options.head = true;
			break;
		case 't':
			options.test = true;
			break;
		case 'l':
			options.leak = true;
			break;
		case 'd':
			options.data = optarg;
			break;
		case 'v':
			options.volumes = true;
			break;
		case 'e':
			if (options.coding_count < sizeof options.codings / sizeof options.codings[0])
				options.codings[options.coding_count++] = optarg;
			break;
		case 'p':
			options.posting = optarg;
			break;
		case 'y':
			options.type = optarg;
			break;
		case 'u': {
			char *end;

			options.resume = true;
			options.resume_member = strtoull(optarg, &end, 10);
			options.resume_offset = *end == ':' ? strtoull(end + 1, NULL, 10) : 0;
			break;
		}
		case 'i':
			if (options.limit_count < sizeof options.limits / sizeof options.limits[0])
				options.limits[options.limit_count++] = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (optind == argc && !options.check && !options.self_test)
		fail("no file given");
}

int main(int argc, char **argv)
{
	int status = 0;

	read_options(argc, argv);
	start_worker();
	set_up();
	if (options.cases)
		status = cases_run(argv + optind, (size_t)(argc - optind));
	else if (options.found)
		status = cases_found(argv + optind, (size_t)(argc - optind));
	else if (options.sites)
		status = sites_run(argv + optind, (size_t)(argc - optind));
	else if (options.check)
		show_without_parts(LT__JOB_KIND__JOB_RULES_CHECK);
	else if (options.self_test)
		show_without_parts(LT__JOB_KIND__JOB_SELF_TEST);
	else if (options.bundle != NULL || options.volumes)
		show_together(argv + optind, (size_t)(argc - optind));
	else
		for (int i = optind; i < argc; i++)
			show_file(argv[i]);
	channel_free(channel);
	int wait_status = 0;

	waitpid(child, &wait_status, 0);
	if (wait_status != 0)
		fail("the inspector did not end well (wait status 0x%x)", (unsigned)wait_status);
	return status;
}
