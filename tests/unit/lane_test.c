/* Proxies of a pool: rest after failing, return, and who takes whose requests. */
#include "crawl/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

enum { LANES = 3, HOSTS = 300, NOW = 1000000 };

static void make(struct lane lanes[LANES])
{
	for (size_t i = 0; i < LANES; i++)
		lanes[i] = (struct lane){.parallel = 4, .running = true};
}

static const char *host_name(unsigned number, char text[32])
{
	(void)snprintf(text, 32, "host-%u.example", number);
	return text;
}

static void rests_longer_with_every_failure_in_a_row(void **state)
{
	static const int64_t rests[] = {2000, 8000, 32000, 128000, 512000, 600000, 600000};
	struct lane lane = {.parallel = 4, .running = true};
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
		lane_failed(&lane, "proxy_down", now, now + 1);
		now++;
		assert_int_equal(lane.rests_until_ms, now + rests[i]);
		assert_false(lane_open(&lane, now));
		assert_false(lane_open(&lane, lane.rests_until_ms - 1));
		assert_true(lane_open(&lane, lane.rests_until_ms));
		now = lane.rests_until_ms;
	}
	assert_string_equal(lane.why, "proxy_down");
}

static void counts_requests_of_the_same_moment_as_one_failure(void **state)
{
	struct lane lane = {.parallel = 4, .running = true};

	(void)state;
	for (int i = 0; i < 8; i++)
		lane_failed(&lane, "proxy_down", NOW - 100 + i, NOW + i);
	assert_int_equal(lane.failures, 1);
	assert_int_equal(lane.rests_until_ms, NOW + 2000);
}

static void lets_one_request_try_a_lane_that_comes_back(void **state)
{
	struct lane lane = {.parallel = 4, .running = true};

	(void)state;
	lane_failed(&lane, "proxy_down", NOW, NOW);
	assert_true(lane_open(&lane, NOW + 2000));
	lane.in_flight = 1;
	assert_false(lane_open(&lane, NOW + 2000));
	lane_worked(&lane);
	assert_true(lane_open(&lane, NOW + 2000));
	assert_string_equal(lane.why, "");
	lane.in_flight = 4;
	assert_false(lane_open(&lane, NOW + 2000));
}

static void never_opens_what_is_lost_or_does_not_run(void **state)
{
	struct lane lane = {.parallel = 4, .running = true, .lost = true};

	(void)state;
	assert_false(lane_open(&lane, NOW));
	lane.lost = false;
	assert_true(lane_open(&lane, NOW));
	lane.running = false;
	assert_false(lane_open(&lane, NOW));
}

static void keeps_a_host_on_its_lane_and_spreads_hosts(void **state)
{
	struct lane lanes[LANES];
	unsigned hosts[LANES] = {0};
	char name[32];

	(void)state;
	make(lanes);
	for (unsigned i = 0; i < HOSTS; i++) {
		struct lane *lane = lane_choose(lanes, LANES, host_name(i, name), 0, NOW);

		assert_ptr_equal(lane, lane_choose(lanes, LANES, name, 0, NOW + 5000));
		hosts[lane - lanes]++;
	}
	for (size_t i = 0; i < LANES; i++)
		assert_true(hosts[i] > HOSTS / LANES / 2);
}

static void moves_only_the_hosts_of_a_closed_lane(void **state)
{
	struct lane lanes[LANES];
	char name[32];

	(void)state;
	for (unsigned i = 0; i < HOSTS; i++) {
		struct lane *before, *after;

		make(lanes);
		before = lane_choose(lanes, LANES, host_name(i, name), 0, NOW);
		lane_failed(&lanes[1], "proxy_down", NOW, NOW);
		after = lane_choose(lanes, LANES, name, 0, NOW);
		assert_ptr_not_equal(after, &lanes[1]);
		if (before != &lanes[1])
			assert_ptr_equal(after, before);
		assert_ptr_equal(lane_choose(lanes, LANES, name, 0, NOW + 2000), before);
	}
}

static void goes_another_way_with_every_turn(void **state)
{
	struct lane lanes[LANES];
	struct lane *ways[LANES];

	(void)state;
	make(lanes);
	for (unsigned turn = 0; turn < LANES; turn++)
		ways[turn] = lane_choose(lanes, LANES, "leaks.example", turn, NOW);
	assert_ptr_not_equal(ways[0], ways[1]);
	assert_ptr_not_equal(ways[0], ways[2]);
	assert_ptr_not_equal(ways[1], ways[2]);
	assert_ptr_equal(lane_choose(lanes, LANES, "leaks.example", LANES, NOW), ways[0]);
}

static void has_no_way_where_every_lane_is_closed(void **state)
{
	struct lane lanes[LANES];

	(void)state;
	make(lanes);
	lanes[0].in_flight = lanes[0].parallel;
	lanes[1].lost = true;
	lane_failed(&lanes[2], "proxy_auth", NOW, NOW);
	assert_null(lane_choose(lanes, LANES, "leaks.example", 0, NOW));
	assert_null(lane_choose(lanes, LANES, "leaks.example", 7, NOW));
}

static void is_down_only_when_all_keep_failing(void **state)
{
	struct lane lanes[LANES];

	(void)state;
	make(lanes);
	lanes[0].lost = true;
	lane_failed(&lanes[1], "proxy_down", NOW, NOW);
	assert_false(lanes_down(lanes, LANES, 1));
	lane_failed(&lanes[2], "proxy_down", NOW, NOW);
	assert_true(lanes_down(lanes, LANES, 1));
	assert_false(lanes_down(lanes, LANES, 2));
	lane_worked(&lanes[2]);
	assert_false(lanes_down(lanes, LANES, 1));
}

static void tells_when_the_first_lane_returns(void **state)
{
	struct lane lanes[LANES];

	(void)state;
	make(lanes);
	assert_int_equal(lanes_open_ms(lanes, LANES, NOW), NOW);
	for (size_t i = 0; i < LANES; i++)
		lane_failed(&lanes[i], "proxy_down", NOW, NOW + (int64_t)i);
	assert_int_equal(lanes_open_ms(lanes, LANES, NOW + 2), NOW + 2000);
	lanes[0].lost = true;
	assert_int_equal(lanes_open_ms(lanes, LANES, NOW + 2), NOW + 2001);
	lanes[1].lost = lanes[2].lost = true;
	assert_true(lanes_open_ms(lanes, LANES, NOW + 2) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rests_longer_with_every_failure_in_a_row),
		cmocka_unit_test(counts_requests_of_the_same_moment_as_one_failure),
		cmocka_unit_test(lets_one_request_try_a_lane_that_comes_back),
		cmocka_unit_test(never_opens_what_is_lost_or_does_not_run),
		cmocka_unit_test(keeps_a_host_on_its_lane_and_spreads_hosts),
		cmocka_unit_test(moves_only_the_hosts_of_a_closed_lane),
		cmocka_unit_test(goes_another_way_with_every_turn),
		cmocka_unit_test(has_no_way_where_every_lane_is_closed),
		cmocka_unit_test(is_down_only_when_all_keep_failing),
		cmocka_unit_test(tells_when_the_first_lane_returns),
	};

	return sodium_init() < 0 ? 99 : cmocka_run_group_tests(tests, NULL, NULL);
}
