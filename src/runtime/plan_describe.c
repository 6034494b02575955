#include "runtime/plan_describe.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/caps.h"
#include "util/own.h"

struct word {
	uint64_t bits;
	const char *name, *plain;
};

static const struct word namespaces[] = {
	{CLONE_NEWNS, "CLONE_NEWNS", "mount"},
	{CLONE_NEWPID, "CLONE_NEWPID", "pid"},
	{CLONE_NEWNET, "CLONE_NEWNET", "network"},
	{CLONE_NEWIPC, "CLONE_NEWIPC", "ipc"},
	{CLONE_NEWUTS, "CLONE_NEWUTS", "uts"},
	{CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup"},
	{CLONE_NEWUSER, "CLONE_NEWUSER", "user"},
	{CLONE_NEWTIME, "CLONE_NEWTIME", "time"},
	{0, NULL, NULL},
};

static const struct word attributes[] = {
	{MOUNT_ATTR_RDONLY, "RDONLY", "read-only"},
	{MOUNT_ATTR_NOSUID, "NOSUID", "nosuid"},
	{MOUNT_ATTR_NODEV, "NODEV", "nodev"},
	{MOUNT_ATTR_NOEXEC, "NOEXEC", "noexec"},
	{MOUNT_ATTR_NOATIME, "NOATIME", "noatime"},
	{MOUNT_ATTR_STRICTATIME, "STRICTATIME", "strictatime"},
	{MOUNT_ATTR_NODIRATIME, "NODIRATIME", "nodiratime"},
	{0, NULL, NULL},
};

static const struct word propagations[] = {
	{MS_PRIVATE, "MS_PRIVATE", "private"},
	{MS_SLAVE, "MS_SLAVE", "slave"},
	{MS_SHARED, "MS_SHARED", "shared"},
	{MS_UNBINDABLE, "MS_UNBINDABLE", "unbindable"},
	{MS_REC, "MS_REC", "recursively"},
	{0, NULL, NULL},
};

static const char *const rlimit_names[] = {
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

static void add_bits(
	struct buf *out, const struct word *words, uint64_t bits, bool plain, const char *between)
{
	bool first = true;

	for (; words->name; words++) {
		if (!(bits & words->bits))
			continue;
		buf_addf(out, "%s%s", first ? "" : between, plain ? words->plain : words->name);
		first = false;
	}
	if (first)
		buf_adds(out, plain ? "nothing" : "0");
}

static const char *dir_name(unsigned dir)
{
	static const char *const names[] = {
		[PLAN_HOST] = "",
		[PLAN_STORE] = "STORE/",
		[PLAN_RUN] = "RUN/",
		[PLAN_ROOT] = "ROOT",
		[PLAN_TREE] = "TREE/",
		[PLAN_OWN] = "OWN/",
	};

	return dir < array_len(names) ? names[dir] : "?/";
}

/* What a terminal may see: a plan can hold names that a stranger chose. */
static void add_clean(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_addc(out, (char)c);
	}
}

struct view {
	const struct plan *plan;
	const struct plan_step *step;
	struct buf *out;
};

static void path(const struct view *v, struct plan_ref ref, unsigned dir)
{
	buf_adds(v->out, dir_name(dir));
	add_clean(v->out, plan_text(v->plan, ref));
}

static void list(const struct view *v, struct plan_ref ref, const char *between)
{
	bool first = true;

	for (const char *item = plan_next(v->plan, ref, NULL); item;
		item = plan_next(v->plan, ref, item)) {
		if (!first)
			buf_adds(v->out, between);
		add_clean(v->out, item);
		first = false;
	}
}

static unsigned count(const struct view *v, struct plan_ref ref)
{
	unsigned n = 0;

	for (const char *item = plan_next(v->plan, ref, NULL); item;
		item = plan_next(v->plan, ref, item))
		n++;
	return n;
}

static const char *a(const struct view *v)
{
	return plan_text(v->plan, v->step->a);
}

static void limit(struct buf *out, uint64_t value)
{
	if (value == UINT64_MAX)
		buf_adds(out, "unlimited");
	else
		buf_addf(out, "%llu", (unsigned long long)value);
}

static void caps(struct buf *out, uint64_t mask)
{
	bool first = true;

	if (mask == CAPS_ALL)
		buf_adds(out, "all");
	else if (!mask)
		buf_adds(out, "none");
	for (unsigned i = 0; i < CAPS_COUNT && mask != CAPS_ALL; i++) {
		if (!(mask & CAPS_BIT(i)))
			continue;
		buf_addf(out, "%s%s", first ? "" : " ", caps_name(i) + 4);
		first = false;
	}
}

/* ---- plain words ---- */

static void words_hold(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CGROUP_MAKE:
		buf_adds(out, "make the cgroup ");
		path(v, s->a, s->dir_a);
		return;
	case PLAN_CGROUP_COPY:
		buf_adds(out, "give the cgroup its parent's ");
		path(v, s->b, 0);
		return;
	case PLAN_CGROUP_WRITE:
		buf_adds(out, "limit: ");
		path(v, s->b, 0);
		buf_adds(out, " = ");
		path(v, s->c, 0);
		return;
	case PLAN_CGROUP_DEVICES:
		buf_adds(out, "allow only the container's devices");
		return;
	case PLAN_UNSHARE:
		buf_adds(out, "give the container its own ");
		add_bits(out, namespaces, s->n[0], true, ", ");
		buf_adds(out, " (kept over restarts)");
		return;
	case PLAN_PROPAGATION:
		buf_adds(out, "keep its mounts to itself: ");
		add_bits(out, propagations, s->n[0], true, ", ");
		return;
	case PLAN_OVERLAY:
		buf_adds(out, s->b.len ? "lay a writable layer over the image's layers at "
				       : "lay the image's layers, read-only, at ");
		path(v, s->a, s->dir_a);
		return;
	case PLAN_LOWERS:
		buf_addf(out, "the image's layers: %u", count(v, s->a));
		return;
	case PLAN_BIND_ROOT:
		buf_adds(out, "take the directory ");
		path(v, s->a, s->dir_a);
		buf_adds(out, " as the root file system");
		return;
	case PLAN_LOOPBACK_UP:
		buf_adds(out, "switch the loopback interface on");
		return;
	case PLAN_JOIN:
		buf_adds(out, "join the ");
		add_bits(out, namespaces, s->n[0], true, ", ");
		buf_adds(out, " namespace ");
		path(v, s->a, s->dir_a);
		return;
	}
}

