/* Detection, limits and device rules on the trees of hosts that this one is not. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/fake_cgroups.h"
#include "runtime/cgroup.h"
#include "util/own.h"

struct host {
	char dir[64];
	struct cgroup_layout *layout;
};

static struct host host_new(enum fake_host kind)
{
	struct host host = {.layout = NULL};
	struct err err = {0};

	fake_cgroups_make(kind, host.dir);
	if (cgroup_layout_new(host.dir, &host.layout, &err) < 0)
		fail_msg("%s", err.text);
	return host;
}

static void host_free(struct host *host)
{
	cgroup_layout_free(host->layout);
	fake_cgroups_remove(host->dir);
}

#define auto_host __attribute__((cleanup(host_free))) struct host

static int version_of(const struct host *host, enum cgroup_controller controller)
{
	const struct cgroup_hierarchy *h = cgroup_find(host->layout, controller);

	return h ? h->version : 0;
}

/* "file=value" in order, the first that matches `file` asked for. */
static const char *written(const struct cgroup_steps *steps, const char *file)
{
	for (size_t i = 0; i < steps->len; i++) {
		if (steps->v[i].action == CGROUP_WRITE && str_eq(steps->v[i].file, file))
			return steps->v[i].value;
	}
	return NULL;
}

static void plan_ok(
	const struct host *host, const struct spec_resources *res, struct cgroup_steps *steps)
{
	struct err err = {0};

	if (cgroup_plan_new(host->layout, "davit/x", res, steps, &err) < 0)
		fail_msg("%s", err.text);
}

static void what_is_delegated_is_below_its_cgroup_and_v1_stays(void **state)
{
	auto_host pure = host_new(FAKE_V2), hybrid = host_new(FAKE_HYBRID);
	struct err err = {0};

	(void)state;
	assert_int_equal(cgroup_layout_move(pure.layout, "a.slice/b.scope", &err), 0);
	assert_true(str_has_suffix(cgroup_unified(pure.layout)->mount, "/a.slice/b.scope"));
	assert_int_equal(version_of(&pure, CGROUP_MEMORY), 2);
	assert_true(cgroup_is_pure_v2(pure.layout));
	assert_int_equal(cgroup_layout_move(hybrid.layout, "a.slice", &err), 0);
	for (size_t i = 0; i < cgroup_count(hybrid.layout); i++)
		assert_int_equal(cgroup_at(hybrid.layout, i)->version == 2,
			str_has_suffix(cgroup_at(hybrid.layout, i)->mount, "/a.slice"));
}

static void a_v2_host_has_everything_in_one_place(void **state)
{
	auto_host host = host_new(FAKE_V2);

	(void)state;
	assert_true(cgroup_is_pure_v2(host.layout));
	for (unsigned c = 0; c < CGROUP_CONTROLLERS; c++)
		assert_int_equal(version_of(&host, c), 2);
	assert_string_equal(cgroup_freeze_file(host.layout), "cgroup.freeze");
}

static void a_v1_host_has_a_hierarchy_for_each(void **state)
{
	auto_host host = host_new(FAKE_V1);

	(void)state;
	assert_int_equal(cgroup_count(host.layout), 8);
	assert_int_equal(version_of(&host, CGROUP_MEMORY), 1);
	assert_ptr_equal(
		cgroup_find(host.layout, CGROUP_CPU), cgroup_find(host.layout, CGROUP_CPUACCT));
	assert_int_equal(version_of(&host, CGROUP_HUGETLB), 0);
	assert_null(cgroup_unified(host.layout));
	assert_string_equal(cgroup_freeze_file(host.layout), "freezer.state");
	assert_string_equal(cgroup_at(host.layout, 7)->name, "name=systemd");
}

static void a_mixed_host_is_decided_controller_by_controller(void **state)
{
	auto_host host = host_new(FAKE_HYBRID);

	(void)state;
	assert_false(cgroup_is_pure_v2(host.layout));
	assert_int_equal(cgroup_count(host.layout), 9);
	assert_int_equal(version_of(&host, CGROUP_MEMORY), 1);
	assert_int_equal(version_of(&host, CGROUP_FREEZER), 1);
	assert_int_equal(version_of(&host, CGROUP_HUGETLB), 2);
	assert_non_null(cgroup_unified(host.layout));
}

static void mounts_from_outside_the_namespace_are_refused_by_name(void **state)
{
	struct cgroup_layout *layout = NULL;
	struct err err = {0};
	char dir[64];

	(void)state;
	fake_cgroups_make(FAKE_OUTSIDE, dir);
	assert_int_equal(cgroup_layout_new(dir, &layout, &err), -EXDEV);
	assert_non_null(strstr(err.text, "/sys/fs/cgroup was mounted from outside"));
	fake_cgroups_remove(dir);
}

