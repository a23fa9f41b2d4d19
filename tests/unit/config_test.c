/*
 * Cases: tests/config/good/NAME.yml loads; tests/config/bad/NAME.yml gives exactly the faults in NAME.expected.
 * Each is read as leaktrawl.yml in a folder with the files of tests/config/files; @FOLDER@ is that folder.
 */
#include "config/config.h"
#include "config/trust.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shared/buf.h"
#include "shared/escape.h"
#include "shared/mem.h"
#include "shared/yaml.h"

enum { LARGEST_FILE = 1024 * 1024 };

static char *folder;
static char *config_path;

/* ---- files -------------------------------------------------------------------------------------- */

static void read_file(const char *path, struct buf *content)
{
	FILE *file = fopen(path, "r");
	char block[4096];
	size_t got;

	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	buf_init(content, LARGEST_FILE);
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		assert_true(buf_append(content, block, got));
	(void)fclose(file);
}

static void write_file(const char *path, const char *data, size_t len, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Replaces every from in text. */
static void replace_all(struct buf *text, const char *from, const char *with)
{
	struct buf out;
	size_t at = 0;

	buf_init(&out, LARGEST_FILE);
	while (at < text->len) {
		const char *found = memmem(text->data + at, text->len - at, from, strlen(from));
		size_t end = found != NULL ? (size_t)(found - (const char *)text->data) : text->len;

		assert_true(buf_append(&out, text->data + at, end - at));
		assert_true(found == NULL || buf_append_text(&out, with));
		at = found != NULL ? end + strlen(from) : end;
	}
	buf_free(text);
	*text = out;
}

static char *source_path(const char *name)
{
	return xasprintf("%s/tests/config/%s", getenv("LEAKTRAWL_SOURCE"), name);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	struct buf content;

	read_file(from, &content);
	replace_all(&content, "@FOLDER@", folder);
	write_file(to, buf_text(&content), content.len, mode);
	buf_free(&content);
}

static void copy_folder(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char *source = xasprintf("%s/%s", from, entry->d_name);
		char *target = xasprintf("%s/%s", to, entry->d_name);
		struct stat status;

		assert_int_equal(stat(source, &status), 0);
		if (S_ISREG(status.st_mode)) {
			copy_file(source, target, strcmp(entry->d_name, "page-soc") == 0 ? 0700 : 0600);
		} else if (entry->d_name[0] != '.') {
			assert_int_equal(mkdir(target, 0700), 0);
			copy_folder(source, target);
		}
		free(source);
		free(target);
	}
	(void)closedir(dir);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static int make_folder(void **state)
{
	char *files = source_path("files");

	(void)state;
	folder = xstrdup("/tmp/leaktrawl-config-XXXXXX");
	assert_non_null(mkdtemp(folder));
	config_path = xasprintf("%s/leaktrawl.yml", folder);
	copy_folder(files, folder);
	free(files);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
	free(config_path);
	return 0;
}

/* ---- cases -------------------------------------------------------------------------------------- */

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".yml") == 0;
}

/* As it comes on the terminal. */
static void append_fault(struct buf *text, const struct fault *fault)
{
	char *shown = escape_dup(fault->text, strlen(fault->text), LARGEST_FILE);

	assert_true(buf_append_text(text, fault->file));
	assert_true(fault->line == 0 || buf_printf(text, ":%u", fault->line));
	assert_true(fault->column == 0 || buf_printf(text, ":%u", fault->column));
	assert_true(buf_printf(text, ": %s\n", shown));
	free(shown);
}

/* Every fault in one text, the folder's name left out. */
static struct buf faults_text(const struct faults *faults)
{
	struct buf text;
	char *prefix = xasprintf("%s/", folder);

	buf_init(&text, LARGEST_FILE);
	for (size_t i = 0; i < faults->count; i++)
		append_fault(&text, &faults->list[i]);
	replace_all(&text, prefix, "");
	free(prefix);
	return text;
}

static struct config *load_case(const char *kind, const char *name, struct faults *faults)
{
	char *relative = xasprintf("%s/%s", kind, name);
	char *path = source_path(relative);
	struct config *config;

	copy_file(path, config_path, 0600);
	config = config_read(config_path, faults);
	free(path);
	free(relative);
	return config;
}

