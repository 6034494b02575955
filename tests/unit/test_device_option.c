/* --device and its relatives: docker's grammar and its sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/device_option.h"
#include "util/own.h"

static void a_device_has_one_place_two_or_an_access(void **state)
{
	static const struct {
		const char *text, *host, *container, *access;
	} cases[] = {
		{"/dev/a", "/dev/a", "/dev/a", "rwm"},
		{"/dev/a:/dev/b", "/dev/a", "/dev/b", "rwm"},
		{"/dev/a:r", "/dev/a", "/dev/a", "r"},
		{"/dev/a:/dev/b:mr", "/dev/a", "/dev/b", "mr"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct device_option device;

		assert_int_equal(device_option_read(cases[i].text, &device, NULL), 0);
		assert_string_equal(device.host, cases[i].host);
		assert_string_equal(device.container, cases[i].container);
		assert_string_equal(device.access, cases[i].access);
		device_option_fini(&device);
	}
}

static void what_is_no_device_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "invalid device specification: "},
		{"/dev/a:/dev/b:r:w", "invalid device specification: /dev/a:/dev/b:r:w"},
		{"/dev/a:/dev/b:x", "invalid device mode: x"},
		{"/dev/a:/dev/b:rr", "invalid device mode: rr"},
		{"dev", "dev is not an absolute path"},
		{"/dev/a:b", "b is not an absolute path"},
		{"vendor.com/gpu=0", "CDI device injection (--device vendor.com/gpu=0) is not "
				     "supported: give the device's path"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct device_option device;
		struct err err = {0};

		assert_true(device_option_read(cases[i].text, &device, &err) < 0);
		assert_string_equal(err.text, cases[i].says);
	}
}

static void rules_are_read_to_the_letter(void **state)
{
	static const char *const wrong[] = {"", "c", "c 1:2", "c 1:2 ", "c 1:2 x", "c 1:2 rwmr",
		"d 1:2 r", "c  1:2 r", "c 1:2  r", "c -1:2 r", "c 1:2x r", "c 99999999:1 r"};
	struct device_rule rule;
	struct err err = {0};

	(void)state;
	assert_int_equal(device_option_rule("c 13:* rw", &rule, NULL), 0);
	assert_int_equal(rule.type, 'c');
	assert_int_equal(rule.major, 13);
	assert_int_equal(rule.minor, -1);
	assert_string_equal(rule.access, "rw");
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_true(device_option_rule(wrong[i], &rule, &err) < 0);
	assert_string_equal(err.text, "invalid device cgroup format 'c 99999999:1 r'");
}

static void rates_have_units_only_where_they_are_bytes(void **state)
{
	static const char *const wrong[] = {
		"", "/dev/a", "/dev/a:", "a:1", "/dev/a:1:2", ":1", "/dev/a:x", "/dev/a:-1"};
	uint64_t rate;
	unsigned weight;
	char *path;
	struct err err = {0};

	(void)state;
	assert_int_equal(device_option_rate("/dev/a:2kb", true, &path, &rate, NULL), 0);
	assert_int_equal(rate, 2048);
	free(path);
	assert_true(device_option_rate("/dev/a:2kb", false, &path, &rate, &err) < 0);
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_true(device_option_rate(wrong[i], true, &path, &rate, &err) < 0);
		assert_true(device_option_rate(wrong[i], false, &path, &rate, &err) < 0);
		assert_true(device_option_weight(wrong[i], &path, &weight, &err) < 0);
	}
	assert_true(device_option_weight("/dev/a:9", &path, &weight, &err) < 0);
	assert_string_equal(err.text, "invalid weight for device: /dev/a:9");
	assert_int_equal(device_option_weight("/dev/a:10", &path, &weight, &err), 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_has_one_place_two_or_an_access),
		cmocka_unit_test(what_is_no_device_is_refused),
		cmocka_unit_test(rules_are_read_to_the_letter),
		cmocka_unit_test(rates_have_units_only_where_they_are_bytes),
	};

	return cmocka_run_group_tests_name("device_option", tests, NULL, NULL);
}
