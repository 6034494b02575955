/* A compiled plan, carried out by the launch on this kernel: only inside the sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/caps.h"
#include "runtime/compile.h"
#include "runtime/defaults.h"
#include "runtime/launch/launch.h"
#include "runtime/seccomp/compile.h"
#include "util/path.h"

#define PATH    "davit-unit-launch/x"
#define SCRATCH "/tmp/davit-unit-launch"

static struct cgroup_layout *layout;

static int enter(void **state)
{
	struct err err = {0};

	(void)state;
	if (!getenv("DAVIT_SANDBOX") || access("/bin/busybox", X_OK) < 0) {
		print_message("skip: needs the sandbox and busybox-static\n");
		exit(0);
	}
	if (cgroup_layout_new("", &layout, &err) < 0 ||
		cgroup_prepare(layout, "davit-unit-launch", &err) < 0) {
		print_message("%s\n", err.text);
		return -1;
	}
	return system("mkdir -p " SCRATCH "/own/rootfs/bin " SCRATCH
		      "/run/root && cp /bin/busybox " SCRATCH
		      "/own/rootfs/bin/busybox && ln -sf busybox " SCRATCH "/own/rootfs/bin/sh");
}

static int leave(void **state)
{
	(void)state;
	cgroup_remove(layout, "davit-unit-launch", NULL);
	cgroup_layout_free(layout);
	return path_remove_at(AT_FDCWD, SCRATCH);
}

/* Until the child runs or says why it cannot. */
static int wait_for_start(const struct launched *born, struct launch_fail *fail)
{
	for (;;) {
		struct pollfd fd = {.fd = born->gate, .events = POLLIN};
		int console;

		poll(&fd, 1, 10000);
		switch (launch_gate(born->gate, fail, &console)) {
		case LAUNCH_END:
			return 0;
		case LAUNCH_FAIL:
			return fail->code;
		default:
			break;
		}
	}
}

/* In a process of its own, as the shim is: HOLD moves it into the container's namespaces. */
static int be_the_shim(const struct buf *bytes)
{
	const struct launch_stdio stdio = {.fd = {0, 1, 2}};
	int dirs[LAUNCH_DIRS] = {-1, -1, -1, -1, -1, -1}, at, status = 0;
	struct launched born;
	struct launch l;
	struct plan plan;
	const char *why;

	dirs[PLAN_RUN] = open(SCRATCH "/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	dirs[PLAN_OWN] = open(SCRATCH "/own", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (plan_open(bytes->data, bytes->len, &plan, &why, &at) < 0)
		return 200;
	if (launch_init(&l, &plan, dirs) < 0)
		return 201;
	if (launch_hold(&l) < 0 || launch_start(&l, &stdio, &born) < 0 ||
		wait_for_start(&born, &l.fail) < 0) {
		fprintf(stderr, "step %d: %s\n", l.fail.step, l.fail.text);
		return 202;
	}
	if (waitpid(born.pid, &status, 0) != born.pid || !WIFEXITED(status))
		return 203;
	return WEXITSTATUS(status);
}

static struct spec *default_spec(const char *script)
{
	struct defaults_host host = {.pure_v2 = cgroup_is_pure_v2(layout)};
	struct spec *spec = NULL;

	defaults_host_read(&host);
	assert_int_equal(defaults_spec(&host, &spec, NULL), 0);
	spec->hostname = strdup("inside");
	strs_add(&spec->process.args, "sh");
	strs_add(&spec->process.args, "-ec");
	strs_add(&spec->process.args, script);
	return spec;
}

static int run(const struct spec *spec, const char *kernel_is)
{
	struct seccomp_request req = {.caps = CAPS_DEFAULT, .kernel = KERNEL_VERSION_OF(6, 1)};
	struct kernel kernel;
	struct launch_facts facts = {
		.kernel = &kernel,
		.cgroups = layout,
		.cgroup_path = PATH,
		.plain = {PLAN_OWN, "rootfs"},
		.mount_at = {PLAN_RUN, "root"},
	};
	auto_buf program = BUF_INIT, plan = BUF_INIT;
	struct err err = {0};
	int status;
	pid_t pid;

	req.profile = seccomp_default_profile(&req.len);
	if (kernel_read(kernel_is, &kernel, &err) < 0 || seccomp_compile(&req, &program, &err) < 0)
		fail_msg("%s", err.text);
	facts.seccomp = program.data;
	facts.seccomp_len = program.len;
	if (compile_container(spec, &facts, &plan, &err) < 0)
		fail_msg("%s", err.text);
	pid = fork();
	if (pid == 0)
		_exit(be_the_shim(&plan));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (cgroup_remove(layout, PATH, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Each line ends the script with another code when what it looks at is not so. */
static const char look_around[] =
	"b=/bin/busybox\n"
	"[ $($b hostname) = inside ] || exit 2\n"
	"[ $$ = 1 ] || exit 3\n"
	"$b grep -q 'Seccomp:.2' /proc/self/status || exit 4\n"
	"$b grep -qi 'CapEff:.00000000a80425fb' /proc/self/status || exit 5\n"
	"$b grep -qi 'CapInh:.0000000000000000' /proc/self/status || exit 6\n"
	"[ -c /dev/null ] && [ -L /dev/fd ] && [ -d /dev/shm ] || exit 7\n"
	"! (echo x >/proc/sys/kernel/hostname) 2>/dev/null || exit 8\n"
	"[ -z \"$($b cat /proc/timer_list 2>/dev/null)\" ] || exit 9\n"
	"! $b mount -t tmpfs none /dev/shm 2>/dev/null || exit 10\n"
	"[ $(ulimit -n) = 1024 ] || exit 11\n"
	"[ $($b cat /proc/sys/net/ipv4/ip_unprivileged_port_start) = 0 ] || exit 12\n"
	"$b ip link show lo | $b grep -q UP || exit 13\n"
	"$b grep -q ' /sys/fs/cgroup' /proc/mounts || exit 14\n"
	"exit 42\n";

static void the_default_container_runs_as_it_was_compiled(void **state)
{
	auto_of(spec) struct spec *spec = default_spec(look_around);

	(void)state;
	assert_int_equal(run(spec, NULL), 42);
}

static void it_runs_the_same_as_older_kernels(void **state)
{
	auto_of(spec) struct spec *spec = default_spec(look_around);

	(void)state;
	assert_int_equal(run(spec, "6.1"), 42);
	assert_int_equal(run(spec, "5.10"), 42);
}

static void a_strict_user_in_a_readonly_root_has_nothing(void **state)
{
	auto_of(spec) struct spec *spec =
		default_spec("b=/bin/busybox; [ $($b id -u) = 1000 ] || exit 2\n"
			     "! (: >/new) 2>/dev/null || exit 3\n"
			     "$b grep -q 'NoNewPrivs:.1' /proc/self/status || exit 4\n"
			     "$b grep -q 'CapPrm:.0000000000000000' /proc/self/status || exit 5\n"
			     "exit 42\n");

	(void)state;
	assert_int_equal(defaults_strict(spec), 0);
	if (!cgroup_find(layout, CGROUP_PIDS))
		spec->lnx.resources.pids_limit = 0;
	free(spec->process.user.username);
	spec->process.user.username = strdup("1000:1000");
	spec->root.readonly = true;
	assert_int_equal(run(spec, NULL), 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_container_runs_as_it_was_compiled),
		cmocka_unit_test(it_runs_the_same_as_older_kernels),
		cmocka_unit_test(a_strict_user_in_a_readonly_root_has_nothing),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