static void words_born(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CLONE:
		buf_adds(out, "start a process");
		if (s->n[0]) {
			buf_adds(out, " with its own ");
			add_bits(out, namespaces, s->n[0], true, ", ");
		}
		if (s->a.len) {
			buf_adds(out, ", born in ");
			path(v, s->a, s->dir_a);
		}
		return;
	case PLAN_ENTER_CONTAINER:
		buf_adds(out, "enter the container's ");
		add_bits(out, namespaces, s->n[0], true, ", ");
		return;
	case PLAN_CGROUP_ENTER:
		buf_adds(out, "enter the cgroup ");
		path(v, s->a, s->dir_a);
		return;
	case PLAN_UNSHARE_CHILD:
		buf_adds(out, "see only its own ");
		add_bits(out, namespaces, s->n[0], true, ", ");
		return;
	case PLAN_SESSION:
		buf_adds(out, "lead a session of its own");
		return;
	case PLAN_ROOT_OPEN:
		buf_adds(out, "hold the root file system at ");
		path(v, s->a, s->dir_a);
		return;
	case PLAN_PIVOT:
		buf_adds(out, "make the container's root \"/\" and let go of the host's");
		return;
	case PLAN_ROOT_READONLY:
		buf_adds(out, "make the root file system read-only");
		return;
	case PLAN_CONSOLE:
		buf_addf(out, "open a terminal (%llu rows, %llu columns)",
			(unsigned long long)s->n[0], (unsigned long long)s->n[1]);
		return;
	}
}

static void words_tree(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_TREE_NEW:
		buf_addf(out, "make a new %s", a(v));
		return;
	case PLAN_TREE_CLONE:
		buf_adds(out, "take a view of ");
		path(v, s->a, s->dir_a);
		if (s->n[0] & MOUNT_ATTR_RDONLY)
			buf_adds(out, ", read-only");
		return;
	case PLAN_TREE_MKDIR:
		buf_addf(out, "  with the directory %s", a(v));
		return;
	case PLAN_TREE_NODE:
		buf_addf(out, "  with the device %s", a(v));
		return;
	case PLAN_TREE_LINK:
		buf_addf(out, "  with the link %s -> %s", plan_text(v->plan, s->b), a(v));
		return;
	case PLAN_TREE_ATTACH:
		buf_adds(out, "mount it at ");
		add_clean(out, plan_text(v->plan, s->b));
		return;
	case PLAN_MASK:
		buf_adds(out, "hide ");
		add_clean(out, a(v));
		return;
	case PLAN_READONLY:
		buf_adds(out, "make read-only ");
		add_clean(out, a(v));
		return;
	}
}

