/* Whole plans as text, compared with tests/unit/plans/NAME.txt. After a wanted change:
 * DAVIT_WRITE_PLANS=1 out/debug/tests/unit/test_compile, and read the difference. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/fake_cgroups.h"
#include "runtime/caps.h"
#include "runtime/compile.h"
#include "runtime/defaults.h"
#include "runtime/plan_describe.h"
#include "util/path.h"

/* Everything a case may change before it is compiled. */
struct fixture {
	char dir[64];
	struct cgroup_layout *layout;
	struct kernel kernel;
	struct spec *spec;
	struct strs layers;
	struct launch_facts facts;
};

static const uint64_t program[4] = {1, 2, 3, 4};

static void begin(struct fixture *f, enum fake_host host)
{
	const struct defaults_host limits = {
		.pure_v2 = host == FAKE_V2, .nofile_hard = 20000, .core_hard = UINT64_MAX};
	struct err err = {0};

	*f = (struct fixture){.layers = STRS_INIT};
	fake_cgroups_make(host, f->dir);
	if (cgroup_layout_new(f->dir, &f->layout, &err) < 0 ||
		kernel_derive("6.18.0", NULL, &f->kernel, &err) < 0 ||
		defaults_spec(&limits, &f->spec, &err) < 0)
		fail_msg("%s", err.text);
	strs_add(&f->layers, "layers/top");
	strs_add(&f->layers, "layers/base");
	strs_add(&f->spec->process.args, "sh");
	f->spec->hostname = strdup("0123456789ab");
	f->facts = (struct launch_facts){
		.kernel = &f->kernel,
		.cgroups = f->layout,
		.cgroup_path = "davit/x",
		.store = "/var/lib/davit",
		.own = "/var/lib/davit/containers/x",
		.layers = &f->layers,
		.upper = {PLAN_OWN, "upper"},
		.work = {PLAN_OWN, "work"},
		.mount_at = {PLAN_RUN, "root"},
		.seccomp = program,
		.seccomp_len = sizeof(program),
		.flags = PLAN_STDIN,
		.stop_signal = 15,
		.stop_timeout_s = 10,
	};
}

static void end(struct fixture *f)
{
	spec_free(f->spec);
	cgroup_layout_free(f->layout);
	strs_fini(&f->layers);
	fake_cgroups_remove(f->dir);
}

#define auto_fixture __attribute__((cleanup(end))) struct fixture

/* The fake host's directory is another one each time. */
static void forget_dir(const struct fixture *f, struct buf *text)
{
	auto_buf out = BUF_INIT;
	const char *from = buf_text(text), *hit;

	while ((hit = strstr(from, f->dir)) != NULL) {
		buf_add(&out, from, (size_t)(hit - from));
		from = hit + strlen(f->dir);
	}
	buf_adds(&out, from);
	buf_clear(text);
	buf_add(text, out.data, out.len);
}

