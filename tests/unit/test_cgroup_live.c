/* On this host's own cgroups: only inside the sandbox, where they are a child of the machine's. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/fake_cgroups.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_devices.h"
#include "runtime/cgroup_stat.h"

#define PATH "davit-unit/x"

static struct cgroup_layout *layout;

static int enter(void **state)
{
	struct err err = {0};

	(void)state;
	if (!getenv("DAVIT_SANDBOX")) {
		print_message("skip: needs the sandbox\n");
		exit(0);
	}
	if (cgroup_layout_new("", &layout, &err) < 0 ||
		cgroup_prepare(layout, "davit-unit", &err) < 0) {
		print_message("%s\n", err.text);
		return -1;
	}
	return 0;
}

static int leave(void **state)
{
	(void)state;
	cgroup_remove(layout, "davit-unit", NULL);
	cgroup_layout_free(layout);
	return 0;
}

static void make(const struct spec_resources *res)
{
	auto_cgroup_steps steps = {0};
	struct err err = {0};

	if (cgroup_plan_new(layout, PATH, res, &steps, &err) < 0 || cgroup_apply(&steps, &err) < 0)
		fail_msg("%s", err.text);
}

static void unmake(void)
{
	struct err err = {0};

	if (cgroup_remove(layout, PATH, &err) < 0)
		fail_msg("%s", err.text);
}

static void reads(
	enum cgroup_controller controller, const char *v1, const char *v2, const char *value)
{
	const struct cgroup_hierarchy *h = cgroup_find(layout, controller);
	auto_free char *text = NULL;
	char file[128];

	snprintf(file, sizeof(file), PATH "/%s", h->version == 2 ? v2 : v1);
	text = fake_cgroups_read(h->mount, file);
	if (!text)
		fail_msg("%s/%s: %s", h->mount, file, err_name(errno));
	assert_string_equal(text, value);
}

static void the_kernel_takes_the_limits(void **state)
{
	struct spec_resources res = {.pids_limit = 17};
	bool has_memory = cgroup_find(layout, CGROUP_MEMORY) != NULL;

	(void)state;
	if (!cgroup_find(layout, CGROUP_PIDS))
		skip();
	if (has_memory)
		res.memory.limit = 64 << 20;
	make(&res);
	reads(CGROUP_PIDS, "pids.max", "pids.max", "17");
	if (has_memory)
		reads(CGROUP_MEMORY, "memory.limit_in_bytes", "memory.max", "67108864");
	unmake();
}

static void a_live_limit_is_raised_and_lowered(void **state)
{
	struct spec_resources res = {.memory = {.limit = 64 << 20, .swap = 64 << 20}};
	static const int64_t sizes[] = {256 << 20, 32 << 20};
	char value[32];

	(void)state;
	if (!cgroup_find(layout, CGROUP_MEMORY))
		skip();
	make(&res);
	for (size_t i = 0; i < array_len(sizes); i++) {
		auto_cgroup_steps steps = {0};
		struct err err = {0};

		res.memory.limit = res.memory.swap = sizes[i];
		if (cgroup_plan_update(layout, PATH, &res, &steps, &err) < 0 ||
			cgroup_apply(&steps, &err) < 0)
			fail_msg("%s", err.text);
		snprintf(value, sizeof(value), "%lld", (long long)sizes[i]);
		reads(CGROUP_MEMORY, "memory.limit_in_bytes", "memory.max", value);
	}
	unmake();
}

/* 0 when a process inside may do what it should and may not what it should not. */
static int try_devices(const char *procs)
{
	int fd = open(procs, O_WRONLY);

	if (fd < 0 || write(fd, "0", 1) != 1)
		return 1;
	close(fd);
	/* a place of our own where nodes count as devices */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
		mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
		return 2;
	if (open("/dev/null", O_RDWR) < 0)
		return 3;
	if (mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 11)) < 0)
		return 4;
	/* kmsg: nobody's business in a container, and every host has it */
	fd = open("/tmp/node", O_RDONLY);
	return fd < 0 && errno == EPERM ? 0 : 5;
}

static int from_inside(const struct cgroup_hierarchy *h)
{
	char procs[256];
	int status;
	pid_t pid;

	snprintf(procs, sizeof(procs), "%s/" PATH "/%s", h->mount,
		h->version == 2 ? "cgroup.procs" : "tasks");
	pid = fork();
	if (pid == 0)
		_exit(try_devices(procs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void only_the_containers_devices_open(void **state)
{
	struct spec_device_rule deny = {.allow = false};
	const struct spec_resources res = {.devices = {.v = &deny, .len = 1}};

	(void)state;
	make(&res);
	assert_int_equal(from_inside(cgroup_find(layout, CGROUP_DEVICES)), 0);
	unmake();
}

/* v2's way, wherever a v2 hierarchy is mounted at all. */
static void the_kernel_takes_the_device_program(void **state)
{
	struct spec_device_rule deny = {.allow = false};
	const struct spec_resources res = {.devices = {.v = &deny, .len = 1}};
	const struct cgroup_hierarchy *h = cgroup_unified(layout);
	struct cgroup_step step = {.action = CGROUP_DEVICE_PROGRAM};
	struct cgroup_steps steps = {.v = &step, .len = 1};
	struct device_rules rules;
	struct err err = {0};
	char dir[256];

	(void)state;
	if (!h)
		skip();
	make(&(struct spec_resources){0});
	snprintf(dir, sizeof(dir), "%s/" PATH, h->mount);
	step.dir = dir;
	assert_int_equal(device_rules_init(&rules, &res), 0);
	device_rules_program(&rules, &step.program);
	if (cgroup_apply(&steps, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(from_inside(h), 0);
	device_rules_fini(&rules);
	buf_fini(&step.program);
	unmake();
}

static void numbers_come_from_kept_files_until_the_cgroup_goes(void **state)
{
	struct cgroup_stat_files *files = NULL;
	struct cgroup_stat stat;
	struct err err = {0};

	(void)state;
	make(&(struct spec_resources){0});
	if (cgroup_stat_open(layout, PATH, CGROUP_STAT_ALL, &files, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(cgroup_stat_read(files, &stat), 0);
	assert_true(stat.memory_limit > 0);
	unmake();
	assert_int_equal(cgroup_stat_read(files, &stat), -ENODEV);
	cgroup_stat_close(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_takes_the_limits),
		cmocka_unit_test(a_live_limit_is_raised_and_lowered),
		cmocka_unit_test(only_the_containers_devices_open),
		cmocka_unit_test(the_kernel_takes_the_device_program),
		cmocka_unit_test(numbers_come_from_kept_files_until_the_cgroup_goes),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