static const struct spec_resources all_limits = {
	.memory = {.limit = 64 << 20, .swap = 128 << 20, .reservation = 32 << 20},
	.cpu = {.shares = 1024, .quota = 50000, .cpus = (char *)"0-1", .mems = (char *)"0"},
	.pids_limit = 100,
	.block_io = {.weight = 500},
};

static void limits_on_v2(void **state)
{
	auto_host host = host_new(FAKE_V2);
	auto_cgroup_steps steps = {0};

	(void)state;
	plan_ok(&host, &all_limits, &steps);
	assert_string_equal(written(&steps, "memory.max"), "67108864");
	assert_string_equal(written(&steps, "memory.swap.max"), "67108864");
	assert_string_equal(written(&steps, "memory.low"), "33554432");
	assert_string_equal(written(&steps, "cpu.max"), "50000 100000");
	assert_string_equal(written(&steps, "cpu.weight"), "100");
	assert_string_equal(written(&steps, "cpuset.cpus"), "0-1");
	assert_string_equal(written(&steps, "pids.max"), "100");
	assert_string_equal(written(&steps, "io.weight"), "4950");
}

static void limits_on_v1(void **state)
{
	auto_host host = host_new(FAKE_V1);
	auto_cgroup_steps steps = {0};
	size_t copied = 0, wrote = 0;

	(void)state;
	plan_ok(&host, &all_limits, &steps);
	assert_string_equal(written(&steps, "memory.limit_in_bytes"), "67108864");
	assert_string_equal(written(&steps, "memory.memsw.limit_in_bytes"), "134217728");
	assert_string_equal(written(&steps, "memory.soft_limit_in_bytes"), "33554432");
	assert_string_equal(written(&steps, "cpu.cfs_quota_us"), "50000");
	assert_string_equal(written(&steps, "cpu.shares"), "1024");
	assert_string_equal(written(&steps, "pids.max"), "100");
	assert_string_equal(written(&steps, "blkio.weight"), "500");
	for (size_t i = 0; i < steps.len; i++) {
		if (steps.v[i].action == CGROUP_COPY)
			copied = i;
		if (steps.v[i].file && str_eq(steps.v[i].file, "cpuset.cpus"))
			wrote = i;
	}
	assert_true(copied > 0 && copied < wrote);
}

static void no_limit_is_said_in_each_versions_words(void **state)
{
	const struct spec_resources res = {
		.memory = {.limit = -1, .swap = -1}, .cpu = {.quota = -1}, .pids_limit = -1};
	auto_host v1 = host_new(FAKE_V1), v2 = host_new(FAKE_V2);
	auto_cgroup_steps one = {0}, two = {0};

	(void)state;
	plan_ok(&v1, &res, &one);
	plan_ok(&v2, &res, &two);
	assert_string_equal(written(&one, "memory.limit_in_bytes"), "-1");
	assert_string_equal(written(&one, "cpu.cfs_quota_us"), "-1");
	assert_string_equal(written(&one, "pids.max"), "max");
	assert_string_equal(written(&two, "memory.max"), "max");
	assert_string_equal(written(&two, "memory.swap.max"), "max");
	assert_string_equal(written(&two, "cpu.max"), "max 100000");
	assert_string_equal(written(&two, "pids.max"), "max");
}

static void shares_become_weights_that_keep_their_order(void **state)
{
	static const struct {
		uint64_t shares;
		const char *weight;
	} cases[] = {{2, "1"}, {1024, "100"}, {262144, "10000"}, {1000000, "10000"}};
	auto_host host = host_new(FAKE_V2);

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct spec_resources res = {.cpu = {.shares = cases[i].shares}};
		auto_cgroup_steps steps = {0};

		plan_ok(&host, &res, &steps);
		assert_string_equal(written(&steps, "cpu.weight"), cases[i].weight);
	}
}

/* The formula as the specification has it. */
static void every_share_has_the_weight_of_the_formula(void **state)
{
	(void)state;
	for (uint64_t shares = 3; shares < 262144; shares++) {
		double l = log2((double)shares);
		double weight = ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));

		assert_int_equal(cgroup_weight_of_shares(shares), (int64_t)weight);
	}
}

static void refused(
	const struct host *host, const struct spec_resources *res, int code, const char *sentence)
{
	auto_cgroup_steps steps = {0};
	struct err err = {0};

	assert_int_equal(cgroup_plan_new(host->layout, "davit/x", res, &steps, &err), code);
	assert_string_equal(err.text, sentence);
}

