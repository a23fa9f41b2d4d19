/* data/hashes.yml and data/placeholders.yml: every example and near miss, and what the tables answer. */
#include <stdio.h>
#include <stdlib.h>

#include "inspect/rules/cracked.h"
#include "inspect/rules/expression.h"
#include "inspect/rules/hashes.h"
#include "inspect/rules/placeholders.h"
#include "inspect/rules/shapes.h"
#include "tests/unit/data_support.h"

static struct hashes *hashes;
static struct placeholders *placeholders;
static struct faults faults;

static void examples_and_near_misses_of_hashes_hold(void **state)
{
	(void)state;
	struct yaml_file *file = data_file("hashes.yml", &faults);
	hashes_load(hashes, file);
	yaml_close(file);
	faults_none(&faults);
}

static void examples_and_near_misses_of_placeholders_hold(void **state)
{
	(void)state;
	struct yaml_file *file = data_file("placeholders.yml", &faults);
	placeholders_load(placeholders, file);
	yaml_close(file);
	faults_none(&faults);
}

/* The name of each pattern is its text. */
static struct shapes *shapes_of(const char *const *patterns, size_t count)
{
	struct shapes *shapes = shapes_new();

	for (size_t i = 0; i < count; i++) {
		char error[EXPRESSION_ERROR_BYTES];
		struct expression *expression = expression_new(slice_of(patterns[i]), 0, error);

		assert_non_null(expression);
		shapes_add(shapes, patterns[i], slice_of(patterns[i]), expression);
	}
	shapes_finish(shapes, 0);
	return shapes;
}

static void each_alternative_of_a_shape_is_looked_for(void **state)
{
	static const char *const patterns[] = {"^ab|cdef", "(?i)^to:|wrote:", "^(?i)a1|B2", "(x|y)\\1z1", "[]|)]q1|zzz4",
		"[[:digit:]|]w7|nnn", "\\|p|\\)q", "(?:^|,)end", "k(?#|)ey9|^q", "status=(?:ok|no)"};
	static const struct {
		const char *text;
		int pattern; /* -1: none */
	} texts[] = {{"ab", 0}, {"xxcdef", 0}, {"xab", -1}, {"TO: x", 1}, {"JDOE WROTE:", 1}, {"x TO: x", -1}, {"A1", 2}, {"xxb2", 2},
		{"xA1", -1}, {"yyz1", 3}, {"xyz1", -1}, {"a]q1", 4}, {"a)q1", 4}, {"zzz4", 4}, {"aq1", -1}, {"5w7", 5}, {"|w7", 5},
		{"nnn", 5}, {"dw7", -1}, {"|p", 6}, {"a)q", 6}, {"p", -1}, {"end", 7}, {"a,end", 7}, {"aend", -1}, {"akey9", 8}, {"q", 8},
		{"aq", -1}, {"x status=no", 9}, {"status=maybe", -1}, {"", -1}};
	enum { COUNT = sizeof texts / sizeof texts[0] };
	struct shapes *shapes = shapes_of(patterns, sizeof patterns / sizeof patterns[0]);

	(void)state;
	for (size_t i = 0; i < 100 * COUNT; i++) { /* many texts are looked at in another way than a few */
		const char *text = texts[i % COUNT].text, *found = shapes_find(shapes, slice_of(text));
		int pattern = texts[i % COUNT].pattern;

		if (pattern < 0 && found != NULL)
			fail_msg("%s: %s", text, found);
		if (pattern >= 0 && (found == NULL || strcmp(found, patterns[pattern]) != 0))
			fail_msg("%s: %s", text, found != NULL ? found : "none");
	}
	shapes_free(shapes);
}

static void a_line_of_each_shape_is_told(void **state)
{
	struct yaml_file *file = data_file("placeholders.yml", &faults);
	const struct yaml *lines = yaml_get(file->root, "lines");

	(void)state;
	for (size_t i = 0; i < 20 * yaml_count(lines); i++) {
		const struct yaml *examples = yaml_get(yaml_at(lines, i % yaml_count(lines)), "examples");

		for (size_t j = 0; j < yaml_count(examples); j++)
			if (placeholders_line(placeholders, yaml_slice(yaml_at(examples, j))) == NULL)
				fail_msg("%s", yaml_text(yaml_at(examples, j)));
	}
	yaml_close(file);
}

