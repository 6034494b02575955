#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "core/volume.h"
#include "util/own.h"

static struct store *open_store(const struct scratch *scratch)
{
	char root[100], run[100];
	const struct store_options options = {.root = root, .run_root = run};
	struct store *store = NULL;
	struct err err;

	snprintf(root, sizeof(root), "%s/store", scratch->path);
	snprintf(run, sizeof(run), "%s/run", scratch->path);
	if (store_open(&options, &store, &err) < 0)
		fail_msg("%s", err.text);
	return store;
}

static void what_a_volume_was_made_with_is_read_again(void **state)
{
	auto_store *store = open_store(*state);
	auto_volume made, read;
	auto_strs names = STRS_INIT;
	struct err err;

	volume_init(&made);
	volume_init(&read);
	snprintf(made.name, sizeof(made.name), "data");
	made.anonymous = true;
	strs_add(&made.labels, "a=b=c");
	strs_add(&made.options, "o=size=1m,uid=3");
	assert_int_equal(volume_make(store, &made, &err), 0);
	assert_int_equal(volume_make(store, &made, &err), -EEXIST);
	assert_int_equal(volume_read(store, "data", &read, &err), 0);
	assert_true(read.anonymous && read.created_ns > 0);
	assert_string_equal(read.labels.v[0], "a=b=c");
	assert_string_equal(strs_env(&read.options, "o"), "size=1m,uid=3");
	assert_int_equal(volume_names(store, &names, &err), 0);
	assert_int_equal(names.len, 1);
}

static void names_that_lead_elsewhere_are_no_volumes(void **state)
{
	static const char *const names[] = {".", "..", "../layers", "a/b", "/etc", "none"};
	auto_store *store = open_store(*state);
	auto_volume nameless;
	struct err err;

	volume_init(&nameless);
	assert_int_equal(volume_read(store, "", &nameless, &err), -EINVAL);
	for (size_t i = 0; i < array_len(names); i++) {
		auto_volume read;
		char says[100];

		volume_init(&read);
		assert_int_equal(volume_read(store, names[i], &read, &err), -ENOENT);
		snprintf(says, sizeof(says), "get %s: no such volume", names[i]);
		assert_string_equal(err.text, says);
		assert_int_equal(volume_lock(store, names[i], &err), -ENOENT);
	}
}

static void options_are_checked_as_docker_does(void **state)
{
	static const struct {
		const char *options[4], *says;
	} cases[] = {
		{{"what=1"}, "invalid option: \"what\""},
		{{"device=/x"}, "missing required option: \"type\""},
		{{"type=tmpfs"}, "missing required option: \"device\""},
		{{"o=ro"}, "missing required option: \"device\""},
		{{"type=tmpfs", "device=tmpfs", "o=size=1m"}, NULL},
		{{NULL}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_strs options = STRS_INIT;
		struct err err = {0};

		for (size_t k = 0; cases[i].options[k]; k++)
			strs_add(&options, cases[i].options[k]);
		assert_int_equal(volume_check_options(&options, &err) < 0, cases[i].says != NULL);
		if (cases[i].says)
			assert_string_equal(err.text, cases[i].says);
	}
}

static void a_damaged_record_is_named(void **state)
{
	auto_store *store = open_store(*state);
	auto_volume made, read;
	auto_close int lock = -1;
	struct err err;

	volume_init(&made);
	volume_init(&read);
	snprintf(made.name, sizeof(made.name), "data");
	assert_int_equal(volume_make(store, &made, &err), 0);
	lock = volume_lock(store, "data", &err);
	assert_true(lock >= 0);
	assert_int_equal(path_replace_at(lock, "volume.json", "{", 1, 0600), 0);
	assert_true(volume_read(store, "data", &read, &err) < 0);
	assert_non_null(strstr(err.text, "volume data: volume.json: "));
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_enter, scratch_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(what_a_volume_was_made_with_is_read_again),
		in_scratch(names_that_lead_elsewhere_are_no_volumes),
		in_scratch(options_are_checked_as_docker_does),
		in_scratch(a_damaged_record_is_named),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