static unsigned check_good(const char *name)
{
	struct faults faults = {NULL, 0};
	struct config *config = load_case("good", name, &faults);
	struct buf text = faults_text(&faults);

	if (config == NULL)
		print_error("good/%s:\n%s", name, buf_text(&text));
	unsigned wrong = config == NULL;

	buf_free(&text);
	faults_free(&faults);
	config_free(config);
	return wrong;
}

static unsigned check_bad(const char *name)
{
	char *expected_name = xasprintf("bad/%.*s.expected", (int)(strlen(name) - 4), name);
	char *expected_path = source_path(expected_name);
	struct faults faults = {NULL, 0};
	struct config *config = load_case("bad", name, &faults);
	struct buf text = faults_text(&faults);
	struct buf expected;
	unsigned wrong;

	read_file(expected_path, &expected);
	wrong = config != NULL || strcmp(buf_text(&text), buf_text(&expected)) != 0;
	if (wrong != 0)
		print_error("bad/%s:\n%s", name, buf_text(&text));
	buf_free(&expected);
	buf_free(&text);
	faults_free(&faults);
	config_free(config);
	free(expected_path);
	free(expected_name);
	return wrong;
}

/* Runs check over the cases of a folder, all of them, and says how many there were. */
static int each_case(const char *kind, unsigned (*check)(const char *name))
{
	char *path = source_path(kind);
	struct dirent **entries;
	int count = scandir(path, &entries, is_case, alphasort);
	unsigned wrong = 0;

	for (int i = 0; i < count; i++) {
		wrong += check(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(path);
	assert_int_equal(wrong, 0);
	return count;
}

static void reads_every_good_case(void **state)
{
	(void)state;
	assert_true(each_case("good", check_good) >= 5);
}

static void names_every_fault_of_every_bad_case(void **state)
{
	(void)state;
	assert_true(each_case("bad", check_bad) >= 40);
}

/* ---- what is read ------------------------------------------------------------------------------- */

static struct config *load_good(const char *name)
{
	struct faults faults = {NULL, 0};
	struct config *config = load_case("good", name, &faults);

	faults_free(&faults);
	assert_non_null(config);
	return config;
}

static void assert_in_folder(const char *path, const char *name)
{
	char *expected = xasprintf("%s/%s", folder, name);

	assert_string_equal(path, expected);
	free(expected);
}

static void assert_texts(char *const *texts, size_t count, const char *const *expected, size_t expected_count)
{
	assert_int_equal(count, expected_count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(texts[i], expected[i]);
}
#define ASSERT_TEXTS(texts, count, ...) \
	assert_texts(texts, count, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void reads_the_top(void **state)
{
	struct config *config = load_good("full.yml");

	(void)state;
	assert_string_equal(config->organisation, "Royal Post");
	assert_in_folder(config->index_path, "data/index.db");
	assert_in_folder(config->fingerprint_path, "fingerprint.key");
	assert_in_folder(config->public_keys[0], "team.pub");
	assert_string_equal(config->public_keys[1], "/etc/leaktrawl/second.pub");
	assert_int_equal(config->public_keys_count, 2);
	assert_in_folder(config->rules[0], "extra-rules.yml");
	ASSERT_TEXTS(config->archive_passwords, config->archive_passwords_count, "infected", "a b");
	assert_int_equal(config->limits.fetch_bytes, 32 << 20);
	assert_int_equal(config->limits.progress_ms, 90000);
	assert_int_equal(config->limits.redirects, 3);
	assert_int_equal(config->limits.fetch_attempts, 4);
	config_free(config);
}

static void reads_proxies_of_one_name_as_a_pool(void **state)
{
	struct config *config = load_good("proxy-pool.yml");
	const struct proxy *tor = config_proxy(config, "tor");

	(void)state;
	assert_int_equal(config->proxies_count, 5);
	assert_int_equal(config_proxy_pool(config, tor), 2);
	assert_int_equal(tor[0].port, 9050);
	assert_int_equal(tor[0].parallel, 8);
	assert_int_equal(tor[1].port, 9052);
	assert_string_equal(tor[1].name, "tor");
	assert_int_equal(tor[1].parallel, 32);
	assert_int_equal(config_proxy_pool(config, config_proxy(config, "paid")), 2);
	assert_int_equal(config_proxy_pool(config, config_proxy(config, "one")), 1);
	assert_int_equal(config_proxy_pool(config, config_proxy(config, "direct")), 1);
	assert_int_equal(config->sources[0].parallel, 4);
	assert_true(config->sources[0].clear_web);
	assert_int_equal(config->sources[1].parallel, 0);
	assert_false(config->sources[1].clear_web);
	config_free(config);
}

static void reads_lists_of_addresses(void **state)
{
	struct config *config = load_good("start-list.yml");
	const struct source *boards = &config->sources[0];

	(void)state;
	ASSERT_TEXTS(boards->start, boards->start_count, "https://first.example/",
		"http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/",
		"http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/board?page=1", "https://leaks.example/list",
		"http://leaks.example/");
	assert_true(config_source_names(boards, "leaks.example", 80));
	assert_true(config_source_names(boards, "leaks.example", 443));
	assert_true(config_source_names(boards, "first.example", 443));
	assert_false(config_source_names(boards, "first.example", 80));
	assert_false(config_source_names(boards, "leaks.exampl", 443));
	assert_false(config_start_is_private(boards, 1));
	assert_true(config_start_is_private(&config->sources[1], 0));
	config_free(config);
}

static void reads_the_watch_list(void **state)
{
	struct config *config = load_good("full.yml");
	const struct watch *watch = &config->watch;

	(void)state;
	ASSERT_TEXTS(watch->domains, watch->domains_count, "royal-post.example", "xn--bcher-kva.example", "xn--strae-oqa.example");
	assert_int_equal(watch->hosts_count, 5);
	assert_string_equal(watch->hosts[0].name, "access.royal-post.example");
	assert_true(watch->hosts[0].staff);
	assert_string_equal(watch->hosts[1].name, "shop.royal-post.example");
	assert_false(watch->hosts[1].staff);
	assert_string_equal(watch->hosts[3].name, "93.184.216.34");
	ASSERT_TEXTS(watch->services, watch->services_count, "login.microsoftonline.com", "okta.com");
	ASSERT_TEXTS(watch->ignore, watch->ignore_count, "old.account@royal-post.example", "svc_backup");
	ASSERT_TEXTS(watch->canaries, watch->canaries_count, "canary@mail.royal-post.example");
	assert_int_equal(watch->staff_count, 2);
	assert_string_equal(watch->staff[0].address, "j.doe@royal-post.example");
	assert_string_equal(watch->staff[0].name, "Doe, Jane");
	assert_string_equal(watch->staff[0].team, "IT");
	assert_true(watch->staff[0].privileged);
	assert_string_equal(watch->staff[1].address, "r.roe@royal-post.example");
	assert_null(watch->staff[1].team);
	assert_false(watch->staff[1].privileged);
	config_free(config);
}

static void reads_a_roster_as_spreadsheets_write_it(void **state)
{
	struct config *config = load_good("staff-alone.yml");
	const struct watch *watch = &config->watch;

	(void)state;
	assert_int_equal(watch->staff_count, 2);
	assert_string_equal(watch->staff[0].address, "j.gross@xn--bcher-kva.example");
	assert_false(watch->staff[0].privileged);
	assert_string_equal(watch->staff[1].name, "Doe; \"Jane\"");
	assert_true(watch->staff[1].privileged);
	config_free(config);
}

static void reads_proxies_and_sources(void **state)
{
	struct config *config = load_good("full.yml");
	const struct proxy *paid = config_proxy(config, "paid");
	const struct source *paste = config_source(config, "example-paste");
	const struct source *plain = config_source(config, "plain-site");

	(void)state;
	assert_int_equal(config_proxy(config, "tor")->isolate, ISOLATE_HOST);
	assert_int_equal(config_proxy(config, "old")->scheme, PROXY_IS_SOCKS5);
	assert_int_equal(paid->scheme, PROXY_IS_HTTP);
	assert_string_equal(paid->host, "2001:db8::1");
	assert_int_equal(paid->port, 8080);
	assert_string_equal(paid->user, "user@x");
	assert_string_equal(paid->password, "p:w");
	assert_int_equal(config_proxy(config, "direct")->scheme, PROXY_DIRECT);
	assert_null(config_proxy(config, "nobody"));
	ASSERT_TEXTS(paste->start, paste->start_count, "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/recent");
	assert_int_equal(paste->every_ms, 30 * 60 * 1000);
	assert_true(paste->enabled);
	assert_false(paste->leak_context);
	ASSERT_TEXTS(plain->start, plain->start_count, "https://leaks.example/", "http://127.0.0.1:8080/b");
	ASSERT_TEXTS(plain->follow, plain->follow_count, "^https://leaks\\.example/p/");
	assert_int_equal(plain->depth, 2);
	assert_int_equal(plain->delay_ms, 500);
	assert_int_equal(plain->max_pages, 10);
	assert_true(plain->leak_context);
	assert_false(plain->enabled);
	assert_null(config_source(config, "nobody"));
	config_free(config);
}

static void reads_hooks(void **state)
{
	struct config *config = load_good("full.yml");
	const struct hook *soc = config_hook(config, "soc");
	const struct hook *siem = config_hook(config, "siem");

	(void)state;
	assert_in_folder(soc->exec[0], "page-soc");
	assert_int_equal(soc->exec_count, 2);
	assert_int_equal(soc->min_severity, SEVERITY_HIGH);
	assert_true(soc->customers);
	assert_true(soc->every_run);
	assert_string_equal(siem->webhook, "https://siem.example/in");
	assert_in_folder(siem->secret_file, "siem.key");
	assert_int_equal(siem->min_severity, SEVERITY_INFO);
	assert_false(siem->customers);
	assert_null(config_hook(config, "nobody"));
	config_free(config);
}

static void uses_defaults_for_what_is_left_out(void **state)
{
	struct config *config = load_good("least.yml");

	(void)state;
	assert_in_folder(config->index_path, "index.db");
	assert_null(config->fingerprint_path);
	assert_int_equal(config->limits.fetch_bytes, UINT64_C(64) << 20);
	assert_int_equal(config->sources_count + config->hooks_count + config->proxies_count, 0);
	config_free(config);
}

static void finds_site_descriptions_beside_the_configuration(void **state)
{
	struct config *config = load_good("least.yml");
	char *path = config_site_path(config, "example-paste");

	(void)state;
	assert_in_folder(path, "sites/example-paste.yml");
	free(path);
	assert_null(config_site_path(config, "nobody"));
	config_free(config);
}

/* ---- who may write it ---------------------------------------------------------------------------- */

static void expect_refused(const char *path, const char *reason)
{
	struct faults faults = {NULL, 0};
	struct config *config = config_read(path, &faults);

	assert_null(config);
	assert_int_equal(faults.count, 1);
	if (strstr(faults.list[0].text, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", faults.list[0].text, reason);
	faults_free(&faults);
}

static void refuses_a_file_that_others_can_write(void **state)
{
	(void)state;
	config_free(load_good("least.yml"));
	assert_int_equal(chmod(config_path, 0620), 0);
	expect_refused(config_path, "can be written by others: chmod go-w");
	assert_int_equal(chmod(config_path, 0602), 0);
	expect_refused(config_path, "can be written by others: chmod go-w");
	assert_int_equal(chmod(config_path, 0644), 0);
	config_free(config_read(config_path, &(struct faults){NULL, 0}));
}

static void refuses_a_folder_that_others_can_write(void **state)
{
	(void)state;
	config_free(load_good("least.yml"));
	assert_int_equal(chmod(folder, 0770), 0);
	expect_refused(config_path, "where others can write: chmod go-w");
	assert_int_equal(chmod(folder, 0700), 0);
}

static void refuses_what_is_no_file(void **state)
{
	char *link = xasprintf("%s/dangling.yml", folder);

	(void)state;
	expect_refused(folder, "is not a regular file");
	expect_refused("/dev/null", "is not a regular file");
	expect_refused("/no/such/leaktrawl.yml", "No such file");
	assert_int_equal(symlink("/no/such/file", link), 0);
	expect_refused(link, "No such file");
	free(link);
}

static void refuses_a_file_of_somebody_else(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	config_free(load_good("least.yml"));
	assert_int_equal(chown(config_path, 65534, 65534), 0);
	expect_refused(config_path, "belongs to user 65534");
	assert_int_equal(unlink(config_path), 0);
}

static void refuses_a_roster_or_hook_that_others_can_write(void **state)
{
	static const char *const names[] = {"staff.csv", "page-soc", "extra-rules.yml"};

	(void)state;
	config_free(load_good("full.yml"));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *path = xasprintf("%s/%s", folder, names[i]);

		assert_int_equal(chmod(path, 0722), 0);
		expect_refused(config_path, "can be written by others: chmod go-w");
		assert_int_equal(chmod(path, 0700), 0);
		free(path);
	}
}

static void refuses_secrets_that_others_can_read(void **state)
{
	char *secret = xasprintf("%s/siem.key", folder);

	(void)state;
	config_free(load_good("full.yml"));
	assert_int_equal(chmod(config_path, 0644), 0);
	expect_refused(config_path, "password can be read by others: chmod 600");
	assert_int_equal(chmod(config_path, 0600), 0);
	assert_int_equal(chmod(secret, 0644), 0);
	struct faults faults = {NULL, 0};
	assert_null(config_read(config_path, &faults));
	assert_int_equal(faults.count, 2);
	assert_non_null(strstr(faults.list[0].text, "can be read by others: chmod 600"));
	faults_free(&faults);
	assert_int_equal(chmod(secret, 0600), 0);
	free(secret);
}

static void a_group_may_read_what_is_roots_alone(void **state)
{
	struct stat status = {.st_uid = 0, .st_gid = getegid(), .st_mode = S_IFREG | 0640};

	(void)state;
	assert_true(trust_private(&status));
	status.st_mode = S_IFREG | 0644;
	assert_false(trust_private(&status));
	status.st_mode = S_IFREG | 0660;
	assert_false(trust_private(&status));
	status.st_mode = S_IFREG | 0640;
	status.st_uid = 1000;
	assert_false(trust_private(&status));
	status.st_uid = 0;
	status.st_gid = getegid() + 1;
	assert_int_equal(trust_private(&status), geteuid() == 0);
}

static void looks_where_it_is_told_and_nowhere_else(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(setenv("LEAKTRAWL_CONFIG", "/from/environment.yml", 1), 0);
	assert_string_equal(config_find("given.yml", &why), "given.yml");
	assert_string_equal(config_find(NULL, &why), "/from/environment.yml");
	assert_int_equal(setenv("LEAKTRAWL_CONFIG", "leaktrawl.yml", 1), 0);
	assert_null(config_find(NULL, &why));
	assert_non_null(strstr(why, "absolute"));
	assert_int_equal(setenv("LEAKTRAWL_CONFIG", "", 1), 0);
	assert_string_equal(config_find(NULL, &why), SYSCONFDIR "/leaktrawl/leaktrawl.yml");
	assert_int_equal(unsetenv("LEAKTRAWL_CONFIG"), 0);
	assert_string_equal(config_find(NULL, &why), SYSCONFDIR "/leaktrawl/leaktrawl.yml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_good_case),
		cmocka_unit_test(names_every_fault_of_every_bad_case),
		cmocka_unit_test(reads_the_top),
		cmocka_unit_test(reads_proxies_of_one_name_as_a_pool),
		cmocka_unit_test(reads_lists_of_addresses),
		cmocka_unit_test(reads_the_watch_list),
		cmocka_unit_test(reads_a_roster_as_spreadsheets_write_it),
		cmocka_unit_test(reads_proxies_and_sources),
		cmocka_unit_test(reads_hooks),
		cmocka_unit_test(uses_defaults_for_what_is_left_out),
		cmocka_unit_test(finds_site_descriptions_beside_the_configuration),
		cmocka_unit_test(refuses_a_file_that_others_can_write),
		cmocka_unit_test(refuses_a_folder_that_others_can_write),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(refuses_a_file_of_somebody_else),
		cmocka_unit_test(refuses_a_roster_or_hook_that_others_can_write),
		cmocka_unit_test(a_group_may_read_what_is_roots_alone),
		cmocka_unit_test(refuses_secrets_that_others_can_read),
		cmocka_unit_test(looks_where_it_is_told_and_nowhere_else),
	};

	return cmocka_run_group_tests_name("config", tests, make_folder, remove_folder);
}