static struct hash_shape shape_of(const char *value, const char *salt, bool stated)
{
	struct hash_shape shape = {0};

	if (!hashes_identify(hashes, slice_of(value), slice_of(salt), stated, &shape))
		shape.format = "";
	return shape;
}

static void hashes_are_named_by_their_first_fitting_shape(void **state)
{
	(void)state;
	assert_string_equal(shape_of("$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234", NULL, false).format, "bcrypt");
	assert_string_equal(shape_of("72dfec8488b93514986ef127963ad890", NULL, false).format, "md5");
	assert_true(shape_of("72dfec8488b93514986ef127963ad890", NULL, false).ambiguous);
	assert_string_equal(shape_of("72dfec8488b93514986ef127963ad890:Kx1", NULL, false).format, "md5-salted");
	assert_string_equal(shape_of("{SSHA}SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS==", NULL, false).format, "ldap-ssha");
	assert_int_equal(shape_of("{SSHA}SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS==", NULL, false).cost, HASH_COST_FAST);
}

static void a_salt_apart_tells_formats_apart(void **state)
{
	(void)state;
	struct hash_shape shape = shape_of("72dfec8488b93514986ef127963ad890", "Q9xZ81ab", true);
	assert_string_equal(shape.format, "md5-salted");
	assert_true(shape.salted);
}

static void weak_shapes_count_only_where_the_record_says_hash(void **state)
{
	(void)state;
	assert_string_equal(shape_of("4155512345678901", NULL, false).format, "");
	assert_string_equal(shape_of("4155512345678901", NULL, true).format, "mysql323");
	assert_string_equal(shape_of("6f8c9d2e1a4b7c33", NULL, false).format, "mysql323");
	assert_string_equal(shape_of("rEK1ecacw.7.c", NULL, false).format, "");
	assert_string_equal(shape_of("rEK1ecacw.7.c", NULL, true).format, "descrypt");
}

static void passwords_are_no_hashes(void **state)
{
	(void)state;
	static const char *const passwords[] = {"Winter-Harbour-91", "$2y$10$short", "deadbeef", "*Heron-Weir-1*", "{SSHA}", "S:secret",
		"0x1234", "md5-is-old", "", "a:b:c:d"};
	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
		assert_string_equal(shape_of(passwords[i], NULL, false).format, "");
}

static void hashes_of_the_empty_password_are_marked(void **state)
{
	(void)state;
	assert_true(shape_of("31D6CFE0D16AE931B73C59D7E0C089C0", NULL, false).empty);
	assert_true(shape_of("da39a3ee5e6b4b0d3255bfef95601890afd80709", NULL, false).empty);
	assert_false(shape_of("72dfec8488b93514986ef127963ad890", NULL, false).empty);
}