static void compare(const struct fixture *f, const char *name, const struct buf *plan_bytes)
{
	auto_buf text = BUF_INIT, golden = BUF_INIT;
	struct plan plan;
	const char *why;
	auto_close int dir = open("tests/unit/plans", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char file[64];
	int at;

	if (plan_open(plan_bytes->data, plan_bytes->len, &plan, &why, &at) < 0)
		fail_msg("%s: step %d %s", name, at, why);
	plan_describe(&plan, &text);
	forget_dir(f, &text);
	snprintf(file, sizeof(file), "%s.txt", name);
	if (getenv("DAVIT_WRITE_PLANS"))
		assert_int_equal(path_replace_at(dir, file, text.data, text.len, 0644), 0);
	assert_int_equal(path_read_at(dir, file, 1 << 20, &golden), 0);
	assert_string_equal(buf_text(&text), buf_text(&golden));
}

static void matches(const struct fixture *f, const char *name)
{
	auto_buf plan = BUF_INIT;
	struct err err = {0};

	if (spec_check(f->spec, &err) < 0 || compile_container(f->spec, &f->facts, &plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	compare(f, name, &plan);
}

static void refused(const struct fixture *f, int code, const char *sentence)
{
	auto_buf plan = BUF_INIT;
	struct err err = {0};

	assert_int_equal(compile_container(f->spec, &f->facts, &plan, &err), code);
	assert_string_equal(err.text, sentence);
}

static void the_default_container_on_v2(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	matches(&f, "default-v2");
}

static void the_default_container_on_a_mixed_host(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_HYBRID);
	matches(&f, "default-hybrid");
}

static void add_limits(struct spec *spec)
{
	spec->lnx.resources.memory.limit = 64 << 20;
	spec->lnx.resources.memory.swap = 128 << 20;
	spec->lnx.resources.cpu.quota = 150000;
	spec->lnx.resources.cpu.period = 100000;
	spec->lnx.resources.pids_limit = 64;
}

static void limits_on_both_versions(void **state)
{
	auto_fixture v1, v2;

	(void)state;
	begin(&v1, FAKE_V1);
	begin(&v2, FAKE_V2);
	add_limits(v1.spec);
	add_limits(v2.spec);
	matches(&v1, "limits-v1");
	matches(&v2, "limits-v2");
}

static void a_terminal_a_user_and_no_new_privileges(void **state)
{
	auto_fixture f;
	struct spec_number *gid;

	(void)state;
	begin(&f, FAKE_V2);
	f.spec->process.terminal = true;
	f.spec->process.rows = 24;
	f.spec->process.columns = 80;
	f.spec->process.no_new_privileges = true;
	f.spec->process.oom_score_adj = (struct spec_number){true, -500};
	free(f.spec->process.user.username);
	f.spec->process.user.username = strdup("www:www");
	gid = spec_grow(&f.spec->process.user.additional_gids);
	*gid = (struct spec_number){true, 44};
	matches(&f, "tty-user-nnp");
}

static mode_t etc_hosts_is_a_file(void *ctx, const char *path)
{
	(void)ctx;
	if (str_eq(path, "/nowhere"))
		return 0;
	return str_has_suffix(path, "hosts") ? S_IFREG : S_IFDIR;
}

static void binds_and_tmpfs_in_a_readonly_root(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	f.spec->root.readonly = true;
	f.facts.source_type = etc_hosts_is_a_file;
	spec_add_mount(f.spec, "/etc/hosts", "bind", "/var/lib/davit/containers/x/hosts",
		"rbind,rprivate");
	spec_add_mount(f.spec, "/data", "bind", "/var/lib/davit/volumes/v/_data", "rbind,nosuid");
	spec_add_mount(f.spec, "/src", "bind", "/home/me/../me/src", "rbind,rro,rslave");
	spec_add_mount(f.spec, "/tmp", "tmpfs", "tmpfs", "noexec,nosuid,nodev,size=64m");
	matches(&f, "binds-readonly-root");
}

static void the_hosts_network(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	assert_int_equal(defaults_host_network(f.spec), 0);
	matches(&f, "host-network");
}

static void anothers_network_and_pids(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	spec_set_namespace(f.spec, "network", "/proc/77/ns/net");
	spec_set_namespace(f.spec, "pid", "/proc/77/ns/pid");
	matches(&f, "joined-namespaces");
}

static void what_other_containers_and_volumes_lend(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char peer[80];
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	snprintf(peer, sizeof(peer), "container:%s", id);
	assert_int_equal(spec_set_namespace(f.spec, "pid", peer), 0);
	assert_int_equal(spec_set_namespace(f.spec, "ipc", peer), 0);
	assert_int_equal(spec_add_mount(f.spec, "/dev/shm", SPEC_MOUNT_PEER, id, NULL), 0);
	assert_int_equal(spec_add_mount(f.spec, "/data", "bind",
				 "/var/lib/davit/volumes/data/_data", "rbind,rro,subpath=a/b"),
		0);
	assert_int_equal(spec_add_mount(f.spec, "/srv", "bind", "/srv", "rbind,ro,rshared"), 0);
	f.spec->process.apparmor_profile = strdup("davit-default");
	matches(&f, "lent");
}

static void a_privileged_container(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V1);
	assert_int_equal(defaults_privileged(f.spec), 0);
	assert_int_equal(defaults_set_caps(f.spec, CAPS_ALL), 0);
	f.facts.seccomp_len = 0;
	matches(&f, "privileged");
}

static void a_strict_container(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	assert_int_equal(defaults_strict(f.spec), 0);
	matches(&f, "strict");
}

static void a_copied_root_without_cgroups(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	f.facts.layers = NULL;
	f.facts.plain = (struct launch_path){PLAN_OWN, "rootfs"};
	f.facts.cgroups = NULL;
	matches(&f, "copied-root");
}

static void devices_and_sysctls_of_the_container(void **state)
{
	auto_fixture f;
	struct spec_device *tun, *fuse;

	(void)state;
	begin(&f, FAKE_V2);
	tun = spec_grow(&f.spec->lnx.devices);
	*tun = (struct spec_device){strdup("c"), strdup("/dev/net/tun"), 10, 200, {0}, {0}, {0}};
	fuse = spec_grow(&f.spec->lnx.devices);
	*fuse = (struct spec_device){
		strdup("c"), strdup("/dev/fuse"), 10, 229, {true, 0600}, {0}, {0}};
	strs_add(&f.spec->lnx.sysctl, "kernel.msgmax=65536");
	strs_add(&f.spec->lnx.sysctl, "net.ipv4.conf.eth0/1.forwarding=1");
	matches(&f, "devices-sysctls");
}

static void one_more_process(void **state)
{
	auto_fixture v1, v2;
	auto_buf one = BUF_INIT, two = BUF_INIT;
	struct err err = {0};

	(void)state;
	begin(&v1, FAKE_V1);
	begin(&v2, FAKE_V2);
	v2.spec->process.terminal = true;
	if (compile_exec(v1.spec, &v1.spec->process, &v1.facts, &one, &err) < 0 ||
		compile_exec(v2.spec, &v2.spec->process, &v2.facts, &two, &err) < 0)
		fail_msg("%s", err.text);
	compare(&v1, "exec-v1", &one);
	compare(&v2, "exec-v2", &two);
}

static void an_old_kernels_launch_avoids_what_it_lacks(void **state)
{
	auto_fixture f;
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	const char *why;
	int at;

	(void)state;
	begin(&f, FAKE_V2);
	assert_int_equal(kernel_derive("6.18.0", "5.10", &f.kernel, NULL), 0);
	assert_int_equal(compile_container(f.spec, &f.facts, &bytes, NULL), 0);
	assert_int_equal(plan_open(bytes.data, bytes.len, &plan, &why, &at), 0);
	assert_int_equal(plan.head->avoid, PLAN_AVOID_LOWERDIR_PLUS | PLAN_AVOID_MOUNT_SETATTR);
}

static void the_monitor_is_told_what_it_needs(void **state)
{
	auto_fixture f;
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	const char *why;
	int at;

	(void)state;
	begin(&f, FAKE_HYBRID);
	assert_int_equal(compile_container(f.spec, &f.facts, &bytes, NULL), 0);
	assert_int_equal(plan_open(bytes.data, bytes.len, &plan, &why, &at), 0);
	assert_int_equal(plan.head->flags, PLAN_STDIN);
	assert_int_equal(plan.head->stop_signal, 15);
	assert_int_equal(plan.head->freezer_version, 1);
	assert_non_null(strstr(plan_text(&plan, plan.head->freezer), "/freezer/davit/x"));
	assert_non_null(strstr(plan_text(&plan, plan.head->memory), "/memory/davit/x"));
}

static void mounts_that_would_trick_the_launch_are_refused(void **state)
{
	static const struct {
		const char *destination, *type, *source, *options, *sentence;
	} cases[] = {
		{"/proc", "bind", "/tmp", "rbind", "mount /proc: cannot be mounted inside /proc"},
		{"//proc/./self/../sys", "tmpfs", "tmpfs", "",
			"mount /proc/sys: cannot be mounted inside /proc"},
		{"/a/..", "tmpfs", "tmpfs", NULL, "mount /: cannot cover the root"},
		{"/x", "bind", "relative", "bind", "mount /x: the source must be an absolute path"},
		{"/x", "bind", "/nowhere", "bind",
			"invalid mount config for type \"bind\": bind source path does not exist: "
			"/nowhere"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_fixture f;

		begin(&f, FAKE_V2);
		f.facts.source_type = etc_hosts_is_a_file;
		spec_add_mount(f.spec, cases[i].destination, cases[i].type, cases[i].source,
			cases[i].options);
		refused(&f, str_has_prefix(cases[i].sentence, "invalid") ? -ENOENT : -EINVAL,
			cases[i].sentence);
	}
}

static void sysctls_of_the_host_are_refused(void **state)
{
	static const struct {
		const char *entry, *sentence;
	} cases[] = {
		{"kernel.core_pattern=|/bin/sh",
			"sysctl \"kernel/core_pattern\": is not of the container but of the whole "
			"host"},
		{"net.ipv4.ip_forward=1\nkernel.core_pattern=x",
			"sysctl \"net/ipv4/ip_forward\": not a name and a value"},
		{"net/../kernel/core_pattern=x",
			"sysctl \"net/../kernel/core_pattern\": not a name and a value"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_fixture f;

		begin(&f, FAKE_V2);
		strs_add(&f.spec->lnx.sysctl, cases[i].entry);
		refused(&f, -EINVAL, cases[i].sentence);
	}
}

static void a_sysctl_of_a_namespace_needs_that_namespace(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	spec_drop_namespace(f.spec, "network");
	refused(&f, -EINVAL,
		"sysctl \"net/ipv4/ip_unprivileged_port_start\": not allowed with the host's network "
		"namespace");
}

/* A pod's member with all that an OCI runtime alone is asked for. */
static void a_bundle_with_a_user_namespace_and_hooks(void **state)
{
	static const struct spec_id_map map = {0, 100000, 65536};
	auto_fixture f;
	struct spec_hook *hook;

	(void)state;
	begin(&f, FAKE_V2);
	f.facts.layers = NULL;
	f.facts.plain = f.facts.mount_at = (struct launch_path){PLAN_HOST, "/b/rootfs"};
	f.facts.passing = true;
	f.facts.waits = LAUNCH_WAITS_HOOKS | LAUNCH_WAITS_START;
	strs_fini(&f.spec->lnx.sysctl);
	spec_set_namespace(f.spec, "user", NULL);
	spec_set_namespace(f.spec, "network", "/proc/1/ns/net");
	spec_set_namespace(f.spec, "time", NULL);
	f.spec->lnx.boottime.secs = 7;
	*(struct spec_id_map *)spec_grow(&f.spec->lnx.uid_mappings) = map;
	*(struct spec_id_map *)spec_grow(&f.spec->lnx.gid_mappings) = map;
	spec_add_mount(f.spec, "/data", "bind", "/srv/data", "rbind,ro,rnoexec,idmap");
	hook = spec_grow(&f.spec->hooks.create_container);
	hook->path = strdup("/bin/hook");
	hook->timeout = (struct spec_number){true, 3};
	f.spec->process.user.uid = 1000;
	f.spec->process.has_scheduler = true;
	f.spec->process.scheduler.policy = strdup("SCHED_BATCH");
	matches(&f, "bundle");
}

static void map_users(struct spec *spec)
{
	static const struct spec_id_map map = {0, 1879048192, 65536};

	spec_set_namespace(spec, "user", NULL);
	*(struct spec_id_map *)spec_grow(&spec->lnx.uid_mappings) = map;
	*(struct spec_id_map *)spec_grow(&spec->lnx.gid_mappings) = map;
}

static void ids_of_its_own(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	map_users(f.spec);
	spec_add_mount(f.spec, "/data", "bind", "/srv/data", "rbind,ro,rprivate");
	spec_add_mount(f.spec, "/etc/hosts", "bind", "/var/lib/davit/containers/x/hosts",
		"rbind,rprivate");
	spec_add_mount(f.spec, "/v", "bind", "/var/lib/davit/volumes/v/_data",
		"rbind,rprivate,subpath=part");
	spec_add_mount(f.spec, "/last", "bind", "/srv/last", "bind,rslave");
	matches(&f, "userns");
}

/* Only that knows who its root is; a bind with owners of its own is held for all starts. */
static void ids_of_another(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	spec_set_namespace(f.spec, "user", "/proc/7/ns/user");
	spec_add_mount(f.spec, "/data", "bind", "/srv/data", "rbind,rprivate,idmap");
	matches(&f, "userns-of");
}

static void owners_of_a_bind_are_mapped_without_a_user_namespace_too(void **state)
{
	static const struct spec_id_map map = {0, 1000, 1};
	struct spec_mount *mount;
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	spec_add_mount(f.spec, "/data", "bind", "/srv/data", "bind,rprivate,idmap");
	mount = &f.spec->mounts.v[f.spec->mounts.len - 1];
	*spec_grow(&mount->uid_mappings) = map;
	*spec_grow(&mount->gid_mappings) = map;
	matches(&f, "idmap");
}

static void mounts_of_a_user_namespace_are_not_the_hosts(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	map_users(f.spec);
	spec_add_mount(f.spec, "/data", "bind", "/srv/data", "rbind,rshared");
	refused(&f, -ENOTSUP,
		"mount /data: a user namespace cannot share its mounts with the host: use another propagation, or --userns host");
}

static void a_bundle_that_joins_a_user_namespace_sets_its_limits_before(void **state)
{
	auto_fixture f;

	(void)state;
	begin(&f, FAKE_V2);
	f.facts.layers = NULL;
	f.facts.plain = f.facts.mount_at = (struct launch_path){PLAN_HOST, "/b/rootfs"};
	f.facts.passing = true;
	strs_fini(&f.spec->lnx.sysctl);
	spec_set_namespace(f.spec, "user", "/proc/1/ns/user");
	f.spec->process.oom_score_adj = (struct spec_number){true, 5};
	matches(&f, "bundle-joined");
}

static void inheritable_capabilities_reach_nobody(void **state)
{
	auto_fixture f;
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	const char *why;
	int at;

	(void)state;
	begin(&f, FAKE_V2);
	caps_names(CAPS_DEFAULT, &f.spec->process.capabilities.inheritable);
	assert_int_equal(compile_container(f.spec, &f.facts, &bytes, NULL), 0);
	assert_int_equal(plan_open(bytes.data, bytes.len, &plan, &why, &at), 0);
	for (unsigned i = 0; i < plan.head->steps; i++) {
		if (plan.steps[i].op == PLAN_CAPS)
			assert_int_equal(plan.steps[i].n[2], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_container_on_v2),
		cmocka_unit_test(the_default_container_on_a_mixed_host),
		cmocka_unit_test(limits_on_both_versions),
		cmocka_unit_test(a_terminal_a_user_and_no_new_privileges),
		cmocka_unit_test(binds_and_tmpfs_in_a_readonly_root),
		cmocka_unit_test(the_hosts_network),
		cmocka_unit_test(anothers_network_and_pids),
		cmocka_unit_test(what_other_containers_and_volumes_lend),
		cmocka_unit_test(a_privileged_container),
		cmocka_unit_test(a_strict_container),
		cmocka_unit_test(a_copied_root_without_cgroups),
		cmocka_unit_test(devices_and_sysctls_of_the_container),
		cmocka_unit_test(one_more_process),
		cmocka_unit_test(an_old_kernels_launch_avoids_what_it_lacks),
		cmocka_unit_test(the_monitor_is_told_what_it_needs),
		cmocka_unit_test(mounts_that_would_trick_the_launch_are_refused),
		cmocka_unit_test(sysctls_of_the_host_are_refused),
		cmocka_unit_test(a_sysctl_of_a_namespace_needs_that_namespace),
		cmocka_unit_test(a_bundle_with_a_user_namespace_and_hooks),
		cmocka_unit_test(ids_of_its_own),
		cmocka_unit_test(ids_of_another),
		cmocka_unit_test(owners_of_a_bind_are_mapped_without_a_user_namespace_too),
		cmocka_unit_test(mounts_of_a_user_namespace_are_not_the_hosts),
		cmocka_unit_test(a_bundle_that_joins_a_user_namespace_sets_its_limits_before),
		cmocka_unit_test(inheritable_capabilities_reach_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
