/* shim_rig_plan.c - the plan that the engine would have made of a rig's container. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "shim_rig.h"
#include "util/own.h"

enum {
	NEW_NS = 0x00020000,
	NEW_CGROUP = 0x02000000,
	NEW_UTS = 0x04000000,
	NEW_IPC = 0x08000000,
	NEW_PID = 0x20000000,
	NEW_NET = 0x40000000,
};
#define CAPS 0xa80425fbull

static const char *const v1[] = {
	"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"};

struct making {
	struct rig *rig;
	const struct rig_spec *spec;
	struct plan_build build;
};

static struct plan_ref text(struct making *m, const char *s)
{
	return s ? plan_build_text(&m->build, s) : (struct plan_ref){0};
}

static struct plan_ref list(struct making *m, const char *const *items)
{
	auto_strs strs = STRS_INIT;

	for (; items && *items; items++)
		strs_add(&strs, *items);
	return items ? plan_build_list(&m->build, &strs) : (struct plan_ref){0};
}

#define STEP(m, ...) plan_build_step(&(m)->build, &(struct plan_step){__VA_ARGS__})
#define ITEMS(...)   ((const char *const[]){__VA_ARGS__, NULL})

static char *group_dir(struct making *m, const char *controller, char dir[256])
{
	if (m->rig->has_v1)
		snprintf(dir, 256, "/sys/fs/cgroup/%s/rig-%.20s", controller, m->rig->id + 44);
	else
		snprintf(dir, 256, "/sys/fs/cgroup/rig-%.20s", m->rig->id + 44);
	return dir;
}

static void hold_cgroups(struct making *m)
{
	auto_strs all = STRS_INIT;
	char dir[256];

	for (size_t i = 0; m->rig->has_v1 && i < array_len(v1); i++) {
		strs_add(&all, group_dir(m, v1[i], dir));
		STEP(m, .op = PLAN_CGROUP_MAKE, .a = text(m, dir));
		if (!strcmp(v1[i], "cpuset")) {
			STEP(m, .op = PLAN_CGROUP_COPY, .a = text(m, dir),
				.b = text(m, "cpuset.cpus"));
			STEP(m, .op = PLAN_CGROUP_COPY, .a = text(m, dir),
				.b = text(m, "cpuset.mems"));
		}
		if (!strcmp(v1[i], "pids") && m->spec->pids_max)
			STEP(m, .op = PLAN_CGROUP_WRITE, .a = text(m, dir),
				.b = text(m, "pids.max"), .c = text(m, m->spec->pids_max));
		if (!strcmp(v1[i], "memory") && m->spec->memory_max)
			STEP(m, .op = PLAN_CGROUP_WRITE, .a = text(m, dir),
				.b = text(m, "memory.limit_in_bytes"),
				.c = text(m, m->spec->memory_max));
	}
	strs_add(&all, group_dir(m, "unified", dir));
	STEP(m, .op = PLAN_CGROUP_MAKE, .a = text(m, dir));
	m->build.head.cgroups = plan_build_list(&m->build, &all);
	m->build.head.freezer = text(m, group_dir(m, "freezer", dir));
	m->build.head.freezer_version = m->rig->has_v1 ? 1 : 2;
	m->build.head.memory = text(m, group_dir(m, "memory", dir));
	m->build.head.memory_version = m->rig->has_v1 ? 1 : 2;
}

static void hold(struct making *m)
{
	if (!m->spec->bare)
		hold_cgroups(m);
	STEP(m, .op = PLAN_UNSHARE, .n = {NEW_NS | (m->spec->bare ? 0 : NEW_NET)});
	STEP(m, .op = PLAN_PROPAGATION, .a = text(m, "/"), .n = {MS_REC | MS_SLAVE});
	STEP(m, .op = PLAN_OVERLAY, .dir_a = PLAN_RUN, .a = text(m, "root"), .dir_b = PLAN_OWN,
		.b = text(m, "upper"), .c = text(m, "work"),
		.n = {m->spec->flags & PLAN_AUTO_REMOVE ? PLAN_OVERLAY_VOLATILE : 0});
	STEP(m, .op = PLAN_LOWERS, .dir_a = PLAN_STORE, .a = list(m, ITEMS("layer")));
	if (m->spec->bare)
		return;
	STEP(m, .op = PLAN_LOOPBACK_UP);
	STEP(m, .op = PLAN_RESOLVER, .dir_a = PLAN_RUN, .a = text(m, "resolver"));
	STEP(m, .op = PLAN_SYSCTL, .a = text(m, "net/ipv4/ip_unprivileged_port_start"),
		.b = text(m, "0"));
	STEP(m, .op = PLAN_SYSCTL, .a = text(m, "net/ipv4/ping_group_range"),
		.b = text(m, "0 2147483647"));
}

static void mount_new(struct making *m, const char *type, const char *at, uint64_t attr,
	const char *const *options)
{
	STEP(m, .op = PLAN_TREE_NEW, .a = text(m, type), .c = list(m, options), .n = {attr});
	STEP(m, .op = PLAN_TREE_ATTACH, .b = text(m, at), .n = {S_IFDIR});
}

static void mounts(struct making *m)
{
	enum { RO = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, THREE = NOSUID | NODEV | NOEXEC };
	static const struct {
		const char *name;
		unsigned major, minor;
	} nodes[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8},
		{"urandom", 1, 9}, {"tty", 5, 0}};
	static const char *const links[][2] = {{"/proc/self/fd", "fd"},
		{"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"}};

	mount_new(m, "proc", "/proc", THREE, NULL);
	STEP(m, .op = PLAN_TREE_NEW, .a = text(m, "tmpfs"), .n = {NOSUID},
		.c = list(m, ITEMS("size=65536k", "mode=755")));
	for (size_t i = 0; i < array_len(nodes); i++)
		STEP(m, .op = PLAN_TREE_NODE, .a = text(m, nodes[i].name),
			.n = {S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)});
	for (size_t i = 0; i < array_len(links); i++)
		STEP(m, .op = PLAN_TREE_LINK, .a = text(m, links[i][0]), .b = text(m, links[i][1]));
	STEP(m, .op = PLAN_TREE_ATTACH, .b = text(m, "/dev"), .n = {S_IFDIR});
	mount_new(m, "devpts", "/dev/pts", NOSUID | NOEXEC,
		ITEMS("ptmxmode=0666", "mode=0620", "gid=5"));
	mount_new(m, "tmpfs", "/dev/shm", THREE, ITEMS("mode=1777", "size=65536k"));
	mount_new(m, "mqueue", "/dev/mqueue", THREE, NULL);
	mount_new(m, "sysfs", "/sys", THREE | RO, NULL);
	if (m->spec->bind) {
		STEP(m, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(m, m->spec->bind),
			.n = {RO, 0, 1});
		STEP(m, .op = PLAN_TREE_ATTACH, .b = text(m, "/mnt"), .n = {S_IFDIR});
	}
}

static void masks(struct making *m)
{
	static const char *const hidden[] = {"/proc/acpi", "/proc/asound", "/proc/interrupts",
		"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
		"/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
		"/sys/devices/virtual/powercap", "/sys/firmware"};
	static const char *const fixed[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

	for (size_t i = 0; i < array_len(hidden); i++)
		STEP(m, .op = PLAN_MASK, .a = text(m, hidden[i]));
	for (size_t i = 0; i < array_len(fixed); i++)
		STEP(m, .op = PLAN_READONLY, .a = text(m, fixed[i]));
}

static void become_user(struct making *m)
{
	STEP(m, .op = PLAN_BOUNDING, .n = {CAPS});
	STEP(m, .op = PLAN_USER, .a = text(m, m->spec->user));
	STEP(m, .op = PLAN_CAPS, .n = {CAPS, CAPS, 0, 0});
	if (m->spec->no_seccomp_gap)
		STEP(m, .op = PLAN_NO_NEW_PRIVS);
	STEP(m, .op = PLAN_CWD, .a = text(m, m->spec->cwd ? m->spec->cwd : "/"), .n = {1});
	STEP(m, .op = PLAN_EXEC, .a = list(m, m->spec->argv ? m->spec->argv : ITEMS("true")),
		.b = list(m, m->spec->env ? m->spec->env : ITEMS("PATH=/bin")),
		.n = {PLAN_EXEC_SET_HOME});
}

static void child(struct making *m)
{
	uint64_t spaces =
		NEW_NS | NEW_UTS | NEW_IPC | NEW_CGROUP | (m->spec->host_pids ? 0 : NEW_PID);
	char dir[256];

	STEP(m, .op = PLAN_CLONE, .n = {spaces},
		.a = m->spec->bare ? (struct plan_ref){0} : text(m, group_dir(m, "unified", dir)));
	for (size_t i = 0; !m->spec->bare && m->rig->has_v1 && i < array_len(v1); i++)
		STEP(m, .op = PLAN_CGROUP_ENTER, .a = text(m, group_dir(m, v1[i], dir)));
	STEP(m, .op = PLAN_SESSION);
	STEP(m, .op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, .a = text(m, "root"));
	mounts(m);
	if (!m->spec->bare)
		masks(m);
	STEP(m, .op = PLAN_HOSTNAME, .a = text(m, "rig"));
	STEP(m, .op = PLAN_PIVOT);
	if (m->spec->flags & PLAN_TTY)
		STEP(m, .op = PLAN_CONSOLE, .n = {24, 80});
	STEP(m, .op = PLAN_UMASK, .n = {0022});
	become_user(m);
}

static void execution(struct making *m)
{
	char dir[256];

	STEP(m, .op = PLAN_CLONE,
		.a = m->spec->bare ? (struct plan_ref){0} : text(m, group_dir(m, "unified", dir)));
	for (size_t i = 0; !m->spec->bare && m->rig->has_v1 && i < array_len(v1); i++)
		STEP(m, .op = PLAN_CGROUP_ENTER, .a = text(m, group_dir(m, v1[i], dir)));
	STEP(m, .op = PLAN_ENTER_CONTAINER,
		.n = {NEW_NS | NEW_UTS | NEW_IPC | NEW_CGROUP | NEW_NET |
			(m->spec->host_pids ? 0 : NEW_PID)});
	STEP(m, .op = PLAN_SESSION);
	if (m->spec->flags & PLAN_TTY)
		STEP(m, .op = PLAN_CONSOLE, .n = {24, 80});
	STEP(m, .op = PLAN_UMASK, .n = {0022});
	become_user(m);
}

void rig_plan(struct rig *rig, const struct rig_spec *spec, enum plan_kind kind, struct buf *out)
{
	struct making m = {.rig = rig, .spec = spec};

	plan_build_init(&m.build, kind);
	m.build.head.flags = spec->flags;
	m.build.head.stop_signal = SIGTERM;
	m.build.head.stop_timeout_s = 10;
	m.build.head.restart = spec->restart;
	m.build.head.restart_max = spec->restart_max;
	m.build.head.log_max_bytes = spec->log_max;
	m.build.head.log_files = spec->log_files;
	m.build.head.avoid = spec->avoid;
	if (kind == PLAN_CONTAINER) {
		hold(&m);
		child(&m);
	} else {
		execution(&m);
	}
	assert_int_equal(plan_build_finish(&m.build, out), 0);
	plan_build_fini(&m.build);
}