static void placeholders_are_refused(void **state)
{
	(void)state;
	static const char *const values[] = {"", "   ", "********", "K***********7", "[NOT_SAVED]", "N/A", "NULL", "your Windows password",
		"your domain password", "Ihr Passwort", "votre mot de passe", "${DB_PASSWORD}", "xxxxxx", "[email protected]", "<password>",
		" unknown ", "ваш пароль", "•••••"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (!placeholders_hold(placeholders, slice_of(values[i])))
			fail_msg("not refused: %s", values[i]);
}

static void passwords_with_stars_and_words_are_kept(void **state)
{
	(void)state;
	static const char *const values[] = {"Win*ter*91", "password", "changeme", "correct horse battery staple", "x9*4", "P@ssw0rd***1!",
		"Пароль1", "mypassword", "null0", "$ecret-9", "it's;(a) secret", "Moss+Lichen3", "yourname99", "Heron Weir 9", "no1knows"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (placeholders_hold(placeholders, slice_of(values[i])))
			fail_msg("refused: %s", values[i]);
}

static void lines_that_disclose_nothing_are_known_by_shape(void **state)
{
	(void)state;
	assert_string_equal(
		placeholders_line(placeholders, slice_of("sip:reception@royal-post.example:5060;transport=tls")), "protocol-address");
	assert_string_equal(placeholders_line(placeholders, slice_of("rsync -av . jdoe@files.royal-post.example:backup/")), "remote-copy");
	assert_null(placeholders_line(placeholders, slice_of("jdoe@royal-post.example:Skua-North-12")));
	assert_null(placeholders_line(placeholders, slice_of("https://access.royal-post.example/remote/login:jdoe:Heron-Weir-1")));
}

static void weak_words_are_found_without_case(void **state)
{
	(void)state;
	assert_true(placeholders_weak(placeholders, slice_of("Active"), true));
	assert_false(placeholders_weak(placeholders, slice_of("activeX"), false));
	assert_false(placeholders_weak(placeholders, slice_of("sunshine"), false));
}

static void a_hash_is_told_to_be_of_a_password_where_that_is_cheap(void **state)
{
	(void)state;
	static const struct {
		const char *hash, *salt;
		bool proven;
	} pairs[] = {
		{"38e2c9adb4272edacde26798c1b66ae9", "", true},
		{"0575F0C11C5F973CC3EBDCB170B49088B5625C03", "", true},
		{"a6d72d14df55481ea13c516617f85cb1d6e966988b5cb8cbf71a8ff232f6ed29", "", true},
		{"*F5157C8F787E5D442C24086C876C68CD397F2F29", "", true},
		{"97e282b128682005aea2f82a45d856ba", "q7Z", true},
		{"c6d21955a47423742ebfaf705370033c:q7Z", "", true},
		{"f0cc627681e91673a36316005ce8921a", "q7Z", true},
		{"201fa9727f5d3dd10e42c686c5a02c73", "q7Z", true},
		{"{SSHA}0tR97FWLZMbM/UEiZH8JJoaTgZNhYmNk", "", true},
		{"{SHA}BXXwwRxflzzD69yxcLSQiLViXAM=", "", true},
		{"a242209407c053b4148d55032683e0cb", "", false},
		{"97e282b128682005aea2f82a45d856ba", "q7Y", false},
		{"38e2c9adb4272edacde26798c1b66a", "", false},
		{"{SSHA}AAAA", "", false},
		{"{SSHA}", "", false},
		{"{SSHA512}0tR97FWLZMbM/UEiZH8JJoaTgZNhYmNk", "", false},
		{"", "", false},
		{":", "", false},
		{"$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "", false},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (cracked_is_of(slice_of(pairs[i].hash), slice_of(pairs[i].salt), SLICE_TEXT("Heron-Weir-1")) != pairs[i].proven)
			fail_msg("%s, salt \"%s\"", pairs[i].hash, pairs[i].salt);
	assert_false(cracked_is_of(SLICE_TEXT("d41d8cd98f00b204e9800998ecf8427e"), SLICE_NONE, SLICE_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_and_near_misses_of_hashes_hold),
		cmocka_unit_test(examples_and_near_misses_of_placeholders_hold),
		cmocka_unit_test(each_alternative_of_a_shape_is_looked_for),
		cmocka_unit_test(a_line_of_each_shape_is_told),
		cmocka_unit_test(hashes_are_named_by_their_first_fitting_shape),
		cmocka_unit_test(a_salt_apart_tells_formats_apart),
		cmocka_unit_test(weak_shapes_count_only_where_the_record_says_hash),
		cmocka_unit_test(passwords_are_no_hashes),
		cmocka_unit_test(hashes_of_the_empty_password_are_marked),
		cmocka_unit_test(placeholders_are_refused),
		cmocka_unit_test(passwords_with_stars_and_words_are_kept),
		cmocka_unit_test(lines_that_disclose_nothing_are_known_by_shape),
		cmocka_unit_test(weak_words_are_found_without_case),
		cmocka_unit_test(a_hash_is_told_to_be_of_a_password_where_that_is_cheap),
	};

	hashes = hashes_new();
	placeholders = placeholders_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	hashes_free(hashes);
	placeholders_free(placeholders);
	faults_free(&faults);
	return failed;
}
