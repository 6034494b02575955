#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cli/units.h"

#define SECOND UINT64_C(1000000000)

static void assert_bytes(const char *text, int64_t expected)
{
	int64_t bytes;

	assert_int_equal(units_bytes(text, &bytes, NULL), 0);
	assert_int_equal(bytes, expected);
}

static void sizes_are_powers_of_1024_whatever_their_letters(void **state)
{
	int64_t bytes;

	(void)state;
	assert_bytes("0", 0);
	assert_bytes("42b", 42);
	assert_bytes("512m", 512 << 20);
	assert_bytes("1.5 GiB", (int64_t)3 << 29);
	assert_bytes("2KB", 2048);
	assert_int_equal(units_bytes("-1", &bytes, NULL), -22);
	assert_int_equal(units_bytes("1x", &bytes, NULL), -22);
	assert_int_equal(units_bytes("", &bytes, NULL), -22);
	assert_int_equal(units_bytes("99999999p", &bytes, NULL), -22);
	assert_int_equal(units_bytes("1.2.3k", &bytes, NULL), -22);
}

static void processors_are_counted_in_billionths(void **state)
{
	struct err err;
	int64_t cpus;

	(void)state;
	assert_int_equal(units_cpus("1.5", &cpus, NULL), 0);
	assert_int_equal(cpus, 1500000000);
	assert_int_equal(units_cpus(".000000001", &cpus, NULL), 0);
	assert_int_equal(cpus, 1);
	assert_true(units_cpus("0.0000000001", &cpus, &err) < 0);
	assert_string_equal(err.text, "value is too precise");
	assert_true(units_cpus("inf", &cpus, NULL) < 0);
}

static void durations_are_gos(void **state)
{
	struct err err;
	int64_t ns;

	(void)state;
	assert_int_equal(units_duration("1h30m", &ns, NULL), 0);
	assert_int_equal(ns, 5400 * (int64_t)SECOND);
	assert_int_equal(units_duration("1.5s", &ns, NULL), 0);
	assert_int_equal(ns, 1500000000);
	assert_int_equal(units_duration("2ms3us", &ns, NULL), 0);
	assert_int_equal(ns, 2003000);
	assert_true(units_duration("10", &ns, &err) < 0);
	assert_string_equal(err.text, "time: missing unit in duration \"10\"");
	assert_true(units_duration("10x", &ns, &err) < 0);
	assert_string_equal(err.text, "time: unknown unit in duration \"10x\"");
	assert_true(units_duration("", &ns, NULL) < 0);
}

static void assert_time(const char *text, uint64_t expected)
{
	uint64_t time;

	assert_int_equal(units_time(text, 1000000 * SECOND, &time, NULL), 0);
	assert_int_equal(time, expected);
}

static void since_takes_every_form_docker_takes(void **state)
{
	uint64_t time;

	(void)state;
	setenv("TZ", "UTC-2", 1);
	tzset();
	assert_time("1136073845", 1136073845 * SECOND);
	assert_time("1136073845.000000001", 1136073845 * SECOND + 1);
	assert_time("2006-01-02T15:04:05Z", 1136214245 * SECOND);
	assert_time("2006-01-02T15:04:05.5+01:00", 1136210645 * SECOND + SECOND / 2);
	assert_time("2006-01-02T15:04:05", (1136214245 - 7200) * SECOND);
	assert_time("2006-01-02T15:04Z", 1136214240 * SECOND);
	assert_time("2006-01-02Z", 1136160000 * SECOND);
	assert_time("10m", (1000000 - 600) * SECOND);
	assert_int_equal(units_time("yesterday", 0, &time, NULL), -22);
	assert_int_equal(units_time("2006-13-02", 0, &time, NULL), -22);
	assert_int_equal(units_time("2006-01-02T25:00", 0, &time, NULL), -22);
}

static void assert_ago(uint64_t seconds, const char *expected)
{
	struct buf out = BUF_INIT;

	units_put_ago(&out, SECOND, (seconds + 1) * SECOND);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void times_ago_are_dockers(void **state)
{
	(void)state;
	assert_ago(0, "Less than a second");
	assert_ago(1, "1 second");
	assert_ago(59, "59 seconds");
	assert_ago(60, "About a minute");
	assert_ago(119, "About a minute");
	assert_ago(120, "2 minutes");
	assert_ago(3599, "59 minutes");
	assert_ago(3600, "About an hour");
	assert_ago(5399, "About an hour");
	assert_ago(5400, "2 hours");
	assert_ago(47 * 3600, "47 hours");
	assert_ago(48 * 3600, "2 days");
	assert_ago(13 * 86400, "13 days");
	assert_ago(14 * 86400, "2 weeks");
	assert_ago(60 * 86400, "2 months");
	assert_ago(730 * 86400, "2 years");
}

static void assert_size(uint64_t bytes, const char *expected)
{
	struct buf out = BUF_INIT;

	units_put_size(&out, bytes);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void sizes_have_three_digits(void **state)
{
	(void)state;
	assert_size(0, "0B");
	assert_size(999, "999B");
	assert_size(1000, "1kB");
	assert_size(77800000, "77.8MB");
	assert_size(1379000000, "1.38GB");
	assert_size(999999, "1MB");
	assert_size(999600000, "1GB");
}

static void times_are_rfc3339(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	setenv("TZ", "UTC+3:30", 1);
	tzset();
	units_put_time(&out, 1136214245 * SECOND + 7);
	assert_string_equal(buf_text(&out), "2006-01-02T15:04:05.000000007Z");
	buf_clear(&out);
	units_put_local(&out, 1136214245 * SECOND + 7);
	assert_string_equal(buf_text(&out), "2006-01-02T11:34:05.000000007-03:30");
	buf_fini(&out);
}

static void signals_have_names_and_numbers(void **state)
{
	struct err err;
	int number;

	(void)state;
	assert_int_equal(units_signal("sigterm", &number, NULL), 0);
	assert_int_equal(number, SIGTERM);
	assert_int_equal(units_signal("HUP", &number, NULL), 0);
	assert_int_equal(number, SIGHUP);
	assert_int_equal(units_signal("9", &number, NULL), 0);
	assert_int_equal(number, 9);
	assert_int_equal(units_signal("SIGRTMIN+3", &number, NULL), 0);
	assert_int_equal(number, SIGRTMIN + 3);
	assert_true(units_signal("RTMAX+1", &number, NULL) < 0);
	assert_true(units_signal("0", &number, NULL) < 0);
	assert_true(units_signal("NOPE", &number, &err) < 0);
	assert_string_equal(err.text, "Invalid signal: NOPE");
}

static void swap_is_a_size_or_minus_one(void **state)
{
	struct err err;
	int64_t bytes;

	(void)state;
	assert_int_equal(units_swap("-1", &bytes, &err), 0);
	assert_int_equal(bytes, -1);
	assert_int_equal(units_swap("64m", &bytes, &err), 0);
	assert_int_equal(bytes, 64 << 20);
	assert_int_equal(units_swap("-2", &bytes, &err), -22);
	assert_int_equal(units_swap("", &bytes, &err), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_powers_of_1024_whatever_their_letters),
		cmocka_unit_test(swap_is_a_size_or_minus_one),
		cmocka_unit_test(processors_are_counted_in_billionths),
		cmocka_unit_test(durations_are_gos),
		cmocka_unit_test(since_takes_every_form_docker_takes),
		cmocka_unit_test(times_ago_are_dockers),
		cmocka_unit_test(sizes_have_three_digits),
		cmocka_unit_test(times_are_rfc3339),
		cmocka_unit_test(signals_have_names_and_numbers),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
