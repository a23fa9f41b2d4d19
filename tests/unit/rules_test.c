/* Gates that are derived from expressions, filters, and what a rule file may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/rules/dialect.h"
#include "inspect/rules/rules.h"
#include "shared/mem.h"

/* Gates of a pattern in one text: "a|b", "" for none. */
static const char *gates_of(const char *pattern)
{
	static char text[2048];
	struct words words = {NULL, 0};
	size_t used = 0;

	text[0] = '\0';
	if (!literals_of_pattern(slice_of(pattern), &words))
		return text;
	for (size_t i = 0; i < words.count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? "|" : "", words.list[i]);
	words_free(&words);
	return text;
}

static void gates_are_what_must_stand_there(void **state)
{
	static const struct {
		const char *pattern, *gates;
	} cases[] = {
		{"\\b(ghp_[a-zA-Z0-9]{36})\\b", "ghp_"},
		{"gh[po]_[a-z]+", "ghp_|gho_"},
		{"(?:secret|password)\\s*=", "secret|password"},
		{"(?i)(?:slack)(?:.|[\\n\\r]){0,40}xoxb-[0-9]+", "slack"},
		{"(?x)\n  \\b  # border\n  ( glpat- [0-9a-z]{20} )", "glpat-"},
		{"[Aa][Kk][Ii][Aa][A-Z]", "akia"},
		{"ab+cdef", "cdef"},
		{"abcd?ef", "abc"},
		{"-----BEGIN (?:RSA )?PRIVATE KEY-----", "private key-----"},
		{"\\x61bcd", "abcd"},
		{"hooks\\.slack\\.com", "hooks.slack.com"},
		{"(?<token>sk_live_[a-z]+)", "sk_live_"},
		{"(?P<token>sk_live_[a-z]+)", "sk_live_"},
		{"(?=never)abcd", "abcd"},
		{"abc(?#not this one)d", "abcd"},
		{"(?x) wry_ (?: [a-z] {20,40} ) (?: $ | [^a-z] )", "wry_"},
		{"(?x) abcd ? efg # not ? this\n h", "efgh"},
		{"abcd(?#remark)?efgh", "efgh"},
		{"\\x{61}bcd\\x{e9}x", "abcd"},
		{"\\pLabcd\\PN", "abcd"},
		{"foo(?:bar|bazz)", "foo"},
		{"fo(?:barr|bazz)", "barr|bazz"},
		{"[]x]yzzy", "]yzzy|xyzzy"},
		{"a\\d{3}bcd[0-9a-f]", "bcd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (strcasecmp(gates_of(cases[i].pattern), cases[i].gates) != 0)
			fail_msg("%s is gated by '%s' instead of '%s'", cases[i].pattern, gates_of(cases[i].pattern), cases[i].gates);
}

static void no_gate_where_nothing_is_certain(void **state)
{
	static const char *const cases[] = {"", "ab", "[a-z]{20}", "(?:abcd)?", "(?:abcd)*x", "abcd|[0-9]+", "(?:abcd|e)f", "\\Qabcd\\E",
		"(abcd", "[abcd", "(?R)abcd", "(?!abcd)", "a?b?c?d?", "(*UTF)abcd", "(?:abcd){0,3}", "\\p{L}+", "(?i)", "^$", "(?x)abc ?",
		"abc(?#remark)?", "\\x{61"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (gates_of(cases[i])[0] != '\0')
			fail_msg("%s is gated by '%s'", cases[i], gates_of(cases[i]));
}

static void entropy_counts_bits(void **state)
{
	(void)state;
	assert_true(entropy_of(SLICE_TEXT("aaaaaaaa")) == 0);
	assert_true(entropy_of(SLICE_TEXT("abababab")) == 1);
	assert_true(entropy_of(SLICE_TEXT("abcdefgh")) == 3);
	assert_true(entropy_of(SLICE_NONE) == 0);
}

static void checksums_of_tokens(void **state)
{
	static const char *const wrong[] = {"ghp_u8jzPde0IgxLd6GncfBAepfJBd0Kh8024xXJ", "ghp_U8jzPde0IgxLd6GncfBAepfJBd0Kh8024xXH", "ghp_",
		"", "ghp_xH", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};

	(void)state;
	assert_true(checksum_crc32_base62(SLICE_TEXT("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")));
	assert_true(checksum_crc32_base62(SLICE_TEXT("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")));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(checksum_crc32_base62(slice_of(wrong[i])));
	assert_true(checksum_crc32_base62_of(SLICE_TEXT("u8jzPde0IgxLd6GncfBAepfJBd0Kh8"), SLICE_TEXT("024xXH")));
	assert_false(checksum_crc32_base62_of(SLICE_TEXT("u8jzPde0IgxLd6GncfBAepfJBd0Kh8"), SLICE_TEXT("24xXH1")));
	assert_false(checksum_crc32_base62_of(SLICE_NONE, SLICE_NONE));
	assert_true(checksum_crc32_hex(SLICE_TEXT("glsa_jeEYqvNSzPf2v2R2Iy9uOT4WF3IcNepO_0e6e10b5")));
	assert_false(checksum_crc32_hex(SLICE_TEXT("glsa_jeEYqvNSzPf2v2R2Iy9uOT4WF3IcNepO_b5106e0e")));
	assert_false(checksum_crc32_hex(SLICE_TEXT("glsa_jeEYqvNSzPf2v2R2Iy9uOT4WF3IcNepO0e6e10b5")));
	assert_false(checksum_crc32_hex(SLICE_TEXT("_0e6e10b5")));
	assert_true(checksum_bech32(SLICE_TEXT("A12UEL5L")));
	assert_true(checksum_bech32(SLICE_TEXT("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")));
	assert_false(checksum_bech32(SLICE_TEXT("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxq")));
	assert_false(checksum_bech32(SLICE_TEXT("x1b4n0q5v")));
	assert_false(checksum_bech32(SLICE_TEXT("1pzry9x0s0muk")));
	assert_false(checksum_bech32(SLICE_TEXT("pzry9x0s0muk")));
}

/* Loads one file of rules and gives its complaints as "line:column: text" lines. */
static struct rules *load(const char *text, char complaints[1024])
{
	struct faults faults = {NULL, 0};
	struct rules *rules = rules_new();
	struct yaml_file *file = yaml_parse("rules.yml", text, strlen(text), &faults);
	size_t used = 0;

	if (file != NULL)
		rules_load(rules, file, true);
	complaints[0] = '\0';
	for (size_t i = 0; i < faults.count; i++)
		used += (size_t)snprintf(
			complaints + used, 1024 - used, "%u:%u: %s\n", faults.list[i].line, faults.list[i].column, faults.list[i].text);
	faults_free(&faults);
	return rules;
}

static void a_rule_of_another_tool_loads_unchanged(void **state)
{
	static const char text[] = "rules:\n"
				   "- name: Example Token\n"
				   "  id: kingfisher.example.1\n"
				   "  pattern: |\n"
				   "    (?x)\n"
				   "    \\b\n"
				   "    ( exm_ [a-z0-9]{8} )\n"
				   "    \\b\n"
				   "  min_entropy: 1.5\n"
				   "  confidence: medium\n"
				   "  examples: ['exm_a1b2c3d4']\n"
				   "  categories: [api]\n"
				   "  validation: {type: Http, content: {request: {method: GET, url: 'https://api.test/'}}}\n"
				   "  depends_on_rule: []\n";
	char complaints[1024];
	struct rules *rules = load(text, complaints);
	size_t count;
	const struct rule *rule = rules_all(rules, &count);

	(void)state;
	assert_string_equal(complaints, "");
	assert_int_equal(count, 1);
	assert_int_equal(rule->kind, CANDIDATE_TOKEN);
	assert_int_equal(rule->secret, 1);
	assert_string_equal(rule->gates.list[0], "exm_");
	assert_int_equal(rule->line, 2);
	assert_int_equal(rule->notes.count, 0);
	rules_free(rules);
}

static void groups_name_what_they_read(void **state)
{
	static const char text[] = "rules:\n"
				   "- {name: Log-in, id: t.1, kind: password, record: line, pattern: 'host=(?<service>\\S+) "
				   "(?<account>\\S+)/(?<secret>\\S+)'}\n"
				   "- {name: Old RSA private key, id: t.2, pattern: 'KEYKEY[a-z]+'}\n";
	char complaints[1024];
	struct rules *rules = load(text, complaints);
	size_t count;
	const struct rule *rule = rules_all(rules, &count);

	(void)state;
	assert_string_equal(complaints, "");
	assert_int_equal(count, 2);
	assert_int_equal(rule[0].service, 1);
	assert_int_equal(rule[0].account, 2);
	assert_int_equal(rule[0].secret, 3);
	assert_int_equal(rule[0].record, RULE_LINE);
	assert_int_equal(rule[0].kind, CANDIDATE_LOGIN);
	assert_int_equal(rule[1].kind, CANDIDATE_PRIVATE_KEY);
	rules_free(rules);
}

static void faults_say_where_they_stand(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{"rules:\n- name: a\n  pattern: x\n", "2:3: `id:` is missing\n"},
		{"rules:\n- name: a\n  id: a.1\n", "2:3: `pattern:` is missing\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: '(abc'\n",
			"4:12: a.1: missing closing parenthesis at character 5, behind `(abc`: a ( is never closed; to mean the "
			"character, write \\(\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: 'abc\\C'\n",
			"4:12: a.1: using \\C is disabled by the application at character 6, behind `abc\\C`: write [\\s\\S] for any "
			"byte\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: abc\n  kind: passwort\n",
			"5:9: `kind: passwort` is none of the values this key takes: password, hash, cookie, token, private_key, mention, "
			"listing\n"},
		{"rules:\n- {name: a, id: a.1, pattern: abc}\n- {name: a, id: a.1, pattern: abc}\n",
			"3:17: a rule with the id a.1 was read before, from rules.yml:2: give one of them another id, or name one of the "
			"folders only\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: abc\n  min_entropy: high\n",
			"5:16: `min_entropy: high` is no number from 0 to 8\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: abc\n  min_digits: -1\n",
			"5:15: `min_digits: -1` is no number from 0 to 1000\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: abc\n  visible: nope\n", "5:12: `visible:` is true or false\n"},
		{"rules:\n- name: a\n  id: a.1\n  pattern: abc\n  kind: cookie\n",
			"4:12: a rule for cookies needs a group that is their name: (?<name>...)\n"},
		{"rules:\n- just text\n", "2:3: a rule is a mapping with name, id and pattern\n"},
		{"rules: &a [*a]\n", "1:12: aliases (*name) are not read: write the value out\n"},
		{"rules: [\n", "2:1: did not find expected node content (while parsing a flow node that begins in line 2)\n"},
		{"a: 1\n---\nb: 2\n", "3:1: a second document (---) in one file is not read\n"},
	};
	char complaints[1024];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		rules_free(load(cases[i].text, complaints));
		assert_string_equal(complaints, cases[i].complaint);
	}
}

/* What other tools write differently. */
static void a_pattern_is_put_into_the_words_of_pcre2(void **state)
{
	static const struct {
		const char *pattern, *translated;
	} cases[] = {
		{"\\b(ghp_[a-z]{36})\\b", "\\b(ghp_[a-z]{36})\\b"},
		{"(?x) [a-z 0-9] # [a b]\n [ x ]", "(?x) [a-z0-9] # [a b]\n [x]"},
		{"[a b](?x: [a b])[a b]", "[a b](?x: [ab])[a b]"},
		{"(?x)(?-x:[a b])[a b]", "(?x)(?-x:[a b])[ab]"},
		{"(?x)[\\ a\\#]", "(?x)[\\ a\\#]"},
		{"(?iu)a(?-u:b)(?R)c", "(?i)a(?:b)(?)c"},
		{"\\b{start}a\\b{end}", "\\b(?=\\w)a\\b(?<=\\w)"},
		{"\\b{start-half}a\\b{end-half}", "(?<!\\w)a(?!\\w)"},
		{"\\u00e9\\u{20ac}\\u{1F600}", "(?:\\xc3\\xa9)(?:\\xe2\\x82\\xac)(?:\\xf0\\x9f\\x98\\x80)"},
		{"\\Q[a&&b]\\E", "\\Q[a&&b]\\E"},
		{"[]a][^]b][[:alpha:]]", "[]a][^]b][[:alpha:]]"},
		{"[^[\\]]x", "[^[\\]]x"},
		{"(?P<TOKEN>a)(?<b>c)(?=d)(?<!e)", "(?P<TOKEN>a)(?<b>c)(?=d)(?<!e)"},
		{"(?#a [ remark)b", "(?#a [ remark)b"},
		{"a\\", "a\\"},
		{"", ""},
		{"[[a-z]_]x", "[\\x5fa-z]x"},
		{"[a-f&&[^bc]]{4}", "[ad-f]{4}"},
		{"[a-z--aeiou]", "[b-df-hj-np-tv-z]"},
		{"[\\w--[0-9_]--[A-Y]]", "[Za-z]"},
		{"[a~~[b]]", "[ab]"},
		{"[a-c~~b-d]", "[ad]"},
		{"x[a[b]c]", "x[a-c]"},
		{"[^[^a]b]", "[a]"},
		{"(?i)[a-c&&[^B]](?-i:[a-c&&[^B]])", "(?i)[ACac](?-i:[a-c])"},
		{"(?x)[ a-f && [^ b ] ]", "(?x)[ac-f]"},
		{"[[:alpha:]&&[:^lower:]&&[^B-Z]]", "[A]"},
		{"[\\x61\\-[\\]]]", "[\\x2d\\x5da]"},
		{"[]a&&[\\]]]", "[\\x5d]"},
		{"[+--]", "[+--]"},
		{"[a-z--]", "[a-z--]"},
		{"a{,3}b{2,}", "a{0,3}b{2,}"},
		{"\\p{Letter}\\P{gc=Nd}[\\p{Uppercase_Letter}]\\p{Greek}", "\\p{L}\\P{Nd}[\\p{Lu}]\\p{Greek}"},
	};
	static const char *const refused[] = {"[a-c&&[x-z]]", "[a&&]", "[a[]b]"};
	char error[EXPRESSION_ERROR_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *translated = dialect_translate(slice_of(cases[i].pattern), error);

		assert_non_null(translated);
		assert_string_equal(translated, cases[i].translated);
		free(translated);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		assert_null(dialect_translate(slice_of(refused[i]), error));
		assert_non_null(strstr(error, "write "));
	}
}

static void depth_is_bounded(void **state)
{
	char text[2048], complaints[1024];

	(void)state;
	memset(text, '[', sizeof text);
	text[sizeof text - 1] = '\0';
	rules_free(load(text, complaints));
	assert_non_null(strstr(complaints, "nested too deep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gates_are_what_must_stand_there),
		cmocka_unit_test(no_gate_where_nothing_is_certain),
		cmocka_unit_test(entropy_counts_bits),
		cmocka_unit_test(checksums_of_tokens),
		cmocka_unit_test(a_rule_of_another_tool_loads_unchanged),
		cmocka_unit_test(groups_name_what_they_read),
		cmocka_unit_test(faults_say_where_they_stand),
		cmocka_unit_test(a_pattern_is_put_into_the_words_of_pcre2),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
