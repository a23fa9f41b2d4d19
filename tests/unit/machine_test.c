/* data/machines.yml: classes of files, folders of machines, system information. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/records/machine_data.h"
#include "tests/unit/data_support.h"

#define PLACE(text) (&(struct machine_place){.path = (text)})

static struct machines *machines;
static struct faults faults;
static struct yaml_file *file;

static enum member_class class_named(const char *name)
{
	static const char *const names[] = {"plain", "passwords", "cookies", "autofill", "system", "trap", "grabbed", "cards", "context"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (enum member_class)i;
	fail_msg("no class %s", name);
	return MEMBER_PLAIN;
}

static void every_example_of_a_path_has_its_class_and_no_near_miss_has(void **state)
{
	(void)state;
	const struct yaml *rows = yaml_get(file->root, "classes");
	unsigned wrong = 0;

	faults_none(&faults);
	for (size_t i = 0; i < yaml_count(rows); i++) {
		const struct yaml *row = yaml_at(rows, i);
		enum member_class class = class_named(yaml_text(yaml_get(row, "class")));

		for (size_t e = 0; e < yaml_count(yaml_get(row, "examples")); e++) {
			const char *path = yaml_text(yaml_at(yaml_get(row, "examples"), e));

			if (machines_path_class(machines, PLACE(path)) != class) {
				print_message("# %s is %d\n", path, (int)machines_path_class(machines, PLACE(path)));
				wrong++;
			}
		}
		for (size_t e = 0; e < yaml_count(yaml_get(row, "near_misses")); e++)
			wrong += machines_path_class(machines, PLACE(yaml_text(yaml_at(yaml_get(row, "near_misses"), e)))) == class;
	}
	assert_int_equal(wrong, 0);
}

static void every_example_of_a_folder_is_known_as_a_machines(void **state)
{
	(void)state;
	const struct yaml *rows = yaml_get(file->root, "folders");
	struct slice groups[EXPRESSION_GROUPS];

	for (size_t i = 0; i < yaml_count(rows); i++) {
		const struct yaml *list = yaml_get(yaml_at(rows, i), "examples");

		for (size_t e = 0; e < yaml_count(list); e++)
			assert_non_null(machine_folder_match(machines, yaml_slice(yaml_at(list, e)), groups));
	}
	assert_null(machine_folder_match(machines, SLICE_TEXT("combolists"), groups));
	assert_null(machine_folder_match(machines, SLICE_TEXT("2024-07-04"), groups));
	assert_null(machine_folder_match(machines, SLICE_TEXT("de_project"), groups));
}

static void the_folder_of_a_machine_ends_where_its_own_folders_begin(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		const char *dir;
	} cases[] = {
		{"logs.zip!/PC-7/Browsers/Cookies/Chrome.txt", "logs.zip!/PC-7/"},
		{"logs.zip!/PC-7/Passwords.txt", "logs.zip!/PC-7/"},
		{"logs.zip!/pack/PC-7/Cookies/Google_[Chrome]_Default/x.txt", "logs.zip!/pack/PC-7/"},
		{"PC-7.zip!/Passwords.txt", "PC-7.zip!/"},
		{"PC-7.zip!/Cookies/a.txt", "PC-7.zip!/"},
		{"logs.rar!/PC-7/FileGrabber/Desktop/notes.txt", "logs.rar!/PC-7/"},
		{"DE_203.0.113.4/Documents/notes.txt", "DE_203.0.113.4/"},
		{"Downloads/logs.zip!/X/UserInformation.txt", "Downloads/logs.zip!/X/"},
		{"Passwords.txt", ""},
		{"Cookies/a.txt", ""},
		{"dumps/combo.txt", ""},
		{"dumps/credentials.txt", ""},
		{"home/u/Documents/leak.txt", ""},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = machines_dir_of(machines, PLACE(cases[i].path));

		if (len != strlen(cases[i].dir))
			print_message("# %s gives %.*s\n", cases[i].path, (int)len, cases[i].path);
		assert_int_equal(len, strlen(cases[i].dir));
		assert_memory_equal(cases[i].path, cases[i].dir, len);
	}
}

static void nothing_above_the_folder_that_was_asked_for_is_a_machine(void **state)
{
	static const struct {
		const char *asked, *below;
		bool named;
		const char *dir;
		enum member_class class;
	} cases[] = {
		{"/home/u/cookies/", "PC-7/Passwords.txt", false, "/home/u/cookies/PC-7/", MEMBER_PASSWORDS},
		{"/home/u/cards/", "dump.txt", false, "", MEMBER_PLAIN},
		{"/home/u/FileGrabber/", "logs/PC-7/Cookies/a.txt", false, "/home/u/FileGrabber/logs/PC-7/", MEMBER_COOKIES},
		{"/srv/software/", "lists/combo.txt", false, "", MEMBER_PLAIN},
		{"/srv/PC-7/", "Passwords.txt", false, "/srv/PC-7/", MEMBER_PASSWORDS},
		{"/srv/PC-7/", "Cookies/Chrome.txt", false, "/srv/PC-7/", MEMBER_COOKIES},
		{"/srv/DE_203.0.113.4/", "notes.txt", false, "/srv/DE_203.0.113.4/", MEMBER_PLAIN},
		{"/srv/PC-7/", "Passwords.txt", true, "/srv/PC-7/", MEMBER_PASSWORDS},
		{"/srv/wallet/", "wordlist.txt", true, "", MEMBER_PLAIN},
		{"/srv/", "wordlist.txt", false, "", MEMBER_TRAP},
		{"http://paste.example/cookies/", "x.txt", true, "", MEMBER_PLAIN},
		{"http://paste.example/raw/", "passwords.txt", true, "", MEMBER_PASSWORDS},
		{"http://paste.example/", "logs.zip!/PC-7/Passwords.txt", true, "http://paste.example/logs.zip!/PC-7/", MEMBER_PASSWORDS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[200];
		const struct machine_place place = {path, strlen(cases[i].asked), cases[i].named};

		snprintf(path, sizeof path, "%s%s", cases[i].asked, cases[i].below);
		size_t len = machines_dir_of(machines, &place);

		if (len != strlen(cases[i].dir) || machines_path_class(machines, &place) != cases[i].class)
			print_message("# %s gives %.*s\n", path, (int)len, path);
		assert_int_equal(len, strlen(cases[i].dir));
		assert_memory_equal(path, cases[i].dir, len);
		assert_int_equal(machines_path_class(machines, &place), cases[i].class);
	}
}

static void lists_that_are_called_passwords_are_no_evidence_of_a_machine(void **state)
{
	(void)state;
	assert_false(machines_path_evident(machines, PLACE("combos/Passwords.txt")));
	assert_false(machines_path_evident(machines, PLACE("combos/cookies.txt")));
	assert_false(machines_path_evident(machines, PLACE("combos/VPN/list.txt")));
	assert_false(machines_path_evident(machines, PLACE("combos/list.txt")));
	assert_true(machines_path_evident(machines, PLACE("PC-7/UserInformation.txt")));
	assert_true(machines_path_evident(machines, PLACE("PC-7/Cookies/Chrome.txt")));
	assert_true(machines_path_evident(machines, PLACE("PC-7/Autofills/Chrome.txt")));
	assert_true(machines_path_evident(machines, PLACE("DE_203.0.113.4/Passwords.txt")));
}

static void same_text(const char *got, const char *wanted)
{
	if (wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got != NULL ? got : "(absent)", wanted);
}

static void system_information_of_the_families_names_the_machine(void **state)
{
	(void)state;
	static const struct {
		const char *text, *family, *name, *user, *domain, *ip, *country, *build;
		int64_t infected_s;
	} cases[] = {
		{"Build ID: inv\r\nIP: 192.0.2.7\r\nFileLocation: C:\\x.exe\r\nUserName: jdoe\r\nMachineName: WS-0451\r\nCountry: "
		 "DE\r\nHWID: 0123456789ABCDEF\r\n"
		 "Operation System: Windows 10\r\nLog date: 7/4/2024 5:43:07 PM\r\n",
			"RedLine", "WS-0451", "jdoe", NULL, "192.0.2.7", "DE", "inv", 1720114987},
		{"- LummaC2 Build: inv\n- HWID: ABCD\n- PC: WS-1\n- User: jdoe\n- Domain: ROYALPOST\n- IP Address: 192.0.2.8\n- Country: "
		 "Sweden (SE)\n"
		 "- Time: 26.10.2024 18:00:17 (sig:1729954817.ab)\n",
			"Lumma", "WS-1", "jdoe", "ROYALPOST", "192.0.2.8", "SE", "inv", 1729954817},
		{"Date: 22/12/2025 10:00:00\nMachineID: abc\nWork Dir: In memory\nComputer: WS-2\nUser: jdoe\nIP: 192.0.2.9\nCountry: FR\n",
			"Vidar", "WS-2", "jdoe", NULL, "192.0.2.9", "FR", NULL, 1766397600},
		{"Network Info:\n - IP: 192.0.2.10\n - Country: NL\nSystem Summary:\n - HWID: 99\n - UserName: jdoe\n - ComputerName: "
		 "WS-3\n - Local Time: 2024/6/22 15:49:7\n",
			"StealC", "WS-3", "jdoe", NULL, "192.0.2.10", "NL", NULL, 1719071347},
		{"System Information:\n  User ID: 3f2504e0-4f89-11d3-9a0c-0305e82c3301|jdoe\n  Last seen: Thu Oct 10 2024 17:21:27 "
		 "GMT+0200 (x)\n",
			"Raccoon", NULL, "jdoe", NULL, NULL, NULL, NULL, 1728573687},
		{"UserName (ComputerName): jdoe (WS-4)\nLocal Date and Time: 2024-12-29 05:37:17 [ UTC+1 ]\n", "CryptBot", "WS-4", "jdoe",
			NULL, NULL, NULL, NULL, 1735447037},
		{"RisePro\nComputer Name: WS-5 [CORP]\nUser Name: CORP\\jdoe\nDate: Sat Jul 06 3:43:57 2024\n", "RisePro", "WS-5", "jdoe",
			"CORP", NULL, NULL, NULL, 1720237437},
		{"Computer Name: WS-6 [WORKGROUP]\nUser: jdoe\n", NULL, "WS-6", "jdoe", NULL, NULL, NULL, NULL, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Lt__Machine *machine = machine_read(machines, slice_of(cases[i].text), NULL);

		assert_non_null(machine);
		same_text(machine->family, cases[i].family);
		same_text(machine->name, cases[i].name);
		same_text(machine->user, cases[i].user);
		same_text(machine->domain, cases[i].domain);
		same_text(machine->ip, cases[i].ip);
		same_text(machine->country, cases[i].country);
		same_text(machine->build, cases[i].build);
		assert_int_equal(machine->infected_at_ms, cases[i].infected_s * 1000);
		lt__machine__free_unpacked(machine, NULL);
	}
}

static char *id_of(const char *text, const char *dir)
{
	Lt__Machine *machine = machine_read(machines, slice_of(text), dir);
	char *id = machine != NULL && machine->id != NULL ? strdup(machine->id) : NULL;

	if (machine != NULL)
		lt__machine__free_unpacked(machine, NULL);
	return id;
}

static void a_machine_keeps_its_name_in_another_folder_and_case(void **state)
{
	(void)state;
	char *a = id_of("HWID: AB12\nUser: jdoe\n", "x.zip!/PC-7/"), *b = id_of("hwid: ab12\nUser: JDOE\n", "y.zip!/other/"),
	     *c = id_of("HWID: AB13\nUser: jdoe\n", "x.zip!/PC-7/"), *d = id_of("", "x.zip!/PC-7/");

	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	assert_non_null(d);
	assert_true(strcmp(a, d) < 0);
	assert_null(machine_read(machines, SLICE_TEXT("Lorem ipsum: dolor\nsit amet"), NULL));
	assert_null(machine_read(machines, SLICE_NONE, NULL));
	free(a);
	free(b);
	free(c);
	free(d);
}

static void a_folder_tells_what_its_files_leave_out(void **state)
{
	(void)state;
	Lt__Machine *machine = machine_read(machines, SLICE_TEXT("User: jdoe\n"), "x.zip!/DE_203.0.113.4_2024-07-04/");

	assert_string_equal(machine->country, "DE");
	assert_string_equal(machine->ip, "203.0.113.4");
	assert_string_equal(machine->user, "jdoe");
	assert_int_equal(machine->infected_at_ms, 1720051200000);
	lt__machine__free_unpacked(machine, NULL);
}

static int set_up(void **state)
{
	(void)state;
	machines = machines_new();
	file = data_file("machines.yml", &faults);
	assert_non_null(file);
	machines_load(machines, file);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	yaml_close(file);
	machines_free(machines);
	faults_free(&faults);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_of_a_path_has_its_class_and_no_near_miss_has),
		cmocka_unit_test(every_example_of_a_folder_is_known_as_a_machines),
		cmocka_unit_test(the_folder_of_a_machine_ends_where_its_own_folders_begin),
		cmocka_unit_test(nothing_above_the_folder_that_was_asked_for_is_a_machine),
		cmocka_unit_test(lists_that_are_called_passwords_are_no_evidence_of_a_machine),
		cmocka_unit_test(system_information_of_the_families_names_the_machine),
		cmocka_unit_test(a_machine_keeps_its_name_in_another_folder_and_case),
		cmocka_unit_test(a_folder_tells_what_its_files_leave_out),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
