#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/id_map.h"
#include "core/idmap.h"
#include "core/ids_option.h"
#include "util/own.h"

static void is_map(const char *text, uint32_t inside, uint32_t outside, uint32_t count)
{
	struct id_map map;

	assert_true(id_map_read(text, &map));
	assert_int_equal(map.inside, inside);
	assert_int_equal(map.outside, outside);
	assert_int_equal(map.count, count);
}

static void maps_are_read_and_what_is_none_is_not(void **state)
{
	static const char *const bad[] = {"", ":", "1", "1:", ":1", "1:2:", "1:2:3:", "1:2:3:4",
		"1:2 ", " 1:2", "-1:2", "1:+2", "0x1:2", "1::2", "4294967296:1", "1:4294967296",
		"1:2:4294967296", "99999999999999999999:1", "1,2"};
	struct id_map map;

	(void)state;
	is_map("0:100000:65536", 0, 100000, 65536);
	is_map("7:8", 7, 8, 1);
	is_map("4294967295:4294967295:4294967295", UINT32_MAX, UINT32_MAX, UINT32_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (id_map_read(bad[i], &map))
			fail_msg("taken for a map: %s", bad[i]);
}

static void the_kernels_lines_are_read_to_the_first_that_is_none(void **state)
{
	auto_id_maps maps = {0};

	(void)state;
	id_maps_read(
		"         0     100000       1000\n      1000       5000          1\nx", &maps);
	assert_int_equal(maps.len, 2);
	assert_int_equal(maps.v[1].inside, 1000);
	assert_int_equal(maps.v[1].outside, 5000);
}

static void all_of(struct id_maps *maps, const char *text)
{
	struct id_map map;
	char one[64];
	int used;

	for (; sscanf(text, "%63s%n", one, &used) == 1; text += used) {
		assert_true(id_map_read(one, &map));
		id_maps_add(maps, map);
	}
}

static void checked(const char *text, int code, const char *words)
{
	auto_id_maps maps = {0};
	struct err err = {0};

	all_of(&maps, text);
	assert_int_equal(id_maps_check(&maps, "--uidmap", true, &err), code);
	if (code && !strstr(err.text, words))
		fail_msg("%s: says %s", text, err.text);
}

static void what_the_kernel_would_refuse_is_said_before(void **state)
{
	(void)state;
	checked("0:100000:65536", 0, NULL);
	checked("1:0:1 0:1:1", 0, NULL);
	checked("0:100:1 1:101:1 5:4:1", 0, NULL);
	checked("0:4294967293:2", 0, NULL);
	checked("1:100:1", -EINVAL, "id 0 is not mapped");
	checked("", -EINVAL, "id 0 is not mapped");
	checked("0:100:0", -EINVAL, "the count must be 1 or more");
	checked("0:100:10 9:200:1", -EINVAL,
		"9:200:1: overlaps with 0:100:10 in the ids of the container");
	checked("0:100:10 10:109:1", -EINVAL, "overlaps with 0:100:10 in the ids of the host");
	checked("0:4294967294:2", -EINVAL, "reaches beyond the last id");
	checked("4294967295:0:1", -EINVAL, "reaches beyond the last id");
}

static void too_many_maps_are_refused_by_number_and_by_size(void **state)
{
	auto_id_maps maps = {0};
	struct err err = {0};

	(void)state;
	for (uint32_t i = 0; i < ID_MAPS_MAX; i++)
		id_maps_add(&maps, (struct id_map){i, i, 1});
	assert_int_equal(id_maps_check(&maps, "--uidmap", true, &err), 0);
	id_maps_add(&maps, (struct id_map){ID_MAPS_MAX, ID_MAPS_MAX, 1});
	assert_int_equal(id_maps_check(&maps, "--uidmap", true, &err), -EINVAL);
	assert_non_null(strstr(err.text, "341 maps are more than the kernel's 340"));
	maps.len = 300;
	for (uint32_t i = 1; i < 300; i++)
		maps.v[i] = (struct id_map){1000000 + i, 1000000 + i, 1};
	assert_int_equal(id_maps_check(&maps, "--uidmap", true, &err), -EINVAL);
	assert_non_null(strstr(err.text, "the kernel reads 4095"));
}

static void what_fixed_maps_leave_is_filled_in_order(void **state)
{
	auto_id_maps fixed = {0}, filled = {0};
	uint32_t next = 5000;

	(void)state;
	all_of(&fixed, "10:1:5 0:90:1 100:7:50");
	assert_int_equal(id_maps_missing(&fixed, 20), 14);
	assert_int_equal(id_maps_missing(&fixed, 120), 94);
	assert_int_equal(id_maps_missing(&fixed, 1), 0);
	id_maps_fill(&filled, &fixed, 120, &next);
	assert_int_equal(next, 5094);
	assert_int_equal(filled.len, 2);
	assert_memory_equal(&filled.v[0], (&(struct id_map){1, 5000, 9}), sizeof(struct id_map));
	assert_memory_equal(&filled.v[1], (&(struct id_map){15, 5009, 85}), sizeof(struct id_map));
}

static void ids_are_translated_and_strangers_are_nobody(void **state)
{
	auto_id_maps maps = {0};

	(void)state;
	all_of(&maps, "0:1000:10 50:7:2");
	assert_int_equal(id_inside(&maps, 1009), 9);
	assert_int_equal(id_inside(&maps, 8), 51);
	assert_int_equal(id_inside(&maps, 1010), ID_NOBODY);
	assert_int_equal(id_inside(&maps, 0), ID_NOBODY);
	assert_int_equal(id_outside(&maps, 9), 1009);
	assert_int_equal(id_outside(&maps, 51), 8);
	assert_int_equal(id_outside(&maps, 10), 10);
	assert_false(id_is_mapped(&maps, 10));
	assert_int_equal(id_inside(NULL, 1010), 1010);
	assert_int_equal(id_outside(NULL, 9), 9);
}

/* ---- options ---- */

struct asked {
	struct container_request request;
	struct ids_option option;
	struct err err;
};

static int ask(struct asked *asked, const char *mode, const char *users, const char *groups)
{
	*asked = (struct asked){.request.userns_mode = mode};
	if (users)
		strs_add(&asked->request.uid_maps, users);
	if (groups)
		strs_add(&asked->request.gid_maps, groups);
	return ids_option_read(&asked->request, &asked->option, &asked->err);
}

static void forget(struct asked *asked)
{
	ids_option_fini(&asked->option);
	container_request_fini(&asked->request);
}

#define auto_asked __attribute__((cleanup(forget))) struct asked

static void modes_say_where_the_ids_come_from(void **state)
{
	static const struct {
		const char *mode;
		enum ids_kind kind;
	} cases[] = {{NULL, IDS_HOST}, {"", IDS_HOST}, {"host", IDS_HOST}, {"auto", IDS_AUTO},
		{"auto:size=7", IDS_AUTO}, {"0:5:10", IDS_GIVEN}, {"container:x", IDS_CONTAINER},
		{"ns:/x", IDS_PATH}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_asked asked;

		assert_int_equal(ask(&asked, cases[i].mode, NULL, NULL), 0);
		assert_int_equal(asked.option.kind, cases[i].kind);
	}
}

static void auto_has_a_size_and_fixed_maps(void **state)
{
	auto_asked asked;

	(void)state;
	assert_int_equal(
		ask(&asked, "auto:size=1000,uidmapping=5:6:7,gidmapping=8:9,uidmapping=0:1", NULL,
			NULL),
		0);
	assert_int_equal(asked.option.count, 1000);
	assert_int_equal(asked.option.users.len, 2);
	assert_int_equal(asked.option.groups.len, 1);
	assert_int_equal(asked.option.groups.v[0].count, 1);
}

static void keep_id_has_ids_that_are_kept(void **state)
{
	auto_asked own = {0}, given = {0};

	(void)state;
	assert_int_equal(ask(&own, "keep-id", NULL, NULL), 0);
	assert_int_equal(own.option.kind, IDS_KEEP);
	assert_int_equal(own.option.keep_user, IDS_OWN);
	assert_int_equal(ask(&given, "keep-id:gid=7,uid=5", NULL, NULL), 0);
	assert_int_equal(given.option.keep_user, 5);
	assert_int_equal(given.option.keep_group, 7);
}

static void check_kept(uint32_t kept, uint64_t count, const char *wanted)
{
	auto_id_maps maps = {0};
	char text[200] = "";

	id_maps_keep(&maps, kept, count);
	for (size_t i = 0; i < maps.len; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u:%u:%u ",
			maps.v[i].inside, maps.v[i].outside, maps.v[i].count);
	assert_string_equal(text, wanted);
	assert_int_equal(id_maps_check(&maps, "x", true, NULL), 0);
	assert_int_equal(id_outside(&maps, kept), 0);
}

static void a_kept_id_is_0_outside_and_all_others_stay_in_order(void **state)
{
	(void)state;
	check_kept(1000, 65537, "0:1:1000 1000:0:1 1001:1001:64536 ");
	check_kept(0, 65537, "0:0:1 1:1:65536 ");
	check_kept(1, 2, "0:1:1 1:0:1 ");
	check_kept(65536, 65537, "0:1:65536 65536:0:1 ");
	check_kept(200000, 65537, "0:1:65536 200000:0:1 ");
	check_kept(4294967294, 3, "0:1:2 4294967294:0:1 ");
}

static void a_map_of_one_kind_is_the_others_too_unless_flags_say_no(void **state)
{
	auto_asked both = {0}, users = {0}, crossed = {0}, apart = {0};

	(void)state;
	assert_int_equal(ask(&both, NULL, "0:5:10", NULL), 0);
	assert_int_equal(both.option.groups.len, 1);
	assert_int_equal(ask(&users, NULL, NULL, "@0:5:10"), 0);
	assert_int_equal(users.option.users.len, 1);
	assert_int_equal(ask(&crossed, "private", "ug0:5:10", NULL), 0);
	assert_int_equal(crossed.option.groups.len, 1);
	assert_int_equal(ask(&apart, NULL, "u0:5:10", NULL), -EINVAL);
	assert_non_null(strstr(apart.err.text, "--gidmap: the container's id 0 is not mapped"));
}

static void what_cannot_be_is_refused_by_name(void **state)
{
	static const struct {
		const char *mode, *users, *words;
		int code;
	} cases[] = {
		{"keep-id:size=5", NULL, "keep-id has no option size=5", -EINVAL},
		{"keep-id:uid=", NULL, "is no id", -EINVAL},
		{"keep-id:uid=4294967295", NULL, "4294967295 is no id", -EINVAL},
		{"keep-id:uid=1,", NULL, "keep-id has no option", -EINVAL},
		{"keep-idle", NULL, "--userns: invalid USER mode", -EINVAL},
		{"nomap", NULL, "nomap is only supported", -ENOTSUP},
		{"what", NULL, "--userns: invalid USER mode", -EINVAL},
		{"ns:x", NULL, "--userns: invalid USER mode", -EINVAL},
		{"container:", NULL, "--userns: invalid USER mode", -EINVAL},
		{"private", NULL, "--userns private: say which", -EINVAL},
		{"auto", "0:5:10", "--userns auto cannot be combined", -EINVAL},
		{"host", "0:5:10", "--userns host cannot be combined", -EINVAL},
		{"auto:", NULL, "auto has no option", -EINVAL},
		{"auto:size=", NULL, "the size is not a number", -EINVAL},
		{"auto:size=0", NULL, "the size is not a number", -EINVAL},
		{"auto:size=1k", NULL, "the size is not a number", -EINVAL},
		{"auto:size=4294967296", NULL, "the size is not a number", -EINVAL},
		{"auto:uidmapping=4294967295:1:4294967295", NULL, "beyond the last id", -EINVAL},
		{"auto:uidmapping=1:2:5,uidmapping=3:9:1", NULL, "overlaps with", -EINVAL},
		{"auto:uidmapping=x", NULL, "x is no map", -EINVAL},
		{"0:5:10,", NULL, "is no map", -EINVAL},
		{"1:5:10", NULL, "--userns 1:5:10: the container's id 0", -EINVAL},
		{NULL, "x", "--uidmap: x is no map", -EINVAL},
		{NULL, "+0:5:10", "there is no map to add to", -ENOTSUP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_asked asked;

		assert_int_equal(ask(&asked, cases[i].mode, cases[i].users, NULL), cases[i].code);
		if (!strstr(asked.err.text, cases[i].words))
			fail_msg("says: %s", asked.err.text);
	}
}

static void names_in_subuid_exclude_maps(void **state)
{
	struct container_request request = {.subuid_name = "lent"};
	auto_ids_option option = {.kind = IDS_HOST};
	struct err err = {0};

	(void)state;
	assert_int_equal(ids_option_read(&request, &option, &err), 0);
	assert_int_equal(option.kind, IDS_NAMED);
	assert_string_equal(option.group, "lent");
	request.userns_mode = "auto";
	assert_int_equal(ids_option_read(&request, &option, &err), -EINVAL);
	request.userns_mode = NULL;
	strs_add(&request.uid_maps, "0:1:1");
	assert_int_equal(ids_option_read(&request, &option, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--subuidname and --uidmap exclude each other"));
	strs_fini(&request.uid_maps);
}

/* ---- idmap of binds ---- */

static void owners_of_binds_are_given_as_podman_writes_them(void **state)
{
	static const char *const bad[] = {"uids", "uids=", "uids=1-2", "uids=1:2:3", "uids=1-2-3#",
		"uids=1-2-3;", "uids=1-2-3;uids=4-5-6", "gid=1-2-3", "@", "uids=1-2-0",
		"uids=0-0-5#4-9-1", "uids=1-2-3-4", "uids=-1-2-3"};
	auto_idmap idmap = {0}, none = {0};
	struct err err;

	(void)state;
	assert_int_equal(idmap_read("@uids=0-1-10#10-11-5;gids=0-100-10", &idmap, &err), 0);
	assert_true(idmap.is_relative);
	assert_int_equal(idmap.users.len, 2);
	assert_int_equal(idmap.users.v[1].outside, 11);
	assert_int_equal(idmap.groups.v[0].count, 10);
	assert_int_equal(idmap_read("", &none, &err), 0);
	assert_int_equal(none.users.len + none.groups.len, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (idmap_read(bad[i], &none, &err) != -EINVAL)
			fail_msg("taken for maps: %s", bad[i]);
}

static struct spec *spec_with_two_maps(void)
{
	struct spec *spec = spec_new();

	assert_non_null(spec);
	*spec_grow(&spec->lnx.uid_mappings) = (struct spec_id_map){0, 1000, 10};
	*spec_grow(&spec->lnx.uid_mappings) = (struct spec_id_map){10, 5000, 10};
	*spec_grow(&spec->lnx.gid_mappings) = (struct spec_id_map){0, 2000, 10};
	assert_int_equal(spec_set_namespace(spec, "user", NULL), 0);
	return spec;
}

static void ids_of_the_container_are_found_across_its_maps(void **state)
{
	auto_of(spec) struct spec *spec = spec_with_two_maps();
	struct spec_mount *mount;
	struct err err;

	(void)state;
	assert_int_equal(spec_add_mount(spec, "/s", "bind", "/s", NULL), 0);
	mount = &spec->mounts.v[spec->mounts.len - 1];
	assert_int_equal(idmap_apply("@uids=100-8-4", "/s", spec, mount, &err), 0);
	assert_int_equal(mount->uid_mappings.len, 2);
	assert_int_equal(mount->uid_mappings.v[0].host_id, 1008);
	assert_int_equal(mount->uid_mappings.v[0].size, 2);
	assert_int_equal(mount->uid_mappings.v[1].container_id, 102);
	assert_int_equal(mount->uid_mappings.v[1].host_id, 5000);
	/* What was not given is the container's own. */
	assert_int_equal(mount->gid_mappings.v[0].host_id, 2000);
	assert_int_equal(idmap_apply("@uids=0-19-2", "/s", spec, mount, &err), -EINVAL);
	assert_non_null(strstr(err.text, "behind @"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_read_and_what_is_none_is_not),
		cmocka_unit_test(the_kernels_lines_are_read_to_the_first_that_is_none),
		cmocka_unit_test(what_the_kernel_would_refuse_is_said_before),
		cmocka_unit_test(too_many_maps_are_refused_by_number_and_by_size),
		cmocka_unit_test(what_fixed_maps_leave_is_filled_in_order),
		cmocka_unit_test(ids_are_translated_and_strangers_are_nobody),
		cmocka_unit_test(modes_say_where_the_ids_come_from),
		cmocka_unit_test(auto_has_a_size_and_fixed_maps),
		cmocka_unit_test(keep_id_has_ids_that_are_kept),
		cmocka_unit_test(a_kept_id_is_0_outside_and_all_others_stay_in_order),
		cmocka_unit_test(a_map_of_one_kind_is_the_others_too_unless_flags_say_no),
		cmocka_unit_test(what_cannot_be_is_refused_by_name),
		cmocka_unit_test(names_in_subuid_exclude_maps),
		cmocka_unit_test(owners_of_binds_are_given_as_podman_writes_them),
		cmocka_unit_test(ids_of_the_container_are_found_across_its_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
