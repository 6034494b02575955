#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/plan_view.h"

static void quoted(const struct plan_view *v, struct plan_ref ref, unsigned dir)
{
	buf_addc(v->out, '"');
	plan_view_path(v, ref, dir);
	buf_addc(v->out, '"');
}

static void calls_cgroup(const struct plan_view *v)
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
		plan_view_path(v, s->a, s->dir_a);
		buf_addc(out, '/');
		plan_view_path(v, s->b, 0);
		buf_adds(out, "\", read(\"");
		plan_view_path(v, s->a, s->dir_a);
		buf_adds(out, "/../");
		plan_view_path(v, s->b, 0);
		buf_adds(out, "\"))");
		return;
	case PLAN_CGROUP_WRITE:
		buf_adds(out, "write(\"");
		plan_view_path(v, s->a, s->dir_a);
		buf_addc(out, '/');
		plan_view_path(v, s->b, 0);
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
	}
}

static void calls_hold(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_UNSHARE:
	case PLAN_UNSHARE_CHILD:
		buf_adds(out, "unshare(");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], false);
		buf_adds(out, ")");
		return;
	case PLAN_PROPAGATION:
		buf_adds(out, "mount(NULL, ");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", NULL, ");
		plan_view_bits(v, PLAN_PROPAGATIONS, s->n[0], false);
		buf_adds(out, ")");
		return;
	case PLAN_LOOPBACK_UP:
		buf_adds(out, "ioctl(SIOCSIFFLAGS, \"lo\", IFF_UP)");
		return;
	case PLAN_NETWORK:
		buf_adds(out, "netlink: link, addresses, routes, elements of ");
		quoted(v, s->a, s->dir_a);
		return;
	case PLAN_RESOLVER:
		buf_adds(out, "bind(127.0.0.11:53), by UDP and TCP, if there is ");
		quoted(v, s->a, s->dir_a);
		return;
	case PLAN_JOIN:
		buf_adds(out, "setns(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], false);
		buf_adds(out, ")");
		return;
	}
}

static void calls_layers(const struct plan_view *v)
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
		buf_adds(out, plan_view_dir(s->dir_a));
		plan_view_list(v, s->a, ":");
		buf_adds(out, ")");
		return;
	case PLAN_BIND_ROOT:
		buf_adds(out, "open_tree(");
		quoted(v, s->a, s->dir_a);
		buf_adds(out, ", OPEN_TREE_CLONE), move_mount(");
		quoted(v, s->b, s->dir_b);
		buf_adds(out, ")");
		return;
	}
}

static void calls_born(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CLONE:
		buf_adds(out, "clone3(");
		if (s->n[0] || !s->a.len)
			plan_view_bits(v, PLAN_NAMESPACES, s->n[0], false);
		if (s->a.len) {
			buf_addf(out, "%sCLONE_INTO_CGROUP, ", s->n[0] ? " | " : "");
			quoted(v, s->a, s->dir_a);
		}
		buf_adds(out, ")");
		return;
	case PLAN_ENTER_CONTAINER:
		buf_adds(out, "setns(pidfd of init, ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], false);
		buf_adds(out, ")");
		return;
	case PLAN_JOIN_CONTAINER:
		buf_addf(out, "setns(pidfd of container %.12s, ", plan_text(v->plan, s->a));
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], false);
		buf_adds(out, ")");
		return;
	case PLAN_CGROUP_ENTER:
		buf_adds(out, "write(\"");
		plan_view_path(v, s->a, s->dir_a);
		buf_adds(out, "/tasks\", \"0\")");
		return;
	case PLAN_SESSION:
		buf_adds(out, "setsid()");
		return;
	case PLAN_KEYRING:
		buf_adds(out, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)");
		return;
	}
}

static void calls_root(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
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

static void calls_entry(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_TREE_MKDIR:
		buf_adds(out, "mkdirat(tree, ");
		quoted(v, s->a, 0);
		buf_addf(out, ", %04llo)", (unsigned long long)s->n[0]);
		return;
	case PLAN_TREE_NODE:
		buf_adds(out, "mknodat(tree, ");
		quoted(v, s->a, 0);
		buf_addf(out, ", %s | %04llo, %u:%u)",
			(s->n[0] & S_IFMT) == S_IFBLK   ? "S_IFBLK"
			: (s->n[0] & S_IFMT) == S_IFIFO ? "S_IFIFO"
							: "S_IFCHR",
			(unsigned long long)s->n[0] & 07777, major(s->n[1]), minor(s->n[1]));
		return;
	case PLAN_TREE_LINK:
		buf_adds(out, "symlinkat(");
		quoted(v, s->a, 0);
		buf_adds(out, ", tree, ");
		quoted(v, s->b, 0);
		buf_adds(out, ")");
		return;
	}
}