static void words_process(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_SYSCTL:
		buf_adds(out, "set ");
		add_clean(out, a(v));
		buf_adds(out, " = ");
		add_clean(out, plan_text(v->plan, s->b));
		return;
	case PLAN_HOSTNAME:
	case PLAN_DOMAINNAME:
		buf_addf(out, "be called ");
		add_clean(out, a(v));
		return;
	case PLAN_RLIMIT:
		buf_addf(out, "limit %s to ",
			s->n[0] < array_len(rlimit_names) ? rlimit_names[s->n[0]] : "?");
		limit(out, s->n[1]);
		buf_adds(out, ", at most ");
		limit(out, s->n[2]);
		return;
	case PLAN_OOM_SCORE:
		buf_addf(out, "when memory is short: badness %lld", (long long)s->n[0]);
		return;
	case PLAN_UMASK:
		buf_addf(out, "new files: umask %04llo", (unsigned long long)s->n[0]);
		return;
	case PLAN_NICE:
		buf_addf(out, "priority: nice %lld", (long long)s->n[0]);
		return;
	case PLAN_CWD:
		buf_adds(out, "work in ");
		add_clean(out, a(v));
		return;
	case PLAN_EXEC:
		buf_adds(out, "become ");
		list(v, s->a, " ");
		return;
	}
}

static void words_privileges(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_BOUNDING:
		buf_adds(out, "never have capabilities but: ");
		caps(out, s->n[0]);
		return;
	case PLAN_USER:
		buf_adds(out, "become the user ");
		add_clean(out, a(v));
		if (s->b.len) {
			buf_adds(out, ", also in the groups ");
			list(v, s->b, ", ");
		}
		return;
	case PLAN_CAPS:
		buf_adds(out, "keep the capabilities: ");
		caps(out, s->n[1]);
		return;
	case PLAN_NO_NEW_PRIVS:
		buf_adds(out, "never gain privileges by executing a file");
		return;
	case PLAN_SECCOMP:
		buf_addf(out, "let the kernel filter its system calls (%u instructions)",
			s->a.len / 8);
		return;
	}
}

void plan_describe_words(const struct plan *plan, unsigned i, struct buf *out)
{
	const struct view v = {plan, &plan->steps[i], out};

	words_hold(&v);
	words_born(&v);
	words_tree(&v);
	words_process(&v);
	words_privileges(&v);
	if (v.step->flags & PLAN_OPTIONAL)
		buf_adds(out, " (if it can)");
}

/* ---- system calls ---- */

static void quoted(const struct view *v, struct plan_ref ref, unsigned dir)
{
	buf_addc(v->out, '"');
	path(v, ref, dir);
	buf_addc(v->out, '"');
}

static void calls_hold(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CGROUP_MAKE:
		buf_adds(out, "mkdir(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", 0755)");
		return;
	case PLAN_CGROUP_COPY:
		buf_adds(out, "write(\"");
		path(v, s->a, s->dir_a);
		buf_addc(out, '/');
		path(v, s->b, 0);
		buf_adds(out, "\", read(\"");
		path(v, s->a, s->dir_a);
		buf_adds(out, "/../");
		path(v, s->b, 0);
		buf_adds(out, "\"))");
		return;
	case PLAN_CGROUP_WRITE:
		buf_adds(out, "write(\"");
		path(v, s->a, s->dir_a);
		buf_addc(out, '/');
		path(v, s->b, 0);
		buf_adds(out, "\", ");
		quoted(v, s->c, 0);
		buf_adds(out, ")");
		return;
	case PLAN_CGROUP_DEVICES:
		buf_addf(out, "bpf(BPF_PROG_LOAD, %u instructions), bpf(BPF_PROG_ATTACH, ",
			s->b.len / 8);
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", BPF_CGROUP_DEVICE)");
		return;
	case PLAN_UNSHARE:
	case PLAN_UNSHARE_CHILD:
		buf_adds(out, "unshare(");
		add_bits(out, namespaces, s->n[0], false, " | ");
		buf_adds(out, ")");
		return;
	case PLAN_PROPAGATION:
		buf_adds(out, "mount(NULL, ");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", NULL, ");
		add_bits(out, propagations, s->n[0], false, " | ");
		buf_adds(out, ")");
		return;
	case PLAN_LOOPBACK_UP:
		buf_adds(out, "ioctl(SIOCSIFFLAGS, \"lo\", IFF_UP)");
		return;
	case PLAN_JOIN:
		buf_adds(out, "setns(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", ");
		add_bits(out, namespaces, s->n[0], false, " | ");
		buf_adds(out, ")");
		return;
	}
}

