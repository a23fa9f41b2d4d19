/* Is this host, address or log-on name ours? Half of these are look-alikes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/rules/services.h"
#include "inspect/sieve/names.h"
#include "inspect/watch.h"
#include "shared/mem.h"

static struct engine engine;

static int start(void **state)
{
	static char domain_1[] = "royal-post.example", domain_2[] = "xn--bcher-kva.example", service[] = "okta.com", logon[] = "ROYALPOST",
		    upn[] = "corp.royalpost.local", ignored[] = "canary@royal-post.example", address[] = "j.doe.private@mailbox.test",
		    host_1[] = "access.royal-post.example", host_2[] = "shop.royal-post.example", host_3[] = "royalpost.saas.test";
	static char *domains[] = {domain_1, domain_2}, *services[] = {service}, *logons[] = {logon, upn}, *ignore[] = {ignored};
	static Lt__InspectConfig__Host hosts[3];
	static Lt__InspectConfig__Host *host_list[3];
	static Lt__InspectConfig__Staff staff;
	static Lt__InspectConfig__Staff *staff_list[] = {&staff};
	static Lt__InspectConfig config = LT__INSPECT_CONFIG__INIT;
	char *names[] = {host_1, host_2, host_3};

	for (size_t i = 0; i < 3; i++) {
		lt__inspect_config__host__init(&hosts[i]);
		hosts[i].name = names[i];
		hosts[i].has_staff = true;
		hosts[i].staff = i != 1;
		host_list[i] = &hosts[i];
	}
	lt__inspect_config__staff__init(&staff);
	staff.address = address;
	config.n_domains = 2;
	config.domains = domains;
	config.n_hosts = 3;
	config.hosts = host_list;
	config.n_services = 1;
	config.services = services;
	config.n_logon_domains = 2;
	config.logon_domains = logons;
	config.n_staff = 1;
	config.staff = staff_list;
	config.n_ignore = 1;
	config.ignore = ignore;
	engine.config = &config;
	engine.watch = watch_new(&config);
	engine.services = services_new();
	(void)state;
	return 0;
}

static int end(void **state)
{
	(void)state;
	watch_free(engine.watch);
	services_free(engine.services);
	return 0;
}

static void hosts_of_urls(void **state)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{"https://access.royal-post.example/remote/login?lang=en", "access.royal-post.example"},
		{"HTTPS://Access.Royal-Post.Example.:8443/", "access.royal-post.example"},
		{"access.royal-post.example:443", "access.royal-post.example"},
		{"access.royal-post.example/owa", "access.royal-post.example"},
		{"//access.royal-post.example/x", "access.royal-post.example"},
		{"https://access.royal-post.example@evil.test/", "evil.test"},
		{"https://user:pa@ss@evil.test/royal-post.example", "evil.test"},
		{"https://evil.test\\@royal-post.example/", "evil.test"},
		{"https://evil.test?x=@royal-post.example/", "evil.test"},
		{"https://evil.test/sso?next=https://access.royal-post.example/", "evil.test"},
		{"android://Zm9vYmFy==@com.example.Thirdparty/", "com.example.thirdparty"},
		{"https://b\xc3\xbc"
		 "cher.example/",
			"xn--bcher-kva.example"},
		{"https://B\xc3\x9c"
		 "CHER.example/",
			"xn--bcher-kva.example"},
		{"https://[2001:db8::1]:8443/x", "2001:db8::1"},
		{"https://192.0.2.7/x", "192.0.2.7"},
		{"http://localhost:3000/", "localhost"},
		{"  https://a.test/ ", "a.test"},
	};
	char host[HOST_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(host_of(slice_of(cases[i].url), host));
		assert_string_equal(host, cases[i].host);
	}
}

static void no_host_in_other_text(void **state)
{
	static const char *const cases[] = {"", " ", "/", "jdoe", "jdoe@royal-post.example", "mailto:jdoe@royal-post.example", "https://",
		"https:///path", "https://a..b/", "https://.test/", "https://a b/", "https://[::1", "https://%61.test/", "C:\\Users",
		"https://\xff\xfe.test/", "a.test@"};
	char host[HOST_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (host_of(slice_of(cases[i]), host) && strcmp(host, "a") != 0)
			fail_msg("%s has the host %s", cases[i], host);
}

static void hosts_that_are_ours(void **state)
{
	struct watched watched;

	(void)state;
	assert_true(watch_host(&engine, slice_of("access.royal-post.example"), &watched));
	assert_int_equal(watched.kind, NAME_HOST);
	assert_true(watched.staff && !watched.public_host);
	assert_true(watch_host(&engine, slice_of("SHOP.royal-post.example."), &watched));
	assert_true(!watched.staff && watched.public_host);
	assert_true(watch_host(&engine, slice_of("new.dept.royal-post.example"), &watched));
	assert_int_equal(watched.kind, NAME_DOMAIN);
	assert_string_equal(watched.item, "royal-post.example");
	assert_true(!watched.staff && !watched.public_host);
	assert_true(watch_host(&engine, slice_of("royalpost.saas.test"), &watched));
	assert_true(watch_host(&engine,
		slice_of("www.b\xc3\xbc"
			 "cher.example"),
		&watched));
}

static void hosts_that_only_look_like_ours(void **state)
{
	static const char *const cases[] = {"notroyal-post.example", "royal-post.example.evil.test", "royal-post.examples", "royal-post",
		"example", "saas.test", "otherroyalpost.saas.test", "r\xd0\xbeyal-post.example", "royal_post.example", "", ".",
		"192.0.2.1"};
	struct watched watched;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (watch_host(&engine, slice_of(cases[i]), &watched))
			fail_msg("%s counts as ours", cases[i]);
}

static void accounts_that_are_ours(void **state)
{
	static const struct {
		const char *account;
		enum name_kind kind;
	} cases[] = {{"jdoe@royal-post.example", NAME_DOMAIN}, {"J.Doe+News@Mail.Royal-Post.Example", NAME_DOMAIN},
		{"ROYALPOST\\jdoe", NAME_LOGON}, {"royalpost\\\\jdoe", NAME_LOGON}, {"RoyalPost/jdoe", NAME_LOGON},
		{"jdoe@corp.royalpost.local", NAME_LOGON}, {"j.doe.private@mailbox.test", NAME_STAFF},
		{"J.Doe.Private+x@Mailbox.test", NAME_STAFF}, {" jdoe@royal-post.example ", NAME_DOMAIN}};
	struct watched watched;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (!watch_account(&engine, slice_of(cases[i].account), &watched))
			fail_msg("%s does not count as ours", cases[i].account);
		assert_int_equal(watched.kind, cases[i].kind);
	}
}

static void accounts_that_are_not(void **state)
{
	static const char *const cases[] = {"jdoe", "", "royal-post.example@mail.test", "jdoe@royal-post.example.evil.test", "ROYALPOST",
		"ROYALPOST\\", "OTHER\\jdoe", "ROYALPOST2\\jdoe", "ROYALPOST\\a\\b", "other@mailbox.test", "a@b@royal-post.example",
		"@royal-post.example", "jdoe at royal-post.example", "jdoe@r\xd0\xbeyal-post.example", "jdoe@okta.com"};
	struct watched watched;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (watch_account(&engine, slice_of(cases[i]), &watched))
			fail_msg("%s counts as ours", cases[i]);
}

static void services_and_canaries(void **state)
{
	struct watched watched;

	(void)state;
	assert_true(watch_service(&engine, slice_of("royalpost.okta.com"), &watched));
	assert_false(watch_service(&engine, slice_of("notokta.com"), &watched));
	assert_true(watch_ignored(&engine, slice_of("Canary@royal-post.example")));
	assert_false(watch_ignored(&engine, slice_of("canary+1@royal-post.example")));
	assert_false(watch_ignored(&engine, SLICE_NONE));
}

static void names_count_on_the_borders_of_labels_only(void **state)
{
	static const struct {
		enum name_kind kind;
		const char *text, *name;
		enum bounds bounds;
	} cases[] = {
		{NAME_DOMAIN, "jdoe@royal-post.example:x", "royal-post.example", BOUNDS_WHOLE},
		{NAME_DOMAIN, "royal-post.example", "royal-post.example", BOUNDS_WHOLE},
		{NAME_DOMAIN, "see royal-post.example. Then", "royal-post.example", BOUNDS_WHOLE},
		{NAME_DOMAIN, "a.royal-post.example/", "royal-post.example", BOUNDS_WHOLE},
		{NAME_DOMAIN, "notroyal-post.example", "royal-post.example", BOUNDS_PART},
		{NAME_DOMAIN, "my-royal-post.example", "royal-post.example", BOUNDS_PART},
		{NAME_DOMAIN, "royal-post.examples", "royal-post.example", BOUNDS_PART},
		{NAME_DOMAIN, "royal-post.example-mail.test", "royal-post.example", BOUNDS_PART},
		{NAME_DOMAIN, "royal-post.example.evil.test", "royal-post.example", BOUNDS_PART},
		{NAME_DOMAIN, "jdoe%40royal-post.example", "royal-post.example", BOUNDS_ESCAPED},
		{NAME_DOMAIN, "jdoe\\u0040royal-post.example", "royal-post.example", BOUNDS_ESCAPED},
		{NAME_DOMAIN, "jdoe=40royal-post.example", "royal-post.example", BOUNDS_ESCAPED},
		{NAME_DOMAIN, "\"a\\nroyal-post.example", "royal-post.example", BOUNDS_ESCAPED},
		{NAME_KEYWORD, "the Royal Post, hacked", "Royal Post", BOUNDS_WHOLE},
		{NAME_KEYWORD, "the Royal Posters", "Royal Post", BOUNDS_PART},
		{NAME_KEYWORD, "PreRoyal Post", "Royal Post", BOUNDS_PART},
		{NAME_LOGON, "x ROYALPOST\\jdoe", "ROYALPOST\\", BOUNDS_WHOLE},
		{NAME_LOGON, "MYROYALPOST\\jdoe", "ROYALPOST\\", BOUNDS_PART},
		{NAME_STAFF, "j.doe@mailbox.test", "doe@mailbox.test", BOUNDS_PART},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t at = slice_find_nocase(slice_of(cases[i].text), cases[i].name);

		if (name_bounds(cases[i].kind, cases[i].text, strlen(cases[i].text), at, strlen(cases[i].name)) != cases[i].bounds)
			fail_msg("%s in %s is judged wrongly", cases[i].name, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_of_urls),
		cmocka_unit_test(no_host_in_other_text),
		cmocka_unit_test(hosts_that_are_ours),
		cmocka_unit_test(hosts_that_only_look_like_ours),
		cmocka_unit_test(accounts_that_are_ours),
		cmocka_unit_test(accounts_that_are_not),
		cmocka_unit_test(services_and_canaries),
		cmocka_unit_test(names_count_on_the_borders_of_labels_only),
	};

	return cmocka_run_group_tests(tests, start, end);
}
