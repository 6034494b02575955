#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/fake_cgroups.h"
#include "runtime/cgroup_stat.h"

#define V2 "sys/fs/cgroup/davit/x/"
#define V1 "sys/fs/cgroup/"

static struct cgroup_stat read_once(const char *dir)
{
	auto_of(cgroup_layout) struct cgroup_layout *layout = NULL;
	struct cgroup_stat_files *files = NULL;
	struct cgroup_stat stat = {0};
	struct err err = {0};

	if (cgroup_layout_new(dir, &layout, &err) < 0 ||
		cgroup_stat_open(layout, "davit/x", CGROUP_STAT_ALL, &files, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(cgroup_stat_read(files, &stat), 0);
	cgroup_stat_close(files);
	return stat;
}

static void numbers_of_v2(void **state)
{
	struct cgroup_stat stat;
	char dir[64];

	(void)state;
	fake_cgroups_make(FAKE_V2, dir);
	fake_cgroups_file(dir, V2 "cpu.stat", "usage_usec 1500\nuser_usec 1000\n");
	fake_cgroups_file(dir, V2 "memory.current", "1000000\n");
	fake_cgroups_file(dir, V2 "memory.stat", "anon 1\nfile 2\ninactive_file 400000\n");
	fake_cgroups_file(dir, V2 "memory.max", "max\n");
	fake_cgroups_file(dir, "sys/fs/cgroup/davit/memory.max", "5000000\n");
	fake_cgroups_file(dir, V2 "memory.events", "low 0\noom 3\noom_kill 2\n");
	fake_cgroups_file(dir, V2 "pids.current", "12\n");
	fake_cgroups_file(dir, V2 "io.stat",
		"8:0 rbytes=100 wbytes=200 rios=1\n8:16 rbytes=11 wbytes=22 rios=1\n");
	stat = read_once(dir);
	assert_int_equal(stat.cpu_ns, 1500000);
	assert_int_equal(stat.memory_usage, 1000000);
	assert_int_equal(stat.memory_used, 600000);
	assert_int_equal(stat.memory_limit, 5000000);
	assert_int_equal(stat.pids, 12);
	assert_int_equal(stat.read_bytes, 111);
	assert_int_equal(stat.written_bytes, 222);
	assert_int_equal(stat.oom_kills, 2);
	fake_cgroups_remove(dir);
}

static void numbers_of_v1(void **state)
{
	struct cgroup_stat stat;
	char dir[64];

	(void)state;
	fake_cgroups_make(FAKE_V1, dir);
	fake_cgroups_file(dir, V1 "cpu,cpuacct/davit/x/cpuacct.usage", "777\n");
	fake_cgroups_file(dir, V1 "memory/davit/x/memory.usage_in_bytes", "1000\n");
	fake_cgroups_file(
		dir, V1 "memory/davit/x/memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
	fake_cgroups_file(dir, V1 "memory/davit/x/memory.limit_in_bytes", "4096\n");
	fake_cgroups_file(dir, V1 "blkio/davit/x/blkio.throttle.io_service_bytes_recursive",
		"8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:16 Read 1\nTotal 31\n");
	stat = read_once(dir);
	assert_int_equal(stat.cpu_ns, 777);
	assert_int_equal(stat.memory_used, 700);
	assert_int_equal(stat.memory_limit, 4096);
	assert_int_equal(stat.read_bytes, 11);
	assert_int_equal(stat.written_bytes, 20);
	assert_int_equal(stat.pids, 0);
	fake_cgroups_remove(dir);
}

static void cache_larger_than_usage_is_not_taken_off(void **state)
{
	char dir[64];

	(void)state;
	fake_cgroups_make(FAKE_V2, dir);
	fake_cgroups_file(dir, V2 "memory.current", "10\n");
	fake_cgroups_file(dir, V2 "memory.stat", "inactive_file 11\n");
	assert_int_equal(read_once(dir).memory_used, 10);
	fake_cgroups_remove(dir);
}

static void who_used_no_processor_is_not_read_further(void **state)
{
	auto_of(cgroup_layout) struct cgroup_layout *layout = NULL;
	struct cgroup_stat_files *files = NULL;
	struct cgroup_stat stat = {0};
	struct err err = {0};
	char dir[64];
	bool moved;

	(void)state;
	fake_cgroups_make(FAKE_V2, dir);
	fake_cgroups_file(dir, V2 "cpu.stat", "usage_usec 10\n");
	fake_cgroups_file(dir, V2 "memory.current", "100\n");
	fake_cgroups_file(dir, V2 "memory.events", "oom_kill 1\n");
	assert_int_equal(cgroup_layout_new(dir, &layout, &err), 0);
	assert_int_equal(cgroup_stat_open(layout, "davit/x", CGROUP_STAT_USE, &files, &err), 0);
	assert_int_equal(cgroup_stat_reread(files, &stat, &moved), 0);
	assert_true(moved);
	assert_int_equal(stat.memory_usage, 100);
	assert_int_equal(stat.oom_kills, 0); /* not asked for */
	fake_cgroups_file(dir, V2 "memory.current", "200\n");
	assert_int_equal(cgroup_stat_reread(files, &stat, &moved), 0);
	assert_false(moved);
	assert_int_equal(stat.memory_usage, 100);
	fake_cgroups_file(dir, V2 "cpu.stat", "usage_usec 11\n");
	assert_int_equal(cgroup_stat_reread(files, &stat, &moved), 0);
	assert_true(moved);
	assert_int_equal(stat.cpu_ns, 11000);
	assert_int_equal(stat.memory_usage, 200);
	cgroup_stat_close(files);
	fake_cgroups_remove(dir);
}

static void a_cgroup_that_is_not_there_is_said_so(void **state)
{
	auto_of(cgroup_layout) struct cgroup_layout *layout = NULL;
	struct cgroup_stat_files *files = NULL;
	struct err err = {0};
	char dir[64];

	(void)state;
	fake_cgroups_make(FAKE_V2, dir);
	assert_int_equal(cgroup_layout_new(dir, &layout, &err), 0);
	assert_int_equal(
		cgroup_stat_open(layout, "davit/x", CGROUP_STAT_ALL, &files, &err), -ENOENT);
	assert_null(files);
	fake_cgroups_remove(dir);
}

static void percent_is_of_one_cpu_as_docker_counts(void **state)
{
	struct cgroup_host host = {.fd = -1};
	struct cgroup_stat before = {.cpu_ns = 0}, now = {.cpu_ns = 500000000};

	(void)state;
	/* seven numbers count, steal and guest do not: 100 + 100 ticks are 2 s, of two CPUs */
	cgroup_host_parse(&host, "cpu  50 0 50 90 10 0 0 999 999 0\ncpu0 1\ncpu1 1\nintr 5\n");
	assert_int_equal(host.system_ns, 2000000000);
	assert_int_equal(host.online, 2);
	assert_float_equal(cgroup_cpu_percent(&before, &now, 0, &host), 50.0, 0.001);
	assert_float_equal(cgroup_cpu_percent(&now, &before, 0, &host), 0.0, 0.001);
	assert_float_equal(cgroup_cpu_percent(&before, &now, host.system_ns, &host), 0, 0.001);
}

static void this_host_has_time_and_cpus(void **state)
{
	struct cgroup_host host;
	struct err err = {0};

	(void)state;
	assert_int_equal(cgroup_host_open(&host, &err), 0);
	assert_true(host.online >= 1 && host.system_ns > 0 && host.memory_total > 0);
	cgroup_host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_v2),
		cmocka_unit_test(numbers_of_v1),
		cmocka_unit_test(cache_larger_than_usage_is_not_taken_off),
		cmocka_unit_test(who_used_no_processor_is_not_read_further),
		cmocka_unit_test(a_cgroup_that_is_not_there_is_said_so),
		cmocka_unit_test(percent_is_of_one_cpu_as_docker_counts),
		cmocka_unit_test(this_host_has_time_and_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