static void calls_root(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_OVERLAY:
		buf_adds(out, "fsopen(\"overlay\"), fsconfig(");
		if (s->b.len) {
			buf_adds(out, "\"upperdir\", ");
			quoted(v, s->b, s->dir_b);
			buf_adds(out, ", \"workdir\", ");
			quoted(v, s->c, s->dir_b);
		}
		if (s->n[0] & PLAN_OVERLAY_VOLATILE)
			buf_adds(out, ", \"volatile\"");
		if (s->n[0] & PLAN_OVERLAY_USERXATTR)
			buf_adds(out, ", \"userxattr\"");
		buf_adds(out, "), move_mount(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ")");
		return;
	case PLAN_LOWERS:
		buf_adds(out, "fsconfig(\"lowerdir+\", ");
		buf_adds(out, dir_name(s->dir_a));
		list(v, s->a, ":");
		buf_adds(out, ")");
		return;
	case PLAN_BIND_ROOT:
		buf_adds(out, "open_tree(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", OPEN_TREE_CLONE), move_mount(");
		quoted(v, s->b, s->dir_b);
		buf_adds(out, ")");
		return;
	case PLAN_CLONE:
		buf_adds(out, "clone3(");
		if (s->n[0] || !s->a.len)
			add_bits(out, namespaces, s->n[0], false, " | ");
		if (s->a.len) {
			buf_addf(out, "%sCLONE_INTO_CGROUP, ", s->n[0] ? " | " : "");
			quoted(v, s->a, s->dir_a);
		}
		buf_adds(out, ")");
		return;
	case PLAN_ENTER_CONTAINER:
		buf_adds(out, "setns(pidfd of init, ");
		add_bits(out, namespaces, s->n[0], false, " | ");
		buf_adds(out, ")");
		return;
	case PLAN_CGROUP_ENTER:
		buf_adds(out, "write(\"");
		path(v, s->a, s->dir_a);
		buf_adds(out, "/tasks\", \"0\")");
		return;
	case PLAN_SESSION:
		buf_adds(out, "setsid()");
		return;
	case PLAN_ROOT_OPEN:
		buf_adds(out, "open(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", O_PATH)");
		return;
	case PLAN_PIVOT:
		buf_adds(out, "pivot_root(\".\", \".\"), umount2(\".\", MNT_DETACH)");
		return;
	case PLAN_ROOT_READONLY:
		buf_adds(out, "mount_setattr(\"/\", MOUNT_ATTR_RDONLY)");
		return;
	case PLAN_CONSOLE:
		buf_adds(out, "open(\"/dev/pts/ptmx\"), ioctl(TIOCGPTPEER), ioctl(TIOCSCTTY), "
			      "move_mount(\"/dev/console\")");
		return;
	}
}