static void a_limit_that_cannot_be_set_is_refused_by_name(void **state)
{
	static const struct spec_hugepage pages = {(char *)"2MB", 1 << 21};
	const struct spec_resources huge = {
		.hugepages = {.v = (struct spec_hugepage *)&pages, .len = 1}};
	const struct spec_resources swappy = {.memory = {.swappiness = {true, 5}}};
	const struct spec_resources crossed = {.memory = {.limit = 100, .swap = 50}};
	auto_host v1 = host_new(FAKE_V1), v2 = host_new(FAKE_V2);

	(void)state;
	refused(&v1, &huge, -ENOTSUP,
		"linux.resources.hugepageLimits: this host has no hugetlb controller");
	refused(&v2, &swappy, -ENOTSUP,
		"linux.resources.memory.swappiness: cgroup v2 has no such setting");
	refused(&v1, &crossed, -EINVAL,
		"linux.resources.memory.swap: counts memory too, so it must not be below the memory "
		"limit");
}

static void parents_are_prepared_once_and_removed(void **state)
{
	auto_host v1 = host_new(FAKE_V1), v2 = host_new(FAKE_V2);
	struct err err = {0};

	(void)state;
	/* the kernel makes these with the directory; a plain one needs help */
	fake_cgroups_file(v1.dir, "sys/fs/cgroup/cpuset/davit/cpuset.cpus", "");
	fake_cgroups_file(v1.dir, "sys/fs/cgroup/cpuset/davit/cpuset.mems", "");
	if (cgroup_prepare(v1.layout, "davit", &err) < 0 ||
		cgroup_prepare(v1.layout, "davit", &err) < 0 ||
		cgroup_prepare(v2.layout, "davit", &err) < 0)
		fail_msg("%s", err.text);
	{
		auto_free char *last =
			fake_cgroups_read(v2.dir, "sys/fs/cgroup/cgroup.subtree_control");

		/* one write a controller: a plain file keeps what the writes overlaid */
		assert_non_null(last);
		assert_true(last[0] == '+');
	}
	assert_int_equal(cgroup_remove(v2.layout, "davit", &err), 0);
	assert_int_equal(cgroup_remove(v2.layout, "davit", &err), 0);
	assert_int_equal(cgroup_remove(v1.layout, "davit", &err), -ENOTEMPTY);
}

static void steps_are_applied_and_a_failure_names_the_file(void **state)
{
	const struct spec_resources res = {.pids_limit = 7};
	auto_host host = host_new(FAKE_V2);
	auto_cgroup_steps steps = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(cgroup_prepare(host.layout, "davit", &err), 0);
	plan_ok(&host, &res, &steps);
	assert_int_equal(cgroup_apply(&steps, &err), -ENOENT);
	assert_non_null(strstr(err.text, "davit/x/pids.max = 7: No such file"));
	fake_cgroups_file(host.dir, "sys/fs/cgroup/davit/x/pids.max", "");
	assert_int_equal(cgroup_apply(&steps, &err), 0);
	{
		auto_free char *value =
			fake_cgroups_read(host.dir, "sys/fs/cgroup/davit/x/pids.max");

		assert_string_equal(value, "7");
	}
}

static void an_update_moves_the_outer_limit_out_of_the_way(void **state)
{
	const struct spec_resources res = {.memory = {.limit = 100 << 20, .swap = 200 << 20}};
	auto_host host = host_new(FAKE_V1);
	auto_cgroup_steps steps = {0};

	(void)state;
	assert_int_equal(cgroup_plan_update(host.layout, "davit/x", &res, &steps, NULL), 0);
	assert_int_equal(steps.len, 3);
	assert_string_equal(steps.v[0].value, "-1");
	assert_string_equal(steps.v[1].file, "memory.limit_in_bytes");
	assert_string_equal(steps.v[2].value, "209715200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_v2_host_has_everything_in_one_place),
		cmocka_unit_test(a_v1_host_has_a_hierarchy_for_each),
		cmocka_unit_test(a_mixed_host_is_decided_controller_by_controller),
		cmocka_unit_test(mounts_from_outside_the_namespace_are_refused_by_name),
		cmocka_unit_test(limits_on_v2),
		cmocka_unit_test(limits_on_v1),
		cmocka_unit_test(no_limit_is_said_in_each_versions_words),
		cmocka_unit_test(shares_become_weights_that_keep_their_order),
		cmocka_unit_test(every_share_has_the_weight_of_the_formula),
		cmocka_unit_test(a_limit_that_cannot_be_set_is_refused_by_name),
		cmocka_unit_test(parents_are_prepared_once_and_removed),
		cmocka_unit_test(what_is_delegated_is_below_its_cgroup_and_v1_stays),
		cmocka_unit_test(steps_are_applied_and_a_failure_names_the_file),
		cmocka_unit_test(an_update_moves_the_outer_limit_out_of_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