static void calls_path(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
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
		plan_view_path(v, s->a, 0);
		buf_adds(out, "\", ");
		quoted(v, s->b, 0);
		buf_adds(out, ")");
		return;
	}
}

static void calls_tree(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_TREE_NEW:
		buf_adds(out, "fsopen(");
		quoted(v, s->a, 0);
		buf_adds(out, "), fsconfig(");
		plan_view_list(v, s->c, ", ");
		buf_adds(out, "), fsmount(");
		plan_view_bits(v, PLAN_ATTRIBUTES, s->n[0], false);
		buf_adds(out, ")");
		return;
	case PLAN_TREE_CLONE:
		buf_adds(out, "open_tree(");
		quoted(v, s->a, s->dir_a);
		if (s->c.len) {
			buf_adds(out, " beneath which ");
			quoted(v, s->c, 0);
		}
		buf_addf(out, ", OPEN_TREE_CLONE%s)%s, mount_setattr(set ",
			s->n[2] ? " | AT_RECURSIVE" : "",
			s->n[4] & PLAN_FROM_HOST ? " in the host's mount namespace" : "");
		plan_view_bits(v, PLAN_ATTRIBUTES, s->n[0], false);
		buf_adds(out, ", clear ");
		plan_view_bits(v, PLAN_ATTRIBUTES, s->n[1], false);
		buf_adds(out, ", ");
		plan_view_bits(v, PLAN_PROPAGATIONS, s->n[3] ? s->n[3] : MS_PRIVATE, false);
		buf_adds(out, s->n[4] & PLAN_TOP_READONLY ? "), mount_setattr(set RDONLY)" : ")");
		return;
	case PLAN_TREE_PEER:
		buf_addf(out, "setns(pidfd of container %.12s, CLONE_NEWNS), open_tree(",
			plan_text(v->plan, s->a));
		quoted(v, s->b, 0);
		buf_adds(out, ", OPEN_TREE_CLONE), setns(own)");
		return;
	case PLAN_TREE_ATTACH:
		buf_adds(out, "openat2(");
		quoted(v, s->b, s->dir_b);
		buf_addf(out, ", RESOLVE_IN_ROOT), move_mount(tree)%s",
			s->n[0] == S_IFREG ? " on a file" : "");
		return;
	}
}

static void calls_privileges(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	const unsigned long long n = s->n[0];
	struct buf *out = v->out;

	switch (s->op) {
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
	case PLAN_APPARMOR:
		buf_adds(out, "write(\"/proc/self/attr/apparmor/exec\", \"exec ");
		plan_view_path(v, s->a, 0);
		buf_adds(out, "\")");
		return;
	case PLAN_NO_NEW_PRIVS:
		buf_adds(out, "prctl(PR_SET_NO_NEW_PRIVS, 1)");
		return;
	case PLAN_SECCOMP:
		buf_addf(out, "seccomp(SECCOMP_SET_MODE_FILTER, %u instructions)", s->a.len / 8);
		return;
	}
}

static void calls_process(const struct plan_view *v)
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
		plan_view_limit(v, s->n[1]);
		buf_adds(out, ", ");
		plan_view_limit(v, s->n[2]);
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
	case PLAN_CWD:
		buf_adds(out, n ? "mkdirat(), chdir(" : "chdir(");
		quoted(v, s->a, 0);
		buf_adds(out, ")");
		return;
	case PLAN_TRY:
		buf_addf(out, "syscall(%llu, ...)", (unsigned long long)s->n[0]);
		return;
	case PLAN_EXEC:
		buf_adds(out, "execve([");
		plan_view_list(v, s->a, ", ");
		buf_addf(out, "], %u variables)", plan_view_count(v, s->b));
		return;
	}
}

void plan_describe_calls(const struct plan *plan, unsigned i, struct buf *out)
{
	const struct plan_view v = {plan, &plan->steps[i], out};

	calls_cgroup(&v);
	calls_hold(&v);
	calls_layers(&v);
	calls_born(&v);
	calls_root(&v);
	calls_tree(&v);
	calls_entry(&v);
	calls_path(&v);
	calls_process(&v);
	calls_privileges(&v);
	plan_extra_calls(&v);
}