static void calls_tree(const struct view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_TREE_NEW:
		buf_addf(out, "fsopen(\"%s\"), fsconfig(", a(v));
		list(v, s->c, ", ");
		buf_adds(out, "), fsmount(");
		add_bits(out, attributes, s->n[0], false, " | ");
		buf_adds(out, ")");
		return;
	case PLAN_TREE_CLONE:
		buf_adds(out, "open_tree(");
		quoted(v, s->a, s->dir_a);
		buf_addf(out, ", OPEN_TREE_CLONE%s), mount_setattr(set ",
			s->n[2] ? " | AT_RECURSIVE" : "");
		add_bits(out, attributes, s->n[0], false, " | ");
		buf_adds(out, ", clear ");
		add_bits(out, attributes, s->n[1], false, " | ");
		buf_adds(out, ", ");
		add_bits(out, propagations, s->n[3] ? s->n[3] : MS_PRIVATE, false, " | ");
		buf_adds(out, ")");
		return;
	case PLAN_TREE_MKDIR:
		buf_addf(out, "mkdirat(tree, \"%s\", %04llo)", a(v), (unsigned long long)s->n[0]);
		return;
	case PLAN_TREE_NODE:
		buf_addf(out, "mknodat(tree, \"%s\", %s | %04llo, %u:%u)", a(v),
			(s->n[0] & S_IFMT) == S_IFBLK   ? "S_IFBLK"
			: (s->n[0] & S_IFMT) == S_IFIFO ? "S_IFIFO"
							: "S_IFCHR",
			(unsigned long long)s->n[0] & 07777, major(s->n[1]), minor(s->n[1]));
		return;
	case PLAN_TREE_LINK:
		buf_addf(out, "symlinkat(\"%s\", tree, \"%s\")", a(v), plan_text(v->plan, s->b));
		return;
	case PLAN_TREE_ATTACH:
		buf_adds(out, "openat2(");
		quoted(v, s->b, s->dir_b);
		buf_addf(out, ", RESOLVE_IN_ROOT), move_mount(tree)%s",
			s->n[0] == S_IFREG ? " on a file" : "");
		return;
	case PLAN_MASK:
		buf_adds(out, "openat2(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, "), move_mount(/dev/null or an empty directory)");
		return;
	case PLAN_READONLY:
		buf_adds(out, "openat2(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, "), open_tree(), mount_setattr(RDONLY), move_mount()");
		return;
	case PLAN_SYSCTL:
		buf_adds(out, "write(\"/proc/sys/");
		path(v, s->a, 0);
		buf_adds(out, "\", ");
		quoted(v, s->b, 0);
		buf_adds(out, ")");
		return;
	}
}

static void calls_process(const struct view *v)
{
	const struct plan_step *s = v->step;
	const unsigned long long n = s->n[0];
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_HOSTNAME:
	case PLAN_DOMAINNAME:
		buf_adds(out, s->op == PLAN_HOSTNAME ? "sethostname(" : "setdomainname(");
		quoted(v, s->a, 0);
		buf_adds(out, ")");
		return;
	case PLAN_RLIMIT:
		buf_addf(out, "prlimit(%llu, ", n);
		limit(out, s->n[1]);
		buf_adds(out, ", ");
		limit(out, s->n[2]);
		buf_adds(out, ")");
		return;
	case PLAN_OOM_SCORE:
		buf_addf(out, "write(\"/proc/self/oom_score_adj\", \"%lld\")", (long long)n);
		return;
	case PLAN_UMASK:
		buf_addf(out, "umask(%04llo)", n);
		return;
	case PLAN_NICE:
		buf_addf(out, "setpriority(PRIO_PROCESS, 0, %lld)", (long long)n);
		return;
	case PLAN_BOUNDING:
		buf_addf(out, "prctl(PR_CAPBSET_DROP, all but %#llx)", n);
		return;
	case PLAN_USER:
		buf_adds(out, "setgroups(), setresgid(), setresuid()");
		return;
	case PLAN_CAPS:
		buf_addf(out, "capset(permitted %#llx, effective %#llx, inheritable %#llx)", n,
			(unsigned long long)s->n[1], (unsigned long long)s->n[2]);
		return;
	case PLAN_NO_NEW_PRIVS:
		buf_adds(out, "prctl(PR_SET_NO_NEW_PRIVS, 1)");
		return;
	case PLAN_SECCOMP:
		buf_addf(out, "seccomp(SECCOMP_SET_MODE_FILTER, %u instructions)", s->a.len / 8);
		return;
	case PLAN_CWD:
		buf_adds(out, n ? "mkdirat(), chdir(" : "chdir(");
		quoted(v, s->a, 0);
		buf_adds(out, ")");
		return;
	case PLAN_EXEC:
		buf_adds(out, "execve([");
		list(v, s->a, ", ");
		buf_addf(out, "], %u variables)", count(v, s->b));
		return;
	}
}

void plan_describe_calls(const struct plan *plan, unsigned i, struct buf *out)
{
	const struct view v = {plan, &plan->steps[i], out};

	calls_hold(&v);
	calls_root(&v);
	calls_tree(&v);
	calls_process(&v);
}

void plan_describe(const struct plan *plan, struct buf *out)
{
	unsigned child = plan_child_at(plan);

	for (unsigned i = 0; i < plan->head->steps; i++) {
		if (i == 0 && child > 0)
			buf_adds(out, "once for the container's life:\n");
		if (i == child)
			buf_adds(out, "in the new process:\n");
		buf_addf(out, "%4u  ", i);
		plan_describe_words(plan, i, out);
		buf_adds(out, "\n        ");
		plan_describe_calls(plan, i, out);
		buf_addc(out, '\n');
	}
}
